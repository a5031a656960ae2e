"""Knows everything that can happen in a run: one frozen dataclass each. Values only; times are the store's.

A prompt stands in them as `Prompt.shown` has it, for people; `prompt_id` tells which one it is.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began, or went on after an interruption (`resumed_at` is the step it goes on from, None for a new one)."""

    run_id: str
    task: str
    algorithm: str
    steps: int
    resumed_at: int | None = None


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step began at this prompt."""

    step: int
    prompt_id: str
    prompt: str
    score: float


@dataclass(frozen=True, slots=True)
class Recalled:
    """Earlier prompts were put before the optimizer model, in this order."""

    step: int
    prompt_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reflected:
    """Feedback in words was written about the current prompt."""

    step: int
    feedback: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal passed the guards. distance and allowed in words; allowed is None where there is no step size."""

    step: int
    prompt_id: str
    prompt: str
    distance: int
    allowed: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A proposal was turned down, and why. distance is None where there was nothing to measure."""

    step: int
    prompt: str
    reason: str
    distance: int | None = None
    allowed: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A prompt was scored on a split ("train", "selection" or "test"): n answered, `unanswered` calls failed.

    score: None where n = 0.
    """

    step: int
    prompt_id: str
    prompt: str
    split: str
    score: float | None
    n: int
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The search moved to this prompt. gain: on the prompt before, by the rows that both answered."""

    step: int
    prompt_id: str
    prompt: str
    score: float
    gain: float


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step ended; `best_prompt` is the best so far on the selection set."""

    step: int
    best_id: str
    best_prompt: str
    best_score: float


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know that does not stop the run."""

    step: int
    message: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run ended: `stopped_because` in words; `verdict` is "" where the test set was not opened."""

    run_id: str
    stopped_because: str
    best_prompt: str
    verdict: str = ""


Event = (
    RunStarted
    | StepStarted
    | Recalled
    | Reflected
    | Proposed
    | Refused
    | Evaluated
    | Kept
    | StepFinished
    | Warned
    | RunFinished
)

Observer = Callable[[Event], None]
