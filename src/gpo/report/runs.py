"""Knows how a list of runs looks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gpo.core.visible import on_one_line
from gpo.engine.sitting import MEASUREMENT
from gpo.evidence.verdicts import Verdict
from gpo.report.read import verdict_from
from gpo.report.scores import percent
from gpo.store.rows import RunRow

if TYPE_CHECKING:
    from rich.console import RenderableType

_MOST_SCORES = 3
"""Prompts of a measurement whose scores are shown."""


def listed(row: RunRow) -> dict[str, Any]:
    """A run as plain JSON values."""
    return {
        "run_id": row.id,
        "created": row.created,
        "task": row.task,
        "algorithm": row.algorithm,
        "status": row.status,
        "stopped_because": row.stopped_because,
        "steps": row.steps_done,
        "verdict": row.result.get("verdict"),
        "best_prompt": row.result.get("best_prompt"),
    }


def runs_table(rows: Sequence[RunRow]) -> "RenderableType":
    """One line per run: how it came out, and of what."""
    from gpo.report.tables import folded, table, whole

    listing = table(whole("run"), folded("task"), folded("algorithm"), whole("test, %"), folded("outcome"))
    for row in rows:
        found = verdict_from(row.result.get("verdict"))
        scores = f"{percent(found.before.mean)} → {percent(found.after.mean)}" if found else _measured(row)
        listing.add_row(row.id, on_one_line(row.task), row.algorithm, scores, _outcome(row, found))
    return listing


def _measured(row: RunRow) -> str:
    """What each prompt of a measurement scored; "-" where nothing is known."""
    means = [percent(each["score"]) for each in row.result.get("prompts", ()) if each["n"]]
    if not means:
        return "-"
    shown = ", ".join(means[:_MOST_SCORES]) + (", …" if len(means) > _MOST_SCORES else "")
    return shown if row.result["split"] == "test" else f"{shown} ({row.result['split']})"


def _outcome(row: RunRow, found: Verdict | None) -> str:
    """The verdict, and how far a run is that has more to do."""
    if row.status == "finished":
        return "measured" if row.algorithm == MEASUREMENT else found.word if found else "no verdict"
    at = f"{row.status} at step {row.steps_done}" if row.steps_done else row.status
    return f"{found.word}, {at}" if found else at
