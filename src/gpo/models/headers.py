"""Knows which headers of an answer say that nothing is left for now, and until when. Waits for nothing."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

RATE_LIMIT = "ratelimit"
"""What the names of headers about an allowance hold."""
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_ITEM = re.compile(r"\br=0(?:\.0*)?\s*(?:;|$|,).*?\bt=(\d+)|\bt=(\d+).*?\br=0(?:\.0*)?\s*(?:;|$|,)")
_EPOCH_S, _EPOCH_MS = 1e9, 1e12
"""From there on a number is no span but a moment."""


def closed_s(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Seconds until something is left of every allowance that is told; 0 where nothing says that one is used up.

    Understands x-ratelimit-remaining-requests with x-ratelimit-reset-requests ("6m0s"), the same of tokens,
    anthropic-ratelimit-tokens-remaining with -reset (a moment), and plain ratelimit-remaining with ratelimit-reset.
    """
    told = {lower: value for name, value in headers.items() if RATE_LIMIT in (lower := name.lower())}
    if not told:
        return 0.0
    moment = now or datetime.now(UTC)
    waits = [
        span_s(told.get(name.replace("remaining", "reset"), ""), moment)
        for name, value in told.items()
        if "remaining" in name and _is_nothing(value)
    ]
    return max([0.0, *waits, _span_in(told.get(RATE_LIMIT, ""))])


def span_s(text: str, now: datetime) -> float:
    """Seconds that a reset means: a span (12, "12s", "1m2.5s"), a moment (a date, seconds since 1970); else 0."""
    text = text.strip()
    number = _number(text)
    if number is not None:
        moment = number / 1000 if number >= _EPOCH_MS else number
        return max(0.0, moment - now.timestamp() if number >= _EPOCH_S else number)
    if _SPAN.sub("", text) == "":
        return sum(float(amount) * _UNITS_S[unit] for amount, unit in _SPAN.findall(text))
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return max(0.0, ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds())


def _is_nothing(text: str) -> bool:
    number = _number(text.strip())
    return number is not None and number <= 0


def _span_in(text: str) -> float:
    """The span of `ratelimit: "default";r=0;t=30`, or of the older `limit=9, remaining=0, reset=30`."""
    found = _ITEM.search(text.replace("remaining=", "r=").replace("reset=", "t="))
    return float(found[1] or found[2]) if found else 0.0


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None  # nan and inf compare false
