"""What the optimizer model is shown of prompts, rows and answers."""

from dataclasses import replace
from typing import Any

from gpo.core.chat import Model
from gpo.core.evaluation import Answer, Attempt, Mistake
from gpo.core.prompt import Prompt, Scored
from gpo.core.showing import attempted, inserted, mistaken, setting, solved
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.core.update import Update
from gpo.testing.toy import ToyTaskModel, ToyWriter
from gpo.testing.walk import Models, lab_in_memory

ROW = Example("1", "2 + 3", ("5",), (("left", "2"), ("right", "3")))
TASK = Task("sums", Splits((ROW,), (ROW,), ()), lift(lambda reply, row: Grade(0.0)), metric_name="exact_match")
SEVERAL = Prompt((("system", "Be exact."), ("user", "Add {{left}} and {{right}}.")))


def _update(prompt: Prompt, focus: str | None = None) -> Update:
    return Update(Scored(prompt, 0.5, 2), focus=focus)


def _setting(update: Update, task: Task) -> dict[str, Any]:
    return setting(update, lab_in_memory(task, Models(ToyTaskModel(), ToyWriter()), lambda event: None))


async def _program(prompt: Prompt, example: Example, model: Model) -> str:
    return ""


def test_an_input_is_what_the_prompt_inserts() -> None:
    assert inserted(Prompt.of("Add."), ROW) == "2 + 3"
    assert inserted(Prompt.of("Double {{left}}."), ROW) == "2"
    assert inserted(Prompt.of("Add {{right}} to {{left}} and {{right}}."), ROW) == "right: 3\nleft: 2"


def test_a_text_beside_the_input_has_a_slot_there() -> None:
    said = _setting(_update(Prompt.of("Add.")), TASK)
    assert (said["slot"], said["place"]) == ("<PROMPT>", "It is put before the input")
    assert solved(_update(Prompt.of("Add.")), TASK, ROW) == "<PROMPT>\n2 + 3\nOutput: 5"
    behind = replace(TASK, position="A_begin")
    assert _setting(_update(Prompt.of("Add.")), behind)["place"] == "It is put after the input"
    assert said["template"] == "<PROMPT>\n<INPUT>"
    assert (said["position"], _setting(_update(Prompt.of("Add.")), behind)["position"]) == ("before", "after")


def test_a_text_with_placeholders_has_none_and_its_examples_show_every_column_it_takes() -> None:
    update = _update(SEVERAL, "user")
    said = _setting(update, TASK)
    assert (said["slot"], said["required"]) == ("", ["{{left}}", "{{right}}"])
    assert said["place"] == "Every input is filled in where its placeholders stand"
    assert solved(update, TASK, ROW) == "left: 2\nright: 3\nOutput: 5"
    assert mistaken(update, Mistake(ROW, Answer("1", "6", 0.0)))["question"] == "left: 2\nright: 3"


def test_a_system_text_is_called_one() -> None:
    said = _setting(_update(SEVERAL, "system"), TASK)
    assert (said["slot"], said["place"]) == ("", "It is the system message, and every input comes after it")
    assert said["others"] == [{"name": "user", "text": "Add {{left}} and {{right}}."}]


def test_a_text_beside_one_with_placeholders_stands_before_no_input() -> None:
    prompt = Prompt((("plan", "Think."), ("user", "Add {{left}}.")))
    assert _setting(_update(prompt, "plan"), TASK)["place"].startswith("It stands beside the other texts")


def test_of_a_program_there_is_no_place_but_how_its_answers_came_about() -> None:
    task = replace(TASK, answer=_program)
    update = _update(Prompt((("plan", "Think."), ("solve", "Add."))), "plan")
    assert _setting(update, task)["slot"] == ""
    assert _setting(update, task)["place"] == "A program works by it on every input"
    wrong = Answer("1", "6", 0.0, "one too many", trace="Step 1, asked: 2 + 3?\nStep 1, said: 6")
    shown = mistaken(update, Mistake(ROW, wrong))
    assert shown["steps"] == "Step 1, asked: 2 + 3?\nStep 1, said: 6"
    assert attempted(update, Attempt(ROW, wrong)) == {**shown, "worth": "wrong"}
    assert attempted(update, Attempt(ROW, replace(wrong, score=0.25)))["worth"] == "25 of 100"


def test_how_answers_are_scored_is_said_as_the_metric_does_it() -> None:
    said = {name: _setting(_update(SEVERAL), replace(TASK, metric_name=name))["scoring"] for name in ("f1", "python:x")}
    assert _setting(_update(SEVERAL), TASK)["scoring"] == "An answer counts only if it equals the expected output"
    assert said["f1"].startswith("The more an answer agrees")
    assert said["python:x"] == "An answer is scored against the expected output"
