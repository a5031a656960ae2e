"""A metric of the user's own that fails: what had been paid for is kept, and no scores of two metrics are mixed."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError
from gpo.store.sqlite import open_store
from gpo.testing.toy import ToyTaskModel, ToyWriter
from journeys.terminal import toy_rows

GOOD = """
def grade(reply, example):
    return reply == example.target
"""
FAILS = """
def grade(reply, example):
    raise ValueError("not today")
"""
FAILS_LATER = """
asked = 0

def grade(reply, example):
    global asked
    asked += 1
    if asked > 15:
        raise ValueError("not today")
    return reply == example.target
"""
ALIKE = "# mended\n"


class Slow(ToyTaskModel):
    """A model that takes its time, now more, now less. begun: what it was asked, answered or not."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.begun.append(request)
        await asyncio.sleep(0.005 * (1 + len(self.begun) % 4))
        return await super().complete(request)


class Deaf(ToyTaskModel):
    """A model that answers once."""

    asked = 0

    async def complete(self, request: Request) -> Reply:
        self.asked += 1
        if self.asked > 1:
            await asyncio.Event().wait()
        return await super().complete(request)


async def _run(folder: Path, metric: str, solver: ToyTaskModel, rows: str = "", **more: Any) -> gpo.Result:
    (folder / "mine.py").write_text(metric)
    (folder / "rows.jsonl").write_text(rows or toy_rows())
    given: dict[str, Any] = {"options": {"steps": 2}, "settings": {"concurrency": 4}, **more}
    return await gpo.aoptimize(
        folder / "rows.jsonl",
        task_model=solver,
        optimizer_model=ToyWriter(),
        metric=f"python:{folder / 'mine.py'}:grade",
        store=folder / "store",
        **given,
    )


async def _failed(folder: Path, metric: str, solver: ToyTaskModel, **more: Any) -> str:
    """What is noted where the metric fails."""
    with pytest.raises(ConfigError, match="raised ValueError: not today") as raised:
        await _run(folder, metric, solver, **more)
    return " ".join(raised.value.__notes__)


def _most_asked(solver: Slow) -> int:
    return max(Counter(solver.begun).values())


async def test_where_nothing_was_scored_a_mended_metric_goes_on_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    solver = Slow()
    said = await _failed(tmp_path, FAILS, solver)
    assert "once that is mended, gpo.optimize(..., resume=" in said
    assert len(solver.calls) == len(solver.begun) >= 4, "what was on its way has arrived"
    result = await _run(tmp_path, GOOD, solver, resume="latest")
    assert result.complete
    assert any("mine.py has changed" in each and "nothing was scored" in each for each in result.warnings)
    assert _most_asked(solver) == 1


async def test_a_run_that_went_on_with_a_mended_metric_goes_on_with_that_one(tmp_path: Path) -> None:
    await _failed(tmp_path, FAILS, ToyTaskModel())
    stopped = await _run(tmp_path, GOOD, ToyTaskModel(), resume="latest", budget={"max_calls": 30})
    assert not stopped.complete
    assert (await _run(tmp_path, GOOD, ToyTaskModel(), resume="latest", budget={"max_calls": 900})).complete


async def test_where_something_was_scored_a_mended_metric_needs_a_new_run_and_both_places_say_so(
    tmp_path: Path,
) -> None:
    solver = Slow()
    said = await _failed(tmp_path, FAILS_LATER, solver)
    assert "start a new run" in said
    assert "If the cause lies elsewhere, gpo.optimize(..., resume=" in said
    with pytest.raises(ConfigError, match=r"^mine\.py has changed since .* start a new run; answers .* are kept"):
        await _run(tmp_path, FAILS_LATER + ALIKE, solver, resume="latest")
    with pytest.raises(ConfigError, match="raised ValueError") as unchanged:
        await _run(tmp_path, FAILS_LATER, solver, resume="latest")
    assert "changed" not in str(unchanged.value)
    assert (await _run(tmp_path, GOOD, solver)).complete
    assert _most_asked(solver) == 1


async def test_other_rows_are_still_called_so(tmp_path: Path) -> None:
    await _failed(tmp_path, FAILS, ToyTaskModel())
    with pytest.raises(ConfigError, match="The data of rows have changed"):
        await _run(tmp_path, GOOD, ToyTaskModel(), toy_rows().replace("row test 3", "row test three"), resume="latest")


async def test_a_model_that_answers_no_more_does_not_keep_the_failure_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpo.engine.evaluate.LAST_S", 0.05)
    began = time.monotonic()
    await _failed(tmp_path, FAILS, Deaf())
    assert time.monotonic() - began < 5
    store = open_store(tmp_path / "store")
    try:
        assert store.run("latest").status == "failed"
    finally:
        store.close()
