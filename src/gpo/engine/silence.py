"""Knows which calls of a run got no answer, and what is said where that ends it. Asks nobody, ends nothing itself."""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from gpo.core.errors import BudgetExhausted, GPOError, ModelError, TooManyFailures
from gpo.core.evaluation import Answer

JUDGE = "judge model"
"""Who is asked once the task model has answered, as messages call it."""


@dataclass(slots=True)
class Silence:
    """The calls of a sitting that got no answer. task_model: as messages call it.

    who: whose call failed last. spoken: whether the task model ever answered; where nothing is graded all the same, it
    is the judge that is silent. broken: whether an answer was graded, in this sitting or before.
    """

    task_model: str
    who: str = field(default="", init=False)
    spoken: bool = field(default=False, init=False)
    broken: bool = field(default=False, init=False)
    _calls: Counter[str] = field(default_factory=Counter[str], init=False)
    _last: dict[str, ModelError] = field(default_factory=dict[str, ModelError], init=False)

    def add(self, who: str, failure: ModelError) -> None:
        """Notes a call that failed for good; who: JUDGE, or "" for the task model."""
        self.who = who or self.task_model
        self._calls[self.who] += 1
        self._last[self.who] = failure

    @property
    def of_the_judge(self) -> bool:
        """Whether the last call that failed was the judge's: there is an answer, and no mark for it."""
        return self.who == JUDGE

    def gone(self, answers: Sequence[Answer | GPOError]) -> TooManyFailures:
        """What to say of a model that answers nothing any more. answers: what came of a prompt's rows."""
        last = next((each.failure for each in reversed(answers) if isinstance(each, Answer)), "")
        return TooManyFailures(
            f"The {self.who} answers no more: a prompt got no {'mark' if self.of_the_judge else 'answer'} for any of "
            f"its {len(answers)} rows, also when asked again. The last failure: {last}"
        )

    def too_much(self, failed: int, max_failures: int, *, judged: bool) -> TooManyFailures:
        """What to say where more calls failed than may. judged: whether there is a judge, which may have been asked."""
        return TooManyFailures(
            f"{failed} calls to the {self.task_model}{' or the judge' if judged else ''} failed for good, max_failures "
            f"allows {max_failures}. They are not scores, so the run stops. The last one: {self._last[self.who]}"
        )

    @contextmanager
    def telling(self) -> Generator[None]:
        """The block. Where its budget ends, and all of it went to calls that failed, TooManyFailures says why."""
        try:
            yield
        except BudgetExhausted as limit:
            raise self._at_end(limit) from None

    def _at_end(self, limit: BudgetExhausted) -> BudgetExhausted | TooManyFailures:
        who = JUDGE if self.spoken else self.task_model
        if self.broken or not (calls := self._calls[who]):
            return limit
        nothing = "No answer was marked" if self.spoken else "Nothing was answered"
        failed = f"the only call to the {who} failed" if calls == 1 else f"all {calls} calls to the {who} failed"
        why = str(self._last[who]).rstrip(".")
        return TooManyFailures(f"{nothing}: {failed}. The last failure: {why}. Mend that first. {limit}")
