"""What Python users hand over: rows in memory, models of their own, plain metrics; and what they get wrong."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.task import Splits
from gpo.engine.sitting import opened
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task

ROWS = [{"input": f"x{i}", "target": "b" if i % 2 else "a"} for i in range(48)]


class Own:
    """One model for both roles."""

    name = "own"

    def __init__(self) -> None:
        self.asked = 0

    async def complete(self, request: gpo.Request) -> gpo.Reply:
        self.asked += 1
        if "Your turn" in request.messages[-1].text:
            texts = tuple(f"<prompt>Say b, try {self.asked}.{i}</prompt>" for i in range(request.sampling.n))
            return gpo.Reply(texts)
        return gpo.Reply(("b",))


async def _run(task: Any, folder: Path, **more: Any) -> gpo.Result:
    return await gpo.aoptimize(task, task_model=Own(), options={"steps": 1, "candidates": 2}, store=folder, **more)


@pytest.mark.parametrize("rows", [ROWS, [(row["input"], row["target"]) for row in ROWS]])
async def test_rows_in_memory_are_kept_beside_the_runs(rows: Any, tmp_path: Path) -> None:
    result = await _run(rows, tmp_path)
    assert result.verdict is not None
    (file,) = (tmp_path / "rows").rglob("*.jsonl")
    assert len(file.read_text().splitlines()) == 48
    again = await _run(rows, tmp_path, resume=result.run_id)
    assert again.best.text == result.best.text


@pytest.mark.parametrize(
    ("rows", "said"), [([], "empty list"), ([3], "row 1 of the task is 3"), ([{"input": {1}}], "JSON")]
)
async def test_what_are_no_rows_is_said_to_be_none(rows: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(gpo.ConfigError, match=said):
        await _run(rows, tmp_path)


async def test_a_model_of_ones_own_writes_prompts_too_unless_another_is_named(tmp_path: Path) -> None:
    result = await _run(ROWS, tmp_path)
    assert result.cost["optimizer"].calls >= 1


async def test_a_task_may_be_graded_by_a_plain_function(tmp_path: Path) -> None:
    sets = [tuple(gpo.Example(f"{name}{i}", f"x{i}", ("b",)) for i in range(8)) for name in "abc"]
    task = gpo.Task("mine", Splits(*sets), grade=lambda reply, row: float(reply == row.target))  # type: ignore[arg-type,return-value]
    assert (await _run(task, tmp_path)).scored.score == 1.0


def test_an_argument_that_there_is_not_is_named_with_its_right_place() -> None:
    with pytest.raises(TypeError, match=r"no argument max_calls.*budget="):
        gpo.optimize("rows.jsonl", task_model="pocket", max_calls=3)
    with pytest.raises(TypeError, match='Did you mean "task_model"'):
        gpo.optimize("rows.jsonl", task_modl=ToyTaskModel())
    assert "budget" in inspect.signature(gpo.optimize).parameters
    assert "optimize" in dir(gpo)


def test_one_text_is_not_a_tuple_of_texts() -> None:
    with pytest.raises(TypeError, match="tuple of texts"):
        gpo.Reply("hello")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("b", r"own gave back 'b' \(str\), which is no reply.*gpo\.Reply\(\(text,\)\)"),
        (None, "own gave back None, which is no reply"),
        (gpo.Reply((None,)), "own gave back a reply with None, which is no text"),  # type: ignore[arg-type]
        (gpo.Reply(None), "own gave back a reply with None, which is no text"),  # type: ignore[arg-type]
    ],
)
async def test_a_model_of_ones_own_that_gives_back_no_reply_is_told_what_to_give(
    given: Any, said: str, tmp_path: Path
) -> None:
    class Plain(Own):
        async def complete(self, request: gpo.Request) -> gpo.Reply:
            return given

    with pytest.raises(gpo.ConfigError, match=said):
        await gpo.aoptimize(ROWS, task_model=Plain(), optimizer_model=Own(), store=tmp_path)


async def test_a_call_that_came_to_no_reply_is_written_down_as_a_failure(tmp_path: Path) -> None:
    class Mute(Own):
        async def complete(self, request: gpo.Request) -> gpo.Reply:
            return None  # type: ignore[return-value]

    with pytest.raises(gpo.ConfigError):
        await gpo.aoptimize(ROWS, task_model=Mute(), store=tmp_path, settings={"concurrency": 1})
    with opened(tmp_path) as store:
        (calls,) = store.summary(store.run("latest").id)
    assert (calls.failed, calls.cancelled) == (calls.calls, 0)


def test_the_example_of_the_guide_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
    section = guide.split("## Your own model, metric and rows in Python")[1].split("\n## ")[0]
    (example,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(example, "guide.md", "exec"), names)
    assert names["result"].verdict is not None
    assert names["result"].cost["task"].calls > 0
    made = gpo.Task(
        "by hand",
        gpo.Splits(
            *(tuple(gpo.Example(f"{part}-{n}", f"word {n}", (f"WORD {n}",)) for n in range(10)) for part in "abc")
        ),
        names["score"],
        seed=gpo.Prompt.of("Shout."),
    )
    found = gpo.optimize(made, task_model=names["Mine"](), optimizer_model="phrases", metric="contains")
    assert found.scored.score == 1.0


@pytest.mark.parametrize("seconds", [None, 3600.0])
async def test_a_timeout_of_a_model_of_ones_own_is_an_answer_that_did_not_come(
    tmp_path: Path, seconds: float | None
) -> None:
    class Late(ToyTaskModel):
        late = True

        async def complete(self, request: gpo.Request) -> gpo.Reply:
            if self.late and "selection 3 " in request.messages[-1].text:
                self.late = False
                raise TimeoutError("my own limit")
            return await super().complete(request)

    budget = gpo.Budget(seconds=seconds)
    result = await gpo.aoptimize(
        toy_task(), task_model=Late(), optimizer_model=ToyWriter(), store=tmp_path, budget=budget, options={"steps": 2}
    )
    assert (result.scored.n, result.complete) == (10, True)
