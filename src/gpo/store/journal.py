"""Knows how the calls of a run, and the time that it takes, are written to SQLite. Knows nothing of what is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from gpo.store.arrivals import ARRIVED, NULL, Arrivals
from gpo.store.rows import Call
from gpo.store.writer import Writer


@dataclass(frozen=True, slots=True)
class SQLiteJournal:
    """The calls of one run, on their way to the table `calls`; the database itself adds them to their accounts.

    elapsed_s: says how long the run has taken; None where nobody asks for it later.
    """

    run_id: str
    writer: Writer
    arrivals: Arrivals
    elapsed_s: Callable[[], float] | None = None

    def record(self, call: Call) -> None:
        """Writes one call down, and what time it is in the run."""
        usage = call.usage
        values = (
            self.run_id, call.role, call.model, int(call.cached), usage.prompt_tokens, usage.completion_tokens,
            usage.cached_tokens, usage.reasoning_tokens, NULL if call.usd is None else call.usd, call.latency_s,
            call.failure, self.elapsed_s() if self.elapsed_s else NULL,
        )  # fmt: skip
        if (row := self.arrivals.called(call.key, values)) is not None:
            self.writer.keep(ARRIVED, row)

    def secure(self) -> None:
        """Commits what was recorded."""
        self.writer.commit()
