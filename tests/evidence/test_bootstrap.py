"""Intervals by drawing again: what they must hold, how wide they are, what they take no notice of."""

from math import sqrt
from random import Random
from statistics import fmean

import pytest

from gpo.evidence.bootstrap import bootstrap
from gpo.evidence.intervals import Scores, mean_interval


def _rows(right: int, of: int) -> list[float]:
    return [1.0] * right + [0.0] * (of - right)


def _own(*runs: Scores) -> list[list[Scores]]:
    """A task whose runs have rows of their own."""
    return [[run] for run in runs]


def test_means_are_of_runs_within_tasks_and_of_tasks_whatever_their_sizes() -> None:
    spread = bootstrap([_own(_rows(1, 10), _rows(9, 10)), _own(_rows(100, 100))], Random(0), draws=50)
    assert [each.mean for each in spread.groups] == pytest.approx([0.5, 1.0])
    assert spread.overall.mean == pytest.approx(0.75)
    assert (spread.overall.n, [each.n for each in spread.groups]) == (120, [20, 100])


def test_the_same_dice_give_the_same_interval_and_others_another() -> None:
    groups = [_own(_rows(12, 40), _rows(20, 40)), _own(_rows(31, 40), _rows(25, 40))]
    first, again, other = (bootstrap(groups, Random(seed), draws=200) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_with_one_run_the_interval_is_that_of_its_rows() -> None:
    rows = _rows(120, 200)
    found, wilson = bootstrap([_own(rows)], Random(3)).overall, mean_interval(rows)
    assert found.low == pytest.approx(wilson.low, abs=0.015)
    assert found.high == pytest.approx(wilson.high, abs=0.015)


def test_runs_that_differ_widen_the_interval_beyond_their_rows() -> None:
    alike = [_own(*[_rows(50, 100)] * 8)]
    unlike = [_own(*[_rows(10, 100), _rows(90, 100)] * 4)]
    narrow, wide = (bootstrap(groups, Random(0)).overall for groups in (alike, unlike))
    assert narrow.mean == wide.mean == 0.5
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_runs_on_the_same_rows_share_their_luck() -> None:
    runs = [_rows(30, 60)] * 9
    own, shared = (bootstrap([group], Random(0)).overall for group in (_own(*runs), [runs]))
    assert (own.high - own.low) / (shared.high - shared.low) == pytest.approx(1 / sqrt(9), abs=0.12)


def test_more_tasks_make_the_mean_over_tasks_surer() -> None:
    one = [_own(_rows(30, 60), _rows(36, 60), _rows(24, 60))]
    few, many = (bootstrap(one * count, Random(0)).overall for count in (1, 9))
    assert (many.high - many.low) / (few.high - few.low) == pytest.approx(1 / sqrt(9), abs=0.12)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    world = Random(7)
    covered = 0
    for trial in range(150):
        runs = [[float(world.random() < p) for _ in range(40)] for p in (world.uniform(0.3, 0.7) for _ in range(8))]
        found = bootstrap([_own(*runs)], Random(trial), draws=200).overall
        covered += found.low <= 0.5 <= found.high
    assert 0.9 <= covered / 150 <= 1.0


def test_differences_may_be_negative() -> None:
    found = bootstrap([_own([-1.0, 0.0, 1.0, -1.0] * 10)], Random(0)).overall
    assert -1.0 <= found.low < found.mean == pytest.approx(-0.25)
    assert found.low < found.mean < found.high < 0.2


def test_what_has_no_rows_counts_for_nothing() -> None:
    full = _own([*_rows(3, 10), None], _rows(5, 10))
    spread = bootstrap([full, [], [[]], _own([], [None, None])], Random(0), draws=50)
    assert spread.overall.mean == pytest.approx(fmean((0.3, 0.5)))
    assert [each.n for each in spread.groups] == [20, 0, 0, 0]
    assert (spread.overall.unanswered, [each.unanswered for each in spread.groups]) == (3, [1, 0, 0, 2])
    assert bootstrap([], Random(0)).overall.n == 0


def test_where_all_scores_are_equal_the_interval_has_no_width() -> None:
    found = bootstrap([_own(_rows(10, 10), _rows(10, 10))], Random(0), draws=20).overall
    assert (found.low, found.mean, found.high) == (1.0, 1.0, 1.0)
