"""gpo demo: GPO on the bundled pocket model, with no key and no network."""

import argparse
import sys
from pathlib import Path

from gpo.cli.interrupts import to_end
from gpo.cli.optimize import report
from gpo.cli.options import add_store
from gpo.cli.outcome import add_reporting
from gpo.cli.output import check_place, check_store, watching
from gpo.engine.config import RunConfig
from gpo.engine.run import start
from gpo.tasks.pocket import POCKET_TASKS
from gpo.tasks.seed import SEED_PROMPT

TASK = "pocket/opposite"
POCKET = "pocket/"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    said = f"one of {', '.join(POCKET_TASKS)}, with or without pocket/; default: %(default)s"
    parser.add_argument("task", metavar="TASK", nargs="?", default=TASK, help=said)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the search; default: 0")
    add_reporting(parser)
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Says what stands in for what, then optimizes."""
    check_place(given.output)
    check_store(given.store)
    task = given.task if given.task.startswith(POCKET) else POCKET + given.task
    settings = {"task": task, "task_model": "pocket", "optimizer_model": "phrases", "seed": given.seed}
    if not given.quiet:
        print(
            f'{task} from "{SEED_PROMPT}": GPO looks for a prompt that makes the bundled pocket model (a real, '
            f"tiny neural language model) solve it.\n",
            file=sys.stderr,
        )
    config = RunConfig.from_mapping(settings, "gpo demo")
    return report(to_end(start(config, Path(given.store), audience=watching(given))), given)
