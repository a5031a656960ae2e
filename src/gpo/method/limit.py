"""Knows how far a rewrite may go: puts the step size into the update. Refuses nothing itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Annotated, Literal

from gpo.core.errors import ConfigError
from gpo.core.lab import Lab
from gpo.core.schedule import Schedule, constant, cosine, linear, warmup
from gpo.core.terms import VoidWith, refuse_void_in
from gpo.core.update import Enforce, Part, StepSize, Update

Unit = Literal["words", "percent"]
UNLIMITED, CONSTANT = VoidWith("schedule", ("none",)), VoidWith("schedule", ("none", "fixed"))


@dataclass(frozen=True, slots=True)
class StepSizePlan:
    """The step size over a run (paper, section 3.3, where it is the learning rate).

    start, end ≥ 1: words, or percent of the current prompt's words, with fractions if need be; percent may exceed 100.
    warmup: a number of steps (an int), or a share of all steps (a float below 1, at least one step); over them the step
    size rises to `start`. enforce: see StepSize. Raises ConfigError for values out of range, and where one is set that
    the schedule ignores.
    """

    schedule: Literal["none", "fixed", "linear", "cosine"] = "cosine"
    start: Annotated[int | float, UNLIMITED] = 50
    end: Annotated[int | float, CONSTANT] = 10
    warmup: Annotated[int | float, UNLIMITED] = 0
    enforce: Annotated[Enforce, UNLIMITED] = "reask"
    unit: Annotated[Unit, UNLIMITED] = "words"

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            size = getattr(self, name)
            if size < 1:
                raise ConfigError(f"step_size.{name} is {size}: no word could change. Set at least 1.")
            if not isfinite(size) or (self.unit == "words" and size % 1):
                raise ConfigError(f"step_size.{name} is {size}; expected a whole number of words, or any of percent.")
        if self.warmup < 0 or not (isinstance(self.warmup, int) or self.warmup < 1):
            raise ConfigError(
                f"step_size.warmup is {self.warmup}; expected a whole number of steps, or a share of all below 1."
            )
        refuse_void_in(self, "step_size")
        if self.schedule in ("linear", "cosine") and self.end > self.start:
            raise ConfigError(
                f"step_size.end is {self.end}, above step_size.start, {self.start}: a step size decays. "
                "Exchange them, or let it rise with step_size.warmup."
            )

    def over(self, steps: int) -> Callable[[int], float]:
        """The schedule of a run of that many steps, in whole units, or in hundredths where start or end has a fraction.

        Raises ConfigError where the warm-up would take all of them.
        """
        rising = self._warmup_steps(steps)
        if 0 < steps <= rising:
            raise ConfigError(
                f"step_size.warmup is {self.warmup} steps, but the run has only {steps}. Set a smaller warmup."
            )
        if self.start % 1 == self.end % 1 == 0:
            return self._scaled(1, rising, steps)
        fine = self._scaled(100, rising, steps)
        return lambda step: fine(step) / 100

    def parts(self, steps: int) -> tuple[Part, ...]:
        """The part that sets the step size, or none where there is no limit."""
        return () if self.schedule == "none" else (limit_edits(self.over(steps), self.enforce, self.unit),)

    def _scaled(self, parts: int, rising: int, steps: int) -> Schedule:
        """The schedule in such parts of a unit, after a warm-up of `rising` steps."""
        start, end, left = round(self.start * parts), round(self.end * parts), max(1, steps - rising)
        decay = {
            "fixed": constant(start),
            "linear": linear(start, end, left),
            "cosine": cosine(start, end, left),
        }[self.schedule]
        return warmup(rising, decay) if rising else decay

    def _warmup_steps(self, steps: int) -> int:
        if isinstance(self.warmup, int) or not self.warmup:
            return int(self.warmup)
        return min(max(1, round(self.warmup * steps)), max(0, steps - 1))


def limit_edits(schedule: Callable[[int], float], enforce: Enforce = "reask", unit: Unit = "words") -> Part:
    """A part that sets how many words of the current prompt may change at this step; in percent, at least one word."""

    async def part(update: Update, lab: Lab) -> Update:
        limit = schedule(lab.step)
        words = int(limit) if unit == "words" else max(1, round(limit * len(update.text.split()) / 100))
        return replace(update, step_size=StepSize(words, enforce))

    return part
