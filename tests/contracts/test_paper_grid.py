"""The grid of the paper: every direction with every method, by name, and no combination that contradicts itself."""

from itertools import product
from typing import Any

import pytest
import yaml

from gpo.cli.main import main
from gpo.core.errors import ConfigError
from gpo.core.events import Event, Kept, Proposed, Recalled, Reflected, StepFinished
from gpo.engine.config import RunConfig
from gpo.optimizers.catalog import build
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

MOMENTUM = ("none", "summarization", "recency", "importance", "relevance")
REFLECTION = ({}, *({"feedback": True, "feedback_trajectory": each} for each in MOMENTUM))
STEP_SIZES = (
    {"schedule": "none"},
    *({"schedule": each, "warmup": rise} for each, rise in product(("fixed", "linear", "cosine"), (0, 1, 0.5))),
)
METHODS = tuple(product(STEP_SIZES, ("edit", "generate")))
ROWS, STEPS = 5, 2


def _from_yaml(options: dict[str, Any]) -> dict[str, Any]:
    """The options as a settings file gives them."""
    text = yaml.safe_dump({"task": "toy", "task_model": "pocket", "gpo": options})
    return dict(RunConfig.from_mapping(yaml.safe_load(text), "gpo.yaml").options)


async def _walk(options: dict[str, Any], solver: ToyTaskModel, writer: ToyWriter) -> Walked:
    task = toy_task(ROWS)
    given = _from_yaml({"candidates": 3, "steps": STEPS, **options})
    return await walk_in_memory(build("gpo", task, given), task, Models(solver, writer))


def _count(events: tuple[Event, ...], kind: type) -> int:
    return sum(isinstance(event, kind) for event in events)


@pytest.mark.parametrize("reflection", REFLECTION, ids=lambda each: "-".join(map(str, each.values())) or "off")
@pytest.mark.parametrize("trajectory", MOMENTUM)
async def test_every_cell_runs_and_calls_the_models_as_often_as_it_says(
    trajectory: str, reflection: dict[str, Any]
) -> None:
    reflects, carried = "feedback" in reflection, reflection.get("feedback_trajectory")
    for step_size, refine in METHODS:
        solver, writer = ToyTaskModel(), ToyWriter()
        options = {"trajectory": trajectory, **reflection, "step_size": step_size, "refine": refine}
        walked = await _walk(options, solver, writer)
        assert _count(walked.events, StepFinished) == _count(walked.events, Kept) == STEPS
        assert _count(walked.events, Reflected) == STEPS * reflects
        assert _count(walked.events, Recalled) == STEPS * (trajectory in MOMENTUM[2:])
        summaries = (STEPS - 1) * (trajectory == "summarization")
        merged = (STEPS - 1) * (carried == "summarization")
        assert len(writer.calls) == STEPS * (1 + reflects) + merged + summaries
        scored = 1 + _count(walked.events, Proposed) + summaries
        assert len(solver.calls) == ROWS * scored + ROWS * STEPS * reflects
        allowed = [event.allowed for event in walked.events if isinstance(event, Proposed)]
        assert all((each is None) == (step_size["schedule"] == "none") for each in allowed)
        _check_what_the_optimizer_model_read(writer.calls[-1], options)


def _check_what_the_optimizer_model_read(text: str, options: dict[str, Any]) -> None:
    """The meta-prompt of the last step carries what the options ask for, and nothing else."""
    carried = options.get("feedback_trajectory", "none")
    assert text.startswith("Revise" if options["refine"] == "edit" else "Write")
    assert ("# Earlier instructions" in text) == (options["trajectory"] != "none")
    assert ("# What is wrong with it" in text) == ("feedback" in options)
    assert ("were criticized like this" in text) == (carried in MOMENTUM[2:])
    assert ("Change at most" in text) == (options["step_size"]["schedule"] != "none")


@pytest.mark.parametrize("by", MOMENTUM[2:])
@pytest.mark.parametrize("k", [1, 2, 4])
async def test_k_counts_the_prompts_and_the_critiques_that_are_shown_those_of_the_step_among_them(
    by: str, k: int
) -> None:
    writer = ToyWriter()
    options = {"trajectory": by, "k": k, "feedback": True, "feedback_trajectory": by, "steps": 4}
    walked = await _walk(options, ToyTaskModel(), writer)
    recalled = [len(event.prompt_ids) for event in walked.events if isinstance(event, Recalled)]
    assert recalled == [min(k, step) for step in (1, 2, 3, 4)]
    last = writer.calls[-1]
    assert last.count("\nInstruction: ") == k
    assert last.count("\n- ") == min(k, 4) - 1


@pytest.mark.parametrize(("drawn", "different"), [("anew", 4), ("once", 1)])
async def test_solved_examples_are_drawn_at_every_step_or_once_for_the_run(drawn: str, different: int) -> None:
    writer = ToyWriter()
    task = toy_task(40)
    optimizer = build("gpo", task, {"demos_drawn": drawn, "steps": 4})
    await walk_in_memory(optimizer, task, Models(ToyTaskModel(), writer))
    shown = {tuple(line for line in text.splitlines() if line.startswith("row train")) for text in writer.calls}
    assert len(shown) == different
    assert {len(rows) for rows in shown} == {3}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"trajectroy": "none"}, 'unknown option "trajectroy"'),
        ({"trajectory": "newest"}, "gpo.trajectory is 'newest'; allowed: none, summarization"),
        ({"trajectory": None}, "gpo.trajectory is None"),
        ({"trajectory": "none", "k": 3}, "gpo.k is 3, but gpo.trajectory is none"),
        ({"trajectory": "summarization", "k": 3}, "gpo.k is 3, but gpo.trajectory is summarization"),
        ({"trajectory": "none", "feedback": True, "feedback_trajectory": "summarization", "k": 2}, "gpo.k is 2"),
        ({"k": 0}, "gpo.k is 0"),
        ({"k": -1}, "gpo.k is -1"),
        ({"k": 2.5}, "gpo.k is 2.5; expected a whole number or nothing"),
        ({"k": True}, "gpo.k is True"),
        ({"feedback_trajectory": "recency"}, "gpo.feedback_trajectory is recency, but gpo.feedback is off"),
        ({"feedback": False, "feedback_trajectory": "recency"}, "gpo.feedback is off"),
        ({"feedback": "no"}, "gpo.feedback is 'no'"),
        ({"candidates": 0}, "gpo.candidates is 0"),
        ({"demos": -1}, "gpo.demos is -1"),
        ({"patience": 0}, "gpo.patience is 0"),
        ({"steps": -1}, "gpo.steps is -1"),
        ({"refine": "rewrite"}, "gpo.refine is 'rewrite'; allowed: generate, edit"),
        ({"move": "up"}, "gpo.move is 'up'"),
        ({"step_size": "cosine"}, "gpo.step_size is 'cosine'"),
        ({"step_size": {"shedule": "cosine"}}, 'unknown option "shedule". Did you mean "schedule"?'),
        ({"step_size": {"schedule": "exponential"}}, "gpo.step_size.schedule is 'exponential'"),
        ({"step_size": {"start": 10, "end": 50}}, "step_size.end is 50, above step_size.start, 10"),
        ({"step_size": {"start": 0}}, "step_size.start is 0"),
        ({"step_size": {"start": 50.5}}, "step_size.start is 50.5; expected a whole number of words"),
        ({"step_size": {"schedule": "none", "enforce": "tell"}}, "step_size.enforce is tell"),
        ({"step_size": {"schedule": "fixed", "end": 20}}, "step_size.end is 20"),
        ({"step_size": {"warmup": 7}, "steps": 7}, "step_size.warmup is 7 steps"),
        ({"step_size": {"warmup": 1.0}}, "step_size.warmup is 1.0"),
        ({"step_size": {"enforce": "never"}}, "gpo.step_size.enforce is 'never'"),
        ({"step_size": {"unit": "tokens"}}, "gpo.step_size.unit is 'tokens'"),
    ],
)
def test_an_unknown_or_contradictory_option_is_refused_by_name(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        build("gpo", toy_task(), _from_yaml(options))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"trajectory": "none"},
        {"trajectory": "none", "feedback": True, "feedback_trajectory": "recency", "k": 2},
        {"steps": 0},
        {"demos": 0},
        {"demos": 99},
        {"step_size": {"schedule": "none", "start": 50, "end": 10, "warmup": 0, "enforce": "reask"}},
        {"step_size": {"schedule": "fixed", "start": 5, "end": 10}},
        {"step_size": {"schedule": "linear", "start": 20, "end": 20}},
        {"step_size": {"start": 200, "end": 20, "unit": "percent", "enforce": "refuse"}},
    ],
)
def test_what_only_looks_odd_is_taken(options: dict[str, Any]) -> None:
    assert build("gpo", toy_task(), _from_yaml(options)).steps >= 0


def test_a_contradiction_on_the_command_line_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("--set", "gpo.trajectory=none", "--set", "gpo.k=3")
    assert main(["optimize", "pocket/last_word", "--task-model", "phrases", "--dry-run", *chosen]) == 2
    assert "gpo.k is 3, but gpo.trajectory is none" in capsys.readouterr().err
