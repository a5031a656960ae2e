"""A population is bred, scored in one go and thinned out; its best is never lost."""

from dataclasses import replace

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import UnreadableReply
from gpo.core.events import Kept, Proposed, Refused, StepFinished, StepStarted
from gpo.core.prompt import Prompt
from gpo.method.breed import breed
from gpo.search.ending import Ending
from gpo.search.mating import each_alone, the_first
from gpo.search.population import Generation, Population
from gpo.search.select import fittest, nobody
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

SOW = Generation(the_first(4), breed("ape/induce", demos=2), survive=fittest(3))
GROW = Generation(each_alone, breed("ape/paraphrase"), survive=fittest(3))


async def _walk(population: Population, writer: ToyWriter | ScriptedModel, task_prompt: Prompt | None = None) -> Walked:
    task = toy_task()
    task = replace(task, seed=task_prompt or task.seed)
    return await walk_in_memory(population, task, Models(ToyTaskModel(), writer))


async def test_the_first_generations_happen_once_and_the_last_again_and_again() -> None:
    writer = ToyWriter()
    await _walk(Population((SOW, GROW), Ending(4, stop_at=None)), writer)
    induced = ["has been lost" in text for text in writer.calls]
    assert induced == [True] * 4 + [False] * 9


async def test_every_step_begins_at_the_best_and_ends_with_it() -> None:
    walked = await _walk(Population((SOW, GROW), Ending(4, stop_at=None)), ToyWriter())
    began = [event.score for event in walked.events if isinstance(event, StepStarted)]
    ended = [event.best_score for event in walked.events if isinstance(event, StepFinished)]
    assert began == [0.0, *ended[:-1]]
    assert ended == sorted(ended)


async def test_what_was_kept_is_the_best_newcomer_and_nothing_where_nobody_new_stays() -> None:
    lines = ["<prompt>amber birch</prompt>", "<prompt>amber</prompt>", "<prompt>please</prompt>"]
    grow = Generation(the_first(1), breed("ape/paraphrase"), survive=fittest(1))
    walked = await _walk(Population((grow,), Ending(3)), ScriptedModel(lines))
    kept = [(event.step, event.prompt, event.gain) for event in walked.events if isinstance(event, Kept)]
    assert kept == [(1, "amber birch", 0.4)]


async def test_a_best_prompt_that_does_not_live_on_is_still_the_best() -> None:
    fresh = Generation(the_first(1), breed("baselines/generate"), survive=nobody)
    population = Population((fresh,), Ending(2))
    walked = await _walk(population, ScriptedModel(["<prompt>amber birch</prompt>", "<prompt>amber</prompt>"]))
    assert population.best(walked.states[-1]).prompt.text == "amber birch"
    assert [each.prompt.text for each in walked.states[-1].members] == ["Answer the row."]


async def test_no_child_is_the_twin_of_another() -> None:
    walked = await _walk(Population((SOW,), Ending(1)), ScriptedModel(lambda request: "<prompt>Amber!</prompt>"))
    assert sum(isinstance(event, Proposed) for event in walked.events) == 1
    assert [event.reason for event in walked.events if isinstance(event, Refused)] == ["duplicate"] * 3


async def test_a_prompt_of_several_texts_is_rewritten_one_text_at_a_time() -> None:
    seed = Prompt((("system", "Be exact."), ("instruction", "Answer the row.")))
    walked = await _walk(Population((GROW,), Ending(2)), ToyWriter(), seed)
    first, second = ([event.prompt for event in walked.events if _proposed(event, step)] for step in (1, 2))
    kept = "\n\ninstruction:\nAnswer the row."
    assert all(text.startswith("system:\n") and text.endswith(kept) and text != seed.shown for text in first)
    assert not any(text.endswith(kept) for text in second)


def _proposed(event: object, step: int) -> bool:
    return isinstance(event, Proposed) and event.step == step


async def test_one_readable_reply_is_enough_and_none_for_three_steps_is_the_end() -> None:
    def mostly_chatty(request: Request) -> Reply:
        readable = "Example 1" in request.messages[0].text and len(writer.calls) == 1
        return Reply(("<prompt>amber</prompt>" if readable else "I would rather talk.",))

    writer = ScriptedModel(mostly_chatty)
    with pytest.raises(UnreadableReply, match="I would rather talk"):
        await _walk(Population((SOW,), Ending(9)), writer)
    assert len(writer.calls) == 4 * 4  # one step with one readable reply of four, then three without
