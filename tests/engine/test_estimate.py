"""What a run takes, told before: the paper's own counts, prices, and what nobody can know."""

from typing import Any

import pytest

from gpo.core.errors import ConfigError
from gpo.core.task import Splits, Task, lift
from gpo.engine.config import RunConfig
from gpo.engine.estimate import Estimate as Expected
from gpo.engine.estimate import Expense, estimate
from gpo.engine.habits import habits_of
from gpo.tasks.grades import exact_match
from gpo.testing.toy import toy_task


def _config(**more: Any) -> RunConfig:
    plain = {"task": "rows.jsonl", "task_model": "openai/gpt-4.1-mini", "optimizer_model": "openai/gpt-4.1"}
    return RunConfig.from_mapping({**plain, **more}, "test")


async def _expected(task: Task, assumed: dict[str, float] | None = None, **more: Any) -> Expected:
    config = _config(**more)
    return await estimate(config, task, habits_of(config, **(assumed or {})))


def _of_the_papers_size() -> Task:
    """48 training, 48 selection and 144 test rows, as most tasks of BIG-Bench Hard."""
    rows = toy_task(144).splits.test
    return Task("like bbh", Splits(rows[:48], rows[48:96], rows[96:240]), lift(exact_match))


async def test_gpo_on_a_task_of_the_papers_size_takes_what_the_formula_says() -> None:
    expected = await _expected(_of_the_papers_size(), extract=True)
    turns, steps, candidates, rows = 2, 18, 8, 48
    assert expected.steps == steps
    assert expected.search["task"].calls == turns * (rows + steps * candidates * rows)
    assert expected.search["optimizer"].calls == steps
    assert expected.test["task"].calls == turns * 2 * 144
    assert expected.total.calls == sum(each.calls for each in expected.by_role.values())


async def test_without_a_search_the_test_is_of_one_prompt() -> None:
    expected = await _expected(_of_the_papers_size(), algorithm="nothing")
    assert (expected.steps, expected.test["task"].calls) == (0, 144)
    assert set(expected.search) == {"task"}


async def test_dollars_follow_from_tokens_and_prices() -> None:
    expected = await _expected(toy_task(), prices={"openai/gpt-4.1-mini": [2.0, 10.0]}, gpo={"steps": 2})
    test = expected.test["task"]
    assert test.usd == pytest.approx((2 * test.prompt_tokens + 10 * test.completion_tokens) / 1e6)
    assert expected.total.usd == pytest.approx(sum(each.usd or 0.0 for each in expected.by_role.values()))
    assert expected.unpriced == ()


async def test_a_price_that_nobody_knows_is_said_and_not_zero() -> None:
    expected = await _expected(toy_task(), optimizer_model="openai/own", gpo={"steps": 2})
    assert expected.search["optimizer"].usd is None
    assert expected.search["task"].usd is not None
    assert expected.total.usd is None
    assert expected.unpriced == ("openai/own",)
    assert any("openai/own" in note and "`prices`" in note for note in expected.notes)


async def test_a_limit_in_dollars_that_cannot_be_kept_is_said_to_stop_a_run_from_beginning() -> None:
    lacking = "With max_usd no run begins until the price of each of its models is known."
    unknown = await _expected(toy_task(), optimizer_model="openai/own", budget={"max_usd": 1})
    assert lacking in unknown.notes
    assert lacking not in (await _expected(toy_task(), budget={"max_usd": 1})).notes


async def test_answers_are_no_longer_than_the_task_allows() -> None:
    task = toy_task()
    expected = await _expected(task, {"reply_tokens": 100_000}, algorithm="nothing")
    assert expected.test["task"].completion_tokens == expected.test["task"].calls * task.sampling.max_tokens
    assert expected.assumed["task"].reply_tokens == task.sampling.max_tokens


async def test_more_calls_in_flight_take_less_time_and_a_slower_model_more() -> None:
    few, many = [await _expected(toy_task(), gpo={"steps": 3}, concurrency=each) for each in (2, 64)]
    slow = await _expected(toy_task(), {"latency_s": 5.0}, gpo={"steps": 3}, concurrency=64)
    assert few.seconds > 5 * many.seconds
    assert slow.seconds == pytest.approx(5 * many.seconds)
    assert few.total == many.total


async def test_a_budget_an_embedding_model_and_a_program_are_spoken_of() -> None:
    expected = await _expected(toy_task(), budget={"max_calls": 50}, embedding_model="openai/text-embedding-3-small")
    assert any("max_calls 50" in note for note in expected.notes)
    assert expected.search["embedding"].calls > 0
    assert set(expected.by_role) == {"task", "optimizer", "embedding"}


async def test_an_option_that_the_recipe_does_not_take_is_refused() -> None:
    with pytest.raises(ConfigError, match="candidates"):
        await _expected(toy_task(), gpo={"candidate": 3})


def test_expenses_add_up_and_an_unknown_price_stays_unknown() -> None:
    known, unknown = Expense(1, 10, completion_tokens=2, usd=0.5), Expense(2, 20, usd=None)
    assert known + known == known.times(2)
    assert (known + unknown).usd is None
    assert (known + unknown).tokens == 32


def test_the_bundled_models_have_habits_of_their_own() -> None:
    habits = habits_of(RunConfig.from_mapping({"task": "pocket/color", "task_model": "pocket"}, "test"))
    assert habits["task"].reply_tokens < 10
    assert not habits["task"].together
    local = habits_of(RunConfig.from_mapping({"task": "pocket/color", "task_model": "local/a.gguf"}, "test"))
    assert not local["optimizer"].together


async def test_prices_are_told_with_their_source_and_date_and_thoughts_are_not_foreseen() -> None:
    told = await _expected(toy_task(), task_model="openai/gpt-5-mini")
    assert any("openai.com/api/pricing (2025-08-07)" in note for note in told.notes)
    assert any("openai/gpt-5-mini will think before the answer" in note for note in told.notes)
    models = dict.fromkeys(("task_model", "optimizer_model"), "openai/gpt-5-mini")
    own = await _expected(toy_task(), **models, prices={"openai/gpt-5-mini": [1, 2]})
    assert not any("list prices" in note for note in own.notes)
