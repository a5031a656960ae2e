"""Knows the Pareto frontier over single rows: who is best somewhere, and who of these is rewritten next. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from random import Random
from typing import Literal

from gpo.core.evaluation import Evaluation
from gpo.core.prompt import Scored
from gpo.core.standings import beats, standings

Choice = Literal["pareto", "best", "epsilon"]
EPSILON = 0.1
"""How often "epsilon" takes any prompt."""

Scores = tuple[float | None, ...]
"""A prompt's score on every selection row; None where it has no answer."""


@dataclass(frozen=True, slots=True)
class Member:
    """A prompt of the pool with its score on each selection row. turn: which of its texts is rewritten next."""

    at: Scored
    scores: Scores
    turn: int = field(default=0, kw_only=True)


def members(evaluations: Iterable[Evaluation], turn: int = 0) -> tuple[Member, ...]:
    """Those that have a score, as members of the pool."""
    return tuple(Member(at, each.scores, turn=turn) for each in evaluations if (at := each.scored) is not None)


def winners(table: Sequence[Scores]) -> tuple[frozenset[int], ...]:
    """For each row the prompts (as places in the table) with the top score there. A call that failed gives
    a row to nobody: where an answer is missing, only full scores win.
    """
    return tuple(_best_in(column) for column in zip(*table, strict=True))


def frontier(pool: Sequence[Member]) -> Mapping[int, int]:
    """The places of prompts that are best somewhere and cannot be spared, with the number of rows they are best at.

    A prompt can be spared if on every row where it is best another one that stays is best as well; the lowest mean is
    asked first, of equal ones the older (as the released code of GEPA prunes).
    """
    rows = tuple(row for row in winners([member.scores for member in pool]) if row)
    kept = set[int]().union(*rows)
    worth = standings([member.at for member in pool])
    for each in sorted(kept, key=lambda place: (worth[place], place)):
        if all(row & (kept - {each}) for row in rows if each in row):
            kept.discard(each)
    counts = Counter(place for row in rows for place in row if place in kept)
    return {place: counts[place] for place in sorted(counts)}


def parent(choice: Choice, pool: Sequence[Member], rng: Random) -> int:
    """The place of the prompt that is rewritten next.

    "pareto" draws from the frontier, each as likely as the rows it is best at are many; "best" takes the highest mean,
    of equal ones the oldest; "epsilon" does so too, but one time in ten takes any.
    """
    counts = frontier(pool)
    if choice == "pareto" and counts:
        return rng.choices(tuple(counts), tuple(counts.values()))[0]
    if choice == "epsilon" and rng.random() < EPSILON:
        return rng.randrange(len(pool))
    return reduce(lambda best, place: place if beats(pool[place].at, pool[best].at) else best, range(len(pool)))


def _best_in(column: Sequence[float | None]) -> frozenset[int]:
    """The winners of a row. Where somebody has no answer, only who is all right surely is one of them."""
    top = 1.0 if None in column else max((score for score in column if score is not None), default=None)
    return frozenset(place for place, score in enumerate(column) if score is not None and score == top)
