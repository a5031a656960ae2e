"""Knows how one prompt did on a set of examples. A failed call is no answer, and never a score."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from gpo.core.prompt import Prompt, Scored
from gpo.core.task import Example


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one example. Exactly one of score and failure says something.

    score: in [0, 1], None where the call failed. failure: why the call failed, "" where it did not. trace: what a
    program asked the task model on the way, and was told; "" for a task that asks once.
    """

    example_id: str
    reply: str
    score: float | None
    feedback: str = ""
    failure: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A prompt and its answers, in the order of the examples."""

    prompt: Prompt
    answers: tuple[Answer, ...]

    @property
    def scores(self) -> tuple[float | None, ...]:
        """One score per example; None where there is no answer."""
        return tuple(answer.score for answer in self.answers)

    @property
    def n(self) -> int:
        """How many examples were answered."""
        return len(self._known)

    @property
    def unanswered(self) -> int:
        """How many examples were not."""
        return len(self.answers) - self.n

    @property
    def score(self) -> float | None:
        """The mean over the answered examples, in [0, 1]; None where none was answered."""
        return _mean(self._known)

    @property
    def scored(self) -> Scored | None:
        """The prompt with its score; None unless most examples were answered: what the rest says is no score."""
        known, unanswered = self._known, self.unanswered
        score = _mean(known)
        if score is None or len(known) <= unanswered:
            return None
        return Scored(self.prompt, score, len(known), unanswered=unanswered, scores=self.scores)

    def mistakes(self, examples: Sequence[Example]) -> tuple["Mistake", ...]:
        """The answered examples with less than full score; `examples` are those it was made on, in order."""
        pairs = zip(examples, self.answers, strict=True)
        return tuple(Mistake(row, answer) for row, answer in pairs if answer.score is not None and answer.score < 1.0)

    def attempts(self, examples: Sequence[Example]) -> tuple["Attempt", ...]:
        """All answered examples, right and wrong; `examples` are those it was made on, in order."""
        pairs = zip(examples, self.answers, strict=True)
        return tuple(Attempt(row, answer) for row, answer in pairs if answer.score is not None)

    @property
    def _known(self) -> list[float]:
        return [answer.score for answer in self.answers if answer.score is not None]


def _mean(scores: list[float]) -> float | None:
    return fsum(scores) / len(scores) if scores else None


def counted(evaluations: Iterable[Evaluation]) -> tuple[Scored, ...]:
    """The prompts that have a score, in order. One whose calls failed has none: it is not chosen, kept or shown."""
    return tuple(scored for each in evaluations if (scored := each.scored) is not None)


@dataclass(frozen=True, slots=True)
class Mistake:
    """An example with an answer that was not fully right."""

    example: Example
    answer: Answer


@dataclass(frozen=True, slots=True)
class Attempt:
    """An example with an answer, right or wrong."""

    example: Example
    answer: Answer
