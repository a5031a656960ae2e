"""Knows how a user's own program or agent answers a task's examples, and what it is given of the task model."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutinefunction, signature
from threading import Thread
from typing import Any, Generic, TypeVar

from gpo.core.chat import Message, Model, Reply, Request, Sampling
from gpo.core.errors import ConfigError
from gpo.core.prompt import Prompt
from gpo.core.task import Example
from gpo.tasks.custom import Blaming, blamed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """The task model as an async program is given it: every call is counted, cached, retried and within the budget."""

    model: Model
    sampling: Sampling

    @property
    def name(self) -> str:
        """`provider/name`."""
        return self.model.name

    async def complete(self, request: Request) -> Reply:
        """The model's own answer to a request of any form."""
        return await self.model.complete(request)

    async def ask(self, text: str, system: str | None = None, **sampling: Any) -> str:
        """What the model says to a text; `sampling` are fields of `Sampling` that differ from the task's."""
        head = () if system is None else (Message("system", system),)
        how = Sampling(**{name: getattr(self.sampling, name) for name in self.sampling.__slots__} | sampling)
        reply = await self.model.complete(Request((*head, Message("user", text)), how))
        return reply.texts[0] if reply.texts else ""


class Visit:
    """What a function in a thread asks while somebody waits for what it says. Afterwards nothing: it may run on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._under_way: set[asyncio.Task[Any] | None] = set()
        self._over = False

    def wait_for(self, call: Coroutine[Any, Any, T]) -> T:
        """What the call gives back; for the thread. Raises concurrent.futures.CancelledError once the visit is over."""
        return asyncio.run_coroutine_threadsafe(self._asked(call), self._loop).result()

    async def _asked(self, call: Coroutine[Any, Any, T]) -> T:
        if self._over:
            call.close()
            raise asyncio.CancelledError
        task = asyncio.current_task()
        self._under_way.add(task)
        try:
            return await call
        finally:
            self._under_way.discard(task)

    def end(self) -> None:
        """Ends what is under way; nothing is asked any more."""
        self._over = True
        for task in self._under_way:
            if task:
                task.cancel()


@dataclass(frozen=True, slots=True)
class BlockingAsk:
    """The same for a plain function, which runs in a thread of its own: `ask` and `complete` wait for the answer."""

    model: Ask
    visit: Visit

    @property
    def name(self) -> str:
        """`provider/name`."""
        return self.model.name

    def complete(self, request: Request) -> Reply:
        """The model's own answer to a request of any form."""
        return self.visit.wait_for(self.model.complete(request))

    def ask(self, text: str, system: str | None = None, **sampling: Any) -> str:
        """What the model says to a text; see `Ask.ask`."""
        return self.visit.wait_for(self.model.ask(text, system, **sampling))


@dataclass(frozen=True, slots=True)
class OwnProgram:
    """A `Program` made of a user's callable (prompt, example, model) -> str; `name` is what errors call it."""

    function: Callable[..., Any]
    name: str
    sampling: Sampling

    async def __call__(self, prompt: Prompt, example: Example, model: Model) -> str:
        """What the callable says. Raises ConfigError, naming the example, where it raises or says no text."""
        what, asked = self._on(example), Ask(model, self.sampling)
        if _is_async(self.function):
            with Blaming(what):
                said = await self.function(prompt, example, asked)
        else:
            visit = Visit()
            try:
                said = await _in_a_thread(partial(self._blocking, prompt, example, BlockingAsk(asked, visit)))
            finally:
                visit.end()
        if not isinstance(said, str):
            raise blamed(f"{what} returned {said!r:.200}; expected the answer as text, which the metric grades.")
        return said

    def _blocking(self, prompt: Prompt, example: Example, asked: BlockingAsk) -> Any:
        with Blaming(self._on(example)):
            return self.function(prompt, example, asked)

    def _on(self, example: Example) -> str:
        return f'The program {self.name} on the example "{example.id}"'


def program_of(function: Callable[..., Any], sampling: Sampling, name: str | None = None) -> OwnProgram:
    """A program from any callable (prompt, example, model) -> str, sync or async.

    Raises ConfigError where it cannot be called so.
    """
    if isinstance(function, OwnProgram):
        return OwnProgram(function.function, function.name, sampling)
    name = name or str(getattr(function, "__name__", type(function).__name__))
    try:
        signature(function).bind(Prompt.of(""), Example("", "", ()), None)
    except TypeError as error:
        raise ConfigError(
            f"The program {name} takes {signature(function)}; it is called with (prompt, example, model): {error}."
        ) from error
    except ValueError:
        pass  # written in C without a signature: the first call will show
    return OwnProgram(function, name, sampling)


async def _in_a_thread(work: Callable[[], T]) -> T:
    """What the work gives back. Nobody waits for its thread who does not wait for this: not the process at its end."""
    context, waiting = copy_context(), _Waiting[T](asyncio.get_running_loop())

    def run() -> None:
        with waiting:
            waiting.tell(waiting.done.set_result, context.run(work))

    Thread(target=run, daemon=True).start()
    return await waiting.done


class _Waiting(Generic[T]):
    """Who waits in the event loop for what a thread does; an error in the block is theirs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.done: asyncio.Future[T] = loop.create_future()

    def tell(self, how: Callable[[Any], object], what: Any) -> None:
        """Tells the outcome to the loop, if it is still there and somebody waits."""
        with suppress(RuntimeError):  # it is closed
            self._loop.call_soon_threadsafe(lambda: self.done.done() or how(what))

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if error is not None:
            self.tell(self.done.set_exception, error)
        return True


def _is_async(function: Callable[..., Any]) -> bool:
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)
