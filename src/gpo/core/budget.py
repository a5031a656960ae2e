"""Knows what may be spent and what was: limits, and sums that never take an unknown price for zero."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from operator import attrgetter

_ROUNDED = 1e-12
"""What sums of dollars may be off by; of calls and tokens it is nothing."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on a whole run, over all roles; None means no limit. calls: requests sent; usd: dollars.

    roles: further limits on the calls, tokens and dollars of single roles ("task", "optimizer", "judge", "embedding").
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

    @property
    def by_size(self) -> bool:
        """Whether it matters how large a call is, and not only that it is one."""
        return self.tokens is not None or self.usd is not None

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


class Sum:
    """What calls took so far: a `Spent` that changes where it stands, for it does so with each call."""

    __slots__ = ("calls", "tokens", "usd")

    def __init__(self, start: Spent = Spent()) -> None:
        self.calls, self.tokens, self.usd = start.calls, start.tokens, start.usd

    def add(self, spent: Spent) -> None:
        """That is taken as well."""
        self.calls += spent.calls
        self.tokens += spent.tokens
        self.usd = None if self.usd is None or spent.usd is None else self.usd + spent.usd

    @property
    def spent(self) -> Spent:
        """What it is now."""
        return Spent(self.calls, self.tokens, usd=self.usd)


def dollars(spent: Budget | Spent | Sum) -> float:
    """Those of it, where unknown dollars are more than any."""
    return inf if spent.usd is None else spent.usd


def larger(one: Spent, other: Spent) -> Spent:
    """The larger tokens and dollars of both, and no calls."""
    usd = None if one.usd is None or other.usd is None else max(one.usd, other.usd)
    return Spent(0, max(one.tokens, other.tokens), usd=usd)


_AMOUNTS = {"calls": attrgetter("calls"), "tokens": attrgetter("tokens"), "usd": dollars}


class Limit:
    """One limit of a budget, and how much is held of it. role: whose own limits these are, "" for those on all.

    of: the amount that it limits, of what a call takes. taken: how much of that calls took, or is kept for later;
    reserved: how much those in flight may take. Only what is limited is added up, for that is done with each call.
    """

    __slots__ = ("budget", "most", "name", "of", "reserved", "role", "taken")

    def __init__(self, budget: Budget, name: str, role: str) -> None:
        self.budget, self.name, self.role = budget, name, role
        self.of: Callable[[Budget | Spent | Sum], float] = _AMOUNTS[name]
        self.most = self.of(budget) + _ROUNDED
        self.taken: float = 0
        self.reserved: float = 0

    def within(self, roles: "Mapping[str, Spent] | Mapping[str, Sum]") -> float:
        """What it limits of that: of the calls of all roles, or of its own."""
        return sum(self.of(each) for role, each in roles.items() if self.role in ("", role))


def limits_in(budget: Budget, role: str = "") -> tuple[Limit, ...]:
    """The limits on calls, tokens and dollars that there are, in this order."""
    return tuple(Limit(budget, name, role) for name in _AMOUNTS if getattr(budget, name) is not None)


ByRole = Mapping[str, Spent]
"""What the models of each role took, or will take."""


def over_all(roles: ByRole) -> Spent:
    """What all roles take together."""
    return sum(roles.values(), Spent())


def added(parts: Iterable[ByRole]) -> dict[str, Spent]:
    """The sums, role by role."""
    sums: dict[str, Spent] = {}
    for part in parts:
        for role, spent in part.items():
            sums[role] = sums.get(role, Spent()) + spent
    return sums
