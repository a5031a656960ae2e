"""Properties of intervals and verdicts that hold for every list of scores."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.evidence.intervals import mean_interval, paired_interval
from gpo.evidence.verdicts import verdict

scores = st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.0, 1.0]))
lists = st.lists(scores, max_size=40)
pairs = st.lists(st.tuples(scores, scores), max_size=40)
levels = st.floats(0.5, 0.999)


def _split(given_pairs: list[tuple[float | None, float | None]]) -> tuple[list[float | None], list[float | None]]:
    return [left for left, _ in given_pairs], [right for _, right in given_pairs]


@given(lists, levels)
def test_the_interval_of_a_mean_holds_it_and_stays_in_bounds(given_scores: list[float | None], level: float) -> None:
    estimate = mean_interval(given_scores, level)
    assert 0.0 <= estimate.low <= estimate.mean <= estimate.high <= 1.0
    assert estimate.low < estimate.high
    assert estimate.n == sum(score is not None for score in given_scores)


@given(pairs, levels)
def test_the_interval_of_a_difference_holds_it_and_stays_in_bounds(
    given_pairs: list[tuple[float | None, float | None]], level: float
) -> None:
    estimate = paired_interval(*_split(given_pairs), level)
    assert -1.0 <= estimate.low <= estimate.mean <= estimate.high <= 1.0
    assert estimate.low < estimate.high
    assert estimate.n == sum(None not in pair for pair in given_pairs)


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_examples_does_not_matter(
    given_pairs: list[tuple[float | None, float | None]], rng: random.Random
) -> None:
    shuffled = rng.sample(given_pairs, len(given_pairs))
    assert verdict(*_split(given_pairs)) == verdict(*_split(shuffled))


@given(pairs)
def test_swapping_the_prompts_mirrors_the_verdict(given_pairs: list[tuple[float | None, float | None]]) -> None:
    before, after = _split(given_pairs)
    there, back = verdict(before, after), verdict(after, before)
    mirrored = {"improved": "worse", "worse": "improved", "not proven": "not proven"}
    assert back.word == mirrored[there.word]
    assert (back.difference, back.low, back.high) == pytest.approx((-there.difference, -there.high, -there.low))
    assert (back.before, back.after, back.n) == (there.after, there.before, there.n)


@given(lists)
def test_a_prompt_is_never_better_than_itself(given_scores: list[float | None]) -> None:
    assert verdict(given_scores, given_scores).word == "not proven"


@given(pairs)
def test_an_improvement_is_one_on_average(given_pairs: list[tuple[float | None, float | None]]) -> None:
    said = verdict(*_split(given_pairs))
    if said.word != "not proven":
        assert (said.difference > 0) == (said.word == "improved")


@given(pairs)
def test_an_unanswered_example_changes_no_difference(given_pairs: list[tuple[float | None, float | None]]) -> None:
    before, after = _split(given_pairs)
    more = paired_interval([*before, 1.0, None], [*after, None, 0.0])
    assert replace(more, unanswered=more.unanswered - 2) == paired_interval(before, after)
