"""A run from its settings to its result: what it gives back, what it leaves, and that it survives everything."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.errors import BudgetExhausted, ConfigError, ModelRefused, ModelUnavailable, TooManyFailures
from gpo.core.events import Event, RunFinished, RunStarted, StepFinished
from gpo.core.prompt import Prompt
from gpo.report.read import read_report
from gpo.store.sqlite import open_store
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task

STEPS = 4
TEST_CALLS = 40


class Faulty(ToyTaskModel):
    """A toy task model to which something happens before some of its calls."""

    def before(self, happens: Callable[[int], None]) -> "Faulty":
        self.asked, self.happens = 0, happens
        return self

    async def complete(self, request: Request) -> Reply:
        self.asked += 1
        self.happens(self.asked)
        return await super().complete(request)


def _settings(**more: Any) -> dict[str, Any]:
    return {"concurrency": 4, "max_retries": 0, **more}


async def _run(folder: Path, solver: Any = None, writer: Any = None, **more: Any) -> gpo.Result:
    given: dict[str, Any] = {"options": {"steps": STEPS}, "settings": _settings(), "seed": 3, **more}
    return await gpo.aoptimize(
        toy_task(),
        task_model=solver or ToyTaskModel(),
        optimizer_model=writer or ToyWriter(),
        store=folder,
        **given,
    )


@pytest.mark.parametrize("algorithm", ["gpo", "opro", "evoprompt-de", "gepa"])
async def test_the_seed_prompt_stays_where_no_other_does_better(tmp_path: Path, algorithm: str) -> None:
    class Deaf(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            return Reply(("no idea",), (await super().complete(request)).usage)

    long = "Answer the question that stands below as well as you can, and take your time to do so."
    result = await _run(tmp_path, Deaf(), algorithm=algorithm, prompt=long, options={}, budget={"max_calls": 400})
    assert any(step.best_score == 0.0 for step in result.history[1:])
    assert result.best.text == long


def _row(folder: Path, run_id: str = "latest") -> Any:
    store = open_store(folder)
    try:
        return store.run(run_id)
    finally:
        store.close()


async def test_a_result_says_what_was_found_what_it_is_worth_and_what_it_cost(tmp_path: Path) -> None:
    solver, writer = ToyTaskModel(), ToyWriter()
    result = await _run(tmp_path, solver, writer)
    assert result.complete
    assert result.seed.score == 0.0
    assert result.scored.score > 0.5
    assert result.verdict is not None
    assert result.verdict.word == "improved"
    assert result.verdict.n == 20
    assert [record.step for record in result.history] == list(range(1, STEPS + 1))
    assert result.cost["task"].calls == len(solver.calls)
    assert result.cost["optimizer"].calls == len(writer.calls) == STEPS
    assert result.diff().startswith("--- seed")
    assert json.loads(json.dumps(result.to_dict()))["verdict"]["word"] == "improved"


async def test_a_run_leaves_its_prompt_its_events_and_its_texts(tmp_path: Path) -> None:
    result = await _run(tmp_path)
    assert result.folder is not None
    assert (result.folder / "best_prompt.txt").read_text() == result.best.text
    lines = [json.loads(line) for line in (result.folder / "events.jsonl").read_text().splitlines()]
    assert lines[0]["event"] == "RunStarted"
    assert lines[-1]["event"] == "RunFinished"
    assert (result.folder / "meta_prompts" / "gpo-generate.md").is_file()
    row = _row(tmp_path)
    assert (row.status, row.steps_done) == ("finished", STEPS)
    assert row.result["best_prompt"] == result.best.text


async def test_the_same_seed_finds_the_same_prompt(tmp_path: Path) -> None:
    first = await _run(tmp_path / "a")
    assert (await _run(tmp_path / "b")).to_dict()["history"] == first.to_dict()["history"]
    assert (await _run(tmp_path / "c", seed=4)).to_dict()["history"] != first.to_dict()["history"]


@pytest.mark.parametrize("limit", [0, 5, 9, 10, 11, 37, 90, 150, 240, 1000])
async def test_a_budget_of_calls_is_never_exceeded_and_the_run_ends_with_a_prompt(tmp_path: Path, limit: int) -> None:
    solver, writer = ToyTaskModel(), ToyWriter()
    result = await _run(tmp_path, solver, writer, budget=gpo.Budget(calls=limit))
    assert len(solver.calls) + len(writer.calls) <= limit
    assert sum(spent.calls for spent in result.cost.values()) == len(solver.calls) + len(writer.calls)
    assert result.folder is not None
    assert (result.folder / "best_prompt.txt").read_text() == result.best.text
    if limit < 1000:
        assert not result.complete
        assert "max_calls" in result.stopped_because
    if limit >= 10 + 2 * TEST_CALLS:
        assert result.verdict is not None, "the test's calls are set aside where they are at most half of what is left"


@pytest.mark.parametrize("shuffle", [None, 1])
async def test_what_was_scored_before_the_budget_ended_within_a_step_counts(
    tmp_path: Path, shuffle: int | None
) -> None:
    """The seed prompt takes 10 calls, the writer 1, and 5 of the 8 proposals the other 50: the best of these stands."""
    cut = await _run(tmp_path / "cut", ToyTaskModel(shuffle=shuffle), budget=gpo.Budget(calls=61))
    whole = await _run(tmp_path / "whole")
    scored: dict[str, float] = {}
    for line in (whole.folder or tmp_path).joinpath("events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "Evaluated" and len(scored) < 6:
            scored[event["prompt"]] = event["score"]
    assert cut.scored.score == max(scored.values()) > 0
    assert scored[cut.best.text] == cut.scored.score


async def test_an_answer_that_was_cut_before_it_began_is_no_score(tmp_path: Path) -> None:
    class Thinker(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            reply = await super().complete(request)
            return reply if request.messages[-1].text.endswith("amber") else Reply((" ",), reply.usage, (True,))

    with pytest.raises(TooManyFailures, match=r"cut at max_tokens \(\d+\) before it said anything.*Raise max_tokens"):
        await _run(tmp_path, Thinker(), settings=_settings(max_failures=3))


async def test_a_run_that_ran_out_of_budget_goes_on_and_pays_nothing_twice(tmp_path: Path) -> None:
    whole = await _run(tmp_path / "whole")
    solver, writer = ToyTaskModel(), ToyWriter()
    first = await _run(tmp_path / "parts", solver, writer, budget=gpo.Budget(calls=60))
    more = gpo.Budget(calls=2000)
    second = await _run(tmp_path / "parts", solver, writer, budget=more, resume=first.run_id)
    assert second.run_id == first.run_id
    assert second.best == whole.best
    assert second.history == whole.history
    assert max(Counter(solver.calls).values()) == 1
    assert second.cost["task"] == whole.cost["task"]


@pytest.mark.parametrize("at", [1, 7, 11, 30, 77, 140])
async def test_a_run_that_is_cancelled_anywhere_goes_on_and_pays_nothing_twice(tmp_path: Path, at: int) -> None:
    whole = await _run(tmp_path / "whole")

    def cancel(call: int) -> None:
        if call == at:
            running.cancel()

    solver = Faulty().before(cancel)
    running = asyncio.ensure_future(_run(tmp_path / "parts", solver))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert _row(tmp_path / "parts").status == "interrupted"
    result = await _run(tmp_path / "parts", solver.before(lambda call: None), resume="latest")
    assert result.best == whole.best
    assert result.history == whole.history
    assert result.verdict == whole.verdict
    lost = Counter(solver.calls) - Counter(set(solver.calls))
    assert sum(lost.values()) <= 4, "only what was in flight when it was cancelled may be asked again"


@pytest.mark.parametrize("at", [62, 75, 88, 97])
async def test_what_is_kept_for_the_test_is_kept_in_every_sitting(tmp_path: Path, at: int) -> None:
    """A sitting that begins with less left than the test and one more prompt take still leaves the test its calls."""
    budget = {"max_calls": 100 + TEST_CALLS}

    def cancel(call: int) -> None:
        if call == at:
            running.cancel()

    whole = await _run(tmp_path / "whole", budget=budget)
    assert whole.verdict is not None
    solver = Faulty().before(cancel)
    running = asyncio.ensure_future(_run(tmp_path / "parts", solver, budget=budget))
    with pytest.raises(asyncio.CancelledError):
        await running
    again = await _run(tmp_path / "parts", solver.before(lambda call: None), resume="latest")
    assert again.verdict is not None


async def test_the_page_shows_the_prompt_that_the_run_ended_with_also_from_an_unfinished_step(tmp_path: Path) -> None:
    result = await _run(tmp_path, budget={"max_calls": 61})
    store = open_store(tmp_path)
    try:
        report = read_report(store, result.run_id)
    finally:
        store.close()
    assert (report.best.prompt, report.best.score, report.best.n) == (result.best.text, result.scored.score, 10)
    assert report.best.prompt != report.seed.prompt


async def test_failed_calls_are_not_scores_and_too_many_stop_the_run(tmp_path: Path) -> None:
    def fail(call: int) -> None:
        if call % 5 == 0:
            raise ModelUnavailable("the server is away")

    solver = Faulty().before(fail)
    with pytest.raises(TooManyFailures, match="the server is away") as raised:
        await _run(tmp_path, solver, settings=_settings(max_failures=3))
    assert f'resume="{_row(tmp_path).id}"' in " ".join(raised.value.__notes__)
    assert _row(tmp_path).status == "failed"
    result = await _run(tmp_path, solver.before(lambda call: None), resume="latest", settings=_settings(max_failures=3))
    assert result.best == (await _run(tmp_path / "other")).best


async def test_a_failure_that_is_allowed_leaves_its_row_out_of_the_mean(tmp_path: Path) -> None:
    def fail(call: int) -> None:
        if call == 1:
            raise ModelRefused("content filter", fatal=False)

    result = await _run(tmp_path, Faulty().before(fail), settings=_settings(concurrency=1))
    assert result.seed.n == 9
    assert result.complete


async def test_a_wrong_key_stops_at_once(tmp_path: Path) -> None:
    def refuse(call: int) -> None:
        raise ModelRefused("the key was refused (HTTP 401)")

    solver = Faulty().before(refuse)
    with pytest.raises(ModelRefused, match="401"):
        await _run(tmp_path, solver)
    assert solver.calls == []


async def test_a_run_that_is_asked_to_stop_stops_after_its_step_and_goes_on_later(tmp_path: Path) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, StepFinished) and event.step == 2:
            (folder,) = (tmp_path / "runs").iterdir()
            (folder / "STOP").touch()

    first = await _run(tmp_path, observers=[stop])
    assert (len(first.history), first.complete, first.verdict) == (2, False, None)
    assert _row(tmp_path).status == "stopped"
    second = await _run(tmp_path, resume=first.run_id)
    assert (len(second.history), second.complete) == (STEPS, True)


async def test_seconds_are_a_budget_too(tmp_path: Path) -> None:
    class Slow(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            await asyncio.sleep(0.01)
            return await super().complete(request)

    result = await _run(tmp_path, Slow(), budget=gpo.Budget(seconds=0.25))
    assert not result.complete
    assert "max_seconds" in result.stopped_because or "seconds" in result.stopped_because
    assert result.seconds < 2


async def test_the_seconds_of_sittings_that_were_interrupted_add_up(tmp_path: Path) -> None:
    class Slow(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            await asyncio.sleep(0.05)
            return await super().complete(request)

    alone: dict[str, Any] = {"settings": _settings(concurrency=1), "budget": gpo.Budget(seconds=0.6)}
    solver = Slow()
    first = asyncio.create_task(_run(tmp_path, solver, **alone))
    await asyncio.sleep(0.45)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = await _run(tmp_path, solver, resume=_row(tmp_path).id, **alone)
    assert second.history == (), "the seed prompt was not scored yet: no step was saved"
    assert "seconds" in second.stopped_because
    assert len(solver.calls) <= 0.6 / 0.05 + 2
    third = await _run(tmp_path, solver, resume=second.run_id, **alone)
    assert third.seconds >= second.seconds
    assert len(solver.calls) <= 0.6 / 0.05 + 2


async def test_a_run_does_not_go_on_with_other_data_other_texts_or_without_its_objects(tmp_path: Path) -> None:
    first = await _run(tmp_path, budget=gpo.Budget(calls=60))
    task = toy_task(rows=11)
    with pytest.raises(ConfigError, match="data of toy have changed"):
        await gpo.aoptimize(
            task, task_model=ToyTaskModel(), optimizer_model=ToyWriter(), store=tmp_path, resume=first.run_id
        )
    with pytest.raises(ConfigError, match="started from Python with its own task, task_model, optimizer_model"):
        await gpo.aoptimize("pocket/last_word", task_model="pocket", store=tmp_path, resume=first.run_id)
    assert first.folder is not None
    (first.folder / "meta_prompts" / "gpo-generate.md").write_text("something else")
    with pytest.raises(ConfigError, match=r"gpo/generate.*has changed"):
        await _run(tmp_path, budget=gpo.Budget(calls=600), resume=first.run_id)


async def test_observers_see_the_whole_run_and_one_that_breaks_does_no_harm(tmp_path: Path) -> None:
    seen: list[Event] = []

    def broken(event: Event) -> None:
        raise ValueError("I broke")

    result = await _run(tmp_path, observers=[broken, seen.append])
    assert isinstance(seen[0], RunStarted)
    assert isinstance(seen[-1], RunFinished)
    assert seen[-1].best_prompt == result.best.text


async def test_a_metric_in_python_grades(tmp_path: Path) -> None:
    def half(reply: str, example: gpo.Example) -> tuple[float, str]:
        return (0.5 if reply == "no" else 1.0, "because")

    result = await _run(tmp_path, metric=half)
    assert result.seed.score == 0.5


async def test_a_metric_that_returns_nonsense_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nonsense"):
        await _run(tmp_path, metric=lambda reply, example: "nonsense")


async def test_an_unknown_algorithm_or_option_leaves_no_run_behind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='Did you mean "gpo"'):
        await _run(tmp_path, algorithm="gpoo", options=None)
    with pytest.raises(ConfigError, match="candidates"):
        await _run(tmp_path, options={"candidate": 3})
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")
def test_an_interrupt_says_which_run_goes_on_and_how(tmp_path: Path) -> None:
    def press(call: int) -> None:
        if call == 15:
            signal.raise_signal(signal.SIGINT)

    models: dict[str, Any] = {"optimizer_model": ToyWriter(), "store": tmp_path, "options": {"steps": 2}}
    with pytest.raises(KeyboardInterrupt) as stopped:
        gpo.optimize(toy_task(), task_model=Faulty().before(press), **models)
    (note,) = stopped.value.__notes__
    assert f'gpo.optimize(..., resume="{_row(tmp_path).id}") goes on from there' in note
    assert gpo.optimize(toy_task(), task_model=ToyTaskModel(), resume="latest", **models).complete


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")
def test_after_an_interrupt_no_further_row_is_graded_and_the_handler_is_the_one_of_before(tmp_path: Path) -> None:
    graded: list[str] = []

    def grade(reply: str, example: gpo.Example) -> float:
        graded.append(example.id)
        if len(graded) == 3:
            signal.raise_signal(signal.SIGINT)
        return 1.0

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        gpo.optimize(toy_task(), task_model=ToyTaskModel(), optimizer_model=ToyWriter(), metric=grade, store=tmp_path)
    assert len(graded) == 3
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("resume", [True, False, 3, "", " "])
async def test_what_is_no_run_to_go_on_with_is_named(tmp_path: Path, resume: Any) -> None:
    with pytest.raises(ConfigError, match=r'resume is .*; expected the id of a run, .* or "latest"'):
        await _run(tmp_path, resume=resume)
    assert not list(tmp_path.iterdir())


def test_the_sync_call_runs_the_loop(tmp_path: Path) -> None:
    result = gpo.optimize(
        toy_task(), task_model=ToyTaskModel(), optimizer_model=ToyWriter(), store=tmp_path, options={"steps": 1}
    )
    assert result.best != Prompt.of("Answer the row.")


def test_without_a_task_model_the_sync_call_names_itself(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"^optimize\(\) needs a task_model"):
        gpo.optimize(toy_task(), store=tmp_path)


async def test_inside_a_loop_the_sync_call_says_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"await gpo\.aoptimize"):
        gpo.optimize(toy_task(), task_model=ToyTaskModel())


def test_a_budget_error_is_a_gpo_error() -> None:
    assert issubclass(BudgetExhausted, gpo.GPOError)


@pytest.mark.parametrize(
    ("setting", "argument"), [("prompt", "prompt"), ("prompts", "prompt"), ("seed", "seed"), ("gpo", "options")]
)
async def test_a_setting_that_is_an_argument_is_refused_and_not_dropped(
    tmp_path: Path, setting: str, argument: str
) -> None:
    with pytest.raises(ConfigError, match=rf"settings holds {setting}, which is an argument of its own: {argument}="):
        await _run(tmp_path, settings={setting: "x"})


@pytest.mark.parametrize("model", [len, lambda text: text, object()])
async def test_what_is_no_model_is_told_what_one_is(tmp_path: Path, model: Any) -> None:
    with pytest.raises(ConfigError, match=r"is no model\. Give a name.*async def complete"):
        await _run(tmp_path, model)
    with pytest.raises(ConfigError, match=r"is no model"):
        gpo.ask_tell([("a", "b")] * 4, optimizer_model=model)
