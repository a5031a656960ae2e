"""A run whose endpoint misbehaves: what passes leaves no trace in the result, what does not pass stops it."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.budget import over_all
from gpo.core.chat import Reply, Request
from gpo.core.errors import ModelError, ModelRefused, ModelUnavailable, TooManyFailures
from gpo.core.events import Event, Warned
from gpo.core.keys import content_key
from gpo.optimizers.catalog import RECIPES
from gpo.optimizers.options import options_of
from gpo.tasks.judge import Rubric
from gpo.testing.server import FAULTS, Problem, Response, StubServer, chat_json, sent, serving
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task

STEPS = 3
NOW = {"Retry-After": "0"}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.models.retrying.LONGEST_WAIT_S", 0.01)


class Weather:
    """Of a hundred requests ten are refused with 429, or a share of one's own, five meet a 500, and on two the
    connection is reset.
    """

    def __init__(self, refused: float = 0.10) -> None:
        self.refused = refused
        self.dice, self.answered, self.faults = random.Random(7), Counter[str](), 0

    async def __call__(self, body: dict[str, Any]) -> Response | None:
        thrown = self.dice.random()
        self.faults += thrown < self.refused + 0.07
        if thrown < self.refused:
            return Response(429, Problem("rate_limit_exceeded", "Slow down."), headers=NOW)
        if thrown < self.refused + 0.05:
            return Response(500, Problem("server_error", "Something broke."))
        if thrown < self.refused + 0.07:
            return await sent(chat_json("yes"), "reset")(body)
        self.answered[content_key(body)] += 1
        return None


async def _served(folder: Path, stub: StubServer, algorithm: str = "gpo", judge: Rubric | None = None) -> gpo.Result:
    options = {"steps": STEPS} if "steps" in options_of(RECIPES[algorithm]) else {}
    async with serving(stub) as server:
        return await gpo.aoptimize(
            replace(toy_task(), judge=judge),
            task_model="openai/toy-task",
            optimizer_model="openai/toy-writer",
            judge_model="openai/toy-judge",
            store=folder,
            algorithm=algorithm,
            options=options,
            settings={"base_url": server.url},
        )


@pytest.mark.parametrize(
    ("algorithm", "judge"),
    [("gpo", None), ("gepa", None), ("evoprompt-ga", None), ("capo", None), ("gpo", Rubric("The answer is yes."))],
)
async def test_under_faults_that_pass_no_example_is_lost_nothing_is_paid_twice_and_the_result_is_the_same(
    tmp_path: Path, algorithm: str, judge: Rubric | None
) -> None:
    fair = await _served(tmp_path / "fair", StubServer(), algorithm, judge)
    weather = Weather(0.0 if judge else 0.10)  # a judge has few calls to make, and would long be kept slow
    foul = await _served(tmp_path / "foul", StubServer(fault=weather), algorithm, judge)
    assert weather.faults > 10
    assert foul.best == fair.best
    assert foul.history == fair.history
    assert foul.verdict == fair.verdict
    assert (foul.seed.n, foul.seed.unanswered, foul.verdict and foul.verdict.n) == (10, 0, 20)
    assert max(weather.answered.values()) == 1
    assert over_all(foul.cost).calls == weather.faults + weather.answered.total()
    assert ("judge" in foul.cost) == (judge is not None)


class Failing(ToyWriter):
    """Fails from a certain call on, so many times."""

    error: ModelError
    first: int
    times: int
    asked = 0

    async def complete(self, request: Request) -> Reply:
        self.asked += 1
        if self.first <= self.asked < self.first + self.times:
            raise self.error
        return await super().complete(request)


async def _with_writer(folder: Path, error: ModelError, times: int, **more: Any) -> tuple[Failing, gpo.Result]:
    writer = Failing()
    writer.error, writer.first, writer.times = error, 2, times
    result = await gpo.aoptimize(
        toy_task(),
        task_model=ToyTaskModel(),
        optimizer_model=writer,
        store=folder,
        options={"steps": STEPS},
        settings={"max_retries": 0},
        **more,
    )
    return writer, result


AWAY = ModelUnavailable("the writer is away")
FILTERED = ModelRefused("the content filter", fatal=False)


@pytest.mark.parametrize("error", [AWAY, FILTERED])
async def test_two_failures_of_the_optimizer_model_are_waited_out(tmp_path: Path, error: ModelError) -> None:
    seen: list[Event] = []
    _, whole = await _with_writer(tmp_path / "whole", error, 0)
    _, result = await _with_writer(tmp_path / "parts", error, 2, observers=[seen.append])
    assert result.complete
    assert result.best == whole.best
    assert result.history == whole.history
    warned = [event.message for event in seen if isinstance(event, Warned)]
    assert any("step 2 is tried again" in each and str(error) in each for each in warned)


@pytest.mark.parametrize(("error", "calls"), [(AWAY, 4), (FILTERED, 4), (ModelRefused("HTTP 401"), 2)])
async def test_a_dead_optimizer_model_stops_the_run_after_three_failures_or_at_once(
    tmp_path: Path, error: ModelError, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Failing] = []
    real = Failing.complete

    async def complete(self: Failing, request: Request) -> Reply:
        asked.append(self)
        return await real(self, request)

    monkeypatch.setattr(Failing, "complete", complete)
    with pytest.raises(type(error), match=str(error)) as caught:
        await _with_writer(tmp_path, error, 10**6)
    assert len(asked) == calls
    told = " ".join(caught.value.__notes__)
    assert "best_prompt.txt" in told
    assert "resume" in told


@pytest.mark.parametrize("fault", ["401", "402", "404"])
async def test_a_dead_task_model_stops_the_run_at_once(tmp_path: Path, fault: str) -> None:
    stub = StubServer(fault=FAULTS[fault])
    with pytest.raises(ModelRefused) as caught:
        await _served(tmp_path, stub)
    assert len(stub.seen) <= 10  # those that were on their way
    assert "resume" in " ".join(caught.value.__notes__)


async def test_a_task_model_that_dies_on_the_way_stops_the_run_with_the_best_prompt_so_far(tmp_path: Path) -> None:
    async def dying(body: dict[str, Any]) -> Response | None:
        dead = body["model"] == "toy-task" and len(stub.seen) > 120
        return Response(500, Problem("gone", "Gone.")) if dead else None

    stub = StubServer(fault=dying)
    with pytest.raises(TooManyFailures) as caught:
        await _served(tmp_path, stub)
    told = " ".join(caught.value.__notes__)
    assert "best_prompt.txt" in told
    assert "resume" in told
