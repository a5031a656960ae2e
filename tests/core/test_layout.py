"""Where the instruction stands, with and without marks, and what solved examples look like to the task model."""

import pytest

from gpo.core.chat import Message
from gpo.core.layout import join
from gpo.core.prompt import Prompt, Scored
from gpo.core.showing import solved
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.core.update import Update

QUESTION = "2 + 3?"


@pytest.mark.parametrize(
    ("position", "marks", "text"),
    [
        ("before", False, "Add.\n2 + 3?"),
        ("Q_begin", False, "Add.\n2 + 3?"),
        ("after", False, "2 + 3?\nAdd."),
        ("Q_end", False, "2 + 3?\nAdd."),
        ("before_Q", True, "Add.\nQ: 2 + 3?\nA:"),
        ("Q_begin", True, "Q: Add.\n2 + 3?\nA:"),
        ("Q_end", True, "Q: 2 + 3?\nAdd.\nA:"),
        ("A_begin", True, "Q: 2 + 3?\nA: Add."),
        ("before_Q", False, "Add.\nQ: 2 + 3?\nA:"),
        ("A_begin", False, "Q: 2 + 3?\nA: Add."),
    ],
)
def test_an_instruction_stands_where_its_position_says(position: str, marks: bool, text: str) -> None:
    assert join("Add.", QUESTION, position, marks=marks) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("position", "marks", "text"),
    [
        ("after", False, "2 + 3?"),
        ("before_Q", True, "Q: 2 + 3?\nA:"),
        ("Q_end", True, "Q: 2 + 3?\nA:"),
        ("A_begin", True, "Q: 2 + 3?\nA:"),
    ],
)
def test_an_empty_instruction_leaves_no_trace(position: str, marks: bool, text: str) -> None:
    assert join("", QUESTION, position, marks=marks) == text  # type: ignore[arg-type]


def _task(**settings: object) -> Task:
    return Task("t", Splits((), (), ()), lift(lambda reply, example: Grade(1.0)), **settings)  # type: ignore[arg-type]


ONE, TWO, ASKED = (Example(str(i), f"{i} + 1?", (str(i + 1),), (("n", str(i)),)) for i in (1, 2, 3))


def test_every_turn_carries_the_instruction_the_last_one_as_well() -> None:
    chat = _task(position="after", demonstrations=(ONE, TWO)).render(Prompt.of("Add."), ASKED)
    assert chat == (
        Message("user", "1 + 1?\nAdd."),
        Message("assistant", "2"),
        Message("user", "2 + 1?\nAdd."),
        Message("assistant", "3"),
        Message("user", "3 + 1?\nAdd."),
    )


def test_demonstrations_fill_the_variables_with_values_of_their_own() -> None:
    chat = _task(demonstrations=(ONE,)).render(Prompt.of("What follows {{n}}?"), ASKED)
    assert [message.text for message in chat] == ["What follows 1?", "2", "What follows 3?"]


def test_the_system_text_comes_before_the_demonstrations_once() -> None:
    prompt = Prompt((("system", "Be kind."), ("instruction", "Add.")))
    chat = _task(demonstrations=(ONE,)).render(prompt, ASKED)
    assert [message.role for message in chat] == ["system", "user", "assistant", "user"]


def test_a_shown_example_has_the_slot_where_the_instruction_stands() -> None:
    update = Update(Scored(Prompt.of("Add."), 0.0, 0))
    assert solved(update, _task(position="A_begin"), ONE) == "Q: 1 + 1?\nA: <PROMPT>\nOutput: 2"
    assert solved(update, _task(position="Q_begin", marks=True), ONE) == "Q: <PROMPT>\n1 + 1?\nA:\nOutput: 2"
