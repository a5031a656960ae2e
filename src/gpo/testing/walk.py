"""Knows how to walk an optimizer in memory, without store or network. For tests and for trying out a new recipe."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gpo.core.chat import Model
from gpo.core.events import Event
from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.engine.evaluate import Evaluator
from gpo.engine.lab import LiveLab
from gpo.engine.sitting import judged
from gpo.engine.texts import texts


@dataclass(frozen=True, slots=True)
class Walked:
    """The state after initialization and after each step, and everything that happened, in order."""

    states: tuple[Any, ...]
    events: tuple[Event, ...] = field(kw_only=True)
    finished: str | None = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a walk. judge: of a task that has one."""

    task: Model
    optimizer: Model
    judge: Model | None = field(default=None, kw_only=True)


def lab_in_memory(
    task: Task, models: Models, tell: Callable[[Event], None], *, seed: int = 0, step: int = 0, max_failures: int = 0
) -> LiveLab:
    """A lab for one part or one step; unless said otherwise, not one call may fail."""
    task = judged(task, models.judge, texts())
    evaluator = Evaluator(task, models.task, max_failures)
    return LiveLab(task, models.optimizer, evaluator=evaluator, tell=tell, seed=seed, step=step)


async def walk_in_memory(
    optimizer: Optimizer[Any],
    task: Task,
    models: Models,
    *,
    seed: int = 0,
    resume: Callable[[Any], Any] | None = None,
    max_failures: int = 0,
) -> Walked:
    """Walks until the optimizer is finished. `resume` is applied to every state before the next step.

    A contract test passes a round trip through JSON as `resume`: what is not in the state does not survive it.
    """
    events: list[Event] = []
    lab = lab_in_memory(task, models, events.append, seed=seed, max_failures=max_failures)
    state = await optimizer.init((task.seed,), lab)
    states = [state]
    while (reason := optimizer.finished(state)) is None:
        state = resume(state) if resume else state
        state = await optimizer.step(state, replace(lab, step=len(states)))
        states.append(state)
    return Walked(tuple(states), events=tuple(events), finished=reason)
