"""Finds what an endpoint's bucket gets a second, once a burst has emptied it. No clock.

An endpoint that limits requests is a bucket: it holds some, and so many a second flow in. Nothing tells how many. Asked
at full speed until it refuses, it has given what it held, which says little of what flows in; so it is asked slowly and
then faster until it is empty once more. What came through from the one moment to the other is what flowed in.
"""

from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

INSTANT_S = 0.01
SHORTEST_S, ENOUGH = 0.25, 8
"""What was measured over less, of fewer requests, or was sent sooner after a cut, says little."""
WALL = 0.5
"""Where that share of what followed a refusal was refused too, a bucket was emptied: chance refuses one at a time."""
HELD_S, STEP, SLOW_PER_S = 1.0, 1.0, 1.0
"""A trial begins at what the bucket held in so many seconds, at least at so many a second; each request makes it faster
by so much a second.
"""
NEAR, MANY = 5, 20
"""Two refusals within so many requests end a trial: one alone may be chance. After so many refusals any does."""


class Sent(NamedTuple):
    """When a request was sent, and the how many-th of all it was."""

    at: float
    number: int


@dataclass(slots=True)
class Burst:
    """What was asked at full speed until its first refusal was heard of. through: how many came through before that."""

    began: float
    through: int
    emptied: Sent
    last: Sent
    refused: int = field(default=1, init=False)

    @property
    def after(self) -> int:
        """How many were sent from the refused one on, itself included."""
        return self.last.number - self.emptied.number + 1

    @property
    def is_wall(self) -> bool:
        """Whether it emptied a bucket."""
        return self.refused >= WALL * self.after

    @property
    def held(self) -> int:
        """How many came through in all: what the bucket held, and what flowed in meanwhile."""
        return max(0, self.through + self.after - self.refused)

    @property
    def took_s(self) -> float:
        """How long it took."""
        return self.last.at - self.began


class Trial:
    """What is asked after a burst, slowly first and faster with each request, until the bucket is empty once more."""

    def __init__(self, burst: Burst) -> None:
        self._burst = burst
        self._start = max(SLOW_PER_S, burst.held / max(burst.took_s, HELD_S))
        self._sent: deque[Sent] = deque(maxlen=1000)
        self._number = self._heard_to = burst.last.number
        self._refused, self._last_refused = 0, -inf

    @property
    def per_s(self) -> float:
        """Requests a second just now."""
        return self._start + STEP * (self._number - self._heard_to)

    def sent(self, request: Sent) -> None:
        """A request is on its way."""
        self._number = request.number
        self._sent.append(request)

    def refused(self, request: Sent) -> float | None:
        """A request was refused; the requests a second that flow in, once the bucket is empty again."""
        if request.number <= self._burst.last.number:
            self._burst.refused += 1
            return None
        alone = request.number - self._last_refused > NEAR
        before, self._refused, self._last_refused = self._refused, self._refused + 1, request.number
        if alone or request.number <= self._heard_to:
            return None
        through = request.number - self._burst.last.number - 1 - before
        if through >= ENOUGH or self._refused >= MANY:
            return self._flows_in(request, through)
        self._start, self._heard_to = max(SLOW_PER_S, self._start / 2), self._number
        self._sent.clear()
        return None

    def _flows_in(self, request: Sent, through: int) -> float:
        """The larger of two lower bounds, of which one is about right whatever the bucket holds.

        It was empty twice: what came through between flowed in, and more if it overflowed in a pause. And in any time
        it gives no more than what it holds and what flows in: less than a short burst got, and what flowed in besides.
        """
        burst = self._burst
        between = through + max(0, burst.after - burst.refused)
        most = between / max(request.at - burst.emptied.at, INSTANT_S)
        for each in self._sent if burst.took_s < HELD_S else ():
            seconds = request.at - each.at - burst.took_s
            if seconds < SHORTEST_S:
                break
            most = max(most, (request.number - each.number - burst.held) / seconds)
        return min(most, self.per_s)
