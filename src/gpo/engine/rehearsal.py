"""Knows what a run would ask: the recipe itself is walked, with made-up answers, on a clock of its own. Asks nobody.

So there is no formula of calls per step here that could differ from what a recipe does, and a stranger's recipe is
rehearsed as well as ours. What is made up: which answers are right, and how the optimizer model words its prompts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from random import Random
from typing import Any

from gpo.core.chat import Message, Reply, Request
from gpo.core.evaluation import Answer, Evaluation
from gpo.core.events import Event, Observer
from gpo.core.optimizer import Optimizer
from gpo.core.prompt import Prompt
from gpo.core.randomness import rng
from gpo.core.task import Example, Task
from gpo.core.writing import MetaPrompt
from gpo.engine.texts import Texts, texts
from gpo.engine.timetable import Timetable, Window
from gpo.models.dialect import OF_A_PICTURE
from gpo.models.phrases.reading import Brief, read_brief

MOST_NEW_WORDS = 8
"""Words by which a made-up prompt is longer than the one it comes from, until it is as long as they typically get."""
SPREAD = 0.2
"""How far the share of right answers of a made-up prompt lies above or below what is assumed, at most."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a model is expected to answer.

    chars_per_token > 0; overhead: tokens that a chat template adds to a message; reply_tokens: of a task model's
    answer, or of an optimizer model's critique; prompt_words: of a prompt that an optimizer model writes. latency_s: of
    one call. together: whether one call gives several answers. right: share of right answers of the task model.
    """

    chars_per_token: float = 4.0
    overhead: int = 4
    reply_tokens: float = field(default=100.0, kw_only=True)
    prompt_words: int = field(default=24, kw_only=True)
    latency_s: float = field(default=1.0, kw_only=True)
    together: bool = field(default=True, kw_only=True)
    right: float = field(default=0.5, kw_only=True)


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
class Actors:
    """The stand-ins for both models, and what they were asked; what was asked before costs nothing, as in a run.

    asked: by role. at_once: calls of one model in flight at most. embeds: whether an embedding model finds prompts that
    are alike.
    """

    task: Task
    task_habits: Habits
    writer_habits: Habits
    turns: TaskTurns = field(default=TaskTurns(), kw_only=True)
    at_once: int = field(default=32, kw_only=True)
    embeds: bool = field(default=False, kw_only=True)
    clock: Timetable = field(default_factory=Timetable, kw_only=True)
    asked: dict[str, Asked] = field(default_factory=dict[str, Asked], init=False)
    _replies: dict[Request, Reply] = field(default_factory=dict[Request, Reply], init=False)
    _answered: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False)
    _embedded: set[str] = field(default_factory=set[str], init=False)
    _rows: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]], init=False)
    _windows: dict[str, Window] = field(default_factory=dict[str, Window], init=False)
    _first: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        habits = {"task": self.task_habits, "optimizer": self.writer_habits}
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
        calls = sum(new for _, new in asked) * self.turns.calls
        if calls:
            await self.clock.until(self._windows["task"].served(self.clock.now_s, calls, self.turns.calls))
        return tuple(evaluation for evaluation, _ in asked)

    def embed(self, texts: Sequence[str]) -> None:
        """Counts the calls of the embedding model, one for each text that is new to it; their time is left out."""
        new = set(texts) - self._embedded if self.embeds else set[str]()
        self._embedded |= new
        self._book("embedding", len(new), sum(map(len, new)) / self.writer_habits.chars_per_token, 0.0)

    def _column(self, prompt: Prompt, examples: Sequence[Example]) -> tuple[Evaluation, int]:
        """The evaluation of one prompt, and how many of its answers are not known yet."""
        habits, key = self.task_habits, prompt.id
        dice = Random(key)
        share, shift = habits.right + dice.uniform(-SPREAD, SPREAD), dice.random()
        new, tokens, scores = 0, 0.0, list[float]()
        for example in examples:
            if (key, example.id) not in self._answered:
                self._answered.add((key, example.id))
                new, tokens = new + 1, tokens + self._row(example)[0]
            scores.append(float((self._row(example)[1] + shift) % 1.0 < share))
        if scores and min(scores) == 1.0 and examples[0] in self.task.splits.selection[:1]:
            scores[0] = 0.0  # a perfect score would end the search; what is estimated is all of its steps
        first = tokens + new * len(prompt.text) / habits.chars_per_token
        prompts, completions = self.turns.taken(first / new, habits.reply_tokens) if new else (0.0, 0.0)
        self._book("task", new * self.turns.calls, new * prompts, new * completions)
        said = "word " * round(habits.reply_tokens * habits.chars_per_token / 5)
        answers = (Answer(row.id, said, score) for row, score in zip(examples, scores, strict=True))
        return Evaluation(prompt, tuple(answers)), new

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


def tokens_of(messages: Sequence[Message], habits: Habits) -> float:
    """About how many tokens a chat has as a prompt."""
    texts = sum(len(each.text) / habits.chars_per_token + habits.overhead for each in messages)
    return texts + OF_A_PICTURE * sum(len(each.images) for each in messages)


def _written(brief: Brief, habits: Habits, mark: str, task: Task) -> str:
    """A critique, or a prompt like the one that is to be rewritten: as close to it as is asked for, and a new one."""
    if brief.tag != "prompt":
        return f"<{brief.tag}>" + "word " * round(habits.reply_tokens * habits.chars_per_token / 5) + f"</{brief.tag}>"
    words = (brief.current or task.seed.text).split()
    kept = [word for word in words if not word.startswith("variant")]
    allowed = MOST_NEW_WORDS if brief.words is None else min(MOST_NEW_WORDS, brief.words - 1)
    more = max(0, min(allowed, habits.prompt_words - len(kept) - 1))
    lost = [name for name in brief.keep if name not in kept]
    return f"<{brief.tag}>{' '.join([*kept, *lost, *['word'] * more, f'variant{mark}'])}</{brief.tag}>"
