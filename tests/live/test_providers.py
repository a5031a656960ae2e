"""Tiny questions to each real provider whose key is in the environment: `pytest -m live`. Costs a fraction of a cent.

GPO_LIVE names other models, such as GPO_LIVE="ollama/qwen3:0.6b anthropic/claude-sonnet-5".
"""

import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Message, Model, Request, Sampling
from gpo.core.ledger import Ledger
from gpo.models.available import listed_at
from gpo.models.connect import Connection, connect
from gpo.models.endpoints import Reached, thinks
from gpo.models.keys import variable_with_key
from gpo.models.providers import BY_NAME, parted

pytestmark = pytest.mark.live

MODELS = os.environ.get("GPO_LIVE", "").split() or [
    "openai/gpt-4o-mini",
    "openai/gpt-5-nano",
    "openai-responses/gpt-5-nano",
    "anthropic/claude-haiku-4-5",
    "gemini/gemini-2.5-flash-lite",
    "openrouter/openai/gpt-4o-mini",
    "mistral/mistral-small-latest",
    "groq/llama-3.1-8b-instant",
    "deepseek/deepseek-chat",
]
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
)
RED = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR4nGP4z8BAEiJN9aiGUQ1DSgMAkPn/Afnh"
    "+ngAAAAASUVORK5CYII="
)
"""A red square."""


@pytest.fixture(autouse=True, scope="module")
def network() -> Iterator[None]:
    """These tests reach for other machines, which all others may not."""
    guarded = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:
        for name, function in zip(("connect", "connect_ex"), guarded[:2], strict=True):
            patch.setattr(socket.socket, name, _unguarded(function))
        patch.setattr(socket, "getaddrinfo", _unguarded(guarded[2]))
        yield


def _unguarded(function: Any) -> Any:
    """What the guard of all other tests wraps; the function itself where there is none."""
    closure = getattr(function, "__closure__", None) or ()
    return next((cell.cell_contents for cell in closure if callable(cell.cell_contents)), function)


class Deaf:
    def record(self, call: Any) -> None: ...
    def secure(self) -> None: ...


@pytest.fixture(params=MODELS)
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    provider = BY_NAME[parted(request.param)[0]]
    if not provider.own and variable_with_key(provider.keys) is None:
        pytest.skip(f"{' or '.join(provider.keys)} is not set")
    connection = Connection(Ledger(Budget(calls=20)), None, journal=Deaf(), max_retries=2, timeout_s=60.0)
    yield connect(request.param, "task", connection)
    await connection.aclose()


def ask(text: str, *images: str, **sampling: Any) -> Request:
    chat = Message("system", "Answer in one word."), Message("user", text, images=images)
    return Request(chat, Sampling(**{"max_tokens": 1024, **sampling}))


async def test_it_answers_and_counts(model: Model) -> None:
    reply = await model.complete(ask("What is the capital of France?", seed=1))
    assert "paris" in reply.texts[0].lower()
    assert 5 < reply.usage.prompt_tokens < 200
    assert 0 < reply.usage.completion_tokens < 1024
    assert not reply.is_cut(0)


async def test_several_answers_come_where_several_are_asked_for(model: Model) -> None:
    reply = await model.complete(ask("Name a color.", n=2, temperature=1.0))
    assert len(reply.texts) == 2
    assert all(reply.texts)


async def test_an_answer_that_is_too_long_is_cut(model: Model) -> None:
    reply = await model.complete(ask("Count from one to a thousand in words, despite what was said.", max_tokens=16))
    assert reply.is_cut(0)


async def test_an_answer_ends_at_a_stop_sequence(model: Model) -> None:
    reply = await model.complete(ask("Write exactly this: alpha beta gamma", stop=("beta",)))
    assert "beta" not in reply.texts[0]


async def test_an_answer_fits_its_schema(model: Model) -> None:
    reply = await model.complete(ask("What is the capital of France? Answer as JSON.", schema=SCHEMA))
    assert "paris" in json.loads(reply.texts[0])["city"].lower()


async def test_it_thinks_as_much_as_it_is_told(model: Model) -> None:
    if not thinks(model.name):
        pytest.skip("the model named above does not think first")
    reply = await model.complete(ask("What is 17 * 23? Answer with the number.", effort="low", max_tokens=64))
    assert "391" in reply.texts[0]
    assert not reply.is_cut(0)


async def test_a_picture_is_seen(model: Model) -> None:
    if parted(model.name)[0] in ("mistral", "groq", "deepseek"):
        pytest.skip("the model named above reads text only")
    reply = await model.complete(ask("Which color is this?", RED))
    assert "red" in reply.texts[0].lower()


async def test_its_provider_lists_it(model: Model) -> None:
    provider, name = parted(model.name)
    assert any(name in each for each in await listed_at(Reached(BY_NAME[provider]), 30.0))
