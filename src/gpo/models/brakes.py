"""Knows two brakes: an allowance that flows in, and a width judged by latency. No clock."""

from dataclasses import dataclass, field
from math import inf
from statistics import median

FIRST, MORE = 12, 2.5
"""Calls in flight before anything is known of the endpoint, and so many times as many each round at the start."""
QUEUED = 2.0
"""A median latency that many times the usual one is a sign of a queue."""
NARROWER, WIDER, A_BIT_WIDER, AS_GOOD = 0.8, 2.0, 1.25, 0.95


@dataclass(slots=True)
class Bucket:
    """An allowance that flows in at a steady rate, of which up to `burst_s` seconds' worth may be taken at once."""

    per_s: float
    burst_s: float
    _full_at: float = field(default=-inf, init=False)

    def wait_s(self, now: float, amount: float) -> float:
        """Seconds until that much may be taken; more than ever fits may be taken when the bucket is full."""
        needed_s = amount / self.per_s
        return max(0.0, max(self._full_at, now) + needed_s - max(self.burst_s, needed_s) - now)

    def take(self, now: float, amount: float) -> None:
        """Takes an amount; a negative one is put back."""
        self._full_at = max(self._full_at, now) + amount / self.per_s


class Width:
    """How many calls may be in flight: few at first, more while the endpoint keeps up, on trial fewer where it is slow.

    now: that number, at least 1, at most what the user allows.

    A narrower width stays where as many tokens a second come through; else the endpoint has become slower by itself, or
    is asked for longer answers, and the width is what it was.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._become(min(most, FIRST))
        self._starting, self._round = most > FIRST, self.now
        self._usual_s, self._first_s, self._before, self._wider = 0.0, 0.0, (0.0, 0.0), WIDER
        self._latencies: list[float] = []
        self._tokens, self._since = 0, -inf

    def _become(self, width: float) -> None:
        self._width, self.now = width, max(1, int(width))

    def replied(self, sent: float, now: float, tokens: int) -> None:
        """A call was answered; after a round at the start, later two of those sent since, it is judged."""
        if sent < self._since:
            return
        self._latencies.append(now - sent)
        self._tokens += tokens
        if len(self._latencies) < self._round:
            return
        latencies = sorted(self._latencies)
        if self._starting or not self._usual_s:
            self._meet(latencies)
        else:
            self._judge(median(latencies), self.now * self._tokens / max(sum(latencies), 1e-9))
        if not self._starting:
            self._since = now
        self._latencies, self._tokens, self._round = [], 0, self.now if self._starting else 2 * self.now

    def _meet(self, latencies: list[float]) -> None:
        """A queue is only building up at the start, so its throughput says nothing."""
        if not self._usual_s:
            self._usual_s, self._first_s = latencies[len(latencies) // 10], median(latencies)
        keeps_up = median(latencies) <= QUEUED * self._first_s
        self._starting = self._starting and keeps_up and self._round < self._most
        if self._starting:
            self._become(min(self._most, MORE * self._width))

    def _judge(self, latency_s: float, per_s: float) -> None:
        width, throughput = self._before
        if latency_s <= QUEUED * self._usual_s:
            self._usual_s = min(latency_s, self._usual_s)
            self._become(min(self._most, self._wider * self._width))
            self._before = (0.0, 0.0)
        elif not width or per_s >= AS_GOOD * throughput:
            self._before = (self._width, per_s)
            self._become(max(1.0, NARROWER * self._width))
            self._wider = A_BIT_WIDER
        else:
            self._become(width)
            self._usual_s, self._before = latency_s, (0.0, 0.0)
