"""What may be said of a new prompt."""

import random

import pytest

from gpo.evidence.verdicts import provable_gain, verdict


def test_a_clear_gain_a_clear_loss_and_what_is_neither() -> None:
    low, high = [0.0] * 90 + [1.0] * 10, [0.0] * 10 + [1.0] * 90
    assert verdict(low, high).word == "improved"
    assert verdict(high, low).word == "worse"
    assert verdict(low, low).word == "not proven"
    said = verdict(low, high)
    assert (said.before.mean, said.after.mean, said.difference, said.n) == pytest.approx((0.1, 0.9, 0.8, 100))
    assert said.low > 0
    assert said.low <= said.difference <= said.high


@pytest.mark.parametrize("scores", [[], [None], [0.0], [1.0], [1.0] * 200, [0.0] * 200, [0.5] * 7, [1.0, None, 0.3]])
def test_equal_scores_are_never_an_improvement(scores: list[float | None]) -> None:
    said = verdict(scores, scores)
    assert said.word == "not proven"
    assert said.difference == 0.0
    assert said.low < 0 < said.high


def test_one_example_proves_nothing() -> None:
    assert verdict([0.0], [1.0]).word == "not proven"
    assert verdict([0.0] * 3, [1.0] * 3).word == "not proven"


def test_unanswered_examples_are_no_wrong_answers() -> None:
    said = verdict([1.0] * 50, [1.0] * 10 + [None] * 40)
    assert said.word == "not proven"
    assert (said.before.mean, said.after.mean, said.n) == (1.0, 1.0, 10)
    assert (said.before.unanswered, said.after.unanswered, said.unanswered) == (0, 40, 40)


def test_luck_is_rarely_called_an_improvement() -> None:
    rng = random.Random("luck")
    words = [
        verdict([float(rng.random() < 0.5) for _ in range(60)], [float(rng.random() < 0.5) for _ in range(60)]).word
        for _ in range(600)
    ]
    assert words.count("improved") / 600 < 0.05
    assert words.count("worse") / 600 < 0.05


@pytest.mark.parametrize("n", [4, 8, 20, 100])
def test_the_smallest_gain_that_rows_can_prove_is_proven_and_a_smaller_one_is_not(n: int) -> None:
    least = provable_gain(n)
    assert least is not None
    rows = round(least * n)
    words = [verdict([0.0] * n, [1.0] * won + [0.0] * (n - won)).word for won in (rows - 1, rows)]
    assert words == ["not proven", "improved"]


def test_too_few_rows_prove_nothing() -> None:
    assert [provable_gain(n) for n in range(4)] == [None] * 4
