"""CAPO: instructions evolve together with solved examples, and race for their place."""

import json
import re
from dataclasses import replace
from itertools import count, pairwise
from typing import Any

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError, UnreadableReply
from gpo.core.events import Evaluated, Event, Kept, Proposed, Refused, StepFinished
from gpo.core.prompt import Prompt
from gpo.optimizers.catalog import build
from gpo.search.race import Racer
from gpo.search.racing import RacingState
from gpo.store.state import decode, encode
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import KEYWORDS, NOISE, ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

ROWS, SIZE, CHILDREN, STEPS = 12, 5, 3, 5
OPTIONS: dict[str, Any] = {"size": SIZE, "children": CHILDREN, "steps": STEPS, "shots": 2}
IN_BLOCKS: dict[str, Any] = {"block": 4}
Writer = ScriptedModel | ToyWriter


def _inventive(words: tuple[str, ...] = (*KEYWORDS[:2], *NOISE)) -> ScriptedModel:
    """Never says the same twice; what its instructions are worth changes from one to the next, and is never all."""
    numbers = count()

    def script(request: Request) -> str:
        number = next(numbers)
        return f"<prompt>attempt {number} {words[number % len(words)]} {words[number // 3 % len(words)]}</prompt>"

    return ScriptedModel(script)


async def _walk(writer: Writer, seed: int = 0, **options: Any) -> tuple[Walked, ToyTaskModel]:
    task, solver = toy_task(ROWS), ToyTaskModel()
    built = build("capo", task, {**OPTIONS, **options})
    return await walk_in_memory(built, task, Models(solver, writer), seed=seed), solver


def _of_step(walked: Walked, step: int) -> list[Event]:
    return [event for event in walked.events if getattr(event, "step", None) == step]


def _rows(events: list[Event], split: str) -> int:
    """Rows of that split that were told of."""
    return sum(event.n for event in events if isinstance(event, Evaluated) and event.split == split)


async def test_sowing_asks_a_request_and_a_call_a_shot_for_every_candidate() -> None:
    writer = _inventive()
    walked, solver = await _walk(writer, steps=1)
    shots = sum(len(racer.candidate.shots) for racer in walked.states[1].population)
    assert shots > 0
    assert len(writer.calls) == SIZE - 1
    assert len(solver.calls) == ROWS + shots + ROWS * (SIZE - 1)


async def test_a_generation_asks_two_requests_a_child_and_scores_no_more_than_the_children() -> None:
    writer = _inventive()
    walked, solver = await _walk(writer)
    assert len(writer.calls) == SIZE - 1 + 2 * CHILDREN * (STEPS - 1)
    events = list(walked.events)
    assert len(solver.calls) == _rows(events, "train") + _rows(events, "selection")
    for step in range(2, STEPS + 1):
        assert _rows(_of_step(walked, step), "selection") == ROWS * CHILDREN
        assert _rows(_of_step(walked, step), "train") <= CHILDREN


async def test_in_blocks_no_candidate_is_asked_about_a_row_twice() -> None:
    walked, solver = await _walk(_inventive(), **IN_BLOCKS)
    paid = [_paid(_of_step(walked, step)) for step in range(STEPS + 1)]
    assert len(solver.calls) == sum(paid) + _rows(list(walked.events), "train")
    assert paid[0] == ROWS
    for step, (before, after) in enumerate(pairwise(walked.states), 1):
        newcomers = sum(isinstance(event, Proposed) for event in _of_step(walked, step))
        known = {racer.candidate.prompt.id: _run(racer) for racer in before.population}
        gained = sum(_run(racer) - known.get(racer.candidate.prompt.id, 0) for racer in after.population)
        open_rows = sum(ROWS - rows for rows in known.values())
        assert gained <= paid[step] <= ROWS * newcomers + open_rows


def _run(racer: Racer) -> int:
    return sum(len(lap.scores) for lap in racer.laps)


def _paid(events: list[Event]) -> int:
    """Selection rows that were asked about: what was scored in parts is told once more as a whole."""
    whole = sum(isinstance(event, Evaluated) and event.n == ROWS and event.step > 0 for event in events)
    return _rows(events, "selection") - ROWS * whole


@pytest.mark.parametrize("options", [{}, IN_BLOCKS, {**IN_BLOCKS, "shuffle": True}, {**IN_BLOCKS, "max_blocks": 1}])
async def test_what_is_returned_was_scored_on_the_whole_selection_set(options: dict[str, Any]) -> None:
    for seed in range(3):
        walked, _ = await _walk(ToyWriter(), seed, **options)
        for state in walked.states:
            assert state.best.n == ROWS
            assert state.population[0].run == frozenset(range(max(1, round(ROWS / options.get("block", 30)))))
            assert any(
                isinstance(event, Evaluated)
                and (event.prompt_id, event.score, event.n) == (state.best.prompt.id, state.best.score, ROWS)
                for event in walked.events
            )


@pytest.mark.parametrize("options", [{}, {**IN_BLOCKS, "shuffle": True}])
async def test_its_whole_memory_is_its_state_in_blocks_as_well(options: dict[str, Any]) -> None:
    task = toy_task(ROWS)
    built = build("capo", task, {**OPTIONS, **options})
    plain = await walk_in_memory(built, task, Models(ToyTaskModel(), ToyWriter()))
    again = await walk_in_memory(
        built,
        task,
        Models(ToyTaskModel(shuffle=1), ToyWriter(shuffle=1)),
        resume=lambda state: decode(RacingState, json.loads(json.dumps(encode(state)))),
    )
    assert again.states == plain.states
    assert again.events == plain.events


async def test_no_prompt_shows_more_shots_than_allowed_and_one_input_once() -> None:
    walked, _ = await _walk(_inventive(), shots=2)
    every = [racer.candidate for state in walked.states for racer in state.population]
    assert {len(each.shots) for each in every} == {0, 1, 2}
    assert all(len({shot.input for shot in each.shots}) == len(each.shots) for each in every)


async def test_shots_are_training_rows() -> None:
    walked, _ = await _walk(_inventive())
    rows = {row.input for row in toy_task(ROWS).splits.train}
    shown = {shot.input for state in walked.states for racer in state.population for shot in racer.candidate.shots}
    assert shown
    assert shown <= rows


async def test_without_shots_instructions_evolve_alone() -> None:
    walked, _ = await _walk(_inventive(), shots=0)
    assert not any("Input:" in event.prompt for event in walked.events if isinstance(event, Proposed))
    assert _rows(list(walked.events), "train") == 0


async def test_the_optimizer_model_is_shown_instructions_and_neither_shots_nor_scores() -> None:
    writer = _inventive()
    await _walk(writer)
    texts = [request.messages[0].text for request in writer.calls[SIZE - 1 :]]
    assert not any("Input:" in text or "Score" in text for text in texts)
    crossings = [text for text in texts if "# Other instructions" in text]
    assert len(crossings) == CHILDREN * (STEPS - 1)
    assert all(len(re.findall(r"^Instruction: ", text, re.MULTILINE)) == 1 for text in crossings)


async def test_a_proposal_is_measured_in_words_of_the_instruction_alone() -> None:
    walked, _ = await _walk(_inventive())
    told = [event for event in walked.events if isinstance(event, Proposed) and "Input:" in event.prompt]
    assert told
    assert all(event.distance <= 4 for event in told)


async def test_only_whole_candidates_are_told_as_proposals() -> None:
    walked, _ = await _walk(_inventive())
    for step in range(2, STEPS + 1):
        assert sum(isinstance(event, Proposed) for event in _of_step(walked, step)) == CHILDREN


async def test_an_instruction_may_come_again_but_not_with_the_same_shots() -> None:
    writer = ScriptedModel(lambda request: "<prompt>Always this.</prompt>")
    walked, _ = await _walk(writer)
    prompts = [event.prompt for event in walked.events if isinstance(event, Proposed)]
    assert len(prompts) > 1
    assert len(set(prompts)) == len(prompts)
    assert {event.reason for event in walked.events if isinstance(event, Refused)} == {"duplicate"}


async def test_a_crossing_whose_mutation_cannot_be_read_goes_on_as_it_is() -> None:
    def script(request: Request) -> str:
        text = request.messages[0].text
        return "no" if "another style" in text else f"<prompt>crossed {request.sampling.seed}</prompt>"

    walked, _ = await _walk(ScriptedModel(script))
    prompts = [event.prompt for event in _of_step(walked, 2) if isinstance(event, Proposed)]
    assert len(prompts) == CHILDREN
    assert all(prompt.removeprefix("instruction:\n").startswith("crossed") for prompt in prompts)


async def test_a_child_is_told_by_both_its_parents() -> None:
    walked, _ = await _walk(_inventive(), size=20)
    sown = {racer.candidate.prompt.id for racer in walked.states[1].population}
    born = [racer.candidate.prompt for racer in walked.states[2].population if racer.candidate.prompt.id not in sown]
    assert born
    assert all(len(prompt.parents) == 2 and set(prompt.parents) <= sown for prompt in born)


async def test_the_penalty_is_relative_to_the_longest_sown_prompt() -> None:
    walked, _ = await _walk(_inventive(), size=20)
    longest = max(racer.words for racer in walked.states[1].population)
    assert {state.longest for state in walked.states} == {0, longest}


async def test_a_prompt_of_several_texts_is_rewritten_one_text_at_a_time() -> None:
    seed = Prompt((("system", "Be exact."), ("instruction", "Answer the row.")))
    task = replace(toy_task(ROWS), seed=seed)
    walked = await walk_in_memory(build("capo", task, OPTIONS), task, Models(ToyTaskModel(), _inventive()))
    every = [racer.candidate.base for racer in walked.states[-1].population]
    assert all([name for name, _ in base.texts] == ["system", "instruction"] for base in every)
    assert any(dict(base.texts)["system"] != "Be exact." for base in every)


async def test_kept_is_told_when_the_best_changes() -> None:
    walked, _ = await _walk(ToyWriter())
    for before, after in pairwise(walked.states):
        kept = [event for event in _of_step(walked, after.step) if isinstance(event, Kept)]
        assert [event.prompt_id for event in kept] == (
            [after.best.prompt.id] if after.best.prompt != before.best.prompt else []
        )
    assert sum(isinstance(event, StepFinished) for event in walked.events) == len(walked.states) - 1


async def test_a_model_that_never_answers_in_tags_stops_it_after_three_steps() -> None:
    writer = ScriptedModel(lambda request: Reply(("I would rather talk.",) * request.sampling.n))
    with pytest.raises(UnreadableReply, match="I would rather talk"):
        await _walk(writer)
    assert len(writer.calls) == SIZE - 1 + 2 * CHILDREN


@pytest.mark.parametrize(
    ("option", "value"), [("size", 0), ("children", 0), ("block", 0), ("demos", 0), ("alpha", 0.7)]
)
def test_a_value_out_of_its_range_is_refused_by_name(option: str, value: float) -> None:
    with pytest.raises(ConfigError, match=rf"capo\.{option} is {value}"):
        build("capo", toy_task(), {option: value})
