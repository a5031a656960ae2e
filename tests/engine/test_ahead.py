"""What is foreseen is asked about early, once, and never where a budget is near its end."""

import asyncio
from dataclasses import replace

import pytest

from gpo.core.budget import Budget, Spent
from gpo.core.chat import Reply, Request
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.engine.ahead import Ahead, ample
from gpo.engine.evaluate import Evaluator
from gpo.testing.toy import ToyTaskModel, toy_task


async def test_a_foreseen_prompt_is_asked_about_before_anybody_waits_and_only_once() -> None:
    task, model = toy_task(), ToyTaskModel()
    evaluator, prompt, rows = Evaluator(task, model, 0), Prompt.of("amber"), task.splits.selection
    evaluator.foresee(prompt)
    evaluator.foresee(prompt)
    await asyncio.sleep(0.05)
    assert len(model.calls) == len(rows)
    early = await evaluator.evaluate((Prompt.of("birch"), prompt), rows)
    assert len(model.calls) == 2 * len(rows)
    assert early == await Evaluator(task, ToyTaskModel(), 0).evaluate((Prompt.of("birch"), prompt), rows)


async def test_what_nobody_comes_for_is_ended() -> None:
    class Slow(ToyTaskModel):
        ended = 0

        async def complete(self, request: Request) -> Reply:
            try:
                await asyncio.Event().wait()
            finally:
                self.ended += 1
            return await super().complete(request)

    task, model = toy_task(), Slow()
    evaluator = Evaluator(task, model, 0)
    evaluator.foresee(Prompt.of("amber"))
    await asyncio.sleep(0.01)
    await evaluator.drop()
    assert model.ended == len(task.splits.selection)


async def test_an_error_in_early_work_is_told_to_whoever_comes_for_it_and_to_nobody_else() -> None:
    async def fails() -> int:
        raise ValueError("broken")

    ahead, prompt = Ahead[int](), Prompt.of("amber")
    ahead.begin(prompt, fails)
    with pytest.raises(ValueError, match="broken"):
        await ahead.claim(prompt)
    ahead.begin(prompt, fails)
    await asyncio.sleep(0)
    await ahead.drop()
    assert not ahead.has(prompt)


@pytest.mark.parametrize(
    ("budget", "begins"),
    [
        (Budget(), True),
        (Budget(calls=10 + 32 * 5), True),
        (Budget(calls=10 + 32 * 5 - 1), False),
        (Budget(tokens=1_000 + 32 * 5 * 100), True),
        (Budget(tokens=1_000 + 32 * 5 * 100 - 1), False),
        (Budget(usd=0.1 + 32 * 5 * 0.01 + 1e-9), True),
        (Budget(usd=0.1 + 32 * 5 * 0.01 - 1e-9), False),
    ],
)
def test_near_the_end_of_a_budget_nothing_is_begun(budget: Budget, begins: bool) -> None:
    assert ample(Ledger(budget, spent={"task": Spent(10, 1_000, usd=0.1)}))(5) is begins


def test_where_nothing_was_asked_yet_a_limit_is_not_ample() -> None:
    assert not ample(Ledger(Budget(calls=10**6)))(1)


async def test_the_rows_of_a_shared_beginning_stay_together() -> None:
    """Where the row comes first, several prompts are asked about it together, for the sake of prefix caches."""
    task, model = replace(toy_task(), position="after"), ToyTaskModel()
    evaluator = Evaluator(task, model, 0)
    evaluator.foresee(Prompt.of("amber"))
    await asyncio.sleep(0.01)
    assert not model.calls
