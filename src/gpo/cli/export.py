"""gpo export: the best prompt of a run as text, all of the run as JSON, or the answers of any store."""

import argparse
import asyncio
import json
from pathlib import Path

from gpo.cli.options import add_run, add_store
from gpo.cli.output import show_text, write_file
from gpo.cli.reading import opened
from gpo.report.data import as_data
from gpo.report.read import read_best, read_report
from gpo.store.salvage import salvage


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    add_run(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    form.add_argument("--json", dest="format", action="store_const", const="json", help="as --format json")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of standard output")
    parser.add_argument(
        "--answers",
        metavar="FOLDER",
        help="put every answer that can be read, also in a damaged store, into the store in FOLDER",
    )
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Writes the prompt exactly as it is (on a terminal: what does not print is spelled out), or the JSON."""
    if given.answers:
        kept = asyncio.run(salvage(Path(given.store), Path(given.answers)))
        print(f"{kept:,} answers are in {given.answers}. With --store {given.answers} nothing of them is paid again.")
        return 0
    with opened(given.store) as store:
        if given.format == "text":
            text = read_best(store, given.run_id).shown
        else:
            text = json.dumps(as_data(read_report(store, given.run_id)), indent=2)
    if given.output:
        write_file(given.output, f"{text}\n")
    else:
        show_text(text)
    return 0
