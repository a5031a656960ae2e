"""Knows how long a run has taken over all its sittings, and ends it in time. A sitting is one process's share of it."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

from gpo.core.budget import Budget
from gpo.core.errors import BudgetExhausted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clock:
    """before_s: seconds of earlier sittings. limit_s: how long the run may take in all, None without limit."""

    before_s: float = 0.0
    limit_s: float | None = None
    started: float = field(default_factory=time.monotonic, kw_only=True)

    def elapsed_s(self) -> float:
        """Seconds that the run has taken, this sitting included. Time between sittings does not count."""
        return self.before_s + time.monotonic() - self.started

    def seconds_left(self) -> float | None:
        """Seconds until the limit, or None where there is none."""
        return None if self.limit_s is None else max(0.0, self.limit_s - self.elapsed_s())

    async def within(self, work: Awaitable[T], kept_s: float = 0.0) -> T:
        """What the work gives back; BudgetExhausted once the seconds are gone, whatever is in flight.

        kept_s: of them, seconds that are kept for the test.
        """
        left = self.seconds_left()
        end = asyncio.timeout(None if left is None else max(0.0, left - kept_s))
        try:
            async with end:
                return await work
        except TimeoutError as late:
            if not end.expired():
                raise
            allowed = Budget(seconds=self.limit_s).said("seconds")
            why = f": {kept_s:.0f} {'is' if round(kept_s) == 1 else 'are'} kept for the test" if kept_s else ""
            said = f"The budget of {allowed} is used up{why}. Raise max_seconds to go on."
            raise BudgetExhausted(said, limit="seconds") from late
