"""What a whole run takes, counted where it is taken: at the server. Limits hold, on all models and on each."""

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.budget import Budget, over_all
from gpo.core.chat import Reply, Request, Usage
from gpo.core.errors import ConfigError, ModelUnavailable
from gpo.engine.config import RunConfig
from gpo.engine.limits import limits_of
from gpo.tasks.judge import Rubric
from gpo.testing.server import Problem, Response, StubServer, serving
from gpo.testing.toy import ToyJudge, ToyTaskModel, ToyWriter, toy_task

NOW = {"Retry-After": "0"}
PRICES = {"openai/toy-task": [100.0, 200.0, 10.0], "openai/toy-writer": [50.0, 400.0]}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.models.retrying.LONGEST_WAIT_S", 0.01)


class Counting:
    """A model that counts what it says it took: more than anybody could see in the request, and some of it cached."""

    def __init__(self, inner: ToyTaskModel | ToyWriter, seed: int) -> None:
        self.inner, self.name, self.dice = inner, inner.name, random.Random(seed)
        self.calls, self.usage, self.thinks = 0, Usage(), self.dice.choice((0, 20))

    async def complete(self, request: Request) -> Reply:
        reply = await self.inner.complete(request)
        prompt = sum(len(message.text) for message in request.messages) // 4 + 30
        said = sum(len(text) // 4 + 1 for text in reply.texts) + self.thinks
        usage = Usage(prompt, said, cached_tokens=prompt // 2, reasoning_tokens=self.thinks)
        self.calls, self.usage = self.calls + 1, self.usage + usage
        return Reply(reply.texts, usage, reply.cut)


class Foul:
    """Weather: of a hundred requests ten are refused with 429 and five meet a 500, before any model is asked."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    async def __call__(self, _: dict[str, Any]) -> Response | None:
        thrown = self.dice.random()
        if thrown < 0.10:
            return Response(429, Problem("rate_limit_exceeded", "Slow down."), headers=NOW)
        return Response(500, Problem("server_error", "It broke.")) if thrown < 0.15 else None


async def _run(
    folder: Path, budget: Mapping[str, Any], seed: int, resume: str | None = None, **more: Any
) -> tuple[gpo.Result, StubServer]:
    models = {"toy-task": Counting(ToyTaskModel(), seed), "toy-writer": Counting(ToyWriter(), seed + 1)}
    stub = StubServer(models, Foul(seed), delay_s=0.001)
    settings = {"prices": PRICES, "concurrency": 1 + seed % 40, "hedge": bool(seed % 2), "max_failures": 1000}
    async with serving(stub, port=more.pop("port", 0)) as server:
        result = await gpo.aoptimize(
            toy_task(),
            task_model="openai/toy-task",
            optimizer_model="openai/toy-writer",
            store=folder,
            options={"steps": 3},
            budget=budget,
            resume=resume,
            settings={**settings, "base_url": server.url, **more},
        )
    return result, stub


def _usd(stub: StubServer) -> dict[str, float]:
    """What the server's own counts come to at list price."""
    spent: dict[str, float] = {}
    for name, model in stub.models.items():
        prompt, completion, *cached = PRICES[f"openai/{name}"]
        usage = model.usage  # type: ignore[attr-defined]
        known = usage.cached_tokens * (cached[0] if cached else prompt)
        fresh = (usage.prompt_tokens - usage.cached_tokens) * prompt
        spent[name] = (fresh + known + usage.completion_tokens * completion) / 1e6
    return spent


LIMITS: tuple[Mapping[str, Any], ...] = (
    {"max_calls": 90},
    {"max_tokens": 9_000},
    {"max_usd": 0.7},
    {"max_calls": {"task": 70, "optimizer": 2}},
    {"max_tokens": {"total": 30_000, "optimizer": 4_000}},
    {"max_usd": {"task": 0.5, "total": 1.0}},
    {"max_calls": 400, "max_tokens": 20_000, "max_usd": 1.5},
)


@pytest.mark.parametrize("seed", [0, 31])
@pytest.mark.parametrize("budget", LIMITS, ids=str)
async def test_the_server_never_counts_more_than_a_limit_allows(
    tmp_path: Path, budget: Mapping[str, Any], seed: int
) -> None:
    result, stub = await _run(tmp_path, budget, seed)
    calls = {name: sum(each.model == name for each in stub.seen) for name in stub.models}
    tokens = {name: model.usage.tokens for name, model in stub.models.items()}  # type: ignore[attr-defined]
    told = {"max_calls": calls, "max_tokens": tokens, "max_usd": _usd(stub)}
    for what, limit in budget.items():
        taken = {"task": told[what]["toy-task"], "optimizer": told[what]["toy-writer"]}
        taken["total"] = sum(taken.values())
        for role, most in limit.items() if isinstance(limit, dict) else [("total", limit)]:
            assert taken[role] <= most + 1e-9, f"{what} of {role}"
    assert sum(cost.calls for cost in result.cost.values()) == len(stub.seen)
    if (
        not seed % 2
    ):  # a request that was given up because it was sent twice is booked at the most that it may have taken
        assert result.cost["task"].tokens == tokens["toy-task"]
        assert result.cost["task"].usd == pytest.approx(_usd(stub)["toy-task"])


async def test_a_limit_on_one_role_ends_the_run_and_says_which_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    result, stub = await _run(tmp_path, {"max_calls": {"optimizer": 1}}, 0)
    assert not result.complete
    assert "The budget of 1 call of the optimizer model is used up" in result.stopped_because
    assert "Raise max_calls: {optimizer: …} (--max-calls optimizer=…) to go on." in result.stopped_because
    assert result.verdict is not None, "the task model's test is not the optimizer model's to pay"
    assert sum(each.model == "toy-writer" for each in stub.seen) == 1
    port = int(stub.url.rpartition(":")[2].removesuffix("/v1"))
    more, later = await _run(tmp_path, {"max_calls": {"optimizer": 3}}, 0, resume=result.run_id, port=port)
    assert "3 calls of the optimizer model" in more.stopped_because or more.complete
    assert 0 < sum(each.model == "toy-writer" for each in later.seen) <= 2


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"max_usd": 1.0}, "The price of openai/toy-task is unknown"),
        ({"max_usd": {"task": 1.0}}, "The price of openai/toy-task is unknown"),
        ({"max_usd": {"optimizer": 1.0}}, "The price of openai/toy-writer is unknown"),
        ({"max_seconds": {"task": 1.0}}, 'max_seconds cannot be set for "task"'),
        ({"max_calls": {"tsk": 1}}, 'max_calls cannot be set for "tsk". Did you mean "task"'),
        ({"max_calls": {"task": "x"}}, "max_calls is 'x'"),
    ],
)
async def test_a_limit_that_cannot_be_kept_is_refused_at_the_start(
    tmp_path: Path, budget: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        await _run(tmp_path, budget, 0, prices={})


def test_limits_can_be_written_in_any_way() -> None:
    def read(budget: Any) -> Budget:
        return RunConfig.from_mapping({"task": "x", "task_model": "pocket", "budget": budget}, "x").budget

    whole = Budget(5, 7, usd=0.5, seconds=9, roles={"task": Budget(3), "optimizer": Budget(1, 2)})
    assert read(limits_of(whole)) == whole
    assert read({"max_calls": [5, {"task": 3}]}) == Budget(5, roles={"task": Budget(3)})
    assert read({"max_calls": {"task": 3}}) == Budget(roles={"task": Budget(3)})
    assert read({}) == Budget()


async def test_failed_calls_are_paid_from_the_same_budget(tmp_path: Path) -> None:
    async def broken(_: dict[str, Any]) -> Response:
        return Response(500, Problem("server_error", "It broke."))

    stub = StubServer(fault=broken)
    async with serving(stub) as server:
        result = await gpo.aoptimize(
            toy_task(),
            task_model="openai/toy-task",
            store=tmp_path,
            budget={"max_calls": 7},
            settings={"base_url": server.url},
        )
    assert len(stub.seen) == 7
    assert "The budget of 7 calls is used up" in result.stopped_because


@pytest.mark.parametrize("judge", [None, Rubric("The answer is yes.")])
async def test_one_failure_that_passes_takes_no_verdict_from_a_run_that_its_budget_ends(
    tmp_path: Path, judge: Rubric | None
) -> None:
    """What was kept for the test when the seed prompt was scored is there at the end, and opens it."""

    class Once(ToyTaskModel):
        asked = 0

        async def complete(self, request: Request) -> Reply:
            self.asked += 1
            if self.asked == 60:
                raise ModelUnavailable("busy", busy=True)
            return await super().complete(request)

    result = await gpo.aoptimize(
        replace(toy_task(), judge=judge),
        task_model=Once(),
        optimizer_model=ToyWriter(),
        judge_model=ToyJudge(),
        store=tmp_path,
        budget={"max_calls": 200},
        options={"steps": 50, "candidates": 3},
    )
    assert "max_calls" in result.stopped_because
    assert result.verdict, result.no_verdict
    assert over_all(result.cost).calls <= 200
