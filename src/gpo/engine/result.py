"""Knows what a run gives back: the best prompt, the verdict, the history, the cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path
from typing import Any

from gpo.core.budget import Spent
from gpo.core.prompt import Prompt, Scored
from gpo.engine.lacking import Failures
from gpo.evidence.intervals import Estimate
from gpo.evidence.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step as the report shows it. distance: words changed by the chosen prompt; allowed: the step size, if any.

    distances: words changed by every proposal that passed; refused_distances: by every one that was refused, in order.
    """

    step: int
    prompt: str
    score: float = field(kw_only=True)
    gain: float = field(kw_only=True)
    best_score: float = field(kw_only=True)
    distance: int | None = field(default=None, kw_only=True)
    allowed: int | None = field(default=None, kw_only=True)
    proposed: int = field(default=0, kw_only=True)
    refused: int = field(default=0, kw_only=True)
    distances: tuple[int, ...] = field(default=(), kw_only=True)
    refused_distances: tuple[int, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Result:
    """A finished or stopped run.

    best: on the selection set, with its score there. verdict: seed against best on the sealed test set; None where
    there is none, and `no_verdict` says why. test_failures: why rows of the test got no answer, and how many each time,
    the most frequent first; () where all did.
    cost: what was spent, by role. folder: where best_prompt.txt and events.jsonl lie; None for a run in memory.
    """

    run_id: str
    seed: Scored = field(kw_only=True)
    scored: Scored = field(kw_only=True)
    verdict: Verdict | None = field(kw_only=True)
    no_verdict: str = field(default="", kw_only=True)
    test_failures: Failures = field(default=(), kw_only=True)
    history: tuple[StepRecord, ...] = field(kw_only=True)
    cost: Mapping[str, Spent] = field(kw_only=True)
    stopped_because: str = field(kw_only=True)
    complete: bool = field(kw_only=True)
    folder: Path | None = field(kw_only=True)
    seconds: float = field(kw_only=True)
    warnings: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def best(self) -> Prompt:
        """The best prompt; `.text` is what to use, `.by_name` where it has several texts."""
        return self.scored.prompt

    def diff(self) -> str:
        """The seed prompt and the best prompt as a unified diff, line by line."""
        before, after = self.seed.prompt.shown.splitlines(), self.best.shown.splitlines()
        return "\n".join(unified_diff(before, after, "seed", "best", lineterm=""))

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values. What ends in `rows` is how many were answered, and how many were not."""
        return {
            "run_id": self.run_id,
            "seed_prompt": self.seed.prompt.text,
            "seed_texts": self.seed.prompt.by_name,
            "seed_score": self.seed.score if self.seed.n else None,
            "seed_selection_rows": [self.seed.n, self.seed.unanswered],
            "best_prompt": self.best.text,
            "best_texts": self.best.by_name,
            "best_score": self.scored.score if self.scored.n else None,
            "selection_rows": [self.scored.n, self.scored.unanswered],
            "verdict": _verdict(self.verdict),
            "no_verdict": self.no_verdict,
            "test_failures": [list(failure) for failure in self.test_failures],
            "stopped_because": self.stopped_because,
            "complete": self.complete,
            "cost": {role: _spent(spent) for role, spent in self.cost.items()},
            "seconds": round(self.seconds, 3),
            "history": [{name: getattr(record, name) for name in record.__slots__} for record in self.history],
            "folder": str(self.folder) if self.folder else None,
            "warnings": list(self.warnings),
        }


def verdict_from(data: Mapping[str, Any] | None) -> Verdict | None:
    """The verdict that `Result.to_dict` wrote; an earlier version did not say what was not answered."""
    if not data:
        return None
    change, n = data["difference"], data["n"]
    before, after = (_estimate(data[side], *data.get(f"{side}_rows", (n, 0))) for side in ("seed", "best"))
    return Verdict(
        data["word"],
        before,
        after=after,
        difference=change[0],
        low=change[1],
        high=change[2],
        n=n,
        unanswered=data.get("unanswered", 0),
    )


def failures_from(data: Mapping[str, Any]) -> Failures:
    """The failures of the test in what `Result.to_dict` wrote; an earlier version did not keep them."""
    return tuple((why, count) for why, count in data.get("test_failures", ()))


def _estimate(interval: Sequence[float], n: int, unanswered: int) -> Estimate:
    mean, low, high = interval
    return Estimate(mean, low, high=high, n=n, unanswered=unanswered)


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "word": verdict.word,
        "seed": [verdict.before.mean, verdict.before.low, verdict.before.high],
        "best": [verdict.after.mean, verdict.after.low, verdict.after.high],
        "difference": [verdict.difference, verdict.low, verdict.high],
        "n": verdict.n,
        "unanswered": verdict.unanswered,
        "seed_rows": [verdict.before.n, verdict.before.unanswered],
        "best_rows": [verdict.after.n, verdict.after.unanswered],
    }


def _spent(spent: Spent) -> dict[str, Any]:
    return {"calls": spent.calls, "tokens": spent.tokens, "usd": spent.usd}
