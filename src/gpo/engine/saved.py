"""Knows what is stored of a run after each step, also by earlier versions. Stores nothing."""

from dataclasses import dataclass, field
from typing import Any

from gpo.core.budget import Spent
from gpo.core.prompt import Scored
from gpo.store.state import decode


@dataclass(frozen=True, slots=True)
class Saved:
    """What is stored after a step: the optimizer's state as JSON, and the seconds that the run had taken.

    aside: what is kept for the test, decided once for a budget: a later sitting, which has less left, would decide
    otherwise.
    calls_each, marks_each: as of `Prospect`, learned so far. seed: the seed prompt's score, row by row.
    """

    state: dict[str, Any]
    elapsed_s: float
    aside: dict[str, Spent] = field(default_factory=dict[str, Spent])
    calls_each: int = field(default=1, kw_only=True)
    marks_each: float = field(default=1.0, kw_only=True)
    seed: Scored | None = field(default=None, kw_only=True)

    @classmethod
    def read(cls, data: Any) -> "Saved":
        """What `encode` made of it, also before what is kept was told role by role. Raises StoreError."""
        aside: Any = decode(dict[str, Any], data).get("aside", {})
        if "calls" in aside:
            return decode(cls, {**data, "aside": {"task": aside} if aside["calls"] else {}})
        return decode(cls, data)
