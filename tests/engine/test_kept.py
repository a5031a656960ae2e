"""What is kept for the test where a run goes on: with another budget it is decided anew, with the same it stays."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.events import Event, Warned
from gpo.engine.prospect import NO_VERDICT
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task

SEED, STEP, TEST = 10, 11, 40
"""Calls that the seed prompt takes, one new prompt, and the test."""
SMALL = 45
"""Calls of a first sitting that finds a better prompt and has no verdict on it."""


class Watched(ToyTaskModel):
    """Keeps a copy of what a kill at its so-many-th answer leaves behind. tested: the answers to test rows."""

    def __init__(self, store: Path, copy: Path, at: int = 0) -> None:
        super().__init__()
        self.store, self.copy, self.left, self.tested = store, copy, at, 0

    async def complete(self, request: Request) -> Reply:
        self.left -= 1
        if self.left == 0:
            shutil.copytree(self.store, self.copy)
        self.tested += "row test " in request.messages[-1].text
        return await super().complete(request)


async def _sit(folder: Path, calls: int, solver: Any = None, *, more: bool = True) -> tuple[gpo.Result, list[str]]:
    """A sitting of the only run in a folder with so many calls in all, and what it objected to that budget.

    more: whether the run is there already.
    """
    events: list[Event] = []
    result = await gpo.aoptimize(
        toy_task(),
        task_model=solver or ToyTaskModel(),
        optimizer_model=ToyWriter(),
        store=folder,
        options={"steps": 4, "candidates": 3},
        budget={"max_calls": calls},
        observers=[events.append],
        settings={"concurrency": 1} if not more else None,
        resume="latest" if more else None,
    )
    warned = [event.message for event in events if isinstance(event, Warned)]
    return result, [message for message in warned if message.startswith(NO_VERDICT)]


def _asked(result: gpo.Result) -> int:
    return sum(spent.calls for spent in result.cost.values())


def _named(said: str) -> int:
    """The budget that is said to do."""
    found = re.search(r"Set max_calls to ([\d,]+) or more", said)
    assert found, said
    return int(found[1].replace(",", ""))


async def test_a_budget_that_grew_by_the_price_of_the_test_pays_for_the_test_of_the_better_prompt(
    tmp_path: Path,
) -> None:
    first, told = await _sit(tmp_path, SMALL, more=False)
    assert (first.verdict, len(told)) == (None, 1)
    assert first.best.id != first.seed.prompt.id, "a better prompt is there"
    assert _named(first.no_verdict) == SMALL + TEST
    second, told = await _sit(tmp_path, SMALL + TEST)
    assert told == []
    assert second.verdict
    assert second.best == first.best


async def test_every_budget_that_gives_no_verdict_is_objected_to_with_one_that_would(tmp_path: Path) -> None:
    await _sit(tmp_path, SMALL, more=False)
    spent = SMALL
    for calls in (SMALL + 1, SMALL + 20):
        result, told = await _sit(tmp_path, calls)
        assert result.verdict is None
        assert [_named(each) for each in told] == [spent + TEST]
        spent = _asked(result)
    again, told = await _sit(tmp_path, spent)
    assert told == [], "it was told of this budget"
    last, told = await _sit(tmp_path, _named(again.no_verdict))
    assert told == []
    assert last.verdict


async def test_without_a_better_prompt_a_budget_pays_for_a_new_one_and_the_test_or_is_objected_to(
    tmp_path: Path,
) -> None:
    enough = SEED + 1 + STEP + TEST  # one of the new prompt's answers is known
    less, as_much = tmp_path / "less", tmp_path / "as much"
    for folder in (less, as_much):
        await _sit(folder, SEED + 2, more=False)
    _, told = await _sit(less, SEED + 2 + TEST)
    assert [_named(each) for each in told] == [enough]
    ended, told = await _sit(as_much, enough)
    assert told == []
    assert ended.verdict


@pytest.mark.parametrize("first", [1, 4, SEED - 1])
async def test_what_is_answered_for_the_seed_prompt_is_not_counted_again(tmp_path: Path, first: int) -> None:
    enough = SEED + STEP + TEST
    begun, told = await _sit(tmp_path, first, more=False)
    assert [_named(said) for said in (*told, begun.no_verdict)] == [enough, enough]
    _, told = await _sit(tmp_path, enough - 1)
    assert [_named(said) for said in told] == [enough]


async def test_a_budget_that_names_what_is_enough_after_a_few_answers_is_enough(tmp_path: Path) -> None:
    begun, _ = await _sit(tmp_path, 4, more=False)
    result, told = await _sit(tmp_path, _named(begun.no_verdict))
    assert told == []
    assert result.verdict


@pytest.mark.parametrize(("larger", "at"), [(SMALL + TEST, 15), (SMALL + TEST, 39), (130, 5), (130, 30), (130, 60)])
async def test_a_larger_budget_ends_the_same_wherever_its_sitting_is_killed(
    tmp_path: Path, larger: int, at: int
) -> None:
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    await _sit(calm, SMALL, more=False)
    left_alone, _ = await _sit(calm, larger, Watched(calm, killed, at))
    ended, told = await _sit(killed, larger)
    assert told == []
    assert left_alone.verdict
    assert (ended.verdict, ended.best, _asked(ended)) == (left_alone.verdict, left_alone.best, _asked(left_alone))


async def test_a_smaller_budget_than_the_test_needs_is_objected_to_and_leaves_it_closed(tmp_path: Path) -> None:
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    await _sit(calm, 300, Watched(calm, killed, 70), more=False)
    solver = Watched(killed, tmp_path / "none")
    result, told = await _sit(killed, 90, solver)
    assert len(told) == 1
    assert (result.verdict, solver.tested) == (None, 0)
    enough, told = await _sit(killed, _named(result.no_verdict))
    assert told == []
    assert enough.verdict


async def test_a_test_that_was_begun_goes_on_under_any_budget_that_pays_for_its_rest(tmp_path: Path) -> None:
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    await _sit(calm, SMALL, more=False)
    await _sit(calm, SMALL + TEST, Watched(calm, killed, 30))
    result, told = await _sit(killed, SMALL + TEST + 5)
    assert told == []
    assert result.verdict
    assert _asked(result) == SMALL + TEST
