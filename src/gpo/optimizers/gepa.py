"""Knows GEPA: reflective rewriting, a minibatch gate, a Pareto frontier (Agrawal et al., ICLR 2026, arXiv 2507.19457).

The page docs/papers/gepa.md lists where it departs from the paper and from its released code.
"""

from gpo.core.errors import ConfigError
from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.core.update import chain
from gpo.direction.mistakes import batches
from gpo.method.guard import GUARDS, at_most, over_long
from gpo.method.limit import StepSizePlan
from gpo.method.manner import Manner, room
from gpo.method.refine import refine
from gpo.optimizers.gpo import BATCH, EPOCHS
from gpo.optimizers.options import Count
from gpo.search.ending import Ending
from gpo.search.frontier import Choice
from gpo.search.pareto import Pareto, ParetoState

ACCEPTED = 0.3
"""The share of children that pass the gate, by which a run is measured out: about what the paper's runs show."""


AS_GEPA = Manner(
    texts="gepa",
    guards=(*(guard for guard in GUARDS if guard is not over_long), at_most(8_000)),
    room=room(2048),
)
"""Its prompts are meant to grow into a description of the task, and get twice the room of others to do so."""


def gepa(
    task: Task,
    *,
    minibatch: Count = 3,
    selection: Choice = "pareto",
    merge: int = 0,
    step_size: StepSizePlan = StepSizePlan("none"),  # noqa: B008 - frozen
    steps: int | None = None,
    patience: Count | None = None,
) -> Optimizer[ParetoState]:
    """GEPA. steps are tries, accepted or not; None means as many as cost about what `gpo` costs on this task.

    minibatch ≥ 1: training rows that a parent and its child are compared on. selection: which prompt is rewritten next.
    merge: unions of two prompts to try at most, for prompts of several texts; 0 is the paper's code's default. Raises
    ConfigError for unions of prompts of one text, of which there are none.
    """
    if merge and len(task.seed.texts) == 1:
        raise ConfigError(
            f"gepa.merge is {merge}, but the prompt has one text, and a union takes one text of each. Leave it out, or "
            "start from a prompt of several texts."
        )
    rows = len(task.splits.train)
    batch = min(minibatch, rows)
    count = tries(rows, len(task.splits.selection), batch) if steps is None else steps
    part = chain(*step_size.parts(count), refine("edit", 1, AS_GEPA))
    ending = Ending(count, patience)
    return Pareto(part, ending, minibatch=batch, choice=selection, merges=merge, skips=-(-rows // batch))


def tries(train: int, selection: int, minibatch: int) -> int:
    """So many tries as take as many calls as `gpo` by default: its steps of one request and 8 scored prompts each.

    A try takes one request, the minibatch twice, and where the child passes the gate the selection set.
    """
    steps_of_gpo = EPOCHS * batches(train, BATCH)
    return round(steps_of_gpo * (8 * selection + 1) / (1 + 2 * minibatch + ACCEPTED * selection))
