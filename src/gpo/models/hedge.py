"""Knows when a request that takes far longer than others is sent a second time, and that only one answer counts.

Most of what a step waits for at its end is a few slow answers. The second request waits in line like any other, so that
no limit is exceeded, and is paid like any other; the one that loses is given up.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from gpo.core.chat import Model, Reply, Request
from gpo.core.errors import GPOError
from gpo.models.account import HEDGED, Account

TIMES = 5.0
"""A request is sent again after so many median latencies."""
SHARE = 0.02
"""Of all requests, at most that many are sent again."""
SOONEST_S = 1.0
"""Nothing is sent again before: a machine that is busy for a moment is no slow endpoint."""
KNOWN, REMEMBERED, BETWEEN = 20, 200, 10
"""Latencies from which on there is a median, those it is of, and after how many it is taken anew."""


@dataclass(slots=True, eq=False)
class _Asked:
    """A request under way: who waits for its answer, since when, and the second request where there is one.

    cancelling: how often the waiting task had been cancelled before. ended: the first request is through.
    """

    request: Request
    task: "asyncio.Task[Any]"
    cancelling: int = field(kw_only=True)
    started: float = field(kw_only=True)
    again: "asyncio.Task[Reply] | None" = field(default=None, init=False)
    reply: Reply | None = field(default=None, init=False)
    ended: bool = field(default=False, init=False)
    overtaken: bool = field(default=False, init=False)

    def overtake(self, again: "asyncio.Task[Reply]") -> None:
        """The second request has ended; where it was answered, and first, the first one is given up."""
        if _is_answered(again) and not self.ended:
            self.overtaken = True
            self.task.cancel(HEDGED)

    def only_overtaken(self) -> bool:
        """Whether the second answer, and nobody else, ended the waiting. To be asked once."""
        return self.overtaken and self.task.uncancel() <= self.cancelling


@dataclass(slots=True)
class Hedged:
    """Asks `inner`, and `again` where that takes too long; the first answer counts.

    again: the same model, in line behind the requests that wait already. One alarm watches the oldest request that was
    sent once, so that the many that are answered in time cost next to nothing.
    """

    inner: Model
    again: Model
    account: Account = field(kw_only=True)
    _latencies: deque[float] = field(default_factory=lambda: deque[float](maxlen=REMEMBERED), init=False)
    _too_long_s: float | None = field(default=None, init=False)
    _sent_once: dict[int, _Asked] = field(default_factory=dict[int, _Asked], init=False)
    _alarm: asyncio.TimerHandle | None = field(default=None, init=False)
    _asked: int = field(default=0, init=False)
    _hedged: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The first answer, or the first failure where neither request is answered."""
        asked = self._begin(request)
        try:
            asked.reply = await self._first_answer(asked)
        finally:
            asked.ended = True
            self._sent_once.pop(id(asked), None)
            if asked.again:
                await self._give_up(asked, asked.again)
        self._note(time.monotonic() - asked.started)
        return asked.reply

    def _begin(self, request: Request) -> _Asked:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A model is asked within a task of an event loop.")
        asked = _Asked(request, task, cancelling=task.cancelling(), started=time.monotonic())
        self._asked += 1
        self._sent_once[id(asked)] = asked
        if self._alarm is None:
            self._watch()
        return asked

    async def _first_answer(self, asked: _Asked) -> Reply:
        try:
            return await self.inner.complete(asked.request)
        except asyncio.CancelledError:
            if asked.again is None or not asked.only_overtaken():
                raise
        except GPOError:
            asked.ended = True
            if asked.again is None or not await _will_be_answered(asked.again):
                raise
        return asked.again.result()

    async def _give_up(self, asked: _Asked, again: "asyncio.Task[Reply]") -> None:
        """Ends the second request where it is under way. Two answers are one answer and one that was not needed."""
        if not again.done():
            again.cancel(HEDGED if asked.reply else None)
            await asyncio.wait((again,))
        if _is_answered(again) and asked.reply is not again.result():
            self.account.failed(asked.request, HEDGED, 0.0, again.result().usage)

    def _watch(self) -> None:
        """Sends what takes too long a second time, and comes back when the next may."""
        self._alarm = None
        if self._too_long_s is None:
            return
        now, loop = time.monotonic(), asyncio.get_running_loop()
        while self._sent_once:
            asked = next(iter(self._sent_once.values()))
            left_s = asked.started + self._too_long_s - now
            if left_s > 0 or self._hedged + 1 > SHARE * self._asked:
                self._alarm = loop.call_later(left_s if left_s > 0 else SOONEST_S, self._watch)
                return
            del self._sent_once[id(asked)]
            self._hedged += 1
            asked.again = loop.create_task(self.again.complete(asked.request))
            asked.again.add_done_callback(asked.overtake)

    def _note(self, latency_s: float) -> None:
        self._latencies.append(latency_s)
        if len(self._latencies) >= KNOWN and self._asked % BETWEEN == 0:
            self._too_long_s = max(SOONEST_S, TIMES * median(self._latencies))


async def _will_be_answered(task: "asyncio.Task[Reply]") -> bool:
    await asyncio.wait((task,))
    return _is_answered(task)


def _is_answered(task: "asyncio.Task[Reply]") -> bool:
    """Whether it has ended with an answer."""
    return task.done() and not task.cancelled() and task.exception() is None
