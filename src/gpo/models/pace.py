"""Knows how fast an endpoint may be asked: as many calls at a time and a second as it keeps up with. Sends nothing.

Three brakes, and the slowest counts. A user's own limits by the minute are kept. How many calls are in flight grows to
the user's limit while the endpoint keeps up, and shrinks where more of them only wait longer. And how many a second is
learned from refusals: what went through just before one is about what the endpoint allows.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from gpo.core.errors import ModelUnavailable
from gpo.models.brakes import Bucket, Width
from gpo.models.rate import Rate
from gpo.models.trial import Sent

CATCH_UP_S = 0.05
"""So much of a learned rate may be made up for: nobody wakes at the very moment."""
BURST_S = 0.25
"""So much of what a user allows may be taken at once."""
LONGEST_S = 60.0
AWAY_S = 2.0
"""For so long at least whoever was refused is still there, and will ask again."""
PATIENCE_S, GONE_AFTER = 90.0, 20
"""Who has answered none of so many calls for so long is gone, whatever it says."""
NEWS = 0.1
"""How much one call changes what share of its upper bound a call is expected to take."""
Brakes = list[tuple[Bucket, float]]
"""Allowances, and how much of each a call takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user allows. concurrency ≥ 1: calls in flight at most; the others by the minute, None for no limit.

    patience_s: how long calls may fail, without one that is answered, until the endpoint counts as gone.
    """

    concurrency: int
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = field(default=None, kw_only=True)
    patience_s: float = field(default=PATIENCE_S, kw_only=True)


class Pace:
    """The pace at which one endpoint is asked. For one event loop; calls go through in the order in which they came."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requests = _by_minute(limits.requests_per_minute)
        self._tokens = _by_minute(limits.tokens_per_minute)
        self._width = Width(limits.concurrency)
        self._rate, self._learned = Rate(clock()), Bucket(1.0, CATCH_UP_S)
        self._in_flight, self._left_at, self._away_until = 0, clock(), clock()
        self._closed_until = 0.0
        self._share = 1.0
        self._patience_s, self._failing_since, self._failed = limits.patience_s, inf, 0
        self._line: deque[tuple[asyncio.Future[Sent], float]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def width(self) -> int:
        """How many calls may be in flight just now."""
        return self._width.now

    @property
    def rate(self) -> float | None:
        """The requests a second that were learned from refusals; None where there is no such limit."""
        return self._rate.per_s(self._clock())

    @property
    def by_tokens(self) -> bool:
        """Whether the user limits the tokens a minute; else it need not be known what a call may take."""
        return self._tokens is not None

    async def enter(self, tokens: int) -> tuple[Sent, float]:
        """Waits until a call may be sent that takes so many tokens at most; when it is, and how many are expected.

        Whoever was let in says with `leave` how the call ended, however it did.
        """
        now, expected = self._clock(), self._share * tokens
        if not self._line:
            if not self._in_flight:
                self._rate.rested(now - max(self._left_at, self._away_until))
            if self._in_flight < self._width.now:
                brakes = self._brakes(expected, now)
                if self._wait_s(brakes, now) <= 0:
                    return self._let_in(brakes, now), expected
        return await self._my_turn(expected), expected

    def leave(self, sent: Sent, expected: float, most: int, took: int | None, failure: object) -> None:
        """The call that was sent then has ended, with a failure or (None) an answer. took: tokens; None if unknown.

        A ModelUnavailable slows others down where the endpoint says that it is asked too much.
        """
        now = self._clock()
        if took is not None and most:
            self._share += NEWS * (took / most - self._share)
        if isinstance(failure, ModelUnavailable):
            self._count(sent, failure)
            if failure.busy:
                self._refused(sent, failure.retry_after_s)
        else:
            self._failing_since, self._failed = inf, 0
        if failure is None:
            self._width.replied(sent.at, now, took or 0)
        self._leave((took or 0) - expected, now)

    def _count(self, sent: Sent, failure: ModelUnavailable) -> None:
        """One more failed, and is fatal where it is one of many and nobody was answered for long."""
        self._failing_since, self._failed = min(self._failing_since, sent.at), self._failed + 1
        silent_s = self._clock() - self._failing_since
        if self._failed >= GONE_AFTER and silent_s > self._patience_s:
            failure.fatal = True
            failure.add_note(f"The last {self._failed:,} calls have failed, over {silent_s:,.0f} seconds.")

    def wait(self, seconds: float) -> None:
        """Nothing is sent for that long, a minute at most: the endpoint said that nothing is left."""
        self._closed_until = max(self._closed_until, self._clock() + min(seconds, LONGEST_S))

    async def _my_turn(self, tokens: float) -> Sent:
        """Waits in line until a call may be sent that is expected to take that many tokens."""
        place: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self._line.append((place, tokens))
        self._move_up()
        try:
            return await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it was let in at the same moment
                self._leave(-tokens, self._clock())
            raise

    def _move_up(self) -> None:
        """Lets in whoever may go, the first in line first."""
        while self._line and self._in_flight < self._width.now:
            place, tokens = self._line[0]
            if not place.cancelled():
                now = self._clock()
                brakes = self._brakes(tokens, now)
                if (wait_s := self._wait_s(brakes, now)) > 0:
                    self._come_back_in(wait_s)
                    return
                place.set_result(self._let_in(brakes, now))
            self._line.popleft()

    def _come_back_in(self, seconds: float) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._move_up)

    def _let_in(self, brakes: Brakes, now: float) -> Sent:
        for bucket, amount in brakes:
            bucket.take(now, amount)
        self._in_flight += 1
        return self._rate.sent(now)

    def _leave(self, tokens: float, now: float) -> None:
        """A call has ended that took that many tokens more than was expected."""
        self._in_flight -= 1
        self._left_at = now
        if self._tokens:
            self._tokens.take(now, tokens)
        self._move_up()

    def _wait_s(self, brakes: Brakes, now: float) -> float:
        """Seconds until the slowest brake lets a call through."""
        wait_s = self._closed_until - now
        for bucket, amount in brakes:
            wait_s = max(wait_s, bucket.wait_s(now, amount))
        return wait_s

    def _brakes(self, tokens: float, now: float) -> Brakes:
        """The buckets that there are just now, and what a call takes of each."""
        buckets: Brakes = []
        if self._requests:
            buckets.append((self._requests, 1.0))
        if self._tokens:
            buckets.append((self._tokens, tokens))
        if learned := self._rate.per_s(now):
            self._learned.per_s = learned
            buckets.append((self._learned, 1.0))
        return buckets

    def _refused(self, sent: Sent, wish_s: float | None) -> None:
        """What is learned from a refusal; all wait as long as the endpoint wishes where that alone is known."""
        now, wish_s = self._clock(), min(max(wish_s or 0.0, 0.0), LONGEST_S)
        self._away_until = max(self._away_until, now + max(wish_s, AWAY_S))
        if self._rate.refused(sent, now):
            self.wait(wish_s)
            self._rate.rested(wish_s)


def _by_minute(limit: float | None) -> Bucket | None:
    return None if limit is None else Bucket(limit / 60, BURST_S)
