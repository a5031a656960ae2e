"""What runs a league is made of, and how it is checked before it begins."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.core.errors import ConfigError, TaskError
from gpo.engine.config import RunConfig
from gpo.sweeps.plan import Entrant, League, Limit, part_of, plan
from gpo.sweeps.prepare import prepare

CALLS = tuple(Limit("calls", amount) for amount in (100, 200, None))


def _league(**more: Any) -> League:
    values: dict[str, Any] = {
        "entrants": (Entrant("gpo", "gpo", options={"k": 2}), Entrant("gpo-paper", "gpo-paper")),
        "tasks": ("pocket/color", "pocket/thing"),
        "seeds": (0, 1, 2),
        "limits": CALLS[:2],
        "settings": {"task_model": "pocket", "optimizer_model": "phrases"},
        **more,
    }
    return League(**values)


def _data(league: League, salt: str = "") -> dict[tuple[str, int], str]:
    return {(task, seed): f"{task}{seed}{salt}" for task, seed in product(league.tasks, league.seeds)}


def test_every_combination_is_there_once_with_an_id_of_its_own() -> None:
    league = _league()
    runs = plan(league, _data(league), "1")
    cells = {(each.entrant, each.task, each.seed, each.limit.amount) for each in runs}
    assert cells == set(product(("gpo", "gpo-paper"), league.tasks, (0, 1, 2), (100, 200)))
    assert len({each.id for each in runs}) == len(runs) == league.size == 24


def test_every_run_is_one_that_the_engine_takes() -> None:
    league = _league(limits=(*CALLS, Limit("tokens", 5000), Limit("usd", 0.25)))
    budgets = []
    for each in plan(league, _data(league), "1")[:10]:
        config = RunConfig.from_mapping(each.settings, "test")
        assert (config.algorithm, config.seed) == (each.entrant, each.seed)
        assert config.options == ({"k": 2} if each.entrant == "gpo" else {})
        budgets.append((config.budget.calls, config.budget.tokens, config.budget.usd))
    assert set(budgets) == {
        (100, None, None),
        (200, None, None),
        (None, None, None),
        (None, 5000, None),
        (None, None, 0.25),
    }


@given(st.data())
def test_an_id_stays_when_the_league_grows(data: st.DataObject) -> None:
    small = _league(
        entrants=tuple(data.draw(st.lists(st.sampled_from(_league().entrants), min_size=1, unique_by=id))),
        seeds=tuple(data.draw(st.lists(st.integers(0, 2), min_size=1, unique=True))),
        limits=tuple(data.draw(st.lists(st.sampled_from(CALLS), min_size=1, unique_by=id))),
    )
    large = _league(limits=CALLS)
    ids = {each.name: each.id for each in plan(large, _data(large), "1")}
    for each in plan(small, _data(large), "1"):
        assert ids[each.name] == each.id


@pytest.mark.parametrize(
    "other",
    [
        lambda: plan(_league(), _data(_league(), "other rows"), "1"),
        lambda: plan(_league(), _data(_league()), "2"),
        lambda: plan(_league(settings={"task_model": "pocket", "temperature": 1}), _data(_league()), "1"),
    ],
    ids=["data", "version", "settings"],
)
def test_what_changes_a_run_changes_its_id(other: Any) -> None:
    before = {each.id for each in plan(_league(), _data(_league()), "1")}
    assert not before & {each.id for each in other()}


def test_whatever_is_done_first_is_a_smaller_league() -> None:
    league = _league()
    runs = plan(league, _data(league), "1")
    assert [each.seed for each in runs] == sorted(each.seed for each in runs)
    assert {each.task for each in runs[:8]} == set(league.tasks)


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_parts_make_up_the_whole_and_keep_together_what_meets(count: int) -> None:
    league = _league()
    runs = plan(league, _data(league), "1")
    parts = [part_of(runs, number, count) for number in range(1, count + 1)]
    assert sorted(each.id for part in parts for each in part) == sorted(each.id for each in runs)
    meetings = [{(each.seed, each.task) for each in part} for part in parts]
    assert sum(map(len, meetings)) == len(set().union(*meetings))


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (Limit("calls", 3000), "3,000 calls"),
        (Limit("tokens", 1e6), "1,000,000 tokens"),
        (Limit("usd", 0.5), "$0.5"),
        (Limit("calls", None), "no limit"),
    ],
)
def test_a_budget_has_a_name(limit: Limit, said: str) -> None:
    assert limit.label == said


def test_a_prepared_league_has_its_tasks_and_no_run_twice() -> None:
    prepared = prepare(_league())
    assert len(prepared.plan) == 24
    first, second = (prepared.tasks["pocket/color", seed].splits.test for seed in (0, 1))
    assert first != second, "a seed draws other rows"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"tasks": ()}, "at least one task"),
        ({"tasks": ("pocket/color", "pocket/color")}, "pocket/color is given twice"),
        ({"limits": (CALLS[0], CALLS[0])}, "100 calls is given twice"),
        ({"entrants": (Entrant("x", "gpoo"),)}, 'Did you mean "gpo'),
        ({"entrants": (Entrant("x", "gpo", options={"candidate": 3}),)}, "candidates"),
        ({"settings": {"task_modl": "pocket"}}, "task_model"),
    ],
)
def test_a_league_that_cannot_be_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        prepare(_league(**more))


def test_a_task_that_is_not_there_is_refused() -> None:
    with pytest.raises(TaskError, match="pocket/color"):
        prepare(_league(tasks=("pocket/colr",)))


def test_an_embedding_model_that_no_algorithm_asks_is_told() -> None:
    settings = {"task_model": "pocket", "optimizer_model": "phrases", "embedding_model": "openai/any"}
    tasks, seeds = ("pocket/color",), (0,)
    asking = prepare(_league(settings=settings, tasks=tasks, seeds=seeds))
    idle = prepare(_league(settings=settings, tasks=tasks, seeds=seeds, entrants=(Entrant("opro", "opro"),)))
    assert not any("embedding" in each for each in asking.warnings)
    assert "embedding_model is not used: none of the algorithms compares texts" in idle.warnings


DOLLARS = (Limit("usd", 0.5),)
PAID = {"task_model": "openai/gpt-4.1-mini", "optimizer_model": "openai/gpt-4.1"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"task_model": "pocket"},
            "a budget of $0.5, for pocket and phrases cost nothing: limit calls or tokens instead",
        ),
        ({"task_model": "local/tiny.gguf"}, "for local/tiny.gguf costs nothing: limit calls or tokens instead"),
        ({"task_model": "ollama/tiny"}, "for ollama/tiny costs nothing"),
        ({"task_model": "openai/own", "prices": {"openai/own": [0, 0, 0]}}, "for openai/own costs nothing"),
        (
            {**PAID, "task_model": "openai/own"},
            "The price of openai/own is unknown, so a budget of $0.5 cannot be kept",
        ),
        ({"task_model": "openai/own"}, "prices: {openai/own: [dollars per million prompt tokens, completion tokens]}"),
        ({"task_model": "ollama/tiny", "base_url": "http://rented.example/v1"}, "The price of ollama/tiny is unknown"),
    ],
)
def test_dollars_that_nobody_counts_end_no_league(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        prepare(_league(settings=settings, limits=DOLLARS))
    assert said in str(refused.value)
    assert prepare(_league(settings=settings)).plan


@pytest.mark.parametrize(
    "settings",
    [PAID, {**PAID, "task_model": "local/tiny.gguf"}, {"task_model": "openai/own", "prices": {"openai/own": [0, 1]}}],
)
def test_dollars_that_somebody_is_paid_limit_a_league(settings: dict[str, Any]) -> None:
    assert prepare(_league(settings=settings, limits=DOLLARS)).plan
    assert prepare(_league(settings={"task_model": "pocket"}, limits=(Limit("usd", None),))).plan
