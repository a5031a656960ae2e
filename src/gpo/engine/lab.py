"""Knows how the port of core/lab.py is connected to real models, texts, randomness and the journal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol

from gpo.core.chat import Embedder, Model
from gpo.core.evaluation import Evaluation
from gpo.core.events import Evaluated, Event, Observer
from gpo.core.prompt import Prompt
from gpo.core.randomness import rng
from gpo.core.task import Example, Task
from gpo.core.writing import MetaPrompt
from gpo.engine.texts import Texts, texts


class Evaluates(Protocol):
    """Whoever finds out how prompts do: the evaluator with its task model, or somebody outside."""

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        """One evaluation per prompt, in order, with one answer per example, in order."""
        ...

    def foresee(self, prompt: Prompt) -> None:
        """A prompt that will be evaluated on the whole selection set: that may begin at once."""
        ...


@dataclass(frozen=True, slots=True)
class LiveLab:
    """The lab of one step. A new step gets a new lab: `dataclasses.replace(lab, step=…)`. within: the branch it is."""

    task: Task
    optimizer_model: Model
    evaluator: Evaluates = field(kw_only=True)
    tell: Callable[[Event], None] = field(kw_only=True)
    texts: Texts = field(default_factory=texts, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    step: int = field(default=0, kw_only=True)
    embedder: Embedder | None = field(default=None, kw_only=True)
    within: str = field(default="", kw_only=True)

    def meta_prompt(self, name: str) -> MetaPrompt:
        """The user's own text of that name where there is one, else the package's."""
        return self.texts(name)

    def rng(self, purpose: str, step: int | None = None) -> Random:
        """Randomness keyed by the run's seed, this step or another, the branch and the purpose."""
        return rng(self.seed, self.step if step is None else step, f"{self.within}{purpose}")

    async def embed(self, texts: Sequence[str]) -> tuple[tuple[float, ...], ...] | None:
        """Vectors of the embedding model, or None where none is configured."""
        return await self.embedder(tuple(texts)) if self.embedder else None

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        """Evaluations in order; they are told as events once all are in, so the order of replies leaves no trace."""
        evaluations = await self.evaluator.evaluate(prompts, examples)
        split = self._split_of(examples)
        for each in evaluations:
            prompt = each.prompt
            self.emit(Evaluated(self.step, prompt.id, prompt.shown, split, each.score, each.n, each.unanswered))
        return evaluations

    def foresee(self, prompt: Prompt) -> None:
        """Tells the evaluator, which may begin."""
        self.evaluator.foresee(prompt)

    def emit(self, event: Event) -> None:
        """Hands the event to the journal and the observers."""
        self.tell(event)

    def branch(self, name: str, tell: Observer) -> "LiveLab":
        """A lab whose randomness is keyed by its name as well, and which tells `tell`."""
        return replace(self, within=f"{self.within}{name}: ", tell=tell)

    def _split_of(self, examples: Sequence[Example]) -> str:
        splits = self.task.splits
        first = examples[0] if examples else None
        named = {"train": splits.train, "selection": splits.selection, "test": splits.test}
        return next((name for name, rows in named.items() if first in rows), "other")
