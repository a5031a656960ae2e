"""Knows the search inside out, for those who evaluate themselves: it asks, they tell. Its memory is plain JSON.

Nothing goes on between two calls: `ask` walks the step under way from its beginning, on what was told and on what the
optimizer model said before, until it needs an answer that nobody told yet. So a saved state and a living search are the
same thing.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from gpo.core.budget import Spent
from gpo.core.chat import Model, Reply
from gpo.core.errors import BudgetExhausted, ConfigError, StoreError
from gpo.core.events import Event
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt, Scored
from gpo.core.task import Splits, Task
from gpo.engine.api import is_running, model_name, seed_settings
from gpo.engine.config import RunConfig
from gpo.engine.desk import Book, Desk, Page, Question, Told
from gpo.engine.history import history_of
from gpo.engine.lab import LiveLab
from gpo.engine.outside import NAME, Rows, task_outside
from gpo.engine.remarks import OF_A_JUDGE
from gpo.engine.replay import OnDemand, Replay, Replayed, Unrecorded, until_quiet
from gpo.engine.result import StepRecord
from gpo.engine.sitting import connection_for
from gpo.engine.texts import texts
from gpo.files.loop import in_loop
from gpo.optimizers.catalog import build
from gpo.search.select import best_of
from gpo.store.files import write_whole
from gpo.store.state import decode, encode
from gpo.tasks.settle import LoadedTask

SCHEMA = 1
EVALUATION = (
    *("task_model", "metric", "metric_options", "program", "temperature", "max_tokens", "extract", "stop", "schema"),
    *("reasoning_effort", "demonstrations", "cache", *OF_A_JUDGE),
)
"""Settings that say how evaluations are made. Here they are made outside, so these would say nothing."""


@dataclass(frozen=True, slots=True)
class Memory:
    """All that a search knows: the state after the last finished step, and what it knows of the one under way.

    replies: of the optimizer model in the step under way, by request. vectors: embeddings, by text.
    """

    about: dict[str, Any]
    step: int = field(default=-1, kw_only=True)
    state: Any = field(default=None, kw_only=True)
    history: tuple[StepRecord, ...] = field(default=(), kw_only=True)
    told: tuple[Page, ...] = field(default=(), kw_only=True)
    failed: int = field(default=0, kw_only=True)
    replies: dict[str, Reply] = field(default_factory=dict[str, Reply], kw_only=True)
    vectors: dict[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]], kw_only=True)
    spent: dict[str, Spent] = field(default_factory=dict[str, Spent], kw_only=True)
    schema: int = field(default=SCHEMA, kw_only=True)


class AskTell:
    """A search that asks for evaluations instead of making them. Made by `ask_tell`.

    warnings: what to know of the examples. stopped_because: why there is nothing more to ask; "" while there is.
    """

    def __init__(self, config: RunConfig, loaded: LoadedTask, model: Model | None = None) -> None:
        self.warnings = loaded.warnings
        self.stopped_because = ""
        self._config, self._task, self._model = config, loaded.task, model
        self._optimizer = build(config.algorithm, loaded.task, config.options)
        self._memory = Memory(_about(config, loaded))
        self._book, self._replies = Book(), dict[str, Reply]()
        self._ledger = Ledger(config.budget)
        self._batch: tuple[Question, ...] = ()
        self._turn = asyncio.Lock()
        self._file: Path | None = None

    def ask(self) -> tuple[Question, ...]:
        """What to evaluate next: (prompt, examples) pairs, the same ones until they are told; () when all is done.

        Raises ConfigError inside a running event loop (there: `await aask()`), ModelError where the optimizer model
        does not answer. After an error nothing is lost: ask again.
        """
        if is_running():
            raise ConfigError("An event loop is running here (a notebook?): use `await search.aask()` instead.")
        return in_loop(self.aask())

    async def aask(self) -> tuple[Question, ...]:
        """`ask` for code that runs an event loop."""
        async with self._turn:
            while not self._batch and not self.stopped_because:
                await self._go_on()
            return self._batch

    def tell(self, scores: Iterable[Iterable[Told]]) -> None:
        """Answers what was asked: for each question, in order, a score for each of its examples, in order.

        A score is a number in [0, 1], higher is better; None where the evaluation failed. (score, feedback) or a
        mapping {"score", "reply", "feedback", "trace"} says more, for algorithms that show mistakes to the optimizer
        model. Raises ConfigError where the scores do not fit, ModelError where too many failed; nothing is taken then.
        """
        self._book.write(self._batch, scores, self._config.max_failures)
        self._batch = ()
        self._save()

    @property
    def best(self) -> Prompt:
        """The best prompt so far on the selection examples; the seed prompt until something was told."""
        return self.scored.prompt

    @property
    def scored(self) -> Scored:
        """The best prompt with its mean score in [0, 1] over n selection examples; n is 0 until something was told."""
        state = self._memory.state
        found = [] if state is None else [self._optimizer.best(state)]
        return best_of(
            [*found, *self._book.scored_on(self._task.splits.selection)] or [Scored(self._task.seed, 0.0, 0)]
        )

    @property
    def history(self) -> tuple[StepRecord, ...]:
        """A record for each finished step: its prompt, score and gain, words changed beside words allowed."""
        return self._memory.history

    @property
    def spent(self) -> Mapping[str, Spent]:
        """What was spent on models, by role ("optimizer", "embedding"); evaluations are not counted here."""
        return dict(self._ledger.by_role)

    def keep(self, file: str | Path) -> None:
        """Keeps the state in a file: goes on from it where there is one, and writes it anew whenever the optimizer
        model said or somebody told something. So a kill at any moment loses nothing.

        Raises ConfigError where the file is of another search, StoreError where it cannot be read or written.
        """
        path = Path(file)
        if path.exists():
            self.restore(_read(path))
        self._file = path
        self._save()

    def state(self) -> dict[str, Any]:
        """All of it as plain JSON values, at any time. What was asked and not yet told will be asked again."""
        told = replace(self._memory, told=self._book.pages, failed=self._book.failed, replies=dict(self._replies))
        told = replace(told, spent=self.spent)
        state = None if told.state is None else encode(told.state)
        return cast(dict[str, Any], encode(replace(told, state=state)))

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Goes on from a saved `state()`. Nothing that was told is asked again, nothing that was paid is paid again.

        Raises ConfigError where the state is of another search, StoreError where it is damaged.
        """
        memory = decode(Memory, dict(saved))
        for key, here in self._memory.about.items():
            if memory.schema != SCHEMA or memory.about.get(key) != here:
                raise ConfigError(
                    f"The state is of another search or version: its {key} is {memory.about.get(key)!r:.200}, here it "
                    f"is {here!r:.200}. Call ask_tell with the arguments that the state was saved with."
                )
        state = None if memory.state is None else decode(self._optimizer.state_type, memory.state)
        self._book, self._replies = Book.bound(memory.told, memory.failed), dict(memory.replies)
        self._memory = replace(memory, state=state, told=(), replies={})
        self._ledger = Ledger(self._config.budget, spent=memory.spent)
        self._batch, self.stopped_because = (), ""

    def _save(self) -> None:
        if self._file is not None:
            write_whole(self._file, json.dumps(self.state()))

    async def _go_on(self) -> None:
        """Walks the step under way until it is over, or until it waits for somebody to tell."""
        memory = self._memory
        if memory.state is not None and (reason := self._optimizer.finished(memory.state)):
            self.stopped_because = reason
            return
        desk, events = Desk(self._book), list[Event]()
        try:
            done, state = await self._walked(desk, events)
        except BudgetExhausted as limit:
            self.stopped_because = str(limit)
            return
        if not done:
            self._batch = desk.batch
            return
        self._book.forget_failures()
        self._replies.clear()
        history = (*memory.history, *history_of(events))
        self._memory = replace(memory, step=memory.step + 1, state=state, history=history)

    async def _walked(self, desk: Desk, events: list[Event]) -> tuple[bool, Any]:
        """Whether the step came to its end, and the state after it."""
        memory, config = self._memory, self._config
        self._ledger = Ledger(config.budget, spent=self.spent)
        replay = Replay(self._replies, memory.vectors, heard=self._save)
        models = OnDemand(config, self._model, connection_for(config, self._ledger, None, Unrecorded()))
        writer = Replayed(config.writer, replay, opening=models.writer)
        lab = LiveLab(
            self._task,
            writer,
            evaluator=desk,
            tell=events.append,
            texts=texts(config.own_texts),
            seed=config.seed,
            step=memory.step + 1,
            embedder=replay.embedder(models.embedder) if config.embedding_model else None,
        )
        try:
            if memory.state is None:
                await writer.open()  # a wrong name or a missing key shows before anything is evaluated
                step = self._optimizer.init((self._task.seed,), lab)
            else:
                step = self._optimizer.step(memory.state, lab)
            return await until_quiet(step, replay, lambda: len(desk.lacking))
        finally:
            await models.connection.aclose()


def ask_tell(
    task: str | Path | Task | Splits | Rows,
    *,
    optimizer_model: str | Model,
    algorithm: str = "gpo",
    options: Mapping[str, Any] | None = None,
    prompt: str | Mapping[str, str] | Prompt | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
) -> AskTell:
    """A search for those with an evaluation loop of their own: `ask` says what to evaluate, `tell` takes the scores.

    >>> search = gpo.ask_tell(rows, optimizer_model="openai/gpt-5-mini")  # doctest: +SKIP
    >>> while batch := search.ask():  # doctest: +SKIP
    ...     search.tell([[score(prompt, row) for row in rows] for prompt, rows in batch])

    task: rows by column, (input, target) pairs, `gpo.Example`s, `gpo.Splits`, a `gpo.Task`, or a file. Rows without a
    division: a third is shown to the optimizer model, the rest scores prompts. Test rows are left to you; gpo-paper
    alone asks for them, as the released code does.
    settings: anything else of gpo.yaml that is not about evaluations, such as {"budget": {"max_calls": 100}}; the
    budget is that of the optimizer model.

    Raises ConfigError and TaskError for bad input.
    """
    given: dict[str, Any] = dict(settings or {})
    for key in EVALUATION:
        if key in given:
            raise ConfigError(f"ask_tell: {key} is {given[key]!r}, but evaluations are made by you. Leave it out.")
    for key in ("task", "optimizer_model", "algorithm", "prompt", "seed", algorithm):
        if key in given:
            where = "options" if key == algorithm else key
            raise ConfigError(f"ask_tell: settings holds {key}, which is an argument of its own: {where}=….")
    if "max_seconds" in (given.get("budget") or {}):
        raise ConfigError("ask_tell: budget.max_seconds cannot be kept where you evaluate. Stop your loop instead.")
    named = str(task) if isinstance(task, str | Path) else task.name if isinstance(task, Task) else NAME
    given |= {
        "task": named,
        "task_model": model_name(optimizer_model),
        "optimizer_model": model_name(optimizer_model),
        **seed_settings(prompt),
        "algorithm": algorithm,
        algorithm: dict(options or {}),
        "seed": seed,
    }
    config = RunConfig.from_mapping({key: value for key, value in given.items() if value is not None}, "ask_tell()")
    loaded = task_outside(task, config.task)
    return AskTell(config, loaded, None if isinstance(optimizer_model, str) else optimizer_model)


def _read(file: Path) -> dict[str, Any]:
    try:
        return decode(dict[str, Any], json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise StoreError(f"{file} cannot be read as the state of a search: {error}. Name another file.") from error


def _about(config: RunConfig, loaded: LoadedTask) -> dict[str, Any]:
    """What tells one search from another."""
    return {
        "algorithm": config.algorithm,
        "options": encode(config.options),
        "optimizer_model": config.writer,
        "seed": config.seed,
        "prompt": loaded.task.seed.by_name,
        "data": loaded.fingerprint,
    }
