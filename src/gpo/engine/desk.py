"""Knows evaluations that somebody outside makes: what is asked, what was told, and how a step waits for the rest."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, NamedTuple, cast

from gpo.core.errors import ConfigError, TooManyFailures
from gpo.core.evaluation import Answer, Evaluation, counted
from gpo.core.meant import did_you_mean
from gpo.core.prompt import Prompt, Scored
from gpo.core.task import Example, Grade
from gpo.tasks.custom import grade_of

Told = float | tuple[float, str] | Grade | Mapping[str, Any] | None
"""What is told of one example: a score in [0, 1], alone, with feedback, or in a mapping with any of KEYS; None where
the evaluation failed.
"""

KEYS = ("score", "reply", "feedback", "trace")
"""What a mapping may say: the score; what the system under test answered, what was wrong with that, and how it came
about, for the optimizer model to read.
"""


Cells = tuple[str, str, float | None, str, str, str]
"""An answer in the order of its fields: short enough to be kept by the thousand."""


@dataclass(frozen=True, slots=True)
class Page:
    """All that was told of one prompt, as plain values."""

    prompt: Prompt
    answers: tuple[Cells, ...]


class Question(NamedTuple):
    """A prompt, and the examples on which it is to be evaluated."""

    prompt: Prompt
    examples: tuple[Example, ...]


@dataclass(slots=True)
class Book:
    """All that was told. What is in it is not asked again; a failure stands until its step is over.

    prompts: by id. answers: by prompt id, then by example id. failed: failures told so far.
    """

    prompts: dict[str, Prompt] = field(default_factory=dict[str, Prompt])
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict[str, dict[str, Answer]])
    failed: int = field(default=0, kw_only=True)

    @classmethod
    def bound(cls, pages: Iterable[Page], failed: int) -> "Book":
        """The book of these pages."""
        book = cls(failed=failed)
        for page in pages:
            book.prompts[page.prompt.id] = page.prompt
            book.answers[page.prompt.id] = {cells[0]: Answer(*cells) for cells in page.answers}
        return book

    @property
    def pages(self) -> tuple[Page, ...]:
        """One for each prompt, in the order in which they were first asked."""
        return tuple(
            Page(self.prompts[key], tuple(astuple(answer) for answer in column.values()))
            for key, column in self.answers.items()
        )

    def of(self, prompt: Prompt) -> Mapping[str, Answer]:
        """What was told of a prompt, by example id."""
        return self.answers.get(prompt.id, {})

    def write(self, batch: Sequence[Question], told: Iterable[Iterable[Told]], max_failures: int) -> None:
        """Takes what was told of a batch. Raises ConfigError where it does not fit the batch, and TooManyFailures where
        more than `max_failures` have failed by now; then nothing is taken.
        """
        answers = _answers(batch, told)
        failed = self.failed + sum(answer.score is None for column in answers for answer in column)
        if failed > max_failures:
            raise TooManyFailures(
                f"{failed} evaluations were told to have failed, max_failures allows {max_failures}. They are not "
                'scores, so nothing was taken. Evaluate them again, or set settings={"max_failures": …}.'
            )
        self.failed = failed
        for question, column in zip(batch, answers, strict=True):
            self.prompts[question.prompt.id] = question.prompt
            self.answers.setdefault(question.prompt.id, {}).update({answer.example_id: answer for answer in column})

    def forget_failures(self) -> None:
        """The step is over: what failed in it may be asked again."""
        for prompt, column in self.answers.items():
            self.answers[prompt] = {key: answer for key, answer in column.items() if answer.score is not None}

    def scored_on(self, rows: Sequence[Example]) -> tuple[Scored, ...]:
        """The prompts of which every one of the rows is known, in the order in which they were first asked."""
        ids = [row.id for row in rows]
        return counted(
            Evaluation(prompt, tuple(column[each] for each in ids))
            for prompt, column in ((self.prompts[key], column) for key, column in self.answers.items())
            if all(each in column for each in ids)
        )


@dataclass(slots=True)
class Desk:
    """An evaluator that answers from the book. Whoever needs more waits here, for ever: `lacking` says for what."""

    book: Book
    lacking: list[Question] = field(default_factory=list[Question], init=False)

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        """One evaluation per prompt, in order, with one answer per example, in order."""
        missing = [
            Question(prompt, rows)
            for prompt in prompts
            if (rows := tuple(row for row in examples if row.id not in self.book.of(prompt)))
        ]
        if missing:
            self.lacking.extend(missing)
            await asyncio.Event().wait()
        return tuple(Evaluation(each, tuple(self.book.of(each)[row.id] for row in examples)) for each in prompts)

    def foresee(self, prompt: Prompt) -> None:
        """Nothing: a question is put on the desk when it must be answered."""

    @property
    def batch(self) -> tuple[Question, ...]:
        """All that is lacking, each prompt and each of its examples once."""
        prompts = {each.prompt.id: each.prompt for each in self.lacking}
        rows: dict[str, dict[str, Example]] = {key: {} for key in prompts}
        for question in self.lacking:
            rows[question.prompt.id].update({row.id: row for row in question.examples})
        return tuple(Question(prompt, tuple(rows[key].values())) for key, prompt in prompts.items())


def _answers(batch: Sequence[Question], told: Iterable[Iterable[Told]]) -> list[list[Answer]]:
    if not batch:
        raise ConfigError("Nothing is asked, so there is nothing to tell. Call ask() first, and stop when it is done.")
    sizes = [len(question.examples) for question in batch]
    columns = _columns(told)
    if columns is None or [len(column) for column in columns] != sizes:
        wanted = f"{', '.join(map(str, sizes[:3]))}{', …' if len(sizes) > 3 else ''}"
        raise ConfigError(
            "The scores told do not fit what was asked. Tell one list for each question, in the order asked, with a "
            f"score for each of its examples and None where the evaluation failed; here lists of {wanted}."
        )
    return [
        [_answer(each, row) for each, row in zip(column, question.examples, strict=True)]
        for question, column in zip(batch, columns, strict=True)
    ]


def _columns(told: Any) -> list[list[Any]] | None:
    """The lists of a list, or of anything else that can be gone through, such as an array; None where it is no such."""
    lists = [_listed(column) for column in _listed(told) or [None]]
    return None if None in lists else [each for each in lists if each is not None]


def _listed(value: Any) -> list[Any] | None:
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        return None
    return list(cast(Iterable[Any], value))


def _answer(told: Told, row: Example) -> Answer:
    what = f'What was told of the example "{row.id}"'
    if told is None:
        return Answer(row.id, "", None, failure="told to have failed")
    said: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    for key in said:
        if key not in KEYS:
            raise ConfigError(f'{what} holds "{key}".{did_you_mean(key, KEYS)}')
    if said and said.get("score", 0.0) is None:
        return Answer(row.id, "", None, failure=str(said.get("feedback") or "told to have failed"))
    grade = grade_of(told, what)
    return Answer(row.id, str(said.get("reply") or ""), grade.score, grade.feedback, trace=str(said.get("trace") or ""))
