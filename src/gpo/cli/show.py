"""gpo show: a run with every step, from the store."""

import argparse

from gpo.cli.options import add_run, add_store
from gpo.cli.output import show_json, show_page
from gpo.cli.reading import opened
from gpo.engine.sitting import MEASUREMENT
from gpo.engine.typed import as_typed
from gpo.report.data import as_data
from gpo.report.measurement import measurement_page
from gpo.report.page import page
from gpo.report.read import read_report
from gpo.report.runs import listed
from gpo.store.rows import RunRow


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    add_run(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_store(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Prints the report."""
    with opened(given.store) as store:
        row = store.run(given.run_id)
        if row.algorithm == MEASUREMENT:
            return _show_measurement(row, as_json=given.json)
        report = read_report(store, row.id)
    if given.json:
        show_json(as_data(report))
    else:
        show_page(page(report, every_step=True))
    return 0


def _show_measurement(row: RunRow, *, as_json: bool) -> int:
    """Prints what `gpo eval` found. One that did not come to its end has found nothing yet."""
    if as_json:
        show_json({**listed(row), "settings": row.config.get("settings", {}), "measurement": row.result or None})
    elif row.result:
        show_page(measurement_page(row.result, row.id))
    else:
        said = f"{row.task} · eval · run {row.id} · {row.status}: {row.stopped_because or 'it did not come to its end'}"
        show_page([f"{said}\n", as_typed("Type the same `gpo eval` again: the answers so far are kept.")])
    return 0
