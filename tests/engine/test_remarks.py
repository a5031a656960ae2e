"""What a run says at its beginning of options that ask for more than there is."""

from typing import Any

import pytest

from gpo.core.task import Task
from gpo.engine.config import RunConfig
from gpo.engine.remarks import remarks
from gpo.tasks.settle import LoadedTask
from gpo.testing.toy import toy_task

TASK = toy_task()
ROWS, SCORING = len(TASK.splits.train), len(TASK.splits.selection)


def _said(algorithm: str, options: dict[str, Any], task: Task = TASK, **more: Any) -> list[str]:
    settings = {"task": "toy", "task_model": "pocket", "algorithm": algorithm, algorithm: options, **more}
    config = RunConfig.from_mapping(settings, "gpo.yaml")
    return [each for each in remarks(config, LoadedTask(task)) if each.startswith(f"{algorithm}.")]


@pytest.mark.parametrize(
    ("algorithm", "options", "said"),
    [
        ("gpo", {"demos": 9999}, f"gpo.demos is 9999, but there are only {ROWS} rows to draw from"),
        ("capo", {"shots": 9999}, f"capo.shots is 9999, but there are only {ROWS} rows to draw from"),
        ("sgdm", {"batch": ROWS + 1}, f"sgdm.batch is {ROWS + 1}, but there are only {ROWS} rows to draw from"),
        ("gpo", {"k": 1000, "steps": 4}, "gpo.k is 1000, but in 4 steps there are at most 4 prompts to show"),
        ("pe2", {"history": 4}, "pe2.history is 4, but in 3 steps there are at most 3 prompts to show"),
        (
            "opro",
            {"shown": 26, "steps": 4, "candidates": 8},
            "opro.shown is 26, but in 4 steps there are at most 25 prompts to show",
        ),
        (
            "gpo",
            {"candidates": 100_000},
            "gpo.candidates is 100000, but scoring so many takes 1,000,000 calls of the task model at every step",
        ),
    ],
)
def test_an_option_beyond_what_there_is_is_told_in_one_line(algorithm: str, options: dict[str, Any], said: str) -> None:
    assert _said(algorithm, options) == [said]


@pytest.mark.parametrize(
    ("algorithm", "options"),
    [
        ("gpo", {}),
        ("gpo", {"demos": ROWS, "k": 4, "steps": 4, "candidates": 64}),
        ("gpo", {"k": None, "feedback": True}),
        ("opro", {"shown": 25, "steps": 4}),
        ("opro", {"steps": 1}),
        ("gepa", {"minibatch": ROWS}),
        ("nothing", {}),
    ],
)
def test_nothing_is_told_of_one_that_can_be_had_or_that_nobody_gave(algorithm: str, options: dict[str, Any]) -> None:
    assert _said(algorithm, options) == []


def test_candidates_that_the_budget_cannot_score_are_told() -> None:
    most = 500 // SCORING
    assert _said("gpo", {"candidates": most}, budget={"max_calls": 500}) == []
    (said,) = _said("gpo", {"candidates": most + 1}, budget={"max_calls": 500})
    assert said.endswith(f"scoring so many takes {(most + 1) * SCORING} calls of the task model, and max_calls is 500")
    screened = {"candidates": 200, "screen": {"rank": "sh"}}
    assert _said("gpo", screened, budget={"max_calls": 500}) == [], "a few of them are scored on all rows"
