"""Runs that end early: what they cost where no price is known, why they ended, and what is warned of meanwhile."""

import asyncio
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request, Usage
from gpo.core.errors import ModelRefused, UnreadableReply
from gpo.core.events import Event, Warned
from gpo.engine.config import RunConfig
from gpo.engine.cut_short import so_far
from gpo.engine.measure import HOW_TO_GO_ON, measure
from gpo.engine.sitting import Audience, opened
from gpo.report.page import page
from gpo.report.read import read_report
from gpo.testing.server import StubServer, always, chat_json, serving
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from journeys.terminal import toy_rows

SEED, STEP, TEST = 10, 11, 40
"""Calls that the seed prompt takes, one new prompt, and the test."""


async def _run(folder: Path, solver: Any = None, **more: Any) -> gpo.Result:
    given: dict[str, Any] = {"options": {"steps": 2}, "seed": 3, **more}
    models = {"task_model": solver or ToyTaskModel(), "optimizer_model": ToyWriter()}
    return await gpo.aoptimize(toy_task(), store=folder, **models, **given)


def _shown(folder: Path) -> str:
    """The page of the latest run, as plain text."""
    from rich.console import Console

    text = io.StringIO()
    with opened(folder) as store:
        blocks = page(read_report(store, store.run("latest").id))
    for block in blocks:
        Console(file=text, width=500).print(block)
    return text.getvalue()


class Refused(ToyTaskModel):
    """A model that knows no key."""

    async def complete(self, request: Request) -> Reply:
        raise ModelRefused("the key was refused")


class Stopping(ToyTaskModel):
    """A model at whose call of that number the user stops the run."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    async def complete(self, request: Request) -> Reply:
        self.left -= 1
        if not self.left:
            raise asyncio.CancelledError
        return await super().complete(request)


async def test_what_failed_calls_of_an_unknown_price_cost_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        await _run(tmp_path, Refused())
    shown = _shown(tmp_path)
    assert "cost unknown" in shown
    assert "$0" not in shown


async def test_and_where_the_price_is_known_it_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        await _run(tmp_path, Refused(), settings={"prices": {Refused().name: [1.0, 2.0]}})
    assert "$0" in _shown(tmp_path)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (5, r"^No model has answered yet|^So far: \d+ calls? · \d+ tokens · cost unknown\. No prompt is scored yet\."),
        (15, r"^So far: best 0\.0 % on the selection set · \d+ calls · [\d,]+ tokens · cost unknown\. The best prompt"),
        (120, r"^So far: best \d\d\.0 % on the selection set · \d\d\d calls · .* The best prompt so far is in .*txt"),
    ],
)
async def test_a_run_that_is_stopped_says_how_far_it_was(tmp_path: Path, number: int, said: str) -> None:
    with pytest.raises(asyncio.CancelledError) as stopped:
        await _run(tmp_path, Stopping(number), options={"steps": 4}, settings={"concurrency": 1})
    (note,) = stopped.value.__notes__
    assert re.search(said, note), note


async def test_why_a_run_ended_is_said_once(tmp_path: Path) -> None:
    for calls in (0, 1, SEED, SEED + STEP, SEED + STEP + TEST - 1, SEED + STEP + TEST):
        result = await _run(tmp_path / str(calls), budget=gpo.Budget(calls=calls))
        assert _shown(tmp_path / str(calls)).count(result.stopped_because) == 1


class Mute(ToyWriter):
    """An optimizer model that says nothing."""

    async def complete(self, request: Request) -> Reply:
        self.calls.append("")
        return Reply(("",) * request.sampling.n)


@pytest.mark.parametrize("algorithm", ["gpo", "opro", "ape", "apo", "evoprompt-ga", "capo", "gepa", "random"])
async def test_an_optimizer_model_that_says_nothing_ends_the_run_after_three_steps(
    tmp_path: Path, algorithm: str
) -> None:
    mute = Mute()
    with pytest.raises(UnreadableReply, match="For 3 steps in a row"):
        await gpo.aoptimize(
            toy_task(), task_model=ToyTaskModel(), optimizer_model=mute, algorithm=algorithm, store=tmp_path
        )


class Wordy(ToyTaskModel):
    """A model that the test costs far more than the search let expect."""

    async def complete(self, request: Request) -> Reply:
        reply = await super().complete(request)
        return replace(reply, usage=Usage(1000)) if "row test " in request.messages[-1].text else reply


async def test_a_budget_that_ended_the_search_and_the_test_is_named_once(tmp_path: Path) -> None:
    result = await _run(tmp_path, Wordy(), options={"steps": 40}, budget=gpo.Budget(tokens=8000))
    assert "max_tokens" in result.stopped_because
    assert result.no_verdict.startswith("the budget ended within the test. Set max_tokens to about ")
    assert _shown(tmp_path).count("The budget of 8,000 tokens ") == 1


async def test_a_budget_that_ended_the_test_alone_is_named_there(tmp_path: Path) -> None:
    result = await _run(tmp_path, Wordy(), options={"steps": 1}, budget=gpo.Budget(tokens=8000))
    assert result.stopped_because == "the one step is done"
    assert "The budget of 8,000 tokens does not pay for the next call" in result.no_verdict


async def test_what_is_warned_of_an_endpoint_is_told_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.models.pace.LONGEST_S", 0.01)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "86400s"}
    told: list[Event] = []
    async with serving(StubServer(fault=always(200, chat_json("yes"), headers))) as server:
        settings = {"base_url": server.url}
        await _run(tmp_path, "openai/x", settings=settings, observers=[told.append])
    warned = "openai/x says that it takes nothing for 86,400 s; asking again in 60 s"
    assert [event.message for event in told if isinstance(event, Warned)].count(warned) == 1
    assert _shown(tmp_path).count(warned) == 1


async def test_nothing_is_said_of_a_score_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        await _run(tmp_path, Refused())
    with opened(tmp_path) as store:
        assert "best" not in so_far(store, store.run("latest").id)


class Failing(ToyTaskModel):
    """A model of the user's own that raises something at its fifteenth call."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__()
        self.left, self.failure = 15, failure

    async def complete(self, request: Request) -> Reply:
        self.left -= 1
        if self.left == 0:
            raise self.failure
        return await super().complete(request)


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (KeyError("x"), "KeyError: 'x'"),
        (OSError(5, "no such device"), "OSError: [Errno 5] no such device"),
        (RuntimeError("api_key: sk-1234567890\n" + "x" * 5000), "RuntimeError: api_key: … xxx"),
        (MemoryError(), "MemoryError"),
    ],
)
async def test_an_error_of_a_model_of_ones_own_passes_as_it_is_with_how_to_go_on(
    tmp_path: Path, failure: Exception, why: str
) -> None:
    with pytest.raises(type(failure)) as raised:
        await _run(tmp_path, Failing(failure))
    assert raised.value is failure
    with opened(tmp_path) as store:
        row = store.run("latest")
    assert row.status == "failed"
    assert row.stopped_because.startswith(why)
    assert len(row.stopped_because) < 1100
    (note,) = failure.__notes__
    assert note.endswith(f'gpo.optimize(..., resume="{row.id}") goes on from there.')
    assert (await _run(tmp_path, resume="latest")).complete


@pytest.mark.parametrize("ending", [SystemExit("bye"), KeyboardInterrupt()])
def test_what_ends_the_process_ends_the_run_in_order_and_nobody_holds_it(
    tmp_path: Path, ending: BaseException, recwarn: pytest.WarningsRecorder
) -> None:
    """SystemExit and KeyboardInterrupt end an event loop on the spot, and leave there all that waits."""
    models = {"optimizer_model": ToyWriter(), "store": tmp_path, "options": {"steps": 2}}
    with pytest.raises(type(ending)) as raised:
        gpo.optimize(toy_task(), task_model=Failing(ending), **models)
    with opened(tmp_path) as store:
        row = store.run("latest")
    assert row.status == "interrupted"
    (note,) = raised.value.__notes__
    assert f'resume="{row.id}"' in note
    assert gpo.optimize(toy_task(), task_model=ToyTaskModel(), resume="latest", **models).complete
    assert [str(each.message) for each in recwarn] == []


async def test_a_measurement_that_meets_any_error_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setattr("gpo.engine.evaluate.Evaluator.evaluate", fails)
    (tmp_path / "rows.jsonl").write_text(toy_rows())
    given = {"task": str(tmp_path / "rows.jsonl"), "task_model": "openai/x", "metric": "exact_match"}
    config = RunConfig.from_mapping(given, "test")
    with pytest.raises(KeyError) as raised:
        await measure(config, (), "test", tmp_path, Audience())
    assert raised.value.__notes__ == [HOW_TO_GO_ON]
    with opened(tmp_path) as store:
        (row,) = store.runs()
    assert (row.status, row.stopped_because) == ("failed", "KeyError: 'x'")
