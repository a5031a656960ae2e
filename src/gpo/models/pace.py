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
    """The pace at which one endpoint is asked. For one event loop; calls go through in the order in which they came.

    by_tokens: whether the user limits the tokens a minute; else it need not be known what a call may take.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requests = _by_minute(limits.requests_per_minute)
        self._tokens = _by_minute(limits.tokens_per_minute)
        self.by_tokens = self._tokens is not None
        self._width = Width(limits.concurrency)
        self._rate = Rate(clock())
        self._learned: Bucket | None = None
        self._in_flight, self._left_at, self._away_until = 0, clock(), clock()
        self._closed_until = 0.0
        self._share = 1.0
        self._patience_s, self._failing_since, self._failed = limits.patience_s, 0.0, 0
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

    async def enter(self, tokens: int) -> tuple[Sent, float]:
        """Waits until a call may be sent that takes so many tokens at most; when it is, and how many are expected.

        Whoever was let in says with `leave` how the call ended, however it did.
        """
        expected = self._share * tokens
        if not self._line:
            now = self._clock()
            if not self._in_flight:
                self._rate.rested(now - max(self._left_at, self._away_until))
            if self._in_flight < self._width.now and (sent := self._let_in(expected, now)):
                return sent, expected
        place: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self._line.append((place, expected))
        try:
            return await place, expected
        except asyncio.CancelledError as given_up:
            if not place.cancelled():  # it was let in at the same moment
                self.leave(place.result(), expected, tokens, None, given_up)
            raise

    def leave(self, sent: Sent, expected: float, most: int, took: int | None, failure: object) -> None:
        """The call that was sent then has ended, with a failure or (None) an answer. took: tokens; None if unknown.

        A ModelUnavailable slows others down where the endpoint says that it is asked too much.
        """
        now = self._clock()
        if failure is None:
            self._failed = 0
            self._width.replied(sent.at, now, took or 0)
        else:
            self._hear_of(failure, sent)
        if self._tokens:
            if took is not None and most:
                self._share += NEWS * (took / most - self._share)
            self._tokens.take(now, (took or 0) - expected)
        self._in_flight -= 1
        self._left_at = now
        self._move_up(now)

    def _hear_of(self, failure: object, sent: Sent) -> None:
        """A call got no answer; what says nothing of the endpoint ends a row of its failures."""
        if isinstance(failure, ModelUnavailable):
            self._count(sent, failure)
            if failure.busy:
                self._refused(sent, failure.retry_after_s)
        else:
            self._failed = 0

    def _count(self, sent: Sent, failure: ModelUnavailable) -> None:
        """One more failed, and is fatal where it is one of many and nobody was answered for long."""
        self._failing_since = min(self._failing_since, sent.at) if self._failed else sent.at
        self._failed += 1
        silent_s = self._clock() - self._failing_since
        if self._failed >= GONE_AFTER and silent_s > self._patience_s:
            failure.fatal = True
            failure.add_note(f"The last {self._failed:,} calls have failed, over {silent_s:,.0f} seconds.")

    def wait(self, seconds: float) -> None:
        """Nothing is sent for that long, a minute at most: the endpoint said that nothing is left."""
        self._closed_until = max(self._closed_until, self._clock() + min(seconds, LONGEST_S))

    def _move_up(self, now: float) -> None:
        """Lets in whoever may go, the first in line first.

        Whoever leaves asks for it, and the alarm: while somebody is in line, calls are in flight or the alarm is set.
        """
        line = self._line
        while line and self._in_flight < self._width.now:
            place, tokens = line[0]
            if not place.cancelled():
                sent = self._let_in(tokens, now)
                if sent is None:
                    return
                place.set_result(sent)
            line.popleft()

    def _let_in(self, tokens: float, now: float) -> Sent | None:
        """Sends a call on its way where every brake lets it through; else an alarm is set to when the slowest does."""
        brakes: list[tuple[Bucket, float]] = []  # and how much of each the call takes
        if self._requests:
            brakes.append((self._requests, 1.0))
        if self._tokens:
            brakes.append((self._tokens, tokens))
        if self._learned and (per_s := self._rate.per_s(now)):
            self._learned.per_s = per_s
            brakes.append((self._learned, 1.0))
        wait_s = self._closed_until - now
        for bucket, amount in brakes:
            wait_s = max(wait_s, bucket.wait_s(now, amount))
        if wait_s > 0:
            self._come_back_in(wait_s)
            return None
        for bucket, amount in brakes:
            bucket.take(now, amount)
        self._in_flight += 1
        return self._rate.sent(now)

    def _come_back_in(self, seconds: float) -> None:
        """Sets the alarm."""
        if self._alarm:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(seconds, lambda: self._move_up(self._clock()))

    def _refused(self, sent: Sent, wish_s: float | None) -> None:
        """What is learned from a refusal; all wait as long as the endpoint wishes where that alone is known."""
        now, wish_s = self._clock(), min(max(wish_s or 0.0, 0.0), LONGEST_S)
        self._away_until = max(self._away_until, now + max(wish_s, AWAY_S))
        if self._rate.refused(sent, now):
            self.wait(wish_s)
            self._rate.rested(wish_s)
        if self._rate.per_s(now) is None:  # only a refusal changes whether there is such a limit
            self._learned = None
        elif self._learned is None:
            self._learned = Bucket(1.0, CATCH_UP_S)


def _by_minute(limit: float | None) -> Bucket | None:
    return None if limit is None else Bucket(limit / 60, BURST_S)
