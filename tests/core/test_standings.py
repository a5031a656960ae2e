"""Prompts are compared by the answers there are: a pair on the rows that both answered, a group row by row."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.core.evaluation import Answer, Evaluation
from gpo.core.prompt import Prompt, Scored
from gpo.core.standings import beats, best_first, margin, row_margin, standings

Rows = tuple[float | None, ...]


def _scored(rows: Rows) -> Scored:
    """As `Evaluation.scored`, but also where most answers are missing."""
    evaluation = Evaluation(Prompt.of("p"), tuple(Answer(str(i), "", score) for i, score in enumerate(rows)))
    return Scored(
        evaluation.prompt, evaluation.score or 0.0, evaluation.n, unanswered=evaluation.unanswered, scores=rows
    )


def _marked(*marks: str) -> list[Scored]:
    """One prompt for each text: 1 right, 0 wrong, - no answer."""
    return [_scored(tuple(None if mark == "-" else float(mark) for mark in each)) for each in marks]


def _groups(scores: Sequence[float | None], most: int = 6) -> st.SearchStrategy[list[Rows]]:
    """Prompts scored on the same rows, each with some answer."""
    row = st.sampled_from(scores)
    return st.integers(1, 8).flatmap(
        lambda rows: st.lists(
            st.tuples(*[row] * rows).filter(lambda each: any(score is not None for score in each)),
            min_size=2,
            max_size=most,
        )
    )


GRADES = (0.0, 0.25, 0.5, 1.0)


@given(_groups(tuple(i / 7 for i in range(8))))
def test_where_all_was_answered_the_standings_are_the_scores(group: list[Rows]) -> None:
    scored = [_scored(rows) for rows in group]
    assert standings(scored) == tuple(each.score for each in scored)
    assert all(margin(one, other) == one.score - other.score for one, other in product(scored, scored))


@given(_groups((*GRADES, None), most=2))
def test_of_two_the_higher_stands_above_by_the_rows_that_both_answered(group: list[Rows]) -> None:
    one, other = (_scored(rows) for rows in group)
    first, second = standings([one, other])
    ahead = row_margin(one.scores, other.scores)
    assert (first > second, first == second) == (ahead > 0, ahead == 0)
    assert (beats(one, other), beats(other, one)) == (ahead > 0, ahead < 0)


@given(_groups((*GRADES, None)))
def test_margins_are_the_same_seen_from_the_other_side(group: list[Rows]) -> None:
    for one, other in product([_scored(rows) for rows in group], repeat=2):
        assert margin(one, other) == -margin(other, one)


@given(_groups((*GRADES, None)))
def test_a_row_that_nobody_answered_changes_nothing(group: list[Rows]) -> None:
    before, after = [_scored(rows) for rows in group], [_scored((None, *rows)) for rows in group]
    assert standings(after) == standings(before)
    assert margin(after[0], after[1]) == pytest.approx(margin(before[0], before[1]))


@given(_groups((*GRADES, None)), st.randoms(use_true_random=False))
def test_the_order_of_a_group_changes_nothing(group: list[Rows], chance: object) -> None:
    scored = [_scored(rows) for rows in group]
    order = list(range(len(scored)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    known = standings(scored)
    assert standings([scored[place] for place in order]) == tuple(known[place] for place in order)


@given(_groups((*GRADES, None)))
def test_standings_lie_in_the_range_of_scores_and_better_answers_stand_higher(group: list[Rows]) -> None:
    perfect = _scored((1.0,) * len(group[0]))
    *others, best = standings([*(_scored(rows) for rows in group), perfect])
    assert all(0.0 <= each <= best == 1.0 for each in others)


@given(_groups((*GRADES, None)), st.integers(0, 7))
def test_one_more_right_answer_is_never_a_loss(group: list[Rows], row: int) -> None:
    """Where a wrong answer turns right and all else stays, the prompt gains on everybody who answered that row too."""
    first, *others = group
    row %= len(first)
    if first[row] is None:
        return
    low, high = ((*first[:row], score, *first[row + 1 :]) for score in (0.0, 1.0))
    before, after = (standings([_scored(each), *map(_scored, others)]) for each in (low, high))
    gains = [after[0] - after[i] - (before[0] - before[i]) for i in range(1, len(group))]
    assert all(gain > (-1e-9 if other[row] is None else 1e-9) for gain, other in zip(gains, others, strict=True))


def test_to_be_refused_a_row_says_nothing_of_it() -> None:
    refused, equal = _marked("-1100", "11100")
    assert margin(refused, equal) == 0
    assert refused.score < equal.score
    refused, equal = _marked("11-0", "1100")
    assert margin(refused, equal) == 0
    assert refused.score > equal.score
    better, other = _marked("-1110", "11100")
    assert margin(better, other) == pytest.approx(1 / 4)
    assert margin(*_marked("1-", "-0")) == 0


def test_beside_a_group_a_missing_answer_stands_where_the_row_stands() -> None:
    assert standings(_marked("1-0", "110", "100", "110")) == pytest.approx([(1 + 2 / 3) / 3, 2 / 3, 1 / 3, 2 / 3])
    assert best_first(_marked("1-0", "110", "100", "110")) == (1, 3, 0, 2)
    assert best_first(_marked("100", "1-0", "100")) == (0, 1, 2)


def test_rounding_is_no_gain() -> None:
    one, other = _scored((0.1, 0.2, 0.3, None)), _scored((0.3, 0.2, 0.1, 1.0))
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    assert margin(one, other) == 0
    assert standings([one, other])[0] == standings([one, other])[1]
    assert _scored((0.1, 0.2, 0.3)).score == _scored((0.3, 0.2, 0.1)).score


@pytest.mark.parametrize("known", [(), (1.0, 1.0)])
def test_where_rows_are_not_known_or_not_the_same_missing_answers_count_as_wrong(known: Rows) -> None:
    prompt, (full,) = Prompt.of("old"), _marked("1100")
    old = Scored(prompt, 1.0, 3, unanswered=1, scores=known)
    assert standings([old, full]) == (0.75, 0.5)
    assert margin(old, full) == 0.25
    assert margin(full, Scored(prompt, 1.0, 1, unanswered=1)) == 0
    assert standings([Scored(prompt, 1.0, 3), full]) == (1.0, 0.5)


@given(_groups([0.0, 0.25, 1.0, None, None], most=9), st.integers(0, 10))
def test_the_first_few_of_all_are_those_that_stand_highest(groups: list[Rows], k: int) -> None:
    scored = [_scored(rows) for rows in groups]
    worth = standings(scored)
    highest_first = sorted(range(len(scored)), key=lambda place: -worth[place])
    assert best_first(scored, k) == tuple(highest_first[:k])
    assert best_first(scored) == tuple(highest_first)


def test_nobody_stands_nowhere() -> None:
    assert standings([]) == ()
    assert best_first([]) == best_first([], 3) == ()
