"""The baselines: random search learns nothing from what it tried, and "nothing" tries nothing."""

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError
from gpo.core.events import Evaluated, Event, Kept
from gpo.optimizers.catalog import build
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, walk_in_memory

ROWS, STEPS, CANDIDATES = 10, 4, 5


class Unimpressed(ToyTaskModel):
    """Answers every row wrongly."""

    async def complete(self, request: Request) -> Reply:
        await super().complete(request)
        return Reply(("no",))


async def _asked_by_random(solver: ToyTaskModel) -> list[Request]:
    task, toy = toy_task(ROWS), ToyWriter()
    asked: list[Request] = []

    class Listening:
        name = toy.name

        async def complete(self, request: Request) -> Reply:
            asked.append(request)
            return await toy.complete(request)

    optimizer = build("random", task, {"steps": STEPS, "candidates": CANDIDATES})
    await walk_in_memory(optimizer, task, Models(solver, Listening()))
    return asked


async def test_what_random_search_asks_does_not_depend_on_any_score() -> None:
    asked = await _asked_by_random(ToyTaskModel())
    assert len(asked) == STEPS
    assert await _asked_by_random(Unimpressed()) == asked


async def test_random_search_shows_the_seed_prompt_and_fresh_examples_at_every_step() -> None:
    texts = [request.messages[0].text for request in await _asked_by_random(ToyTaskModel())]
    assert all("# Current instruction\n\nAnswer the row.\n" in text for text in texts)
    assert all(text.count("\nOutput: ") == 3 and "core" not in text for text in texts)
    assert len(set(texts)) == STEPS


async def test_random_search_scores_every_fresh_prompt_on_the_whole_selection_set() -> None:
    numbers = iter(range(1_000))
    writer = ScriptedModel(
        lambda request: Reply(tuple(f"<prompt>try {next(numbers)}</prompt>" for _ in range(request.sampling.n)))
    )
    task, solver = toy_task(ROWS), ToyTaskModel()
    await walk_in_memory(build("random", task, {}), task, Models(solver, writer))
    assert len(writer.calls) == 3  # 3 epochs of one minibatch: as many steps as GPO takes on ten training rows
    assert len(solver.calls) == ROWS * (1 + 3 * 8)


async def test_random_search_keeps_the_best_of_all_it_tried() -> None:
    task = toy_task(ROWS)
    optimizer = build("random", task, {"steps": STEPS})
    walked = await walk_in_memory(optimizer, task, Models(ToyTaskModel(), ToyWriter()))
    scores = [event.score for event in walked.events if isinstance(event, Evaluated)]
    assert optimizer.best(walked.states[-1]).score == max(scores)
    assert _gains(walked.events) == sorted({score for score in scores if score > 0})


def _gains(events: tuple[Event, ...]) -> list[float]:
    return [event.score for event in events if isinstance(event, Kept)]


def test_random_search_of_no_candidates_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"random\.candidates is 0"):
        build("random", toy_task(), {"candidates": 0})


async def test_nothing_scores_the_seed_prompt_and_stops() -> None:
    task, solver, writer = toy_task(ROWS), ToyTaskModel(), ToyWriter()
    optimizer = build("nothing", task, {})
    walked = await walk_in_memory(optimizer, task, Models(solver, writer))
    assert (len(solver.calls), len(writer.calls)) == (ROWS, 0)
    assert optimizer.best(walked.states[-1]).prompt == task.seed
    assert optimizer.steps == 0
    assert walked.finished == "there is nothing to search: the seed prompt is measured as it is"
