"""What a budget can still come to: said once, at the beginning, with the number that would do; seconds as well."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

import gpo
from gpo.core.budget import Budget, Spent
from gpo.core.chat import Reply, Request
from gpo.core.events import Event, Warned
from gpo.core.ledger import Ledger
from gpo.engine.clock import Clock
from gpo.engine.prospect import NO_VERDICT, Prospect
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task

SEED, STEP, TEST = 10, 11, 40


def _prospect(budget: Budget, spent: int = 0, tokens: int = 0, elapsed_s: float = 0.0) -> Prospect:
    clock = Clock(elapsed_s, budget.seconds, started=time.monotonic())
    known = {"task": Spent(spent, tokens)} if spent else {}
    return Prospect(toy_task(), Ledger(budget, spent=known, elapsed_s=clock.elapsed_s), clock=clock)


@pytest.mark.parametrize("calls", [None, SEED + STEP + TEST, 10_000])
def test_a_budget_that_holds_all_is_not_objected_to(calls: int | None) -> None:
    prospect = _prospect(Budget(calls))
    assert prospect.objection(scored=False) == ""
    assert prospect.aside(searched=False) == prospect.test


def test_one_that_does_not_says_what_would_do_and_what_of_it_is_spent() -> None:
    fresh = _prospect(Budget(SEED + STEP + TEST - 1))
    assert "max_calls to 61 or more, or take fewer test rows" in fresh.objection(scored=False)
    later = _prospect(Budget(100), spent=70)
    assert "max_calls to 121 or more (70 are spent)." in later.objection(scored=True)
    assert later.aside(searched=False) == {}


def test_after_the_search_the_test_alone_has_to_fit() -> None:
    ended = _prospect(Budget(110), spent=70)
    assert ended.objection(scored=True, searched=True) == ""
    assert ended.aside(searched=True)["task"].calls == TEST
    assert "the test does not fit" in _prospect(Budget(100), spent=70).objection(scored=True, searched=True)


def test_where_calls_have_to_be_repeated_more_is_kept_for_the_test() -> None:
    prospect = replace(_prospect(Budget(1_000), spent=15), tries=1.5)
    assert prospect.test["task"].calls == 75  # 1.25 * 1.5 * 40
    assert prospect.aside(searched=False)["task"].calls == 75


def test_tokens_are_foreseen_once_the_seed_prompt_is_scored() -> None:
    budget = Budget(tokens=1_000)
    assert _prospect(budget).objection(scored=False) == ""
    assert "max_tokens to about " in _prospect(budget, spent=10, tokens=500).objection(scored=True)


def test_seconds_are_foreseen_by_the_pace_of_the_seed_prompt() -> None:
    slow = _prospect(Budget(seconds=20), spent=10, elapsed_s=10.0)
    assert "Set max_seconds to about 7" in slow.objection(scored=True)  # 10 + 1.25 * 51 calls at one a second
    assert slow.aside(searched=False) == {}
    assert _prospect(Budget(seconds=100), spent=10, elapsed_s=10.0).objection(scored=True) == ""
    assert _prospect(Budget(seconds=20), spent=3, elapsed_s=10.0).objection(scored=True) == "", "three are no pace"


class Slow(ToyTaskModel):
    """Takes a while for every answer."""

    async def complete(self, request: Request) -> Reply:
        await asyncio.sleep(0.1)
        return await super().complete(request)


async def _run(folder: Path, seconds: float, events: list[Event]) -> gpo.Result:
    return await gpo.aoptimize(
        toy_task(),
        task_model=Slow(),
        optimizer_model=ToyWriter(),
        store=folder,
        options={"steps": 500, "candidates": 1},
        budget=gpo.Budget(seconds=seconds),
        observers=[events.append],
    )


def _of_budget(events: list[Event]) -> list[str]:
    told = (event.message for event in events if isinstance(event, Warned))
    return [message for message in told if message.startswith(NO_VERDICT)]


async def test_a_run_of_limited_time_keeps_time_for_its_test(tmp_path: Path) -> None:
    events: list[Event] = []
    result = await _run(tmp_path, 2.0, events)
    assert result.verdict is not None, result.no_verdict
    assert _of_budget(events) == []
    if not result.complete:
        assert "kept for the test" in result.stopped_because
    assert result.seconds < 3


async def test_a_run_of_too_little_time_says_so_once_the_seed_prompt_is_scored(tmp_path: Path) -> None:
    events: list[Event] = []
    result = await _run(tmp_path, 0.25, events)
    assert result.verdict is None
    assert ["max_seconds to about" in message for message in _of_budget(events)] == [True]


def test_a_limit_of_the_task_models_own_is_named_as_such() -> None:
    own = _prospect(Budget(1_000, roles={"task": Budget(30)}))
    assert "max_calls of the task model to " in own.objection(scored=False)
    both = _prospect(Budget(30, roles={"task": Budget(1_000)}))
    assert "Set max_calls to 61" in both.objection(scored=False)
