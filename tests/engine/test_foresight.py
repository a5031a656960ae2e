"""What a budget has to hold for one new prompt is foreseen, its request to the optimizer model included."""

import re
from pathlib import Path

import pytest

import gpo
from gpo.core.events import Evaluated, Event, Warned
from gpo.engine.prospect import HARDLY, NO_VERDICT
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task


async def _run(folder: Path, algorithm: str, budget: gpo.Budget) -> tuple[gpo.Result, list[str], list[Evaluated]]:
    events: list[Event] = []
    result = await gpo.aoptimize(
        toy_task(),
        task_model=ToyTaskModel(),
        optimizer_model=ToyWriter(),
        algorithm=algorithm,
        budget=budget,
        store=folder,
        seed=3,
        observers=[events.append],
    )
    told = [event.message for event in events if isinstance(event, Warned)]
    warned = [message for message in told if message.startswith((NO_VERDICT, HARDLY))]
    return result, warned, [event for event in events if isinstance(event, Evaluated)]


def _named(warned: list[str]) -> int:
    """The budget that the last warning names."""
    named = [re.search(r"Set max_(?:tokens to about|calls to) ([\d,]+) or more", message) for message in warned]
    return int([each[1] for each in named if each][-1].replace(",", ""))


@pytest.mark.parametrize("algorithm", ["gpo", "opro", "apo", "evoprompt-ga"])
async def test_the_budget_that_is_named_is_enough_for_a_new_prompt_and_a_smaller_one_leaves_the_test_closed(
    tmp_path: Path, algorithm: str
) -> None:
    first, warned, _ = await _run(tmp_path / "0", algorithm, gpo.Budget(tokens=2000))
    assert first.verdict is None
    larger, warned, scored = await _run(tmp_path / "1", algorithm, gpo.Budget(tokens=_named(warned)))
    if warned:  # what the seed prompt takes is known only once it is scored
        larger, warned, scored = await _run(tmp_path / "2", algorithm, gpo.Budget(tokens=_named(warned)))
    assert not warned
    assert len({event.prompt_id for event in scored}) > 1
    assert larger.verdict


@pytest.mark.parametrize("calls", [1, 40], ids=["at the beginning", "in the first step"])
@pytest.mark.parametrize("algorithm", ["gpo", "apo", "pe2", "capo", "sgdm", "evoprompt-de"])
async def test_the_number_of_calls_that_is_named_is_enough_for_a_new_prompt_and_its_test(
    tmp_path: Path, algorithm: str, calls: int
) -> None:
    first, warned, _ = await _run(tmp_path / "0", algorithm, gpo.Budget(calls))
    assert first.verdict is None
    named = _named([*warned, first.no_verdict])
    larger, warned, _ = await _run(tmp_path / "enough", algorithm, gpo.Budget(named))
    assert not warned
    assert larger.verdict, larger.no_verdict  # without a new prompt there is none


@pytest.mark.parametrize("algorithm", ["gpo", "apo", "pe2", "capo", "sgdm", "evoprompt-de"])
async def test_one_call_less_than_what_is_named_is_objected_to_at_the_beginning_by_the_same_number(
    tmp_path: Path, algorithm: str
) -> None:
    _, (warned,), _ = await _run(tmp_path / "0", algorithm, gpo.Budget(1))
    _, told, _ = await _run(tmp_path / "1", algorithm, gpo.Budget(_named([warned]) - 1))
    assert [_named([message]) for message in told] == [_named([warned])]


async def test_without_a_new_prompt_nothing_is_tested(tmp_path: Path) -> None:
    result, _, _ = await _run(tmp_path, "gpo", gpo.Budget(tokens=3000))
    assert result.verdict is None
    assert "before a new prompt was scored, and the test set is left closed. Set max_tokens to" in result.no_verdict
