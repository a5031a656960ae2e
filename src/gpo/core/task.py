"""Knows what a task is: examples, how a prompt meets an example, how an answer is graded. Reads no files."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from gpo.core.chat import Message, Model, Sampling
from gpo.core.layout import Position, join, join_shots
from gpo.core.prompt import VARIABLE, Prompt
from gpo.core.writing import MetaPrompt

SLOT = "<PROMPT>"
"""What stands for the instruction where a solved example is shown to the optimizer model."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row: its id, its input as text, the right answers, and all its columns by name (for `{{column}}`).

    images: pictures that the task model is shown with the input, as addresses: https: or data:image/…;base64,…
    """

    id: str
    input: str
    targets: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = ()
    images: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def target(self) -> str:
        """The right answer; the first where there are several references."""
        return self.targets[0] if self.targets else ""


ANY_INPUT = Example("any", "<INPUT>", ("<EXPECTED OUTPUT>",))
"""What stands for all examples where the optimizer model is told how an instruction meets them."""


@dataclass(frozen=True, slots=True)
class Splits:
    """Three disjoint sets. train: shown to the optimizer model; selection: scores prompts; test: opened once."""

    train: tuple[Example, ...]
    selection: tuple[Example, ...]
    test: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """score in [0, 1], higher is better; feedback says in words what was wrong, if the metric knows."""

    score: float
    feedback: str = ""


Metric = Callable[[str, Example], Grade]
"""Pure: (reply, example) -> Grade."""

Grader = Callable[[str, Example], Awaitable[Grade]]
"""What the evaluator calls; metrics are lifted to it, judges are built with a model."""


class Judge(Protocol):
    """Grades with a model of its own, whose calls are paid from the budget of the run."""

    @property
    def rubric(self) -> str:
        """What a good answer is, in words that the optimizer model is told as well."""
        ...

    def grader(self, model: Model, texts: Callable[[str], MetaPrompt]) -> Grader:
        """The grader. model: the judge model; texts: the meta-prompts by name. It raises ModelError where that model
        gives no mark: the answer has no score then.
        """
        ...


def lift(metric: Metric) -> Grader:
    """A grader that asks a pure metric."""

    async def grade(reply: str, example: Example) -> Grade:
        return metric(reply, example)

    return grade


def fill(template: str, example: Example) -> str:
    """A text with every `{{column}}` replaced by the example's value, in one pass; unknown names stay as they are."""
    values = {"input": example.input, **dict(example.fields)}
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), template)


Program = Callable[[Prompt, Example, Model], Awaitable[str]]
"""(prompt, example, task model) -> what is graded."""


@dataclass(frozen=True, slots=True)
class Task:
    """A named task. `seed` is the prompt the search starts from.

    answer: None asks the task model once about each example, with `render`; otherwise a program or agent that answers
    an example with a prompt in its own way, by as many calls of the model as it likes.
    position: where the instruction stands to the example's input, when the prompt has no `{{column}}` of its own;
    marks: whether "Q:" and "A:" stand around it.
    shown: solved examples kept for the optimizer model to see; where there are none it sees training rows.
    demonstrations: solved examples that the task model sees as earlier turns of the chat, before every question.
    sampling: how the task model answers (temperature 0 unless the task says otherwise).
    metric_name: for the record and the report only.
    judge: what grades instead of `grade`, which is not called then; None where a function grades.
    """

    name: str
    splits: Splits
    grade: Grader
    seed: Prompt = field(default=Prompt.of("Let's think step by step."), kw_only=True)
    position: Position = field(default="before", kw_only=True)
    marks: bool = field(default=False, kw_only=True)
    shown: tuple[Example, ...] = field(default=(), kw_only=True)
    demonstrations: tuple[Example, ...] = field(default=(), kw_only=True)
    sampling: Sampling = field(default=Sampling(), kw_only=True)
    metric_name: str = field(default="custom", kw_only=True)
    answer: Program | None = field(default=None, kw_only=True)
    judge: Judge | None = field(default=None, kw_only=True)

    def render(self, prompt: Prompt, example: Example) -> tuple[Message, ...]:
        """The chat that asks the task model about one example.

        A text named "system" becomes the system message. A text with `{{column}}`s is filled; any other is joined
        with the input at `position`. A text named "shots" stands right before the question, and is never filled: it
        shows rows, not variables. Every demonstration is a turn of its own, asked exactly as the example is: with
        the instruction, in the last turn as well (the paper's released code forgets it there).
        """
        system, body, shots = prompt.roles
        earlier: list[Message] = [] if system is None else [Message("system", fill(system, example))]
        for each in self.demonstrations:
            earlier += (self._asked(body, each), Message("assistant", each.target))
        return (*earlier, self._asked(body, example, shots))

    def _asked(self, body: str, example: Example, shots: str = "") -> Message:
        if VARIABLE.search(body):
            text = join(shots, fill(body, example), "before")
        else:
            text = join_shots(body, shots, example.input, self.position, marks=self.marks)
        return Message("user", text, images=example.images)
