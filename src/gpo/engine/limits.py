"""Knows how the limits of a budget are written: as numbers, or as numbers by role. Reads no file."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, cast

from gpo.core.budget import Budget, Spent
from gpo.core.concealed import shown
from gpo.core.errors import ConfigError
from gpo.core.meant import did_you_mean

BUDGET_KEYS = {"max_calls": "calls", "max_tokens": "tokens", "max_usd": "usd", "max_seconds": "seconds"}
"""Limits: how users write them and what `Budget` calls them."""
TOTAL, ROLES = "total", ("task", "optimizer", "judge", "embedding")
"""Whom a limit is for: all models together, or one."""


def budget_of(limits: Mapping[str, Any], where: str) -> Budget:
    """The budget that is written so; each limit is a number, or numbers by role, TOTAL for all together.

    Raises ConfigError for an unknown limit or role, and for what is no number of at least 0.
    """
    total: dict[str, Any] = {}
    roles: dict[str, dict[str, Any]] = {}
    for key, limit in limits.items():
        if key not in BUDGET_KEYS:
            raise ConfigError(f'{where}: unknown limit "{key}".{did_you_mean(key, BUDGET_KEYS)}')
        for role, number in by_role(limit).items():
            _check(key, role, number, where)
            (total if role == TOTAL else roles.setdefault(role, {}))[BUDGET_KEYS[key]] = number
    return Budget(**total, roles={role: Budget(**own) for role, own in roles.items()})


def _check(key: str, role: str, number: Any, where: str) -> None:
    if role not in (TOTAL, *ROLES) or (role != TOTAL and key == "max_seconds"):
        raise ConfigError(f'{where}: {key} cannot be set for "{role}".{did_you_mean(role, (TOTAL, *ROLES))}')
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number) or number < 0:
        raise ConfigError(f"{where}: {key} is {shown(number)}; expected a number of at least 0.")


def by_role(limit: Any) -> dict[str, Any]:
    """A limit as numbers by role, however it was written: as one number, as such numbers, or as a list of both."""
    if isinstance(limit, Mapping):
        return {str(role): each for role, each in cast(Mapping[Any, Any], limit).items()}
    if isinstance(limit, list):
        return {role: each for part in cast(list[Any], limit) for role, each in by_role(part).items()}
    return {TOTAL: limit}


def limits_over(before: Any, after: Mapping[str, Any]) -> dict[str, Any]:
    """The limits `before`, if they are such, with those of `after` over them, role by role."""
    merged = dict(cast(Mapping[str, Any], before)) if isinstance(before, Mapping) else dict[str, Any]()
    for key, limit in after.items():
        roles = {**(by_role(merged[key]) if key in merged else {}), **by_role(limit)}
        merged[key] = roles[TOTAL] if roles.keys() == {TOTAL} else roles
    return merged


def check_above(spent: Mapping[str, Spent], limits: Mapping[str, Any]) -> None:
    """Raises ConfigError where a limit is below what a run has spent already, by role: it could ask nothing more."""
    for key in (each for each in limits if each != "max_seconds"):
        for role, limit in by_role(limits[key]).items():
            of_role = sum(spent.values(), Spent()) if role == TOTAL else spent.get(role, Spent())
            gone = getattr(of_role, BUDGET_KEYS[key])
            if None not in (gone, limit) and limit < gone:
                whose = "" if role == TOTAL else f" of the {role} model"
                raise ConfigError(
                    f"{key}{whose} is {limit:,.10g}, and the run has spent {gone:,.6g} already: it could ask nothing "
                    f"more. Set more than {gone:,.6g}."
                )


def limits_of(budget: Budget) -> dict[str, Any]:
    """A budget as settings write it."""
    written: dict[str, Any] = {}
    for key, ours in BUDGET_KEYS.items():
        given = {TOTAL: getattr(budget, ours), **{role: getattr(own, ours) for role, own in budget.roles.items()}}
        if said := {role: limit for role, limit in given.items() if limit is not None}:
            written[key] = said[TOTAL] if said.keys() == {TOTAL} else said
    return written
