"""Knows how settings become a wired run: models, lab, optimizer. The one place that builds."""

import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gpo.core.budget import Ledger, Spent
from gpo.core.chat import Embedder, Model
from gpo.core.events import Observer
from gpo.core.task import Task
from gpo.engine.ahead import ample
from gpo.engine.clock import Clock
from gpo.engine.config import RunConfig
from gpo.engine.evaluate import Evaluator
from gpo.engine.lab import LiveLab
from gpo.engine.loop import Run
from gpo.engine.scribe import Scribe
from gpo.engine.texts import kept_texts, texts
from gpo.models.account import CallJournal
from gpo.models.connect import Connection, connect, connect_embedder, wrap
from gpo.models.hub import bring_all
from gpo.models.wrappers import AnswerCache
from gpo.optimizers.catalog import build
from gpo.store.contract import Store
from gpo.store.files import write_whole
from gpo.store.own import OwnAnswers

Watch = Callable[[Callable[[], Mapping[str, Spent]]], AbstractContextManager[Observer]]
"""Something that shows a run while it lasts: (what was spent so far, by role) -> an observer to be closed."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The models of a run, with everything around them."""

    task: Model
    optimizer: Model
    embedder: Embedder | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a Python caller brings as objects instead of naming it in the settings."""

    task: Task | None = None
    task_model: Model | None = None
    optimizer_model: Model | None = field(default=None, kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The settings that are objects: a run with any of them goes on in Python only."""
        given = {
            "task": self.task is not None,
            "task_model": self.task_model is not None,
            "optimizer_model": self.optimizer_model is not None,
        }
        return tuple(name for name, is_object in given.items() if is_object)


@dataclass(frozen=True, slots=True)
class Sitting:
    """One process's share of a run."""

    run_id: str
    store: Store
    ledger: Ledger = field(kw_only=True)
    clock: Clock = field(kw_only=True)
    scribe: Scribe = field(default_factory=Scribe, kw_only=True)


@asynccontextmanager
async def connected(config: RunConfig, brought: Brought, sitting: Sitting) -> AsyncGenerator[Cast]:
    """The models of a run, wrapped in the order of the design, closed at the end whatever happens.

    Files of the hub that are not on this machine yet are fetched first.
    """
    await bring_all(_named(config, brought), sys.stderr)
    store = sitting.store
    cache = store if config.cache else OwnAnswers(store, sitting.run_id)
    journal = store.journal(sitting.run_id, sitting.clock.elapsed_s)
    connection = replace(connection_for(config, sitting.ledger, cache, journal), warn=sitting.scribe.remark)
    try:
        yield Cast(
            _model(config.task_model, brought.task_model, "task", connection),
            _model(config.writer, brought.optimizer_model, "optimizer", connection),
            embedder=connect_embedder(config.embedding_model, connection) if config.embedding_model else None,
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
        efforts={"optimizer": config.optimizer_reasoning_effort or ""},
        prices=config.prices,
    )


def wire(config: RunConfig, task: Task, cast: Cast, sitting: Sitting) -> Run:
    """A run, ready to walk."""
    own, folder = Path(config.meta_prompts) if config.meta_prompts else None, sitting.store.folder(sitting.run_id)
    evaluator = Evaluator(task, cast.task, config.max_failures, at_once=config.concurrency, ample=ample(sitting.ledger))
    lab = LiveLab(
        task,
        cast.optimizer,
        evaluator=evaluator,
        tell=sitting.scribe.tell,
        texts=kept_texts(own, folder, write_whole) if folder else texts(own),
        seed=config.seed,
        embedder=cast.embedder,
    )
    return Run(
        sitting.run_id,
        build(config.algorithm, task, config.options),
        lab=lab,
        evaluator=evaluator,
        store=sitting.store,
        scribe=sitting.scribe,
        ledger=sitting.ledger,
        clock=sitting.clock,
        algorithm=config.algorithm,
    )


def _named(config: RunConfig, brought: Brought) -> Iterable[str]:
    """The models that are named and not brought."""
    roles = ((config.task_model, brought.task_model), (config.writer, brought.optimizer_model))
    named = [name for name, is_object in roles if is_object is None]
    return [*named, config.embedding_model] if config.embedding_model else named


def _model(name: str, brought: Model | None, role: str, connection: Connection) -> Model:
    return connect(name, role, connection) if brought is None else wrap(brought, role, connection)
