"""Knows how `--dry-run` looks for people: what a run would do, from the plain values of the plan. Plans nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gpo.cli.estimate import expenses, tested
from gpo.core.visible import visible
from gpo.engine.estimate import Expense
from gpo.observers.board import duration, number_of
from gpo.report.steps import heading
from gpo.report.texts import LONGEST, without_middle

if TYPE_CHECKING:
    from rich.console import RenderableType

Plain = Mapping[str, Any]
NOTHING = "\nNo model was asked and nothing was written. "
NOTHING_WAS_DONE = f"{NOTHING}Without --dry-run it begins; --json tells all of it."
LACKING = f"{NOTHING}A run begins once that is mended; --json tells all of it."


def planned_page(planned: Plain) -> "list[RenderableType]":
    """The page of what `plan` gives: rows, models, the first request as it would be sent, the price, the warnings."""
    from rich.text import Text

    rows, takes = planned["rows"], planned["would_take"]
    sizes = f"{number_of(rows['train'], 'row')} to learn from, {rows['selection']} to select, {rows['test']} to test"
    steps = number_of(planned["steps_at_most"], "step")
    return [
        Text(f"{planned['algorithm']} on {visible(planned['task'])}, {steps} at most", "bold"),
        Text(f"{sizes}; {visible(planned['graded_by'])}"),
        *_first_request(planned),
        heading(f"What it would take (about {duration(takes['seconds'])})"),
        expenses(_expenses(planned)),
        *_notes((*takes["notes"], *planned["warnings"])),
        *(Text(f"\n! {visible(each)}", "yellow") for each in planned["lacks"]),
        Text(LACKING if planned["lacks"] else NOTHING_WAS_DONE),
    ]


def _first_request(planned: Plain) -> "Iterator[RenderableType]":
    from rich.text import Text

    if planned["first_request"] is None:
        yield Text(f"\nThe program {visible(planned['program'])} asks the task model in its own way.")
        return
    yield heading(f"The first request to {visible(planned['task_model'])}")
    for message in planned["first_request"]:
        pictures = f" (with pictures: {message['images']})" if message.get("images") else ""
        said = visible(without_middle(message["content"], LONGEST))
        yield Text.assemble((f"{message['role']}{pictures}: ", "bold"), said)
    yield Text.assemble(("right answer: ", "bold"), visible(planned["its_right_answer"]))


def _expenses(planned: Plain) -> Iterator[tuple[str, str, Expense]]:
    takes = planned["would_take"]
    models = {role: planned[f"{role}_model"] for role in ("task", "optimizer", "judge")}
    for role, each in takes["search"].items():
        yield role, models.get(role, ""), Expense(**each)
    for role, each in takes["test"].items():
        yield tested(role), models.get(role, ""), Expense(**each)
    yield "together", "", Expense(**takes["total"])


def _notes(notes: Sequence[str]) -> "list[RenderableType]":
    from rich.text import Text

    return [heading("Notes"), *(Text(f"- {visible(each)}") for each in notes)] if notes else []
