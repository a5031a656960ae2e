"""Knows how the calls of a run, and the time that it takes, are written to SQLite. Knows nothing of what is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, nan

from gpo.store.rows import Call, stored_key
from gpo.store.writer import Statement, Writer

NULL = nan
"""SQLite stores it as NULL. Of None sqlite3 asks each time, and slowly, whether it is to be adapted."""
OFTEN_S = 0.05
"""The time is noted with a call unless it was noted so many seconds ago or less: calls come in swarms."""

_ACCOUNT = "INSERT OR IGNORE INTO accounts (run_id, role, model) VALUES (?, ?, ?)"
# The account is looked up by its name each time: what is written again after a failure finds the right one, whatever
# other processes wrote in between. By a subquery: INSERT … SELECT would make a table of its own for the one row.
_CALL = """
    INSERT INTO calls VALUES (
        NULL, (SELECT number FROM accounts WHERE run_id = ? AND role = ? AND model = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?
    )
"""


def elapsed(run_id: str, seconds: float) -> Statement:
    """Notes how long a run has taken so far."""
    return "INSERT OR REPLACE INTO elapsed VALUES (?, ?)", (run_id, seconds)


@dataclass(slots=True)
class SQLiteJournal:
    """The calls of one run, on their way to the table `calls`; the database itself adds them to their accounts.

    elapsed_s: says how long the run has taken; None where nobody asks for it later.
    """

    run_id: str
    writer: Writer
    elapsed_s: Callable[[], float] | None = None
    _opened: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False)
    _noted_s: float = field(default=-inf, init=False)

    def record(self, call: Call) -> None:
        """Writes one call down, and what time it is in the run."""
        account = (self.run_id, call.role, call.model)
        if account[1:] not in self._opened:
            self._opened.add(account[1:])
            self.writer.keep(_ACCOUNT, account)
        usage = call.usage
        values = (
            *account, stored_key(call.key), int(call.cached), usage.prompt_tokens, usage.completion_tokens,
            usage.cached_tokens, usage.reasoning_tokens, NULL if call.usd is None else call.usd, call.latency_s,
            call.failure,
        )  # fmt: skip
        self.writer.keep(_CALL, values)
        if self.elapsed_s and (now_s := self.elapsed_s()) > self._noted_s + OFTEN_S:
            self._noted_s = now_s
            self.writer.keep(*elapsed(self.run_id, now_s))

    def secure(self) -> None:
        """Commits what was recorded."""
        self.writer.commit()
