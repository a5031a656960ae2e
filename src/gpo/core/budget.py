"""Knows what may be spent and what was: limits, and sums that never take an unknown price for zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_ROUNDED_USD = 1e-12
"""What sums of dollars may be off by."""


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

    def exceeded(self, *parts: "Spent | Sum") -> str | None:
        """The limit on calls, tokens or dollars that all parts together exceed, or None. An unknown price exceeds any.

        The parts are not added to one `Spent`: this is asked for each call.
        """
        if self.calls is not None and sum([each.calls for each in parts]) > self.calls:
            return "calls"
        if self.tokens is not None and sum([each.tokens for each in parts]) > self.tokens:
            return "tokens"
        if self.usd is not None:
            usd = [each.usd for each in parts if each.usd is not None]
            if len(usd) < len(parts) or sum(usd) > self.usd + _ROUNDED_USD:
                return "usd"
        return None

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
    """What calls took so far: a `Spent` that changes where it stands, for it does so twice for each call."""

    __slots__ = ("calls", "tokens", "usd")

    def __init__(self, start: Spent = Spent()) -> None:
        self.calls, self.tokens, self.usd = start.calls, start.tokens, start.usd

    @classmethod
    def of(cls, parts: "Iterable[Spent | Sum]") -> "Sum":
        """All of them together."""
        whole = cls()
        for each in parts:
            whole.add(each)
        return whole

    def add(self, spent: "Spent | Sum") -> None:
        """That is taken as well."""
        self.calls += spent.calls
        self.tokens += spent.tokens
        self.usd = None if self.usd is None or spent.usd is None else self.usd + spent.usd

    def free(self, spent: Spent) -> None:
        """That is not taken any more."""
        self.calls -= spent.calls
        self.tokens -= spent.tokens
        self.usd = None if self.usd is None or spent.usd is None else self.usd - spent.usd

    @property
    def spent(self) -> Spent:
        """What it is now."""
        return Spent(self.calls, self.tokens, usd=self.usd)


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
