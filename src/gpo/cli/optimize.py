"""gpo optimize: finds a better prompt for a task."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from gpo.cli.interrupts import to_end
from gpo.cli.options import add_search, add_settings, add_store, chosen
from gpo.cli.outcome import GATE, add_gate, add_reporting
from gpo.cli.output import check_place, check_store, show_json, show_page, watching, write_file
from gpo.cli.planned import planned_page
from gpo.engine.config import RunConfig
from gpo.engine.plan import plan
from gpo.engine.result import Result
from gpo.engine.run import start
from gpo.engine.sitting import opened
from gpo.report.page import page
from gpo.report.read import read_report

EXAMPLES = """examples:
  %(prog)s rows.jsonl --task-model openai/gpt-5-mini --max-usd 2
  %(prog)s rows.jsonl --task-model openai/gpt-5-mini --dry-run
  %(prog)s -c gpo.yaml --set gpo.steps=10 --json -o result.json"""


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    parser.epilog = EXAMPLES
    add_settings(parser)
    add_search(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="check everything, say what it would take, call no model"
    )
    add_gate(parser)
    add_reporting(parser)
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Optimizes and reports."""
    check_place(given.output)
    check_store(given.store)
    merged, origin = chosen(given)
    config = RunConfig.from_mapping(merged, origin)
    if given.dry_run:
        planned = to_end(plan(config))
        if given.json:
            show_json(planned)
        else:
            show_page(planned_page(planned))
        return 0
    result = to_end(start(config, Path(given.store), audience=watching(given)))
    return report(result, given)


def report(result: Result, given: Any) -> int:
    """Tells the outcome as the flags ask. Gives the exit code."""
    if given.output:
        write_file(given.output, json.dumps(result.to_dict(), indent=2) + "\n")
    if given.json:
        show_json(result.to_dict())
    else:
        with opened(Path(given.store)) as store:
            show_page(page(read_report(store, result.run_id)))
    wanted = getattr(given, "fail_unless", None)
    word = result.verdict.word if result.verdict else "no verdict"
    if wanted is None or word == wanted:
        return 0
    print(f"--fail-unless {wanted}: {word}.", file=sys.stderr)
    return GATE
