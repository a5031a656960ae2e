"""Knows how often a call is repeated that got no answer for now, and how long is waited before. Knows no provider."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf, isfinite

from gpo.core.chat import Model, Reply, Request
from gpo.core.errors import ModelUnavailable, ParameterRefused

LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Retrying:
    """Repeats a call that got no answer for now, a bounded number of times, waiting longer each time.

    Waits as long as the endpoint asks for (Retry-After), else between half and all of 0.5, 1, 2, 4 … seconds; never
    more than a minute. What is refused is not repeated, but where it was one parameter: then at once, without it.
    Where nobody ever answered, once is enough. A failure is fatal where nobody is there, and nobody was, whoever asked,
    for half of the time that this call was tried.
    """

    inner: Model
    retries: int
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, kw_only=True)

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer, or its last failure."""
        attempt, since = 0, inf
        while True:
            try:
                return await self.inner.complete(request)
            except ParameterRefused:
                continue  # each parameter is left out once and for all, so this ends
            except ModelUnavailable as failure:
                since = min(since, time.monotonic())
                if failure.fatal:
                    raise
                if attempt >= (self.retries if failure.gone_s < inf else min(self.retries, 1)):
                    failure.fatal = failure.gone_s > (time.monotonic() - since) / 2
                    raise
                await self.sleep(_wait_s(attempt, failure.retry_after_s))
                attempt += 1


def _wait_s(attempt: int, wish_s: float | None) -> float:
    if wish_s is not None and isfinite(wish_s):
        return min(max(wish_s, 0.0), LONGEST_WAIT_S)
    jitter = random.uniform(0.5, 1.0)  # no two come back at once
    return _longest_s(attempt) * jitter


def _longest_s(attempt: int) -> float:
    return min(0.5 * 2 ** min(attempt, 10), LONGEST_WAIT_S)


def waits_s(retries: int) -> float:
    """How long so many repeats of a call wait at most, where the endpoint wishes nothing."""
    return sum(map(_longest_s, range(retries)))
