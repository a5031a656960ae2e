"""What every recipe makes of calls that fail: nothing. They are no scores, and no prompt gains by them."""

import re
from collections.abc import Callable

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ModelRefused, TooManyFailures
from gpo.core.events import Evaluated, Kept
from gpo.core.prompt import Prompt
from gpo.optimizers.catalog import RECIPES, build
from gpo.optimizers.options import options_of
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

SEARCHING = pytest.mark.parametrize("name", sorted(RECIPES.keys() - {"nothing"}))
SEED = "Answer the row.\n"
ROWS = len(toy_task().splits.selection)


class Lossy(ToyTaskModel):
    """Refuses what is not said of the seed prompt, but for some rows of the selection set, which it answers rightly."""

    answered: Callable[[str], bool] = staticmethod(lambda row: False)

    async def complete(self, request: Request) -> Reply:
        text = request.messages[-1].text
        if text.startswith(SEED):
            return await super().complete(request)
        if self.answered(text.rpartition("\n")[2]):
            return Reply(("yes",))
        raise ModelRefused("content filter", fatal=False)


async def _walk(name: str, solver: ToyTaskModel, writer: ToyWriter) -> tuple[Walked, Prompt, float, int]:
    task, steps = toy_task(), {"steps": 4} if "steps" in options_of(RECIPES[name]) else {}
    optimizer = build(name, task, steps)
    walked = await walk_in_memory(optimizer, task, Models(solver, writer), max_failures=10**6)
    best = optimizer.best(walked.states[-1])
    return walked, best.prompt, best.score, best.n


@SEARCHING
async def test_one_right_answer_among_failed_calls_is_no_perfect_score(name: str) -> None:
    solver, writer = Lossy(), ToyWriter()
    solver.answered = lambda row: "selection 1 " in row
    walked, best, score, n = await _walk(name, solver, writer)
    assert (best, score, n) == (toy_task().seed, 0.0, ROWS)
    assert "100 of 100" not in (walked.finished or "")
    assert not re.findall(r"Score: (?!0\b)", "\n".join(writer.calls))


@SEARCHING
async def test_a_prompt_without_an_answer_has_no_score_and_is_not_kept(name: str) -> None:
    walked, best, _, n = await _walk(name, Lossy(), ToyWriter())
    assert (best, n) == (toy_task().seed, ROWS)
    assert [event for event in walked.events if isinstance(event, Kept)] == []
    unanswered = [event for event in walked.events if isinstance(event, Evaluated) and event.n == 0]
    assert unanswered
    assert {event.score for event in unanswered} == {None}


@SEARCHING
async def test_where_most_calls_are_answered_the_missing_ones_win_nothing(name: str) -> None:
    """Seven of ten are right and three have no answer: a mean of 100, of which no more than 70 is sure."""
    solver = Lossy()
    solver.answered = lambda row: not any(f"selection {place} " in row for place in (1, 4, 7))
    walked, best, score, n = await _walk(name, solver, ToyWriter())
    assert best != toy_task().seed
    assert (score, n) == (1.0, 7)
    assert "100 of 100" not in (walked.finished or "")


@pytest.mark.parametrize("name", sorted(RECIPES))
async def test_a_seed_prompt_without_an_answer_stops_the_run(name: str) -> None:
    class Away(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            raise ModelRefused("the content filter", fatal=False)

    task = toy_task()
    with pytest.raises(TooManyFailures, match=r"10 of 10 calls for the seed prompt failed.*the content filter"):
        await walk_in_memory(build(name, task, {}), task, Models(Away(), ToyWriter()), max_failures=10**6)
