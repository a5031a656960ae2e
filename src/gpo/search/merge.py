"""Knows how two descendants of one prompt are united text by text, and on which rows the child is tried. Pure.

With one text there is nothing to unite: it takes two descendants that each improved another text.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from random import Random

from gpo.core.prompt import Prompt
from gpo.core.standings import beats, margin, standings
from gpo.search.frontier import Member, Scores

ROWS = 5
"""How many selection rows a united prompt is tried on."""


@dataclass(frozen=True, slots=True)
class Union:
    """Two places in the pool, the common ancestor's place, and the prompt that unites them."""

    one: int
    other: int
    child: Prompt = field(kw_only=True)


def unions(pool: Sequence[Member], among: Collection[int], rng: Random) -> tuple[Union, ...]:
    """One union for each pair that can be united, in a fixed order.

    A pair can be where neither descends from the other and a common ancestor scores no higher than either, such that
    some text changed on one side alone. Of several ancestors one is drawn with its mean as weight.
    """
    worth = standings([member.at for member in pool])
    lines = [_ancestors(pool, place) for place in range(len(pool))]
    pairs = [(one, other) for one in sorted(among) for other in sorted(among) if one < other]
    found: list[Union] = []
    for one, other in pairs:
        if one in lines[other] or other in lines[one]:
            continue
        ancestors = [
            place
            for place in sorted(lines[one] & lines[other])
            if not any(beats(pool[place].at, pool[each].at) for each in (one, other))
            and _complement(pool, place, one, other)
        ]
        if ancestors:
            weights = [worth[place] + 1e-9 for place in ancestors]
            ancestor = rng.choices(ancestors, weights)[0]
            found.append(Union(one, other, child=_united(pool, ancestor, one, other, rng)))
    return tuple(found)


def rows_to_try(one: Scores, other: Scores, rng: Random, rows: int = ROWS) -> tuple[int, ...]:
    """Places of selection rows, drawn as evenly as can be from those that the one, the other, and neither does better.

    Only rows that both have an answer for; the rest is filled up with any of them.
    """
    shared = [(place, a, b) for place, (a, b) in enumerate(zip(one, other, strict=True)) if None not in (a, b)]
    pairs = [(place, a or 0.0, b or 0.0) for place, a, b in shared]
    buckets = (
        [place for place, a, b in pairs if a > b],
        [place for place, a, b in pairs if b > a],
        [place for place, a, b in pairs if a == b],
    )
    share = -(-rows // len(buckets))
    drawn: list[int] = []
    for bucket in buckets:
        drawn += rng.sample(bucket, min(len(bucket), share, rows - len(drawn)))
    left = [place for place, _, _ in pairs if place not in drawn]
    return tuple(sorted(drawn + rng.sample(left, min(len(left), rows - len(drawn)))))


def _ancestors(pool: Sequence[Member], place: int) -> frozenset[int]:
    """Places of all that a member descends from; parents always stand before their children."""
    places = {member.at.prompt.id: number for number, member in enumerate(pool)}
    found: set[int] = set()
    waiting = [places[parent] for parent in pool[place].at.prompt.parents if parent in places]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [places[parent] for parent in pool[each].at.prompt.parents if parent in places]
    return frozenset(found)


def _complement(pool: Sequence[Member], ancestor: int, one: int, other: int) -> bool:
    """Whether some text changed on one side alone."""
    texts = zip(*(dict(pool[each].at.prompt.texts).values() for each in (ancestor, one, other)), strict=True)
    return any((a == b) != (a == c) for a, b, c in texts)


def _united(pool: Sequence[Member], ancestor: int, one: int, other: int, rng: Random) -> Prompt:
    """For each text the side that changed; where both did, the better prompt's, of equal ones either."""
    old, left, right = (pool[each].at for each in (ancestor, one, other))
    lead = margin(left, right)
    leads = lead > 0 or (lead == 0 and rng.random() < 0.5)
    better, sides = (left if leads else right).prompt, (dict(left.prompt.texts), dict(right.prompt.texts))
    texts = tuple(
        (name, sides[1][name] if sides[0][name] == text else sides[0][name])
        if text in (sides[0][name], sides[1][name])
        else (name, dict(better.texts)[name])
        for name, text in old.prompt.texts
    )
    return Prompt(texts, (left.prompt.id, right.prompt.id), "merge")
