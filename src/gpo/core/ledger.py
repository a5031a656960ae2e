"""Knows the account of a run: it reserves before a call what that may take, and settles after it what it took.

Check-then-call overshoots under concurrency; reserve, call, settle does not.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from gpo.core.budget import Budget, ByRole, Spent, Sum, added, over_all
from gpo.core.errors import BudgetExhausted

Sums = Mapping[str, Spent] | Mapping[str, Sum]
_NOTHING = Spent()


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
        self._limits: dict[str, tuple[Budget, ...]] = {}
        self._reserved = defaultdict[str, Sum](Sum)
        self.largest: dict[str, Spent] = {}
        self._aside: ByRole = {}
        self._settled = asyncio.Event()

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
        while self._exceeded(role, upper, self._reserved) is not None:
            in_flight = any(each.calls for each in self._reserved.values())
            over = self._exceeded(role, upper, {} if in_flight else self._reserved)
            if over is not None:
                raise self._exhausted(role, upper, *over)
            self._settled.clear()
            await self._settled.wait()
        self._reserved[role].add(upper)
        if _is_larger(upper, largest := self.largest.get(role, _NOTHING)):
            self.largest[role] = _larger(largest, upper)

    def settle(self, role: str, upper: Spent, actual: Spent) -> None:
        """Books what a call really took and frees its reservation; `upper` is what was reserved for it."""
        self._reserved[role].free(upper)
        self._taken[role].add(actual)
        self._settled.set()

    def before(self, role: str) -> Spent:
        """What a role had spent when this account was opened."""
        return self._before.get(role, _NOTHING)

    def lacking(self, needed: ByRole) -> Lack | None:
        """The limit because of which the models could not spend all of that now, or None."""
        if self._is_late():
            return Lack("seconds")
        held = (self._taken, self._reserved, self._aside)
        if limit := self.budget.exceeded(*self._within(self.budget, "", needed, *held)):
            return Lack(limit)
        for role, upper in needed.items():
            own = self.budget.roles.get(role, Budget())
            if limit := own.exceeded(upper, *self._within(own, role, *held)):
                return Lack(limit, role)
        return None

    @contextmanager
    def setting_aside(self, kept: ByRole) -> Generator[None]:
        """Keeps that much for later: within the block nothing else may spend it."""
        before, self._aside = self._aside, added((self._aside, kept))
        try:
            yield
        finally:
            self._aside = before

    def _is_late(self) -> bool:
        return self.budget.seconds is not None and self._elapsed_s() >= self.budget.seconds

    def _exceeded(self, role: str, upper: Spent, reserved: Mapping[str, Sum]) -> tuple[Budget, str] | None:
        """The limits within which a role cannot spend that much besides what is reserved, and which of them."""
        if self._is_late():
            return self.budget, "seconds"
        if role not in self._limits:
            self._limits[role] = self.budget.of(role)
        for limits in self._limits[role]:
            if limit := limits.exceeded(upper, *self._within(limits, role, self._taken, reserved, self._aside)):
                return limits, limit
        return None

    def _within(self, limits: Budget, role: str, *accounts: Sums) -> list[Spent | Sum]:
        """What stands in accounts within limits: the whole budget, or those of one role."""
        if limits is self.budget:
            return [spent for each in accounts for spent in each.values()]
        return [each[role] for each in accounts if role in each]

    def _exhausted(self, role: str, upper: Spent, limits: Budget, limit: str) -> BudgetExhausted:
        of_role = "" if limits is self.budget else f" of the {role} model"
        said = f"is used up: {self._elapsed_s():.0f} have passed"
        if limit != "seconds":
            accounts = (Sum.of(self._within(limits, role, each)) for each in (self._taken, self._aside))
            used, aside, more = (getattr(each, limit) for each in (*accounts, upper))
            said = f"does not pay for a call to the {role} model, which may take {more:,.6g}"
            if used:
                left = getattr(limits, limit) - used - aside
                gone = "is used up" if left <= 0.1 * getattr(limits, limit) else "does not pay for the next call"
                said = f"{gone}: {used:,.6g} spent, and a call to the {role} model may take {more:,.6g} more"
            said += f" ({aside:,.6g} {'is' if aside == 1 else 'are'} kept for the test)" if aside else ""
        raised = f"max_{limit}: {{{role}: …}} (--max-{limit} {role}=…)" if of_role else f"max_{limit}"
        said = f"The budget of {limits.said(limit)}{of_role} {said}. Raise {raised} to go on."
        return BudgetExhausted(said, limit=limit)


def _is_larger(one: Spent, other: Spent) -> bool:
    """In tokens or dollars, where unknown dollars are more than any. Asked for each call, which seldom is."""
    return one.tokens > other.tokens or (one.usd is None, one.usd or 0.0) > (other.usd is None, other.usd or 0.0)


def _larger(one: Spent, other: Spent) -> Spent:
    """The larger tokens and dollars of both, and no calls."""
    usd = None if one.usd is None or other.usd is None else max(one.usd, other.usd)
    return Spent(0, max(one.tokens, other.tokens), usd=usd)
