"""Knows how measured prompts look, from the plain values that are kept of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gpo.core.budget import Spent
from gpo.core.visible import visible
from gpo.engine.lacking import most_often
from gpo.evidence.intervals import Estimate
from gpo.observers.board import Board, duration, summary
from gpo.report.priced import price_lines
from gpo.report.scores import estimate
from gpo.report.texts import LONGEST, by_name, without_middle

if TYPE_CHECKING:
    from rich.console import RenderableType

Plain = Mapping[str, Any]
"""As `Measurement.to_dict` gives it."""


def measurement_page(found: Plain, run_id: str = "") -> "list[RenderableType]":
    """A line of numbers per prompt, then the prompts, then what it cost. run_id: named where it was looked up."""
    from rich.text import Text

    run = f" · run {run_id}" if run_id else ""
    total = sum((Spent(each["calls"], each["tokens"], usd=each["usd"]) for each in found["cost"].values()), Spent())
    spent = f"{summary(Board(), total, 0.0)} · {duration(found['seconds'])}"
    return [
        Text(f"{visible(found['task'])} · {found['split']} rows · {visible(found['metric'])}{run}\n", "bold"),
        _scores(found["prompts"]),
        *_prompts(found["prompts"]),
        Text(f"\n{spent}"),
        *(Text(line) for line in (price_lines(found.get("prices") or {}) if total.usd else ())),
        *(Text(f"note: {visible(message)}") for message in (*found["warnings"], *_unanswered(found["prompts"]))),
    ]


def _unanswered(prompts: Sequence[Plain]) -> Iterator[str]:
    """Of each prompt that got no answer for some rows: how many, and why."""
    for place, each in enumerate(prompts, 1):
        if failures := each.get("failures"):
            rows = each["n"] + each["unanswered"]
            yield f"prompt {place}: {each['unanswered']} of {rows} rows got no answer, {most_often(failures)}"


def _scores(prompts: Sequence[Plain]) -> "RenderableType":
    from gpo.report.tables import number, table, whole

    scores = table(
        number("prompt"), whole("score, % [95 %]"), number("rows"), number("unanswered"), whole("against the first")
    )
    for place, each in enumerate(prompts, 1):
        n, mean = each["n"], each["score"] or 0.0
        score = estimate(Estimate(mean, each["low"], high=each["high"], n=n))
        scores.add_row(str(place), score, str(n), str(each["unanswered"]), _against(each["against_first"]))
    return scores


def _prompts(prompts: Sequence[Plain]) -> "list[RenderableType]":
    """The prompts themselves, each below its number, for they may have several texts; very long ones shortened."""
    from rich.text import Text

    return [
        Text.assemble((f"\nPrompt {place}\n", "bold"), visible(_short(by_name(each["texts"]))) or "(empty)")
        for place, each in enumerate(prompts, 1)
    ]


def _short(prompt: str) -> str:
    return without_middle(prompt, LONGEST, "characters left out here; --json has them")


def _against(change: Plain | None) -> str:
    if change is None:
        return "-"
    low, high = 100 * change["low"], 100 * change["high"]
    return f"{change['word']}: {100 * change['difference']:+.1f} [{low:+.1f}, {high:+.1f}]"
