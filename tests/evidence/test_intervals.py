"""Intervals against published values, where they are known, and against simulation, where they are not."""

import random
from dataclasses import replace

import pytest

from gpo.evidence.intervals import mean_interval, paired_interval


def _binary(right: int, n: int) -> list[float]:
    return [1.0] * right + [0.0] * (n - right)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, table I, score method
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0000),
    ],
)
def test_wilson_as_published(right: int, n: int, low: float, high: float) -> None:
    estimate = mean_interval(_binary(right, n))
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=5e-5)
    assert estimate.mean == pytest.approx(right / n)
    assert estimate.n == n


@pytest.mark.parametrize(
    ("both", "before", "after", "neither", "low", "high"),
    [  # Fagerland, Lydersen & Laake 2017, chapter 8: Wald's interval with the adjustment of Bonett and Price (2012)
        (59, 16, 6, 80, -0.1195, -0.0032),
        (1, 7, 1, 12, -0.5084, -0.0134),
    ],
)
def test_bonett_and_price_as_published(
    both: int, before: int, after: int, neither: int, low: float, high: float
) -> None:
    first = [1.0] * (both + before) + [0.0] * (after + neither)
    second = [1.0] * both + [0.0] * before + [1.0] * after + [0.0] * neither
    estimate = paired_interval(first, second)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-4)
    assert estimate.mean == pytest.approx((after - before) / len(first))


def test_nothing_is_known_without_answers() -> None:
    for scores in ([], [None, None]):
        nothing = mean_interval(scores)
        assert (nothing.mean, nothing.low, nothing.high, nothing.n) == (0.0, 0.0, 1.0, 0)
        nothing = paired_interval(scores, scores)
        assert (nothing.mean, nothing.low, nothing.high, nothing.n) == (0.0, -1.0, 1.0, 0)


def test_one_answer_says_little() -> None:
    one = mean_interval([1.0])
    assert one.high == 1.0
    assert one.low < 0.25
    difference = paired_interval([0.0], [1.0])
    assert difference.mean == 1.0
    assert difference.low < 0 < difference.high


def test_an_example_counts_where_both_answered() -> None:
    before: list[float | None] = [1.0, None, 0.0, 0.0, None]
    after: list[float | None] = [1.0, 1.0, None, 1.0, None]
    difference, mean = paired_interval(before, after), mean_interval(before)
    assert replace(difference, unanswered=0) == paired_interval([1.0, 0.0], [1.0, 1.0])
    assert replace(mean, unanswered=0) == mean_interval([1.0, 0.0, 0.0])
    assert (difference.unanswered, mean.unanswered) == (3, 2)


def test_where_nothing_was_answered_that_is_counted() -> None:
    found = mean_interval([None] * 4), paired_interval([None, 1.0], [1.0, None])
    assert [(each.n, each.unanswered) for each in found] == [(0, 4), (0, 2)]


def test_lists_of_different_lengths_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_interval([1.0], [])


def test_more_answers_and_less_confidence_make_an_interval_narrower() -> None:
    def width(n: int, level: float) -> float:
        estimate = mean_interval(_binary(n // 2, n), level)
        return estimate.high - estimate.low

    assert width(20, 0.95) > width(200, 0.95) > width(200, 0.8)


@pytest.mark.parametrize(("n", "p"), [(20, 0.5), (50, 0.1), (50, 0.9), (200, 0.03), (200, 0.7)])
def test_the_interval_of_a_mean_covers_the_truth(n: int, p: float) -> None:
    rng = random.Random(f"{n} {p}")
    estimates = [mean_interval([float(rng.random() < p) for _ in range(n)]) for _ in range(800)]
    assert sum(each.low <= p <= each.high for each in estimates) / 800 >= 0.93


def test_the_interval_of_graded_scores_covers_the_truth() -> None:
    rng = random.Random("graded")
    estimates = [mean_interval([rng.betavariate(2, 3) for _ in range(30)]) for _ in range(500)]
    assert sum(each.low <= 0.4 <= each.high for each in estimates) / 500 >= 0.95


@pytest.mark.parametrize(
    ("n", "better", "worse"), [(20, 0.3, 0.1), (50, 0.0, 0.0), (50, 0.1, 0.1), (100, 0.02, 0.0), (200, 0.3, 0.05)]
)
def test_the_interval_of_a_difference_covers_the_truth(n: int, better: float, worse: float) -> None:
    rng = random.Random(f"{n} {better} {worse}")

    def pair() -> tuple[float, float]:
        draw = rng.random()
        return (0.0, 1.0) if draw < better else (1.0, 0.0) if draw < better + worse else (1.0, 1.0)

    covered = 0
    for _ in range(500):
        before, after = zip(*(pair() for _ in range(n)), strict=True)
        estimate = paired_interval(before, after)
        covered += estimate.low <= better - worse <= estimate.high
    assert covered / 500 >= 0.93
