"""gpo list: the runs, newest first."""

import argparse

from gpo.cli.options import add_store
from gpo.cli.output import show_json, show_page
from gpo.cli.reading import opened
from gpo.report.runs import listed, runs_table

NEWEST = 50
"""Runs that are shown where not all are asked for."""


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    parser.add_argument(
        "--all", action="store_true", help=f"also those before the newest {NEWEST}, as --json always does"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Prints the table."""
    with opened(given.store) as store:
        rows = store.runs()
    if given.json:
        show_json([listed(row) for row in rows])
    else:
        shown = rows if given.all else rows[:NEWEST]
        more = [f"… and {len(rows) - len(shown):,} more (--all)."] if len(shown) < len(rows) else []
        show_page([runs_table(shown), *more])
    return 0
