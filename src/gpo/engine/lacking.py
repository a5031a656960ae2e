"""Knows how rows that got no answer are told of: how many with which prompt, and why most often. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gpo.core.evaluation import Evaluation
from gpo.evidence.verdicts import Verdict

Failures = tuple[tuple[str, int], ...]
"""Why rows got no answer, and how many each time, the most frequent first."""


def failures_of(*evaluations: Evaluation) -> Failures:
    """Those of all rows of the evaluations that got no answer."""
    lacking = (answer for each in evaluations for answer in each.answers if answer.score is None)
    return tuple(Counter(answer.failure for answer in lacking).most_common())


def most_often(failures: Sequence[Sequence[Any]]) -> str:
    """The most frequent of several reasons in words: their number as well, where it is not the only one."""
    why, count = failures[0]
    return f"most often ({count}×): {why}" if failures[1:] else f"because: {why}"


def left_out(verdict: Verdict, failures: Failures, *, same: bool = False) -> str:
    """How many test rows say nothing, and why; "" where all do. same: whether the seed prompt is the best one."""
    if not verdict.unanswered:
        return ""
    some = f"{verdict.unanswered} of {_rows(verdict)} test rows"
    if same:
        return f"{some} got no answer{_why(failures)}"
    out = "is left out of both sides" if verdict.unanswered == 1 else "are left out of both sides"
    return f"{some} {out} of the comparison: {with_which(verdict, failures)}"


def with_which(verdict: Verdict, failures: Failures) -> str:
    """With which prompt how many rows got no answer, where some did not, and why most often."""
    sides = {"seed": verdict.before.unanswered, "best": verdict.after.unanswered}
    lacking = [f"{lack} of {_rows(verdict)} with the {side} prompt" for side, lack in sides.items() if lack]
    return f"no answer came for {' and '.join(lacking)}{_why(failures)}"


def _why(failures: Failures) -> str:
    return f", {most_often(failures)}" if failures else ""


def _rows(verdict: Verdict) -> int:
    return verdict.n + verdict.unanswered
