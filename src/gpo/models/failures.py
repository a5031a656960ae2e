"""Knows which error an answer other than 200 becomes, in whichever provider's words it comes. Sends nothing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from gpo.core.errors import ModelError, ModelRefused, ModelUnavailable

_FOR_NOW = frozenset({408, 409, 425, 429, 498, 499})
_BUSY = frozenset({429, 503, 529})
"""Statuses that say: you, or all of you, ask too much."""
_NO_CREDIT = re.compile(
    "insufficient_quota|insufficient credits|credit balance is too low|spend_limit_reached|billing_not_active"
    r"|reached your specified (API|workspace)[\w ]* limits|PerDay|limit: 0\b",
    re.IGNORECASE,
)
"""How providers say that waiting a minute does not help: no money, or nothing left of a day's allowance."""
_WRONG_KEY = re.compile("API_KEY_INVALID|API key not valid|invalid_api_key")
_FLAGGED = re.compile("flagged|moderation|content_policy", re.IGNORECASE)
"""How a gateway says with 403 that a filter refused this one request, and not the key."""
_TOO_LARGE = re.compile("request too large", re.IGNORECASE)
"""How a provider says with 429 that a request alone takes more than a minute's allowance: waiting does not help."""
_DELAY = re.compile(r'"retryDelay":\s*"([\d.]+)s"')


@dataclass(frozen=True, slots=True)
class Advice:
    """What helps where a provider refuses: variables that may hold its key, how a model is had, how it is started."""

    keys: str = "OPENAI_API_KEY"
    lacks: str = ""
    starts: str = ""


def failure(
    status: int, data: bytes, headers: Mapping[str, str], where: str, advice: Advice | None = None
) -> ModelError:
    """The error for a status other than 200: refused for good, refused this once, or unavailable for now."""
    text, said, advice = data.decode("utf-8", "replace"), _message(data), advice or Advice()
    lower = {key.lower(): value for key, value in headers.items()}
    if status == 402 or (status < 500 and _NO_CREDIT.search(text)):
        return ModelRefused(f"{where}: no credit left (HTTP {status}): {said}. Add credit, then resume.")
    if (status == 403 and _FLAGGED.search(text)) or (status == 429 and _TOO_LARGE.search(text)):
        return ModelRefused(f"{where}: the request was refused (HTTP {status}): {said}", fatal=False)
    if status in (401, 403) or (status == 400 and _WRONG_KEY.search(text)):
        return ModelRefused(f"{where}: the key was refused (HTTP {status}): {said}. {_check(advice)}")
    if status in (404, 405):
        lacks = f" {advice.lacks}." if advice.lacks else ""
        return ModelRefused(
            f"{where}: not found (HTTP {status}): {said}. Check the model's name, and base_url: it mostly ends in "
            f"/v1.{lacks}"
        )
    if 300 <= status < 400:
        to = lower.get("location", "elsewhere")
        return ModelRefused(f"{where}: sends the request on to {to} (HTTP {status}). Set base_url to where it belongs.")
    if status in _FOR_NOW or status >= 500:
        delay = _DELAY.search(text)
        wish = lower.get("retry-after") or (delay[1] if delay else None)
        return ModelUnavailable(
            f"{where}: HTTP {status}: {said}", retry_after_s=retry_after_s(wish), busy=status in _BUSY
        )
    return ModelRefused(f"{where}: the request was refused (HTTP {status}): {said}", fatal=False)


def _check(advice: Advice) -> str:
    return (
        f"Check {advice.keys} and base_url." if advice.keys else "Does it want a key? Name its variable: api_key_env."
    )


def retry_after_s(header: str | None) -> float | None:
    """Seconds to wait as a Retry-After header wishes (a number or a date), or None where it says nothing readable."""
    if header is None:
        return None
    try:
        return float(header)
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime  # rarely needed, and slow to import

    try:
        return (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None


def _message(data: bytes) -> str:
    """What the server said, in at most 300 characters, without its full stop."""
    return " ".join(_said(data).split())[:300].rstrip(". ")


def _said(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    try:
        parsed: Any = json.loads(text)
    except ValueError:
        return text
    whole = cast(dict[str, Any], parsed) if isinstance(parsed, dict) else {"error": parsed}
    error = whole.get("error", whole)
    if isinstance(error, dict):
        known = cast(dict[str, Any], error)
        return " ".join(str(known[key]) for key in ("code", "message") if known.get(key)) or text
    return str(error)
