"""Knows what may be spent and what was: limits, sums, and the ledger that reserves before a call and settles after it.

Check-then-call overshoots under concurrency; reserve, call, settle does not.
"""

import asyncio
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from gpo.core.errors import BudgetExhausted


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on a whole run, over all roles; None means no limit. calls: requests sent; usd: dollars.

    roles: further limits on the calls, tokens and dollars of single roles ("task", "optimizer", "embedding").
    """

    calls: int | None = None
    tokens: int | None = None
    usd: float | None = field(default=None, kw_only=True)
    seconds: float | None = field(default=None, kw_only=True)
    roles: "Mapping[str, Budget]" = field(default_factory=dict[str, "Budget"], kw_only=True)

    def of(self, role: str) -> "tuple[Budget, ...]":
        """The limits on calls, tokens and dollars that hold for a role: those on all roles, and its own."""
        found = (self, self.roles.get(role, Budget()))
        return tuple(each for each in found if (each.calls, each.tokens, each.usd) != (None, None, None))

    def said(self, limit: str) -> str:
        """One of the limits in words: "600 calls", "1 second", "2.5 usd"."""
        allowed = getattr(self, limit)
        return f"{allowed:,.10g} {limit.removesuffix('s') if allowed == 1 else limit}"


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls took. usd is None where a price is unknown: unknown is not zero, and adding to it stays unknown."""

    calls: int = 0
    tokens: int = 0
    usd: float | None = field(default=0.0, kw_only=True)

    def __add__(self, other: "Spent") -> "Spent":
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Spent(self.calls + other.calls, self.tokens + other.tokens, usd=usd)

    def __sub__(self, other: "Spent") -> "Spent":
        usd = None if self.usd is None or other.usd is None else self.usd - other.usd
        return Spent(self.calls - other.calls, self.tokens - other.tokens, usd=usd)


class Ledger:
    """The account of one run. `reserve` before a call its upper bound, `settle` after it what it really took.

    by_role: settled spending by role. A reservation that does not fit now waits while calls in flight may still
    settle below what they reserved; one that can never fit raises BudgetExhausted.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        spent: Mapping[str, Spent] | None = None,
        elapsed_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.budget = budget
        self.by_role: dict[str, Spent] = dict(spent or {})
        self._elapsed_s = elapsed_s
        self._reserved: dict[str, Spent] = {}
        self._aside = Spent()
        self._in_flight = 0
        self._settled = asyncio.Event()

    @property
    def total(self) -> Spent:
        """Settled spending over all roles."""
        return sum(self.by_role.values(), Spent())

    async def reserve(self, role: str, upper: Spent) -> None:
        """Sets aside what a call may take at most. Raises BudgetExhausted where it cannot fit."""
        while self._exceeded(role, upper, self._reserved) is not None:
            over = self._exceeded(role, upper, {} if self._in_flight else self._reserved)
            if over is not None:
                raise self._exhausted(role, upper, *over)
            self._settled.clear()
            await self._settled.wait()
        self._reserved[role] = self._reserved.get(role, Spent()) + upper
        self._in_flight += 1

    def settle(self, role: str, upper: Spent, actual: Spent) -> None:
        """Books what a call really took and frees its reservation; `upper` is what was reserved for it."""
        self._reserved[role] -= upper
        self._in_flight -= 1
        self.by_role[role] = self.by_role.get(role, Spent()) + actual
        self._settled.set()

    def lacking(self, upper: Spent) -> str | None:
        """The limit because of which the task model could not spend that much now ("calls", "tokens", …), or None."""
        over = self._exceeded("task", upper, self._reserved)
        return over[1] if over else None

    @contextmanager
    def setting_aside(self, kept: Spent) -> Generator[None]:
        """Keeps that much of the task model's for later: within the block nothing else may spend it."""
        before, self._aside = self._aside, self._aside + kept
        try:
            yield
        finally:
            self._aside = before

    def _exceeded(self, role: str, upper: Spent, reserved: Mapping[str, Spent]) -> tuple[Budget, str] | None:
        """The limits within which a role cannot spend that much besides what is reserved, and which of them."""
        if self.budget.seconds is not None and self._elapsed_s() >= self.budget.seconds:
            return self.budget, "seconds"
        for limits in self.budget.of(role):
            if limit := _over(limits, sum(self._held(limits, role, reserved), upper)):
                return limits, limit
        return None

    def _held(self, limits: Budget, role: str, reserved: Mapping[str, Spent]) -> list[Spent]:
        """What is spent, reserved and kept within limits: the whole budget, or those of one role."""
        if limits is self.budget:
            return [self.total, *reserved.values(), self._aside]
        kept = self._aside if role == "task" else Spent()
        return [self.by_role.get(role, Spent()), reserved.get(role, Spent()), kept]

    def _exhausted(self, role: str, upper: Spent, limits: Budget, limit: str) -> BudgetExhausted:
        of_role = "" if limits is self.budget else f" of the {role} model"
        said = f"is used up: {self._elapsed_s():.0f} have passed"
        if limit != "seconds":
            spent, _, kept = self._held(limits, role, {role: Spent()})
            used, more, aside = (getattr(each, limit) for each in (spent, upper, kept))
            so_far = f"is used up: {used:,.6g} spent, and the next call" if used else "does not pay for a call, which"
            said = f"{so_far} may take {more:,.6g}{' more' if used else ''}"
            said += f" ({aside:,.6g} {'is' if aside == 1 else 'are'} kept for the test)" if aside else ""
        raised = f"max_{limit}: {{{role}: …}}" if of_role else f"max_{limit}"
        said = f"The budget of {limits.said(limit)}{of_role} {said}. Raise {raised} to go on."
        return BudgetExhausted(said, limit=limit)


def _over(limits: Budget, spent: Spent) -> str | None:
    """The limit that is exceeded, or None."""
    for what, slack in (("calls", 0), ("tokens", 0), ("usd", 1e-12)):
        most, used = getattr(limits, what), getattr(spent, what)
        if most is not None and (used is None or used > most + slack):
            return what
    return None
