"""What a page says where nothing was searched, of texts with names, and of where prices are from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.events import Evaluated, Event, StepFinished, StepStarted
from gpo.core.prompt import Prompt
from gpo.report.read import read_best, read_report
from gpo.store.sqlite import open_store
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task, toy_task_of_two_texts
from report.shown import report_in, shown

NAMED = "system:\n"


async def _optimized(folder: Path, task: gpo.Task, algorithm: str = "gpo", **more: Any) -> gpo.Result:
    models: dict[str, Any] = {"task_model": ToyTaskModel(), "optimizer_model": ToyWriter()}
    return await gpo.aoptimize(task, **models, algorithm=algorithm, store=folder, **more)


async def test_where_nothing_was_searched_the_seed_prompt_is_measured_and_that_is_said(tmp_path: Path) -> None:
    await _optimized(tmp_path, toy_task(), "nothing")
    said = shown(report_in(tmp_path))
    assert "Nothing was searched: the seed prompt scores 0.0 [" in said
    assert "There is nothing to search: the seed prompt is measured as it is." in said
    assert "No better prompt" not in said
    assert "0 steps" not in said


async def test_texts_with_names_keep_them_wherever_people_read(tmp_path: Path) -> None:
    heard: list[Event] = []
    result = await _optimized(tmp_path, toy_task_of_two_texts(), options={"steps": 2}, observers=[heard.append])
    named = [event for event in heard if isinstance(event, StepStarted | StepFinished | Evaluated)]
    assert named
    for event in named:
        assert (event.best_prompt if isinstance(event, StepFinished) else event.prompt).startswith(NAMED)
    assert all(record.prompt.startswith(NAMED) for record in result.history)
    report = report_in(tmp_path)
    assert report.seed.prompt == result.seed.prompt.text
    assert report.best.prompt == result.best.text
    assert "system: " in shown(report).partition("Steps (")[2]


def test_a_store_from_before_texts_had_names_in_events_opens(tmp_path: Path) -> None:
    prompt, store = Prompt((("system", "Be short."), ("user", "Go."))), open_store(tmp_path)
    config = {"seed_prompt": prompt.text, "seed_texts": prompt.by_name}
    run_id = store.create_run(store.new_run_id(), config, "t", "gpo")
    store.append_events(run_id, (Evaluated(0, prompt.id, prompt.text, "selection", 0.5, 4),))
    report, best = read_report(store, run_id), read_best(store, run_id)
    store.close()
    assert report.seed.texts == report.best.texts == best.texts == prompt.by_name
    assert report.seed.n == 4


@pytest.mark.parametrize("usd", [0.5, 0.0, None])
async def test_dollars_come_with_where_their_price_is_from(tmp_path: Path, usd: float | None) -> None:
    await _optimized(tmp_path, toy_task(), "nothing")
    report = report_in(tmp_path)
    row = replace(report.row, config={**report.row.config, "prices": {"m": "list price at example.org, 2026-01-31"}})
    said = shown(replace(report, row=row, calls=tuple(replace(each, model="m", usd=usd) for each in report.calls)))
    assert ("Dollars of m: list price at example.org, 2026-01-31." in said) == bool(usd)
