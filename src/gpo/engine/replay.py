"""Knows how a step is walked again without asking a model twice, and when it has come to rest."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gpo.core.chat import Embedder, Model, Reply, Request
from gpo.engine.config import RunConfig
from gpo.models.account import CallRecord, request_key
from gpo.models.connect import Connection, connect, connect_embedder, wrap
from gpo.models.hub import bring_all

T = TypeVar("T")
Vector = tuple[float, ...]
CALM = 20
"""Turns of the event loop in which nothing new is asked, after which a step waits for nobody but those outside."""


class Unrecorded:
    """A journal that keeps nothing."""

    def record(self, call: CallRecord) -> None:
        """Nothing."""

    def secure(self) -> None:
        """Nothing."""


@dataclass(slots=True)
class Replay:
    """What models said in the step under way, and the calls that are on their way now.

    kept: replies by request, vectors: embeddings by text; both outlive the replay. heard: called at once when there is
    a new one. idle: set while no call is on its way.
    """

    kept: dict[str, Reply]
    vectors: dict[str, Vector]
    heard: Callable[[], None] = field(kw_only=True)
    on_their_way: int = field(default=0, init=False)
    idle: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self.idle.set()

    async def said(self, key: str, ask: Callable[[], Coroutine[Any, Any, Reply]]) -> Reply:
        """What was said before under that key; asked now where nothing was."""
        if key not in self.kept:
            with self._on_its_way():
                self.kept[key] = await ask()
            self.heard()
        return self.kept[key]

    def embedder(self, opening: Callable[[], Awaitable[Embedder]]) -> Embedder:
        """An embedder that is opened when it is first needed, and embeds every text once."""

        async def embed(texts: tuple[str, ...]) -> tuple[Vector, ...]:
            new = tuple(text for text in dict.fromkeys(texts) if text not in self.vectors)
            if new:
                with self._on_its_way():
                    self.vectors.update(zip(new, await (await opening())(new), strict=True))
                self.heard()
            return tuple(self.vectors[text] for text in texts)

        return embed

    @contextmanager
    def _on_its_way(self) -> Generator[None]:
        self.on_their_way += 1
        self.idle.clear()
        try:
            yield
        finally:
            self.on_their_way -= 1
            if not self.on_their_way:
                self.idle.set()


@dataclass(slots=True)
class Replayed:
    """A model that says again what it said before, and is opened when it has to say something new."""

    name: str
    replay: Replay
    opening: Callable[[], Awaitable[Model]] = field(kw_only=True)
    _model: Model | None = field(default=None, init=False)
    _door: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def open(self) -> Model:
        """The model itself."""
        async with self._door:
            self._model = self._model or await self.opening()
        return self._model

    async def complete(self, request: Request) -> Reply:
        """What was said to this request."""

        async def ask() -> Reply:
            return await (await self.open()).complete(request)

        return await self.replay.said(request_key(self.name, "", request), ask)


@dataclass(frozen=True, slots=True)
class OnDemand:
    """The models of one replay, each opened when it is first needed. given: an optimizer model that is an object."""

    config: RunConfig
    given: Model | None
    connection: Connection

    async def writer(self) -> Model:
        """The optimizer model with everything around it."""
        if self.given is not None:
            return wrap(self.given, "optimizer", self.connection)
        await bring_all([self.config.writer], sys.stderr)
        return connect(self.config.writer, "optimizer", self.connection)

    async def embedder(self) -> Embedder:
        """The embedding model that the settings name."""
        name = self.config.embedding_model or ""
        await bring_all([name], sys.stderr)
        return connect_embedder(name, self.connection)


async def until_quiet(
    step: Coroutine[Any, Any, T], replay: Replay, lacking: Callable[[], int]
) -> tuple[bool, T | None]:
    """(True, the result) of a step that comes to its end; (False, None) once it waits for what is lacking alone.

    It is stopped then: whatever it did is done again when it is walked the next time.
    """
    task = asyncio.ensure_future(step)
    try:
        calm, before = 0, 0
        while not task.done() and calm < CALM:
            await replay.idle.wait()
            await asyncio.sleep(0)
            rests = replay.idle.is_set() and lacking() == before > 0
            calm, before = (calm + 1 if rests else 0), lacking()
        return (True, task.result()) if task.done() else (False, None)
    finally:
        task.cancel()
        await asyncio.wait({task})
