"""gpo diff: what changed between the seed prompt and the best prompt of a run, word by word."""

import argparse

from gpo.cli.options import add_run, add_store
from gpo.cli.output import show_text
from gpo.cli.reading import opened
from gpo.report.diff import marked, word_diff
from gpo.report.read import read_report


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    add_run(parser)
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Prints the words with marks: [-gone-]{+new+}."""
    with opened(given.store) as store:
        report = read_report(store, given.run_id)
    show_text(marked(word_diff(report.seed.shown, report.best.shown)))
    return 0
