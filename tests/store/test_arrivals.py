"""What arrived comes to its places now and then, many rows at once; it is found and counted before as well as after."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gpo.core.budget import Spent
from gpo.core.chat import Reply, Usage
from gpo.core.errors import StoreError
from gpo.models.account import CallRecord
from gpo.store import arrivals, queries
from gpo.store.sqlite import SQLiteStore, open_store, open_to_read


@pytest.fixture(autouse=True, params=[0.0, 60.0], ids=["at every commit", "only where somebody asks"])
def often_s(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """How often all is taken in."""
    monkeypatch.setattr(arrivals, "OFTEN_S", request.param)
    return request.param


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
    usage = Usage(2, 1)
    return CallRecord("task", "m", key=key, cached=False, usage=usage, usd=0.25, latency_s=0.5, failure=failure)


async def _paid(store: SQLiteStore, run_id: str, numbers: range, elapsed_s: Callable[[], float] | None = None) -> None:
    """An answer and its call for each number, each pair in a turn of its own."""
    journal = store.journal(run_id, elapsed_s)
    for number in numbers:
        await store.put(f"k{number}", Reply((f"answer {number}",)))
        journal.record(_call(f"k{number}"))
        await asyncio.sleep(0)


def _count(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(f"{(folder / 'gpo.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        return db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]


async def test_what_arrived_is_found_and_counted_wherever_it_is(
    tmp_path: Path, store: SQLiteStore, run_id: str, often_s: float
) -> None:
    await _paid(store, run_id, range(20))
    assert (_count(tmp_path, "arrivals"), _count(tmp_path, "calls")) == ((20, 0) if often_s else (0, 20))
    other = open_store(tmp_path)
    for instance in (store, other):
        assert [await instance.get(f"k{number}") for number in (0, 19)] == [Reply(("answer 0",)), Reply(("answer 19",))]
    assert other.spent(run_id) == store.spent(run_id) == {"task": Spent(20, 60, usd=5.0)}
    assert (_count(tmp_path, "arrivals"), _count(tmp_path, "calls"), _count(tmp_path, "accounts")) == (0, 20, 1)
    assert await store.get("k19") == Reply(("answer 19",))
    other.close()


async def test_what_was_left_is_found_though_another_puts_it_in_its_place_just_then(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "OFTEN_S", 60.0)
    await _paid(store, run_id, range(3))
    look, other = queries.arrived, open_store(tmp_path)

    def looked(db: sqlite3.Connection) -> dict[str, Reply]:
        store._arrivals.take_in()
        return look(db)

    monkeypatch.setattr(queries, "arrived", looked)
    assert await other.get("k1") == Reply(("answer 1",))
    other.close()


async def test_an_answer_and_its_call_are_one_row_and_either_may_come_alone(
    tmp_path: Path, store: SQLiteStore, run_id: str
) -> None:
    journal = store.journal(run_id)
    await store.put("both", Reply(("one",)))
    journal.record(_call("both"))
    await store.put("no call", Reply(("two",)))
    journal.record(_call("no answer", "ModelRefused: no"))
    await store.put("both in two turns", Reply(("three",)))
    await asyncio.sleep(0)
    journal.record(_call("both in two turns"))
    await store.flush()
    assert (_count(tmp_path, "answers"), _count(tmp_path, "calls")) == (3, 3)
    assert [*store.refused(run_id)] == ["no answer"]


async def test_of_an_answer_put_again_the_last_one_stays(tmp_path: Path, store: SQLiteStore, run_id: str) -> None:
    for text in ("first", "second", "last"):
        await store.put("k", Reply((f"hardly {text}",)))
        await store.put("k", Reply((text,)))
        store.journal(run_id).record(_call("k"))
        assert await store.get("k") == Reply((text,))
        await asyncio.sleep(0)
        assert await store.get("k") == Reply((text,))
    assert store.spent(run_id)["task"].calls == 3
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


async def test_answers_that_came_since_the_last_commit_are_found_when_those_before_are_taken_in(
    store: SQLiteStore, run_id: str
) -> None:
    await _paid(store, run_id, range(3))
    await store.put("later", Reply(("later",)))
    store._arrivals.take_in()
    assert await store.get("later") == Reply(("later",))
    assert await store.get("k0") == Reply(("answer 0",))


async def test_closing_takes_in_what_is_left(tmp_path: Path, store: SQLiteStore, run_id: str) -> None:
    await _paid(store, run_id, range(30))
    store.close()
    assert (_count(tmp_path, "arrivals"), _count(tmp_path, "answers")) == (0, 30)


@pytest.mark.parametrize("opening", [open_store, open_to_read])
async def test_what_a_killed_process_left_is_found_and_counted(
    tmp_path: Path, often_s: float, opening: Callable[[Path], SQLiteStore]
) -> None:
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
    assert _count(tmp_path / "dead", "arrivals") == (30 if often_s and opening is open_to_read else 0)
    dead.close()


async def test_what_cannot_be_taken_in_for_now_is_found_and_counted_all_the_same(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = arrivals.take_in

    def where_there_is_room(db: sqlite3.Connection) -> None:
        if db is store._db:
            raise sqlite3.OperationalError("database or disk is full")
        really(db)

    monkeypatch.setattr(arrivals, "take_in", where_there_is_room)
    await _paid(store, run_id, range(30))
    await store.flush()
    assert (_count(tmp_path, "arrivals"), _count(tmp_path, "answers")) == (30, 0)
    assert await store.get("k7") == Reply(("answer 7",))
    assert store.spent(run_id)["task"].calls == 30
    monkeypatch.undo()
    await store.flush()
    assert (_count(tmp_path, "arrivals"), _count(tmp_path, "answers")) == (0, 30)


async def test_nobody_waits_long_for_another_process_only_to_take_in(
    tmp_path: Path, store: SQLiteStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "OFTEN_S", 60.0)
    monkeypatch.setattr(arrivals, "SHORT_MS", 10)
    await _paid(store, run_id, range(5))
    with closing(sqlite3.connect(tmp_path / "gpo.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert store.spent(run_id)["task"].calls == 5
        await store.flush()
        assert time.monotonic() - started < 15, "a commit would wait for 30 seconds"
    assert _count(tmp_path, "arrivals") == 5
    assert store.spent(run_id)["task"].calls == 5
    assert _count(tmp_path, "arrivals") == 0


async def test_a_call_that_cannot_be_counted_is_refused_at_once_and_spoils_nothing(
    tmp_path: Path, store: SQLiteStore, run_id: str
) -> None:
    await _paid(store, run_id, range(2))
    await store.flush()
    store.journal(run_id).record(_call("k")._replace(latency_s=float("nan")))
    with pytest.raises(StoreError, match="CHECK"):
        await store.flush()
    store.close()
    again = open_store(tmp_path)
    assert again.spent(run_id)["task"].calls == 2
    assert await again.get("k1") == Reply(("answer 1",))
    again.close()


async def test_a_file_in_which_nothing_finds_its_place_is_damaged_and_says_so_before_the_next_request(
    tmp_path: Path, store: SQLiteStore, run_id: str, often_s: float
) -> None:
    with closing(sqlite3.connect(tmp_path / "gpo.sqlite")) as db:
        db.execute("CREATE TRIGGER no BEFORE DELETE ON arrivals BEGIN SELECT RAISE(ABORT, 'malformed'); END")
    await _paid(store, run_id, range(1))
    with pytest.raises(StoreError, match=r"malformed.*gpo export --answers NEW"):
        store.journal(run_id).secure() if not often_s else await store.flush()
    assert await store.get("k0") == Reply(("answer 0",))
    with pytest.raises(StoreError, match="malformed"):
        store.spent(run_id)


async def test_the_time_noted_at_the_end_is_not_set_back_by_a_call_taken_in_after_it(
    tmp_path: Path, store: SQLiteStore, run_id: str
) -> None:
    await _paid(store, run_id, range(3), lambda: 5.0)
    store.note_elapsed(run_id, 9.0)
    store.close()
    again = open_store(tmp_path)
    assert again.elapsed_s(run_id) == 9.0
    again.close()


async def test_what_any_instance_wrote_is_taken_in_once(tmp_path: Path, store: SQLiteStore, run_id: str) -> None:
    others = [open_store(tmp_path) for _ in range(3)]
    for start in range(0, 200, 4):
        for offset, instance in enumerate((store, *others)):
            await _paid(instance, run_id, range(start + offset, start + offset + 1))
        if start % 20 == 0:
            await others[0].flush()
    for instance in (store, *others):
        assert instance.spent(run_id)["task"].calls == 200
        assert None not in [await instance.get(f"k{number}") for number in range(200)]
    for instance in others:
        instance.close()
    assert _count(tmp_path, "calls") == 200
