"""Rows that are refused for good: asked once in a run, however many sittings it takes, unless it failed by them."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.errors import ModelError, ModelRefused, TooManyFailures, UnreadableReply
from gpo.optimizers.catalog import RECIPES
from gpo.optimizers.options import options_of
from gpo.tasks.judge import Rubric
from gpo.testing.toy import ToyJudge, ToyTaskModel, ToyWriter, toy_task


class Choosy(ToyTaskModel):
    """Refuses one row of each new prompt, and is killed at a call if it is told so."""

    killed_at = 0
    asked = 0
    refuses = True
    failure: ModelError = ModelRefused("content filter", fatal=False)

    async def complete(self, request: Request) -> Reply:
        self.asked += 1
        text = request.messages[-1].text
        if self.asked == self.killed_at:
            raise asyncio.CancelledError
        if self.refuses and f"selection {len(text.splitlines()[0]) % 10} " in text:
            self.calls.append(text)
            raise self.failure
        return await super().complete(request)


async def _run(folder: Path, solver: ToyTaskModel, algorithm: str = "gpo", **more: Any) -> gpo.Result:
    options = {"steps": 4} if "steps" in options_of(RECIPES[algorithm]) else {}
    given: dict[str, Any] = {"settings": {"concurrency": 4, "max_failures": 100, "max_retries": 0}, **more}
    return await gpo.aoptimize(
        given.pop("task", None) or toy_task(),
        task_model=solver,
        optimizer_model=ToyWriter(),
        judge_model=ToyJudge(),
        algorithm=algorithm,
        options=options,
        store=folder,
        seed=3,
        **given,
    )


@pytest.mark.parametrize("judge", [None, Rubric("The answer is yes.")])
@pytest.mark.parametrize("failure", [Choosy.failure, UnreadableReply("HTML")])
@pytest.mark.parametrize("algorithm", ["gpo", "evoprompt-ga", "ape", "gepa"])
async def test_a_run_that_is_broken_off_ends_as_one_that_is_not_and_asks_no_refused_row_again(
    tmp_path: Path, algorithm: str, judge: Rubric | None, failure: ModelError
) -> None:
    # Where a row takes an answer and a mark, which of them get the last calls of a budget is chance.
    more: dict[str, Any] = {"task": replace(toy_task(), judge=judge), "budget": None if judge else {"max_calls": 160}}
    calm = await _run(tmp_path / "calm", Choosy(), algorithm, **more)
    for killed_at in (each for each in (17, 41, 66) if each < calm.cost["task"].calls):
        solver = Choosy()
        solver.killed_at, solver.failure = killed_at, failure
        folder = tmp_path / f"{killed_at}"
        with pytest.raises(asyncio.CancelledError):
            await _run(folder, solver, algorithm, **more)
        found = await _run(folder, solver, algorithm, resume="latest", **more)
        assert (found.best, found.scored, found.verdict, found.history) == (
            calm.best, calm.scored, calm.verdict, calm.history,
        )  # fmt: skip
        assert max(Counter(solver.calls).values()) == 1


async def test_a_run_that_failed_by_them_asks_again(tmp_path: Path) -> None:
    solver = Choosy()
    with pytest.raises(TooManyFailures):
        await _run(tmp_path, solver, settings={"concurrency": 1, "max_failures": 0})
    solver.refuses = False
    mended = await _run(tmp_path, solver, resume="latest")
    assert (mended.seed.n, mended.seed.unanswered) == (10, 0)


async def test_what_was_refused_before_the_cause_was_mended_stays_forgotten(tmp_path: Path) -> None:
    """Also where the sitting after the mend is broken off."""
    solver = Choosy()
    with pytest.raises(TooManyFailures):
        await _run(tmp_path, solver, settings={"concurrency": 1, "max_failures": 0})
    solver.refuses, solver.killed_at = False, solver.asked + 3
    with pytest.raises(asyncio.CancelledError):
        await _run(tmp_path, solver, resume="latest")
    mended = await _run(tmp_path, solver, resume="latest")
    assert (mended.seed.n, mended.seed.unanswered) == (10, 0)
