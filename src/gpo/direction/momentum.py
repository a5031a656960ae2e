"""Knows how what was learned at earlier steps is carried over: recalled, or merged into one text (paper, section 3.2).

The prompts' own recall is in remember.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from gpo.core.chat import Sampling
from gpo.core.events import Warned
from gpo.core.lab import Lab
from gpo.core.prompt import Scored
from gpo.core.showing import setting
from gpo.core.trajectory import Point
from gpo.core.update import Part, Update
from gpo.core.writing import write
from gpo.direction.similarity import similarity

MAX_TOKENS = 512
By = Literal["recency", "importance", "relevance"]
Objection = Callable[[str, Update], str | None]
"""(text, update) -> why the text may not be tried, or None."""


def recall_feedback(by: By, k: int) -> Part:
    """A part that recalls the critiques of at most k earlier steps; those of this step are shown besides.

    by: "recency", the newest first; "importance", those after which the score rose most; "relevance", those most like
    the critique of this step, or the newest where it has none. Put it after `reflect`.
    """

    async def part(update: Update, lab: Lab) -> Update:
        points = tuple(point for point in reversed(update.trajectory) if point.feedback)
        now = " ".join(each.text for each in update.feedback)
        if by == "importance":
            points = tuple(sorted(points, key=lambda point: -point.gain))
        if by == "relevance" and now:
            points = await _most_alike(points, now, lab)
        return replace(update, earlier=tuple(text for point in points[:k] for text in point.feedback))

    return part


async def _most_alike(points: tuple[Point, ...], text: str, lab: Lab) -> tuple[Point, ...]:
    alike = await similarity(lab)(text, tuple(" ".join(point.feedback) for point in points))
    ranked = sorted(zip(alike, points, strict=True), key=lambda pair: -pair[0])
    return tuple(point for _, point in ranked)


def summarize_feedback(texts: str = "gpo") -> Part:
    """A part that merges this step's critiques into the running summary, which then stands for all of them.

    The first critiques are their own summary. Where the merged one cannot be read, this step's critiques begin a new
    summary, and that is said: a direction without momentum still points somewhere, momentum alone does not.
    """

    async def part(update: Update, lab: Lab) -> Update:
        before = next((point.momentum for point in reversed(update.trajectory) if point.momentum), "")
        now = "\n".join(each.text for each in update.feedback)
        if not before or not now:
            return replace(update, momentum=before or now)
        merged = await _merged(f"{texts}/merge_feedback", {"before": before, "now": now}, lab)
        return replace(update, momentum=merged or now)

    return part


def summarize_prompts(texts: str = "gpo", *, objection: Objection | None = None) -> Part:
    """A part that merges the running summary of prompts with the current prompt into a new prompt, scores that on the
    selection set, and shows it as the one memory. (The released code shows it with the current prompt's score.)

    objection: why a summary may not be tried, None where it may; one that may not leaves the old summary as it is.
    """

    async def part(update: Update, lab: Lab) -> Update:
        before = _summarized(update)
        if before is None:
            return update
        told = {"earlier": _told(before, update), "latest": _told(update.current, update)}
        values = {**setting(update, lab), **told}
        summary = before
        text = await _merged(f"{texts}/merge_prompts", values, lab)
        if text and objection and (reason := objection(text, update)):
            lab.emit(Warned(lab.step, f"a summary of prompts was refused: {reason}"))
        elif text:
            (evaluation,) = await lab.evaluate((update.child(text, "summary"),), lab.task.splits.selection)
            summary = evaluation.scored or before
        return replace(update, summary=summary, memories=(Point(lab.step, summary),))

    return part


def _summarized(update: Update) -> Scored | None:
    """The running summary; before there is one, the newest prompt but the current; None at the first step."""
    for point in reversed(update.trajectory):
        if point.summary:
            return point.summary
    others = (point.at for point in reversed(update.trajectory) if point.at.prompt.id != update.current.prompt.id)
    return next(others, None)


def _told(scored: Scored, update: Update) -> dict[str, str]:
    return {"text": update.text_of(scored.prompt), "score": f"{100 * scored.score:.4g}"}


async def _merged(name: str, values: Mapping[str, Any], lab: Lab) -> str | None:
    """What the optimizer model makes of two texts, at temperature 0 as in the released code; None where unreadable."""
    sampling = Sampling(temperature=0.0, max_tokens=MAX_TOKENS, seed=lab.rng(name).randrange(2**31))
    (written,) = await write(lab.optimizer_model, lab.meta_prompt(name), values, sampling)
    if not written.text:
        lab.emit(Warned(lab.step, f"a summary could not be read; it began: {written.raw[:100]!r}"))
    return written.text or None
