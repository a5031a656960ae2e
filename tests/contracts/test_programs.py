"""Prompts of several texts, and programs that answer with them, work with every recipe."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.cli.main import main
from gpo.core.chat import Reply, Request
from gpo.core.errors import BudgetExhausted, ModelUnavailable
from gpo.core.events import Evaluated, Event, Proposed
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Task
from gpo.engine.evaluate import Evaluator
from gpo.optimizers.catalog import RECIPES, build
from gpo.tasks.program import program_of
from gpo.testing.toy import KEYWORDS, OF_THE_SYSTEM, ToyTaskModel, ToyWriter, toy_task, toy_task_of_two_texts
from gpo.testing.walk import Models, Walked, lab_in_memory, walk_in_memory

EVERY = pytest.mark.parametrize("name", sorted(RECIPES))
SEARCHING = pytest.mark.parametrize("name", sorted(RECIPES.keys() - {"nothing"}))

BUILDING = pytest.mark.parametrize("name", sorted(RECIPES.keys() - {"nothing", "random"}))
"""The recipes that build on what they wrote: those of "random" are one rewrite away from the seed prompt."""

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide.md"

Program = Callable[..., Any]


async def one_call(prompt: Prompt, example: Example, model: Any) -> str:
    """Asks as a task without a program does."""
    reply: Reply = await model.complete(Request(toy_task_of_two_texts().render(prompt, example)))
    return reply.texts[0]


def one_call_that_waits(prompt: Prompt, example: Example, model: Any) -> str:
    """The same as a plain function."""
    reply: Reply = model.complete(Request(toy_task_of_two_texts().render(prompt, example)))
    return reply.texts[0]


async def two_steps(prompt: Prompt, example: Example, model: Any) -> str:
    """Reads with one text, answers with the other."""
    read = await model.ask(f"{prompt['system']}\n{example.input}", system=prompt["system"])
    said = await model.ask(f"{prompt['user']}\n{example.input}", system=prompt["system"])
    return "yes" if "yes" in (read, said) else "no"


def two_steps_that_wait(prompt: Prompt, example: Example, model: Any) -> str:
    """The same as a plain function."""
    read = model.ask(f"{prompt['system']}\n{example.input}", system=prompt["system"])
    said = model.ask(f"{prompt['user']}\n{example.input}", system=prompt["system"])
    return "yes" if "yes" in (read, said) else "no"


def _answered_by(program: Program | None) -> Task:
    task = toy_task_of_two_texts()
    return replace(task, answer=program and program_of(program, task.sampling))


async def _walk(name: str, program: Program | None = None, solver: ToyTaskModel | None = None) -> Walked:
    task = _answered_by(program)
    return await walk_in_memory(build(name, task, {}), task, Models(solver or ToyTaskModel(), ToyWriter()))


PLAIN: dict[str, Walked] = {}


async def _plain(name: str) -> Walked:
    """The walk without a program, which is made once."""
    if name not in PLAIN:
        PLAIN[name] = await _walk(name)
    return PLAIN[name]


def _evaluated(events: tuple[Event, ...] | list[Event]) -> list[Evaluated]:
    return [event for event in events if isinstance(event, Evaluated)]


@SEARCHING
async def test_each_of_two_texts_is_rewritten_and_what_helps_in_either_is_found(name: str) -> None:
    walked = await _plain(name)
    best = build(name, _answered_by(None), {}).best(walked.states[-1])
    assert best.score > 0
    assert [each for each, _ in best.prompt.texts][:2] == ["system", "user"]  # CAPO adds the text of its shots
    texts = [event.prompt.split("\n\n") for event in walked.events if isinstance(event, Proposed)]
    assert all(len({each[place] for each in texts}) > 1 for place in (0, 1))


@BUILDING
async def test_in_the_end_both_texts_hold_a_keyword_of_their_own(name: str) -> None:
    found: set[str] = set()
    for seed in range(3):
        task = _answered_by(None)
        optimizer = build(name, task, {})
        walked = await walk_in_memory(optimizer, task, Models(ToyTaskModel(), ToyWriter()), seed=seed)
        best = optimizer.best(walked.states[-1]).prompt
        found |= {"system"} if set(best["system"].split()) & set(OF_THE_SYSTEM) else set()
        found |= {"user"} if set(best["user"].split()) & set(KEYWORDS[len(OF_THE_SYSTEM) :]) else set()
    assert found == {"system", "user"}


@EVERY
@pytest.mark.parametrize("program", [one_call, one_call_that_waits])
async def test_a_program_that_asks_as_a_task_does_is_optimized_as_the_task_is(name: str, program: Program) -> None:
    plain, programmed = await _plain(name), await _walk(name, program)
    assert programmed.events == plain.events
    assert programmed.finished == plain.finished


@EVERY
@pytest.mark.parametrize("program", [two_steps, two_steps_that_wait])
async def test_a_program_may_ask_several_times_and_every_call_is_made_once(name: str, program: Program) -> None:
    solver = ToyTaskModel()
    walked = await _walk(name, program, solver)
    assert len(solver.calls) == 2 * sum(event.n for event in _evaluated(walked.events))
    if name not in ("nothing", "gpo-paper"):  # which took the worst of its proposals on the way
        assert build(name, _answered_by(program), {}).best(walked.states[-1]).score > 0


class Failing(ToyTaskModel):
    """Fails for good where the first step of a program meets a row that needs "delta"."""

    async def complete(self, request: Request) -> Reply:
        system, last = request.messages[0].text, request.messages[-1].text
        if last.endswith("delta") and last.startswith(f"{system}\n"):
            raise ModelUnavailable("gone")
        return await super().complete(request)


async def stubborn(prompt: Prompt, example: Example, model: Any) -> str:
    """Says "yes" where the model fails it."""
    try:
        return await two_steps(prompt, example, model)
    except gpo.GPOError:
        return "yes"


@EVERY
@pytest.mark.parametrize("program", [two_steps, stubborn])
async def test_a_call_that_fails_inside_a_program_is_no_answer_and_no_score(name: str, program: Program) -> None:
    task = _answered_by(program)
    events: list[Event] = []
    models = Models(Failing(), ToyWriter())
    lab = replace(lab_in_memory(task, models, events.append), evaluator=Evaluator(task, models.task, 10_000))
    optimizer = build(name, task, {})
    state, step = await optimizer.init((task.seed,), lab), 0
    while optimizer.finished(state) is None and step < 6:
        step += 1
        state = await optimizer.step(state, replace(lab, step=step))
    whole = [event for event in _evaluated(events) if event.split == "selection" and event.n + event.unanswered == 10]
    assert whole
    assert all((event.n, event.unanswered) == (8, 2) for event in whole)
    assert optimizer.best(state).n == 8


@SEARCHING
async def test_the_end_of_the_budget_passes_through_a_program_that_would_not_hear_of_it(name: str) -> None:
    class Poor(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            if len(self.calls) >= 35:
                raise BudgetExhausted("no calls left", limit="calls")
            return await super().complete(request)

    with pytest.raises(BudgetExhausted):
        await _walk(name, stubborn, Poor())


SEED = {"system": "You read rows.", "user": "Answer the row."}
CALLS = 900
"""For the seed prompt, some that are proposed, and the test of two prompts, two calls a row."""


@EVERY
@pytest.mark.parametrize("program", [two_steps, two_steps_that_wait])
def test_optimize_takes_a_program_and_a_prompt_of_several_texts(name: str, program: Program, tmp_path: Path) -> None:
    solver, writer = ToyTaskModel(), ToyWriter()
    result = gpo.optimize(
        toy_task(),
        program=program,
        prompt=SEED,
        task_model=solver,
        optimizer_model=writer,
        algorithm=name,
        budget=gpo.Budget(calls=CALLS),
        store=tmp_path,
    )
    assert list(result.best.by_name)[:2] == ["system", "user"]
    assert result.seed.prompt.by_name == SEED
    assert sum(spent.calls for spent in result.cost.values()) == len(solver.calls) + len(writer.calls) <= CALLS
    assert result.verdict is not None


AGENT = '''
async def answer(prompt, example, model):
    """Thinks with one text, answers with the other."""
    thought = await model.ask(example.input, system=prompt["system"])
    return await model.ask(f"{prompt['user']}\\n{example.input}\\n{thought}", temperature=0)
'''
SETTINGS = """
task: rows.jsonl
task_model: pocket
program: python:agent.py:answer
prompts:
  system: You read words.
  user: Which word is the last?
split: {train: 4, selection: 4, test: 4}
budget: {max_calls: 40}
"""


@EVERY
def test_a_config_file_names_a_program_and_several_texts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["amber", "birch", "cedar", "delta", "ember"]
    rows = [{"input": f"{words[i % 5]} {words[i // 5]} {i}", "target": f"{i}"} for i in range(12)]
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    Path("agent.py").write_text(AGENT)
    Path("gpo.yaml").write_text(SETTINGS)
    assert main(["optimize", "-c", "gpo.yaml", "--algorithm", name, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["best_texts"])[:2] == ["system", "user"]


def test_the_guide_s_agent_does_what_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = GUIDE.read_text("utf-8").partition("## Several texts, programs and agents\n")[2].partition("\n## ")[0]
    (agent,) = re.findall(r"```python\n# agent\.py\n(.*?)```", section, re.S)
    *_, settings = re.findall(r"```yaml\n(.*?)```", section, re.S)
    monkeypatch.chdir(tmp_path)
    Path("agent.py").write_text(agent)
    Path("gpo.yaml").write_text(f"task: pocket/last_word\ntask_model: pocket\n{settings}")
    limits = ("--max-calls", "150", "--train", "8", "--selection", "8", "--test", "8")
    assert main(["optimize", "-c", "gpo.yaml", *limits, "-q", "--set", "gpo.steps=1"]) == 0
    (found,) = Path(".gpo/runs").glob("*/best_prompt.json")
    assert list(json.loads(found.read_text())) == ["plan", "answer"]
    assert main(["eval", "-c", "gpo.yaml", *limits, "--prompt-file", str(found), "--split", "selection"]) == 0
    capsys.readouterr()
