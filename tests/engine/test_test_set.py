"""When the sealed test set is opened, how often, and what is said where it is not."""

from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.errors import ModelRefused
from gpo.core.events import Event, Warned
from gpo.store.sqlite import open_store
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task

SEED, STEP, TEST = 10, 11, 40
"""Calls that the seed prompt takes, one new prompt, and the test."""


async def _run(
    folder: Path, solver: Any = None, *, calls: int | None = None, steps: int = 4, **more: Any
) -> gpo.Result:
    given: dict[str, Any] = {"settings": {"max_retries": 0, **more.pop("settings", {})}, "seed": 3, **more}
    return await gpo.aoptimize(
        toy_task(),
        task_model=solver or ToyTaskModel(),
        optimizer_model=ToyWriter(),
        store=folder,
        options={"steps": 4},
        budget=gpo.Budget(calls=calls),
        **given,
    )


def _warnings(events: list[Event]) -> str:
    return " ".join(event.message for event in events if isinstance(event, Warned))


class Mute(ToyTaskModel):
    """Gives no answer to any row of the test set."""

    async def complete(self, request: Request) -> Reply:
        if "row test " in request.messages[-1].text:
            raise ModelRefused("the content filter", fatal=False)
        return await super().complete(request)


@pytest.mark.parametrize("more", [0, 1, 40, 300])
async def test_a_budget_that_pays_for_one_new_prompt_and_the_test_gives_a_verdict(tmp_path: Path, more: int) -> None:
    events: list[Event] = []
    result = await _run(tmp_path, calls=SEED + STEP + TEST + more, observers=[events.append])
    assert result.verdict is not None
    assert result.no_verdict == ""
    assert "verdict" not in _warnings(events)


@pytest.mark.parametrize("calls", [0, 5, 30, SEED + STEP + TEST - 1])
async def test_a_smaller_one_says_so_at_the_beginning_and_how_much_it_would_take(tmp_path: Path, calls: int) -> None:
    events: list[Event] = []
    result = await _run(tmp_path, calls=calls, observers=[events.append])
    assert result.verdict is None
    assert "max_calls to 61 or more" in _warnings(events[:2])
    assert _warnings(events).count("max_calls") == 1
    assert "budget" in result.no_verdict


async def test_a_test_without_an_answer_gives_no_verdict_and_says_why(tmp_path: Path) -> None:
    result = await _run(tmp_path, Mute(), settings={"max_failures": 1000})
    assert result.verdict is None
    assert result.to_dict()["verdict"] is None
    assert result.no_verdict.startswith(
        "no test row was answered for both prompts: no answer came for 20 of 20 with the seed prompt and 20 of 20 with "
        "the best prompt, because: "
    )
    assert [count for _, count in result.test_failures] == [40 if result.best.id != result.seed.prompt.id else 20]


async def test_a_finished_run_has_nothing_to_do_and_gives_its_result_again(tmp_path: Path) -> None:
    first, solver = await _run(tmp_path), ToyTaskModel()
    again = await _run(tmp_path, solver, resume=first.run_id, calls=5000)
    assert again.to_dict() == first.to_dict()
    assert solver.calls == []
    store = open_store(tmp_path)
    assert store.open_test(first.run_id) == 2, "once by the run, once by this line"
    store.close()


async def test_a_run_that_stopped_before_its_test_opens_it_later_once(tmp_path: Path) -> None:
    events: list[Event] = []
    first = await _run(tmp_path, calls=30)
    second = await _run(tmp_path, calls=5000, resume=first.run_id, observers=[events.append])
    assert first.verdict is None
    assert second.verdict is not None
    assert "opened" not in _warnings(events)


async def test_the_same_verdict_is_no_further_opening_and_another_is_said_to_be_one(tmp_path: Path) -> None:
    same, more = list[Event](), list[Event]()
    first = await _run(tmp_path, calls=SEED + STEP + TEST + 3)
    second = await _run(tmp_path, resume=first.run_id, calls=SEED + STEP + TEST + 3, observers=[same.append])
    assert second.verdict == first.verdict
    assert "opened" not in _warnings(same)
    third = await _run(tmp_path, calls=5000, resume=first.run_id, observers=[more.append])
    assert third.best != first.best
    assert "opened for the 2nd time" in _warnings(more)


async def test_numbers_that_nobody_knows_are_null(tmp_path: Path) -> None:
    result = (await _run(tmp_path, calls=0)).to_dict()
    assert (result["seed_score"], result["best_score"], result["verdict"]) == (None, None, None)
    assert result["cost"] == {role: {"calls": 0, "tokens": 0, "usd": 0.0} for role in ("task", "optimizer")}
