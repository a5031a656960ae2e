"""gpo resume: goes on with a run from its last step; no answer is paid twice."""

import argparse
import sys
from pathlib import Path
from typing import Any

from gpo.cli.flags import BUDGET, FLAGS, LIMITS, add_budget, add_flags, typed
from gpo.cli.interrupts import to_end
from gpo.cli.optimize import report
from gpo.cli.options import add_run, add_store
from gpo.cli.outcome import add_gate, add_reporting
from gpo.cli.output import check_place, check_store, watching
from gpo.cli.reading import latest_unfinished, opened
from gpo.engine.run import ON_RESUME, PLACES, resume
from gpo.engine.sitting import MEASUREMENT

CHANGED = {key: flag for key, flag in FLAGS.items() if key in ON_RESUME}
EXAMPLES = """examples:
  %(prog)s                          the latest run that is not finished
  %(prog)s 20260131 --max-usd 5     with a larger budget
  %(prog)s --base-url http://…/v1   where the server has moved"""
_PACE = {key: flag for key, flag in CHANGED.items() if key not in PLACES}
_PLACES = {key: flag for key, flag in CHANGED.items() if key in PLACES}


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    parser.usage = "%(prog)s [RUN] [options]"
    parser.epilog = EXAMPLES
    add_run(parser, default=None, said="that is not finished")
    add_budget(parser)
    add_flags(parser, "calls", _PACE)
    add_flags(parser, "where the models are now, if they moved (to be said at every resume)", _PLACES)
    add_gate(parser)
    add_reporting(parser)
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Goes on and reports."""
    check_place(given.output)
    check_store(given.store)
    changes: dict[str, Any] = typed(given, CHANGED)
    if limits := typed(given, LIMITS, BUDGET):
        changes["budget"] = limits
    with opened(given.store) as store:
        row = store.run(given.run_id) if given.run_id else latest_unfinished(store, given.store)
    if row.status == "finished" and row.algorithm != MEASUREMENT:
        print(f"The run {row.id} is finished: there is nothing left to do. This is what it found.", file=sys.stderr)
    result = to_end(resume(row.id, Path(given.store), changes, audience=watching(given)))
    return report(result, given)
