"""Knows how calls wait in line until they may be sent: by an endpoint's pace, or by a number at a time."""

import asyncio
from dataclasses import dataclass

from gpo.core.chat import Model, Reply, Request
from gpo.models.overhead import Extent, Overhead
from gpo.models.pace import Pace


@dataclass(frozen=True, slots=True)
class Paced:
    """Sends calls as fast as the endpoint takes them; the rest wait in line."""

    inner: Model
    pace: Pace

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer."""
        pace = self.pace
        most = Overhead().most(Extent.of(request)).tokens if pace.by_tokens else 0
        sent, expected = await pace.enter(most)
        try:
            reply = await self.inner.complete(request)
        except BaseException as failure:
            pace.leave(sent, expected, most, None, failure)
            raise
        pace.leave(sent, expected, most, reply.usage.tokens, None)
        return reply


@dataclass(frozen=True, slots=True)
class Limited:
    """Lets a number of calls through at a time; the rest wait in line."""

    inner: Model
    slots: asyncio.Semaphore

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer."""
        async with self.slots:
            return await self.inner.complete(request)
