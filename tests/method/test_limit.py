"""How far a rewrite may go: every schedule with and without warm-up, in words and in percent, and what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gpo.core.errors import ConfigError
from gpo.core.prompt import Prompt, Scored
from gpo.core.update import StepSize, Update
from gpo.method.limit import StepSizePlan, Unit, limit_edits
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import ToyTaskModel, toy_task
from gpo.testing.walk import Models, lab_in_memory


def _words(plan: StepSizePlan, steps: int) -> list[float]:
    schedule = plan.over(steps)
    return [schedule(step) for step in range(1, steps + 1)]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (StepSizePlan("fixed", 30), [30] * 9),
        (StepSizePlan("linear", 50, 10), [45, 41, 36, 32, 27, 23, 18, 14, 10]),
        (StepSizePlan("cosine", 50, 10), [48, 45, 40, 33, 26, 20, 14, 11, 10]),
        (StepSizePlan("fixed", 30, warmup=3), [10, 20, 30, 30, 30, 30, 30, 30, 30]),
        (StepSizePlan("cosine", 50, 10, warmup=3), [15, 31, 47, 47, 40, 30, 20, 12, 10]),
        (StepSizePlan("linear", 4, 4, warmup=2), [2, 4, 4, 4, 4, 4, 4, 4, 4]),
    ],
)
def test_the_words_of_nine_steps(plan: StepSizePlan, words: list[int]) -> None:
    assert _words(plan, 9) == words


@pytest.mark.parametrize(
    ("plan", "percent"),
    [
        (StepSizePlan("fixed", 2.5, unit="percent"), [2.5] * 5),
        (StepSizePlan("fixed", 20.0, unit="percent"), [20] * 5),
        (StepSizePlan("linear", 12.5, 2.5, unit="percent"), [10.5, 8.5, 6.5, 4.5, 2.5]),
        (StepSizePlan("linear", 50, 10, unit="percent"), [42, 34, 26, 18, 10]),
        (StepSizePlan("fixed", 7.5, warmup=2, unit="percent"), [3.75, 7.5, 7.5, 7.5, 7.5]),
    ],
)
def test_a_percent_may_have_a_fraction(plan: StepSizePlan, percent: list[float]) -> None:
    assert _words(plan, 5) == percent


def test_a_share_of_the_steps_is_a_number_of_them_and_at_least_one() -> None:
    for share, steps, number in ((0.05, 18, 1), (0.05, 9, 1), (0.25, 8, 2), (0.99, 4, 3)):
        assert _words(StepSizePlan(warmup=share), steps) == _words(StepSizePlan(warmup=number), steps)
    assert _words(StepSizePlan(warmup=0.5), 1) == _words(StepSizePlan(), 1)
    assert _words(StepSizePlan(warmup=0.0), 9) == _words(StepSizePlan(), 9)


@given(
    some.sampled_from(["fixed", "linear", "cosine"]),
    some.integers(1, 300),
    some.integers(1, 300),
    some.integers(0, 5) | some.floats(0, 0.99),
    some.integers(6, 60),
)
def test_every_step_size_lies_between_one_word_and_the_start(
    schedule: Any, start: int, end: int, warmup: int | float, steps: int
) -> None:
    end = 10 if schedule == "fixed" else min(start, end)
    words = _words(StepSizePlan(schedule, start, end, warmup=warmup), steps)
    assert all(1 <= each <= start for each in words)
    assert words[-1] == (start if schedule == "fixed" else end)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ({"start": 0}, "step_size.start is 0"),
        ({"end": 0}, "step_size.end is 0"),
        ({"start": 5}, "step_size.end is 10, above step_size.start, 5"),
        ({"schedule": "linear", "start": 20, "end": 21}, "step_size.end is 21"),
        ({"start": 20.5}, "step_size.start is 20.5; expected a whole number of words, or any of percent."),
        ({"end": 2.5}, "step_size.end is 2.5; expected a whole number of words"),
        ({"start": float("inf"), "unit": "percent"}, "step_size.start is inf; expected"),
        ({"start": float("nan"), "unit": "percent"}, "step_size.start is nan; expected"),
        ({"start": 5.5, "unit": "percent"}, "step_size.end is 10, above step_size.start, 5.5"),
        ({"warmup": 1.0}, "step_size.warmup is 1.0"),
        ({"warmup": 2.5}, "step_size.warmup is 2.5"),
        ({"warmup": -1}, "step_size.warmup is -1"),
        ({"warmup": -0.1}, "step_size.warmup is -0.1"),
        ({"warmup": float("nan")}, "step_size.warmup is nan"),
        ({"schedule": "fixed", "end": 20}, "step_size.end is 20, but step_size.schedule is fixed"),
        ({"schedule": "none", "start": 20}, "step_size.start is 20, but step_size.schedule is none"),
        ({"schedule": "none", "warmup": 3}, "step_size.warmup is 3, but step_size.schedule is none"),
        ({"schedule": "none", "enforce": "tell"}, "step_size.enforce is tell, but step_size.schedule is none"),
        ({"schedule": "none", "unit": "percent"}, "step_size.unit is percent, but step_size.schedule is none"),
    ],
)
def test_a_value_out_of_range_or_without_effect_is_refused_by_name(plan: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        StepSizePlan(**plan)
    assert says in str(refused.value)


def test_a_warm_up_that_takes_the_whole_run_is_refused() -> None:
    with pytest.raises(ConfigError, match="warmup is 9 steps, but the run has only 9"):
        StepSizePlan(warmup=9).parts(9)
    assert len(StepSizePlan(warmup=8).parts(9)) == 1


def test_without_a_schedule_there_is_no_part_and_a_run_of_no_steps_needs_none() -> None:
    assert StepSizePlan("none").parts(9) == ()
    assert len(StepSizePlan(warmup=3).parts(0)) == 1


@pytest.mark.parametrize(
    ("unit", "limit", "text", "words"),
    [
        ("words", 7, "one two three", 7),
        ("percent", 50, "one two three four", 2),
        ("percent", 200, "one two", 4),
        ("percent", 1, "one two", 1),
        ("percent", 50, "", 1),
    ],
)
async def test_percent_are_of_the_words_of_the_current_prompt(unit: Unit, limit: int, text: str, words: int) -> None:
    lab = lab_in_memory(toy_task(), Models(ToyTaskModel(), ScriptedModel([])), lambda _: None, step=1)
    update = await limit_edits(lambda _: limit, "tell", unit)(Update(Scored(Prompt.of(text), 0.0, 1)), lab)
    assert update.step_size == StepSize(words, "tell")


async def test_percent_are_of_the_text_in_focus() -> None:
    prompt = Prompt((("system", "be exact and be brief"), ("user", "one two")))
    lab = lab_in_memory(toy_task(), Models(ToyTaskModel(), ScriptedModel([])), lambda _: None, step=1)
    update = await limit_edits(lambda _: 100, unit="percent")(Update(Scored(prompt, 0.0, 1), focus="system"), lab)
    assert update.step_size == StepSize(5)
