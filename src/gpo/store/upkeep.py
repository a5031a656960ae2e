"""Knows what a thread does beside whoever writes: it takes in what arrived, and works SQLite's log into the file.

Whoever waits for an answer to be safe waits for a row at the end of a table (migrations/0004_arrivals.sql). To put it
in its places and add it up takes longer, and to wait for the disk longer still: nobody waits for these.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TypeVar

T = TypeVar("T")

BITE = 128
"""Arrivals that are taken in at once, a millisecond or two: so long others may have to wait to write."""
PAUSE_S = 0.05
"""Between two times that all are taken in."""
OFTEN = 20_000
"""Rows changed from one checkpoint to the next: about 4,000 pages of 4 KB, and so 16 MB of log."""
AT_LATEST = 16_000
"""Pages of log after which whoever writes works them in, and waits.

A thread beside it comes to the end of the log only where nobody writes for some milliseconds; only then does the log
begin anew.
"""

_ARRIVED = "SELECT (SELECT MIN(rowid) FROM arrivals), (SELECT MAX(rowid) FROM arrivals)"  # each a look at one end
_SHORT_MS = 1_000
"""How long the thread waits for another process, and who writes here with it: what it did not do it does later."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to write over. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit survives the death of the process; after a power cut the last ones may be missing, never torn.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {AT_LATEST}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def take_in(db: sqlite3.Connection, write: Lock) -> None:
    """Puts all that has arrived by now in its places, whoever wrote it; `write` is held for each bite.

    Where there is nothing, nothing is written. Raises sqlite3.Error.
    """
    first, last = db.execute(_ARRIVED).fetchone()
    if last is None:
        return
    for up_to in range(first - 1 + BITE, last + BITE, BITE):
        with write:
            db.execute("INSERT INTO taken_in VALUES (?)", (min(up_to, last),))


def ask_of_all(db: sqlite3.Connection, write: Lock, question: Callable[[sqlite3.Connection], T]) -> T:
    """The answer to a question once all is taken in; where nothing can be written, that of a copy in memory."""
    try:
        take_in(db, write)
    except sqlite3.Error:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            db.backup(copy)
            take_in(copy, write)
            return question(copy)
    return question(db)


class Upkeep:
    """That of one file. write: held by whoever writes to it in this process, for as long as it takes."""

    def __init__(self, path: Path, write: Lock) -> None:
        self._path, self._write = path, write
        self._thread: Thread | None = None
        self._asked, self._closing = Event(), Event()
        self._begun = self._done = 0

    def ask(self) -> None:
        """Something arrived."""
        if not self._asked.is_set():
            self._asked.set()
            if not self._thread:
                self._thread = Thread(target=self._work, name="gpo upkeep", daemon=True)
                self._thread.start()

    def mark(self) -> int:
        """What stands for now."""
        return self._begun

    def is_past(self, mark: int) -> bool:
        """Whether all that had arrived at that mark is in its place."""
        return self._done > mark

    def close(self, db: sqlite3.Connection) -> None:
        """Ends it once what it is at is done; over that connection takes in what is left, unless others are at work."""
        self._closing.set()
        self._asked.set()
        if self._thread:
            self._thread.join()
        with suppress(sqlite3.Error):
            db.execute(f"PRAGMA busy_timeout = {_SHORT_MS}")
            take_in(db, self._write)

    def _work(self) -> None:
        while not self._closing.wait(PAUSE_S):
            self._asked.wait()
            with suppress(sqlite3.Error), closing(connect(self._path)) as db:
                db.execute(f"PRAGMA busy_timeout = {_SHORT_MS}")
                self._look_after(db)

    def _look_after(self, db: sqlite3.Connection) -> None:
        """Until the end; raises sqlite3.Error where the disk is full or a lock is not let go of."""
        checked = 0
        while not self._closing.is_set():
            self._asked.wait()
            self._asked.clear()
            self._begun += 1
            take_in(db, self._write)
            self._done = self._begun
            if db.total_changes >= checked + OFTEN:
                checked = db.total_changes
                db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self._closing.wait(PAUSE_S)
