"""Knows whether what is left of a budget can still come to a verdict: what the test takes, and one new prompt."""

from dataclasses import dataclass, field
from math import ceil

from gpo.core.budget import Ledger, Spent
from gpo.core.task import Task
from gpo.engine.clock import Clock

NO_VERDICT = "this budget gives no verdict"
"""How an objection begins."""
RESERVE = 1.25
"""What is only known on average (tokens, dollars, seconds) may turn out so much larger."""


def at_average(ledger: Ledger, calls: int, *, reserve: float = 1.0) -> Spent:
    """What so many calls of the task model take, going by those so far; `reserve` times the tokens and dollars."""
    known = ledger.by_role.get("task", Spent())
    share = reserve * calls / known.calls if known.calls else 0.0
    return Spent(calls, int(share * known.tokens), usd=None if known.usd is None else share * known.usd)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a run has still to pay for, judged by its task calls so far.

    calls_each: those that one answer takes. tries ≥ 1: how often a call was sent on average until it was answered.
    writing: what the optimizer model may take until the first new prompt.
    """

    task: Task
    ledger: Ledger
    clock: Clock = field(kw_only=True)
    calls_each: int = field(default=1, kw_only=True)
    tries: float = field(default=1.0, kw_only=True)
    writing: Spent = field(default=Spent(1), kw_only=True)

    @property
    def seed(self) -> Spent:
        """What scoring the seed prompt takes."""
        return self._answers(len(self.task.splits.selection))

    @property
    def least_step(self) -> Spent:
        """What the smallest step takes: one new prompt, written and scored."""
        return self.writing + self._answers(len(self.task.splits.selection))

    @property
    def test(self) -> Spent:
        """What the test takes: the seed prompt and the best one, on every row."""
        return self._answers(2 * len(self.task.splits.test))

    def aside(self, *, searched: bool) -> Spent:
        """What is kept for the test: its price, where that leaves enough for the smallest step, if there is to be one.

        searched: whether the search has ended.
        """
        return self.test if self._lacking(self._to_come(searched)) is None else Spent()

    def seconds(self, spent: Spent) -> float:
        """How long that takes at the run's pace so far; 0.0 without a limit, and until as many calls were made as one
        prompt takes: the pace of a few tells nothing.
        """
        asked = self.ledger.by_role.get("task", Spent()).calls
        if self.clock.limit_s is None or asked < max(1, self.seed.calls):
            return 0.0
        return RESERVE * spent.calls * self.clock.elapsed_s() / asked

    def objection(self, *, scored: bool, searched: bool = False) -> str:
        """Why the budget gives no verdict, and how large it has to be; "" where it may give one.

        scored: whether the seed prompt is; tokens, dollars and seconds can only be foreseen then.
        """
        needed = self._to_come(searched) if scored else self.seed + self._to_come(searched)
        limit = self._lacking(needed)
        if limit is None:
            return ""
        lacks = "the test does" if searched else "one new prompt and the test do"
        return f"{NO_VERDICT}: {lacks} not fit in it. {self._remedy(limit, needed)}"

    def untestable(self) -> str:
        """Why the test cannot be paid for now, and what would do; "" where it can. Its time is not foreseen."""
        limit = self.ledger.lacking(self.test)
        if limit is None:
            return ""
        lacks = f"the budget has nothing left for the test, which takes up to {self.test.calls:,} calls"
        return f"{lacks}. {self._remedy(limit, self.test).rstrip('.')}"

    def untried(self) -> str:
        """That the budget ended before a new prompt was scored, so that there is nothing to test, and what would do."""
        needed = self._to_come(searched=False)
        limit = self._lacking(needed)
        remedy = f". {self._remedy(limit, needed).rstrip('.')}" if limit else ""
        return f"the budget ended before a new prompt was scored, and the test set is left closed{remedy}"

    def _remedy(self, limit: str, needed: Spent) -> str:
        """The budget that would do."""
        if limit == "seconds":
            return f"Set max_seconds to about {ceil(self.clock.elapsed_s() + self.seconds(needed))} or more."
        spent, whose = self._short_of(limit, needed)
        gone, least = (getattr(each, limit) for each in (spent, spent + needed))
        about, of_it = "" if limit == "calls" else "about ", f" ({gone:,.6g} {_are(gone)} spent)" if gone else ""
        fewer = "" if gone else ", or take fewer test rows"
        return f"Set max_{limit}{whose} to {about}{least:,.6g} or more{of_it}{fewer}."

    def _short_of(self, limit: str, needed: Spent) -> tuple[Spent, str]:
        """What is spent of the limit that is too small, and whose that is: all models', or the task model's own."""
        own, spent = self.ledger.budget.roles.get("task"), self.ledger.by_role.get("task", Spent())
        most = getattr(own, limit) if own else None
        if most is not None and getattr(spent + needed, limit) > most:
            return spent, " of the task model"
        return self.ledger.total, ""

    def _to_come(self, searched: bool) -> Spent:
        return self.test if searched else self.least_step + self.test

    def _lacking(self, needed: Spent) -> str | None:
        """The limit within which that cannot be had, or None."""
        left = self.clock.seconds_left()
        late = left is not None and self.seconds(needed) > left
        return self.ledger.lacking(needed) or ("seconds" if late else None)

    def _answers(self, count: int) -> Spent:
        """What so many answers take, at the average of the task calls so far; some are sent more than once."""
        sent = self.tries if self.tries == 1.0 else RESERVE * self.tries
        return at_average(self.ledger, ceil(sent * count * self.calls_each), reserve=RESERVE)


def _are(amount: float) -> str:
    return "is" if amount == 1 else "are"
