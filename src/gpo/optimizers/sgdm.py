"""Knows SGDM, textual gradient descent with momentum: the baseline of Tang et al. (AAAI 2025, arXiv 2402.17564).

It is one cell of the paper's grid; where it departs from the released code: docs/papers/sgdm.md.
"""

from typing import Annotated

from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.core.terms import VoidWith
from gpo.core.update import chain
from gpo.direction.mistakes import batches, find_mistakes
from gpo.direction.momentum import summarize_feedback
from gpo.direction.reflect import reflect
from gpo.method.demos import show_demos
from gpo.method.refine import refine
from gpo.optimizers.options import Count
from gpo.search.descent import Descent, DescentState, Move
from gpo.search.ending import Ending


def sgdm(
    task: Task,
    *,
    epochs: Annotated[Count, VoidWith("steps")] = 3,
    batch: Count = 8,
    demos: int = 3,
    candidates: Count = 8,
    steps: int | None = None,
    move: Move = "newest",
    patience: Count | None = None,
) -> Optimizer[DescentState]:
    """SGDM: the current prompt is criticized on a minibatch, the critique merged with those before, the prompt edited.

    steps: None means `epochs` passes over the training rows in minibatches of `batch`.
    """
    count = epochs * batches(len(task.splits.train), batch) if steps is None else steps
    part = chain(
        find_mistakes(batch, shuffle=True),
        reflect(),
        summarize_feedback(),
        show_demos(demos),
        refine("edit", candidates),
    )
    return Descent(part, Ending(count, patience), move=move)
