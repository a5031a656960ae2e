"""Knows GPO: relevant trajectory, generation, cosine decay (Tang et al., AAAI 2025, arXiv 2402.17564).

Its options are the paper's grid, every direction with every method: docs/papers/grid.md. The page docs/papers/gpo.md
lists where each preset departs from the paper and from its released code.
"""

from typing import Annotated, Literal

from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.core.terms import VoidWith
from gpo.core.update import Part, chain
from gpo.direction.mistakes import batches, find_mistakes
from gpo.direction.reflect import reflect
from gpo.method.demos import show_demos
from gpo.method.limit import StepSizePlan
from gpo.method.manner import Style
from gpo.method.refine import refine as refined
from gpo.optimizers.grid import Carried, Momentum
from gpo.optimizers.options import Count
from gpo.search.descent import Descent, DescentState, Move
from gpo.search.ending import Ending
from gpo.search.screen import Screen

EPOCHS, BATCH = 3, 8
"""The paper's: they fix the number of steps where none is given."""


def gpo(
    task: Task,
    *,
    trajectory: Momentum = "relevance",
    k: int | None = None,
    feedback: bool = False,
    feedback_trajectory: Momentum = "none",
    demos: int = 3,
    demos_drawn: Annotated[Literal["anew", "once"], VoidWith("demos", (0,))] = "anew",
    step_size: StepSizePlan = StepSizePlan(),  # noqa: B008 - frozen
    refine: Style = "generate",
    candidates: Count = 8,
    steps: int | None = None,
    move: Move = "newest",
    patience: Count | None = None,
    screen: Screen = Screen(),  # noqa: B008 - frozen
) -> Optimizer[DescentState]:
    """GPO with the defects of the released code mended.

    trajectory: the momentum of prompts, k of them, the current one among them; None means 3. feedback: reflect on the
    mistakes of a minibatch at every step; feedback_trajectory: the momentum of that. demos: solved examples shown,
    drawn anew at every step or once for the run. steps: None means as many as the paper takes on this task: 3 epochs of
    minibatches of 8 training rows. screen: which proposals are scored on the whole selection set. Raises ConfigError
    where options contradict each other.
    """
    carried = Carried("gpo", trajectory, feedback=feedback_trajectory, reflects=feedback, k=k)
    count = EPOCHS * batches(len(task.splits.train), BATCH) if steps is None else steps
    looked = (find_mistakes(BATCH, shuffle=True), reflect(), *carried.of_feedback())
    reflection: tuple[Part, ...] = looked if feedback else ()
    part = chain(
        *reflection,
        *carried.of_prompts(),
        show_demos(demos, once=demos_drawn == "once"),
        *step_size.parts(count),
        refined(refine, candidates),
    )
    return Descent(part, Ending(count, patience), move=move, screen=screen.among(candidates))
