"""Knows solved examples inside a prompt: how they are written, inherited and changed. Does not know who survives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from gpo.core.lab import Lab
from gpo.core.layout import OUTSIDE
from gpo.core.prompt import SHOTS, Prompt, unreadable
from gpo.core.showing import inserted
from gpo.core.task import Example, Task


@dataclass(frozen=True, slots=True)
class Shot:
    """A solved example: what a prompt inserts of the row, and the output that is shown for it."""

    input: str
    output: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prompt in two halves that evolve each in its own way: the texts without shots, and the shots.

    marks: whether the task marks questions and answers with "Q:" and "A:", so that the shots must as well.
    """

    base: Prompt
    shots: tuple[Shot, ...] = ()
    marks: bool = field(default=False, kw_only=True)

    @classmethod
    def of(cls, base: Prompt, shots: tuple[Shot, ...], task: Task) -> "Candidate":
        """A candidate whose shots look like the questions of that task."""
        return cls(base, shots, marks=task.marks or task.position in OUTSIDE)

    @property
    def prompt(self) -> Prompt:
        """The two as one prompt; without shots the base itself."""
        if not self.shots:
            return self.base
        shots = written(self.shots, marks=self.marks)
        return Prompt((*self.base.texts, (SHOTS, shots)), self.base.parents, self.base.made_by)


def written(shots: Sequence[Shot], *, marks: bool = False) -> str:
    """The shots as one text that the question follows on the next line.

    Without marks of its own the question comes under the last label, so that it reads like the inputs before it.
    """
    if marks:
        return "\n".join(f"Q: {shot.input}\nA: {shot.output}\n" for shot in shots)
    return "".join(f"Input:\n{shot.input}\nOutput:\n{shot.output}\n\n" for shot in shots) + "Input:"


async def solve(base: Prompt, rows: Sequence[Example], lab: Lab) -> tuple[Shot, ...]:
    """A shot of every row: the task model's own words where it answers rightly, the bare target where it does not, or
    in words that no prompt can hold; none of a row that has no target then.

    base: the prompt without shots that the model answers with, by one call for each row.
    """
    if not rows:
        return ()
    (evaluation,) = await lab.evaluate((base,), rows)
    pairs = zip(rows, evaluation.answers, strict=True)
    solved = (
        Shot(inserted(base, row), ("" if unreadable(reply) or answer.score != 1.0 else reply) or row.target)
        for row, answer in pairs
        for reply in (answer.reply.strip(),)
    )
    return tuple(shot for shot in solved if shot.output)


def inherited(mother: Sequence[Shot], father: Sequence[Shot], dice: Random) -> tuple[Shot, ...]:
    """As many shots as the parents have on average, rounded down, drawn from both; no input twice."""
    both = list({shot.input: shot for shot in (*father, *mother)}.values())
    return tuple(dice.sample(both, min((len(mother) + len(father)) // 2, len(both))))


@dataclass(frozen=True, slots=True)
class Change:
    """The shots that stay, and the row that joins them once it is solved."""

    kept: tuple[Shot, ...]
    added: Example | None = None


def changed(shots: Sequence[Shot], fresh: Sequence[Example], most: int, dice: Random) -> Change:
    """One shot more, one less, or neither, by a third each; what stays is shuffled.

    fresh: rows that no shot shows yet. Where there are `most` shots, or no fresh row, none is added.
    """
    kept, chance = tuple(dice.sample(shots, len(shots))), dice.randrange(3)
    if chance == 0 and fresh and len(kept) < most:
        return Change(kept, dice.choice(fresh))
    return Change(kept[1:] if chance == 1 else kept)
