"""A run's page as text, for the tests of what it says."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from gpo.report.page import page
from gpo.report.read import Report, read_report
from gpo.store.sqlite import open_store


def report_in(folder: Path) -> Report:
    """The report of the newest run."""
    store = open_store(folder)
    try:
        return read_report(store, "latest")
    finally:
        store.close()


def shown(report: Report) -> str:
    """Its page, every step of it, on a screen that is wide enough."""
    console = Console(width=300, record=True, file=StringIO())
    for block in page(report, every_step=True):
        console.print(block)
    return console.export_text()
