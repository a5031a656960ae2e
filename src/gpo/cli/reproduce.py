"""gpo reproduce: a published table, our numbers beside it, on the models one has; killed at any time, it goes on."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpo import __version__
from gpo.cli.estimate import add_assumptions, expenses
from gpo.cli.interrupts import to_end
from gpo.cli.options import overridden
from gpo.cli.output import show_json, show_page
from gpo.core.errors import ConfigError
from gpo.core.visible import visible
from gpo.engine.typed import as_typed, called
from gpo.observers.board import duration
from gpo.sweeps.casting import Cast, alone, everybody, named, remember, remembered
from gpo.sweeps.cells import Reproduction, chosen, prepare
from gpo.sweeps.local import Manner, Progress
from gpo.sweeps.miniature import bundled, miniature
from gpo.sweeps.preset import Preset, read_preset
from gpo.sweeps.presets import preset_file, presets
from gpo.sweeps.reproduce import Cost, cost, filled, make
from gpo.sweeps.reproduced import Account, write

SETTINGS = ("base_url", "optimizer_base_url", "data_dir", "concurrency")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    parser.usage = "%(prog)s [PRESET] [options]"
    parser.add_argument(
        "preset",
        metavar="PRESET",
        nargs="?",
        help=f"{', '.join(presets())}, or a file of your own; without it, all are listed",
    )
    parser.add_argument("--rows", metavar="A,B", help="these methods only")
    parser.add_argument("--columns", metavar="A", action="append", help="this column only; may be repeated")
    parser.add_argument("--seeds", type=int, metavar="N", help="runs of each search; default: as many as the paper has")
    models = parser.add_argument_group("who plays the paper's models (openai/<name>, local/<path>.gguf)")
    models.add_argument("--model", metavar="NAME=SPEC", action="append", default=[], help="for a model of the table")
    models.add_argument("--task-model", metavar="SPEC", help="where the table has one task model")
    models.add_argument("--optimizer-model", metavar="SPEC", help="where the table has one optimizer model")
    parser.add_argument("--base-url", metavar="URL", help="any OpenAI-compatible server")
    parser.add_argument("--optimizer-base-url", metavar="URL", help="where the optimizer model is, if elsewhere")
    parser.add_argument("--data-dir", metavar="FOLDER", help="the paper's data; default: GPO_DATA_DIR, then the cache")
    parser.add_argument("-j", "--max-concurrency", dest="concurrency", type=int, metavar="N", help="calls in flight")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting of gpo.yaml")
    parser.add_argument(
        "--miniature", action="store_true", help="pocket tasks and the bundled models: seconds, no cost"
    )
    parser.add_argument("--estimate", action="store_true", help="say what is left to pay, and do nothing")
    parser.add_argument("--max-usd", type=float, metavar="N", help="do not begin where the estimate is above")
    add_assumptions(parser)
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="runs side by side; default: 2")
    parser.add_argument("--json", action="store_true", help="print the JSON and not the page")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="where all of it goes; default: reproduced/PRESET")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Estimates, makes the runs that are not made yet, writes the files. 1 where runs broke off, else 0."""
    if given.preset is None:
        _show_presets()
        return 0
    _check_numbers(given)
    whole = read_preset(preset_file(given.preset))
    whole = miniature(whole) if given.miniature else whole
    wanted, folder = chosen(whole, _names(given.rows), given.columns), _folder(given, whole)
    cast = _cast(given, whole, wanted, folder)
    table = prepare(whole, cast, _settings(given), given.seeds, wanted)
    part = table.part(wanted)
    spending = to_end(cost(part, folder, given.at_once, _assumed(given)))
    if given.estimate:
        _show_cost(spending, wanted, given)
        return 0
    _check(spending, given)
    if not given.miniature:
        remember(folder, cast)
    if spending.runs and not given.quiet:
        print(f"To be made: {_in_words(spending)}", file=sys.stderr)
    failures: Mapping[str, str] = {}
    try:
        failures = to_end(make(part, folder, _manner(given, part), _quiet if given.quiet else _said))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nInterrupted; writing down what there is …", file=sys.stderr)
        _written(given, table, cast, failures)
        interrupted = KeyboardInterrupt()
        interrupted.add_note(f"What is done is in {folder}; the same command goes on from there.")
        raise interrupted from None
    texts = _written(given, table, cast, failures)
    print(texts["json"] if given.json else f"{texts['md']}\nWritten: {folder}/{whole.name}.md, .csv, .json")
    return 1 if failures else 0


def _show_presets() -> None:
    """The tables that there are."""
    from gpo.report.tables import folded, table, whole

    listing = table(whole("preset"), folded("the paper's table"), whole("cells"))
    for name, path in presets().items():
        preset = read_preset(path)
        listing.add_row(name, preset.title, f"{len(preset.rows)} × {len(preset.columns)}")
    said = "`gpo reproduce NAME --estimate` says what one takes; --miniature tries it out, offline and in seconds."
    show_page([listing, "", as_typed(said)])


def _check_numbers(given: argparse.Namespace) -> None:
    for flag, number in (("--at-once", given.at_once), ("--seeds", given.seeds)):
        if number is not None and number < 1:
            raise ConfigError(f"{flag} is {number}; it must be at least 1.")


def _cast(given: argparse.Namespace, whole: Preset, wanted: Preset, folder: Path) -> Cast:
    """Who plays: as the flags say, then as before. For an estimate nobody is missing, only their price is."""
    if given.miniature:
        if given.model or given.task_model or given.optimizer_model:
            raise ConfigError("--miniature is played by the bundled models; leave the flags for models out.")
        return bundled(whole)
    said = named(whole, dict(map(_pair, given.model)))
    cast = alone(wanted, given.task_model, given.optimizer_model).over(said).over(remembered(folder))
    return cast.over(everybody(whole, "openai/{}", "openai/{}")) if given.estimate else cast


def _settings(given: argparse.Namespace) -> dict[str, Any]:
    settings = {key: getattr(given, key) for key in SETTINGS if getattr(given, key) is not None}
    return overridden(settings, given.set)


def _folder(given: argparse.Namespace, preset: Preset) -> Path:
    name = f"{preset.name}-miniature" if given.miniature else preset.name
    return Path(given.output) if given.output else Path("reproduced") / name


def _assumed(given: argparse.Namespace) -> dict[str, float | None]:
    return {"reply_tokens": given.reply_tokens, "latency_s": given.latency_s}


def _check(spending: Cost, given: argparse.Namespace) -> None:
    """Raises ConfigError where the estimate is above what may be spent, or nobody knows."""
    usd = spending.total.usd
    if given.max_usd is None or (usd is not None and usd <= given.max_usd):
        return
    what = "nobody knows the price of a model" if usd is None else f"the estimate is ${usd:,.2f}"
    raise ConfigError(
        f"--max-usd is {given.max_usd:g}, but {what}; nothing was begun. --estimate tells more; choose --rows, "
        "--columns or --seeds, or set prices with --set 'prices={openai/NAME: [dollars, dollars]}'."
    )


def _manner(given: argparse.Namespace, table: Reproduction) -> Manner:
    """Runs share answers where every task is asked at temperature 0: a prompt that two of them try is paid once."""
    cold = all(task.sampling.temperature == 0 for task in table.tasks.values())
    return Manner(given.at_once, cold)


def _written(given: argparse.Namespace, table: Reproduction, cast: Cast, failures: Mapping[str, str]) -> dict[str, str]:
    """The whole table, whichever part of it was made now."""
    folder = _folder(given, table.preset)
    account = Account(
        _command(given),
        __version__,
        models={**cast.optimizer_models, **cast.task_models},
        miniature=given.miniature,
        failures=failures,
        warnings=table.warnings,
    )
    return write(folder, table.preset, filled(table, folder), account)


def _command(given: argparse.Namespace) -> tuple[str, ...]:
    """What was typed, but for the part of the table, its models, which are remembered, and what changes no number."""
    parts: dict[str, Any] = {
        "--base-url": given.base_url,
        "--optimizer-base-url": given.optimizer_base_url,
        "--data-dir": given.data_dir,
        "--max-concurrency": given.concurrency,
        "--seeds": given.seeds,
        "-o": given.output,
    }
    said = [part for flag, value in parts.items() if value is not None for part in (flag, str(value))]
    sets = [part for value in given.set for part in ("--set", value)]
    return (called(), "reproduce", given.preset, *said, *sets, *(["--miniature"] if given.miniature else []))


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def _pair(text: str) -> tuple[str, str]:
    name, equals, spec = text.partition("=")
    if not equals or not name.strip() or not spec.strip():
        raise ConfigError(f'--model {text}: write NAME=SPEC, such as "Llama-2-7b-chat=local/llama-2-7b-chat.gguf".')
    return name.strip(), spec.strip()


def _in_words(spending: Cost) -> str:
    total = spending.total
    usd = "a price nobody knows" if total.usd is None else f"${total.usd:,.2f}"
    return (
        f"{spending.runs:,} runs, about {total.calls:,} calls, {total.tokens:,} tokens, {usd}, "
        f"{duration(spending.seconds)}"
    )


def _show_cost(spending: Cost, preset: Preset, given: argparse.Namespace) -> None:
    """The estimate, model by model."""
    if given.json:
        show_json(_as_data(spending))
        return
    lines = [(role, model, each) for (role, model), each in sorted(spending.by_model.items())]
    notes = (f"- {note}" for note in spending.notes)
    show_page([f"{preset.title}\n{_in_words(spending)}\n", expenses(lines), "", *notes])


def _as_data(spending: Cost) -> dict[str, Any]:
    models = [
        {
            "role": role,
            "model": model,
            "calls": each.calls,
            "prompt_tokens": each.prompt_tokens,
            "completion_tokens": each.completion_tokens,
            "usd": each.usd,
        }
        for (role, model), each in sorted(spending.by_model.items())
    ]
    return {"runs": spending.runs, "models": models, "seconds": spending.seconds, "notes": list(spending.notes)}


def _quiet(progress: Progress) -> None:
    """Nothing."""


def _said(progress: Progress) -> None:
    """A line on standard error for each run that ended."""
    last = progress.last
    if last is None:
        said = f"broke off: {progress.failure}"
    else:
        found = last.verdict
        said = f"{last.entrant}, {last.task}, seed {last.seed}: test {100 * found.after.mean:.1f} %"
    print(visible(f"{progress.done:,}/{progress.size:,} · {said}"), file=sys.stderr, flush=True)
