"""Knows three brakes: an allowance that flows in, a rate learned from refusals, a width judged by latency. No clock."""

from dataclasses import dataclass, field
from math import inf
from statistics import median

KEPT, LEAST = 0.93, 0.3
"""Of a rate at which an endpoint refused: what is left at most, and at least, of whatever came through."""
BELOW, DOUBLED_S, DOUBLED = 1 / 2, 0.6, 4
"""Of what came through before the first refusal: where probing begins. It doubles after so long, and so many requests."""
PROBES, NEAR = 3, 0.65
"""So often it probes again at most, from what came through, where that was less than such a share of what was asked."""
ROOM = 0.9
"""Where so much of what came in while nobody might ask had room at the start, it has all gone in."""
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
FEW, FIRST, MORE = 16, 6, 3.0
"""Where a user allows few calls in flight, all of them at once; else so many, and so many times as many each round."""
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

    What it took before the first one says little: it may take many at once, and those in flight are refused with it. So
    from well below, the rate doubles again and again until the second one. Between two refusals the endpoint took just
    what it allows, or less: a cut leaves that. Then the rate grows: slowly where it was about right, else faster the
    longer nothing is refused. Where slower asking is refused as often, again and again, it is not limited for a while.
    """

    def __init__(self, now: float) -> None:
        self._start: float | None = None
        self._probes, self._settled = 0, False
        self._since, self._through, self._refusals, self._held_s = now, 0, 0, 0.0
        self._first = (0, 0.0)
        self._refused_at, self._falls, self._truce_until = inf, 0, -inf

    def per_s(self, now: float) -> float | None:
        """Requests a second; None where nothing limits them."""
        if self._start is None:
            return None
        quiet_s = max(0.0, now - self._since)
        if self._probes:
            return self._start * min(2.0 ** min(quiet_s / DOUBLED_S, 20.0), 1 + self._through / DOUBLED)
        if self._settled:
            through = min(self._through, MOST_PER_S * quiet_s)
            return self._start * (1 + SLOW * through * (1 + (through / FASTER) ** 2))
        return self._start * (1 + QUICK * (quiet_s + quiet_s**2 / 2))

    def rested(self, seconds: float) -> None:
        """Nobody wanted to ask for that long, if above 0: such time says nothing about a rate."""
        self._since += max(0.0, seconds)

    def held(self, seconds: float) -> None:
        """Nobody may ask for that long from now on, if above 0: what an endpoint allows goes on flowing in."""
        self._held_s += max(0.0, seconds)
        self.rested(seconds)

    def sent(self) -> None:
        """A request is on its way."""
        self._through += 1

    def refused(self, sent: float, now: float) -> bool:
        """A request that was sent at that time was refused; whether no rate is known that it would take.

        What was in flight when the rate was cut, or was sent right after, says nothing new.
        """
        known = self.per_s(now)
        if sent >= self._since:
            self._through, self._refusals = self._through - 1, self._refusals + 1
        if now < self._truce_until:
            return False
        if not self._is_news(sent):
            return known is None
        if known is None:
            self._start = max(SLOWEST_PER_S, BELOW * self._measured(now - self._since))
            self._probes, self._first = PROBES, (self._through, now - self._since)
        elif self._in_vain(known):
            self._start, self._truce_until = None, now + TRUCE_S
        else:
            self._cut(known, now - self._since)
        self._since, self._through, self._refusals, self._held_s = now, 0, 0, 0.0
        return known is None or self._start == SLOWEST_PER_S

    def _cut(self, known: float, quiet_s: float) -> None:
        """Leaves what came through; while it probes, what came in while nobody might ask counts if it all went in."""
        measured, floor = self._measured(quiet_s), LEAST * known
        if self._probes:
            whole, floor = self._measured(quiet_s + self._held_s), 0.0
            through, seconds = self._first
            if self._held_s and through >= ENOUGH and whole * (ROOM * self._held_s + seconds) <= through:
                measured, self._probes = whole, 0
            else:
                self._probes = self._probes - 1 if measured < NEAR * known else 0
        self._settled = self._through >= SETTLED * (self._through + self._refusals)
        self._start = max(SLOWEST_PER_S, floor, min(measured, KEPT * known))

    def _measured(self, seconds: float) -> float:
        return self._through / max(seconds, SHORTEST_S)

    def _is_news(self, sent: float) -> bool:
        apart = self._start is None or sent >= self._since + SHORTEST_S
        return apart and self._through + self._refusals >= ENOUGH

    def _in_vain(self, rate: float) -> bool:
        """Whether slower asking does not help: a real limit refuses at the same rate, or most of what is asked."""
        falls = not self._probes and rate < SLOWER * self._refused_at and self._refusals < self._through
        self._refused_at, self._falls = rate, self._falls + 1 if falls else 0
        if self._falls < IN_VAIN:
            return False
        self._refused_at, self._falls = inf, 0
        return True


class Width:
    """How many calls may be in flight: doubled while the endpoint keeps up, narrowed on trial where it is slow.

    A narrower width stays where as many tokens a second come through; else the endpoint has become slower by itself, or
    is asked for longer answers, and the width is what it was.
    """

    def __init__(self, most: int) -> None:
        self._most, self._width = most, float(most if most <= FEW else FIRST)
        self._starting, self._round = most > FEW, self.now
        self._usual_s, self._first_s, self._before, self._wider = 0.0, 0.0, (0.0, 0.0), WIDER
        self._latencies: list[float] = []
        self._tokens, self._since = 0, -inf

    @property
    def starting(self) -> bool:
        """Whether it grows with every answer, because nothing is known yet."""
        return self._starting

    @property
    def now(self) -> int:
        """At least 1, at most what the user allows."""
        return max(1, int(self._width))

    def replied(self, sent: float, now: float, tokens: int) -> None:
        """A call was answered; after a round at the start, later two of those sent since, there is something to judge."""
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
