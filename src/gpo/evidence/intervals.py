"""Knows how sure a mean of scores is, and a difference of two. Pure; closed forms, no drawing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist, fmean

Scores = Sequence[float | None]
"""One score in [0, 1] per example; None where the call failed."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the ends of its interval, over n examples; where n = 0 the interval is everything.

    unanswered: how many more there were, which say nothing.
    """

    mean: float
    low: float
    high: float = field(kw_only=True)
    n: int = field(kw_only=True)
    unanswered: int = field(default=0, kw_only=True)


def mean_interval(scores: Scores, level: float = 0.95) -> Estimate:
    """The mean of scores in [0, 1] with Wilson's interval; unanswered examples are left out.

    Wilson (1927) for proportions. For scores between 0 and 1 it is conservative: their variance is at most
    mean · (1 - mean), that of a proportion.
    """
    known = [score for score in scores if score is not None]
    n, unanswered = len(known), len(scores) - len(known)
    if n == 0:
        return Estimate(0.0, 0.0, high=1.0, n=0, unanswered=unanswered)
    z, mean = _quantile(level), fmean(known)
    center = (mean + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(mean * (1 - mean) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = max(0.0, min(mean, center - half)), min(1.0, max(mean, center + half))
    return Estimate(mean, low, high=high, n=n, unanswered=unanswered)


def paired_interval(before: Scores, after: Scores, level: float = 0.95) -> Estimate:
    """The mean of after - before over examples that both answered, in [-1, 1], with its interval; the others count as
    unanswered.

    Wald's interval with Bonett and Price's (2012) adjustment for paired proportions: one more pair where only
    `before` is right and one where only `after` is right, so that it stays honest for few or no disagreements. The
    center is the adjusted mean; the interval is widened to hold the plain mean.
    """
    pairs = zip(before, after, strict=True)
    known = [right - left for left, right in pairs if left is not None and right is not None]
    n, unanswered = len(known), len(before) - len(known)
    if n == 0:
        return Estimate(0.0, -1.0, high=1.0, n=0, unanswered=unanswered)
    adjusted = [*known, 1.0, -1.0]
    center = fmean(adjusted)
    variance = fmean((each - center) ** 2 for each in adjusted)
    half = _quantile(level) * sqrt(variance / len(adjusted))
    mean = fmean(known)
    low, high = max(-1.0, min(mean, center - half)), min(1.0, max(mean, center + half))
    return Estimate(mean, low, high=high, n=n, unanswered=unanswered)


def _quantile(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 2)
