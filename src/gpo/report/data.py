"""Knows a report as plain JSON values. The schema number grows when a key is renamed or removed."""

from dataclasses import asdict
from typing import Any

from gpo.report.read import Report, Side

SCHEMA = 1


def as_data(report: Report) -> dict[str, Any]:
    """All of it: settings, prompts, scores in [0, 1], verdict, every step, spending by role, refusals."""
    row = report.row
    return {
        "schema": SCHEMA,
        "run_id": row.id,
        "created": row.created,
        "task": row.task,
        "algorithm": row.algorithm,
        "status": row.status,
        "stopped_because": row.stopped_because,
        "settings": row.config.get("settings", {}),
        "seed": _side(report.seed),
        "best": _side(report.best),
        "verdict": asdict(report.verdict) if report.verdict else None,
        "test_failures": [list(failure) for failure in report.test_failures],
        "steps": [asdict(record) for record in report.history],
        "calls": [asdict(each) for each in report.calls],
        "refusals": dict(report.refusals),
        "warnings": list(report.warnings),
        "seconds": report.seconds,
        "folder": str(report.folder) if report.folder else None,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "prompt": side.prompt,
        "score": side.score,
        "n": side.n,
        "unanswered": side.unanswered,
        "texts": dict(side.texts),
    }
