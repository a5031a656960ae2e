"""Knows how the steps of a run look, one line each, and how far each went. Does not know where they came from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from gpo.core.visible import on_one_line
from gpo.engine.typed import called
from gpo.observers.refused import in_words
from gpo.report.drift import LEGEND, drift_curve
from gpo.report.read import Report
from gpo.report.scores import percent

if TYPE_CHECKING:
    from rich.console import RenderableType

T = TypeVar("T")

MOST_STEPS = 60
"""Steps that are shown: of a run with more the first and the last ones."""


def steps(report: Report) -> "list[RenderableType]":
    """Every step: score, best so far, words changed beside the words allowed (the drift), refusals."""
    from rich.text import Text

    from gpo.report.tables import folded, number, table

    if not report.history:
        return [heading("Steps"), Text("None was finished.")]
    numbers = map(number, ("step", "score", "best", "changed", "allowed", "passed", "refused"))
    rows = table(*numbers, folded("prompt"))
    for record in _ends(report.history):
        rows.add_row(
            str(record.step),
            percent(record.score),
            percent(record.best_score),
            "-" if record.distance is None else str(record.distance),
            "-" if record.allowed is None else str(record.allowed),
            str(record.proposed),
            str(record.refused),
            Text(on_one_line(record.prompt, 300), overflow="fold"),
        )
    return [
        heading("Steps (changed, allowed: words)"),
        rows,
        *_left_out(report.history),
        Text(f"Refused: {in_words(report.refusals) or 'nothing'}."),
        *_drift(report),
    ]


def _drift(report: Report) -> "list[RenderableType]":
    """How far every proposal went beside how far it might; nothing where nothing was proposed."""
    from gpo.report.tables import folded, number, table, whole

    measured, most = drift_curve(report.history)
    if not measured:
        return []
    curve = table(number("step"), whole(f"0 to {most} words"), folded("words"))
    for step in _ends(measured):
        curve.add_row(str(step.number), step.picture, step.words)
    return [heading(f"Drift ({LEGEND})"), curve]


def _ends(steps: Sequence[T]) -> Sequence[T]:
    """The steps that are shown."""
    return steps if len(steps) <= MOST_STEPS else [*steps[: MOST_STEPS // 2], *steps[-MOST_STEPS // 2 :]]


def _left_out(steps: Sequence[object]) -> "list[RenderableType]":
    from rich.text import Text

    count = len(steps) - len(_ends(steps))
    return (
        [Text(f"{count:,} steps in the middle are left out; `{called()} show --json` has them all.")] if count else []
    )


def heading(text: str) -> "RenderableType":
    """What stands above a part of a page."""
    from rich.text import Text

    return Text(f"\n{text}", "bold")
