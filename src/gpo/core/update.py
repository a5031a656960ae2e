"""Knows the update under construction: a value that small parts fill in, first its direction, then its method."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from gpo.core.evaluation import Attempt, Mistake
from gpo.core.lab import Lab
from gpo.core.prompt import Prompt, Scored
from gpo.core.task import Example
from gpo.core.trajectory import Trajectory

Enforce = Literal["tell", "reask", "refuse"]


@dataclass(frozen=True, slots=True)
class StepSize:
    """How many words of the current prompt may change, and what happens to a proposal that changes more.

    words ≥ 1. enforce: "tell" only says it; "reask" asks once more, then refuses; "refuse" refuses at once.
    """

    words: int
    enforce: Enforce = "reask"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new prompt with how far it moved: word-level edit distance to the current prompt."""

    prompt: Prompt
    distance: int


@dataclass(frozen=True, slots=True)
class Critique:
    """A textual gradient: what is wrong with the prompt, and the mistakes that it was read off."""

    text: str
    about: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """What is known (current, trajectory, seen), the direction, the method, and the outcome.

    focus: the name of the text that is rewritten; None means the last, which for most prompts is the only one.
    mistakes: what the current prompt got wrong on a minibatch; attempts: all that it did there, right and wrong.
    mates: further prompts that a child descends from, where two or more are bred with each other.
    seen: fingerprints of all prompts proposed before. earlier: critiques of earlier steps, recalled. momentum: the
    running summary of critiques. summary: the running summary of prompts, scored. scored_whole: every proposal will be
    scored on the whole selection set, which may begin before the last one is there. unreadable: the beginning of what
    the optimizer model said where not one of its replies could be read, "" otherwise.
    """

    current: Scored
    trajectory: Trajectory = ()
    focus: str | None = field(default=None, kw_only=True)
    mates: tuple[Prompt, ...] = field(default=(), kw_only=True)
    seen: frozenset[str] = field(default=frozenset(), kw_only=True)
    memories: Trajectory = field(default=(), kw_only=True)
    mistakes: tuple[Mistake, ...] = field(default=(), kw_only=True)
    attempts: tuple[Attempt, ...] = field(default=(), kw_only=True)
    feedback: tuple[Critique, ...] = field(default=(), kw_only=True)
    earlier: tuple[str, ...] = field(default=(), kw_only=True)
    momentum: str = field(default="", kw_only=True)
    summary: Scored | None = field(default=None, kw_only=True)
    demos: tuple[Example, ...] = field(default=(), kw_only=True)
    step_size: StepSize | None = field(default=None, kw_only=True)
    proposals: tuple[Proposal, ...] = field(default=(), kw_only=True)
    scored_whole: bool = field(default=False, kw_only=True)
    unreadable: str = field(default="", kw_only=True)

    @property
    def name(self) -> str:
        """The name of the text that is rewritten."""
        return self.focus or self.current.prompt.texts[-1][0]

    @property
    def text(self) -> str:
        """The text of the current prompt that is rewritten."""
        return self.text_of(self.current.prompt)

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """The named texts of the current prompt that stay as they are."""
        return tuple(each for each in self.current.prompt.texts if each[0] != self.name)

    def text_of(self, prompt: Prompt) -> str:
        """The text of another prompt of the same names that stands where the rewritten one stands."""
        return dict(prompt.texts)[self.focus] if self.focus else prompt.texts[-1][1]

    def child(self, text: str, made_by: str) -> Prompt:
        """The current prompt with its text replaced; its parents are the current prompt and the mates."""
        child = self.current.prompt.with_text(self.name, text, made_by)
        return replace(child, parents=(*child.parents, *(mate.id for mate in self.mates)))


Part = Callable[[Update, Lab], Awaitable[Update]]


def chain(*parts: Part) -> Part:
    """A part that applies parts from left to right; `chain()` is the identity, and chaining is associative."""

    async def chained(update: Update, lab: Lab) -> Update:
        for part in parts:
            update = await part(update, lab)
        return update

    return chained
