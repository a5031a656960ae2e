"""Knows what stands around every model: each a model in, a model out. Knows no provider and no store.

Outside in: Fanned(Recorded(Cached(Retrying(Paced(Metered(client)))))), with `Limited` for `Paced` where the model is in
this process, and `Hedged` within `Paced` where requests may be sent twice (`retrying.py`, `waiting.py`, `hedge.py`).
So a cached answer reserves nothing, a call that waits to be repeated holds neither a slot nor a reservation, and each
request that is sent is paid and written down once, whether it is answered, fails or is cancelled: what the ledger
counts, the journal holds.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from gpo.core.budget import Spent
from gpo.core.chat import Model, Reply, Request, Usage
from gpo.core.errors import GPOError, ModelError, ModelRefused, ParameterRefused, UnreadableReply
from gpo.core.keys import content_key
from gpo.core.together import together
from gpo.models.account import HEDGED, Account
from gpo.models.overhead import Extent, Overhead

Waiting = asyncio.Future[None]
_ONE_CALL = Spent(1)
_NOTHING = Usage()


class AnswerCache(Protocol):
    """Where answers are kept by key."""

    async def get(self, key: str) -> Reply | None:
        """The answer of that key, or None."""
        ...

    async def put(self, key: str, reply: Reply) -> None:
        """Keeps an answer; does not wait for anything but the store itself."""
        ...


@dataclass(frozen=True, slots=True)
class Fanned:
    """Gives n answers also where the endpoint gives fewer: asks for the rest one by one, with seeds of their own."""

    inner: Model

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """Exactly n answers, the endpoint's own first. Raises UnreadableReply where they cannot be had."""
        first, wanted = await self.inner.complete(request), request.sampling.n
        if (missing := wanted - len(first.texts)) == 0:
            return first
        reply = _joined(first, *await together(self.inner.complete(_single(request, i)) for i in range(missing)))
        if len(reply.texts) < wanted:
            raise UnreadableReply(
                f"{self.name} gave {len(reply.texts)} of {wanted} answers, also when asked one by one."
            )
        return replace(reply, texts=reply.texts[:wanted], cut=reply.cut[:wanted])


def _single(request: Request, index: int) -> Request:
    seed = int(content_key([request.sampling.seed, index], 8), 16) % 2**31
    return replace(request, sampling=replace(request.sampling, n=1, seed=seed))


def _joined(*replies: Reply) -> Reply:
    """The answers of several replies as one."""
    return Reply(
        tuple(text for reply in replies for text in reply.texts),
        sum((reply.usage for reply in replies), Usage()),
        tuple(reply.is_cut(i) for reply in replies for i in range(len(reply.texts))),
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """Writes every answer down, and whether it was in the cache. Requests that fail are `Metered`'s to write down."""

    inner: "Cached"
    account: Account

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer."""
        key, started = self.account.key(request), time.monotonic()
        reply, cached = await self.inner.lookup(key, request)
        self.account.answered(key, reply, cached, time.monotonic() - started)
        return reply


@dataclass(slots=True)
class Cached:
    """Asks each request once: answers come from the cache, and equal requests under way are waited for, not repeated.

    A failure is not kept: whoever waited for it asks again. Without a cache every request is asked.
    refused: why requests got no answer that will get none again (refused for good, or answered in a form that nobody
    can read), by key: nobody asks them a second time. None where they may be asked again. own: how the keys begin under
    which this run alone finds replies that are not worth keeping for others.
    """

    inner: Model
    cache: AnswerCache | None
    key: Callable[[Request], str] = field(kw_only=True)
    refused: dict[str, str] | None = field(default=None, kw_only=True)
    own: str = field(default="", kw_only=True)
    _under_way: dict[str, list[Waiting]] = field(default_factory=dict[str, list[Waiting]], init=False)

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The answer, kept or new."""
        return (await self.lookup(self.key(request), request))[0]

    async def lookup(self, key: str, request: Request) -> tuple[Reply, bool]:
        """The answer to the request of that key, and whether it came from the cache."""
        if self.cache is None:
            return await self.inner.complete(request), False
        while (others := self._under_way.get(key)) is not None:
            others.append(asyncio.get_running_loop().create_future())
            await others[-1]
        others = self._under_way[key] = []
        try:
            known = await self.cache.get(key)
            if known is None and request.worth_keeping:
                known = await self.cache.get(self.own + key)
            if known is not None:
                return known, True
            if self.refused and key in self.refused:
                raise _again(self.refused[key])
            return await self._ask(self.cache, key, request), False
        finally:
            del self._under_way[key]
            for other in others:
                if not other.done():  # cancelled
                    other.set_result(None)

    async def _ask(self, cache: AnswerCache, key: str, request: Request) -> Reply:
        try:
            reply = await self.inner.complete(request)
        except (ModelRefused, UnreadableReply) as error:
            if self.refused is not None and not error.fatal:
                self.refused[key] = _told(error)
            raise
        worth_keeping = request.worth_keeping is None or request.worth_keeping(reply)
        await cache.put(key if worth_keeping else self.own + key, reply)
        return reply


def _told(error: GPOError) -> str:
    """A failure as the journal has it."""
    return f"{type(error).__name__}{', fatal' if getattr(error, 'fatal', False) else ''}: {error}"


def _again(failure: str) -> ModelError:
    """The error of a failure in the journal."""
    kind, _, said = failure.partition(": ")
    return UnreadableReply(said) if kind == UnreadableReply.__name__ else ModelRefused(said, fatal=False)


@dataclass(slots=True)
class Metered:
    """Reserves the most that a request may take before it is sent and settles what it really took, however it ends.

    Where there is a limit the first request goes alone: what the endpoint adds to a request, and which parameters it
    refuses, is known to the others then. A request that fails or is cancelled counts as a call, and is written down as
    one. Where the provider may have answered it all the same (the connection broke, the answer was filtered or cannot
    be read, it was given up because it was sent twice, or under a limit for any reason) it counts as the most that it
    may have taken.
    """

    inner: Model
    account: Account
    _overhead: Overhead = field(default_factory=Overhead, init=False)
    _limited: bool = field(init=False)
    _by_size: bool = field(init=False)
    _met: bool = field(init=False)
    _meeting: asyncio.Event | None = field(default=None, init=False)
    _refusal: ModelError | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        limits = self.account.ledger.budget.of(self.account.role)
        self._limited, self._by_size = bool(limits), any(each.by_size for each in limits)
        self._met = not self._limited

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer, paid. Raises BudgetExhausted, and then sends nothing."""
        while not self._met:
            if self._refusal:
                raise self._refusal
            if self._meeting is None:
                return await self._meet(request)
            await self._meeting.wait()
        return await self._paid(request)

    async def _meet(self, request: Request) -> Reply:
        """The first answer, or a failure that tells nothing of the endpoint: nobody waits for the next one's.

        All who wait are let in at once, in their order: one by one, others would overtake them. Where every request
        would be refused, theirs are, and are neither sent nor booked: the run ends by that.
        """
        door = self._meeting = asyncio.Event()
        try:
            reply = await self._paid(request)
            self._met = True
            return reply
        except ModelError as failure:
            self._refusal = failure if failure.fatal else None
            self._met = not isinstance(failure, ParameterRefused) and not failure.fatal
            raise
        finally:
            self._meeting = None
            door.set()

    async def _paid(self, request: Request) -> Reply:
        account, size = self.account, Extent.of(request)
        upper = account.spent(self._overhead.most(size)) if self._by_size else _ONE_CALL
        await account.reserve(upper)
        usage, failure, started = _NOTHING, "cancelled", time.monotonic()
        try:
            reply = await self.inner.complete(request)
            usage, failure = reply.usage, ""
            self._overhead.learn(size, usage)
            return reply
        except GPOError as error:
            failure = _told(error)
            if isinstance(error, ModelError) and error.maybe_paid:
                usage = self._overhead.most(size)
            raise
        except asyncio.CancelledError as given_up:
            failure = HEDGED if HEDGED in given_up.args else failure
            if self._limited or failure == HEDGED:
                usage = self._overhead.most(size)
            raise
        finally:
            account.ledger.settle(account.role, upper, account.spent(usage))
            if failure:
                account.failed(request, failure, time.monotonic() - started, usage)
