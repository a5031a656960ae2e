"""Knows the memory of a search: the prompts it chose, with what was learned at each. The only memory there is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gpo.core.prompt import Prompt, Scored


@dataclass(frozen=True, slots=True)
class Point:
    """One place the search has been. step 0 is the seed prompt.

    gain: how much better than the prompt before, on the rows that both answered. feedback: the textual gradients that
    led here. momentum: their running summary. summary: that of the prompts themselves, with its own score.
    """

    step: int
    at: Scored
    feedback: tuple[str, ...] = field(default=(), kw_only=True)
    momentum: str = field(default="", kw_only=True)
    summary: Scored | None = field(default=None, kw_only=True)
    gain: float = field(default=0.0, kw_only=True)


Trajectory = tuple[Point, ...]
"""In the order walked, oldest first."""

Similarity = Callable[[str, tuple[str, ...]], Awaitable[tuple[float, ...]]]
"""How alike a text is to each of several others: (text, others) -> one number each, higher is more alike."""

Recall = Callable[[Trajectory, Prompt, int, Similarity], Awaitable[Trajectory]]
"""(trajectory, current, k, similarity) -> at most k points, in the order in which they are shown."""


def lineage(found: Trajectory, prompt: Prompt) -> Trajectory:
    """The prompt's own point and those of its first parents, back to where nothing is known, oldest first.

    found: in the order found, so that parents come before their children.
    """
    path: Trajectory = ()
    wanted: str | None = prompt.id
    for point in reversed(found):
        if point.at.prompt.id == wanted:
            path = (point, *path)
            wanted = next(iter(point.at.prompt.parents), None)
    return path
