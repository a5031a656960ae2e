"""What every recipe in the catalog promises, on the toy task."""

import asyncio
import json
from dataclasses import replace
from typing import Any, get_type_hints

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import BudgetExhausted, ConfigError, UnreadableReply
from gpo.core.events import Evaluated, Proposed, Refused, StepFinished
from gpo.core.optimizer import Optimizer
from gpo.core.prompt import Prompt
from gpo.optimizers.catalog import RECIPES, build
from gpo.optimizers.options import options_of
from gpo.store.state import decode, encode
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

EVERY = pytest.mark.parametrize("name", sorted(RECIPES))
SEARCHING = pytest.mark.parametrize("name", sorted(RECIPES.keys() - {"nothing"}))
"""The recipes that try other prompts than the seed prompt."""

REACH = {"random": 0.2}
"""What the toy writer leads to who never builds on what it wrote: one keyword of five. All others reach two or more."""


async def _walk(name: str, seed: int = 0, shuffle: int | None = None, **more: Any) -> Walked:
    task = toy_task()
    models = Models(ToyTaskModel(shuffle=shuffle), ToyWriter(shuffle=shuffle))
    return await walk_in_memory(build(name, task, {}), task, models, seed=seed, **more)


CALM: dict[str, Walked] = {}


async def _calm(name: str) -> Walked:
    """The walk with the seed 0 and nothing unusual, which is made once."""
    if name not in CALM:
        CALM[name] = await _walk(name)
    return CALM[name]


def _through_json(optimizer: Optimizer[Any]) -> Any:
    return lambda state: decode(optimizer.state_type, json.loads(json.dumps(encode(state))))


@SEARCHING
async def test_it_climbs(name: str) -> None:
    walked = await _calm(name)
    best = build(name, toy_task(), {}).best(walked.states[-1])
    assert best.score >= REACH.get(name, 0.4)
    assert best.n == 10


@SEARCHING
async def test_the_same_seed_gives_the_same_walk_and_another_seed_another(name: str) -> None:
    walked = await _walk(name, 0)
    assert walked.events == (await _calm(name)).events
    assert walked.events != (await _walk(name, 4)).events


@EVERY
async def test_the_order_in_which_replies_arrive_changes_nothing(name: str) -> None:
    calm = await _calm(name)
    for shuffle in (1, 2):
        assert (await _walk(name, shuffle=shuffle)).events == calm.events


@EVERY
async def test_its_whole_memory_is_its_state_and_the_state_is_json(name: str) -> None:
    walked = await _calm(name)
    again = await _walk(name, resume=_through_json(build(name, toy_task(), {})))
    assert again.states == walked.states


@EVERY
async def test_the_best_prompt_is_the_best_of_all_evaluated_on_the_whole_selection_set_and_of_equals_the_shortest(
    name: str,
) -> None:
    walked, rows = await _calm(name), len(toy_task().splits.selection)
    best = build(name, toy_task(), {}).best(walked.states[-1])
    evaluated = [event for event in walked.events if isinstance(event, Evaluated) and event.split == "selection"]
    seen = [event for event in evaluated if event.n == rows]
    top = max(event.score for event in seen)
    shortest = min(len(event.prompt) for event in seen if event.score == top)
    assert (best.score, len(best.prompt.shown)) == (top, shortest)


@EVERY
async def test_it_never_looks_at_rows_that_are_not_its_own(name: str) -> None:
    walked = await _calm(name)
    splits = {event.split for event in walked.events if isinstance(event, Evaluated)}
    assert "other" not in splits
    if name != "gpo-paper":
        assert "test" not in splits


@SEARCHING
async def test_a_prompt_of_several_texts_keeps_them_all_and_each_gets_its_turn(name: str) -> None:
    seed = Prompt((("system", "Be exact."), ("instruction", "Answer the row.")))
    task = replace(toy_task(30), seed=seed)
    optimizer = build(name, task, {})
    walked = await walk_in_memory(optimizer, task, Models(ToyTaskModel(), ToyWriter()))
    texts = [event.prompt.split("\n\n") for event in walked.events if isinstance(event, Proposed)]
    names = [each for each, _ in optimizer.best(walked.states[-1]).prompt.texts]
    assert names[:2] == ["system", "instruction"]  # more may follow: CAPO adds the text of its shots
    assert all(len({each[place] for each in texts}) > 1 for place in (0, 1))


@SEARCHING
async def test_a_prompt_that_is_filled_is_shown_as_one_and_keeps_its_placeholders(name: str) -> None:
    rows = toy_task(30)
    shown = tuple(replace(row, fields=(("hint", "none"),)) for row in rows.splits.train)
    task = replace(
        rows,
        splits=replace(rows.splits, train=shown),
        seed=Prompt((("system", "Be exact."), ("user", "Hint: {{hint}} Answer: {{input}}"))),
    )
    optimizer, writer = build(name, task, {}), ToyWriter()
    walked = await walk_in_memory(optimizer, task, Models(ToyTaskModel(), writer))
    assert optimizer.best(walked.states[-1]).prompt.variables == {"hint", "input"}
    assert not any("<PROMPT>" in text for text in writer.calls), "it stands before no input"
    with_examples = [text for text in writer.calls if "Example 1" in text]
    assert all("hint: none\ninput: row train" in text for text in with_examples)


@SEARCHING
async def test_an_error_of_the_budget_passes_through_unchanged(name: str) -> None:
    class Poor(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            if len(self.calls) >= 25:
                raise BudgetExhausted("no calls left", limit="calls")
            return await super().complete(request)

    task = toy_task()
    with pytest.raises(BudgetExhausted):
        await walk_in_memory(build(name, task, {}), task, Models(Poor(), ToyWriter()))


@EVERY
def test_an_unknown_option_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match="candidate_count"):
        build(name, toy_task(), {"candidate_count": 3})


ZERO_SAYS_SOMETHING = {
    *{("apo", "gradients"), ("apo", "paraphrases"), ("capo", "shots"), ("gepa", "merge")},
    *{
        ("gpo", "demos"),
        ("opro", "demos"),
        ("sgdm", "demos"),
        ("random", "demos"),
        ("pe2", "history"),
        ("pe2", "longest"),
    },
    *{(name, "steps") for name, recipe in RECIPES.items() if "steps" in options_of(recipe)},
}
"""Counts that may be 0: none of that is wanted. Of all others there must be one."""
COUNTS = [
    (name, option)
    for name, recipe in sorted(RECIPES.items())
    for option, kind in get_type_hints(recipe).items()
    if kind in (int, int | None)
]


@pytest.mark.parametrize(("name", "option"), COUNTS)
async def test_a_count_that_makes_no_sense_is_refused_by_name_and_no_other(name: str, option: str) -> None:
    task, options = toy_task(), {"steps": 3} if "steps" in options_of(RECIPES[name]) and name != "ape" else {}
    if (name, option) not in ZERO_SAYS_SOMETHING:
        with pytest.raises(ConfigError, match=rf"{name}\.{option} is 0"):
            build(name, task, {option: 0})
        return
    numbers = list[int]()

    class Counting(ToyWriter):
        async def complete(self, request: Request) -> Reply:
            numbers.append(request.sampling.n)
            return await super().complete(request)

    walked = await walk_in_memory(build(name, task, {**options, option: 0}), task, Models(ToyTaskModel(), Counting()))
    assert walked.finished
    assert 0 not in numbers


async def test_a_model_that_never_answers_in_tags_stops_gpo_after_three_steps() -> None:
    class Chatty(ToyWriter):
        async def complete(self, request: Request) -> Reply:
            await super().complete(request)
            return Reply(("I would rather talk.",) * request.sampling.n)

    task, writer = toy_task(), Chatty()
    with pytest.raises(UnreadableReply, match="I would rather talk"):
        await walk_in_memory(build("gpo", task, {}), task, Models(ToyTaskModel(), writer))
    assert len(writer.calls) == 3


async def test_gpo_asks_one_request_a_step_and_scores_each_proposal_on_the_whole_selection_set() -> None:
    task, solver, writer = toy_task(), ToyTaskModel(), ToyWriter()
    walked = await walk_in_memory(build("gpo", task, {}), task, Models(solver, writer))
    steps = sum(isinstance(event, StepFinished) for event in walked.events)
    proposed = sum(isinstance(event, Proposed) for event in walked.events)
    assert len(writer.calls) == steps
    assert len(solver.calls) == 10 * (1 + proposed)


async def test_gpo_paper_pays_what_the_released_code_pays() -> None:
    task, solver, writer = toy_task(), ToyTaskModel(), ToyWriter()
    walked = await walk_in_memory(build("gpo-paper", task, {}), task, Models(solver, writer))
    steps = sum(isinstance(event, StepFinished) for event in walked.events)
    assert len(writer.calls) == 8 * steps
    tested = [event for event in walked.events if isinstance(event, Evaluated) and event.split == "test"]
    assert len(tested) == 1 + steps


@pytest.mark.parametrize("enforce", ["tell", "reask", "refuse"])
async def test_no_kept_proposal_moves_farther_than_an_enforced_step_size(enforce: str) -> None:
    class Wordy(ToyWriter):
        async def complete(self, request: Request) -> Reply:
            reply = await super().complete(request)
            return Reply(tuple(text.replace("</", " too</") for text in reply.texts), reply.usage)

    task = toy_task()
    plan = {"schedule": "fixed", "start": 1, "enforce": enforce}
    walked = await walk_in_memory(
        build("gpo", task, {"step_size": plan, "steps": 2}), task, Models(ToyTaskModel(), Wordy())
    )
    kept = [event for event in walked.events if isinstance(event, Proposed)]
    refused = [event for event in walked.events if isinstance(event, Refused) and "step size" in event.reason]
    assert bool(kept) == (enforce == "tell")
    assert bool(refused) == (enforce != "tell")
    assert all(event.distance == 2 for event in kept)
    assert any("asked again" in event.reason for event in refused) == (enforce == "reask")


def test_the_walk_needs_no_running_loop_of_its_own() -> None:
    assert asyncio.run(_walk("gpo")).finished is not None
