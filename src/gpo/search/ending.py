"""Knows when a search has nothing more to do, and when its optimizer model cannot be worked with."""

from dataclasses import dataclass

from gpo.core.errors import UnreadableReply
from gpo.core.events import Warned
from gpo.core.lab import Lab

SILENT_STEPS = 3
"""Steps in a row without one readable reply of the optimizer model, after which a run stops."""


@dataclass(frozen=True, slots=True)
class Ending:
    """steps ≥ 0: how many at most. patience: steps without a better best score, None for no such limit.

    stop_at: a best score in [0, 1] that is good enough; 1.0 cannot be beaten, None goes on all the same.
    """

    steps: int
    patience: int | None = None
    stop_at: float | None = 1.0

    def reason(self, step: int, best: float, stale: int) -> str | None:
        """Why to stop after that many steps, `stale` of them since the best score rose; None to go on."""
        if not self.steps:
            return "there is nothing to search: the seed prompt is measured as it is"
        if step >= self.steps:
            return "the one step is done" if self.steps == 1 else f"all {self.steps} steps done"
        if self.stop_at is not None and best >= self.stop_at:
            return f"the best prompt scores {100 * best:.4g} of 100 on the selection set"
        if self.patience is not None and stale >= self.patience:
            return f"no gain for {stale} steps"
        return None


def still_silent(before: int, unreadable: str, lab: Lab) -> int:
    """How many steps in a row the optimizer model gave nothing readable; raises UnreadableReply after SILENT_STEPS.

    unreadable: the beginning of what it said at this step, "" where something could be read.
    """
    if not unreadable:
        return 0
    said = f'no reply of {lab.optimizer_model.name} could be read; one began: "{unreadable}"'
    if before + 1 >= SILENT_STEPS:
        raise UnreadableReply(
            f"For {SILENT_STEPS} steps in a row {said}. Use an optimizer model that can follow the requested format."
        )
    lab.emit(Warned(lab.step, said))
    return before + 1
