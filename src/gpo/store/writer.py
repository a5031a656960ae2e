"""Knows how to write to SQLite so that all that is kept in one turn of the event loop is one transaction.

Replies come in swarms: a swarm is one commit, made before the loop turns to the network again. So what a killed process
has to ask for again is what was in flight, and no answer waits for another thread. Where a disk is full, the answers
that came last are held in memory until it was tried once more to write them.
"""

import asyncio
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from gpo.core.errors import StoreError
from gpo.store.checkpoints import AT_LATEST

Row = Sequence[Any]
Statement = tuple[str, Row]

_FAILURES = (sqlite3.Error, ValueError, OverflowError, MemoryError)
_OF_THE_DISK = re.compile("full|read-?only|I/O|unable to open", re.IGNORECASE)
_DAMAGED = (
    "If the file is damaged, save the answers that were paid with `gpo export --answers NEW` (--store as it is)"
    " and go on with --store NEW; the prompts under runs/ stay."
)
_TOGETHER = 64
"""Rows of one statement, at most."""
SHORT_MS = 1_000
"""How long another process is waited for where writing has failed already, or may as well be done later."""


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


def storable(value: Any) -> Any:
    """The value as SQLite takes it: in text, what UTF-8 cannot hold (lone surrogates) becomes "?"."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "replace").decode("utf-8")


def remedy(error: Exception) -> str:
    """What a user can do about an error of SQLite, in a sentence or two."""
    if not isinstance(error, sqlite3.OperationalError):
        return _DAMAGED
    if "locked" in str(error):
        return "Another process writes to it and does not let go: stop that one, then try again."
    if not _OF_THE_DISK.search(str(error)):
        return _DAMAGED
    return "Is the disk full, or the folder read-only? Make room, then try again."


@dataclass(slots=True)
class Writer:
    """Writes over a connection in autocommit mode.

    After the first failure nothing more is written: what was committed before stays whole, and everyone who writes or
    commits is told why. What was to be kept and is not is held for `retry`. name: of the file, for errors. safe: told
    whenever all that was kept is in the file, with how many rows were written just then.
    """

    db: sqlite3.Connection
    name: str
    safe: Callable[[int], object] = field(default=lambda rows: None, kw_only=True)
    _kept: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict[str, list[Row]](list), init=False)
    _waits: bool = field(default=False, init=False)
    _failure: str = field(default="", init=False)
    _closed: bool = field(default=False, init=False)

    def write(self, *statements: Statement) -> None:
        """Makes statements safe at once, and what was kept before them, all or nothing. Raises StoreError."""
        self._check()
        kept = [statement for into, rows in self._kept.items() for statement in _inserted(into, rows)]
        written = len(statements) + sum(map(len, self._kept.values()))
        try:
            self._transact([*kept, *statements])
            self._kept.clear()
            self._waits = False
            self.safe(written)
        except _FAILURES as error:
            raise self._broken(error) from error

    def keep(self, into: str, row: Row) -> None:
        """Writes what was paid and cannot be had again, at the end of this turn of the loop; where none runs, at once.

        into: "INSERT INTO ..." some table; all of its rows are of one length. Until it is written a row may change. A
        failure is told by the next `commit`, not here. Raises StoreError once closed.
        """
        self._check_open()
        self._kept[into].append(row)
        if not self._waits:
            self._waits = True
            self._commit_soon()

    def retry(self) -> None:
        """After a failure: writes what was kept since the last commit once more. Raises StoreError if it fails again.

        There may be room by now: somebody made it, or the log is worked into the file, which holds each page once.
        """
        self._check_open()
        if not self._failure:
            return
        self._failure = ""
        with suppress(sqlite3.Error):
            self.db.execute(f"PRAGMA busy_timeout = {SHORT_MS}")
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.write()

    def commit(self) -> None:
        """Makes everything so far safe. Raises StoreError, also for an earlier failure."""
        self._check()
        if self._waits:
            self.write()

    def _transact(self, statements: Sequence[Statement]) -> None:
        try:
            self._execute(statements)
        except UnicodeEncodeError:  # seldom, so it is not looked for beforehand
            self._execute([(sql, [storable(value) for value in row]) for sql, row in statements])

    def _execute(self, statements: Sequence[Statement]) -> None:
        if len(statements) == 1:  # a transaction of its own
            self.db.execute(*statements[0])
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            for sql, row in statements:
                self.db.execute(sql, row)
            self.db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self.db.rollback()
            raise

    def finish(self) -> None:
        """Commits what is left, if it can be. Whoever needs to know of a failure has asked `commit`."""
        with suppress(StoreError):
            self.retry()
            self.commit()

    def close(self) -> None:
        """Commits what is left, if it can be, then closes the connection."""
        self.finish()
        self._closed = True
        self.db.close()

    def _commit_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self._end_of_turn)
        except RuntimeError:
            self._end_of_turn()

    def _end_of_turn(self) -> None:
        with suppress(StoreError):  # the next one who writes or commits is told
            self.commit()

    def _check(self) -> None:
        self._check_open()
        if self._failure:
            raise StoreError(self._failure)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self.name} is closed: nothing can be written to it any more.")

    def _broken(self, error: Exception) -> StoreError:
        self._failure = f"{self.name} cannot be written: {error}. {remedy(error)} What was saved before is safe."
        return StoreError(self._failure)


def _inserted(into: str, rows: Sequence[Row]) -> Iterable[Statement]:
    """Statements that insert those rows, which are of one length: to be prepared they take longer, to be run less."""
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        yield _insertion(into, len(some[0]), len(some)), [*chain.from_iterable(some)]


@lru_cache(maxsize=_TOGETHER)
def _insertion(into: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{into} VALUES {', '.join([row] * rows)}"
