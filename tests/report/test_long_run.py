"""A run of very many steps has a page that can be read, and soon."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console

from gpo.core.events import StepFinished, StepStarted
from gpo.report.page import page
from gpo.report.read import Report, read_report
from gpo.report.steps import MOST_STEPS
from gpo.store.sqlite import open_store


def _report(folder: Path, steps: int) -> Report:
    store = open_store(folder)
    run_id = store.create_run(store.new_run_id(), {"seed_prompt": "Go."}, "t", "gpo")
    for step in range(1, steps + 1):
        happened = (StepStarted(step, "a", f"No. {step}.", 0.5), StepFinished(step, "a", f"No. {step}.", 0.5))
        store.append_events(run_id, happened)
    report = read_report(store, run_id)
    store.close()
    return replace(report, refusals=())


def _shown(report: Report) -> str:
    console = Console(width=200, record=True, file=StringIO())
    for block in page(report, every_step=True):
        console.print(block)
    return console.export_text()


def test_all_steps_are_shown_of_a_run_that_has_no_more_than_fit(tmp_path: Path) -> None:
    text = _shown(_report(tmp_path, MOST_STEPS))
    assert all(f"No. {step}." in text for step in range(1, MOST_STEPS + 1))
    assert "left out" not in text


def test_of_a_longer_run_the_first_and_the_last_are_shown_and_how_many_are_not(tmp_path: Path) -> None:
    text = _shown(_report(tmp_path, MOST_STEPS + 7))
    half = MOST_STEPS // 2
    assert [step for step in range(1, MOST_STEPS + 8) if f"No. {step}." not in text] == [*range(half + 1, half + 8)]
    assert "7 steps in the middle are left out" in text
