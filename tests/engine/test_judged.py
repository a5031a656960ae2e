"""Runs whose answers a model marks: its marks are scores, its failures are none, and its calls are paid like others."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gpo
from gpo.core.budget import over_all
from gpo.core.chat import Model, Reply, Request, Usage
from gpo.core.errors import ConfigError, ModelRefused, ModelUnavailable, TooManyFailures, UnreadableReply
from gpo.core.events import Evaluated, Event, Warned
from gpo.core.task import Task
from gpo.engine.checkup import checkup
from gpo.engine.config import RunConfig
from gpo.engine.estimate import estimate
from gpo.engine.habits import habits_of
from gpo.engine.measure import measure
from gpo.engine.sitting import Audience
from gpo.optimizers.catalog import RECIPES, build
from gpo.optimizers.options import options_of
from gpo.store.sqlite import open_store
from gpo.tasks.judge import Rubric
from gpo.tasks.load import load_task
from gpo.testing.toy import ToyJudge, ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, walk_in_memory

RUBRIC = "The answer is yes."
STEPS = 3


def _judged(points: int = 1) -> Task:
    return replace(toy_task(), judge=Rubric(RUBRIC, points), metric_name="judge")


class Strict(ToyJudge):
    """A judge to which something happens before it marks; `marked` counts its requests."""

    def before(self, happens: Callable[[str], None]) -> "Strict":
        self.happens, self.marked = happens, 0
        return self

    async def complete(self, request: Request) -> Reply:
        await asyncio.sleep(0)
        self.marked += 1
        self.happens(request.messages[0].text)
        return await super().complete(request)


async def _run(folder: Path, judge: Model | None = None, **more: Any) -> gpo.Result:
    given: dict[str, Any] = {
        "options": {"steps": STEPS, "candidates": 3},
        "settings": {"concurrency": 4, "max_retries": 0},
        **more,
    }
    return await gpo.aoptimize(
        given.pop("task", None) or _judged(),
        task_model=ToyTaskModel(),
        optimizer_model=given.pop("optimizer_model", None) or ToyWriter(),
        judge_model=judge,
        store=folder,
        **given,
    )


@pytest.mark.parametrize("name", sorted(RECIPES))
async def test_every_recipe_makes_of_marks_what_it_makes_of_scores(name: str) -> None:
    options = {"steps": 2} if "steps" in options_of(RECIPES[name]) else {}

    async def walked(task: Task, judge: Model | None) -> Any:
        models = Models(ToyTaskModel(), ToyWriter(), judge=judge)
        found = await walk_in_memory(build(name, task, options), task, models)
        return found.states[-1], found.events

    marked, scored = await walked(_judged(), ToyJudge()), await walked(toy_task(), None)
    told = [[event for event in events if isinstance(event, Evaluated)] for _, events in (marked, scored)]
    assert told[0] == told[1]


async def test_a_run_with_a_judge_ends_as_one_with_the_metric_that_it_stands_for(tmp_path: Path) -> None:
    judge = ToyJudge()
    marked, scored = await _run(tmp_path / "a", judge), await _run(tmp_path / "b", task=toy_task())
    assert (marked.best, marked.scored, marked.verdict) == (scored.best, scored.scored, scored.verdict)
    assert marked.cost["judge"].calls == len(judge.calls) > 0
    assert "judge" not in scored.cost


async def test_the_optimizer_model_is_told_the_rubric(tmp_path: Path) -> None:
    writer = ToyWriter()
    await _run(tmp_path, ToyJudge(), optimizer_model=writer)
    said = f"A judge marks every answer by this rubric, and the mark is its score: {RUBRIC}"
    assert writer.calls
    assert all(said in each for each in writer.calls)


async def test_equal_answers_to_a_row_are_marked_once(tmp_path: Path) -> None:
    judge = ToyJudge()
    await _run(tmp_path, judge)
    assert len(judge.calls) == len(set(judge.calls))


async def test_without_a_judge_of_its_own_the_optimizer_model_judges(tmp_path: Path) -> None:
    class Both(ToyWriter):
        async def complete(self, request: Request) -> Reply:
            asks = "<answer-" in request.messages[0].text
            return await (ToyJudge().complete(request) if asks else super().complete(request))

    events: list[Event] = []
    result = await _run(tmp_path, optimizer_model=Both(name="toy/both"), observers=[events.append])
    assert result.cost["judge"].calls > 0
    said = [event.message for event in events if isinstance(event, Warned)]
    assert "judge model: toy/both (none was named; set --judge-model to change it)" in said


async def test_a_judge_that_refuses_an_answer_gives_it_no_score(tmp_path: Path) -> None:
    def refuse(text: str) -> None:
        if "selection 3 " in text:
            raise ModelRefused("filtered", fatal=False)

    judge, events = Strict().before(refuse), list[Event]()
    result = await _run(tmp_path, judge, observers=[events.append])
    scored = [event for event in events if isinstance(event, Evaluated) and event.split == "selection"]
    assert {(event.n, event.unanswered) for event in scored} == {(9, 1)}
    assert result.scored.n == 9


async def test_too_many_refusals_of_the_judge_stop_the_run(tmp_path: Path) -> None:
    def refuse(text: str) -> None:
        raise ModelRefused("filtered", fatal=False)

    with pytest.raises(TooManyFailures, match=r"6 calls to the task model toy/task or the judge failed .*filtered"):
        await _run(tmp_path, Strict().before(refuse), settings={"max_failures": 5})


async def test_a_judge_that_is_gone_stops_the_run_and_is_named(tmp_path: Path) -> None:
    def gone(text: str) -> None:
        raise ModelUnavailable("nobody answers")

    with pytest.raises(TooManyFailures, match=r"judge model answers no more: a prompt got no mark .* nobody answers"):
        await _run(tmp_path, Strict().before(gone), settings={"max_retries": 0, "max_failures": 100})


async def test_a_judge_with_a_wrong_key_stops_the_run_at_once(tmp_path: Path) -> None:
    def refuse(text: str) -> None:
        raise ModelRefused("wrong key", fatal=True)

    judge = Strict().before(refuse)
    with pytest.raises(ModelRefused, match="wrong key") as stopped:
        await _run(tmp_path, judge)
    assert judge.marked <= 8, "no more than were under way"
    assert any("resume" in note for note in stopped.value.__notes__)


async def test_what_the_judge_drops_for_a_moment_is_marked_after_all(tmp_path: Path) -> None:
    seen: set[str] = set()

    def drop(text: str) -> None:
        if text not in seen:
            seen.add(text)
            raise ModelUnavailable("busy")

    dropped = await _run(tmp_path / "a", Strict().before(drop), settings={"max_failures": 100, "max_retries": 0})
    whole = await _run(tmp_path / "b", ToyJudge())
    assert (dropped.best, dropped.scored, dropped.verdict) == (whole.best, whole.scored, whole.verdict)


LIMITS = {"max_calls": st.integers(0, 150), "max_tokens": st.integers(0, 20_000)}
ROLE = st.sampled_from(("total", "task", "optimizer", "judge"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.sampled_from(tuple(LIMITS)), roles=st.sets(ROLE, min_size=1), data=st.data(), fails=st.integers(3, 9))
async def test_no_cap_is_exceeded_whatever_the_judge_does(
    tmp_path_factory: pytest.TempPathFactory, limit: str, roles: set[str], data: st.DataObject, fails: int
) -> None:
    caps = {role: data.draw(LIMITS[limit]) for role in sorted(roles)}
    judge = Strict()

    def fail(text: str) -> None:
        if judge.marked % fails == 0:
            raise UnreadableReply("garbled")

    result = await _run(
        tmp_path_factory.mktemp("run"),
        judge.before(fail),
        budget={limit: caps},
        settings={"max_failures": 1000, "max_retries": 0, "concurrency": 4},
    )
    what = limit.removeprefix("max_")
    for role, most in caps.items():
        spent = over_all(result.cost) if role == "total" else result.cost.get(role, gpo.Spent())
        assert getattr(spent, what) <= most
    assert judge.marked == result.cost.get("judge", gpo.Spent()).calls


async def test_the_price_of_the_test_holds_its_marks(tmp_path: Path) -> None:
    events: list[Event] = []
    await _run(tmp_path / "a", ToyJudge(), budget={"max_calls": 100}, observers=[events.append])
    said = next(event.message for event in events if isinstance(event, Warned))
    assert "Set max_calls to 129 or more" in said  # 20 to score the seed, 1 + 20 + 8 ahead for a step, 80 for the test
    enough = await _run(tmp_path / "b", ToyJudge(), budget={"max_calls": 129})
    assert enough.verdict is not None, enough.no_verdict


async def test_a_limit_of_the_judges_own_leaves_its_test_payable(tmp_path: Path) -> None:
    result = await _run(tmp_path, ToyJudge(), budget={"max_calls": {"judge": 70}}, options={"steps": 50})
    assert result.verdict is not None, result.no_verdict
    assert result.cost["judge"].calls <= 70


async def test_dollars_need_the_price_of_the_judge(tmp_path: Path) -> None:
    prices = {"toy/task": [1, 1], "toy/writer": [1, 1]}
    with pytest.raises(ConfigError, match="price of toy/judge is unknown"):
        await _run(tmp_path, ToyJudge(), budget={"max_usd": 1}, settings={"prices": prices})
    paid = await _run(tmp_path, ToyJudge(), budget={"max_usd": 1}, settings={"prices": {**prices, "toy/judge": [1, 1]}})
    assert (paid.cost["judge"].usd or 0) > 0
    assert (over_all(paid.cost).usd or 2) <= 1


async def test_a_run_that_goes_on_pays_for_no_mark_twice_and_ends_the_same(tmp_path: Path) -> None:
    judge = ToyJudge()
    first = await _run(tmp_path / "a", judge, budget={"max_calls": 130})
    assert not first.complete
    gone_on = await _run(tmp_path / "a", judge, budget={"max_calls": 1000}, resume="latest")
    whole = await _run(tmp_path / "b", ToyJudge(), budget={"max_calls": 1000})
    assert (gone_on.best, gone_on.scored, gone_on.verdict) == (whole.best, whole.scored, whole.verdict)
    assert len(judge.calls) == len(set(judge.calls))


def test_a_state_of_before_keeps_what_it_had_kept_for_the_test() -> None:
    from gpo.engine.saved import Saved

    old = {"state": {"step": 1}, "elapsed_s": 2.0, "aside": {"calls": 40, "tokens": 9, "usd": 0.5}}
    assert Saved.read(old).aside == {"task": gpo.Spent(40, 9, usd=0.5)}
    nothing = {**old, "aside": {"calls": 0, "tokens": 0, "usd": 0.0}}
    assert Saved.read(nothing).aside == {}
    assert Saved.read({"state": {}, "elapsed_s": 2.0}).aside == {}


def _rows(folder: Path) -> str:
    file = folder / "open.csv"
    splits = toy_task().splits
    rows = (*splits.train, *splits.selection, *splits.test)
    file.write_text("question\n" + "".join(f"{row.input}\n" for row in rows), encoding="utf-8")
    return str(file)


def _config(folder: Path, **more: Any) -> RunConfig:
    given = {"task": _rows(folder), "task_model": "pocket", "metric": f"judge:{RUBRIC}", **more}
    return RunConfig.from_mapping(given, "test")


async def test_rows_without_right_answers_will_do(tmp_path: Path) -> None:
    loaded = load_task(_config(tmp_path).task)
    assert loaded.task.judge == Rubric(RUBRIC)
    assert loaded.task.splits.test[0].targets == ()
    assert not [each for each in loaded.warnings if "answer" in each]
    writer = ToyWriter()
    result = await _run(tmp_path, ToyJudge(), optimizer_model=writer, task=_rows(tmp_path), metric=f"judge:{RUBRIC}")
    assert result.verdict is not None
    assert all("Output: (there is no one right answer)" in each for each in writer.calls)


async def test_a_task_without_a_model_for_its_judge_says_so(tmp_path: Path) -> None:
    task = load_task(_config(tmp_path).task).task
    with pytest.raises(ConfigError, match="--judge-model"):
        await task.grade("yes", task.splits.test[0])


@pytest.mark.parametrize("models", [{}, {"judge_model": "pocket"}, {"judge_model": "phrases"}])
async def test_what_cannot_judge_is_refused_before_anything_is_asked(tmp_path: Path, models: dict[str, str]) -> None:
    config = _config(tmp_path, **models)
    with pytest.raises(ConfigError, match="cannot judge: name a model"):
        await measure(config, (), "test", tmp_path / "store", Audience())
    found = await checkup(config)
    assert [each.what for each in found if each.mark == "wrong"] == ["judge"]


async def test_an_estimate_counts_the_marks(tmp_path: Path) -> None:
    config = _config(tmp_path, judge_model="openai/gpt-4.1", prices={"openai/gpt-4.1": [2, 8]})
    task = load_task(config.task).task
    found = await estimate(config, task, habits_of(config))
    assert found.search["judge"].calls == found.search["task"].calls
    assert found.test["judge"].calls == found.test["task"].calls
    assert (found.total.usd or 0) == pytest.approx(found.by_role["judge"].usd)
    assert found.by_role["judge"].prompt_tokens > 20 * found.by_role["judge"].calls
    several = replace(config, task=replace(config.task, metric_options=(("repeats", 3),)))
    repeated = await estimate(several, load_task(several.task).task, habits_of(several))
    assert repeated.by_role["judge"].completion_tokens == 3 * found.by_role["judge"].completion_tokens


async def test_settings_of_a_judge_are_not_used_where_a_function_grades(tmp_path: Path) -> None:
    events: list[Event] = []
    await _run(tmp_path, ToyJudge(), task=toy_task(), observers=[events.append])
    said = [event.message for event in events if isinstance(event, Warned)]
    assert "judge_model is not used: the metric is exact_match, and no judge" in said


async def test_a_metric_by_name_holds_for_a_task_of_pythons_own(tmp_path: Path) -> None:
    named = await _run(tmp_path / "a", task=_judged(), metric="exact_match")
    assert "judge" not in named.cost
    judged = await _run(tmp_path / "b", ToyJudge(), task=toy_task(), metric=f"judge:{RUBRIC}")
    assert judged.cost["judge"].calls > 0
    own = await _run(tmp_path / "c", task=_judged(), metric=lambda reply, row: reply == row.target)  # type: ignore[misc]
    assert own.scored == named.scored


async def test_what_a_judge_was_asked_is_in_the_journal(tmp_path: Path) -> None:
    result = await _run(tmp_path, ToyJudge())
    store = open_store(tmp_path)
    try:
        (row,) = [each for each in store.summary(result.run_id) if each.role == "judge"]
    finally:
        store.close()
    assert (row.model, row.calls, row.failed) == ("toy/judge", result.cost["judge"].calls, 0)
    assert Usage(row.prompt_tokens, row.completion_tokens).tokens == result.cost["judge"].tokens
    assert result.folder is not None
    assert (result.folder / "meta_prompts" / "judge-mark.md").is_file()


PRICES = {"prices": {"toy/task": [0.05, 0.4], "toy/writer": [1.25, 10], "toy/judge": [0.25, 2.0]}}


@pytest.mark.parametrize(
    "budget",
    [
        {"max_calls": 60},
        {"max_calls": {"judge": 12}},
        {"max_tokens": 3_000},
        {"max_tokens": {"judge": 2_500}},
        {"max_usd": 0.01},
        {"max_usd": {"judge": 0.003}},
    ],
    ids=str,
)
async def test_whoever_sets_what_is_named_gets_a_verdict(tmp_path: Path, budget: dict[str, Any]) -> None:
    """At the first sitting, or at the second: what rows take is known once some were asked."""
    (limit, given), more = next(iter(budget.items())), {"settings": {**PRICES, "concurrency": 4, "max_retries": 0}}
    result = await _run(tmp_path, ToyJudge(), budget=budget, options={"steps": 30, "candidates": 3}, **more)
    assert result.verdict is None
    for _ in range(2):
        named = re.search(rf"Set {limit}( of the judge model)? to (?:about )?([\d.,]+\d) or more", result.no_verdict)
        assert named, result.no_verdict
        enough = float(named[2].replace(",", ""))
        enough = enough if limit == "max_usd" else int(enough)
        raised = {limit: {"judge": enough} if isinstance(given, dict) else enough}
        result = await _run(
            tmp_path, ToyJudge(), budget=raised, options={"steps": 30, "candidates": 3}, resume="latest", **more
        )
        if result.verdict:
            break
    assert result.verdict, result.no_verdict


async def test_a_mark_that_could_not_be_read_is_asked_for_again_in_the_next_sitting(tmp_path: Path) -> None:
    class Busy(ToyJudge):
        well = False

        async def complete(self, request: Request) -> Reply:
            reply = await super().complete(request)
            return reply if self.well else Reply(("The service is busy.",))

    judge = Busy()
    with pytest.raises(TooManyFailures, match="gave no mark"):
        await _run(tmp_path, judge)
    judge.well = True
    gone_on = await _run(tmp_path, judge, resume="latest")
    assert gone_on.verdict == (await _run(tmp_path / "calm", ToyJudge())).verdict


@pytest.mark.parametrize("other", [Rubric("The answer is no."), Rubric(RUBRIC, 5), None])
async def test_a_run_does_not_go_on_with_another_rubric(tmp_path: Path, other: Rubric | None) -> None:
    first = await _run(tmp_path, ToyJudge(), budget={"max_calls": 100})
    assert not first.complete
    task = replace(toy_task(), judge=other, metric_name="judge")
    with pytest.raises(ConfigError, match="graded has changed"):
        await _run(tmp_path, ToyJudge(), task=task, budget={"max_calls": 500}, resume="latest")


def test_the_optimizer_models_key_is_not_sent_to_an_address_of_the_judges_own(tmp_path: Path) -> None:
    at_home = {"optimizer_base_url": "http://b/v1", "optimizer_api_key_env": "OPT_KEY", "task_model": "openai/a"}
    together = _config(tmp_path, **at_home)
    assert together.endpoints["judge"] == together.endpoints["optimizer"]
    apart = _config(tmp_path, **at_home, judge_base_url="http://c/v1")
    assert (apart.endpoints["judge"].base_url, apart.endpoints["judge"].key_env) == ("http://c/v1", None)


async def test_one_answer_a_request_is_counted_so(tmp_path: Path) -> None:
    several = {"metric_options": {"repeats": 3}, "optimizer_model": "openai/a"}
    for judge, calls in (("openai/gpt-4.1", 1), ("anthropic/claude-haiku-4-5", 3), ("openai-responses/gpt-4.1", 3)):
        config = _config(tmp_path, judge_model=judge, **several)
        found = await estimate(config, load_task(config.task).task, habits_of(config))
        assert found.search["judge"].calls == calls * found.search["task"].calls


async def test_a_mark_that_cannot_be_read_is_paid_once_in_a_run(tmp_path: Path) -> None:
    class Silent(ToyJudge):
        async def complete(self, request: Request) -> Reply:
            reply = await super().complete(request)
            return Reply(("I would rather not say.",)) if "selection 3 " in request.messages[0].text else reply

    judge = Silent()
    given: dict[str, Any] = {"options": {"steps": 6, "candidates": 3}, "settings": {"max_failures": 100}}
    first = await _run(tmp_path, judge, budget={"max_calls": 150}, **given)
    assert not first.complete
    await _run(tmp_path, judge, budget={"max_calls": 900}, resume="latest", **given)
    asked = judge.calls
    assert max(asked.count(each) for each in asked) == 2, "each mark is asked for once, and once more in the same chat"


async def test_a_program_of_several_calls_with_a_judge_gets_its_verdict_at_the_budget_that_is_named(
    tmp_path: Path,
) -> None:
    async def thrice(prompt: gpo.Prompt, example: gpo.Example, model: Any) -> str:
        for round_ in range(3):
            said = await model.ask(f"{prompt.text}\n{example.input}", seed=round_)
        return said

    given: dict[str, Any] = {"program": thrice, "options": {"steps": 30, "candidates": 3}}
    result = await _run(tmp_path, ToyJudge(), budget={"max_calls": 100}, **given)
    for _ in range(2):
        named = re.search(r"Set max_calls to ([\d,]+) or more", result.no_verdict)
        assert named, result.no_verdict
        enough = int(named[1].replace(",", ""))
        result = await _run(tmp_path, ToyJudge(), budget={"max_calls": enough}, resume="latest", **given)
        if result.verdict:
            break
    assert result.verdict, result.no_verdict
