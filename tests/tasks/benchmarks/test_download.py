"""Getting data: whole files with the right checksum or none, whatever happens on the way; and going on from there."""

import asyncio
import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest
from aiohttp import web

from gpo.core.errors import TaskError
from gpo.tasks.benchmarks.catalog import FILES
from gpo.tasks.benchmarks.download import Origin, copy, download
from gpo.tasks.benchmarks.folders import cache_folder, differing, find, where
from tasks.benchmarks.made_up import DATASET, contents, publishing, put

BROKEN = "test.jsonl"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and no other place with data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GPO_DATA_DIR", raising=False)
    return cache_folder() / DATASET.folder


class Told:
    """Hears of progress."""

    def __init__(self) -> None:
        self.said: list[tuple[int, int]] = []

    def __call__(self, there: int, wanted: int, path: str) -> None:
        self.said.append((there, wanted))


async def _get(url: str, told: Told | None = None) -> int:
    return await download([DATASET], told or Told(), Origin(url, timeout_s=5.0, pause_s=0.0))


def _whole(cache: Path) -> set[str]:
    """The names of the files that are there; every one must be the published one, and nothing else may lie around."""
    found = {path.name for path in cache.glob("*")} | {path.name for path in cache.glob(".*")}
    assert found <= set(FILES.values()), found
    assert all((cache / name).read_bytes() == contents()[name] for name in found)
    return found


async def test_all_files_come_and_a_second_time_none(cache: Path) -> None:
    told = Told()
    async with publishing() as publisher:
        assert await _get(publisher.url, told) == 5
        assert await _get(publisher.url) == 0
    assert _whole(cache) == set(FILES.values())
    assert sorted(publisher.asked) == sorted(FILES.values())
    assert told.said == [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert where(DATASET) == cache
    assert differing(DATASET, cache) == ()


async def test_a_server_that_stumbles_is_asked_again(cache: Path) -> None:
    async def stumble(name: str, times: int) -> web.Response | None:
        return web.Response(status=503) if times < 3 else None

    async with publishing(stumble) as publisher:
        assert await _get(publisher.url) == 5
    assert len(publisher.asked) == 15
    assert len(_whole(cache)) == 5


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (500, 3), (429, 3)])
async def test_a_file_that_cannot_be_had_names_its_address(cache: Path, status: int, tries: int) -> None:
    async def refuse(name: str, times: int) -> web.Response | None:
        return web.Response(status=status) if name == BROKEN else None

    async with publishing(refuse) as publisher:
        with pytest.raises(TaskError) as caught:
            await _get(publisher.url)
        assert f"{publisher.url}/{DATASET.folder}/{BROKEN} cannot be fetched: HTTP {status}." in str(caught.value)
        assert "--from FOLDER" in str(caught.value)
    assert publisher.asked.count(BROKEN) == tries
    assert BROKEN not in _whole(cache)


async def test_what_is_whole_stays_and_the_next_call_goes_on_from_there(cache: Path) -> None:
    async def refuse(name: str, times: int) -> web.Response | None:
        if name == BROKEN:
            await asyncio.sleep(0.2)
            return web.Response(status=404)
        return None

    async with publishing(refuse) as publisher:
        with pytest.raises(TaskError):
            await _get(publisher.url)
    assert _whole(cache) == set(FILES.values()) - {BROKEN}
    assert where(DATASET) is None
    async with publishing() as publisher:
        assert await _get(publisher.url) == 1
    assert publisher.asked == [BROKEN]


async def test_a_wrong_checksum_keeps_nothing_of_the_file(cache: Path) -> None:
    async def forge(name: str, times: int) -> web.Response | None:
        return web.Response(body=b"<html>Log in first</html>") if name == BROKEN else None

    async with publishing(forge) as publisher:
        with pytest.raises(
            TaskError, match=rf"{BROKEN} is not the published file: its SHA-256 begins \w{{12}}, expect"
        ):
            await _get(publisher.url)
    assert BROKEN not in _whole(cache)


async def test_a_connection_that_breaks_off_keeps_nothing_of_the_file(cache: Path) -> None:
    async def break_off(name: str, times: int) -> web.StreamResponse | None:
        if name != BROKEN:
            return None
        return web.Response(body=contents()[name][:10], headers={"Content-Length": "1000"})

    async with publishing(break_off) as publisher:
        with pytest.raises(TaskError, match=r"cannot be fetched"):
            await download([DATASET], Told(), Origin(publisher.url, timeout_s=1.0, pause_s=0.0))
    assert BROKEN not in _whole(cache)


async def test_no_server_is_told_in_one_sentence(cache: Path) -> None:
    with pytest.raises(TaskError, match=r"http://127\.0\.0\.1:9/.* cannot be fetched: Failed to connect"):
        await _get("http://127.0.0.1:9/data")
    assert not _whole(cache)


class _Full:
    """A disk that takes some bytes and then no more."""

    def __init__(self, code: int) -> None:
        self.code = code

    def __call__(self, descriptor: int) -> NoReturn:
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "No space left"), (errno.EIO, "Input/output error")])
async def test_a_full_disk_leaves_nothing_half_written(
    cache: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    monkeypatch.setattr("gpo.files.whole.os.fsync", _Full(code))
    async with publishing() as publisher:
        with pytest.raises(TaskError, match=rf"cannot be written: {said}.* MB are free\..* XDG_CACHE_HOME"):
            await _get(publisher.url)
    assert _whole(cache) == set()


async def test_a_folder_that_may_not_be_written_is_named(cache: Path) -> None:
    cache.parents[4].write_text("a file, where a folder should be")
    async with publishing() as publisher:
        with pytest.raises(TaskError, match=r"cannot be written: Not a directory"):
            await _get(publisher.url)


async def test_an_interruption_leaves_whole_files_only(cache: Path) -> None:
    async def hang(name: str, times: int) -> web.Response | None:
        if name == BROKEN:
            await asyncio.sleep(30)
        return None

    async with publishing(hang) as publisher:
        job = asyncio.create_task(_get(publisher.url))
        while len(list(cache.glob("*.jsonl"))) < 4:  # noqa: ASYNC110 - files, not tasks, are waited for
            await asyncio.sleep(0.01)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
    assert _whole(cache) == set(FILES.values()) - {BROKEN}


async def test_what_a_killed_process_left_is_written_over(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / f".{BROKEN}.part").write_bytes(b"half a")
    (cache / BROKEN).write_bytes(b"an older file")
    async with publishing() as publisher:
        assert await _get(publisher.url) == 5
    assert _whole(cache) == set(FILES.values())


# --- from a folder ---


@pytest.mark.parametrize("inner", ["", "data"])
async def test_a_local_copy_serves_as_well_as_a_checkout(cache: Path, tmp_path: Path, inner: str) -> None:
    put(tmp_path / "mine" / inner)
    assert await copy([DATASET], Told(), tmp_path / "mine") == 5
    assert _whole(cache) == set(FILES.values())


async def test_a_local_copy_is_checked_as_well(cache: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "mine")
    (folder / DATASET.folder / BROKEN).write_text('{"input": "x", "target": "y"}\n')
    with pytest.raises(TaskError, match=f"{BROKEN} is not the published file"):
        await copy([DATASET], Told(), folder)
    assert BROKEN not in _whole(cache)


async def test_a_folder_without_the_files_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=rf"There is no {DATASET.folder}/.*jsonl in {tmp_path}"):
        await copy([DATASET], Told(), tmp_path)


# --- where data are looked for ---


def test_a_named_folder_then_the_variable_then_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cache_", "variable", "named"):
        put(tmp_path / name)
    cache.parent.mkdir(parents=True)
    (tmp_path / "cache_" / DATASET.folder).rename(cache)
    assert find(DATASET) == cache
    monkeypatch.setenv("GPO_DATA_DIR", str(tmp_path / "variable"))
    assert find(DATASET) == tmp_path / "variable" / DATASET.folder
    assert find(DATASET, str(tmp_path / "named")) == tmp_path / "named" / DATASET.folder


def test_data_that_are_nowhere_say_where_they_were_looked_for_and_how_to_get_them(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPO_DATA_DIR", str(tmp_path))
    with pytest.raises(TaskError) as caught:
        find(DATASET)
    message = str(caught.value)
    for said in (str(tmp_path / DATASET.folder), str(cache), "`gpo data get sums`", "GPO_DATA_DIR", "data_dir"):
        assert said in message


def test_a_named_folder_without_the_data_is_not_silently_replaced(cache: Path, tmp_path: Path) -> None:
    put(tmp_path / "there")
    cache.parent.mkdir(parents=True)
    (tmp_path / "there" / DATASET.folder).rename(cache)
    with pytest.raises(TaskError, match="empty"):
        find(DATASET, str(tmp_path / "empty"))


def test_a_dataset_with_a_file_missing_is_not_there(tmp_path: Path) -> None:
    folder = put(tmp_path)
    (folder / DATASET.folder / BROKEN).unlink()
    assert where(DATASET, str(folder)) is None
