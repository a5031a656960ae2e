"""The headers by which endpoints say that nothing is left, and until when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gpo.core.chat import Message, Request
from gpo.core.errors import ModelUnavailable
from gpo.models.connect import connect
from gpo.models.headers import closed_s
from gpo.testing.server import StubServer, always, chat_json, serving

NOW = datetime(2025, 5, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Content-Type": "application/json"}, 0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2.5s"}, 62.5),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms"}, 0.12),
        ({"X-RateLimit-Remaining-Tokens": "0", "X-RateLimit-Reset-Tokens": "6m0s"}, 360),
        ({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "8s"}, 0),
        ({"x-ratelimit-remaining-requests": "0"}, 0),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "2s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "5s",
            },
            5,
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2025-05-01T12:00:30Z",
                "anthropic-ratelimit-tokens-remaining": "4000",
                "anthropic-ratelimit-tokens-reset": "2025-05-01T12:00:59Z",
            },
            30,
        ),
        ({"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2025-05-01"}, 0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "7"}, 7),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW.timestamp() + 9)}, 9),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(1000 * NOW.timestamp() + 9000)}, 9),
        ({"RateLimit": '"default";r=0;t=30'}, 30),
        ({"RateLimit": '"default";r=10;t=30'}, 0),
        ({"RateLimit": "limit=100, remaining=0, reset=12"}, 12),
        ({"ratelimit-remaining": "none", "ratelimit-reset": "7"}, 0),
        ({"ratelimit-remaining": "nan", "ratelimit-reset": "7"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "soon"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "-7"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "inf"}, 0),
    ],
)
def test_nothing_is_left_until_then(headers: dict[str, str], seconds: float) -> None:
    assert closed_s(headers, NOW) == pytest.approx(seconds, abs=1e-3)


@pytest.mark.parametrize("status", [200, 429])
async def test_who_is_told_that_nothing_is_left_asks_when_there_is(connected: Any, status: int) -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "300ms", "Retry-After": "0"}
    stub = StubServer(fault=always(status, chat_json("yes"), headers), times=1)
    async with serving(stub) as server:
        model = connect("openai/toy-task", "task", connected(base_url=server.url, max_retries=0))
        loop = __import__("asyncio").get_running_loop()
        started = loop.time()
        for text in ("first", "second"):
            try:
                await model.complete(Request((Message("user", text),)))
            except ModelUnavailable:
                assert status == 429
        assert 0.28 <= loop.time() - started < 2


@pytest.mark.parametrize(
    ("reset", "said"), [("24h", ["86,400 s; asking again in 60 s"]), ("45s", ["45 s;"]), ("9s", [])]
)
async def test_whoever_has_nothing_left_for_long_is_warned_of_once(
    connected: Any, monkeypatch: pytest.MonkeyPatch, reset: str, said: list[str]
) -> None:
    monkeypatch.setattr("gpo.models.pace.LONGEST_S", 0.01)
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset}
    warned: list[str] = []
    async with serving(StubServer(fault=always(200, chat_json("yes"), headers))) as server:
        connection = connected(base_url=server.url, warn=warned.append)
        for role in ("task", "task", "optimizer"):
            await connect("openai/toy-task", role, connection).complete(Request((Message("user", role),)))
    assert len(warned) == len(said)
    for message, part in zip(warned, said, strict=True):
        assert message.startswith("openai/toy-task says that it takes nothing for ")
        assert part in message


async def test_a_long_wish_of_a_refusal_is_told_too(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for longest in ("retrying.LONGEST_WAIT_S", "pace.LONGEST_S"):
        monkeypatch.setattr(f"gpo.models.{longest}", 0.01)
    warned: list[str] = []
    refusal = always(429, {"error": {"message": "Tokens per day: too many."}}, {"Retry-After": "432"})
    async with serving(StubServer(fault=refusal, times=1)) as server:
        connection = connected(base_url=server.url, warn=warned.append)
        await connect("openai/toy-task", "task", connection).complete(Request((Message("user", "hi"),)))
    assert warned == ["openai/toy-task says that it takes nothing for 432 s; asking again in 60 s"]
