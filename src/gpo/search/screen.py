"""Knows how the proposals of a step are tried on a few rows, so that only the best are scored on all of them.

No part of the paper, whose every candidate is scored on the whole selection set. Where task calls are what is scarce,
the same calls then try several times as many prompts.
"""

from dataclasses import dataclass
from typing import Annotated

from gpo.core.errors import ConfigError
from gpo.core.terms import VoidWith, refuse_void_in
from gpo.search.rank import Rank, Ranking, ranking

PULL, EXPLORE = 8, 1.0
"""Of the bandits, see `ranking`."""

EVERYONE = VoidWith("rank", ("all",))


@dataclass(frozen=True, slots=True)
class Screen:
    """rank: how the short list is found; "all" leaves nobody out. keep ≥ 1: how many are on it. calls ≥ 1: how many
    calls of the task model finding it may take, see `short_list`. Raises ConfigError for values out of range, and where
    one is set that "all" ignores.
    """

    rank: Ranking = "all"
    keep: Annotated[int, EVERYONE] = 1
    calls: Annotated[int, EVERYONE] = 64

    def __post_init__(self) -> None:
        for name in ("keep", "calls"):
            if getattr(self, name) < 1:
                raise ConfigError(f"screen.{name} is {getattr(self, name)}; it must be at least 1.")
        refuse_void_in(self, "screen")

    def among(self, candidates: int) -> "Screen":
        """Itself. Raises ConfigError where it would leave out none of so many proposals."""
        if self.rank != "all" and self.keep >= candidates:
            raise ConfigError(
                f"screen.rank is {self.rank}, but screen.keep is {self.keep} and candidates is {candidates}, so that "
                "nobody would be left out. Set keep below candidates, or rank: all."
            )
        return self

    @property
    def through(self) -> Rank:
        """The prompts on the short list."""
        return ranking(self.rank, self.calls, PULL, EXPLORE)
