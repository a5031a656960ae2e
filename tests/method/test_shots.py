"""Solved examples inside a prompt: how the task model meets them, and how they are inherited and changed."""

from random import Random
from typing import Any

import pytest

from gpo.core.chat import Model, Request
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.engine.evaluate import Evaluator
from gpo.engine.lab import LiveLab
from gpo.method.shots import Candidate, Shot, changed, inherited, solve
from gpo.testing.scripted import ScriptedModel

SHOTS = (Shot("1 + 1", "2"), Shot("{{input}}", "0"))
ROW = Example("r", "2 + 3", ("5",), (("left", "2"), ("right", "3")))


def _task(rows: tuple[Example, ...] = (), **more: Any) -> Task:
    return Task("t", Splits(rows, (), ()), lift(lambda reply, row: Grade(float(reply.strip() == row.target))), **more)


def _asked(text: str, **more: Any) -> str:
    task = _task(**more)
    (message,) = task.render(Candidate.of(Prompt.of(text), SHOTS, task).prompt, ROW)
    return message.text


SHOWN = "Input:\n1 + 1\nOutput:\n2\n\nInput:\n{{input}}\nOutput:\n0\n\nInput:"


@pytest.mark.parametrize("position", ["before", "Q_begin", "before_Q"])
def test_an_instruction_that_stands_before_the_question_stands_before_all(position: str) -> None:
    text = _asked("Add.", position=position)
    assert text.startswith("Add.\n\n")
    assert text.count("Add.") == 1


def test_shots_stand_between_an_instruction_and_the_question() -> None:
    assert _asked("Add.") == f"Add.\n\n{SHOWN}\n2 + 3"


def test_an_instruction_after_the_question_stays_there() -> None:
    assert _asked("Add.", position="after") == f"{SHOWN}\n2 + 3\nAdd."


def test_a_prompt_with_columns_is_filled_and_its_shots_are_not() -> None:
    assert _asked("Add {{left}} to {{right}}.") == f"{SHOWN}\nAdd 2 to 3."


def test_an_empty_instruction_leaves_the_shots_alone() -> None:
    assert _asked("") == f"{SHOWN}\n2 + 3"


def test_marked_questions_have_marked_shots() -> None:
    shots = "Q: 1 + 1\nA: 2\n\nQ: {{input}}\nA: 0\n"
    assert _asked("Add.", position="before_Q") == f"Add.\n\n{shots}\nQ: 2 + 3\nA:"
    assert _asked("So:", position="A_begin") == f"{shots}\nQ: 2 + 3\nA: So:"
    assert _asked("Add.", marks=True) == f"{shots}\nQ: Add.\n2 + 3\nA:"


def test_a_system_text_stays_alone() -> None:
    task = _task()
    prompt = Candidate.of(Prompt((("system", "Be kind."), ("instruction", "Add."))), SHOTS, task).prompt
    system, user = task.render(prompt, ROW)
    assert system.text == "Be kind."
    assert user.text == f"Add.\n\n{SHOWN}\n2 + 3"


def test_the_text_of_a_prompt_is_what_stands_before_the_question() -> None:
    task = _task()
    prompt = Candidate.of(Prompt.of("Add."), SHOTS[:1], task).prompt
    assert task.render(Prompt.of(prompt.text), ROW) == task.render(prompt, ROW)


def test_without_shots_a_candidate_is_its_base() -> None:
    base = Prompt.of("Add.", ("x",), "cross")
    assert Candidate(base).prompt is base
    assert Candidate(base, SHOTS).prompt.parents == ("x",)
    assert Candidate(base, SHOTS).prompt.id != base.id


async def test_a_right_answer_is_shown_as_it_was_given_and_a_wrong_one_as_the_target() -> None:
    def say(request: Request) -> str:
        return " yes\n" if "right" in request.messages[-1].text else "no idea"

    rows = (Example("1", "right", ("yes",)), Example("2", "wrong", ("no",)))
    model: Model = ScriptedModel(say)
    task = _task(rows)
    lab = LiveLab(task, model, evaluator=Evaluator(task, model, 0), tell=lambda event: None)
    assert await solve(Prompt.of("Judge."), rows, lab) == (Shot("right", "yes"), Shot("wrong", "no"))
    assert await solve(Prompt.of("Judge."), (), lab) == ()


@pytest.mark.parametrize("odd", ["\x00", "\ud800"])
async def test_a_right_answer_that_no_prompt_can_hold_is_shown_as_the_bare_target(odd: str) -> None:
    model: Model = ScriptedModel(lambda _: f"yes{odd}")
    task = Task("t", Splits((ROW,), (), ()), lift(lambda reply, row: Grade(1.0)))
    lab = LiveLab(task, model, evaluator=Evaluator(task, model, 0), tell=lambda event: None)
    assert await solve(Prompt.of("Add."), (ROW,), lab) == (Shot("2 + 3", "5"),)


def _shots(*names: str) -> tuple[Shot, ...]:
    return tuple(Shot(name, "x") for name in names)


def test_a_child_has_as_many_shots_as_its_parents_on_average_rounded_down() -> None:
    for seed in range(20):
        shots = inherited(_shots("a", "b", "c"), _shots("d", "e"), Random(seed))
        assert len({shot.input for shot in shots}) == 2
    assert inherited((), _shots("d"), Random(0)) == ()


def test_a_child_shows_no_input_twice() -> None:
    assert {shot.input for shot in inherited(_shots("a", "b"), _shots("b", "a"), Random(0))} == {"a", "b"}


def test_a_third_gains_a_shot_a_third_loses_one_and_a_third_keeps_them() -> None:
    sizes = [_size_after(_shots("a", "b"), most=5, seed=seed) for seed in range(300)]
    assert {size: 70 < sizes.count(size) < 130 for size in (1, 2, 3)} == {1: True, 2: True, 3: True}


def test_no_shot_is_added_past_the_most_or_removed_from_none() -> None:
    assert {_size_after(_shots("a", "b"), most=2, seed=seed) for seed in range(30)} == {1, 2}
    assert {_size_after((), most=1, seed=seed) for seed in range(30)} == {0, 1}


def _size_after(shots: tuple[Shot, ...], most: int, seed: int) -> int:
    change = changed(shots, [ROW], most, Random(seed))
    return len(change.kept) + (change.added is not None)
