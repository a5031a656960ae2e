"""Knows stand-ins for the models of a run: what they would say, about how long that is, and how long it takes.

What is made up: which answers are right, and how the optimizer model words its prompts. They ask nobody.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from gpo.core.chat import Message, Reply, Request
from gpo.core.evaluation import Answer, Evaluation
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Task
from gpo.engine.habits import Habits
from gpo.engine.texts import Texts, texts
from gpo.engine.timetable import Timetable, Window
from gpo.models.dialect import OF_A_PICTURE
from gpo.models.phrases.reading import Brief, read_brief

_TAGS = re.compile(r"<(\w+)> and </\1>")
MOST_NEW_WORDS = 8
"""Words by which a made-up prompt is longer than the one it comes from, until it is as long as they typically get."""
SPREAD = 0.2
"""How far the share of right answers of a made-up prompt lies above or below what is assumed, at most."""


@dataclass(slots=True)
class Asked:
    """What was asked of one model, and what it said: calls, tokens of prompts and of completions."""

    calls: int = 0
    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0


@dataclass(frozen=True, slots=True)
class TaskTurns:
    """The calls that one answer of the task model takes: the first with the whole question; the others go on from it.

    more: (tokens of the request, tokens of the reply) of each further turn.
    """

    more: tuple[tuple[int, int], ...] = ()

    @property
    def calls(self) -> int:
        """How many."""
        return 1 + len(self.more)

    def taken(self, prompt_tokens: float, reply_tokens: float) -> tuple[float, float]:
        """(tokens of prompts, of completions) of all turns, given those of the first."""
        prompts, completions, chat = prompt_tokens, reply_tokens, prompt_tokens + reply_tokens
        for asked, said in self.more:
            prompts, completions, chat = prompts + chat + asked, completions + said, chat + asked + said
        return prompts, completions


@dataclass(slots=True)
class Marker:
    """The stand-in for a judge model: it gives the best mark that can be had, and remembers what it was asked."""

    asked: list[Request] = field(default_factory=list[Request], init=False)
    name: str = "rehearsal"

    async def complete(self, request: Request) -> Reply:
        """A mark in the tags that are asked for last, which any judge of ours can read."""
        self.asked.append(request)
        tag = (_TAGS.findall(request.messages[-1].text) or ["score"])[-1]
        return Reply((f"<{tag}>1</{tag}>",) * request.sampling.n)


@dataclass(slots=True)
class Actors:
    """The stand-ins for the models, and what they were asked; what was asked before costs nothing, as in a run.

    texts: those that a judge is asked with. asked: by role. at_once: calls of one model in flight at most. embeds:
    whether an embedding model finds prompts that are alike. until_scored: how many (requests to the optimizer model,
    answers of the task model) until a prompt other than the seed was answered on the whole selection set; None before.
    """

    task: Task
    task_habits: Habits
    writer_habits: Habits
    judge_habits: Habits = field(default_factory=Habits, kw_only=True)
    texts: Texts = field(default_factory=texts, kw_only=True)
    turns: TaskTurns = field(default=TaskTurns(), kw_only=True)
    at_once: int = field(default=32, kw_only=True)
    embeds: bool = field(default=False, kw_only=True)
    clock: Timetable = field(default_factory=Timetable, kw_only=True)
    asked: dict[str, Asked] = field(default_factory=dict[str, Asked], init=False)
    until_scored: tuple[int, int] | None = field(default=None, init=False)
    _replies: dict[Request, Reply] = field(default_factory=dict[Request, Reply], init=False)
    _answered: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False)
    _embedded: set[str] = field(default_factory=set[str], init=False)
    _rows: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]], init=False)
    _windows: dict[str, Window] = field(default_factory=dict[str, Window], init=False)
    _first: int | None = field(default=None, init=False)
    _marker: Marker = field(default_factory=Marker, init=False)
    _marked: dict[str, tuple[Request, ...]] = field(default_factory=dict[str, tuple[Request, ...]], init=False)

    def __post_init__(self) -> None:
        habits = {"task": self.task_habits, "optimizer": self.writer_habits, "judge": self.judge_habits}
        self._windows = {role: Window(self.at_once, each.latency_s) for role, each in habits.items()}

    @property
    def name(self) -> str:
        """What stands for the optimizer model."""
        return "rehearsal"

    @property
    def first_requests(self) -> dict[Request, Reply]:
        """What the optimizer model was asked, and said, until a prompt of its own was first looked at."""
        return dict(list(self._replies.items())[: self._first])

    async def complete(self, request: Request) -> Reply:
        """The optimizer model's answers: prompts or critiques of the usual length, in the tags that are asked for."""
        if request in self._replies:
            return self._replies[request]
        habits, n, before = self.writer_habits, request.sampling.n, self.asked.get("optimizer", Asked()).calls
        brief = read_brief(request.messages)
        written = tuple(_written(brief, habits, f"{before}x{number}", self.task) for number in range(n))
        self._replies[request] = Reply(written)
        requests = 1 if habits.together else n
        spoken = sum(map(len, written)) / habits.chars_per_token
        self._book("optimizer", requests, requests * tokens_of(request.messages, habits), spoken)
        await self.clock.until(self._windows["optimizer"].served(self.clock.now_s, requests))
        return self._replies[request]

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        """Evaluations with made-up scores: a prompt's share of right answers is near the one assumed, and never all."""
        if self._first is None and any(prompt.id != self.task.seed.id for prompt in prompts):
            self._first = len(self._replies)
        asked = [self._column(prompt, examples) for prompt in prompts]
        calls = sum(len(new) for _, new in asked) * self.turns.calls
        if calls:
            await self.clock.until(self._windows["task"].served(self.clock.now_s, calls, self.turns.calls))
        await self._judged([row for _, new in asked for row in new])
        return tuple(evaluation for evaluation, _ in asked)

    async def _judged(self, rows: Sequence[Example]) -> None:
        """Counts what a judge is asked about answers to those rows, if the task has one; each row's tokens once."""
        if not self.task.judge or not rows:
            return
        grade = self.task.judge.grader(self._marker, self.texts)
        for row in rows:
            if row.id not in self._marked:
                before = len(self._marker.asked)
                await grade(self._answer, row)
                self._marked[row.id] = tuple(self._marker.asked[before:])
        habits, calls = self.judge_habits, 0
        for request in (each for row in rows for each in self._marked[row.id]):
            requests = 1 if habits.together else request.sampling.n
            tokens = requests * tokens_of(request.messages, habits)
            self._book("judge", requests, tokens, request.sampling.n * habits.reply_tokens)
            calls += requests
        await self.clock.until(self._windows["judge"].served(self.clock.now_s, calls))

    def embed(self, texts: Sequence[str]) -> None:
        """Counts the calls of the embedding model, one for each text that is new to it; their time is left out."""
        new = set(texts) - self._embedded if self.embeds else set[str]()
        self._embedded |= new
        self._book("embedding", len(new), sum(map(len, new)) / self.writer_habits.chars_per_token, 0.0)

    def _column(self, prompt: Prompt, examples: Sequence[Example]) -> tuple[Evaluation, list[Example]]:
        """The evaluation of one prompt, and the rows whose answers were not known yet."""
        habits, key = self.task_habits, prompt.id
        dice = Random(key)
        share, shift = habits.right + dice.uniform(-SPREAD, SPREAD), dice.random()
        new, tokens, scores = list[Example](), 0.0, list[float]()
        for example in examples:
            if (key, example.id) not in self._answered:
                self._answered.add((key, example.id))
                new.append(example)
                tokens += self._row(example)[0]
            scores.append(float((self._row(example)[1] + shift) % 1.0 < share))
        if scores and min(scores) == 1.0 and examples[0] in self.task.splits.selection[:1]:
            scores[0] = 0.0  # a perfect score would end the search; what is estimated is all of its steps
        count = len(new)
        first = tokens + count * len(prompt.text) / habits.chars_per_token
        prompts, completions = self.turns.taken(first / count, habits.reply_tokens) if new else (0.0, 0.0)
        self._book("task", count * self.turns.calls, count * prompts, count * completions)
        self._note_scored(prompt)
        answers = (Answer(row.id, self._answer, score) for row, score in zip(examples, scores, strict=True))
        return Evaluation(prompt, tuple(answers)), new

    def _note_scored(self, prompt: Prompt) -> None:
        if self.until_scored or prompt.id == self.task.seed.id:
            return
        if all((prompt.id, row.id) in self._answered for row in self.task.splits.selection):
            self.until_scored = len(self._replies), len(self._answered)

    @property
    def _answer(self) -> str:
        """An answer of the task model, of the usual length."""
        return _words(self.task_habits.reply_tokens, self.task_habits)

    def _row(self, example: Example) -> tuple[float, float]:
        """The tokens of a question without the instruction, and how easy it is, in [0, 1]."""
        if example.id not in self._rows:
            seed, habits = self.task.seed, self.task_habits
            whole = tokens_of(self.task.render(seed, example), habits)
            self._rows[example.id] = whole - len(seed.text) / habits.chars_per_token, Random(example.id).random()
        return self._rows[example.id]

    def _book(self, role: str, calls: int, prompt_tokens: float, completion_tokens: float) -> None:
        if not calls:
            return
        so_far = self.asked.setdefault(role, Asked())
        so_far.calls += calls
        so_far.prompt_tokens += prompt_tokens
        so_far.completion_tokens += completion_tokens


def tokens_of(messages: Sequence[Message], habits: Habits) -> float:
    """About how many tokens a chat has as a prompt."""
    texts = sum(len(each.text) / habits.chars_per_token + habits.overhead for each in messages)
    return texts + OF_A_PICTURE * sum(len(each.images) for each in messages)


def _words(tokens: float, habits: Habits) -> str:
    return "word " * round(tokens * habits.chars_per_token / 5)


def _written(brief: Brief, habits: Habits, mark: str, task: Task) -> str:
    """A critique, or a prompt like the one that is to be rewritten: as close to it as is asked for, and a new one."""
    if brief.tag != "prompt":
        return f"<{brief.tag}>{_words(habits.reply_tokens, habits)}</{brief.tag}>"
    words = (brief.current or task.seed.text).split()
    kept = [word for word in words if not word.startswith("variant")]
    allowed = MOST_NEW_WORDS if brief.words is None else min(MOST_NEW_WORDS, brief.words - 1)
    more = max(0, min(allowed, habits.prompt_words - len(kept) - 1))
    lost = [name for name in brief.keep if name not in kept]
    return f"<{brief.tag}>{' '.join([*kept, *lost, *['word'] * more, f'variant{mark}'])}</{brief.tag}>"
