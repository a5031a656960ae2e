"""Short lists: who is on them, and what they cost."""

from collections.abc import Sequence
from math import ceil, inf, log, log2, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpo.core.evaluation import Answer, Evaluation
from gpo.core.events import Evaluated, Event
from gpo.core.prompt import Prompt
from gpo.core.task import Example
from gpo.engine.evaluate import Evaluator
from gpo.engine.lab import LiveLab
from gpo.search.arms import Arm, asked, by_mean, ucb1, ucb_e
from gpo.search.rank import AT_ONCE, Ranking, ranking
from gpo.testing.toy import KEYWORDS, ToyTaskModel, ToyWriter, toy_task

TRIED: tuple[Ranking, ...] = ("ucb", "ucb-e", "sh", "sr")
EVERY = pytest.mark.parametrize("name", TRIED)


def _prompts(count: int) -> tuple[Prompt, ...]:
    """As many prompts; number i holds i modulo 6 of the five keywords."""
    return tuple(Prompt.of(" ".join([f"number {i}", *KEYWORDS[: i % 6]])) for i in range(count))


def _lab(rows: int, told: list[Event], solver: ToyTaskModel | None = None, seed: int = 0) -> LiveLab:
    task = toy_task(rows)
    evaluator = Evaluator(task, solver or ToyTaskModel(), 0)
    return LiveLab(task, ToyWriter(), evaluator=evaluator, tell=told.append, seed=seed, step=1)


async def _ranked(
    name: Ranking, count: int, keep: int, *, rows: int = 40, calls: int = 10_000
) -> tuple[list[int], int]:
    """The places of those on the short list, and what it took."""
    prompts, solver = _prompts(count), ToyTaskModel()
    short = await ranking(name, calls, 32, 1.0)(prompts, keep, _lab(rows, [], solver))
    return [prompts.index(each) for each in short], len(solver.calls)


@EVERY
async def test_the_best_are_found(name: Ranking) -> None:
    places, _ = await _ranked(name, 24, 4)
    assert sorted(place % 6 for place in places) == [5, 5, 5, 5]


@EVERY
async def test_the_short_list_is_as_long_as_asked_and_holds_nobody_twice(name: Ranking) -> None:
    for count in (5, 9, 33):
        places, _ = await _ranked(name, count, 4, rows=10)
        assert len(set(places)) == len(places) == 4


@EVERY
async def test_where_all_can_stay_nobody_is_asked(name: Ranking) -> None:
    assert await _ranked(name, 4, 4) == ([0, 1, 2, 3], 0)
    assert await _ranked(name, 0, 4) == ([], 0)


async def test_all_means_all_and_asks_nobody() -> None:
    assert await _ranked("all", 7, 4) == (list(range(7)), 0)


@pytest.mark.parametrize("calls", [200, 500, 10_000])
@pytest.mark.parametrize("name", ["ucb", "ucb-e"])
async def test_a_bandit_asks_so_many_calls_in_pulls(name: Ranking, calls: int) -> None:
    rows, count, keep = 80, 20, 4
    _, took = await _ranked(name, count, keep, rows=rows, calls=calls)
    pull = rows // 8
    assert took == min(calls, (count - keep) * rows // 2) // pull * pull


@given(
    name=st.sampled_from(TRIED),
    count=st.integers(2, 30),
    keep=st.integers(1, 6),
    rows=st.integers(1, 30),
    calls=st.integers(0, 400),
)
@settings(max_examples=40, deadline=None)
async def test_a_trial_stays_within_its_calls(name: Ranking, count: int, keep: int, rows: int, calls: int) -> None:
    _, took = await _ranked(name, count, keep, rows=rows, calls=calls)
    saved = max(0, count - keep) * rows
    phases = {"sh": ceil(log2(max(1, count / keep))), "sr": 1}.get(name, 0)
    assert took <= max(min(calls, saved // 2), phases * count)


@EVERY
async def test_no_prompt_is_asked_the_same_row_twice(name: Ranking) -> None:
    solver = ToyTaskModel()
    await ranking(name, 10_000, 32, 1.0)(_prompts(20), 4, _lab(40, [], solver))
    assert len(set(solver.calls)) == len(solver.calls)


@EVERY
async def test_the_order_in_which_replies_arrive_leaves_no_trace(name: Ranking) -> None:
    async def walked(shuffle: int | None) -> tuple[tuple[Prompt, ...], list[Event]]:
        told: list[Event] = []
        return await ranking(name, 300, 4, 1.0)(_prompts(12), 3, _lab(40, told, ToyTaskModel(shuffle=shuffle))), told

    calm = await walked(None)
    assert await walked(1) == calm
    assert await walked(2) == calm


async def test_every_arm_is_pulled_once_before_any_is_pulled_twice() -> None:
    told: list[Event] = []
    await ranking("ucb", 10_000, 32, 1.0)(_prompts(20), 4, _lab(80, told))
    first = [event.prompt_id for event in told if isinstance(event, Evaluated)][:20]
    assert len(set(first)) == 20


async def test_a_bandit_looks_longer_at_those_that_seem_good() -> None:
    told: list[Event] = []
    await ranking("ucb", 10_000, 32, 0.3)(_prompts(18), 3, _lab(80, told))
    rows = dict.fromkeys(range(6), 0)
    for event in told:
        if isinstance(event, Evaluated):
            rows[len(event.prompt.split()) - 2] += event.n
    assert rows[5] > 2 * rows[0]


async def test_successive_halving_keeps_the_better_half_of_each_phase() -> None:
    told: list[Event] = []
    await ranking("sh", 10_000, 32, 1.0)(_prompts(32), 4, _lab(80, told))
    tried = [event.prompt_id for event in told if isinstance(event, Evaluated)]
    assert len(tried) == 32 + 16 + 8
    assert len(set(tried[32:48])) == 16


async def test_successive_rejects_drops_one_a_phase() -> None:
    told: list[Event] = []
    await ranking("sr", 10_000, 32, 1.0)(_prompts(10), 4, _lab(800, told))
    tried = [event for event in told if isinstance(event, Evaluated)]
    assert [len(list(group)) for group in _phases(tried)] == [10, 9, 8, 7, 6, 5]
    # K = 10 arms, n = 2400 calls: the first phase asks ceil((n - K) / (L K)) rows.
    harmonic = 0.5 + sum(1 / i for i in range(2, 11))
    assert tried[0].n == ceil((2400 - 10) / (harmonic * 10))


def _phases(events: list[Evaluated]) -> list[list[Evaluated]]:
    """Split where a prompt comes again."""
    phases: list[list[Evaluated]] = [[]]
    for event in events:
        if event.prompt_id in {each.prompt_id for each in phases[-1]}:
            phases.append([])
        phases[-1].append(event)
    return phases


def test_the_bounds_are_those_of_their_papers() -> None:
    arm = Arm(Prompt.of("x"), 32, answered=25, total=20.0)
    assert ucb1(1.0)(arm, 500) == pytest.approx(0.8 + sqrt(log(500) / 25))
    assert ucb1(0.0)(arm, 500) == pytest.approx(0.8)
    assert ucb_e(4.0)(arm, 500) == pytest.approx(0.8 + sqrt(4 / 25))
    assert ucb1(1.0)(Arm(Prompt.of("y")), 500) == ucb_e(1.0)(Arm(Prompt.of("y")), 500) == inf


def test_the_second_round_of_ucb_does_explore() -> None:
    """The released code takes the logarithm of the round, which is 0 at the second: the first round's best again."""
    rare, often = (Arm(Prompt.of(text), n, answered=n, total=n / 2) for text, n in (("a", 8), ("b", 32)))
    assert ucb1(1.0)(rare, AT_ONCE * 32) > ucb1(1.0)(often, AT_ONCE * 32) > 0.5


class _Flaky(LiveLab):
    """Half of the calls get no answer."""

    async def evaluate(self, prompts: Sequence[Prompt], examples: Sequence[Example]) -> tuple[Evaluation, ...]:
        answers = tuple(_half(row, place) for place, row in enumerate(examples))
        return tuple(Evaluation(prompt, answers) for prompt in prompts)


def _half(row: Example, place: int) -> Answer:
    return Answer(row.id, "", 1.0) if place % 2 else Answer(row.id, "", None, failure="timeout")


async def test_a_failed_call_is_no_score_and_not_asked_again() -> None:
    task = toy_task(10)
    lab = _Flaky(task, ToyWriter(), evaluator=Evaluator(task, ToyTaskModel(), 99), tell=lambda event: None)
    (arm,) = await asked([Arm(Prompt.of("x"))], 6, task.splits.selection, lab)
    assert (arm.asked, arm.answered, arm.mean) == (6, 3, 1.0)


def test_arms_are_ordered_by_the_answers_of_both() -> None:
    def arm(marks: str) -> Arm:
        scores = tuple(None if mark == "-" else float(mark) for mark in marks)
        known = [score for score in scores if score is not None]
        return Arm(Prompt.of(marks), len(scores), answered=len(known), total=sum(known), scores=scores)

    def order(*marks: str) -> list[str]:
        return [each.prompt.text for each in by_mean([arm(each) for each in marks])]

    assert order("11100", "-0111") == ["-0111", "11100"]  # a gain on the rows of both, with as many right answers
    assert order("11100", "-1100") == ["11100", "-1100"]
    assert order("-1100", "11100") == ["-1100", "11100"]
    assert order("11000", "11-00") == ["11000", "11-00"]
    assert order("---", "0000", "01", "0--") == ["01", "0--", "0000", "---"]
    assert order("", "-", "-0") == ["-0", "", "-"]


async def test_a_refused_row_is_remembered_by_its_arm() -> None:
    task = toy_task(10)
    lab = _Flaky(task, ToyWriter(), evaluator=Evaluator(task, ToyTaskModel(), 99), tell=lambda event: None)
    arms = await asked([Arm(Prompt.of("x"))], 3, task.splits.selection, lab)
    (arm,) = await asked(arms, 2, task.splits.selection, lab)
    assert arm.scores == (None, 1.0, None, None, 1.0)
