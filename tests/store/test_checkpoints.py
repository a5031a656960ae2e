"""The log is worked into the file beside whoever writes, who waits for nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from gpo.core.chat import Reply
from gpo.store import checkpoints
from gpo.store.sqlite import SQLiteStore, open_store

FEW = 40


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "OFTEN", FEW)


async def _keep(store: SQLiteStore, answers: range) -> None:
    for number in answers:
        await store.put(f"k{number}", Reply((f"answer {number}",)))
        await store.flush()


def _in_the_file(folder: Path) -> int:
    """Answers that stand in the file itself, whatever its log holds."""
    with closing(sqlite3.connect(f"{(folder / 'gpo.sqlite').as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        tables = "(SELECT COUNT(*) FROM answers) + (SELECT COUNT(*) FROM arrivals)"
        return db.execute(f"SELECT {tables}").fetchone()[0]


async def test_the_log_is_worked_into_the_file_now_and_then(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await _keep(store, range(FEW - 1))
    assert _in_the_file(tmp_path) == 0
    await _keep(store, range(FEW - 1, FEW))
    store._checkpoints.wait()
    assert _in_the_file(tmp_path) == FEW
    store.close()


async def test_who_writes_does_not_wait_for_it_and_there_is_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = list[str](), Event()

    def slow(uri: str) -> None:
        begun.append(uri)
        goes_on.wait(20)

    monkeypatch.setattr(checkpoints, "work_in", slow)
    store = open_store(tmp_path)
    await _keep(store, range(4 * FEW))
    assert await store.get(f"k{4 * FEW - 1}") is not None
    assert len(begun) == 1
    goes_on.set()
    store._checkpoints.wait()
    await _keep(store, range(1))
    store.close()
    assert len(begun) == 2


async def test_a_file_that_cannot_be_worked_on_is_left_alone(tmp_path: Path) -> None:
    gone = tmp_path / "gone.sqlite"
    checkpoints.work_in(f"{gone.as_uri()}?mode=rw")
    assert not gone.exists()
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_text("no database at all " * 99)
    checkpoints.work_in(f"{damaged.as_uri()}?mode=rw")
    assert damaged.read_text().startswith("no database")


async def test_closing_leaves_no_log_behind(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await _keep(store, range(3 * FEW))
    store.close()
    assert [path.name for path in tmp_path.glob("gpo.sqlite*")] == ["gpo.sqlite"]
    assert _in_the_file(tmp_path) == 3 * FEW
