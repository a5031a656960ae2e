"""Knows whether what is left of a budget can still come to a verdict: what the test takes, and one new prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from gpo.core.budget import ByRole, Spent, added, over_all
from gpo.core.ledger import Lack, Ledger
from gpo.core.task import Task
from gpo.engine.ahead import at_average
from gpo.engine.clock import Clock
from gpo.engine.foresight import Foreseen

NO_VERDICT, HARDLY = "this budget gives no verdict", "this budget hardly gives a verdict"
"""How an objection begins: to one with which there is none, and to one with which there will most likely be none."""
RESERVE = 1.25
"""What is only known on average (tokens, dollars, seconds) may turn out so much larger."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a run has still to pay for, judged by its evaluations so far.

    calls_each: those of the task model that one answer takes. tries ≥ 1: how often a call of it was sent on average
    until it was answered. marks_each ≥ 1: calls of the judge model for one mark. ahead: answers that may be asked for
    other prompts before all marks of the first are there. foreseen: what is known before the first call. answered:
    calls that were paid for and answered, by role: what they said is known, and costs nothing again.
    """

    task: Task
    ledger: Ledger
    clock: Clock = field(kw_only=True)
    calls_each: int = field(default=1, kw_only=True)
    tries: float = field(default=1.0, kw_only=True)
    marks_each: float = field(default=1.0, kw_only=True)
    ahead: int = field(default=0, kw_only=True)
    foreseen: Foreseen = field(default=Foreseen(), kw_only=True)
    answered: Mapping[str, int] = field(default_factory=dict[str, int], kw_only=True)

    @property
    def seed(self) -> ByRole:
        """What scoring the seed prompt still takes. It is the first to be asked about: what is answered, is for it."""
        return self.answers(max(0, len(self.task.splits.selection) - self._known))

    @property
    def scoring(self) -> ByRole:
        """What scoring a new prompt takes."""
        return self.answers(len(self.task.splits.selection))

    @property
    def least_step(self) -> ByRole:
        """What the smallest step still takes: one new prompt, written and scored."""
        return self._step(1, min(self._rest, len(self.task.splits.selection)))

    @property
    def likely_step(self) -> ByRole:
        """What it most likely still takes until the first new prompt is scored, with all that is asked before that."""
        asked = self.answered.get("optimizer", 0)
        return self._step(max(1, self.foreseen.requests - asked), self._rest)

    def _step(self, requests: int, answers: int) -> ByRole:
        writing = replace(self.foreseen.writing, calls=requests)
        ahead = {"task": at_average(self.ledger, "task", self.ahead, reserve=RESERVE)} if self.ahead else {}
        return added(({"optimizer": writing}, self.answers(answers), ahead))

    @property
    def _rest(self) -> int:
        """Answers until a new prompt is scored: of those foreseen for the first, what is not known; else its own."""
        rows = len(self.task.splits.selection)
        rest = self.foreseen.answers - max(0, self._known - rows)
        return rest if rest > 0 else rows

    @property
    def _known(self) -> int:
        """Rows that were answered, and marked."""
        known = self.answered.get("task", 0) // self.calls_each
        return min(known, int(self.answered.get("judge", 0) / self.marks_each)) if self.task.judge else known

    @property
    def test(self) -> ByRole:
        """What the test takes: the seed prompt and the best one, on every row."""
        return self.answers(2 * len(self.task.splits.test))

    def answers(self, count: int) -> ByRole:
        """What so many answers and their grades take, at the average so far; some calls are sent more than once, and
        the last one must find room for the most that it may take.
        """
        sent = self.tries if self.tries == 1.0 else RESERVE * self.tries
        calls = {"task": ceil(sent * count * self.calls_each)}
        if self.task.judge:
            certain = self.marks_each == self.foreseen.marks_each
            calls["judge"] = ceil(count * self.marks_each * (1.0 if certain else RESERVE))
        return {
            role: at_average(self.ledger, role, each, reserve=RESERVE) + self.ledger.largest.get(role, Spent())
            for role, each in calls.items()
        }

    def aside(self, *, searched: bool) -> ByRole:
        """What is kept for the test: its price, where that leaves enough for the smallest step, if there is to be one.

        searched: whether the search has ended, or a better prompt is there: then the test alone has to fit.
        """
        return self.test if self._lacking(self._to_come(searched)) is None else {}

    def seconds(self, spent: ByRole) -> float:
        """How long that takes at the run's pace so far; 0.0 without a limit, and until as many calls were made as one
        prompt takes: the pace of a few tells nothing.
        """
        asked = _calls_of_task(self.ledger.by_role)
        if self.clock.limit_s is None or asked < max(1, _calls_of_task(self.scoring)):
            return 0.0
        return RESERVE * _calls_of_task(spent) * self.clock.elapsed_s() / asked

    def objection(self, *, scored: bool, searched: bool = False) -> str:
        """Why the budget gives no verdict, or hardly one, and how large it has to be; "" where it may well give one.

        scored: whether the seed prompt is; tokens, dollars and seconds can only be foreseen then. searched: as of
        `aside`.
        """
        seed: ByRole = {} if scored else self.seed
        least, likely = (added((seed, each(searched))) for each in (self._to_come, self._likely))
        if lack := self._lacking(least):
            lacks = "the test does" if searched else "one new prompt and the test do"
            return f"{NO_VERDICT}: {lacks} not fit in it. {self._remedy(lack, likely)}"
        if lack := self._lacking(likely):
            lacks = "all that is asked before a new prompt is scored, and the test, do"
            return f"{HARDLY}: {lacks} not fit in it. {self._remedy(lack, likely)}"
        return ""

    def untestable(self, *, searched: bool) -> str:
        """Why the test cannot be paid for now, and what would do; "" where it can. Its time is not foreseen.

        searched: as of `aside`; where nothing better is there, a larger budget goes on with the search first.
        """
        lack = self.ledger.lacking(self.test)
        if lack is None:
            return ""
        lacks = f"the budget has nothing left for the test, which takes up to {over_all(self.test).calls:,} calls"
        return f"{lacks}. {self._remedy(lack, self._likely(searched)).rstrip('.')}"

    def unfinished(self, more: str) -> str:
        """That the budget ended within the test, and what would do, if it had all to be asked again."""
        lack = self.ledger.lacking(self.test)
        remedy = f". {self._remedy(lack, self.test).rstrip('.')}" if lack and lack.limit != "seconds" else ""
        return f"the budget ended within the test{more or remedy}"

    def unscored(self) -> str:
        """That the budget ended before the seed prompt was scored, and what would do, as far as that is known."""
        needed = added((self.seed, self._likely(searched=False)))
        lack = self._lacking({role: self._usually(role, each) for role, each in needed.items()})
        remedy = f". {self._remedy(lack, needed).rstrip('.')}" if lack else ""
        return f"the budget ended before the seed prompt was scored{remedy}"

    def untried(self) -> str:
        """That the budget ended before a new prompt was scored, so that there is nothing to test, and what would do."""
        needed = self._likely(searched=False)
        lack = self._lacking(needed)
        remedy = f". {self._remedy(lack, needed).rstrip('.')}" if lack else ""
        return f"the budget ended before a new prompt was scored, and the test set is left closed{remedy}"

    def _usually(self, role: str, needed: Spent) -> Spent:
        """What is needed, at what such calls usually take where none was made yet."""
        usual = self.foreseen.usual.get(role)
        if usual is None or self.ledger.by_role.get(role, Spent()).calls:
            return needed
        share = RESERVE * needed.calls
        return Spent(needed.calls, int(share * usual.tokens), usd=None if usual.usd is None else share * usual.usd)

    def _remedy(self, lack: Lack, needed: ByRole) -> str:
        """The budget that would do."""
        limit, role = lack
        if limit == "seconds":
            return f"Set max_seconds to about {ceil(self.clock.elapsed_s() + self.seconds(needed))} or more."
        needed = {role: self._usually(role, each) for role, each in needed.items()}
        spent, wanted = self.ledger.total, over_all(needed)
        if role:
            spent, wanted = self.ledger.by_role.get(role, Spent()), needed[role]
        gone, least = (getattr(each, limit) for each in (spent, spent + wanted))
        about, of_it = "" if limit == "calls" else "about ", f" ({gone:,.6g} {_are(gone)} spent)" if gone else ""
        fewer, whose = "" if gone else ", or take fewer test rows", f" of the {role} model" if role else ""
        return f"Set max_{limit}{whose} to {about}{least:,.6g} or more{of_it}{fewer}."

    def _to_come(self, searched: bool) -> ByRole:
        return self.test if searched else added((self.least_step, self.test))

    def _likely(self, searched: bool) -> ByRole:
        return self.test if searched else added((self.likely_step, self.test))

    def _lacking(self, needed: ByRole) -> Lack | None:
        """The limit within which that cannot be had, or None."""
        left = self.clock.seconds_left()
        late = left is not None and self.seconds(needed) > left
        return self.ledger.lacking(needed) or (Lack("seconds") if late else None)


def _calls_of_task(spent: ByRole) -> int:
    return spent.get("task", Spent()).calls


def _are(amount: float) -> str:
    return "is" if amount == 1 else "are"
