"""Knows how SQLite's log is worked into the file (a checkpoint) beside whoever writes: it waits for the disk."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

OFTEN = 4000
"""Rows from one time to the next: about half as many pages of 4 KB, and so 8 MB of log."""
AT_LATEST = 16_000
"""Pages of log after which whoever writes works them in, and waits.

A thread beside it comes to the end of the log only where nobody writes for some milliseconds; only then does the log
begin anew.
"""


class Checkpoints:
    """Those of one file, one at a time, each in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=rw"
        self._rows = 0
        self._at_work: Thread | None = None

    def written(self, rows: int) -> None:
        """So many more rows were committed."""
        self._rows += rows
        if self._rows >= OFTEN and not (self._at_work and self._at_work.is_alive()):
            self._rows = 0
            self._at_work = Thread(target=work_in, args=(self._uri,), name="gpo checkpoint", daemon=True)
            self._at_work.start()

    def wait(self) -> None:
        """Waits for the one that is under way."""
        if self._at_work:
            self._at_work.join()


def work_in(uri: str) -> None:
    """Works in as much of the log as nobody reads or writes just then. What fails is tried again later."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True)) as db:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
