"""A budget that went to calls of which none was answered: what failed is told first, and no run ends well so."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.errors import BudgetExhausted, GPOError, ModelUnavailable, TooManyFailures, UnreadableReply
from gpo.core.evaluation import Evaluation
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Task
from gpo.engine.config import RunConfig
from gpo.engine.evaluate import Evaluator
from gpo.engine.measure import measure
from gpo.engine.sitting import Audience, opened
from gpo.tasks.judge import Rubric
from gpo.testing.scripted import Line, ScriptedModel
from gpo.testing.server import Response, StubServer, serving
from gpo.testing.server.faults import always
from gpo.testing.toy import ToyJudge, ToyTaskModel, ToyWriter, toy_task

PAGE = "<!doctype html><title>Some web page</title>"
"""What stands, with status 200, at an address that is not the one of the models."""


async def _optimized(folder: Path, **more: Any) -> gpo.Result:
    given: dict[str, Any] = {"task_model": ToyTaskModel(), "optimizer_model": ToyWriter(), **more}
    settings = {"concurrency": 4, "max_retries": 0, **given.pop("settings", {})}
    options = {"steps": 2, "candidates": 3}
    return await gpo.aoptimize(given.pop("task", toy_task()), store=folder, options=options, settings=settings, **given)


def _in_order(said: TooManyFailures, *parts: str) -> bool:
    places = [str(said).find(part) for part in parts]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize("limit", [{"max_tokens": 3000}, {"max_calls": 3}, {"max_usd": 0.003}])
async def test_a_wrong_address_is_told_before_the_budget_that_it_used_up(tmp_path: Path, limit: dict[str, Any]) -> None:
    prices = {"openai/toy-task": [1.0, 1.0], "openai/toy-writer": [1.0, 1.0]}
    async with serving(StubServer(fault=always(200, PAGE))) as server:
        with pytest.raises(TooManyFailures) as caught:
            await _optimized(
                tmp_path,
                task_model="openai/toy-task",
                optimizer_model="openai/toy-writer",
                budget=limit,
                settings={"base_url": server.url, "prices": prices},
            )
    calls = f"Nothing was answered: all {len(server.seen)} calls to the task model openai/toy-task failed"
    assert _in_order(caught.value, calls, "Some web page", "Mend that first. The budget of")
    with opened(tmp_path) as store:
        assert store.runs()[0].status == "failed"


async def test_the_same_where_prompts_are_measured(tmp_path: Path) -> None:
    budget = {"max_tokens": 2500}
    async with serving(StubServer(fault=always(200, PAGE))) as server:
        settings = {"task": "pocket/last_word", "task_model": "openai/toy-task", "base_url": server.url}
        config = RunConfig.from_mapping({**settings, "budget": budget}, "test")
        with pytest.raises(TooManyFailures, match=r"Nothing was answered: .*web page.* Mend that first\. The budget"):
            await measure(config, (), "selection", tmp_path, Audience())


async def test_the_same_where_the_time_is_over(tmp_path: Path) -> None:
    class Stuck(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            if "selection 1 " in request.messages[-1].text:
                raise UnreadableReply("HTML")
            await asyncio.sleep(60)
            return await super().complete(request)

    with pytest.raises(TooManyFailures, match=r"Nothing was answered: the only call .* HTML\. Mend .* 1\.5 seconds"):
        await _optimized(tmp_path, task_model=Stuck(), budget={"max_seconds": 1.5})


async def test_a_model_that_only_thinks_is_told_what_gives_it_room(tmp_path: Path) -> None:
    class Thinker(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            return Reply(("",), (await super().complete(request)).usage, (True,))

    with pytest.raises(TooManyFailures, match=r"Nothing was answered: all 3 .* \(--answer-tokens\), or set reasoning_"):
        await _optimized(tmp_path, task_model=Thinker(), budget={"max_calls": 3})


async def test_a_budget_that_ends_after_an_answer_is_no_error(tmp_path: Path) -> None:
    class Choosy(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            if "selection 2 " not in request.messages[-1].text:
                raise UnreadableReply("HTML")
            return await super().complete(request)

    result = await _optimized(tmp_path, task_model=Choosy(), budget={"max_calls": 4})
    assert "max_calls" in result.stopped_because


async def test_nor_is_it_where_an_earlier_sitting_had_answers(tmp_path: Path) -> None:
    class Broken(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            raise UnreadableReply("HTML")

    first = await _optimized(tmp_path, budget={"max_calls": 11})
    second = await _optimized(tmp_path, task_model=Broken(), budget={"max_calls": 14}, resume=first.run_id)
    assert (first.cost["task"].calls, second.cost["task"].calls) == (10, 13), "the seed, then three that failed"
    assert "max_calls" in second.stopped_because


async def test_a_run_that_ended_so_goes_on_once_that_is_mended(tmp_path: Path) -> None:
    async def away(body: dict[str, Any]) -> Response | None:
        return Response(200, PAGE) if broken and body["model"] == "toy-task" else None

    broken = True
    async with serving(StubServer(fault=away)) as server:
        given: dict[str, Any] = {"task_model": "openai/toy-task", "optimizer_model": "openai/toy-writer"}
        given["settings"] = {"base_url": server.url}
        with pytest.raises(TooManyFailures) as caught:
            await _optimized(tmp_path / "parts", budget={"max_calls": 3}, **given)
        assert "resume" in caught.value.__notes__[0]
        broken = False
        resumed = await _optimized(tmp_path / "parts", budget={"max_calls": 1000}, resume="latest", **given)
        whole = await _optimized(tmp_path / "whole", **given)
    assert (resumed.best, resumed.history, resumed.verdict) == (whole.best, whole.history, whole.verdict)


async def test_a_judge_that_gives_no_mark_is_told_as_well(tmp_path: Path) -> None:
    class Mute(ToyJudge):
        async def complete(self, request: Request) -> Reply:
            raise UnreadableReply("no mark from me")

    class Tired(ToyJudge):
        async def complete(self, request: Request) -> Reply:
            if self.calls:
                raise UnreadableReply("no mark from me")
            return await super().complete(request)

    judged = replace(toy_task(), judge=Rubric("The answer is yes."), metric_name="judge")
    budget = {"max_calls": {"judge": 3}}
    with pytest.raises(TooManyFailures, match=r"No answer was marked: .* calls to the judge model failed.*from me"):
        await _optimized(tmp_path / "mute", task=judged, judge_model=Mute(), budget=budget)
    result = await _optimized(tmp_path / "tired", task=judged, judge_model=Tired(), budget=budget)
    assert "max_calls" in result.stopped_because, "one mark is enough"


LIMIT = BudgetExhausted("The budget of 2 calls is used up.", limit="calls")


async def _evaluated(script: Callable[[str], Line], grade: Callable[[str], GPOError | None] = lambda _: None) -> Any:
    """What an evaluator makes of a model that says so to the rows."""

    async def graded(reply: str, example: Example) -> Grade:
        if failure := grade(reply):
            raise failure
        return Grade(1.0)

    task: Task = replace(toy_task(), grade=graded)
    model = ScriptedModel(lambda request: script(request.messages[-1].text))
    evaluator = Evaluator(task, model, 100)
    with evaluator.silence.telling():
        return await evaluator.evaluate((Prompt.of("Go."),), task.splits.selection)


async def test_a_row_that_failed_is_no_reason_where_others_wait_for_their_marks() -> None:
    """The task model answered: it is the budget that ended."""
    with pytest.raises(BudgetExhausted, match="used up"):
        await _evaluated(lambda row: UnreadableReply("HTML") if "selection 1 " in row else "yes", lambda _: LIMIT)


async def test_a_failure_that_was_to_be_tried_again_is_not_forgotten() -> None:
    """The budget ends before rows that got no answer for now can be asked once more."""
    asked = list[str]()

    def script(row: str) -> Line:
        asked.append(row)
        return ModelUnavailable("HTTP 500") if len(asked) <= 2 else LIMIT

    with pytest.raises(TooManyFailures, match=r"all 2 calls to the task model scripted/model failed.*HTTP 500"):
        await _evaluated(script)


async def test_one_call_is_told_as_one_and_none_as_the_budget() -> None:
    with pytest.raises(TooManyFailures, match=r"the only call to the task model .* failed\. The last failure: HTML\. "):
        await _evaluated(lambda row: UnreadableReply("HTML.") if "selection 0 " in row else LIMIT)
    with pytest.raises(BudgetExhausted):
        await _evaluated(lambda _: LIMIT)
    (evaluation,) = await _evaluated(lambda _: "yes")
    assert isinstance(evaluation, Evaluation)
