"""Knows how the cells of a published table are filled, and what that would cost; killed at any time, it goes on."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gpo.core.keys import content_key
from gpo.core.randomness import rng
from gpo.core.task import Task
from gpo.engine.config import RunConfig
from gpo.engine.estimate import ENDS_SOONER, Expense, estimate, price_notes
from gpo.engine.habits import habits_of
from gpo.evidence.bootstrap import bootstrap
from gpo.evidence.intervals import Estimate as Mean
from gpo.sweeps.cells import ORIGIN, Cell, Reproduction
from gpo.sweeps.local import Manner, Progress, sweep
from gpo.sweeps.plan import Planned
from gpo.sweeps.results import Finished, known

OF_THE_RUN = ("task", "seed", "algorithm", "optimizer_model")
"""Settings in which runs may differ that share a task model and ask about the same rows in the same way."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A cell with what stands in it. ours: the mean in [0, 1] over its tasks; None until all its runs are done."""

    cell: Cell
    done: int
    ours: Mean | None = field(kw_only=True)

    @property
    def difference(self) -> Mean | None:
        """Ours less the published number, in points, with the ends of our interval; None where one is missing."""
        if self.ours is None or self.cell.published is None:
            return None
        mean, low, high = (100 * each - self.cell.published for each in (self.ours.mean, self.ours.low, self.ours.high))
        return Mean(mean, low, high=high, n=self.ours.n)


@dataclass(frozen=True, slots=True)
class Cost:
    """What the runs that are still to be made take. by_model: by part and model. seconds: with `at_once` of them."""

    runs: int
    by_model: Mapping[tuple[str, str], Expense] = field(kw_only=True)
    seconds: float = field(kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def total(self) -> Expense:
        """Over all models."""
        return sum(self.by_model.values(), Expense())


async def make(
    table: Reproduction,
    folder: Path,
    manner: Manner,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Mapping[str, str]:
    """Makes the runs that have no outcome yet. Gives back why runs broke off, by id. Raises GPOError, as `sweep` does.

    A search takes the steps of its recipe and sees no test rows; its test is made once, when it is over.
    """
    plan, failures = table.plan, dict[str, str]()
    for group in _by_task_model(table, plan):
        there = len(known(folder, plan)) - len(known(folder, group))
        tasks = {(each.task, each.seed): table.tasks[each.id] for each in group}

        def told(progress: Progress, there: int = there) -> None:
            tell(replace(progress, done=there + progress.done, size=len(plan)))

        failures |= await sweep(group, tasks, folder, manner, told)
    return failures


def filled(table: Reproduction, folder: Path) -> tuple[Filled, ...]:
    """Every cell with what is known of it. Raises StoreError for an outcome that cannot be read."""
    outcomes = known(folder, table.plan)
    means: dict[tuple[str, ...], Mean] = {}
    cells = list[Filled]()
    for cell in table.cells:
        ids = tuple(run.id for run in cell.runs)
        runs = [outcomes[run_id] for run_id in ids if run_id in outcomes]
        if ids and len(runs) == len(ids) and ids not in means:
            means[ids] = _mean(runs)
        cells.append(Filled(cell, len(runs), ours=means.get(ids)))
    return tuple(cells)


async def cost(table: Reproduction, folder: Path, at_once: int, assumed: Mapping[str, float | None]) -> Cost:
    """What is still to be paid for. assumed: arguments of `habits_of`. Calls no model.

    Of tasks with as many rows, one of typical length is rehearsed for all.
    """
    done = known(folder, table.plan)
    alike: dict[str, list[Planned]] = defaultdict(list)
    for run in (each for each in table.plan if each.id not in done):
        alike[_kind(run, table.tasks[run.id])].append(run)
    by_model: dict[tuple[str, str], Expense] = defaultdict(Expense)
    seconds, unpriced = 0.0, dict[str, None]()
    for runs in alike.values():
        typical = _typical(runs, table.tasks)
        config = RunConfig.from_mapping(typical.settings, ORIGIN)
        found = await estimate(config, table.tasks[typical.id], habits_of(config, **assumed))
        for role, expense in found.by_role.items():
            by_model[role, config.models(table.tasks[typical.id])[role]] += expense.times(len(runs))
        seconds += found.seconds * len(runs) / at_once
        unpriced |= dict.fromkeys(found.unpriced)
    size = sum(map(len, alike.values()))
    notes = (ENDS_SOONER, *price_notes(tuple(unpriced)))
    return Cost(size, by_model=dict(by_model), seconds=seconds, notes=notes)


def _kind(run: Planned, task: Task) -> str:
    """What runs have in common that take as many calls: all settings but task and seed, and the sizes of the sets."""
    settings = {key: value for key, value in run.settings.items() if key not in ("task", "seed")}
    return content_key(
        [settings, *(len(rows) for rows in (task.splits.train, task.splits.selection, task.splits.test))]
    )


def _typical(runs: Sequence[Planned], tasks: Mapping[str, Task]) -> Planned:
    """The run whose rows are about as long as those of all are on average."""
    lengths = {run.id: _length(tasks[run.id]) for run in runs}
    mean = sum(lengths.values()) / len(lengths)
    return min(runs, key=lambda run: abs(lengths[run.id] - mean))


def _length(task: Task) -> float:
    rows = task.splits.selection
    return sum(len(row.input) for row in rows) / max(1, len(rows))


def _by_task_model(table: Reproduction, plan: Sequence[Planned]) -> tuple[tuple[Planned, ...], ...]:
    """The runs that one task model serves with one task of each name, together."""
    groups: dict[str, list[Planned]] = defaultdict(list)
    for run in plan:
        algorithm: Any = run.settings.get("algorithm", "gpo")
        own = {key: value for key, value in run.settings.items() if key not in (*OF_THE_RUN, algorithm)}
        groups[content_key(own)].append(run)
    return tuple(tuple(group) for group in groups.values())


def _mean(runs: Sequence[Finished]) -> Mean:
    """The mean over tasks of the test scores, with its interval; the same runs have the same one in every cell."""
    by_task: dict[str, dict[str, list[Sequence[float | None]]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        by_task[run.task][run.data].append(run.scores)
    groups = [list(by_rows.values()) for by_rows in by_task.values()]
    return bootstrap(groups, rng(0, 0, f"reproduce {content_key([run.id for run in runs])}")).overall
