"""Knows how prompts are measured without being optimized: `gpo eval`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from gpo.core.budget import Spent
from gpo.core.evaluation import Evaluation
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Task
from gpo.engine.clock import Clock
from gpo.engine.config import RunConfig
from gpo.engine.cut_short import broken_off
from gpo.engine.evaluate import Evaluator
from gpo.engine.lacking import Failures, failures_of, most_often
from gpo.engine.remarks import judge_notes, no_answers, seed_notes
from gpo.engine.sitting import MEASUREMENT, Audience, Brought, Sitting, connected, judged, opened, priced
from gpo.engine.texts import texts
from gpo.engine.wrong import signs
from gpo.evidence.intervals import Estimate, Scores, mean_interval
from gpo.evidence.verdicts import Verdict, verdict
from gpo.observers.shield import shielded
from gpo.store.rows import Status
from gpo.tasks.load import load_task
from gpo.tasks.settle import LoadedTask

Split = Literal["train", "selection", "test", "all"]
HOW_TO_GO_ON = "The answers so far are kept: the same command goes on from there."


@dataclass(frozen=True, slots=True)
class Measured:
    """A prompt's mean score with its interval.

    against: compares it with the first prompt; None for the first, and where no row was answered by both.
    """

    prompt: Prompt
    score: Estimate
    unanswered: int = field(kw_only=True)
    against: Verdict | None = field(kw_only=True)
    answers: Evaluation = field(kw_only=True)

    @property
    def failures(self) -> Failures:
        """Why rows got no answer, and how many each time, the most frequent first."""
        return failures_of(self.answers)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What `measure` gives back: a line per prompt, on which rows, and what it cost by role.

    prices: where the prices of the models are from, with their dates.
    """

    task: str
    split: Split
    metric: str = field(kw_only=True)
    prompts: tuple[Measured, ...] = field(kw_only=True)
    rows: tuple[Example, ...] = field(kw_only=True)
    cost: Mapping[str, Spent] = field(kw_only=True)
    seconds: float = field(kw_only=True)
    prices: Mapping[str, str] = field(kw_only=True)
    warnings: tuple[str, ...] = field(kw_only=True)

    @property
    def failure(self) -> str:
        """What to say where a prompt got no answer at all, and so was not measured; "" where each got some."""
        silent = next((each for each in self.prompts if each.score.n == 0 and each.failures), None)
        if silent is None:
            return ""
        which = f"prompt {self.prompts.index(silent) + 1} was" if len(self.prompts) > 1 else "nothing was"
        return f"{which} measured: none of {silent.unanswered} rows was answered, {most_often(silent.failures)}"

    def answers(self) -> Iterator[dict[str, Any]]:
        """Each answer of each prompt, numbered from 1, with its row and what was made of it, as plain JSON values."""
        for number, each in enumerate(self.prompts, 1):
            for row, answer in zip(self.rows, each.answers.answers, strict=True):
                yield {
                    "prompt": number,
                    "id": row.id,
                    "input": row.input,
                    "targets": list(row.targets),
                    "reply": answer.reply,
                    "score": answer.score,
                    "feedback": answer.feedback,
                    "failure": answer.failure,
                }

    def to_dict(self) -> dict[str, Any]:
        """All but the single answers, as plain JSON values."""
        return {
            "task": self.task,
            "split": self.split,
            "metric": self.metric,
            "prompts": [_line(each) for each in self.prompts],
            "cost": {role: {"calls": c.calls, "tokens": c.tokens, "usd": c.usd} for role, c in self.cost.items()},
            "seconds": round(self.seconds, 3),
            "prices": dict(self.prices),
            "warnings": list(self.warnings),
        }


async def measure(
    config: RunConfig,
    prompts: Sequence[Prompt],
    split: Split,
    store_dir: Path,
    audience: Audience,
    *,
    limit: int | None = None,
) -> Measurement:
    """Every prompt on the same rows; no prompts means the task's seed prompt. Raises GPOError.

    limit: how many rows of the split at most, from its beginning.
    Answers are kept as those of a run are, so that the same prompt on the same row is never paid for twice.
    """
    loaded, clock = load_task(config.task, whole=split == "all"), Clock(limit_s=config.budget.seconds)
    ledger = Ledger(config.budget, elapsed_s=clock.elapsed_s)
    with opened(store_dir) as store:
        sitting = Sitting(store.new_run_id(), store, ledger=ledger, clock=clock)
        async with connected(_without_optimizer(config), loaded.task, Brought(), sitting) as cast:
            record: dict[str, Any] = {"settings": config.to_dict(), "brought": [], "data": loaded.fingerprint}
            store.create_run(sitting.run_id, record, loaded.task.name, MEASUREMENT)
            with store.lock_run(sitting.run_id), ExitStack() as stack:
                watching = [stack.enter_context(watch(lambda: ledger.by_role)) for watch in audience.watches]
                sitting.scribe.observers = [shielded(each) for each in watching]
                task = judged(loaded.task, cast.judge, texts(config.own_texts))
                evaluator = Evaluator(task, cast.task, config.max_failures, at_once=config.concurrency)
                evaluator.stopped = audience.stopped
                rows = rows_of(loaded.task, split)[:limit]
                evaluations = await _answered(evaluator, sitting, prompts, rows)
                measurement = Measurement(
                    loaded.task.name,
                    split,
                    metric=loaded.task.metric_name,
                    prompts=_measured(evaluations),
                    rows=rows,
                    cost={"task": Spent(), **({"judge": Spent()} if task.judge else {}), **ledger.by_role},
                    seconds=clock.elapsed_s(),
                    prices=priced(_without_optimizer(config), task),
                    warnings=(
                        *_noted(config, loaded, prompts),
                        *sitting.scribe.warnings,
                        *_signs(evaluator, evaluations, rows),
                    ),
                )
                await store.flush()
                status: Status = "failed" if measurement.failure else "finished"
                store.finish_run(sitting.run_id, status, measurement.failure or "measured", measurement.to_dict())
                return measurement


def _noted(config: RunConfig, loaded: LoadedTask, prompts: Sequence[Prompt]) -> tuple[str, ...]:
    """What to know of the settings and the data; the seed prompt says something only where no other was given."""
    of_models = (*no_answers(config), *judge_notes(config, loaded.task))
    return (*of_models, *(() if prompts else seed_notes(loaded)), *loaded.warnings)


def _signs(evaluator: Evaluator, evaluations: Sequence[Evaluation], rows: Sequence[Example]) -> tuple[str, ...]:
    """What the answers tell of the metric and of max_tokens; which prompt's, where there are several."""
    several = len(evaluations) > 1
    numbered = ((f" of prompt {number}" if several else "", each) for number, each in enumerate(evaluations, 1))
    return signs(*(evaluator.heard(each, rows, whose) for whose, each in numbered))


def _without_optimizer(config: RunConfig) -> RunConfig:
    """The settings without the models that a measurement does not ask, whose keys may be lacking."""
    none = {"optimizer_base_url": None, "optimizer_api_key_env": None, "embedding_model": None}
    at = config.judged_at
    judge = {"judge_model": config.judge, "judge_base_url": at.base_url, "judge_api_key_env": at.key_env}
    return replace(config, optimizer_model=config.task_model, **judge, **none)


async def _answered(
    evaluator: Evaluator, sitting: Sitting, prompts: Sequence[Prompt], rows: Sequence[Example]
) -> tuple[Evaluation, ...]:
    with broken_off(sitting.store, sitting.run_id, lambda _: HOW_TO_GO_ON), evaluator.silence.telling():
        return await sitting.clock.within(evaluator.evaluate(prompts or (evaluator.task.seed,), rows))


def rows_of(task: Task, split: Split) -> tuple[Example, ...]:
    """The rows of a split, or of all three."""
    splits = task.splits
    if split == "all":
        return (*splits.train, *splits.selection, *splits.test)
    return {"train": splits.train, "selection": splits.selection, "test": splits.test}[split]


def _measured(evaluations: Sequence[Evaluation]) -> tuple[Measured, ...]:
    first = evaluations[0].scores
    return tuple(
        Measured(
            each.prompt,
            mean_interval(each.scores),
            unanswered=each.unanswered,
            against=_compared(first, each.scores) if number else None,
            answers=each,
        )
        for number, each in enumerate(evaluations)
    )


def _compared(first: Scores, scores: Scores) -> Verdict | None:
    found = verdict(first, scores)
    return found if found.n else None


def _line(each: Measured) -> dict[str, Any]:
    against = each.against
    return {
        "prompt": each.prompt.text,
        "texts": each.prompt.by_name,
        "score": each.score.mean if each.score.n else None,
        "low": each.score.low,
        "high": each.score.high,
        "n": each.score.n,
        "unanswered": each.unanswered,
        "failures": [list(failure) for failure in each.failures],
        "against_first": None
        if against is None
        else {"word": against.word, "difference": against.difference, "low": against.low, "high": against.high},
    }
