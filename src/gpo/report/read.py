"""Knows how the store's rows become a report. Does not know how one looks."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gpo.core.errors import RunNotFound, StoreError
from gpo.core.events import Evaluated, Event, Proposed, Refused, StepFinished, Warned
from gpo.core.prompt import INSTRUCTION
from gpo.engine.history import history_of, steps_of
from gpo.engine.lacking import Failures
from gpo.engine.places import command
from gpo.engine.prospect import HARDLY, NO_VERDICT
from gpo.engine.result import StepRecord, failures_from, verdict_from
from gpo.engine.sitting import MEASUREMENT
from gpo.evidence.verdicts import Verdict
from gpo.models.phrases import DISCLOSURE
from gpo.observers.refused import counted, in_words, remedy
from gpo.report.texts import by_name
from gpo.store.contract import Store
from gpo.store.rows import CallSummary, RunRow
from gpo.store.state import decode


@dataclass(frozen=True, slots=True)
class Side:
    """A prompt, its texts by name, with its mean on the selection set: score in [0, 1] over n rows; n = 0 where it was
    not scored. unanswered: how many more rows got no answer.
    """

    texts: Mapping[str, str]
    score: float
    n: int = field(kw_only=True)
    unanswered: int = field(default=0, kw_only=True)

    @property
    def prompt(self) -> str:
        """All texts, joined."""
        return "\n\n".join(self.texts.values())

    @property
    def shown(self) -> str:
        """The prompt for a reader: as it is, or each text below its name where the names say something."""
        return by_name(self.texts)


@dataclass(frozen=True, slots=True)
class Report:
    """All that a page shows of a run. no_verdict: why there is no verdict, "" where there is one or nobody knows.

    test_failures: as of `Result`.
    """

    row: RunRow
    seed: Side
    best: Side = field(kw_only=True)
    verdict: Verdict | None = field(kw_only=True)
    no_verdict: str = field(default="", kw_only=True)
    test_failures: Failures = field(default=(), kw_only=True)
    history: tuple[StepRecord, ...] = field(kw_only=True)
    calls: tuple[CallSummary, ...] = field(kw_only=True)
    refusals: tuple[tuple[str, int], ...] = field(kw_only=True)
    warnings: tuple[str, ...] = field(kw_only=True)
    seconds: float | None = field(kw_only=True)
    folder: Path | None = field(kw_only=True)


def read_report(store: Store, run_id: str) -> Report:
    """The report on a run, finished or not. Raises RunNotFound, also for a measurement, which has nothing to report."""
    row = _searched(store, run_id)
    events, calls = store.events(row.id), store.summary(row.id)
    seed = _seed(row, events)
    return Report(
        row,
        seed,
        best=_best(row, events, seed, store.folder(row.id)),
        verdict=verdict_from(row.result.get("verdict")),
        no_verdict=row.result.get("no_verdict", ""),
        test_failures=failures_from(row.result),
        history=history_of(events),
        calls=calls,
        refusals=refusals(events),
        warnings=(*_warnings(row, events, calls), *barren(events)),
        seconds=row.result.get("seconds"),
        folder=store.folder(row.id),
    )


def read_best(store: Store, run_id: str) -> Side:
    """The best prompt of a run alone, for which one that has ended is not read through. Raises RunNotFound."""
    row = _searched(store, run_id)
    if ended := _ended_with(row):
        return ended
    events = store.events(row.id)
    return _best(row, events, _seed(row, events), store.folder(row.id))


def _searched(store: Store, run_id: str) -> RunRow:
    row = store.run(run_id)
    if row.algorithm == MEASUREMENT:
        shows = command("show", row.id, store.folder(row.id))
        raise RunNotFound(f"{row.id} is no run of a search: `gpo eval` made it. `{shows}` shows it.")
    return row


def refusals(events: Sequence[Event]) -> tuple[tuple[str, int], ...]:
    """Why proposals were refused, and how often, the most frequent first."""
    return counted(event.reason for event in events if isinstance(event, Refused))


def barren(events: Sequence[Event]) -> tuple[str, ...]:
    """What to know where steps had all their proposals refused: how many steps, why in these, and what helps."""
    steps = [step for step, _ in steps_of(events)]
    refused = [found for step in steps if (found := refusals(step)) and not any(isinstance(e, Proposed) for e in step)]
    if not refused:
        return ()
    counts = Counter[str]()
    for found in refused:
        counts.update(dict(found))
    helps = remedy(counts.most_common())
    said = f"at {len(refused)} of {len(steps)} steps all proposals were refused: {in_words(counts.most_common())}"
    return (f"{said}. What helps: {helps}." if helps else f"{said}.",)


def _warnings(row: RunRow, events: Sequence[Event], calls: Sequence[CallSummary]) -> tuple[str, ...]:
    """What was warned of and still holds, each once: of the budget what was said last, and nothing once it sufficed, or
    the end of the run names another one.
    """
    told = [event.message for event in events if isinstance(event, Warned)]
    of_budget = [message for message in told if message.startswith((NO_VERDICT, HARDLY))]
    ended = row.result.get("verdict") or "Set max_" in (row.result.get("no_verdict") or "")
    outdated = of_budget if ended else of_budget[:-1]
    kept = [message for message in told if message not in outdated]
    return tuple(dict.fromkeys([*kept, *(DISCLOSURE for each in calls if each.model == "phrases")]))


def _seed(row: RunRow, events: Sequence[Event]) -> Side:
    first = next((event for event in events if isinstance(event, Evaluated) and event.split == "selection"), None)
    texts = row.config.get("seed_texts") or {INSTRUCTION: first.prompt if first else row.config.get("seed_prompt", "")}
    return Side(texts, first.score or 0.0, n=first.n, unanswered=first.unanswered) if first else Side(texts, 0.0, n=0)


def _best(row: RunRow, events: Sequence[Event], seed: Side, folder: Path | None) -> Side:
    """What the run ended with; while it is under way the best of the last finished step, or the seed prompt."""
    if ended := _ended_with(row):
        return ended
    last = next((event for event in reversed(events) if isinstance(event, StepFinished)), None)
    if last is None:
        return seed
    texts = _kept_texts(folder) or {INSTRUCTION: last.best_prompt}
    n, unanswered = _rows_of(last.best_id, events)
    return Side(texts, last.best_score, n=n, unanswered=unanswered)


def _ended_with(row: RunRow) -> Side | None:
    """The best prompt of a run that has ended; None of one that is under way."""
    if not (texts := row.result.get("best_texts")):
        return None
    n, unanswered = row.result.get("selection_rows") or (0, 0)
    return Side(texts, row.result.get("best_score") or 0.0, n=n, unanswered=unanswered)


def _kept_texts(folder: Path | None) -> dict[str, str] | None:
    """The texts by name that a run keeps while it is under way, where they have names."""
    file = folder / "best_prompt.json" if folder else None
    if file is None or not file.is_file():
        return None
    try:
        return decode(dict[str, str], json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, StoreError) as error:
        raise StoreError(f"{file} cannot be read: {error}. Delete it: the texts are then shown as one.") from error


def _rows_of(prompt_id: str, events: Sequence[Event]) -> tuple[int, int]:
    """On how many selection rows a prompt was scored, and how many got no answer: where that was the most rows, for it
    may have been tried on a few before.
    """
    scored = (event for event in events if isinstance(event, Evaluated) and event.split == "selection")
    return max(((each.n, each.unanswered) for each in scored if each.prompt_id == prompt_id), default=(0, 0))
