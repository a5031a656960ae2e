"""Learns from refusals how many requests a second an endpoint takes. No clock."""

from dataclasses import dataclass, field

from gpo.models.trial import ENOUGH, SHORTEST_S, Burst, Sent, Trial

SLOWEST_PER_S = 0.05
KEPT, LEAST = 0.93, 0.3
"""Of a rate at which an endpoint refused: what is left at most, and at least, of whatever came through."""
SLOW, QUICK = 0.0003, 0.06
"""Shares by which a known rate grows: with each request where it was about right, each second where it was not."""
A_SECOND = 5.0
"""So many requests count as a second at most where they are few."""
FASTER = 400
"""After so many requests without a refusal it grows twice as fast, after thrice as many ten times."""
MOST_PER_S = 150
"""Of requests that come faster than that, no more count for its growth: what they meet is known only later."""
SETTLED, FEW = 0.85, 2
"""Where that share went through, or all but so many, the rate was about right."""
ROW = 5
"""Where so many in a row are refused, nothing is left, and all wait as long as the endpoint wishes."""
VAIN = 0.85
"""Refused below that share of a rate that went through: that does not come from speed."""
SURE = 0.5
"""So much of what a trial has found does go through, however few requests it saw."""
TRUCE_S, LONGEST_TRUCE_S = 20.0, 320.0
"""For so long such refusals are borne, at first and at most."""
WATCHED, GAIN, GAIN_WHERE_MOST_ARE_REFUSED = 50, 1.1, 4.0
"""As long as of so many requests at least that many times as many a second come through as before."""


@dataclass(slots=True)
class Truce:
    """A time in which refusals are borne, because asking more slowly did not help. was: what came through a second."""

    until: float
    was: float
    watched: Sent
    _refused: int = field(default=0, init=False)

    def is_broken(self, request: Sent, last: Sent, now: float) -> bool:
        """One more was refused; whether they do come from speed: no more come through than when it was slower."""
        if request.number <= self.watched.number:
            return False
        self._refused += 1
        asked, seconds = last.number - self.watched.number, now - self.watched.at
        if asked < WATCHED or seconds < SHORTEST_S:
            return False
        through, self.watched, self._refused = asked - self._refused, Sent(now, last.number), 0
        needed = GAIN if 2 * through > asked else GAIN_WHERE_MOST_ARE_REFUSED
        return through < needed * self.was * seconds


@dataclass(slots=True)
class Row:
    """How many in a row were refused, by the order in which they were sent."""

    _to: int = 0
    _length: int = 0

    def refused(self, request: Sent) -> bool:
        """One more; whether these are so many that nothing is left. Then the next row begins."""
        if request.number > self._to:
            self._length = self._length + 1 if request.number == self._to + 1 else 1
            self._to = request.number
        if self._length < ROW:
            return False
        self._length = 0
        return True


class Rate:
    """How many requests a second an endpoint takes, learned from its refusals; unlimited until the first one.

    After a wall of refusals a trial finds the rate. Later a refusal cuts it to what came through; then it grows: slowly
    where it was about right, else faster the longer nothing is refused. Where slower asking is refused too, it is not
    limited for a while.
    """

    def __init__(self, now: float) -> None:
        self._start: float | None = None
        self._settled = False
        self._last = self._cut_at = Sent(now, 0)
        self._since, self._refusals = now, 0
        self._began: float | None = None
        self._burst: Burst | None = None
        self._trial: Trial | None = None
        self._truce: Truce | None = None
        self._truce_s, self._vain = TRUCE_S, VAIN
        self._best: float | None = None
        self._row = Row()

    def per_s(self, now: float) -> float | None:
        """Requests a second; None where nothing limits them."""
        if self._trial:
            return self._trial.per_s
        if self._start is None:
            return None
        quiet_s = max(0.0, now - self._since)
        if self._settled:
            through = min(self._asked - self._refusals, MOST_PER_S * quiet_s)
            return self._start * (1 + SLOW * through * (1 + (through / FASTER) ** 2))
        quiet_s = min(quiet_s, self._asked / A_SECOND)
        return self._start * (1 + QUICK * (quiet_s + quiet_s**2 / 2))

    @property
    def _asked(self) -> int:
        """How many were sent since the last cut."""
        return self._last.number - self._cut_at.number

    def rested(self, seconds: float) -> None:
        """Nobody wanted to ask for that long, if above 0: such time says nothing about a rate."""
        self._since += max(0.0, seconds)

    def sent(self, now: float) -> Sent:
        """A request is on its way; what tells it from others, if it is refused."""
        self._last = request = Sent(now, self._last.number + 1)
        if self._began is None:
            self._began = now
        if self._trial:
            self._trial.sent(request)
        return request

    def refused(self, request: Sent, now: float) -> bool:
        """That request was refused; whether all should wait as long as the endpoint wishes.

        They should where no rate is known that it would take, and where nothing is left.
        """
        is_late = request.number <= self._cut_at.number
        nothing_left = not is_late and self._row.refused(request)
        if self._truce and self._holds(self._truce, request, now):
            return False
        if self._trial:
            if flows_in := self._trial.refused(request):
                self._find(flows_in, now)
            return nothing_left
        if is_late:
            self._hear_late()
            return False
        self._refusals += 1
        known = self.per_s(now)
        if known is None:
            self._refuse_first(request, now)
            return True
        if request.at >= self._since + SHORTEST_S and self._asked >= ENOUGH:
            self._cut(request, known, now)
        return nothing_left or self._start == SLOWEST_PER_S

    def _refuse_first(self, request: Sent, now: float) -> None:
        """Nothing limited them, so what came through is all that is known, if it is enough."""
        if self._asked < ENOUGH or self._began is None:
            return
        before = request.number - self._cut_at.number - self._refusals
        self._burst = Burst(self._began, before, request, self._last)
        through = self._asked - self._refusals
        self._begin(through / max(now - self._since, SHORTEST_S), now)
        self._best = None
        self._look_for_wall()

    def _hear_late(self) -> None:
        if self._burst:
            self._burst.refused += 1
            self._look_for_wall()

    def _look_for_wall(self) -> None:
        if self._burst and self._burst.is_wall:
            self._trial = Trial(self._burst)

    def _find(self, flows_in: float, now: float) -> None:
        """A trial has found the rate."""
        self._trial, self._best = None, SURE * flows_in
        self._begin(KEPT * flows_in, now)
        self._forget_burst()

    def _cut(self, request: Sent, known: float, now: float) -> None:
        """Refused at a rate that was known: it is cut, or, where that was in vain before, not limited for a while."""
        measured = self._measured(request)
        settled = self._refusals <= max(FEW, (1 - SETTLED) * self._asked)
        in_vain = self._best is not None and known < self._vain * self._best
        self._best = 0.0 if self._best is None else max(self._best, measured)
        if in_vain:
            self._truce = Truce(now + self._truce_s, measured, Sent(now, self._last.number))
            self._truce_s, self._best = min(2 * self._truce_s, LONGEST_TRUCE_S), None
            self._begin(None, now)
        else:
            likely = (measured + known) / 2 if settled else measured
            self._begin(max(LEAST * known, min(likely, KEPT * known)), now)
            self._settled = settled
        self._forget_burst()

    def _begin(self, per_s: float | None, now: float) -> None:
        self._start, self._settled = per_s and max(SLOWEST_PER_S, per_s), False
        self._since, self._cut_at, self._refusals = now, self._last, 0

    def _forget_burst(self) -> None:
        self._burst, self._began = None, None

    def _measured(self, request: Sent) -> float:
        """How many a second came through since the last cut, until that one: what later ones met is not known yet."""
        through = request.number - self._cut_at.number - self._refusals
        return max(SLOWEST_PER_S, through / max(request.at - self._since, SHORTEST_S))

    def _holds(self, truce: Truce, request: Sent, now: float) -> bool:
        if now < truce.until:
            if not truce.is_broken(request, self._last, now):
                return True
            self._vain, self._truce_s = VAIN * self._vain, TRUCE_S
        self._truce = None
        return False
