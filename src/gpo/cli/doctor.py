"""gpo doctor: whether a run could begin, and what is lacking. Asks each model one tiny question, as a run would."""

import argparse
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpo import __version__
from gpo.cli.interrupts import to_end
from gpo.cli.options import add_search, add_settings, add_store, chosen
from gpo.cli.output import show_json, show_page
from gpo.core.chat import Sampling
from gpo.core.errors import GPOError
from gpo.core.visible import visible
from gpo.engine.checkup import Finding, checkup, wrong
from gpo.engine.config import RunConfig
from gpo.engine.typed import as_typed
from gpo.models.available import INSTALL, available

if TYPE_CHECKING:
    from rich.console import RenderableType

ANY_TASK = {"task": "pocket/last_word", "max_tokens": Sampling().max_tokens}
"""What stands for the task where only models are named, with the room for an answer that other tasks give."""
_MARKS = {"fine": "✓", "note": "!", "wrong": "✗"}
_STYLES = {"fine": "green", "note": "yellow", "wrong": "red"}


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags: those of `gpo optimize`."""
    parser.epilog = "Exit codes: 0 all is well, 1 a model does not answer, 2 settings, data or a key are lacking."
    add_settings(parser)
    add_search(parser)
    parser.add_argument("--no-call", action="store_true", help="ask no model, only what its provider lists")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Prints what is right and what is wrong."""
    found = [*_here(Path(given.store)), *_of_settings(given)]
    code = max((each.code for each in found), default=0)
    if given.json:
        show_json({"exit_code": code, "findings": [asdict(each) for each in found]})
    else:
        show_page([_table(found), "", _summary(found)])
    return code


def _here(store: Path) -> Iterable[Finding]:
    """What is known of this machine."""
    yield Finding("gpo", "fine", f"{__version__}, Python {platform.python_version()}")
    if find_spec("xllamacpp"):
        yield Finding("local models", "fine", "the extra `local` is installed")
    else:
        yield Finding("local models", "note", f"pocket, local/ and hf: need the extra `local`: {INSTALL}")
    folder = next(each for each in (store.resolve(), *store.resolve().parents) if each.exists())
    if folder.is_dir() and os.access(folder, os.W_OK):
        yield Finding("store", "fine", f"runs are kept in {store}")
    else:
        yield Finding("store", "wrong", f"{store} cannot be written. Name another folder: --store, GPO_HOME.", code=2)


def _of_settings(given: argparse.Namespace) -> Iterable[Finding]:
    """What is known of the settings; without any, which models there are."""
    try:
        merged, origin = chosen(given)
        if not merged.get("task_model"):
            yield from _without_settings(merged)
            return
        config = RunConfig.from_mapping(merged if merged.get("task") else {**ANY_TASK, **merged}, origin)
    except GPOError as error:
        yield wrong("settings", error)
        return
    yield from to_end(checkup(config, asks=not given.no_call))


def _without_settings(merged: dict[str, Any]) -> Iterable[Finding]:
    if merged:
        yield Finding("settings", "wrong", "task_model is missing: -c gpo.yaml, or --task-model NAME.", code=2)
        return
    found = to_end(available())
    ready = ", ".join(each.name for each in found if each.ready)
    yield Finding("models", "fine", f"ready to be asked: {ready}. `gpo models` says what the others lack")
    hint = "-c gpo.yaml" if Path("gpo.yaml").is_file() else "-c FILE or --task-model NAME"
    yield Finding("settings", "note", f"none were given; `gpo doctor {hint}` also checks data, prices and models")


def _table(found: list[Finding]) -> "RenderableType":
    from rich.text import Text

    from gpo.report.tables import folded, table, whole

    listing = table(whole(), folded(), folded())
    listing.show_header = False
    for each in found:
        listing.add_row(
            Text(_MARKS[each.mark], style=_STYLES[each.mark]), visible(each.what), visible(as_typed(each.said))
        )
    return listing


def _summary(found: list[Finding]) -> str:
    lacking, noted = (sum(each.mark == mark for each in found) for mark in ("wrong", "note"))
    if lacking:
        return f"{lacking} {'thing' if lacking == 1 else 'things'} to mend."
    if noted:
        return f"Nothing is wrong; {noted} {'line' if noted == 1 else 'lines'} marked {_MARKS['note']} to look at."
    return "All is well."
