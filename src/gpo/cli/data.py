"""gpo data: fetches the paper's benchmarks, says where they are, and finds what is odd about any dataset."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gpo.cli.flags import TASK
from gpo.cli.interrupts import to_end
from gpo.cli.output import show_json, show_page
from gpo.engine.typed import as_typed
from gpo.report.datasets import benchmarks_table, listed, survey_page
from gpo.tasks.benchmarks.catalog import Dataset, expand, groups, source
from gpo.tasks.benchmarks.download import Origin, copy, download
from gpo.tasks.benchmarks.folders import cache_folder
from gpo.tasks.survey import survey

NAMES = "a benchmark (bbh, mmlu, gsm8k, wsc, webnlg), a group (bbh-lite), one task (bbh/navigate), or all"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its own commands."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    get = actions.add_parser("get", help="fetch benchmarks into the cache folder")
    get.add_argument("names", nargs="+", metavar="NAME", help=NAMES)
    get.add_argument("--from", dest="folder", metavar="FOLDER", help="copy from a folder on this machine instead")
    get.add_argument("--mirror", metavar="URL", help="another address that the files lie below")
    get.add_argument("-q", "--quiet", action="store_true", help="no progress")
    get.set_defaults(run=run_get)
    table = actions.add_parser("list", help="benchmarks, their tasks and where their data are")
    table.add_argument("names", nargs="*", metavar="NAME", help=f"{NAMES}; default: the benchmarks and groups")
    table.add_argument("--json", action="store_true", help="as JSON")
    table.set_defaults(run=run_list)
    check = actions.add_parser("check", help="rows, repetitions, contradictions, unanswerable rows, one answer for all")
    check.epilog = (
        "Exit codes: 0 a run takes the rows as they are, 1 a benchmark is not as published, 2 it refuses them."
    )
    check.add_argument("source", metavar="NAME|FILE", help=f"{NAMES}; or a .jsonl, .json, .csv, .tsv or .yaml file")
    check.add_argument("--data-dir", metavar="FOLDER", help="where the data lie; default: GPO_DATA_DIR, then the cache")
    for key in ("input", "target"):
        TASK[key].add_to(check, key)
    check.add_argument("--json", action="store_true", help="as JSON")
    check.set_defaults(run=run_check)


def run_get(given: argparse.Namespace) -> int:
    """Fetches what is not there yet."""
    chosen = _chosen(given.names)
    told = _silent if given.quiet or not sys.stderr.isatty() else _progress
    if not given.quiet:
        print(
            f"From {given.folder or given.mirror or f'{source().repository} at {source().commit[:12]}'}",
            file=sys.stderr,
        )
    if given.folder:
        fetched = to_end(copy(chosen, told, Path(given.folder).expanduser()))
    else:
        fetched = to_end(download(chosen, told, Origin(given.mirror.rstrip("/")) if given.mirror else None))
    tasks = "1 task" if len(chosen) == 1 else f"{len(chosen)} tasks"
    print(f"{tasks} in {cache_folder()}: {fetched} files fetched, the others were there; every checksum is right.")
    return 0


def run_list(given: argparse.Namespace) -> int:
    """Prints what there is."""
    rows = listed([each for name in given.names for each in expand(name)]) if given.names else listed(groups())
    if given.json:
        show_json(rows)
    else:
        lacking = [row["name"] for row in rows if row["tasks_here"] < row["tasks"]]
        hint = [f"\n`gpo data get {lacking[0]}` fetches what is not here."] if lacking else []
        show_page([benchmarks_table(rows), *map(as_typed, hint)])
    return 0


def run_check(given: argparse.Namespace) -> int:
    """Prints what is odd: 2 where a run would refuse the rows, 1 where a benchmark is not as published, else 0."""
    found = survey(given.source, given.data_dir, input_column=given.input, target_column=given.target)
    if given.json:
        show_json([each.to_dict() for each in found])
    else:
        show_page(list(map(as_typed, survey_page(found))))
    if any(each.refused for each in found):
        return 2
    return 0 if all(each.is_as_published for each in found) else 1


def _chosen(names: Sequence[str]) -> list[Dataset]:
    """The tasks that the names stand for, each once."""
    return list({each.name: each for name in names for each in expand(name)}.values())


def _progress(there: int, wanted: int, path: str) -> None:
    end = "\n" if there == wanted else ""
    print(f"\r{there:>4} of {wanted} files {path[-60:]:<60}", end=end, file=sys.stderr, flush=True)


def _silent(there: int, wanted: int, path: str) -> None:
    pass
