"""GEPA: one rewrite from a minibatch a try, a gate on the same rows, a pool of which no prompt is best nowhere."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError, ModelRefused
from gpo.core.events import Evaluated, Event, Kept, Proposed, Refused, StepFinished, StepStarted
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task
from gpo.engine.evaluate import Evaluator
from gpo.optimizers.catalog import build
from gpo.optimizers.gepa import tries
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import KEYWORDS, ToyTaskModel, ToyWriter, toy_task, toy_task_of_two_texts
from gpo.testing.walk import Models, Walked, lab_in_memory, walk_in_memory

ROWS, BATCH = 10, 3


async def _walk(options: dict[str, Any], task: Task | None = None, writer: Any = None, seed: int = 0) -> Walked:
    task = task or toy_task(ROWS)
    models = Models(ToyTaskModel(), writer or ToyWriter())
    return await walk_in_memory(build("gepa", task, options), task, models, seed=seed)


def _steps(walked: Walked) -> list[list[Any]]:
    steps: list[list[Any]] = []
    for event in walked.events:
        if isinstance(event, StepStarted):
            steps.append([])
        if steps:
            steps[-1].append(event)
    return steps


def _said(words: str) -> ScriptedModel:
    return ScriptedModel(lambda request: f"<prompt>{words}</prompt>")


@pytest.mark.parametrize("seed", range(4))
async def test_a_try_costs_the_minibatch_twice_and_the_selection_set_where_the_child_passes(
    seed: int,
) -> None:
    task, solver, writer = toy_task(ROWS), ToyTaskModel(), ToyWriter()
    walked = await walk_in_memory(build("gepa", task, {"steps": 15}), task, Models(solver, writer), seed=seed)
    for step in _steps(walked):
        asked = any(isinstance(event, Proposed | Refused) for event in step)
        tried = any(isinstance(event, Proposed) for event in step)
        kept = any(isinstance(event, Kept) for event in step)
        calls = sum(event.n for event in step if isinstance(event, Evaluated))
        assert calls == BATCH + BATCH * tried + ROWS * kept
        assert asked or calls == BATCH
    asking = [step for step in _steps(walked) if any(isinstance(event, Proposed | Refused) for event in step)]
    assert len(writer.calls) == len(asking)
    assert len(solver.calls) == ROWS + sum(event.n for event in walked.events[1:] if isinstance(event, Evaluated))


def test_on_the_usual_division_of_rows_that_is_328_tries() -> None:
    assert tries(50, 50, 3) == 328


@pytest.mark.parametrize(("rows", "minibatch"), [(50, 3), (10, 3), (100, 5)])
def test_by_default_a_run_costs_about_what_gpo_costs(rows: int, minibatch: int) -> None:
    steps_of_gpo = build("gpo", toy_task(rows), {}).steps
    of_gpo = steps_of_gpo * (1 + 8 * rows)
    of_gepa = tries(rows, rows, minibatch) * (1 + 2 * minibatch + 0.3 * rows)
    assert of_gepa == pytest.approx(of_gpo, rel=0.03)
    assert build("gepa", toy_task(rows), {"minibatch": minibatch}).steps == tries(rows, rows, minibatch)


async def test_the_optimizer_model_sees_all_rows_of_the_minibatch_right_and_wrong() -> None:
    task, writer = toy_task(ROWS), ToyWriter()
    words = f"Answer the row. {KEYWORDS[0]} {KEYWORDS[1]} {KEYWORDS[2]}"
    walked = await walk_in_memory(
        build("gepa", task, {"steps": 4, "minibatch": ROWS}),
        Task(task.name, task.splits, task.grade, seed=Prompt.of(words)),
        Models(ToyTaskModel(), writer),
    )
    assert walked.states[-1].step == 4
    assert writer.calls[0].count("That is right.") == 6
    assert writer.calls[0].count("That is wrong.") == 4
    assert writer.calls[0].count("\nOutput: yes") == ROWS
    assert "row selection" not in "".join(writer.calls)


async def test_a_child_that_is_no_better_on_the_minibatch_is_refused_and_costs_no_more() -> None:
    walked = await _walk({"steps": 5}, writer=_said("Answer the row. please"))
    assert [type(event) for event in _steps(walked)[0]] == [
        StepStarted,
        Evaluated,
        Proposed,
        Evaluated,
        Refused,
        StepFinished,
    ]
    assert len(walked.states[-1].pool) == 1
    assert not any(isinstance(event, Kept) for event in walked.events)


async def test_an_epoch_has_a_shuffle_of_its_own_and_its_last_minibatch_is_filled_up() -> None:
    walked = await _walk({"steps": 8}, writer=_said("Answer the row. please"))
    waiting = [state.waiting for state in walked.states[1:]]
    assert [len(each) for each in waiting] == [9, 6, 3, 0] * 2
    assert waiting[0] != waiting[4]
    assert len(set(waiting[0])) == 9 or waiting[0][-2:] == waiting[0][:2]


async def test_a_prompt_that_is_right_on_an_epoch_of_minibatches_ends_the_search_with_a_reason() -> None:
    task = toy_task(ROWS)
    solver = ScriptedModel(lambda request: "no" if "selection 3" in request.messages[-1].text else "yes")
    writer = ToyWriter()
    walked = await walk_in_memory(build("gepa", task, {}), task, Models(solver, writer))
    assert walked.finished is not None
    assert "4 minibatches in a row" in walked.finished
    assert len(walked.states) - 1 == 4
    assert writer.calls == []
    assert len(solver.calls) == ROWS + 4 * BATCH


async def test_texts_are_rewritten_in_turn_and_a_child_goes_on_where_its_parent_stopped() -> None:
    writer = ScriptedModel(lambda request: f"<prompt>{' '.join(KEYWORDS)}</prompt>")
    walked = await _walk({"steps": 2, "minibatch": ROWS}, toy_task_of_two_texts(ROWS), writer)
    first, second = (request.messages[0].text for request in writer.calls)
    assert "\nuser: Answer the row.\n" in first
    assert f"\nsystem: {' '.join(KEYWORDS)}\n" in second
    assert [(member.turn, member.at.score) for member in walked.states[-1].pool] == [(1, 0.0), (0, 0.4), (0, 1.0)]


async def test_every_prompt_of_the_pool_has_a_score_for_every_selection_row() -> None:
    walked = await _walk({"steps": 15}, seed=2)
    pool = walked.states[-1].pool
    assert len(pool) > 2
    for member in pool:
        assert len(member.scores) == member.at.n == ROWS
        assert member.at.score == pytest.approx(sum(member.scores) / ROWS)
    assert all(len(after.pool) - len(before.pool) in (0, 1) for before, after in pairwise(walked.states))


def _three_and_two() -> Task:
    """Three keywords belong into the system text, of which the seed has one, and two into the user text."""
    places = ("system amber", "system birch", "system cedar", "user delta", "user ember")

    def rows(split: str) -> tuple[Example, ...]:
        return tuple(Example(f"{split}-{i}", f"{split} row {i} needs {places[i % 5]}", ("yes",)) for i in range(ROWS))

    seed = Prompt((("system", "amber"), ("user", "Answer the row.")))
    return Task("two", Splits(rows("train"), rows("selection"), rows("test")), toy_task().grade, seed=seed)


def _rewrites(request: Request) -> str:
    """Mends the one text or the other, but drops from the system text what it had."""
    of_the_system = "\nuser: " in request.messages[0].text
    return f"<prompt>{'birch cedar' if of_the_system else 'delta ember'}</prompt>"


async def test_what_two_descendants_learned_in_different_texts_is_united() -> None:
    options = {"steps": 12, "minibatch": ROWS, "merge": 5}
    walked = await _walk(options, _three_and_two(), ScriptedModel(_rewrites), seed=1)
    pool = walked.states[-1].pool
    (union,) = (member for member in pool if member.at.prompt.made_by == "merge")
    one, other = (next(each for each in pool if each.at.prompt.id == key) for key in union.at.prompt.parents)
    assert union.at.prompt.by_name == {"system": "birch cedar", "user": "delta ember"}
    assert union.at.score == 0.8 > max(one.at.score, other.at.score)
    united = union.at.prompt.id
    step = next(each for each in _steps(walked) if any(getattr(event, "prompt_id", "") == united for event in each))
    assert [event.n for event in step if isinstance(event, Evaluated)] == [5, ROWS]
    assert not any(isinstance(event, Proposed) for event in step)


async def test_a_union_that_is_refused_some_rows_is_judged_by_the_others() -> None:
    class Refusing(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            text = request.messages[-1].text
            united = "birch cedar" in request.messages[0].text and "delta ember" in text
            if united and "selection" in text and text.endswith(("delta", "ember")):
                raise ModelRefused("content filter", fatal=False)
            return await super().complete(request)

    task, models = _three_and_two(), Models(Refusing(), ScriptedModel(_rewrites))
    optimizer = build("gepa", task, {"steps": 12, "minibatch": ROWS, "merge": 5})
    walked = await walk_in_memory(optimizer, task, models, seed=1, max_failures=99)
    (union,) = (member for member in walked.states[-1].pool if member.at.prompt.made_by == "merge")
    tried = [each for each in walked.events if isinstance(each, Evaluated) and each.prompt_id == union.at.prompt.id]
    assert 0 < tried[0].unanswered < 5 == tried[0].n + tried[0].unanswered
    assert optimizer.best(walked.states[-1]).prompt == union.at.prompt


@pytest.mark.parametrize("cap", [0, 1, 2])
async def test_unions_are_capped_by_attempts_and_a_refused_one_costs_five_rows(cap: int) -> None:
    class Spoiled(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            united = "birch cedar" in request.messages[0].text and "delta ember" in request.messages[-1].text
            return Reply(("no",)) if united else await super().complete(request)

    models = Models(Spoiled(), ScriptedModel(_rewrites))
    task = _three_and_two()
    for seed in range(4):
        optimizer = build("gepa", task, {"steps": 12, "minibatch": ROWS, "merge": cap})
        walked = await walk_in_memory(optimizer, task, models, seed=seed)
        unions = [step for step in _steps(walked) if any("union" in getattr(each, "reason", "") for each in step)]
        assert len(unions) == walked.states[-1].merges <= cap
        assert all([each.n for each in step if isinstance(each, Evaluated)] == [5] for step in unions)


@pytest.mark.parametrize("selection", ["pareto", "best", "epsilon"])
async def test_every_way_to_choose_a_parent_climbs(selection: str) -> None:
    walked = await _walk({"selection": selection})
    assert max(member.at.score for member in walked.states[-1].pool) > 0.3


async def test_a_rewrite_has_room_to_become_a_description_of_the_task() -> None:
    """The longest texts that the paper shows have some thousand characters."""
    long = f"Answer the row. {' '.join(KEYWORDS)} {'x' * 7_500}"
    writer = _said(long)
    walked = await _walk({"steps": 20}, writer=writer)
    assert max(len(member.at.prompt.text) for member in walked.states[-1].pool) == len(long)
    assert {request.sampling.max_tokens for request in writer.calls} == {2048}
    refused = await _walk({"steps": 1}, writer=_said("x" * 8_001))
    assert [event.reason for event in refused.events if isinstance(event, Refused)] == [
        "too long: 8001 characters, at most 8000"
    ]


def test_an_empty_minibatch_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"gepa\.minibatch is 0"):
        build("gepa", toy_task(), {"minibatch": 0})


async def test_the_same_scores_on_other_rows_are_no_gain_whatever_rounding_says() -> None:
    """(0.15 - 0) + (0.45 - 0.15) + (0 - 0.45) is above 0 in floating point."""

    def answer(request: Request) -> str:
        *instruction, row = request.messages[-1].text.split("\n")
        return ("0", "0.15", "0.45")[(int(row[-1]) + ("child" in instruction)) % 3]

    async def grade(reply: str, example: Example) -> Grade:
        return Grade(float(reply))

    rows = {split: tuple(Example(f"{split} {i}", f"{split} {i}", ()) for i in range(3)) for split in "abc"}
    task = Task("graded", Splits(rows["a"], rows["b"], rows["c"]), grade, seed=Prompt.of("seed"))
    optimizer = build("gepa", task, {"steps": 1})
    walked = await walk_in_memory(optimizer, task, Models(ScriptedModel(answer), _said("child")))
    assert [event.reason for event in walked.events if isinstance(event, Refused)] == ["no better on its minibatch"]


async def test_an_unanswered_row_counts_for_neither_side_of_the_gate() -> None:
    """The child fails to answer what it would have got right: no gain is left, and no loss."""

    class Failing(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            if "please" in request.messages[-1].text and "train" in request.messages[-1].text:
                raise ModelRefused("content filter", fatal=False)
            return await super().complete(request)

    task = toy_task(ROWS)
    models = Models(Failing(), _said(f"please {' '.join(KEYWORDS)}"))
    events: list[Event] = []
    lab = replace(lab_in_memory(task, models, events.append, step=1), evaluator=Evaluator(task, models.task, 100))
    optimizer = build("gepa", task, {})
    await optimizer.step(await optimizer.init((task.seed,), lab), lab)
    assert [event.reason for event in events if isinstance(event, Refused)] == ["no better on its minibatch"]
