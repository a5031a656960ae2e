"""Knows what came of the sealed test: a verdict, or why there is none, and why rows got no answer. Opens nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gpo.core.evaluation import Evaluation
from gpo.engine.lacking import Failures, failures_of, with_which
from gpo.evidence.verdicts import Verdict, verdict


@dataclass(frozen=True, slots=True)
class Tested:
    """verdict: None where there is none, and `no_verdict` says why. made: whether the test came to its end.

    failures: of its rows, over both prompts.
    """

    verdict: Verdict | None = None
    no_verdict: str = ""
    failures: Failures = field(default=(), kw_only=True)
    made: bool = field(default=False, kw_only=True)


def tested(evaluations: Sequence[Evaluation]) -> Tested:
    """What the evaluations of the seed prompt and the best one say; of the seed prompt alone where it is the best."""
    found, failures = verdict(evaluations[0].scores, evaluations[-1].scores), failures_of(*evaluations)
    if found.n:
        return Tested(found, failures=failures, made=True)
    why = f"no test row was answered for both prompts: {with_which(found, failures)}"
    return Tested(no_verdict=why, failures=failures, made=True)
