"""Knows the account of a run: it reserves before a call what that may take, and settles after it what it took.

Check-then-call overshoots under concurrency; reserve, call, settle does not.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from math import inf
from typing import NamedTuple

from gpo.core.budget import Budget, ByRole, Limit, Spent, Sum, added, dollars, larger, limits_in, over_all
from gpo.core.errors import BudgetExhausted


class Lack(NamedTuple):
    """A limit that is too small ("calls", "tokens", "usd", "seconds"). role: whose own it is, "" for that on all."""

    limit: str
    role: str = ""


class Ledger:
    """The account of one run. `reserve` before a call its upper bound, `settle` after it what it really took.

    A reservation that does not fit now waits while calls in flight may still settle below what they reserved; one that
    can never fit raises BudgetExhausted. largest: the most tokens and dollars reserved for one call of a role.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        spent: Mapping[str, Spent] | None = None,
        elapsed_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.budget = budget
        self._before = dict(spent or {})
        self._taken = defaultdict(Sum, {role: Sum(each) for role, each in self._before.items()})
        self._elapsed_s = elapsed_s
        self._whole = limits_in(budget)
        self._own = {role: limits_in(own, role) for role, own in budget.roles.items()}
        self._limits = defaultdict(lambda: self._whole, {role: self._whole + own for role, own in self._own.items()})
        self._in_flight = 0
        self.largest = defaultdict[str, Spent](Spent)
        self._aside: ByRole = {}
        self._settled: asyncio.Event | None = None
        self._add_up()

    @property
    def by_role(self) -> dict[str, Spent]:
        """Settled spending by role."""
        return {role: each.spent for role, each in self._taken.items()}

    @property
    def total(self) -> Spent:
        """Settled spending over all roles."""
        return over_all(self.by_role)

    async def reserve(self, role: str, upper: Spent) -> None:
        """Sets aside what a call may take at most. Raises BudgetExhausted where it cannot fit."""
        limits = self._limits[role]
        while not self._fits(limits, upper):
            self._refuse_what_never_fits(role, limits, upper)
            self._settled = self._settled or asyncio.Event()
            await self._settled.wait()
        self._in_flight += 1
        for limit in limits:
            limit.reserved += limit.of(upper)
        largest = self.largest[role]
        if upper.tokens > largest.tokens or (upper.usd != largest.usd and dollars(upper) > dollars(largest)):
            self.largest[role] = larger(largest, upper)

    def settle(self, role: str, upper: Spent, actual: Spent) -> None:
        """Books what a call really took and frees its reservation; `upper` is what was reserved for it."""
        self._in_flight -= 1
        self._taken[role].add(actual)
        for limit in self._limits[role]:
            limit.reserved -= limit.of(upper)
            limit.taken += limit.of(actual)
        if self._settled:
            self._settled.set()
            self._settled = None

    def before(self, role: str) -> Spent:
        """What a role had spent when this account was opened."""
        return self._before.get(role, Spent())

    def lacking(self, needed: ByRole) -> Lack | None:
        """The limit because of which the models could not spend all of that now, or None."""
        if self._is_late():
            return Lack("seconds")
        own = (limit for role in needed for limit in self._own.get(role, ()))
        for limit in (*self._whole, *own):
            if limit.taken + limit.reserved + limit.within(needed) > limit.most:
                return Lack(limit.name, limit.role)
        return None

    @contextmanager
    def setting_aside(self, kept: ByRole) -> Generator[None]:
        """Keeps that much for later: within the block nothing else may spend it."""
        before, self._aside = self._aside, added((self._aside, kept))
        self._add_up()
        try:
            yield
        finally:
            self._aside = before
            self._add_up()

    def _add_up(self) -> None:
        """Adds up anew what was taken and is set aside."""
        for limits in (self._whole, *self._own.values()):
            for limit in limits:
                limit.taken = limit.within(self._taken) + limit.within(self._aside)

    def _is_late(self) -> bool:
        return self.budget.seconds is not None and self._elapsed_s() >= self.budget.seconds

    def _fits(self, limits: tuple[Limit, ...], upper: Spent) -> bool:
        """Whether that much may be spent besides what others have reserved."""
        for limit in limits:
            if limit.taken + limit.reserved + limit.of(upper) > limit.most:
                return False
        return not self._is_late()

    def _refuse_what_never_fits(self, role: str, limits: tuple[Limit, ...], upper: Spent) -> None:
        """Raises BudgetExhausted where a call would not fit either if those in flight took nothing."""
        if self._is_late():
            raise _exhausted(self.budget, "seconds", "", f"is used up: {self._elapsed_s():.0f} have passed")
        for limit in limits:
            reserved = 0 if self._in_flight else limit.reserved
            if limit.taken + reserved + limit.of(upper) > limit.most:
                raise _exhausted(limit.budget, limit.name, limit.role, self._why(limit, role, limit.of(upper)))

    def _why(self, limit: Limit, role: str, more: float) -> str:
        """Why a limit does not allow a call that may take that much."""
        used, aside, allowed = limit.within(self._taken), limit.within(self._aside), limit.of(limit.budget)
        said = f"does not pay for a call to the {role} model, which may take {more:,.6g}"
        if 0 < used < inf:
            gone = "is used up" if allowed - used - aside <= 0.1 * allowed else "does not pay for the next call"
            said = f"{gone}: {used:,.6g} spent, and a call to the {role} model may take {more:,.6g} more"
        return f"{said} ({aside:,.6g} {'is' if aside == 1 else 'are'} kept for the test)" if 0 < aside < inf else said


def _exhausted(budget: Budget, limit: str, role: str, said: str) -> BudgetExhausted:
    of_role = f" of the {role} model" if role else ""
    raised = f"max_{limit}: {{{role}: …}} (--max-{limit} {role}=…)" if role else f"max_{limit}"
    said = f"The budget of {budget.said(limit)}{of_role} {said}. Raise {raised} to go on."
    return BudgetExhausted(said, limit=limit)
