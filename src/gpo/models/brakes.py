"""Knows three brakes: an allowance that flows in, a rate learned from refusals, a width judged by latency. No clock."""

from dataclasses import dataclass, field
from math import inf
from statistics import median

KEPT, LEAST = 0.93, 0.3
"""Of a rate at which an endpoint refused: what is left at most, and at least, of whatever came through."""
SLOW, QUICK = 0.0005, 0.06
"""Shares by which a learned rate grows: with each request where it was about right, each second where it was not."""
FASTER = 200
"""After so many requests without a refusal it grows twice as fast, after thrice as many ten times."""
MOST_PER_S = 150
"""Of requests that come faster than that, no more count for its growth: what they meet is known only later."""
SHORTEST_S, ENOUGH = 0.25, 8
"""What was measured over less, of fewer requests, or was sent sooner after a cut, says little."""
SETTLED = 0.85
"""Where that share went through, the rate was about right."""
SLOWEST_PER_S = 1.0
IN_VAIN, SLOWER = 5, 0.98
"""So often in a row it is refused at no more than that share of the rate before: then it does not come from speed."""
TRUCE_S = 20.0
"""For so long they are borne."""
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


class Rate:
    """How many requests a second an endpoint takes, learned from its refusals; unlimited until the first one.

    A cut leaves what came through. Then the rate grows: slowly where it was about right, else faster the longer nothing
    is refused. Where slower asking is refused as often, again and again, it is not limited for a while.
    """

    def __init__(self, now: float) -> None:
        self._start: float | None = None
        self._settled = False
        self._since, self._through, self._refusals = now, 0, 0
        self._refused_at, self._falls, self._truce_until = inf, 0, -inf

    def per_s(self, now: float) -> float | None:
        """Requests a second; None where nothing limits them."""
        if self._start is None:
            return None
        quiet_s = now - self._since
        if self._settled:
            through = min(self._through, MOST_PER_S * quiet_s)
            return self._start * (1 + SLOW * through * (1 + (through / FASTER) ** 2))
        return self._start * (1 + QUICK * (quiet_s + quiet_s**2 / 2))

    def rested(self, seconds: float) -> None:
        """Nobody wanted to ask for that long, if above 0: such time says nothing about a rate."""
        self._since += max(0.0, seconds)

    def sent(self) -> None:
        """A request is on its way."""
        self._through += 1

    def refused(self, sent: float, now: float) -> bool:
        """A request that was sent at that time was refused; whether no rate is known that it would take.

        What was in flight when the rate was cut, or was sent right after, says nothing new.
        """
        known, quiet_s = self.per_s(now), now - self._since
        if sent >= self._since:
            self._through, self._refusals = self._through - 1, self._refusals + 1
        if now < self._truce_until:
            return False
        if not self._is_news(sent):
            return known is None
        measured = max(SLOWEST_PER_S, self._through / max(quiet_s, SHORTEST_S))
        if known is None:
            self._start = measured
        elif self._in_vain(known):
            self._start, self._truce_until = None, now + TRUCE_S
        else:
            self._start = max(SLOWEST_PER_S, LEAST * known, min(measured, KEPT * known))
        self._settled = known is not None and self._through >= SETTLED * (self._through + self._refusals)
        self._since, self._through, self._refusals = now, 0, 0
        return known is None or self._start == SLOWEST_PER_S

    def _is_news(self, sent: float) -> bool:
        apart = self._start is None or sent >= self._since + SHORTEST_S
        return apart and self._through + self._refusals >= ENOUGH

    def _in_vain(self, rate: float) -> bool:
        """Whether slower asking does not help: a real limit refuses at the same rate, or most of what is asked."""
        falls = rate < SLOWER * self._refused_at and self._refusals < self._through
        self._refused_at, self._falls = rate, self._falls + 1 if falls else 0
        if self._falls < IN_VAIN:
            return False
        self._refused_at, self._falls = inf, 0
        return True


class Width:
    """How many calls may be in flight: few at first, more while the endpoint keeps up, on trial fewer where it is slow.

    A narrower width stays where as many tokens a second come through; else the endpoint has become slower by itself, or
    is asked for longer answers, and the width is what it was.
    """

    def __init__(self, most: int) -> None:
        self._most, self._width = most, float(min(most, FIRST))
        self._starting, self._round = most > FIRST, self.now
        self._usual_s, self._first_s, self._before, self._wider = 0.0, 0.0, (0.0, 0.0), WIDER
        self._latencies: list[float] = []
        self._tokens, self._since = 0, -inf

    @property
    def now(self) -> int:
        """At least 1, at most what the user allows."""
        return max(1, int(self._width))

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
            self._width = min(self._most, MORE * self._width)

    def _judge(self, latency_s: float, per_s: float) -> None:
        width, throughput = self._before
        if latency_s <= QUEUED * self._usual_s:
            self._usual_s = min(latency_s, self._usual_s)
            self._width, self._before = min(self._most, self._wider * self._width), (0.0, 0.0)
        elif not width or per_s >= AS_GOOD * throughput:
            self._before, self._width = (self._width, per_s), max(1.0, NARROWER * self._width)
            self._wider = A_BIT_WIDER
        else:
            self._width, self._usual_s, self._before = width, latency_s, (0.0, 0.0)
