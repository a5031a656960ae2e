"""Knows a prompt on trial: how far it has met the rows, what it made of them, how good it might be.

All arms meet the rows in one order, so those that were asked as much were asked the same, and no row is asked twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf, log, sqrt

from gpo.core.lab import Lab, side_by_side
from gpo.core.prompt import Prompt
from gpo.core.standings import row_means, standing
from gpo.core.task import Example

Rows = tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Arm:
    """A prompt that was asked the first `asked` rows and answered so many of them, with scores that add to `total`.

    scores: of each of those rows, in order.
    """

    prompt: Prompt
    asked: int = 0
    answered: int = field(default=0, kw_only=True)
    total: float = field(default=0.0, kw_only=True)
    scores: tuple[float | None, ...] = field(default=(), kw_only=True)

    @property
    def mean(self) -> float:
        """The mean score over the rows answered; below any score where there are none."""
        return self.total / self.answered if self.answered else -1.0


Bound = Callable[[Arm, int], float]
"""(arm, rows answered by all arms together) -> how good the arm might be; infinite where nothing is known of it."""


def ucb1(explore: float) -> Bound:
    """mean + explore · sqrt(ln(rows of all arms) / rows of the arm) (Auer et al. 2002, who take sqrt(2))."""
    return lambda arm, rows: arm.mean + explore * sqrt(log(rows) / arm.answered) if arm.answered else inf


def ucb_e(explore: float) -> Bound:
    """mean + sqrt(explore / rows of the arm) (Audibert & Bubeck 2010)."""
    return lambda arm, rows: arm.mean + sqrt(explore / arm.answered) if arm.answered else inf


async def asked(arms: Sequence[Arm], count: int, rows: Rows, lab: Lab) -> list[Arm]:
    """The arms, in order, after each met its next `count` rows, or those that are left; all side by side."""
    return list(await side_by_side(lab, [partial(_met, arm, rows[arm.asked : arm.asked + count]) for arm in arms]))


async def _met(arm: Arm, rows: Rows, lab: Lab) -> Arm:
    if not rows:
        return arm
    (evaluation,) = await lab.evaluate((arm.prompt,), rows)
    more = sum(score for score in evaluation.scores if score is not None)
    arm = replace(arm, asked=arm.asked + len(rows), scores=(*arm.scores, *evaluation.scores))
    return replace(arm, answered=arm.answered + evaluation.n, total=arm.total + more)


def by_mean(arms: Sequence[Arm]) -> list[Arm]:
    """The highest mean first; equal ones in the order given. Rows that were left unanswered say nothing."""
    if all(arm.answered == arm.asked for arm in arms):
        return sorted(arms, key=lambda arm: -arm.mean)
    table = [arm.scores for arm in arms]
    means = row_means(table, table)
    return sorted(arms, key=lambda arm: -standing(arm.scores, means))
