"""Knows what is to be said of settings and data before a run begins, which do not forbid it. Opens nothing."""

from collections.abc import Iterable

from gpo.core.task import Task
from gpo.engine.config import RunConfig
from gpo.evidence.verdicts import provable_gain
from gpo.tasks.settle import LoadedTask

FEW = 20
"""Test rows; of forty rows in a file, which README asks for, half are for the test."""


def remarks(config: RunConfig, loaded: LoadedTask) -> tuple[str, ...]:
    """Everything that a run says at its beginning: of its models, of its data, and of how few rows there are."""
    return (*config.remarks, *loaded.warnings, *few_rows(loaded.task))


def few_rows(task: Task) -> Iterable[str]:
    """What so few test rows can prove at most; nothing where there are enough."""
    rows = len(task.splits.test)
    if rows >= FEW:
        return
    least = provable_gain(rows)
    proven = "no gain at all can" if least is None else f"no gain below {100 * least:.0f} points can"
    few = "there is only 1 test row" if rows == 1 else f"there are only {rows} test rows"
    yield f"{few}: {proven} be told from luck. Bring more rows: forty or more in all, better 200."
