"""Knows what a server may do instead of answering."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from gpo.testing.server.chat import chat_json
from gpo.testing.server.sending import Way
from gpo.testing.server.spoken import Body, Problem


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back: a status, a JSON value (or a text as it is, or a problem in the protocol's form), headers;
    and how that goes.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    way: Way = field(default="whole", kw_only=True)


Fault = Callable[[Body], Awaitable[Response | None]]
"""What goes wrong: (body) -> what is sent instead of an answer; None leaves the answer to what is left of the body."""


def always(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Fault:
    """A fault that sends the same whatever is asked."""

    async def send(_: Body) -> Response:
        return Response(status, body, headers=headers or {})

    return send


def refusing(parameter: str, message: str = "Unsupported parameter: '{}' is not supported with this model.") -> Fault:
    """A fault that refuses requests with that parameter, as reasoning models do, and answers all others."""

    async def send(body: Body) -> Response | None:
        refused = parameter in body or parameter in body.get("generationConfig", {})
        return Response(400, Problem("unsupported_parameter", message.format(parameter))) if refused else None

    return send


async def _ignore_n(body: Body) -> None:
    body.pop("n", None)
    body.get("generationConfig", {}).pop("candidateCount", None)


async def _halve_n(body: Body) -> None:
    body["n"] = max(1, body.get("n", 1) // 2)


def sent(body: Any, way: Way) -> Fault:
    """A fault of the connection: the answer is sent in that way."""

    async def send(_: Body) -> Response:
        return Response(200, body, way=way)

    return send


def allowing(per_s: float, burst: float, retry_after_s: float | None = 1.0) -> Fault:
    """A limit, as providers keep it: so many requests a second, and up to `burst` at once; the others are refused."""
    level, since = burst, time.monotonic()
    headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}

    async def refuse(_: Body) -> Response | None:
        nonlocal level, since
        now = time.monotonic()
        level, since = min(burst, level + (now - since) * per_s), now
        if level < 1:
            return Response(429, TOO_MANY, headers=headers)
        level -= 1
        return None

    return refuse


def tailed(slow: float = 0.01, slow_s: float = 2.0, seed: int = 0) -> Fault:
    """Latencies as they are: around 50 ms, lognormal, and a share of `slow` that takes far longer."""
    dice = Random(seed)

    async def wait(_: Body) -> None:
        await asyncio.sleep(slow_s if dice.random() < slow else 0.05 * dice.lognormvariate(0.0, 0.3))

    return wait


def soon() -> str:
    """The date a second from now, as Retry-After has it."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)


async def _until_a_date(_: Body) -> Response:
    return Response(429, TOO_MANY, headers={"Retry-After": soon()})


def counting(usage: Any) -> Fault:
    """An answer with that usage; None for none."""
    answer = chat_json("yes")
    if usage is None:
        del answer["usage"]
    else:
        answer["usage"] = usage
    return always(200, answer)


YES = chat_json("yes")
TOO_MANY = Problem("rate_limit_exceeded", "Slow down.")
_TOO_LONG = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."

FAULTS: dict[str, Fault] = {
    "400": always(400, Problem("invalid_request_error", "The request is malformed.")),
    "context": always(400, Problem("context_length_exceeded", _TOO_LONG)),
    "filter": always(400, Problem("content_filter", "The prompt was filtered by the content management policy.")),
    "filtered": always(200, chat_json("", reason="content_filter")),
    "401": always(401, Problem("invalid_api_key", "Incorrect API key provided.")),
    "402": always(402, Problem("insufficient_credits", "Insufficient credits.")),
    "no-credit": always(429, Problem("insufficient_quota", "You exceeded your current quota (insufficient_quota).")),
    "403": always(403, Problem("forbidden", "This key may not use this model.")),
    "flagged": always(403, Problem("flagged", "Your input was flagged by moderation.")),
    "404": always(404, Problem("model_not_found", "The model does not exist.")),
    "407": always(407, Problem("proxy_authentication_required", "Who are you?")),
    "408": always(408, Problem("timeout", "The request took too long to arrive.")),
    "413": always(413, Problem("request_too_large", "The request is too large.")),
    "422": always(422, Problem("unprocessable_entity", "messages: field required")),
    "429": always(429, TOO_MANY, {"Retry-After": "0.2"}),
    "429-date": _until_a_date,
    "429-ms": always(429, TOO_MANY, {"retry-after-ms": "200"}),
    "429-silent": always(429, TOO_MANY),
    "429-for-good": always(429, Problem("rate_limit_exceeded", "Request too large: limit 30000, requested 50000.")),
    "500": always(500, Problem("server_error", "Something broke.")),
    "502": always(502, "<html>Bad gateway</html>"),
    "503": always(503, Problem("unavailable", "The model is loading."), {"Retry-After": "0"}),
    "529": always(529, Problem("overloaded_error", "Overloaded.")),
    "reset": sent(YES, "reset"),
    "broken-off": sent(YES, "broken off"),
    "hangs": sent(YES, "never"),
    "drips": sent(YES, "dripping"),
    "endless": sent(YES, "endless"),
    "truncated": always(200, json.dumps(YES)[:60]),
    "not-json": always(200, "<html>Bad gateway</html>"),
    "empty": always(200, chat_json()),
    "null": always(200, chat_json(None, reason="length")),
    "silent": always(200, chat_json(None)),
    "error": always(200, chat_json("ye", reason="error")),
    "tool-calls": always(200, chat_json(None, reason="tool_calls")),
    "length": always(200, chat_json("yes", reason="length")),
    "untagged": always(200, chat_json("I would rather talk.")),
    "ignores-n": _ignore_n,
    "fewer": _halve_n,
    "no-usage": counting(None),
    "negative-usage": counting({"prompt_tokens": -7, "completion_tokens": 5}),
    "absurd-usage": counting({"prompt_tokens": 10**12, "completion_tokens": 10**12}),
}
"""What may go wrong, by name. docs/faults.md says what becomes of each."""
