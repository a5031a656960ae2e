"""Knows which error an answer other than 200 becomes, in whichever provider's words it comes. Sends nothing."""

import json
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any, cast

from gpo.core.errors import ModelError, ModelNotFound, ModelRefused, ModelUnavailable, UnreadableReply
from gpo.models.dialect import object_in, objects_in

_FOR_NOW = frozenset({408, 409, 425, 429, 498, 499})
_BUSY = frozenset({429, 503, 529})
"""Statuses that say: you, or all of you, ask too much."""
_NEVER = frozenset({501, 505})
"""Of those from 500 on: what will not be different next time."""
_NO_CREDIT = re.compile(
    "insufficient_quota|insufficient credits|credit balance is too low|spend_limit_reached|billing_not_active"
    r"|reached your specified (API|workspace)[\w ]* limits|PerDay|(?<!remaining )limit: 0(?![\d.])",
    re.IGNORECASE,
)
"""How providers say that waiting a minute does not help: no money, or nothing left of a day's allowance."""
_NO_CREDIT_STATUSES = (403, 429)
"""Where that is looked for in all that was said. Other refusals may repeat the request, which may say it as well."""
_CREDIT_CODES = frozenset({"insufficient_quota", "billing_not_active", "spend_limit_reached"})
_CREDIT = re.compile("Your credit balance is too low|You have reached your specified")
_KEY_CODES = frozenset({"invalid_api_key", "API_KEY_INVALID"})
_KEY = re.compile("API key not valid|Incorrect API key provided")
_MODEL_CODES = frozenset({"model_not_found", "invalid_model"})
_MODEL = re.compile(r"Model Not Exist|\S+ is not a valid model ID")
"""The codes of these and how their messages begin: further on, the message of a bad request may repeat the request."""
_NO_PATH = "Unexpected endpoint"
"""How LM Studio says, with status 200, that nothing is at an address."""
_FLAGGED = re.compile(r"flagged|moderation|content[ _-]?(policy|filter)|\bfiltered\b|guardrail", re.IGNORECASE)
"""How a gateway says with 403 or 407 that a filter refused this one request, and not the key."""
_TOO_LARGE = re.compile("request too large", re.IGNORECASE)
"""How a provider says with 429 that a request alone takes more than a minute's allowance: waiting does not help."""
_CODES: dict[Any, int] = {
    "overloaded_error": 529,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "api_error": 500,
    "server_error": 500,
    "internal_server_error": 500,
    "timeout": 504,
}
"""Words for a status, in errors that say none."""
_DELAY = re.compile(r'"retryDelay":\s*"([\d.]+)s"')


@dataclass(frozen=True, slots=True)
class Advice:
    """What helps where a provider refuses: variables that may hold its key, how a model is had, how it is started, and
    the setting that holds its address, and how addresses end.
    """

    keys: str = "OPENAI_API_KEY"
    lacks: str = ""
    starts: str = ""
    address: str = "base_url"
    ends: str = "/v1"

    @property
    def of_address(self) -> str:
        """What to look at where something else answers than was meant."""
        return f"{self.address}: it mostly ends in {self.ends}"


def failure(
    status: int, data: bytes, headers: Mapping[str, str], where: str, advice: Advice | None = None
) -> ModelError:
    """The error for a status other than 200: refused for good, refused this once, or unavailable for now."""
    text, said, advice = data.decode("utf-8", "replace"), _message(data), advice or Advice()
    lower = {key.lower(): value for key, value in headers.items()}
    if (status in (403, 407) and _FLAGGED.search(text)) or (status == 429 and _TOO_LARGE.search(text)):
        return ModelRefused(f"{where}: the request was refused (HTTP {status}): {said}", fatal=False)
    if status == 402 or _lacks_credit(status, data):
        return ModelRefused(f"{where}: no credit left (HTTP {status}): {said}. Add credit, then resume.")
    if status in (401, 403) or (status == 400 and _is_told(data, _KEY_CODES, _KEY)):
        return ModelRefused(f"{where}: the key was refused (HTTP {status}): {said}. {_check(advice)}")
    if status == 407:
        return no_login(where, f": {said}")
    lacks = f" {advice.lacks}." if advice.lacks else ""
    if status in (404, 405):
        return ModelNotFound(
            f"{where}: not found (HTTP {status}): {said}. Check the model's name, and {advice.of_address}.{lacks}"
        )
    if status == 400 and _is_told(data, _MODEL_CODES, _MODEL):
        return ModelNotFound(f"{where}: no such model (HTTP {status}): {said}. Check the model's name.{lacks}")
    if 300 <= status < 400:
        to = lower.get("location", "elsewhere")
        return ModelRefused(
            f"{where}: sends the request on to {to} (HTTP {status}). Set {advice.address} to where it belongs."
        )
    if status in _FOR_NOW or status >= 500:
        delay = _DELAY.search(text)
        wish = retry_after_s(lower.get("retry-after") or (delay[1] if delay else None))
        exact = retry_after_s(lower.get("retry-after-ms"))
        return ModelUnavailable(
            f"{where}: HTTP {status}: {said}",
            retry_after_s=wish if exact is None else exact / 1000,
            busy=status in _BUSY,
        )
    return ModelRefused(f"{where}: the request was refused (HTTP {status}): {said}", fatal=False)


def proxy_refused(status: int, where: str, remedy: str) -> ModelRefused | None:
    """A proxy let nobody through, with that status (0: there is none on the way), and will not next time either."""
    if status == 407:
        return no_login(where)
    if status < 300 or status in _FOR_NOW or (status >= 500 and status not in _NEVER):
        return None
    return ModelRefused(f"{where}: the proxy on the way does not let it through (HTTP {status}). {remedy}")


def no_login(where: str, said: str = "") -> ModelRefused:
    """A proxy wants to know who asks before it lets anybody through. said: its own words."""
    how = "HTTPS_PROXY=http://user:password@host:port (HTTP_PROXY for an http: address)"
    return ModelRefused(f"{where}: the proxy on the way wants a login (HTTP 407){said}. Give it one: {how}.")


def told(data: Mapping[str, Any], where: str) -> ModelError | None:
    """The error that stands in an answer of status 200, or None: gateways so pass on what whom they asked said."""
    error = data.get("error")
    if not error:
        return None
    if str(error).startswith(_NO_PATH):
        return failure(404, json.dumps({"error": error}).encode(), {}, where)
    known = object_in(error)
    codes = [_CODES.get(code, code) for code in (known.get("code"), known.get("type")) if isinstance(code, int | str)]
    status = next((int(code) for code in codes if re.fullmatch(r"[345]\d\d", str(code))), None)
    if status is None:
        return UnreadableReply(f"{where} answered an error: {str(error)[:200]!r}")
    return failure(status, json.dumps({"error": error}).encode(), {}, where)


def _lacks_credit(status: int, data: bytes) -> bool:
    if status in _NO_CREDIT_STATUSES:
        return _NO_CREDIT.search(data.decode("utf-8", "replace")) is not None
    return status < 500 and _is_told(data, _CREDIT_CODES, _CREDIT)


def _is_told(data: bytes, codes: Set[str], begins: re.Pattern[str]) -> bool:
    """Whether an error has one of these codes, or a message that begins so."""
    try:
        error = _error(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    known = object_in(error)
    given = [known.get("code"), known.get("type"), *(each.get("reason") for each in objects_in(known.get("details")))]
    coded = any(isinstance(each, str) and each in codes for each in given)
    return coded or begins.match(error if isinstance(error, str) else str(known.get("message"))) is not None


def _check(advice: Advice) -> str:
    if not advice.keys:
        return "Does it want a key? Name its variable: api_key_env."
    return f"Check {advice.keys} and {advice.address}."


def retry_after_s(header: str | None) -> float | None:
    """Seconds to wait as a Retry-After header wishes (a number or a date), or None where it says nothing readable."""
    if header is None:
        return None
    try:
        wish = float(header)
        return wish if isfinite(wish) else None
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime  # rarely needed, and slow to import

    try:
        moment = parsedate_to_datetime(header)  # of three forms that HTTP allows one names no zone
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def _message(data: bytes) -> str:
    """What the server said, in at most 300 characters, without its full stop."""
    return " ".join(_said(data).split())[:300].rstrip(". ")


def _said(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    try:
        error = _error(text)
        if isinstance(error, dict):
            known = cast(dict[str, Any], error)
            return " ".join(str(known[key]) for key in ("code", "message") if known.get(key)) or text
        return str(error)
    except (ValueError, RecursionError):  # no JSON, or nested a hundred thousand times
        return text


def _error(text: str) -> Any:
    """What a body tells as the error; Google's sends a list of one."""
    parsed: Any = json.loads(text)
    items = objects_in(parsed)
    whole: Any = items[0] if items else parsed
    return object_in(whole).get("error", whole)
