"""One transaction for what belongs together or happens in one turn of the loop; a clear end when none can be made."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gpo.core.errors import StoreError
from gpo.store.writer import Statement, Writer, remedy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one table of one column that takes each value once."""
    path = tmp_path / "some.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x UNIQUE)")
        connection.commit()
    return path


def _rows(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT x FROM t ORDER BY rowid")]


def _insert(value: object) -> Statement:
    return "INSERT INTO t VALUES (?)", (value,)


def _keep(writer: Writer, value: object) -> None:
    writer.keep("INSERT INTO t", (value,))


def _writer(path: Path, *pragmas: str) -> Writer:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.1)
    for pragma in ("PRAGMA journal_mode = WAL", *pragmas):
        connection.execute(pragma)
    return Writer(connection, "some.sqlite")


def test_without_a_loop_what_is_written_is_there_at_once_and_in_order(path: Path) -> None:
    writer = _writer(path)
    for number in range(100):
        writer.write(_insert(number))
    assert _rows(path) == list(range(100))
    writer.close()


async def test_what_happens_in_one_turn_of_the_loop_is_one_transaction(path: Path) -> None:
    writer = _writer(path)
    _keep(writer, 1)
    _keep(writer, 2)
    assert _rows(path) == []
    await asyncio.sleep(0)
    assert _rows(path) == [1, 2]
    _keep(writer, 3)
    writer.commit()
    assert _rows(path) == [1, 2, 3]
    _keep(writer, 4)
    writer.write(_insert(5))
    assert _rows(path) == [1, 2, 3, 4, 5]
    writer.close()


async def test_what_is_kept_for_several_tables_is_written_together_and_before_what_is_written_then(path: Path) -> None:
    writer = _writer(path, "CREATE TABLE other (x, y)", "CREATE TABLE seen (t, other)")
    for number in range(200):
        _keep(writer, number)
        writer.keep("INSERT INTO other", [number, -number])
    writer.write(("INSERT INTO seen SELECT (SELECT COUNT(*) FROM t), COUNT(*) FROM other WHERE x = -y", ()))
    assert writer.db.execute("SELECT * FROM seen").fetchall() == [(200, 200)]
    assert _rows(path) == list(range(200))
    writer.close()


async def test_a_row_may_change_until_it_is_written(path: Path) -> None:
    writer, row = _writer(path), ["at first"]
    writer.keep("INSERT INTO t", row)
    row[0] = "at last"
    await asyncio.sleep(0)
    assert _rows(path) == ["at last"]
    writer.close()


async def test_what_is_safe_is_told_once_it_is(path: Path) -> None:
    told: list[object] = []
    connection = sqlite3.connect(path, isolation_level=None)
    writer = Writer(connection, "some.sqlite", safe=lambda _: told.append(_rows(path)))
    _keep(writer, "one")
    _keep(writer, "lone \ud800")
    assert told == []
    await asyncio.sleep(0)
    assert told == [["one", "lone ?"]]
    _keep(writer, "one")
    with pytest.raises(StoreError, match="UNIQUE"):
        writer.commit()
    assert len(told) == 1
    writer.close()


async def test_closing_commits_what_is_left_and_ends_it(path: Path) -> None:
    writer = _writer(path)
    _keep(writer, 1)
    writer.close()
    writer.close()
    assert _rows(path) == [1]
    with pytest.raises(StoreError, match=r"some\.sqlite is closed"):
        writer.write(_insert(2))
    await asyncio.sleep(0)


def test_statements_written_together_are_written_together_or_not_at_all(path: Path) -> None:
    writer = _writer(path)
    writer.write(_insert(1))
    with pytest.raises(StoreError, match="UNIQUE"):
        writer.write(_insert(2), _insert(1))
    assert _rows(path) == [1]
    writer.close()


@pytest.mark.parametrize("value", [2**70, object()])
def test_a_value_that_cannot_be_written_is_a_store_error(path: Path, value: object) -> None:
    writer = _writer(path)
    with pytest.raises(StoreError, match="cannot be written"):
        writer.write(_insert(value))
    writer.close()
    assert _rows(path) == []


def test_a_full_disk_stops_the_writing_and_keeps_what_was_there(path: Path) -> None:
    writer = _writer(path, "PRAGMA max_page_count = 12")
    writer.write(_insert("small"))
    with pytest.raises(StoreError, match=r"disk is full.*Make room.*saved before is safe"):
        writer.write(_insert("x" * 1_000_000))
    for again in (lambda: writer.write(_insert("small too")), writer.commit):
        with pytest.raises(StoreError, match="disk is full"):
            again()
    writer.close()
    assert _rows(path) == ["small"]


def test_a_database_that_another_process_does_not_let_go_of_says_so(path: Path) -> None:
    writer = _writer(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"locked.*Another process"):
            writer.write(_insert(1))
        writer.close()


def _fill(writer: Writer) -> None:
    """Keeps more than there is room for, and two more after that."""
    for number in range(60):
        _keep(writer, f"{number} {'x' * 1_000}")
    for more in ("more", "and more"):
        with pytest.raises(StoreError, match="disk is full"):
            writer.commit()
        _keep(writer, more)


@pytest.mark.parametrize("end", [Writer.retry, Writer.close])
async def test_what_was_kept_on_a_full_disk_is_written_once_there_is_room(path: Path, end: Any) -> None:
    writer = _writer(path, "PRAGMA max_page_count = 12")
    _keep(writer, "safe")
    writer.commit()
    _fill(writer)
    assert _rows(path) == ["safe"]
    writer.db.execute("PRAGMA max_page_count = 1000")
    end(writer)
    first, *rest = map(str, _rows(path))
    assert first == "safe"
    assert [text.split()[0] for text in rest] == [*map(str, range(len(rest) - 2)), "more", "and"]


async def test_where_there_is_still_no_room_that_is_said_again_and_what_was_safe_is_there(path: Path) -> None:
    writer = _writer(path, "PRAGMA max_page_count = 12")
    _keep(writer, "safe")
    writer.commit()
    _fill(writer)
    for again in (writer.retry, writer.commit, writer.retry):
        with pytest.raises(StoreError, match="disk is full"):
            again()
    writer.close()
    assert _rows(path) == ["safe"]


def test_to_try_again_without_a_failure_changes_nothing(path: Path) -> None:
    writer = _writer(path)
    _keep(writer, 1)
    writer.retry()
    writer.close()
    assert _rows(path) == [1]
    for closed in (writer.retry, lambda: _keep(writer, 2)):
        with pytest.raises(StoreError, match="closed"):
            closed()


def test_what_is_damaged_is_not_taken_for_a_full_disk(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE s (x TEXT)")
        connection.execute("INSERT INTO s VALUES (CAST(x'ff' AS TEXT))")
        for sql in ("SELECT x FROM s", "SELECT * FROM gone"):
            with pytest.raises(sqlite3.OperationalError) as caught:
                connection.execute(sql).fetchall()
            assert "gpo export --answers" in remedy(caught.value)
    assert "Is the disk full" in remedy(sqlite3.OperationalError("database or disk is full"))
    assert "read-only" in remedy(sqlite3.OperationalError("attempt to write a readonly database"))
