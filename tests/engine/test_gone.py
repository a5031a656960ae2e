"""A model that is not there: at once the end where it never was, waited for a while where it was, and gone on with."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.errors import ModelError, ModelUnavailable, TooManyFailures
from gpo.testing.server import FAULTS, Response, StubServer, repeated, serving
from gpo.testing.toy import toy_task

STEPS = 3


async def _optimized(folder: Path, url: str, **more: Any) -> gpo.Result:
    return await gpo.aoptimize(
        toy_task(),
        task_model="openai/toy-task",
        optimizer_model="openai/toy-writer",
        store=folder,
        options={"steps": STEPS},
        settings={"base_url": url, **more.pop("settings", {})},
        **more,
    )


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return plug.getsockname()[1]


def _unknown(host: Any, *_: Any, **__: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, f"{host}: Name or service not known")


@pytest.mark.parametrize("fault", ["refused", "dns", "tls"])
async def test_where_nobody_ever_was_the_run_stops_at_once_and_says_how_to_go_on(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, started = _free_port(), time.monotonic()
    async with AsyncExitStack() as stack:
        if fault == "tls":
            await stack.enter_async_context(serving(StubServer(), port=port))
        if fault == "dns":
            monkeypatch.setattr(socket, "getaddrinfo", _unknown)
        url = {"dns": "http://nowhere.invalid/v1", "tls": f"https://127.0.0.1:{port}/v1"}
        with pytest.raises(ModelUnavailable, match="No answer from openai/toy-task at") as caught:
            await _optimized(tmp_path, url.get(fault, f"http://127.0.0.1:{port}/v1"))
    assert time.monotonic() - started < 5, "one repeat after half a second"
    assert caught.value.fatal
    assert "resume" in caught.value.__notes__[0]
    if fault == "refused":
        async with serving(StubServer(), port=port) as server:
            resumed = await _optimized(tmp_path, server.url, resume="latest")
        assert resumed.complete


async def test_a_server_that_hangs_from_the_first_request_on_is_asked_twice_and_no_more(tmp_path: Path) -> None:
    async with serving(StubServer(fault=FAULTS["hangs"])) as server:
        with pytest.raises(ModelError, match="within 0"):
            await _optimized(tmp_path, server.url, settings={"timeout_s": 0.3, "concurrency": 4})
    assert len(server.seen) <= 2 * 4 + 4


async def _away(stub: StubServer, port: int, when: Callable[[], bool], for_s: float) -> None:
    """The server, which goes away at some moment, and comes back after so many seconds."""
    async with serving(stub, port=port):
        while not when():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.001)
    await asyncio.sleep(for_s)
    async with serving(stub, port=port):
        await asyncio.Event().wait()


async def test_an_endpoint_that_goes_away_for_a_second_is_waited_for_and_leaves_no_trace(tmp_path: Path) -> None:
    async with serving(StubServer()) as server:
        whole = await _optimized(tmp_path / "whole", server.url)
    stub, port = StubServer(delay_s=0.005), _free_port()
    asking = asyncio.ensure_future(_away(stub, port, lambda: len(stub.seen) > 100, 1.0))
    result = await _optimized(tmp_path / "parts", f"http://127.0.0.1:{port}/v1")
    asking.cancel()
    assert (result.best, result.history, result.verdict) == (whole.best, whole.history, whole.verdict)


async def test_an_endpoint_that_stays_away_ends_the_run_which_goes_on_later_and_pays_nothing_twice(
    tmp_path: Path,
) -> None:
    async with serving(StubServer()) as server:
        whole = await _optimized(tmp_path / "whole", server.url)
    stub, port = StubServer(delay_s=0.005), _free_port()
    url = f"http://127.0.0.1:{port}/v1"
    asking = asyncio.ensure_future(_away(stub, port, lambda: len(stub.seen) > 100, 3600))
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="No answer from") as caught:
        await _optimized(tmp_path / "parts", url, settings={"max_retries": 2})
    asking.cancel()
    assert time.monotonic() - started < 10, "half a second, a second: then nobody was heard for too long"
    assert not isinstance(caught.value, TooManyFailures)
    assert "best_prompt.txt" in caught.value.__notes__[0]
    before = len(stub.seen)
    async with serving(stub, port=port):
        result = await _optimized(tmp_path / "parts", url, settings={"max_retries": 2}, resume="latest")
    assert (result.best, result.history, result.verdict) == (whole.best, whole.history, whole.verdict)
    in_flight = 32
    assert sum(count - 1 for count in repeated(stub.seen).values()) <= in_flight
    assert before > 100


async def test_a_task_model_that_only_fails_is_gone_also_where_few_rows_are_asked(tmp_path: Path) -> None:
    """Fewer rows than `max_failures`: a prompt that nobody answers at all tells it as well."""

    async def dying(body: dict[str, Any]) -> Response | None:
        return Response(500, "gone") if body["model"] == "toy-task" and len(stub.seen) > 10 else None

    stub = StubServer(fault=dying)
    async with serving(stub) as server:
        with pytest.raises(TooManyFailures, match=r"answers no more.*The last failure: .*HTTP 500") as caught:
            await _optimized(tmp_path, server.url, settings={"max_failures": 1000, "max_retries": 0})
    assert "best_prompt.txt" in caught.value.__notes__[0]
