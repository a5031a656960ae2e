"""What has an answer is never taken for absent, whoever put it there; most of what has none is known to have none."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gpo.store import absent
from gpo.store.absent import Absent
from gpo.store.migrate import migrate
from gpo.store.rows import stored_key
from gpo.store.writer import connect


def _keys(of: str, many: int) -> list[str]:
    return [hashlib.sha256(f"{of} {number}".encode()).hexdigest() for number in range(many)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a store."""
    migrate(tmp_path / "gpo.sqlite")
    return tmp_path / "gpo.sqlite"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to it."""
    with closing(connect(path)) as db:
        yield db


def _put(db: sqlite3.Connection, *keys: str) -> None:
    for key in keys:
        db.execute("INSERT OR REPLACE INTO answers VALUES (?, '{}')", (stored_key(key),))


def test_before_it_is_caught_up_nothing_is_sure(db: sqlite3.Connection) -> None:
    known = Absent(db)
    assert "new" not in known
    known.catch_up()
    assert "new" in known


def test_what_is_there_is_not_absent_and_most_of_what_is_not_is(db: sqlite3.Connection) -> None:
    there = [*_keys("there", 400), "a key of another kind"]
    _put(db, *there)
    known = Absent(db)
    known.catch_up()
    assert not any(key in known for key in there)
    assert sum(key in known for key in _keys("new", 1_000)) > 990


def test_many_are_read_a_bite_at_a_time(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absent, "BITE", 10)
    there = _keys("there", 25)
    _put(db, *there)
    known = Absent(db)
    for _ in range(2):
        known.catch_up()
        assert "new" not in known
    known.catch_up()
    assert "new" in known
    assert not any(key in known for key in there)


def test_what_this_process_keeps_it_says(db: sqlite3.Connection) -> None:
    known = Absent(db)
    known.catch_up()
    known.discard("new")
    assert "new" not in known
    assert "newer" in known


@pytest.mark.parametrize("again", [False, True], ids=["new", "put again"])
def test_what_others_write_is_read_whoever_puts_it_in_its_place(
    path: Path, db: sqlite3.Connection, *, again: bool
) -> None:
    first, second, third = _keys("there", 3)
    _put(db, *[first] * again)
    known = Absent(db)
    known.catch_up()
    with closing(connect(path)) as other:
        _put(other, first)
        known.catch_up()
        assert first not in known
        assert second in known
        other.execute("INSERT INTO arrivals (key, reply) VALUES (?, '{}')", (stored_key(second),))
    known.catch_up()
    db.execute("INSERT INTO taken_in SELECT MAX(rowid) FROM arrivals")
    known.catch_up()
    assert second not in known
    assert third in known
