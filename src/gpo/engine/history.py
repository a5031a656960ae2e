"""Knows how the events of a run become a history, one record per step, and a kept run a result again. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gpo.core.budget import Spent
from gpo.core.events import Evaluated, Event, Kept, Proposed, Refused, StepFinished, StepStarted
from gpo.core.prompt import Prompt, Scored
from gpo.engine.result import Result, StepRecord, failures_from, verdict_from
from gpo.store.rows import RunRow


def seed_of(seed: Prompt, events: Iterable[Event]) -> Scored:
    """The seed prompt with its score on the selection set; n = 0 where it was not scored."""
    for event in events:
        if isinstance(event, Evaluated) and event.prompt_id == seed.id and event.split == "selection":
            return Scored(seed, event.score or 0.0, event.n, unanswered=event.unanswered)
    return Scored(seed, 0.0, 0)


def result_of(row: RunRow, spent: Mapping[str, Spent], events: Sequence[Event], folder: Path | None) -> Result:
    """What a run that has ended gave back then."""
    kept = row.result
    seed, best = (Prompt(tuple(kept[texts].items())) for texts in ("seed_texts", "best_texts"))
    n, unanswered = kept["selection_rows"]
    return Result(
        row.id,
        seed=seed_of(seed, events),
        scored=Scored(best, kept["best_score"] or 0.0, n, unanswered=unanswered),
        verdict=verdict_from(kept["verdict"]),
        no_verdict=kept["no_verdict"],
        test_failures=failures_from(kept),
        history=history_of(events),
        cost={**dict.fromkeys(kept["cost"], Spent()), **spent},
        stopped_because=row.stopped_because,
        complete=kept["complete"],
        folder=folder,
        seconds=kept["seconds"],
        warnings=tuple(kept["warnings"]),
    )


def history_of(events: Sequence[Event]) -> tuple[StepRecord, ...]:
    """One record for each finished step, in order."""
    return tuple(_record(step, end) for step, end in steps_of(events))


def steps_of(events: Iterable[Event]) -> Iterator[tuple[Sequence[Event], StepFinished]]:
    """The events of each finished step, in order, and the last of them again."""
    step: list[Event] = []
    for event in events:
        if isinstance(event, StepStarted):
            step = []
        step.append(event)
        if isinstance(event, StepFinished):
            yield tuple(step), event


def _record(step: Sequence[Event], end: StepFinished) -> StepRecord:
    """The step's record. Its prompt is the one that the search moved to, or stayed at."""
    start = next(event for event in step if isinstance(event, StepStarted))
    kept = next((event for event in step if isinstance(event, Kept)), None)
    proposed = [event for event in step if isinstance(event, Proposed)]
    moved = next((event for event in proposed if kept and event.prompt_id == kept.prompt_id), None)
    refused = [event for event in step if isinstance(event, Refused)]
    return StepRecord(
        end.step,
        kept.prompt if kept else start.prompt,
        score=kept.score if kept else start.score,
        gain=kept.gain if kept else 0.0,
        best_score=end.best_score,
        distance=moved.distance if moved else None,
        allowed=next((event.allowed for event in (*proposed, *refused) if event.allowed is not None), None),
        proposed=len(proposed),
        refused=len(refused),
        distances=tuple(event.distance for event in proposed),
        refused_distances=tuple(event.distance for event in refused if event.distance is not None),
    )
