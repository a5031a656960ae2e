"""OPRO reads a scoreboard, worst first, and pays for nothing else."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError
from gpo.core.events import Evaluated, Proposed, Recalled, Refused, StepFinished
from gpo.core.prompt import Prompt
from gpo.core.task import Task
from gpo.models.phrases.reading import read_brief
from gpo.optimizers.catalog import build
from gpo.optimizers.opro import integer
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

BOARD = re.compile(r"^Instruction: (.*)\nScore: (\d+)$", re.M)


async def _walk(solver: Any = None, writer: Any = None, task: Task | None = None, **options: Any) -> Walked:
    task = task or toy_task()
    optimizer = build("opro", task, {"steps": 4, **options})
    return await walk_in_memory(optimizer, task, Models(solver or ToyTaskModel(), writer or ToyWriter()))


@pytest.mark.parametrize(("requests", "a_step"), [("one", 1), ("each", 8)])
async def test_it_calls_the_models_as_often_as_the_paper_says(requests: str, a_step: int) -> None:
    solver, writer = ToyTaskModel(), ToyWriter()
    walked = await _walk(solver, writer, requests=requests)
    steps = sum(isinstance(event, StepFinished) for event in walked.events)
    proposed = sum(isinstance(event, Proposed) for event in walked.events)
    assert steps == 4
    assert len(writer.calls) == a_step * steps
    assert len(solver.calls) == 10 * (1 + proposed)


async def test_the_scoreboard_is_the_best_of_all_that_was_scored_the_worst_first() -> None:
    writer = ToyWriter()
    walked = await _walk(writer=writer, shown=5)
    scored = {event.prompt: event.score for event in walked.events if isinstance(event, Evaluated)}
    board = BOARD.findall(writer.calls[-1])
    assert len(board) == 5
    shown = [int(score) for _, score in board]
    assert shown == sorted(shown)
    assert all(integer(scored[text]) == score for text, score in board)
    before_the_last_step = [
        event.score for event in walked.events if isinstance(event, Evaluated) and event.step < walked.states[-1].step
    ]
    assert shown == [round(100 * score) for score in sorted(before_the_last_step)[-5:]]


async def test_everything_that_is_scored_is_remembered_and_at_most_twenty_are_shown() -> None:
    writer = ToyWriter()
    walked = await _walk(writer=writer, steps=5)
    proposed = sum(isinstance(event, Proposed) for event in walked.events)
    assert len(walked.states[-1].trajectory) == 1 + proposed > 20
    recalled = [len(event.prompt_ids) for event in walked.events if isinstance(event, Recalled)]
    assert recalled[0] == 1
    assert recalled[-1] == 20
    assert len(BOARD.findall(writer.calls[-1])) == 20


async def test_the_examples_are_drawn_anew_at_each_step_from_the_training_rows() -> None:
    writer = ToyWriter()
    await _walk(writer=writer)
    shown = [tuple(re.findall(r"row (\w+) (\d+) needs", text)) for text in writer.calls]
    assert {split for rows in shown for split, _ in rows} == {"train"}
    assert {len(rows) for rows in shown} == {3}
    assert all(one != other for one, other in pairwise(shown))


async def test_it_draws_training_rows_also_where_the_task_keeps_others_for_showing() -> None:
    task, writer = toy_task(), ToyWriter()
    await _walk(writer=writer, task=replace(task, shown=task.splits.test[:5]), steps=1)
    assert {split for split, _ in re.findall(r"row (\w+) (\d+) needs", writer.calls[0])} == {"train"}


async def test_its_text_holds_neither_a_current_prompt_nor_a_step_size() -> None:
    writer = ToyWriter()
    await _walk(writer=writer)
    for text in writer.calls:
        assert "# Current instruction" not in text
        assert "Change at most" not in text
        assert "differs from all of the above" in text


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Answer the row.", "duplicate"),
        ("word " * 101, "too long: 504 characters, at most 500"),
        ("Put it into <Answer>", "leaks <Answer> of the meta-prompt"),
        ("…", "empty"),
    ],
)
async def test_what_was_seen_is_too_long_or_holds_a_tag_is_never_scored(said: str, reason: str) -> None:
    solver = ToyTaskModel()
    walked = await _walk(solver, ScriptedModel(lambda _: f"<prompt>{said}</prompt>"), candidates=1, steps=1)
    assert [event.reason for event in walked.events if isinstance(event, Refused)] == [reason]
    assert len(solver.calls) == 10


async def test_a_long_seed_prompt_may_be_answered_by_one_as_long() -> None:
    task = toy_task()
    task = replace(task, seed=Prompt.of("word " * 120))
    writer = ScriptedModel(lambda _: f"<prompt>{'term ' * 119}</prompt>")
    walked = await _walk(writer=writer, task=task, steps=1)
    assert sum(isinstance(event, Proposed) for event in walked.events) == 1


async def test_its_anchor_is_the_best_prompt_so_far() -> None:
    class Fickle(ToyWriter):
        async def complete(self, request: Request) -> Reply:
            await super().complete(request)
            said = {1: "amber birch", 2: "amber", 3: "cedar delta ember amber"}[len(self.calls)]
            return Reply((f"<prompt>{said}</prompt>",))

    walked = await _walk(writer=Fickle(), candidates=1, steps=3)
    assert [state.current.prompt.text for state in walked.states[1:]] == [
        "amber birch",
        "amber birch",
        "cedar delta ember amber",
    ]


async def test_of_several_texts_the_scoreboard_shows_the_one_that_is_written() -> None:
    task = replace(toy_task(), seed=Prompt((("system", "Be exact."), ("user", "Answer the row."))))
    writer = ToyWriter()
    await _walk(writer=writer, task=task, steps=2)
    first, second = (BOARD.findall(text)[0][0] for text in writer.calls)
    assert (first, second) == ("Be exact.", "Answer the row.")
    assert "user: Answer the row." in writer.calls[0]


def test_a_score_is_an_integer_of_a_hundred() -> None:
    assert [integer(score) for score in (0.0, 1 / 3, 0.666, 1.0)] == ["0", "33", "67", "100"]


@pytest.mark.parametrize("option", ["shown", "candidates", "patience"])
def test_nothing_can_be_made_of_zero(option: str) -> None:
    with pytest.raises(ConfigError, match=f"opro.{option} is 0"):
        build("opro", toy_task(), {option: 0})


async def test_the_phrase_editor_takes_the_best_of_the_scoreboard_for_what_it_rewrites() -> None:
    texts: list[Request] = []

    class Kept(ToyWriter):
        async def complete(self, request: Request) -> Reply:
            texts.append(request)
            return await super().complete(request)

    await _walk(writer=Kept(), shown=5)
    brief = read_brief(texts[-1].messages)
    board = BOARD.findall(texts[-1].messages[0].text)
    assert (brief.current, brief.score) == (board[-1][0], float(board[-1][1]))
    assert [each.text for each in brief.earlier] == [text for text, _ in board[:-1]]
    assert len(brief.shown) == 3
