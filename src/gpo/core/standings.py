"""Knows which of several prompts is ahead where calls failed: only answers tell, and no missing one is a score. Pure.

All that is compared here was scored on the same rows in the same order.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from math import fsum
from operator import itemgetter

from gpo.core.prompt import Scored

Scores = Sequence[float | None]
"""One score in [0, 1] per row; None where there is no answer."""
_ROUNDED = 1e-9
"""What means may be off by."""


def margin(one: Scored, other: Scored) -> float:
    """How much higher the one scores than the other, in [-1, 1], on the rows that both answered; 0.0 without any.

    Where all was answered that is the difference of their scores. Where it is not known what was not, as in what an
    earlier version saved, the missing answers count as wrong (`Scored.sure`): that raises nobody.
    """
    if not one.unanswered and not other.unanswered:
        return one.score - other.score
    if not _known((one, other)):
        return one.sure - other.sure
    return row_margin(one.scores, other.scores)


def row_margin(scores: Scores, others: Scores) -> float:
    """The mean difference, in [-1, 1], on the rows that both answered; 0.0 without any. Sums are exact: rounding is no
    gain.
    """
    pairs = [(mine, its) for mine, its in zip(scores, others, strict=True) if mine is not None and its is not None]
    return (fsum(mine for mine, _ in pairs) - fsum(its for _, its in pairs)) / len(pairs) if pairs else 0.0


def beats(one: Scored, other: Scored) -> bool:
    """Whether the one is strictly better on the rows that both answered."""
    return margin(one, other) > 0


def standings(scored: Sequence[Scored]) -> tuple[float, ...]:
    """What each prompt is worth beside the others of the group, in [0, 1]; where all was answered, their scores.

    Else it is the mean of the group on all rows and, on top, how far the prompt is above the mean of each row that it
    answered; a row that it left unanswered says nothing. Of two prompts the higher has a margin over the other. Among
    more, pairs may go round in a circle, which no order of all can show. Where rows are not known see `margin`.
    """
    return _beside(scored, scored)


def row_means(table: Sequence[Scores], lacking: Sequence[Scores]) -> dict[int, float | None]:
    """The means of the rows that one of those lacking left unanswered, over who did answer; None where nobody did.

    Lists may end at some row: who was not asked is not counted.
    """
    missed = sorted({row for scores in lacking for row, score in enumerate(scores) if score is None})
    if not missed:
        return {}
    end = missed[-1] + 1
    wanted = itemgetter(*missed, missed[0])  # once more, for of one row alone it would not give a tuple
    found = (wanted(scores if len(scores) >= end else (*scores, *repeat(None, end - len(scores)))) for scores in table)
    return {row: _mean(column) for row, column in zip(missed, zip(*found, strict=True), strict=False)}


def standing(scores: Scores, means: Mapping[int, float | None]) -> float:
    """One of the `standings`; -1.0, below all others, of a prompt without any answer.

    To count only how far it is above the mean of the rows that it answered is to put the mean where it has no answer.
    """
    filled = _mean([means[row] if score is None else score for row, score in enumerate(scores)])
    return -1.0 if filled is None or _mean(scores) is None else filled


def best_first(scored: Sequence[Scored], k: int | None = None) -> tuple[int, ...]:
    """The places of the prompts by their standings, the highest first; of equal ones the earlier. k: the first k alone.

    Of a long list few prompts may be among the first k, whatever they left unanswered: no others are looked at closely.
    """
    k = len(scored) if k is None else k
    least = sorted((each.sure for each in scored), reverse=True)[:k]
    places = [place for place, each in enumerate(scored) if least and _most(each) >= least[-1] - _ROUNDED]
    worth = _beside([scored[place] for place in places], scored)
    return tuple(places[i] for i in sorted(range(len(places)), key=worth.__getitem__, reverse=True)[:k])


def _most(scored: Scored) -> float:
    """The mean if every missing answer were right."""
    return scored.sure + scored.unanswered / (scored.n + scored.unanswered) if scored.unanswered else scored.score


def _beside(some: Sequence[Scored], group: Sequence[Scored]) -> tuple[float, ...]:
    """The standings of some prompts of a group."""
    if not any(each.unanswered for each in some):
        return tuple(each.score for each in some)
    if not _known(group):
        return tuple(each.sure for each in some)
    means = row_means([each.scores for each in group], [each.scores for each in some if each.unanswered])
    return tuple(standing(each.scores, means) if each.unanswered else each.score for each in some)


def _known(scored: Sequence[Scored]) -> bool:
    """Whether there are row by row scores of all."""
    return {len(each.scores) for each in scored} == {scored[0].n + scored[0].unanswered}


def _mean(scores: Scores) -> float | None:
    known = [score for score in scores if score is not None]
    return fsum(known) / len(known) if known else None
