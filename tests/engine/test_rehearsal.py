"""A rehearsal asks as often as the run itself does, and nobody."""

import asyncio
from typing import Any

import pytest

from gpo.core.prompt import Prompt
from gpo.core.task import Task
from gpo.engine.actors import Actors, TaskTurns
from gpo.engine.habits import Habits
from gpo.engine.rehearsal import RehearsalLab, rehearse
from gpo.engine.timetable import Timetable, Window
from gpo.optimizers.catalog import RECIPES, build
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task, toy_task_of_two_texts
from gpo.testing.walk import Models, walk_in_memory

FIXED = {
    "gpo": {"steps": 3},
    "gpo-paper": {"epochs": 1, "batch": 4},
    "nothing": {},
    "opro": {"steps": 3},
    "random": {"steps": 3},
    "sgdm": {"steps": 3},
}
"""Recipes whose number of optimizer calls does not depend on what is answered."""
QUICK = Habits(reply_tokens=4, latency_s=2.0)


async def _rehearsed(recipe: str, options: dict[str, Any], task: Task, **more: Any) -> tuple[int, Actors]:
    actors = Actors(task, QUICK, QUICK, **more)
    steps = await rehearse(build(recipe, task, options), RehearsalLab(actors))
    return steps, actors


@pytest.mark.parametrize("recipe", FIXED)
async def test_it_asks_the_optimizer_model_as_often_as_the_recipe_does(recipe: str) -> None:
    task, writer = toy_task(), ToyWriter()
    models = Models(ToyTaskModel(), writer)
    await walk_in_memory(build(recipe, task, FIXED[recipe]), task, models)
    _, actors = await _rehearsed(recipe, FIXED[recipe], task)
    asked = actors.asked["optimizer"].calls if "optimizer" in actors.asked else 0
    assert asked == len(writer.calls)


async def test_every_candidate_is_scored_on_every_selection_row_once() -> None:
    steps, actors = await _rehearsed("gpo", {"steps": 5, "candidates": 4}, toy_task())
    assert (steps, actors.asked["task"].calls) == (5, 10 + 5 * 4 * 10)
    assert actors.asked["task"].completion_tokens == 4 * actors.asked["task"].calls


@pytest.mark.parametrize("recipe", RECIPES)
async def test_every_recipe_can_be_rehearsed_and_takes_all_its_steps(recipe: str) -> None:
    small = {"gepa": {"steps": 4}, "opro": {"steps": 4}}
    task = toy_task()
    steps, actors = await _rehearsed(recipe, small.get(recipe, {}), task)
    assert steps == build(recipe, task, small.get(recipe, {})).steps
    assert actors.asked["task"].calls >= 10


async def test_a_prompt_of_two_texts_is_rehearsed_as_well() -> None:
    steps, _ = await _rehearsed("gpo", {"steps": 3}, toy_task_of_two_texts())
    assert steps == 3


async def test_a_prompt_with_variables_keeps_them() -> None:
    task = toy_task()
    with_variable = Task(task.name, task.splits, task.grade, seed=Prompt.of("Answer {{input}} now."))
    _, actors = await _rehearsed("gpo", {"steps": 2, "candidates": 2}, with_variable)
    assert actors.asked["task"].calls == 10 + 2 * 2 * 10, "a proposal without the variable would be refused"


async def test_a_small_step_size_is_kept_so_that_nothing_is_asked_twice() -> None:
    options = {"steps": 3, "step_size": {"schedule": "fixed", "start": 1}}
    _, actors = await _rehearsed("gpo", options, toy_task())
    assert actors.asked["optimizer"].calls == 3


async def test_the_same_question_is_asked_once() -> None:
    task = toy_task()
    actors = Actors(task, QUICK, QUICK)
    twice = actors.evaluate((task.seed, task.seed), task.splits.selection)
    first, second = await actors.clock.through(twice)
    assert first == second
    assert actors.asked["task"].calls == 10


async def test_further_turns_are_counted_with_the_chat_that_they_go_on_from() -> None:
    turns = TaskTurns(((5, 2),))
    assert turns.calls == 2
    assert turns.taken(30, 10) == (30 + 30 + 10 + 5, 12)
    task = toy_task()
    actors = Actors(task, QUICK, QUICK, turns=turns)
    await actors.clock.through(actors.evaluate((task.seed,), task.splits.selection))
    assert actors.asked["task"].calls == 20
    assert actors.clock.now_s == pytest.approx(4.0), "the second turn waits for the first"


async def test_models_that_give_one_answer_a_call_are_asked_for_each() -> None:
    task = toy_task()
    alone = Habits(latency_s=1.0, together=False)
    actors = Actors(task, QUICK, alone)
    await rehearse(build("gpo", task, {"steps": 2, "candidates": 4}), RehearsalLab(actors))
    assert actors.asked["optimizer"].calls == 2 * 4


async def test_a_window_serves_as_many_side_by_side_as_it_has_places() -> None:
    window = Window(4, 2.0)
    assert window.served(0.0, 0) == 0.0
    assert window.served(0.0, 3) == 2.0, "fewer than there are places: one latency"
    assert Window(4, 2.0).served(0.0, 40) == pytest.approx(20.0)


async def test_what_happens_side_by_side_takes_as_long_as_the_longest() -> None:
    clock = Timetable()

    async def one(*spans: float) -> float:
        for span in spans:
            await clock.until(clock.now_s + span)
        return clock.now_s

    async def both() -> list[float]:
        return list(await asyncio.gather(one(3, 4), one(5)))

    assert await clock.through(both()) == [7.0, 5.0]
    assert clock.now_s == 7.0


async def test_a_failing_rehearsal_fails_as_the_recipe_does() -> None:
    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Timetable().through(failing())
