"""What every model promises, whoever answers: on its own, behind each wrapper, and with everything around it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Message, Model, Reply, Request, Sampling
from gpo.core.errors import GPOError
from gpo.core.ledger import Ledger
from gpo.models.account import Account
from gpo.models.connect import Connection, connect, wrap
from gpo.models.phrases.editor import PhraseEditor
from gpo.models.prices import FREE
from gpo.models.providers import TABLE
from gpo.models.retrying import Retrying
from gpo.models.waiting import Limited
from gpo.models.wrappers import Cached, Fanned, Metered, Recorded
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import FAULTS, StubServer, serving
from gpo.testing.toy import ToyTaskModel, ToyWriter

Opening = AbstractAsyncContextManager[Model]

META_PROMPT = "# Current instruction\n\nAnswer the row.\n\n# Your task\n\nWrite a better one between <prompt> tags."


class Forgetful:
    """A journal that keeps nothing."""

    def record(self, call: Any) -> None: ...
    def secure(self) -> None: ...


class Memory(dict[str, Reply]):
    """A cache."""

    async def get(self, key: str) -> Reply | None:  # type: ignore[override]
        return super().get(key)

    async def put(self, key: str, reply: Reply) -> None:
        self[key] = reply


def _account() -> Account:
    return Account("task", "m", price=FREE, ledger=Ledger(Budget()), journal=Forgetful())


def _connection(*, cached: bool = True, **more: Any) -> Connection:
    return Connection(Ledger(Budget()), Memory() if cached else None, journal=Forgetful(), **more)


def _says(request: Request) -> str:
    return f"{request.messages[-1].text[:9]} {request.sampling.seed}"


def _scripted() -> Model:
    return ScriptedModel(_says, delay_s=0.001)


def _plain(model: Callable[[], Model]) -> Callable[[], Opening]:
    @asynccontextmanager
    async def opening() -> AsyncIterator[Model]:
        yield model()

    return opening


def _served(provider: str) -> Callable[[], Opening]:
    """The client of a provider on its own, whose traffic the stub server speaks."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Model]:
        async with serving() as server, aclosing(_connection(base_url=server.url, cached=False)) as connection:
            wrapped = connect(f"{provider}/toy-writer", "optimizer", connection)
            yield _client_in(wrapped)

    return opening


def _client_in(wrapped: Any) -> Model:
    return _client_in(wrapped.inner) if hasattr(wrapped, "inner") else wrapped


@asynccontextmanager
async def _over_http_without_n() -> AsyncIterator[Model]:
    stub = StubServer(fault=FAULTS["ignores-n"], delay_s=0.001)
    async with serving(stub) as server, aclosing(_connection(base_url=server.url)) as connection:
        yield connect("openai/toy-writer", "optimizer", connection)


@asynccontextmanager
async def _pocket() -> AsyncIterator[Model]:
    pytest.importorskip("xllamacpp", reason="in-process models need the extra `local`")
    async with aclosing(_connection(concurrency=4)) as connection:
        yield connect("pocket", "task", connection)


MODELS: dict[str, Callable[[], Opening]] = {
    "scripted": _plain(_scripted),
    "toy task": _plain(ToyTaskModel),
    "toy writer": _plain(ToyWriter),
    "phrases": _plain(PhraseEditor),
    **{f"{provider.name}, unwrapped": _served(provider.name) for provider in TABLE},
    "chat completions that ignore n, wrapped": _over_http_without_n,
    "pocket, wrapped": _pocket,
    "Limited": _plain(lambda: Limited(_scripted(), asyncio.Semaphore(2))),
    "Retrying": _plain(lambda: Retrying(_scripted(), 2)),
    "Metered": _plain(lambda: Metered(_scripted(), _account())),
    "Cached": _plain(lambda: Cached(_scripted(), Memory(), key=repr)),
    "Recorded": _plain(lambda: Recorded(Cached(_scripted(), None, key=repr), _account())),
    "Fanned": _plain(lambda: Fanned(_scripted())),
    "all wrappers": _plain(lambda: wrap(_scripted(), "task", _connection(concurrency=2))),
}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every provider has a key that opens nothing."""
    for provider in TABLE:
        for name in provider.keys:
            monkeypatch.setenv(name, "sk-none")
        for name in provider.urls:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=sorted(MODELS))
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Model]:
    async with MODELS[request.param]() as opened:
        yield opened


def ask(text: str = META_PROMPT, **sampling: Any) -> Request:
    return Request((Message("user", text),), Sampling(**sampling))


def test_it_has_a_name(model: Model) -> None:
    assert isinstance(model.name, str)
    assert model.name.strip() == model.name != ""


@pytest.mark.parametrize("n", [1, 3])
async def test_through_fanned_it_gives_exactly_the_answers_asked_for(model: Model, n: int) -> None:
    reply = await Fanned(model).complete(ask(n=n, seed=1, max_tokens=24))
    assert len(reply.texts) == n
    assert all(isinstance(text, str) for text in reply.texts)
    assert len(reply.cut) in (0, n)


async def test_it_counts_what_it_takes(model: Model) -> None:
    usage = (await model.complete(ask(max_tokens=24))).usage
    assert usage.prompt_tokens > 0
    assert usage.completion_tokens > 0


async def test_at_temperature_0_the_same_request_gets_the_same_answer_alone_and_among_others(model: Model) -> None:
    requests = [ask(f"{META_PROMPT}\n{i}\nrow {i} needs amber", seed=i, max_tokens=24) for i in range(12)]
    crowd = await asyncio.gather(*(model.complete(request) for request in requests))
    for request, reply in zip(requests[::3], crowd[::3], strict=True):
        assert (await model.complete(request)).texts == reply.texts


async def test_it_can_be_cancelled_and_answers_again_afterwards(model: Model) -> None:
    asked = [asyncio.ensure_future(model.complete(ask(f"{META_PROMPT} {i}", max_tokens=64))) for i in range(6)]
    await asyncio.sleep(0)
    for each in asked:
        each.cancel()
    ends = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)
    assert all(isinstance(end, asyncio.CancelledError | Reply) for end in ends)
    assert (await asyncio.wait_for(model.complete(ask(max_tokens=8)), 5)).texts


@pytest.mark.parametrize(
    "text", ["", "\n", "\x00", "\ud800 alone", "🎉" * 200, "word " * 3000, "<prompt>{{x}}</prompt>"]
)
async def test_whatever_it_is_asked_it_answers_or_raises_one_of_our_errors(model: Model, text: str) -> None:
    (end,) = await asyncio.gather(model.complete(ask(text, max_tokens=8)), return_exceptions=True)
    assert isinstance(end, GPOError | Reply)
    assert str(end) if isinstance(end, GPOError) else end.texts
