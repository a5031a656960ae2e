"""What arrived comes to its places beside whoever writes, who waits for nothing; it is found and counted as before."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Lock

import pytest

from gpo.core.budget import Spent
from gpo.core.chat import Reply, Usage
from gpo.models.account import CallRecord
from gpo.store import upkeep
from gpo.store.sqlite import SQLiteStore, open_store, open_to_read

NEVER = 60.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    """A new one."""
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def run_id(store: SQLiteStore) -> str:
    """A run in it."""
    return store.create_run(store.new_run_id(), {}, "t", "gpo")


def _call(key: str, failure: str = "") -> CallRecord:
    return CallRecord(
        "task", "m", key=key, cached=False, usage=Usage(2, 1), usd=0.25, latency_s=0.5, failure=failure
    )  # fmt: skip


async def _paid(store: SQLiteStore, run_id: str, numbers: range, elapsed_s: Callable[[], float] | None = None) -> None:
    """An answer and its call for each number, each pair in a turn of its own."""
    journal = store.journal(run_id, elapsed_s)
    for number in numbers:
        await store.put(f"k{number}", Reply((f"answer {number}",)))
        journal.record(_call(f"k{number}"))
        await asyncio.sleep(0)


def _count(folder: Path, table: str, how: str = "mode=ro") -> int:
    with closing(sqlite3.connect(f"{(folder / 'gpo.sqlite').as_uri()}?{how}", uri=True)) as db:
        return db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]


def _comes_true(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)
    return is_so()


@pytest.mark.parametrize("bite", [1, 7, 128])
async def test_what_arrived_comes_to_its_places_without_anybody_asking(
    tmp_path: Path, store: SQLiteStore, run_id: str, bite: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BITE", bite)
    await _paid(store, run_id, range(50))
    assert _comes_true(lambda: _count(tmp_path, "answers") == _count(tmp_path, "calls") == 50)
    assert _comes_true(lambda: _count(tmp_path, "arrivals") == 0)
    assert _count(tmp_path, "accounts") == 1


async def test_what_has_not_come_to_its_place_is_found_and_counted(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAUSE_S", NEVER)
    await _paid(store, run_id, range(20))
    assert _count(tmp_path, "arrivals") == 20
    for instance in (store, open_store(tmp_path)):
        assert [await instance.get(f"k{number}") for number in (0, 19)] == [Reply(("answer 0",)), Reply(("answer 19",))]
    assert store.spent(run_id) == {"task": Spent(20, 60, usd=5.0)}
    instance.close()


async def test_of_an_answer_put_again_the_last_one_stays(
    tmp_path: Path, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAUSE_S", NEVER)
    for text in ("first", "second", "last"):
        await store.put("k", Reply((text,)))
        await store.flush()
        assert await store.get("k") == Reply((text,))
    store.close()
    again = open_store(tmp_path)
    assert await again.get("k") == Reply(("last",))
    again.close()


async def test_calls_are_taken_in_in_the_order_in_which_they_came(store: SQLiteStore, run_id: str) -> None:
    journal = store.journal(run_id)
    for key, failure in (("a", "ModelRefused: no"), ("b", "ModelRefused: no"), ("a", ""), ("b", "cancelled")):
        journal.record(_call(key, failure))
    assert [*store.refused(run_id)] == ["b"]
    before = store.last_call()
    journal.record(_call("c", "ModelRefused: no"))
    assert [*store.refused(run_id, before)] == ["c"]


async def test_who_writes_and_looks_up_does_not_wait_for_it(
    store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, really = Event(), Event(), upkeep.take_in

    def slow(db: sqlite3.Connection, write: Lock) -> None:
        begun.set()
        goes_on.wait(20)
        really(db, write)

    monkeypatch.setattr(upkeep, "take_in", slow)
    await _paid(store, run_id, range(1))
    assert begun.wait(20)
    await _paid(store, run_id, range(1, 300))
    assert await store.get("k0") == Reply(("answer 0",))
    assert await store.get("k299") == Reply(("answer 299",))
    goes_on.set()
    assert store.spent(run_id)["task"].calls == 300
    assert await store.get("k299") == Reply(("answer 299",))


async def test_what_failed_is_done_the_next_time(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, really = Event(), upkeep.take_in

    def full(db: sqlite3.Connection, write: Lock) -> None:
        if failed.is_set():
            return really(db, write)
        failed.set()
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(upkeep, "take_in", full)
    await _paid(store, run_id, range(1))
    assert failed.wait(20)
    await _paid(store, run_id, range(1, 5))
    assert _comes_true(lambda: _count(tmp_path, "answers") == 5)


async def test_the_log_is_worked_into_the_file_now_and_then(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "OFTEN", 100)
    immutable = "mode=ro&immutable=1"  # the file itself, whatever its log holds
    await _paid(store, run_id, range(10))
    assert _comes_true(lambda: _count(tmp_path, "answers") == 10)
    assert _count(tmp_path, "answers", immutable) == 0
    await _paid(store, run_id, range(10, 100))
    assert _comes_true(lambda: _count(tmp_path, "answers") == 100)
    assert _comes_true(lambda: _count(tmp_path, "answers", immutable) > 0)


async def test_closing_takes_in_what_is_left_and_leaves_no_log_behind(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAUSE_S", NEVER)
    await _paid(store, run_id, range(30))
    started = time.monotonic()
    store.close()
    assert time.monotonic() - started < NEVER / 4
    assert [path.name for path in tmp_path.glob("gpo.sqlite*")] == ["gpo.sqlite"]
    assert (_count(tmp_path, "arrivals"), _count(tmp_path, "answers")) == (0, 30)


@pytest.mark.parametrize("opening", [open_store, open_to_read])
async def test_what_a_killed_process_left_is_found_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opening: Callable[[Path], SQLiteStore]
) -> None:
    monkeypatch.setattr(upkeep, "PAUSE_S", NEVER)
    live = open_store(tmp_path / "live")
    run_id = live.create_run(live.new_run_id(), {}, "t", "gpo")
    await _paid(live, run_id, range(30), lambda: 7.5)
    shutil.copytree(tmp_path / "live", tmp_path / "dead")
    live.close()
    dead = opening(tmp_path / "dead")
    assert await dead.get("k29") == Reply(("answer 29",))
    assert dead.spent(run_id)["task"].calls == 30
    assert dead.summary(run_id)[0].completion_tokens == 30
    assert dead.elapsed_s(run_id) == 7.5
    assert (_count(tmp_path / "dead", "arrivals") == 30) == (opening is open_to_read)
    dead.close()


async def test_the_time_noted_at_the_end_is_not_set_back_by_a_call_taken_in_after_it(
    tmp_path: Path, store: SQLiteStore, run_id: str
) -> None:
    await _paid(store, run_id, range(3), lambda: 5.0)
    store.note_elapsed(run_id, 9.0)
    store.close()
    again = open_store(tmp_path)
    assert again.elapsed_s(run_id) == 9.0
    again.close()


async def test_several_instances_take_in_what_any_of_them_wrote_once(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAUSE_S", 0.001)
    monkeypatch.setattr(upkeep, "BITE", 3)
    others = [open_store(tmp_path) for _ in range(3)]
    for start in range(0, 400, 4):
        for offset, instance in enumerate((store, *others)):
            await _paid(instance, run_id, range(start + offset, start + offset + 1))
    for instance in (store, *others):
        assert instance.spent(run_id)["task"].calls == 400
        assert None not in [await instance.get(f"k{number}") for number in range(400)]
    for instance in others:
        instance.close()
    assert _count(tmp_path, "calls") == 400
