"""Knows what a run would ask: the recipe itself is walked, with stand-ins for its models, on a clock of its own.

So there is no formula of calls per step here that could differ from what a recipe does, and a stranger's recipe is
rehearsed as well as ours. Asks nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from random import Random
from typing import Any

from gpo.core.evaluation import Evaluation
from gpo.core.events import Event, Observer
from gpo.core.optimizer import Optimizer
from gpo.core.prompt import Prompt
from gpo.core.randomness import rng
from gpo.core.task import Example, Task
from gpo.core.writing import MetaPrompt
from gpo.engine.actors import Actors
from gpo.engine.texts import Texts, texts


@dataclass(frozen=True, slots=True)
class RehearsalLab:
    """The lab of one step, with actors for models. Nothing that happens is written down."""

    actors: Actors
    texts: Texts = field(default_factory=texts, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    step: int = field(default=0, kw_only=True)
    within: str = field(default="", kw_only=True)

    @property
    def task(self) -> Task:
        """What is optimized for."""
        return self.actors.task

    @property
    def optimizer_model(self) -> Actors:
        """The stand-in for the model that writes prompts."""
        return self.actors

    def meta_prompt(self, name: str) -> MetaPrompt:
        """The text that the run itself would use: its length is part of the cost."""
        return self.texts(name)

    def rng(self, purpose: str, step: int | None = None) -> Random:
        """As in a run."""
        return rng(self.seed, self.step if step is None else step, f"{self.within}{purpose}")

    async def embed(self, texts: Sequence[str]) -> None:
        """No vectors: similar prompts are found by their letters, and the calls of the embedding model are counted."""
        self.actors.embed(texts)

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        """Made-up evaluations, in order."""
        return await self.actors.evaluate(prompts, examples)

    def foresee(self, prompt: Prompt) -> None:
        """Nothing: what is begun earlier takes no more calls."""

    def emit(self, event: Event) -> None:
        """Nothing."""

    def branch(self, name: str, tell: Observer) -> "RehearsalLab":
        """The same lab with randomness of its own."""
        return replace(self, within=f"{self.within}{name}: ")


async def rehearse(optimizer: Optimizer[Any], lab: RehearsalLab, *, most_steps: float = inf) -> int:
    """The number of steps walked, from the seed prompt to the search's own end; the lab's actors know what it took.

    Raises what the recipe raises for a task that it cannot work on.
    """
    return await lab.actors.clock.through(_walk(optimizer, lab, most_steps))


async def _walk(optimizer: Optimizer[Any], lab: RehearsalLab, most_steps: float) -> int:
    state, steps = await optimizer.init((lab.task.seed,), lab), 0
    while steps < most_steps and optimizer.finished(state) is None:
        steps += 1
        state = await optimizer.step(state, replace(lab, step=steps))
    return steps
