"""Knows the port through which parts and searches reach the world: ask, evaluate, draw, tell."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from itertools import chain
from random import Random
from typing import Any, Protocol, TypeVar, cast

from gpo.core.chat import Model
from gpo.core.evaluation import Evaluation
from gpo.core.events import Event, Observer
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Task
from gpo.core.together import together
from gpo.core.writing import MetaPrompt

T = TypeVar("T")


class Lab(Protocol):
    """The four effects an optimizer has, and the task it works on."""

    @property
    def task(self) -> Task:
        """What is optimized for."""
        ...

    @property
    def step(self) -> int:
        """The step under way, from 1; 0 while the seed prompts are scored."""
        ...

    @property
    def optimizer_model(self) -> Model:
        """The model that writes prompts."""
        ...

    def meta_prompt(self, name: str) -> MetaPrompt:
        """The text of that name, e.g. "gpo/generate". Raises MetaPromptError where there is none."""
        ...

    def rng(self, purpose: str, step: int | None = None) -> Random:
        """Randomness that depends on the run's seed, the step (None: the one under way) and the purpose alone."""
        ...

    async def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...] | None:
        """One vector per text, or None where no embedding model is configured."""
        ...

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        """How each prompt does on the examples, in order. Every pair is asked side by side."""
        ...

    def foresee(self, prompt: Prompt) -> None:
        """A prompt that `evaluate` will be asked about, on the whole selection set and before the step is over.

        So that may begin at once, and the answers are there the sooner; nothing else changes.
        """
        ...

    def emit(self, event: Event) -> None:
        """Tell the journal and the observers what happened."""
        ...

    def branch(self, name: str, tell: Observer) -> "Lab":
        """The same lab with randomness of its own, telling another observer; see `side_by_side`."""
        ...


async def side_by_side(lab: Lab, work: Sequence[Callable[[Lab], Coroutine[Any, Any, T]]]) -> tuple[T, ...]:
    """The results, in the order given; each piece of work has a branch of the lab to itself.

    What happens in the branches is told branch by branch once all are done, so that the order in which replies arrive
    leaves no trace. The first error cancels the rest and is raised alone, as itself.
    """
    told = [list[Event]() for _ in work]
    branches = (lab.branch(f"branch {number}", events.append) for number, events in enumerate(told))
    results = await together(job(branch) for job, branch in zip(work, branches, strict=True))
    _tell(lab, chain.from_iterable(told))
    return results


async def beside(lab: Lab, work: Awaitable[T], other: Callable[[Lab], Coroutine[Any, Any, None]]) -> T:
    """The result of the work, while another goes on beside it in a branch; what happens there is told afterwards."""
    told: list[Event] = []
    done = await together((_of(work), other(lab.branch("beside", told.append))))
    _tell(lab, told)
    return cast(T, done[0])


async def _of(work: Awaitable[T]) -> T:
    return await work


def _tell(lab: Lab, told: Iterable[Event]) -> None:
    for event in told:
        lab.emit(event)
