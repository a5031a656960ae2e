"""The order of requests: those that begin alike follow each other, so that a server's prefix cache serves them."""

from dataclasses import replace
from itertools import pairwise

import pytest

from gpo.core.chat import Request
from gpo.core.layout import Position
from gpo.core.prompt import Prompt
from gpo.core.task import Task
from gpo.engine.evaluate import Evaluator
from gpo.engine.order import in_order
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import toy_task

PROMPTS = (Prompt.of("Answer: amber."), Prompt.of("Reply: birch."), Prompt.of("Say: cedar."))


async def _asked(task: Task, prompts: tuple[Prompt, ...] = PROMPTS) -> list[str]:
    model = ScriptedModel(lambda request: "yes")
    await Evaluator(task, model, 0).evaluate(prompts, task.splits.selection[:4])
    return ["\n".join(message.text for message in request.messages) for request in model.calls]


def _changes(chats: list[str], marks: list[str]) -> int:
    """How often the next request holds another of the marks."""
    held = [next(mark for mark in marks if mark in chat) for chat in chats]
    return sum(one != other for one, other in pairwise(held))


ROWS = [f"selection {i} " for i in range(4)]
TEXTS = [prompt.text for prompt in PROMPTS]


@pytest.mark.parametrize("position", ["before", "Q_begin", "before_Q"])
async def test_prompts_that_come_first_are_asked_one_after_the_other(position: Position) -> None:
    asked = await _asked(replace(toy_task(), position=position))
    assert len(asked) == 12
    assert _changes(asked, TEXTS) == 2


@pytest.mark.parametrize("position", ["after", "Q_end", "A_begin"])
async def test_where_rows_come_first_the_prompts_of_a_row_are_asked_together(position: Position) -> None:
    asked = await _asked(replace(toy_task(), position=position))
    assert len(asked) == 12
    assert _changes(asked, ROWS) == 3


async def test_a_system_text_comes_first_wherever_the_other_stands() -> None:
    prompts = tuple(Prompt((("system", f"You are {i}."), ("user", each.text))) for i, each in enumerate(PROMPTS))
    asked = await _asked(replace(toy_task(), position="after"), prompts)
    assert _changes(asked, TEXTS) == 2


async def test_a_template_is_looked_at_as_it_is_filled() -> None:
    prompts = tuple(Prompt.of(f"{{{{input}}}}\n{each.text}") for each in PROMPTS)
    assert _changes(await _asked(toy_task(), prompts), ROWS) == 3


async def test_a_program_is_asked_prompt_by_prompt() -> None:
    async def answer(prompt: Prompt, example: object, model: object) -> str:
        return "yes"

    task = replace(toy_task(), position="after", answer=answer)
    assert list(in_order(task, PROMPTS[:2], task.splits.train[:2])) == [(0, 0), (0, 1), (1, 0), (1, 1)]


async def test_the_order_changes_nothing_in_what_comes_back() -> None:
    task = replace(toy_task(), position="after")

    def script(request: Request) -> str:
        return "yes" if "amber" in request.messages[-1].text else "no"

    evaluations = await Evaluator(task, ScriptedModel(script), 0).evaluate(PROMPTS, task.splits.selection)
    assert [each.prompt for each in evaluations] == list(PROMPTS)
    assert [each.score for each in evaluations] == [1.0, 0.2, 0.2]
    assert [answer.example_id for answer in evaluations[1].answers] == [row.id for row in task.splits.selection]
