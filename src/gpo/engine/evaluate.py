"""Knows how prompts meet examples: one flat queue over all pairs, graded, failures kept apart from scores."""

from asyncio import CancelledError, Semaphore, Timeout, get_running_loop, timeout
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, cast

from gpo.core.chat import Model, Request
from gpo.core.errors import BudgetExhausted, ConfigError, ModelError, ModelUnavailable, UnreadableReply
from gpo.core.evaluation import Answer, Evaluation
from gpo.core.prompt import Prompt, Scored
from gpo.core.task import Example, Program, Task
from gpo.core.together import stream, together
from gpo.engine.ahead import Ahead, Ample
from gpo.engine.order import in_order, rows_come_first
from gpo.engine.overheard import Overheard
from gpo.engine.silence import JUDGE, Silence
from gpo.engine.turns import Turns
from gpo.engine.wrong import OF_THE_SEED, Heard, signs

T = TypeVar("T")
Halt = BudgetExhausted | ConfigError
"""What ends an evaluation once all that was sent has come back: the budget is gone, or the user's metric failed."""
Said = Answer | Halt
"""What came of asking: an answer, or what ends the evaluation."""
Column = Evaluation | Halt
"""What came of asking about a prompt: the evaluation, or what ends it."""
LAST_S = 30.0
"""Seconds in which answers that are on their way may still arrive, and be kept, where the user's metric failed."""

READY, MANY = 2, 256
"""Pairs under way for each call in flight: one is asked, the next is ready. And calls in flight where nobody said."""


@dataclass(slots=True)
class Evaluator:
    """Asks the task model, or the task's program, about every (prompt, example) pair and grades what it says.

    A call that fails for good, also one of a judge, is an unanswered example, never a score; more than `max_failures`
    of them in a run raise TooManyFailures. One that got no answer for now is made once more when all others of its
    prompt are through. A failure that every further call would meet as well (a wrong key, nobody there) is raised at
    once; so is the last one where a prompt got no answer for any of several rows, and meanwhile nobody else did.

    at_once: how many calls may be in flight, and so how many programs under way; None where nobody said. ample: whether
    the budget allows to begin what is foreseen. stopped: whether the user has stopped the run: then no further row is
    graded, for a metric may take its time, and nothing else happens meanwhile. most_calls: the most calls of the task
    model that one answer took so far. graded: how many answers were. marks_each: calls of the judge model for one mark
    in earlier sittings. silence: the calls that got no answer. seed: the seed prompt's score on the selection set.
    `whole` makes that what was paid for counts also where the budget ends within a step.
    """

    task: Task
    model: Model
    max_failures: int
    at_once: int | None = field(default=None, kw_only=True)
    ample: Ample = field(default=lambda _: True, kw_only=True)
    stopped: Callable[[], bool] = field(default=lambda: False, kw_only=True)
    failed: int = field(default=0, init=False)
    graded: int = field(default=0, init=False)
    marks_each: float = field(default=1.0, init=False)
    seed: Scored | None = field(default=None, init=False)
    _of_seed: Evaluation | None = field(default=None, init=False)
    _cut: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False)
    most_calls: int = field(default=1, init=False)
    _whole: dict[str, Scored] = field(default_factory=dict[str, Scored], init=False)
    _slots: Semaphore | None = field(init=False)
    _turns: Turns = field(init=False)
    _ahead: Ahead[Column] = field(default_factory=lambda: Ahead[Column](), init=False)
    _away: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False)
    _heard: int = field(default=0, init=False)
    silence: Silence = field(init=False)
    _broken: ConfigError | None = field(default=None, init=False)
    _open: set[Timeout] = field(default_factory=set[Timeout], init=False)

    def __post_init__(self) -> None:
        self._slots = Semaphore(self.at_once) if self.at_once else None
        self._turns = Turns(READY * (self.at_once or MANY))
        self.silence = Silence(f"task model {self.model.name}")

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        """One evaluation per prompt, in order, with one answer per example, in order.

        Raises BudgetExhausted where the budget ends on the way, and the ConfigError of a metric that failed, once all
        that was sent before has come back: answers are paid for, and kept for the next sitting.
        """
        if not prompts or not examples:
            return tuple(Evaluation(prompt, ()) for prompt in prompts)
        rows, columns = tuple(examples), dict[int, Column]()
        firsts = {prompt.id: i for i, prompt in reversed(list(enumerate(prompts)))}
        early = [i for i in firsts.values() if rows == self.task.splits.selection and self._ahead.has(prompts[i])]
        others = [i for i in range(len(prompts)) if i not in early]

        async def claim(place: int) -> None:
            columns[place] = await self._ahead.claim(prompts[place])

        async def ask() -> None:
            asked = await self._columns([prompts[i] for i in others], rows)
            columns.update(zip(others, asked, strict=True))

        await together((ask(), *map(claim, early)))
        return _unless_halted([columns[i] for i in range(len(prompts))])

    def foresee(self, prompt: Prompt) -> None:
        """Begins to ask about a prompt on the selection set, where the budget is ample, and no cache is the worse."""
        rows = self.task.splits.selection
        if self.ample(len(rows) * self.most_calls) and not rows_come_first(self.task, (self.task.seed, prompt), rows):
            self._ahead.begin(prompt, partial(self._column_of, prompt, rows))

    async def drop(self) -> None:
        """Ends what was begun early and nobody came for."""
        await self._ahead.drop()

    def forget(self) -> None:
        """A new step begins: nothing is scored in it yet."""
        self._whole.clear()

    def learned(self, most_calls: int, marks_each: float, seed: Scored | None) -> None:
        """What earlier sittings found out."""
        self.most_calls, self.marks_each, self.seed = max(self.most_calls, most_calls), marks_each, seed
        self.silence.broken = True

    @property
    def whole(self) -> tuple[Scored, ...]:
        """The prompts that were scored on the whole selection set since `forget`, whichever was the first."""
        return tuple(self._whole[name] for name in sorted(self._whole))

    @property
    def signs(self) -> tuple[str, ...]:
        """What the seed prompt's answers on the selection set tell of the metric and of max_tokens."""
        rows = self.task.splits.selection
        return signs(self.heard(self._of_seed, rows, OF_THE_SEED)) if self._of_seed else ()

    def heard(self, evaluation: Evaluation, rows: Sequence[Example], whose: str = "") -> Heard:
        """An evaluation on those rows, and which of its answers were cut. whose: as of `Heard`."""
        cut = frozenset(row.id for row in rows if (evaluation.prompt.id, row.id) in self._cut)
        return Heard(self.task, evaluation, rows=rows, cut=cut, whose=whose)

    async def _column_of(self, prompt: Prompt, rows: tuple[Example, ...]) -> Column:
        return (await self._columns((prompt,), rows))[0]

    async def _columns(self, prompts: Sequence[Prompt], rows: tuple[Example, ...]) -> list[Column]:
        """What comes of each prompt, in order; all pairs are one queue, and so stay together for caches of prefixes."""
        said = [dict[int, Said]() for _ in prompts]
        columns: dict[int, Column] = {}
        turns, queue, pairs = self._turns, self._turns.queue(), in_order(self.task, prompts, rows)

        async def answer(prompt: int, row: int) -> None:
            column = said[prompt]
            await turns.enter(queue)
            try:
                column[row] = await self._answer_or_halt(prompts[prompt], rows[row])
            finally:
                turns.leave()
            if len(column) == len(rows):
                columns[prompt] = await self._column(prompts[prompt], rows, [column[i] for i in range(len(rows))])

        async with self._ending():
            at_once = min(self._turns.places, len(prompts) * len(rows))
            await stream((answer(*pair) for pair in pairs), at_once)
        return [columns[i] for i in range(len(prompts))]

    async def _column(self, prompt: Prompt, rows: tuple[Example, ...], said: list[Said]) -> Column:
        """What came of a prompt once each row was asked about; those that got no answer for now are asked again."""
        heard, away = self._heard, self._away_of(prompt, rows)
        for i, again in zip(away, await together(self._once_more(prompt, rows[i]) for i in away), strict=True):
            said[i] = again
        if self._heard == heard and len(rows) > 1 and len(self._away_of(prompt, rows)) == len(rows):
            raise self.silence.gone(said)
        try:
            evaluation = Evaluation(prompt, _unless_halted(said))
        except (BudgetExhausted, ConfigError) as halt:
            return halt
        if rows == self.task.splits.selection:
            self._note_whole(evaluation)
        return evaluation

    def _note_whole(self, evaluation: Evaluation) -> None:
        scored, is_seed = evaluation.scored, evaluation.prompt.id == self.task.seed.id
        if is_seed:
            self._of_seed, self.seed = evaluation, scored or self.seed
        if scored:
            self._whole[evaluation.prompt.id] = scored

    def _away_of(self, prompt: Prompt, rows: tuple[Example, ...]) -> list[int]:
        """The places of the rows about which the last call of that prompt got no answer for now."""
        name = prompt.id if self._away else ""
        return [i for i, row in enumerate(rows) if (name, row.id) in self._away] if name else []

    async def _once_more(self, prompt: Prompt, example: Example) -> Said:
        self._away.discard((prompt.id, example.id))
        self.failed -= 1
        return await self._answer_or_halt(prompt, example)

    async def _answer_or_halt(self, prompt: Prompt, example: Example) -> Said:
        try:
            return self._broken or await self._answer(prompt, example)
        except BudgetExhausted as limit:
            return limit
        except ConfigError as error:
            if not error.own_code or self.task.answer:  # a program that is under way would go on asking
                raise
            return self._break(error)

    def _break(self, error: ConfigError) -> ConfigError:
        """Notes what ends the evaluation: nothing new is asked, and what is on its way has LAST_S to arrive."""
        if self._broken is None:
            self._broken = error
            for each in self._open:
                each.reschedule(get_running_loop().time() + LAST_S)
        return self._broken

    @asynccontextmanager
    async def _ending(self) -> AsyncGenerator[None]:
        """The block; LAST_S after the metric failed it is over, and raises that."""
        end = timeout(None)
        try:
            async with end:
                self._open.add(end)
                yield
        except TimeoutError:
            if self._broken is None:
                raise
            raise self._broken from None
        finally:
            self._open.discard(end)

    async def _answer(self, prompt: Prompt, example: Example) -> Answer:
        text, asked = "", ""
        try:
            text, trace = await self._said(prompt, example)
            self.silence.spoken = True
            if self.stopped():
                raise CancelledError
            if self._broken:
                raise self._broken
            asked = JUDGE
            grade = await self.task.grade(text, example)
        except ModelError as error:
            if error.fatal:
                raise
            if isinstance(error, ModelUnavailable):
                self._away.add((prompt.id, example.id))
            else:
                self._heard += 1
            self.silence.add(asked, error)
            return self._unanswered(example, error, text)
        self._heard += 1
        self.graded += 1
        self.silence.broken = True
        return Answer(example.id, text, grade.score, grade.feedback, trace=trace)

    async def _said(self, prompt: Prompt, example: Example) -> tuple[str, str]:
        """The answer, and how a program came to it."""
        if self.task.answer:
            async with self._slots or nullcontext():
                return await self._programmed(self.task.answer, prompt, example)
        reply = await self.model.complete(Request(self.task.render(prompt, example), self.task.sampling))
        text = reply.texts[0] if reply.texts else ""
        if reply.is_cut(0):
            self._cut.add((prompt.id, example.id))
            if not text.strip():
                raise UnreadableReply(
                    f"{self.model.name} was cut at max_tokens ({self.task.sampling.max_tokens}) before it said "
                    "anything; a model that reasons needs room to think. Raise max_tokens (--answer-tokens), or set "
                    "reasoning_effort."
                )
        return text, ""

    async def _programmed(self, program: Program, prompt: Prompt, example: Example) -> tuple[str, str]:
        heard, text = Overheard(self.model), ""
        try:
            text = await program(prompt, example, heard)
        except ConfigError:
            if heard.failure is None:
                raise
        if heard.failure is not None:
            raise heard.failure
        self.most_calls = max(self.most_calls, len(heard.asked))
        if any(reply.is_cut(0) for reply in heard.said.values()):
            self._cut.add((prompt.id, example.id))
        return text, heard.transcript

    def _unanswered(self, example: Example, error: ModelError, text: str) -> Answer:
        """The answer without a score. text: what the task model said, where it was the judge that failed."""
        self.failed += 1
        if self.failed > self.max_failures:
            raise self.silence.too_much(self.failed, self.max_failures, judged=bool(self.task.judge)) from error
        return Answer(example.id, text, None, failure=f"{'no mark: ' if self.silence.of_the_judge else ''}{error}")


def _unless_halted(results: Sequence[T | Halt]) -> tuple[T, ...]:
    """The results. Raises the first among them that ends the evaluation."""
    for each in results:
        if isinstance(each, Halt):
            raise each
    return cast(tuple[T, ...], tuple(results))
