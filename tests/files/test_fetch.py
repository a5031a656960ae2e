"""Fetching a file: whole, checked, gone on with where it broke off, or not there at all."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
from aiohttp import web

from gpo.core.errors import FetchError
from gpo.files.exchange import Limits
from gpo.files.fetch import Told, Wanted, fetch, silent
from gpo.files.transfer import Transfers
from gpo.files.whole import part_of, put

DATA = bytes(range(256)) * 4000
SHA = hashlib.sha256(DATA).hexdigest()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Publisher:
    """A server of one file; `ranges` are the ranges that were asked for."""

    url: str = ""
    ranges: list[str] = field(default_factory=list[str])


@asynccontextmanager
async def publishing(handler: Handler | None = None, data: bytes = DATA) -> AsyncIterator[Publisher]:
    publisher = Publisher()

    async def serve(request: web.Request) -> web.StreamResponse:
        publisher.ranges.append(request.headers.get("Range", ""))
        if handler is not None and (response := await handler(request)) is not None:
            return response
        return _sliced(request, data)

    app = web.Application()
    app.router.add_get("/file", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    publisher.url = f"http://127.0.0.1:{runner.addresses[0][1]}/file"
    try:
        yield publisher
    finally:
        await runner.cleanup()


def _sliced(request: web.Request, data: bytes) -> web.Response:
    begin = int(request.headers["Range"].removeprefix("bytes=").rstrip("-")) if "Range" in request.headers else 0
    if begin >= len(data):
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
    return web.Response(status=206 if begin else 200, body=data[begin:])


async def _get(url: str, path: Path, told: Told = silent, **more: Any) -> None:
    async with aclosing(Transfers(Limits(5.0))) as transfers:
        await fetch(transfers, Wanted(url, path, **{"sha256": SHA, **more}), told, pause_s=0.0)


def _nothing_lies_in(folder: Path) -> bool:
    return not folder.exists() or not list(folder.iterdir())


async def test_a_file_comes_whole_and_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    async with publishing() as publisher:
        await _get(publisher.url, tmp_path / "a" / "file", lambda *each: told.append(each))
    assert (tmp_path / "a" / "file").read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert [there for there, _ in told] == sorted(there for there, _ in told)
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "file"]


async def test_what_broke_off_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "file"
    part_of(path).write_bytes(DATA[:1000])
    async with publishing() as publisher:
        await _get(publisher.url, path)
    assert publisher.ranges == ["bytes=1000-"]
    assert path.read_bytes() == DATA


async def test_a_connection_that_breaks_off_is_tried_again_from_there(tmp_path: Path) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse | None:
        if "Range" in request.headers:
            return None
        response = web.StreamResponse(headers={"Content-Length": str(len(DATA))})
        await response.prepare(request)
        await response.write(DATA[:5000])
        await asyncio.sleep(0.05)
        assert request.transport
        request.transport.abort()
        return response

    async with publishing(break_off) as publisher:  # type: ignore[arg-type]
        await _get(publisher.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == DATA
    assert publisher.ranges[0] == ""
    assert publisher.ranges[1].startswith("bytes=")


async def test_a_server_without_ranges_sends_it_all_anew(tmp_path: Path) -> None:
    path = tmp_path / "file"
    part_of(path).write_bytes(b"something else")

    async def whole(_: web.Request) -> web.Response:
        return web.Response(body=DATA)

    async with publishing(whole) as publisher:
        await _get(publisher.url, path)
    assert path.read_bytes() == DATA


async def test_a_part_that_is_complete_is_taken_and_one_that_is_too_long_is_not(tmp_path: Path) -> None:
    for part in (DATA, DATA + b"more"):
        path = tmp_path / str(len(part))
        part_of(path).write_bytes(part)
        async with publishing() as publisher:
            await _get(publisher.url, path)
        assert path.read_bytes() == DATA


async def test_a_part_of_another_file_is_found_out_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "file"
    part_of(path).write_bytes(b"x" * 1000)
    async with publishing() as publisher:
        await _get(publisher.url, path)
    assert publisher.ranges == ["bytes=1000-", ""]
    assert path.read_bytes() == DATA


async def test_a_file_that_was_changed_on_the_way_is_not_kept(tmp_path: Path) -> None:
    async with publishing(data=b"<html>Log in first</html>") as publisher:
        with pytest.raises(FetchError, match=r"SHA-256 begins \w{12}, expected \w{12} \(25 bytes\)"):
            await _get(publisher.url, tmp_path / "file")
    assert _nothing_lies_in(tmp_path)


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (500, 3), (429, 3)])
async def test_a_refusal_is_told_and_what_may_pass_is_tried_three_times(
    tmp_path: Path, status: int, tries: int
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with publishing(refuse) as publisher:
        with pytest.raises(FetchError, match=rf"/file cannot be fetched: HTTP {status}\."):
            await _get(publisher.url, tmp_path / "file")
    assert len(publisher.ranges) == tries
    assert not (tmp_path / "file").exists()


async def test_more_than_was_expected_is_not_taken(tmp_path: Path) -> None:
    async with publishing() as publisher:
        with pytest.raises(FetchError, match="sent more than"):
            await _get(publisher.url, tmp_path / "file", largest=1000, resumes=False)
    assert _nothing_lies_in(tmp_path)


async def test_a_file_whose_checksum_nobody_knows_is_taken_as_it_is_and_whole(tmp_path: Path) -> None:
    part_of(tmp_path / "file").write_bytes(b"of an older one")
    async with publishing() as publisher:
        await _get(publisher.url, tmp_path / "file", sha256=None)
    assert publisher.ranges == [""]
    assert (tmp_path / "file").read_bytes() == DATA


async def test_an_interruption_leaves_a_part_and_no_file(tmp_path: Path) -> None:
    async def stall(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(DATA))})
        await response.prepare(request)
        await response.write(DATA[:5000])
        await asyncio.sleep(30)
        return response

    path = tmp_path / "file"
    async with publishing(stall) as publisher:
        job = asyncio.create_task(_get(publisher.url, path))
        async with asyncio.timeout(5):
            while not part_of(path).exists():  # noqa: ASYNC110 - files, not tasks, are waited for
                await asyncio.sleep(0.01)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
    assert not path.exists()
    assert part_of(path).exists()


@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "No space left"), (errno.EIO, "Input/output error")])
async def test_a_full_disk_is_told_with_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    def full(_: int) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("gpo.files.whole.os.fsync", full)
    async with publishing() as publisher:
        with pytest.raises(FetchError, match=rf"cannot be written: {said}.* MB are free\."):
            await _get(publisher.url, tmp_path / "file")
    assert not (tmp_path / "file").exists()
    with pytest.raises(FetchError, match="cannot be written"):
        put(tmp_path / "other", b"data")
    assert not (tmp_path / "other").exists()


def test_a_file_that_is_put_is_there_whole(tmp_path: Path) -> None:
    put(tmp_path / "deep" / "file", DATA)
    assert (tmp_path / "deep" / "file").read_bytes() == DATA
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]
