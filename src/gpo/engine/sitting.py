"""Knows one sitting of a run or of a measurement: its store, its models with everything around them, who watches.

Nothing here searches: whoever only measures loads no search.
"""

import sys
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gpo.core.budget import Spent
from gpo.core.chat import Embedder, Model
from gpo.core.events import Observer
from gpo.core.ledger import Ledger
from gpo.core.task import Task
from gpo.engine.clock import Clock
from gpo.engine.config import RunConfig
from gpo.engine.scribe import Scribe
from gpo.engine.texts import Texts
from gpo.models.account import CallJournal
from gpo.models.connect import Connection, connect, connect_embedder, wrap
from gpo.models.prices import source_of
from gpo.models.providers import parted
from gpo.models.wrappers import AnswerCache
from gpo.store.contract import Store
from gpo.store.own import OwnAnswers
from gpo.store.sqlite import open_store

MEASUREMENT = "eval"
"""What stands for an algorithm where prompts are only measured."""
Watch = Callable[[Callable[[], Mapping[str, Spent]]], AbstractContextManager[Observer]]
"""Something that shows a run while it lasts: (what was spent so far, by role) -> an observer to be closed."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who watches a run: plain observers, and displays that are opened and closed with it.

    stopped: whether the run was stopped from outside, known before the event loop has a turn to be told. in_python:
    whether it was called from there, and so is gone on with from there.
    """

    observers: Sequence[Observer] = ()
    watches: Sequence[Watch] = ()
    stopped: Callable[[], bool] = field(default=lambda: False, kw_only=True)
    in_python: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Cast:
    """The models of a run, with everything around them. judge: None where a function grades."""

    task: Model
    optimizer: Model
    judge: Model | None = field(default=None, kw_only=True)
    embedder: Embedder | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a Python caller brings as objects instead of naming it in the settings."""

    task: Task | None = None
    task_model: Model | None = None
    optimizer_model: Model | None = field(default=None, kw_only=True)
    judge_model: Model | None = field(default=None, kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The settings that are objects: a run with any of them goes on in Python only."""
        given = {
            "task": self.task is not None,
            "task_model": self.task_model is not None,
            "optimizer_model": self.optimizer_model is not None,
            "judge_model": self.judge_model is not None,
        }
        return tuple(name for name, is_object in given.items() if is_object)

    def models(self, config: RunConfig) -> dict[str, Model | None]:
        """The objects by role. Where no judge is named, the optimizer model judges, be it a name or an object."""
        judge = self.judge_model if config.judge_model else self.optimizer_model
        return {"task": self.task_model, "optimizer": self.optimizer_model, "judge": judge}


@dataclass(frozen=True, slots=True)
class Sitting:
    """One process's share of a run.

    since: the last call in the journal when a failed run was last gone on with, for the cause may have been mended by
    then. refused: what was refused for good after that, by key, and is not asked again.
    """

    run_id: str
    store: Store
    ledger: Ledger = field(kw_only=True)
    clock: Clock = field(kw_only=True)
    since: int = field(default=0, kw_only=True)
    refused: dict[str, str] = field(default_factory=dict[str, str], kw_only=True)
    scribe: Scribe = field(default_factory=Scribe, kw_only=True)


@contextmanager
def opened(folder: Path) -> Generator[Store]:
    """The store in a folder, closed at the end."""
    store = open_store(folder)
    try:
        yield store
    finally:
        store.close()


@asynccontextmanager
async def connected(config: RunConfig, task: Task, brought: Brought, sitting: Sitting) -> AsyncGenerator[Cast]:
    """The models of a run on the task, wrapped in the order of the design, closed at the end whatever happens.

    Files of the hub that are not on this machine yet are fetched first.
    """
    models, objects = config.models(task), brought.models(config)
    named = [name for role, name in models.items() if objects.get(role) is None]
    if any(parted(name)[0] == "hf" for name in named):
        from gpo.models.hub import bring_all  # what downloads: nothing for who asks an endpoint

        await bring_all(named, sys.stderr)
    store = sitting.store
    cache = store if config.cache else OwnAnswers(store, sitting.run_id)
    journal = store.journal(sitting.run_id, sitting.clock.elapsed_s)
    connection = connection_for(config, sitting.ledger, cache, journal)
    own = f"{sitting.run_id} since {sitting.since}: "
    connection = replace(connection, warn=sitting.scribe.remark, refused=sitting.refused, own=own)

    def model(role: str) -> Model:
        own = objects[role]
        return connect(models[role], role, connection) if own is None else wrap(own, role, connection)

    try:
        yield Cast(
            model("task"),
            model("optimizer"),
            judge=model("judge") if "judge" in models else None,
            embedder=connect_embedder(models["embedding"], connection) if "embedding" in models else None,
        )
    finally:
        await connection.aclose()


def connection_for(config: RunConfig, ledger: Ledger, cache: AnswerCache | None, journal: CallJournal) -> Connection:
    """What all models of a run share."""
    return Connection(
        ledger=ledger,
        cache=cache,
        journal=journal,
        concurrency=config.concurrency,
        requests_per_minute=config.requests_per_minute,
        tokens_per_minute=config.tokens_per_minute,
        hedge=config.hedge,
        max_retries=config.max_retries,
        endpoints=config.endpoints,
        timeout_s=config.timeout_s,
        efforts=config.efforts,
        prices=config.prices,
    )


def judged(task: Task, model: Model | None, texts: Texts) -> Task:
    """The task with the grader that its judge makes of the judge model, where it has a judge."""
    return replace(task, grade=task.judge.grader(model, texts)) if task.judge and model else task


def priced(config: RunConfig, task: Task) -> dict[str, str]:
    """Where the prices of a run's models are from, by model: lists change, and its dollars are those of that day."""
    return {model: source for model in config.models(task).values() if (source := source_of(model, config.prices))}
