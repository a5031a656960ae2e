"""Knows what may be said of a new prompt: improved, not proven, or worse. Pure."""

from dataclasses import dataclass, field
from typing import Literal

from gpo.evidence.intervals import Estimate, Scores, mean_interval, paired_interval

Word = Literal["improved", "not proven", "worse"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The seed prompt (before) against the best prompt (after) on the same rows.

    word: "improved" or "worse" only where the paired 95 % interval of the difference excludes zero.
    difference, low, high: mean of after - before, in [-1, 1]. n: rows that both answered. unanswered: the others, which
    are left out of the difference; how many each of the two left unanswered, before and after say.
    """

    word: Word
    before: Estimate
    after: Estimate = field(kw_only=True)
    difference: float = field(kw_only=True)
    low: float = field(kw_only=True)
    high: float = field(kw_only=True)
    n: int = field(kw_only=True)
    unanswered: int = field(default=0, kw_only=True)


def verdict(before: Scores, after: Scores) -> Verdict:
    """The verdict on two lists of scores of the same examples in the same order."""
    change = paired_interval(before, after)
    word: Word = "improved" if change.low > 0 else "worse" if change.high < 0 else "not proven"
    return Verdict(
        word,
        mean_interval(before),
        after=mean_interval(after),
        difference=change.mean,
        low=change.low,
        high=change.high,
        n=change.n,
        unanswered=change.unanswered,
    )


def provable_gain(n: int) -> float | None:
    """The smallest gain, in (0, 1], that n rows can prove: so many rows turn right and none wrong. None where no gain
    could be proven.

    >>> provable_gain(3), provable_gain(20), provable_gain(200)
    (None, 0.25, 0.03)
    """
    won = (k for k in range(1, n + 1) if paired_interval([0.0] * n, [1.0] * k + [0.0] * (n - k)).low > 0)
    return next((k / n for k in won), None)
