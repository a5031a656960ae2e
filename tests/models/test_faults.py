"""What becomes of each fault: the table of docs/faults.md, line by line."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gpo.core.chat import Message, Request, Sampling
from gpo.core.errors import ModelRefused, ModelUnavailable
from gpo.core.evaluation import Evaluation
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.engine.evaluate import Evaluator
from gpo.files.proxies import proxy_for
from gpo.models.connect import connect
from gpo.testing.server import FAULTS, StubServer, serving

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
TABLE = dict(re.findall(r"^\| `([\w-]+)` \| .* \| (\w+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
WITHOUT_SERVER = {"refused", "tls", "dns", "no-http", "proxy-login", "proxy-closed"}
PROXIES = {"proxy-login": "407 Proxy Authentication Required", "proxy-closed": "501 Not Implemented"}
OF_THE_ANSWER = {"untagged"}
"""Faults that are none of the connection: the answer is fine, but not what was asked for."""
ROWS = tuple(Example(str(i), f"row {i} needs amber", ("yes",)) for i in range(3))
TASK = Task("faults", Splits((), ROWS, ()), lift(lambda reply, row: Grade(float(reply == row.target))))


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.models.retrying.LONGEST_WAIT_S", 0.01)


@asynccontextmanager
async def _answering(said: bytes) -> AsyncIterator[str]:
    """The address of a server that says the same to everybody."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _address(fault: str, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch, stub: StubServer) -> str:
    """Where the model is asked, so that the fault is met."""
    if fault == "no-http":
        return await stack.enter_async_context(_answering(b"SSH-2.0-OpenSSH_9.2\r\n"))
    if fault in PROXIES:
        refusal = f"HTTP/1.1 {PROXIES[fault]}\r\nContent-Length: 0\r\n\r\n".encode()
        monkeypatch.setenv("HTTPS_PROXY", await stack.enter_async_context(_answering(refusal)))
        proxy_for.cache_clear()
        stack.callback(proxy_for.cache_clear)
        return "https://api.example.invalid/v1"
    server = await stack.enter_async_context(serving(stub))
    if fault == "refused":
        await stack.aclose()
    if fault == "dns":
        return "http://nowhere.invalid/v1"
    return server.url.replace("http:", "https:") if fault == "tls" else server.url


def _outcome(evaluation: Evaluation, journal: Any) -> str:
    """What the table calls that."""
    if len(journal) > len(ROWS):
        return "repeated"
    return "unanswered" if evaluation.unanswered else "answered"


def test_the_table_of_the_docs_has_every_fault_once() -> None:
    lines = re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(lines) == sorted({*FAULTS, *WITHOUT_SERVER} - OF_THE_ANSWER)
    assert sorted(TABLE) == sorted(lines)


@pytest.mark.parametrize(("fault", "outcome"), TABLE.items())
async def test_each_fault_has_the_outcome_that_the_docs_say(
    connected: Any, journal: Any, monkeypatch: pytest.MonkeyPatch, fault: str, outcome: str
) -> None:
    times = 1 if outcome == "repeated" else None
    stub = StubServer(fault=FAULTS.get(fault), times=times)
    async with AsyncExitStack() as stack:
        url = await _address(fault, stack, monkeypatch, stub)
        timeout_s = 0.2 if fault in ("hangs", "drips") else 10.0
        model = connect("openai/toy-task", "task", connected(base_url=url, max_retries=1, timeout_s=timeout_s))
        evaluator = Evaluator(TASK, model, max_failures=10)
        if outcome in ("stops", "gone"):
            with pytest.raises(ModelRefused if outcome == "stops" else ModelUnavailable) as caught:
                await evaluator.evaluate((Prompt.of("amber"),), ROWS)
            assert caught.value.fatal
            assert len(journal) <= len(ROWS) * (2 if outcome == "gone" else 1)
            return
        (evaluation,) = await evaluator.evaluate((Prompt.of("amber"),), ROWS)
    assert _outcome(evaluation, journal) == outcome
    if outcome == "repeated":
        assert (evaluation.unanswered, evaluation.score) == (0, 1.0)  # what passes leaves no trace
        assert len(stub.seen) == len(journal) == len(ROWS) + 1
    if outcome == "unanswered":
        assert evaluation.score is None or evaluation.n == 0
        assert all(answer.failure for answer in evaluation.answers)
        assert len(stub.seen) == len(ROWS)


@pytest.mark.parametrize("fault", ["fewer", "ignores-n"])
async def test_answers_that_are_missing_are_asked_for_one_by_one(connected: Any, fault: str) -> None:
    async with serving(StubServer(fault=FAULTS[fault])) as server:
        model = connect("openai/toy-task", "task", connected(base_url=server.url))
        reply = await model.complete(Request((Message("user", "amber\nrow needs amber"),), Sampling(n=4)))
    assert reply.texts == ("yes",) * 4


@pytest.mark.parametrize("fault", ["no-usage", "negative-usage", "absurd-usage"])
async def test_a_count_of_tokens_that_cannot_be_empties_no_budget(connected: Any, fault: str) -> None:
    connection = connected()
    async with serving(StubServer(fault=FAULTS[fault])) as server:
        connection = connected(base_url=server.url)
        await connect("openai/toy-task", "task", connection).complete(Request((Message("user", "hi"),)))
    assert 0 < connection.ledger.total.tokens < 1000


@pytest.mark.parametrize("fault", ["429", "429-date", "429-ms"])
async def test_what_the_endpoint_wishes_is_waited_for(
    connected: Any, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    async with serving(StubServer(fault=FAULTS[fault])) as server:
        model = connect("openai/toy-task", "task", connected(base_url=server.url, max_retries=0))
        with pytest.raises(ModelUnavailable) as caught:
            await model.complete(Request((Message("user", "hi"),)))
    assert caught.value.busy
    assert caught.value.retry_after_s is not None
    assert 0 < caught.value.retry_after_s <= 1
