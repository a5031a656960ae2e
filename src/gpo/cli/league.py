"""gpo league: algorithms against each other at equal budgets, over tasks and seeds; killed at any time, it goes on."""

import argparse
import asyncio
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from gpo import __version__
from gpo.cli.flags import TASK
from gpo.cli.interrupts import to_end
from gpo.cli.league_flags import CALLS, KINDS, NO_LIMIT, league_of, part
from gpo.cli.options import add_seed
from gpo.cli.output import show_json, show_page
from gpo.cli.planned import NOTHING_WAS_DONE
from gpo.core.errors import ConfigError
from gpo.core.visible import visible
from gpo.engine.config import RunConfig
from gpo.engine.typed import called
from gpo.observers.board import duration
from gpo.optimizers.catalog import RECIPES
from gpo.sweeps.local import Manner, Progress, Tasks, sweep
from gpo.sweeps.pages import Account
from gpo.sweeps.plan import League, part_of
from gpo.sweeps.prepare import Prepared, prepare
from gpo.sweeps.results import known
from gpo.sweeps.write import write

MODELS = {
    "task_model": ("--task-model", "default: pocket"),
    "optimizer_model": ("--optimizer-model", "default: phrases for the pocket model, else the task model"),
    "base_url": ("--base-url", "any OpenAI-compatible server"),
}

EXAMPLES = """examples:
  %(prog)s --algorithms gpo,opro --seeds 3 --dry-run
  %(prog)s --tasks rows.jsonl --task-model openai/gpt-5-mini --max-usd 2"""


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    parser.usage = "%(prog)s [options]"
    parser.epilog = EXAMPLES
    parser.add_argument("--algorithms", metavar="A,B", help=f"of {', '.join(RECIPES)}; default: all of these")
    parser.add_argument("--tasks", metavar="T,...", help="files or pocket/<task>; default: eight pocket tasks")
    parser.add_argument("--seeds", type=int, metavar="N", help="runs of each: seeds 0 to N-1; default: 5")
    _add_budgets(parser)
    parser.add_argument(
        "-c", "--config", metavar="FILE", help="other settings, as `gpo init` writes; not its task, seed and budget"
    )
    _add_own_rows(parser)
    for key, (flag, said) in MODELS.items():
        parser.add_argument(flag, dest=key, metavar="URL" if key == "base_url" else "X", help=said)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting, such as gpo.k=5")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="the i-th of n processes that share the work")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="runs side by side; default: 2")
    _add_sharing(parser)
    parser.add_argument("--results-only", action="store_true", help="delete the store of a run that has its result")
    parser.add_argument("--dry-run", action="store_true", help="check everything and say what is left to do")
    parser.add_argument("--yes", action="store_true", help="run all of it where nothing else says what")
    parser.add_argument("--json", action="store_true", help="print JSON and not the page")
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", default="league", help="where all of it goes; default: %(default)s"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def _add_own_rows(parser: argparse.ArgumentParser) -> None:
    """How a file of the user's is read, as messages about one say it, and the prompt that its search starts from."""
    group = parser.add_argument_group("rows of your own")
    for key in ("input", "target", "metric"):
        TASK[key].add_to(group, key)
    add_seed(group)


def _add_budgets(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("budget of a search, optimizer calls counted in (N,M makes two tables)")
    kinds = group.add_mutually_exclusive_group()
    said = {"calls": f"requests; {NO_LIMIT}: until an algorithm ends by itself; default: {CALLS[0]}", "usd": "dollars"}
    for kind in KINDS:
        kinds.add_argument(f"--max-{kind}", metavar="N[,M]", help=said.get(kind, kind))


def _add_sharing(parser: argparse.ArgumentParser) -> None:
    shared = parser.add_mutually_exclusive_group()
    shared.add_argument(
        "--share-answers",
        action="store_const",
        const=True,
        help="runs share the task model's answers, for speed, and are charged for them all the same; only at "
        "temperature 0; always so for the pocket model",
    )
    shared.add_argument(
        "--no-shared-answers", dest="share_answers", action="store_const", const=False, help="not for the pocket model"
    )


def run(given: argparse.Namespace) -> int:
    """Checks, makes the runs that are not made yet, writes the files. 1 where runs broke off, else 0."""
    league, mine = league_of(given), part(given.part)
    prepared, folder = prepare(league), Path(given.output)
    manner = _manner(given, league, prepared.tasks)
    if given.dry_run or _is_bare(given):
        outlook = _outlook(league, prepared, folder)
        if given.json:
            show_json(outlook)
        else:
            show_page(_in_words(outlook)[: None if given.dry_run else -1])
        if given.dry_run:
            return 0
        raise ConfigError(
            "Nothing was run: say which (--algorithms, --tasks, --seeds, a budget), or --yes for all of it."
        )
    failures: Mapping[str, str] = {}
    try:
        swept = sweep(part_of(prepared.plan, *mine), prepared.tasks, folder, manner, _quiet if given.quiet else _said)
        failures = to_end(swept)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nInterrupted; writing down what there is …", file=sys.stderr)
        _written(given, league, prepared, failures)
        interrupted = KeyboardInterrupt()
        interrupted.add_note(f"What is done is in {folder}; the same command goes on from there.")
        raise interrupted from None
    texts = _written(given, league, prepared, failures)
    print(texts["json"] if given.json else f"{texts['md']}\nWritten: {folder}/league.md, .csv, .json, .svg")
    return 1 if failures else 0


def _is_bare(given: argparse.Namespace) -> bool:
    """Whether nothing was typed that says how large the league is: hours of runs do not begin by a slip."""
    said = (given.algorithms, given.tasks, given.seeds, given.config, *(getattr(given, f"max_{k}") for k in KINDS))
    return not given.yes and given.part == "1/1" and all(each is None for each in said)


def _manner(given: argparse.Namespace, league: League, tasks: Tasks) -> Manner:
    if given.at_once < 1:
        raise ConfigError(f"--at-once is {given.at_once}; it must be at least 1.")
    warm = next((name for (name, _), task in tasks.items() if task.sampling.temperature > 0), None)
    if given.share_answers and warm:
        raise ConfigError(
            f"--share-answers: {warm} is answered at a temperature above 0, where every answer is a draw of its own. "
            "Leave the flag out, or set temperature=0."
        )
    by_default = league.settings["task_model"] == "pocket" and not warm
    shared = by_default if given.share_answers is None else given.share_answers
    return Manner(given.at_once, shared, keep_runs=not given.results_only)


def _outlook(league: League, prepared: Prepared, folder: Path) -> dict[str, Any]:
    """What a league will take, as plain JSON values."""
    done = len(known(folder, prepared.plan))
    tests = sum(2 * len(prepared.tasks[each.task, each.seed].splits.test) for each in prepared.plan)
    return {
        "algorithms": [entrant.name for entrant in league.entrants],
        "tasks": list(league.tasks),
        "seeds": list(league.seeds),
        "budgets": [limit.label for limit in league.limits],
        "runs": len(prepared.plan),
        "done": done,
        "test_calls_at_most": tests,
        "settings": dict(league.settings),
        "warnings": list(prepared.warnings),
    }


def _in_words(outlook: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    parts = ((len(outlook[what]), what) for what in ("algorithms", "tasks", "seeds", "budgets"))
    size = " × ".join(f"{count} {what if count != 1 else what[:-1]}" for count, what in parts)
    names = (f"{what}: {', '.join(outlook[what])}" for what in ("algorithms", "tasks", "budgets"))
    settings = ", ".join(f"{key} {value}" for key, value in outlook["settings"].items())
    return [
        f"{size} = {outlook['runs']:,} runs, {outlook['done']:,} of them done",
        *names,
        f"settings: {settings}",
        f"the test of all takes up to {outlook['test_calls_at_most']:,} calls, on top of the budgets",
        *(f"- {warning}" for warning in outlook["warnings"]),
        NOTHING_WAS_DONE,
    ]


def _written(
    given: argparse.Namespace, league: League, prepared: Prepared, failures: Mapping[str, str]
) -> dict[str, str]:
    folder = Path(given.output)
    outcomes = known(folder, prepared.plan)
    config = RunConfig.from_mapping(prepared.plan[0].settings, "gpo league")
    account = Account(
        f"{called()} {shlex.join(sys.argv[1:])}",
        __version__,
        task_model=config.task_model,
        optimizer_model=config.writer,
        done=len(outcomes),
        size=len(prepared.plan),
        shared=_manner(given, league, prepared.tasks).share_answers,
        failures=failures,
        warnings=prepared.warnings,
    )
    return write(folder, league, prepared.plan, outcomes, account)


def _quiet(progress: Progress) -> None:
    """Nothing."""


def _said(progress: Progress) -> None:
    """A line on standard error for a run that ended; on a terminal in the place of the last one, if none broke off."""
    line = visible(_line(progress))
    if sys.stderr.isatty():
        fitting = line[: get_terminal_size().columns - 1]
        ends = progress.last is None or progress.done == progress.size
        print(f"\r\x1b[K{line if ends else fitting}", end="\n" if ends else "", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)


def _line(progress: Progress) -> str:
    parts = [f"{progress.done:,}/{progress.size:,}"]
    last = progress.last
    if last is None:
        parts.append(f"broke off: {progress.failure}")
    else:
        found = last.verdict
        scores = f"{100 * found.before.mean:.1f} → {100 * found.after.mean:.1f} % {found.word}"
        parts.append(f"{last.entrant}, {last.task}, seed {last.seed}, {last.limit.label}: {scores}")
    if progress.seconds_left:
        parts.append(f"about {duration(progress.seconds_left)} left")
    return " · ".join(parts)
