"""Knows what has arrived and is not in its place yet: the rows it becomes, how they come to their places, the answers.

An answer and its call are one row at the end of one table (migrations/0004_arrivals.sql), and all rows of a turn of the
event loop one statement: that is all that has to be done before the next request is sent. To put a row in its places
and add it up takes longer, and much less where many are put there together. Until then answers are found in memory.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from math import nan
from typing import Any, TypeVar

from gpo.core.chat import Reply
from gpo.store import queries
from gpo.store.absent import Absent
from gpo.store.rows import reply_to_json, stored_key, text_of
from gpo.store.writer import SHORT_MS

T = TypeVar("T")

ARRIVED = "INSERT INTO arrivals"
NULL = nan
"""SQLite stores it as NULL. Of None sqlite3 asks each time, and slowly, whether it is to be adapted."""
OFTEN_S = 0.1
"""From one time that all is taken in to the next, while something arrives."""

_NO_CALL = (NULL,) * 12


class Arrivals:
    """Those of one store, over its connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._rows: dict[str, list[Any] | None] = {}  # of this turn; None once the call has come into it
        self._answers: dict[str, Reply] = {}
        self.absent = Absent(db)
        self._looked_back = False
        self._taken_in_at = time.monotonic()

    def answered(self, key: str, reply: Reply) -> list[Any]:
        """The row of an answer that is to be written in this turn; its call, if it follows, comes into the same."""
        self._answers[key] = reply
        self.absent.discard(key)
        self._rows[key] = row = [stored_key(key), text_of(reply_to_json(reply)), *_NO_CALL]
        return row

    def called(self, key: str, call: Iterable[Any]) -> list[Any] | None:
        """The row of a call that is to be written; None where it came into that of its answer."""
        row = self._rows.get(key)
        if row is None:
            return [stored_key(key), NULL, *call]
        row[2:] = call
        self._rows[key] = None
        return None

    def written(self) -> None:
        """All rows are in the file; now and then they are taken in as well. Raises as `take_in`."""
        self._rows.clear()
        if time.monotonic() > self._taken_in_at + OFTEN_S:
            self.take_in()

    def take_in(self) -> None:
        """Puts all that was written in its places, whoever wrote it. Raises sqlite3.Error where the file is damaged.

        A full disk and a lock that is not let go of change nothing: there is a next time.
        """
        self._taken_in_at = time.monotonic()
        with suppress(sqlite3.OperationalError):
            take_in(self._db)
            self._answers = {key: self._answers[key] for key in self._rows}

    def catch_up(self) -> None:
        """Takes note of what others have left, or put in its place. Raises as `find`."""
        if not self._looked_back:  # a process that was killed may have left some, which another puts in their places
            for key, reply in queries.arrived(self._db).items():
                self.absent.discard(key)
                self._answers.setdefault(key, reply)
            self._looked_back = True
        self.absent.catch_up()

    def find(self, keys: Sequence[str]) -> dict[str, Reply]:
        """The answers of those keys, wherever they are, once that was caught up.

        Raises sqlite3.Error, and ValueError where they are damaged.
        """
        return queries.answers(self._db, keys) | {key: self._answers[key] for key in keys if key in self._answers}


def take_in(db: sqlite3.Connection) -> None:
    """Puts what has arrived in its places; where there is nothing, nothing is written. Raises sqlite3.Error."""
    if not db.execute("SELECT 1 FROM arrivals LIMIT 1").fetchone():
        return
    (usual_ms,) = db.execute("PRAGMA busy_timeout").fetchone()
    try:
        db.execute(f"PRAGMA busy_timeout = {min(usual_ms, SHORT_MS)}")
        db.execute("INSERT INTO taken_in SELECT MAX(rowid) FROM arrivals")
    finally:
        db.execute(f"PRAGMA busy_timeout = {usual_ms}")


def ask_of_all(db: sqlite3.Connection, question: Callable[[sqlite3.Connection], T]) -> T:
    """The answer to a question once all is taken in; where nothing can be written, that of a copy in memory."""
    try:
        take_in(db)
    except sqlite3.Error:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            db.backup(copy)
            take_in(copy)
            return question(copy)
    return question(db)
