"""Knows how to keep runs in one SQLite file with a folder of plain files beside it. Standard library only."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from gpo.core.budget import Spent
from gpo.core.chat import Reply
from gpo.core.errors import RunNotFound, StoreError, StoreUnusable
from gpo.core.events import Evaluated, Event, Proposed
from gpo.core.meant import did_you_mean
from gpo.store import queries
from gpo.store.arrivals import ARRIVED, Arrivals, ask_of_all
from gpo.store.checkpoints import Checkpoints
from gpo.store.files import delete, held, is_held, private_file, private_folder, write_whole
from gpo.store.journal import SQLiteJournal
from gpo.store.lookups import Lookups
from gpo.store.migrate import check_current, migrate
from gpo.store.rows import CallSummary, RunRow, Status, event_to_json
from gpo.store.writer import Statement, Writer, connect, remedy, storable

P = ParamSpec("P")
T = TypeVar("T")
_NAMED = 8
"""Runs that a message names."""


def open_store(folder: Path) -> "SQLiteStore":
    """The store in a folder, made if need be. Raises StoreUnusable, StoreError, StoreTooNew."""
    path = _file_in(folder)
    try:
        migrate(path)
        return SQLiteStore(folder, path)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}. {remedy(error)}") from error


def open_to_read(folder: Path) -> "SQLiteStore":
    """The store in a folder that cannot be written: nothing is made, migrated or changed. Raises StoreError."""
    path = folder / "gpo.sqlite"
    _check_not_emptied(folder, path)
    for mode in ("mode=ro", "mode=ro&immutable=1"):  # the second where not even the files beside it can be made
        try:
            db = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, isolation_level=None)
            check_current(db, path)
            queries.runs(db)
            return SQLiteStore(folder, path, db)
        except sqlite3.Error as error:
            problem = error
    raise StoreError(f"{path} cannot be read where it is: {problem}. Copy {folder} to where it can be written.")


def _file_in(folder: Path) -> Path:
    """The file of the store in a folder; both are made if need be. Raises StoreUnusable, StoreError."""
    path = folder / "gpo.sqlite"
    _check_not_emptied(folder, path)
    try:
        private_folder(folder)
        return private_file(path)
    except StoreError as error:
        raise StoreUnusable(str(error)) from error


def _check_not_emptied(folder: Path, path: Path) -> None:
    """Raises StoreError where runs lie beside a file without a byte: a new store, whose file is empty, has none yet."""
    runs, emptied = folder / "runs", False
    with suppress(OSError):  # not there, or not to be looked at: what is done with it next says so
        emptied = path.stat().st_size == 0 and any(runs.iterdir())
    if emptied:
        raise StoreError(
            f"{path} is damaged: it is empty, and {runs} holds runs. Put a copy of the file back if you have one. If "
            f"not, delete it or go on with --store NEW: both begin anew; the prompts under {runs} stay."
        )


class SQLiteStore:
    """The store of contract.py in SQLite, over one connection. For the thread that opened it."""

    def __init__(self, root: Path, path: Path, db: sqlite3.Connection | None = None) -> None:
        self._root, self._path = root, path
        self._db = db or connect(path)
        arrivals = self._arrivals = Arrivals(self._db)
        self._writer = Writer(self._db, str(path), safe=self._safe)
        self._checkpoints = Checkpoints(path)
        find, catch_up = partial(self._ask, arrivals.find), partial(self._ask, arrivals.catch_up)
        self._lookups = Lookups(find, arrivals.absent, catch_up)
        self._newest = ""

    async def get(self, key: str) -> Reply | None:
        """The answer of that key."""
        return await self._lookups.get(key)

    async def put(self, key: str, reply: Reply) -> None:
        """Keeps an answer; it is committed as one with its call, which is written down in the same turn."""
        self._writer.keep(ARRIVED, self._arrivals.answered(key, reply))

    async def flush(self) -> None:
        """Commits everything so far, and puts it where other processes find it."""
        self._writer.commit()
        self._ask(self._arrivals.take_in)

    def retry(self) -> None:
        """Makes room in the log, and commits what failed to be."""
        self._writer.retry()

    def close(self) -> None:
        """Commits what is left and closes the file."""
        self._writer.finish()
        with suppress(StoreError):
            self._ask(self._arrivals.take_in)
        self._writer.close()
        self._checkpoints.wait()

    def new_run_id(self) -> str:
        """The time (UTC, to a fraction of a millisecond) and a bit of chance."""
        while (run_id := _new_id(datetime.now(UTC))) <= self._newest or self.folder(run_id).exists():
            continue  # a fraction of a millisecond later there is another, and later ids are greater
        self._newest = run_id
        return run_id

    def create_run(self, run_id: str, config: Mapping[str, Any], task: str, algorithm: str) -> str:
        """A new run with its folder."""
        private_folder(self.folder(run_id))
        created = datetime.now().astimezone().isoformat(timespec="seconds")
        self._write(
            (
                "INSERT INTO runs (id, created, task, algorithm, status, config) VALUES (?, ?, ?, ?, 'running', ?)",
                (run_id, created, task, algorithm, json.dumps(dict(config))),
            )
        )
        return run_id

    def amend_run(self, run_id: str, config: Mapping[str, Any]) -> None:
        """The config replaces the one that it was created with."""
        self._write(("UPDATE runs SET config = ? WHERE id = ?", (json.dumps(dict(config)), run_id)))

    def run(self, run_id: str) -> RunRow:
        """The run; RunNotFound names the nearest ids."""
        rows = self._read(queries.runs, storable(run_id))
        if not rows:
            known = [row.id for row in self._read(queries.runs)]
            hint = did_you_mean(run_id, known[:_NAMED]) if known else " The store is empty."
            if (more := len(known) - _NAMED) > 0:
                hint += f" There are {more:,} older ones: `gpo list` shows them."
            raise RunNotFound(f'There is no run "{run_id}" in {self._root}.{hint}')
        found, *others = rows
        if others:
            fitting = ", ".join(row.id for row in rows[:_NAMED])
            raise RunNotFound(f'"{run_id}" fits {len(rows)} runs: {fitting}. Write more of the id.')
        return self._as_it_stands(found)

    def runs(self) -> tuple[RunRow, ...]:
        """All runs, newest first."""
        return tuple(self._as_it_stands(row) for row in self._read(queries.runs))

    def _as_it_stands(self, row: RunRow) -> RunRow:
        # A killed process writes nothing down, but it lets go of its lock.
        alive = row.status != "running" or is_held(self._lock(row.id))
        return row if alive else replace(row, status="interrupted")

    def lock_run(self, run_id: str) -> AbstractContextManager[None]:
        """The lock file of the run."""
        private_folder(self.folder(run_id))
        return held(self._lock(run_id), run_id)

    def finish_run(self, run_id: str, status: Status, stopped_because: str, result: Mapping[str, Any]) -> None:
        """Writes down how the run stands."""
        values = (status, stopped_because, json.dumps(dict(result)), run_id)
        self._write(("UPDATE runs SET status = ?, stopped_because = ?, result = ? WHERE id = ?", values))

    def save_step(self, run_id: str, step: int, state: Any, events: Sequence[Event]) -> None:
        """State, events and new prompts of a step in one transaction."""
        named = [event for event in events if isinstance(event, Proposed | Evaluated)]
        texts = {event.prompt_id: event.prompt for event in named}
        self._write(
            ("DELETE FROM steps WHERE run_id = ?", (run_id,)),  # states grow with the run: one is enough
            ("INSERT INTO steps VALUES (?, ?, ?)", (run_id, step, json.dumps(state))),
            ("DELETE FROM events WHERE run_id = ? AND step >= ?", (run_id, step)),
            *_inserted(run_id, step, 0, events),
            *(("INSERT OR IGNORE INTO prompts VALUES (?, ?, ?)", (run_id, *pair)) for pair in texts.items()),
        )

    def append_events(self, run_id: str, events: Sequence[Event]) -> None:
        """Events after the last step, numbered on."""
        step, number = self._read(queries.place_of_next_event, run_id)
        self._write(*_inserted(run_id, step, number, events))

    def last_state(self, run_id: str) -> tuple[int, Any] | None:
        """The last step with its state."""
        return self._read(queries.last_state, run_id)

    def events(self, run_id: str) -> tuple[Event, ...]:
        """The events of a run, in order."""
        return self._read(queries.events, run_id)

    def journal(self, run_id: str, elapsed_s: Callable[[], float] | None = None) -> SQLiteJournal:
        """The calls of a run."""
        return SQLiteJournal(run_id, self._writer, self._arrivals, elapsed_s)

    def elapsed_s(self, run_id: str) -> float:
        """What was noted last."""
        return self._read_all(queries.elapsed_s, run_id)

    def note_elapsed(self, run_id: str, seconds: float) -> None:
        """Notes it."""
        self._write(("INSERT OR REPLACE INTO elapsed VALUES (?, ?)", (run_id, seconds)))

    def spent(self, run_id: str) -> dict[str, Spent]:
        """Sums over the calls that were not answered from the cache."""
        return self._read_all(queries.spent, run_id)

    def last_call(self) -> int:
        """Of the journal."""
        return self._read_all(queries.last_call)

    def refused(self, run_id: str, since: int = 0) -> dict[str, str]:
        """From the journal."""
        return self._read_all(queries.refused, run_id, since)

    def summary(self, run_id: str) -> tuple[CallSummary, ...]:
        """Sums over the calls of each role and model."""
        return self._read_all(queries.summary, run_id)

    def open_test(self, run_id: str) -> int:
        """Counts one more opening."""
        self._write(("UPDATE runs SET test_openings = test_openings + 1 WHERE id = ?", (run_id,)))
        return self._read(queries.test_openings, run_id)

    def request_stop(self, run_id: str) -> None:
        """Writes the request to the database."""
        self._write(("INSERT OR IGNORE INTO commands VALUES (?, 'stop')", (run_id,)))

    def stop_requested(self, run_id: str) -> bool:
        """Whether a stop was written to the database, or the folder of the run holds a file STOP."""
        return self._stop_file(run_id).exists() or self._read(queries.stop_requested, run_id)

    def clear_stop(self, run_id: str) -> None:
        """Takes the request out of the database, and the file STOP away."""
        self._write(("DELETE FROM commands WHERE run_id = ? AND command = 'stop'", (run_id,)))
        delete(self._stop_file(run_id))

    def write_best(self, run_id: str, text: str, texts: Mapping[str, str] | None = None) -> None:
        """best_prompt.txt in the folder of the run, and best_prompt.json beside it where there are named texts."""
        if texts is not None:
            named = json.dumps(dict(texts), indent=2, ensure_ascii=False)
            write_whole(self.folder(run_id) / "best_prompt.json", f"{named}\n")
        write_whole(self.folder(run_id) / "best_prompt.txt", text)

    def folder(self, run_id: str) -> Path:
        """runs/<id> in the folder of the store."""
        return self._root / "runs" / run_id

    def _lock(self, run_id: str) -> Path:
        return self.folder(run_id) / "lock"

    def _stop_file(self, run_id: str) -> Path:
        return self.folder(run_id) / "STOP"

    def _read(self, ask: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with suppress(StoreError):  # whoever needs to know of a failure commits
            self._writer.commit()
        return self._ask(ask, self._db, *args, **kwargs)

    def _read_all(self, ask: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self._read(ask_of_all, lambda db: ask(db, *args, **kwargs))

    def _ask(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return ask(*args, **kwargs)
        except (sqlite3.Error, ValueError) as error:  # ValueError: text that is no JSON any more
            raise StoreError(f"{self._path} cannot be read: {error}. {remedy(error)}") from error

    def _write(self, *statements: Statement) -> None:
        self._writer.write(*statements)

    def _safe(self, rows: int) -> None:
        self._arrivals.written()
        self._checkpoints.written(rows)


def _inserted(run_id: str, step: int, start: int, events: Sequence[Event]) -> list[Statement]:
    return [
        ("INSERT INTO events VALUES (?, ?, ?, ?)", (run_id, step, number, json.dumps(event_to_json(event))))
        for number, event in enumerate(events, start)
    ]


def _new_id(now: datetime) -> str:
    """The second, its 4096th parts in three hex digits, and two digits by chance: ids sort by time."""
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond * 4096 // 1_000_000:03x}{secrets.token_hex(1)}"
