"""gpo estimate: what a run would take, in calls, tokens, dollars and time. Calls no model."""

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from gpo.cli.interrupts import to_end
from gpo.cli.options import add_search, add_settings, chosen
from gpo.cli.output import show_json, show_page
from gpo.core.task import Task
from gpo.engine.config import RunConfig
from gpo.engine.estimate import Estimate, Expense, estimate
from gpo.engine.habits import Habits, habits_of
from gpo.observers.board import duration, number_of
from gpo.tasks.load import load_task


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags: those of `gpo optimize`, and what is to be assumed."""
    add_settings(parser)
    add_search(parser)
    add_assumptions(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)


def add_assumptions(parser: argparse.ArgumentParser) -> None:
    """The flags for what nobody can know before."""
    group = parser.add_argument_group("what to assume for the estimate")
    group.add_argument("--reply-tokens", type=_positive, metavar="N", help="tokens of an answer of the task model")
    group.add_argument("--latency-s", type=_positive, metavar="S", help="seconds that one call takes")


def run(given: argparse.Namespace) -> int:
    """Prints the estimate."""
    merged, origin = chosen(given)
    config = RunConfig.from_mapping(merged, origin)
    loaded = load_task(config.task)
    habits = habits_of(config, reply_tokens=given.reply_tokens, latency_s=given.latency_s)
    found = to_end(estimate(config, loaded.task, habits))
    if given.json:
        show_json(found.to_dict())
    else:
        show_page(page(config, loaded.task, found))
    return 0


def page(config: RunConfig, task: Task, found: Estimate) -> list[Any]:
    """The estimate as a table, and what was assumed."""
    models = config.models(task)
    lines = [(role, models[role], each) for role, each in found.search.items()]
    lines += [(tested(role), models[role], each) for role, each in found.test.items()]
    lines += [("together", "", found.total)]
    head = f"{config.algorithm} on {task.name}: {number_of(found.steps, 'step')}, about {duration(found.seconds)} with "
    notes = (f"- {note}" for note in (assumption(found.assumed, judged="judge" in found.search), *found.notes))
    return [f"{head}{number_of(config.concurrency, 'call')} in flight\n", expenses(lines), "", *notes]


def tested(role: str) -> str:
    """What is asked of that role's model at the end is called so."""
    return "test" if role == "task" else f"test: {role}"


def expenses(lines: Iterable[tuple[str, str, Expense]]) -> Any:
    """A table of (role, model, what it takes)."""
    from gpo.report.tables import folded, number, table, whole

    costs = table(
        whole("role"), folded("model"), number("calls"), number("tokens in"), number("tokens out"), number("dollars")
    )
    for what, model, each in lines:
        usd = "unknown" if each.usd is None else f"{each.usd:,.2f}"
        costs.add_row(what, model, f"{each.calls:,}", f"{each.prompt_tokens:,}", f"{each.completion_tokens:,}", usd)
    return costs


def assumption(habits: Mapping[str, Habits], *, judged: bool = False) -> str:
    """In a sentence what is taken for granted of the models."""
    task, writer = habits["task"], habits["optimizer"]
    marks = f"{habits['judge'].reply_tokens:g} a mark, " if judged else ""
    return (
        f"Assumed: {task.reply_tokens:g} tokens an answer (--reply-tokens), {marks}{task.latency_s:g} s a call "
        f"(--latency-s), {writer.prompt_words} words a written prompt, {task.chars_per_token:g} characters a token."
    )


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number
