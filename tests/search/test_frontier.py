"""The frontier over single rows: who is best somewhere and cannot be spared."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.core.evaluation import Answer, Evaluation
from gpo.core.prompt import Prompt, Scored
from gpo.search.frontier import Member, frontier, members, parent, winners


def _pool(*rows: tuple[float | None, ...]) -> list[Member]:
    def mean(scores: tuple[float | None, ...]) -> float:
        known = [each for each in scores if each is not None]
        return sum(known) / len(known) if known else 0.0

    return [Member(Scored(Prompt.of(f"p{i}"), mean(scores), len(scores)), scores) for i, scores in enumerate(rows)]


def test_ties_share_a_row_and_a_row_that_nobody_answered_has_no_winner() -> None:
    assert winners([(1.0, 0.0, None), (1.0, 0.5, None)]) == (frozenset({0, 1}), frozenset({1}), frozenset())


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([(0.0, 0.0)], {0: 2}),
        ([(0.0, 0.0), (1.0, 0.0)], {1: 2}),  # the worse one ties on a row where the better one stands as well
        ([(1.0, 0.0), (0.0, 1.0)], {0: 1, 1: 1}),
        ([(1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (1.0, 1.0, 1.0)], {2: 3}),
        ([(1.0, 1.0), (1.0, 1.0)], {1: 2}),  # of two alike the older is spared
        ([(1.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.0, 0.0, 1.0)], {0: 1, 1: 1, 2: 1}),  # best nowhere but on average
        ([(None, 0.0), (0.0, None)], {}),  # who alone answered is not ahead of anybody
        ([(1.0, 1.0, None), (0.0, 0.0, 0.0)], {0: 2}),  # a call that failed makes nobody else's wrong answer the best
        ([(1.0, 0.5, None), (0.0, 0.0, 1.0)], {0: 2, 1: 1}),  # what is all right is best whatever the other had said
    ],
)
def test_the_frontier_spares_whoever_others_stand_in_for(rows: list[tuple[float, ...]], kept: dict[int, int]) -> None:
    assert frontier(_pool(*rows)) == kept


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, None])] * 4), min_size=1, max_size=8))
def test_every_row_with_an_answer_keeps_a_winner_and_nobody_left_can_be_spared(
    rows: list[tuple[float | None, ...]],
) -> None:
    pool = _pool(*rows)
    best, kept = [row for row in winners([each.scores for each in pool]) if row], set(frontier(pool))
    assert all(row & kept for row in best)
    assert all(any(row & kept == {each} for row in best) for each in kept)


def test_a_parent_is_drawn_as_often_as_it_is_best_at_rows() -> None:
    pool = _pool((1.0, 1.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.0))
    drawn = Counter(parent("pareto", pool, Random(seed)) for seed in range(800))
    assert set(drawn) == {0, 1}
    assert drawn[0] / 800 == pytest.approx(0.75, abs=0.05)


def test_best_takes_the_highest_mean_and_epsilon_one_time_in_ten_any() -> None:
    pool = _pool((0.0, 1.0), (1.0, 1.0), (1.0, 1.0), (0.0, 0.0))
    assert {parent("best", pool, Random(seed)) for seed in range(50)} == {1}
    drawn = Counter(parent("epsilon", pool, Random(seed)) for seed in range(800))
    assert set(drawn) == {0, 1, 2, 3}
    assert 1 - drawn[1] / 800 == pytest.approx(0.075, abs=0.03)


def test_best_takes_who_is_better_on_the_rows_that_both_answered() -> None:
    pool = members(
        Evaluation(Prompt.of(f"p{i}"), tuple(Answer(str(row), "", score) for row, score in enumerate(scores)))
        for i, scores in enumerate([(1.0, 1.0, 1.0, 0.0, 0.0), (None, 0.0, 1.0, 1.0, 1.0), (None, 0.0, 0.0, 1.0, 1.0)])
    )
    assert parent("best", pool, Random(0)) == 1
    assert parent("best", [pool[0], pool[2]], Random(0)) == 0


def test_where_nobody_answered_anything_the_first_is_rewritten() -> None:
    assert parent("pareto", _pool((None, None)), Random(0)) == 0
