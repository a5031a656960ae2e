"""Knows how sure a mean over tasks, runs and rows is, by drawing again. Pure: the dice are handed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean

from gpo.evidence.intervals import Estimate, Scores

Block = Sequence[Scores]
"""Runs on the same rows: for each run its scores (or differences of two runs), one per row, in one order."""
Group = Sequence[Block]
"""The runs of a task, by the rows they were tested on."""

DRAWS, LEAST_INNER = 1000, 100


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean over all groups, each counting the same, and the mean of every group, with percentile intervals."""

    overall: Estimate
    groups: tuple[Estimate, ...]


def bootstrap(groups: Sequence[Group], dice: Random, *, draws: int = DRAWS, level: float = 0.95) -> Spread:
    """What the means might have been with other runs (seeds) and other rows: the hierarchical bootstrap.

    Each draw takes, in every group, as many runs as there are with replacement, and in every block as many rows, the
    same for all of its runs (Davison and Hinkley 1997, section 3.8). The groups stay: the mean speaks of these tasks
    and no others. It errs on the wide side, because runs on rows of their own differ by their rows already; with one
    run in a group only its rows are in the interval. Rows without a score count for nothing, and so do runs and groups
    that have no other. An interval is of no width where all scores are equal: what was never seen is not drawn.

    For speed the rows of a block are drawn beforehand, `draws` times over all blocks but at least 100 times each, and a
    draw takes one of those.
    """
    known = [[block for block in map(_answered, group) if block] for group in groups]
    here = [number for number, group in enumerate(known) if group]
    inner = max(min(draws, LEAST_INNER), draws // max(1, sum(map(len, known))))
    redrawn = [[_redrawn(block, inner, dice) for block in known[number]] for number in here]
    drawn = [[_drawn(blocks, dice) for blocks in redrawn] for _ in range(draws)]
    means = [fmean(_mean(run) for block in known[number] for run in block) for number in here]
    sizes = [sum(_count(run) for block in known[number] for run in block) for number in here]
    columns = zip(means, zip(*drawn, strict=True), sizes, strict=True)
    found = dict(zip(here, (_estimate(mean, column, n, level) for mean, column, n in columns), strict=True))
    lacking = [sum(len(run) - _count(run) for block in group for run in block) for group in groups]
    estimates = tuple(replace(found.get(place, _NOTHING), unanswered=lack) for place, lack in enumerate(lacking))
    mean = _estimate(fmean(means), [fmean(each) for each in drawn], sum(sizes), level) if here else _NOTHING
    return Spread(replace(mean, unanswered=sum(lacking)), estimates)


_NOTHING = Estimate(0.0, 0.0, high=1.0, n=0)


def _answered(block: Block) -> Block:
    return [run for run in block if _count(run)]


def _redrawn(block: Block, times: int, dice: Random) -> list[list[float]]:
    """The means of all runs of a block on rows drawn again, `times` times."""
    places = range(len(block[0]))
    taken = (dice.choices(places, k=len(places)) for _ in range(times))
    return [[_mean([run[place] for place in rows], otherwise=run) for run in block] for rows in taken]


def _drawn(blocks: Sequence[Sequence[Sequence[float]]], dice: Random) -> float:
    """The mean over as many runs as there are. A run with rows of its own meets others each time it is taken."""
    rows = [dice.choice(redrawn) for redrawn in blocks]
    runs = [(block, run) for block, means in enumerate(rows) for run in range(len(means))]
    taken = dice.choices(runs, k=len(runs))
    return fmean(rows[block][run] if len(rows[block]) > 1 else dice.choice(blocks[block])[0] for block, run in taken)


def _mean(scores: Scores, otherwise: Scores = ()) -> float:
    """The mean of what is known; of `otherwise` where nothing is."""
    known = [score for score in scores if score is not None]
    return fmean(known) if known else _mean(otherwise)


def _count(scores: Scores) -> int:
    return sum(score is not None for score in scores)


def _estimate(mean: float, drawn: Sequence[float], n: int, level: float) -> Estimate:
    """The mean with the middle `level` of the drawn ones; widened to hold the mean itself."""
    ordered = sorted(drawn)
    low, high = _quantile(ordered, (1 - level) / 2), _quantile(ordered, (1 + level) / 2)
    return Estimate(mean, min(mean, low), high=max(mean, high), n=n)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of the ordered values lies, between two of them by interpolation."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
