"""Answers that were paid are read where SQLite refuses to: whole pages of a damaged file, its log, any version."""

import asyncio
import random
import shutil
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from gpo.core.chat import Reply, Usage
from gpo.core.errors import RunNotFound, StoreError
from gpo.core.events import Warned
from gpo.core.keys import content_key
from gpo.models.account import CallRecord
from gpo.store import arrivals
from gpo.store.rows import reply_to_json, text_of
from gpo.store.salvage import answers, salvage
from gpo.store.sqlite import open_store

PAGE = 4096


def _reply(number: int) -> Reply:
    """Short and long ones, up to some pages, also such as UTF-8 cannot hold."""
    text = f"änswer {number} " * (1 + 3 ** (number % 8)) + ("\ud800" if number % 5 == 0 else "")
    return Reply((text, ""), Usage(number, 1, cached_tokens=number), (False, True))


PAID = {content_key(number): _reply(number) for number in range(300)} | {"run " + content_key(1): _reply(1)}


async def _fill(folder: Path) -> Path:
    store = open_store(folder)
    run_id = store.create_run(store.new_run_id(), {"texts": ["no answer"]}, "t", "gpo")
    journal = store.journal(run_id)
    for key, reply in PAID.items():
        await store.put(key, reply)
        call = CallRecord("task", "m", key=key, cached=False, usage=reply.usage, usd=0.1, latency_s=1.0, failure="")
        journal.record(call)
        await asyncio.sleep(0)
    store.save_step(run_id, 1, {"texts": ["no answer either"]}, [Warned(1, '{"texts": ["nor this"]}')])
    store.close()
    return folder / "gpo.sqlite"


def _damage(path: Path, *pages: int) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(random.Random(page).randbytes(PAGE))


async def test_all_answers_of_a_whole_store_are_found(tmp_path: Path) -> None:
    assert dict(answers(await _fill(tmp_path))) == PAID


@pytest.mark.parametrize("damaged", [(0,), (0, 1, 2, 3), (5, 9, 11)])
async def test_of_a_damaged_store_what_stands_in_whole_pages_is_found(tmp_path: Path, damaged: tuple[int, ...]) -> None:
    path = await _fill(tmp_path)
    _damage(path, *damaged)
    found = dict(answers(path))
    assert {key: PAID.get(key) for key in found} == found, "what is found is what was paid"
    assert len(found) >= len(PAID) - 30 * len(damaged)


async def test_half_a_file_holds_half_of_the_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "OFTEN_S", 0)  # in so small a file what arrives at once would be half of it
    path = await _fill(tmp_path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    found = dict(answers(path))
    assert {key: PAID.get(key) for key in found} == found
    assert len(found) > len(PAID) / 4


async def test_what_a_killed_process_left_in_the_log_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        arrivals, "OFTEN_S", 60
    )  # where the older is taken in and the newer is not, either may come last
    store = open_store(tmp_path / "live")
    for key, reply in PAID.items():
        await store.put(key, Reply(("an older one",)))
        await store.flush()
        await store.put(key, reply)
        await store.flush()
    shutil.copytree(tmp_path / "live", tmp_path / "dead")  # as it is at this moment
    store.close()
    assert dict(answers(tmp_path / "dead" / "gpo.sqlite")) == PAID


@pytest.mark.parametrize("seed", range(4))
async def test_of_what_was_put_again_before_the_kill_the_last_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The pages of one transaction lie in the log by their numbers, and later rows often on pages of lower ones."""
    monkeypatch.setattr(arrivals, "OFTEN_S", 60)
    dice, store = random.Random(seed), open_store(tmp_path / "live")
    for number in range(300):
        await store.put(content_key(("before", number)), Reply(("z" * dice.choice([3, 200, 9000]),)))
    await store.flush()  # leaves free pages
    for turn in "abc":
        for number in range(100):
            await store.put(content_key(number), Reply((turn + "z" * dice.choice([3, 200, 9000]),)))
        await asyncio.sleep(0)
    shutil.copytree(tmp_path / "live", tmp_path / "dead")
    store.close()
    found = dict(answers(tmp_path / "dead" / "gpo.sqlite"))
    assert [found[content_key(number)].texts[0][0] for number in range(100)] == ["c"] * 100


def test_answers_of_the_first_version_are_found(tmp_path: Path) -> None:
    path = tmp_path / "gpo.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((files("gpo.store") / "migrations" / "0001_begin.sql").read_text(encoding="utf-8"))
        rows = ((key, text_of(reply_to_json(reply))) for key, reply in PAID.items())
        db.executemany("INSERT INTO answers VALUES (?, ?)", rows)
        db.commit()
    assert dict(answers(path)) == PAID


async def test_answers_are_put_into_another_store_and_add_to_what_it_has(tmp_path: Path) -> None:
    path = await _fill(tmp_path / "damaged")
    _damage(path, 0)
    before = path.read_bytes()
    other = open_store(tmp_path / "new")
    await other.put("its own", Reply(("kept",)))
    other.close()
    assert await salvage(tmp_path / "damaged", tmp_path / "new") == len(PAID)
    store = open_store(tmp_path / "new")
    assert [await store.get(key) for key in PAID] == list(PAID.values())
    assert await store.get("its own") == Reply(("kept",))
    store.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("noise", [b"", b"SQLite format 3\0", b"\0" * 9000, random.Random(1).randbytes(50_000)])
def test_what_is_no_store_has_no_answers(tmp_path: Path, noise: bytes) -> None:
    (tmp_path / "gpo.sqlite").write_bytes(noise)
    (tmp_path / "gpo.sqlite-wal").write_bytes(noise)
    assert dict(answers(tmp_path / "gpo.sqlite")) == {}


async def test_any_damage_is_survived(tmp_path: Path) -> None:
    path = await _fill(tmp_path)
    whole = path.read_bytes()
    for seed in range(20):
        dice = random.Random(seed)
        damaged = bytearray(whole)
        for _ in range(200):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path.write_bytes(damaged)
        assert len(dict(answers(path))) > len(PAID) / 3


async def test_an_answer_counts_once_however_many_copies_of_its_page_there_are(tmp_path: Path) -> None:
    store = open_store(tmp_path / "live")
    for key, reply in PAID.items():
        await store.put(key, reply)
        await store.flush()
    shutil.copytree(tmp_path / "live", tmp_path / "dead")  # each commit left its own copy of the page in the log
    store.close()
    assert len(list(answers(tmp_path / "dead" / "gpo.sqlite"))) > 2 * len(PAID)
    assert await salvage(tmp_path / "dead", tmp_path / "new") == len(PAID)


async def test_what_cannot_be_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound, match="is missing"):
        await salvage(tmp_path, tmp_path / "new")
    await _fill(tmp_path)
    with pytest.raises(StoreError, match="Name another folder"):
        await salvage(tmp_path, tmp_path)
