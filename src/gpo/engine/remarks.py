"""Knows what is to be said of settings and data before a run begins, which do not forbid it. Opens nothing."""

from collections.abc import Iterable

from gpo.core.brief import brief
from gpo.core.task import Task
from gpo.engine.config import PHRASES, POCKET, RunConfig
from gpo.evidence.verdicts import provable_gain
from gpo.optimizers.catalog import RECIPES, build
from gpo.optimizers.options import options_of
from gpo.tasks.settle import LoadedTask

LONGEST_RUBRIC = 200
"""Characters of a rubric that are shown where there is one line for it."""
FEW = 20
"""Test rows; of forty rows in a file, which README asks for, half are for the test."""
MANY = 100_000
"""Calls of a single step that nobody means to make."""
OF_ROWS = ("demos", "shots", "batch", "minibatch")
"""Options that count training rows."""
SHOWING = ("gpo", "sgdm")
"""Recipes whose demos are those that a task keeps for showing, where it keeps some."""
OF_A_JUDGE = ("judge_model", "judge_base_url", "judge_api_key_env", "judge_reasoning_effort")
"""Settings that say which model judges, and where it is asked."""
RECALLING = {"gpo": "k", "opro": "shown", "pe2": "history"}
"""The option of a recipe that counts earlier prompts. One joins them at a step, with opro every proposal."""


def remarks(config: RunConfig, loaded: LoadedTask) -> tuple[str, ...]:
    """Everything that a run says at its beginning: of its models, of its data, of options that ask for more than there
    is, and of how few rows there are. Raises ConfigError for options that the algorithm does not take.
    """
    of_settings = (*config.remarks, *no_answers(config), *judge_notes(config, loaded.task))
    of_data = (*seed_notes(loaded), *loaded.warnings)
    return (*of_settings, *of_data, *too_much(config, loaded.task), *few_rows(loaded.task))


def no_answers(config: RunConfig) -> tuple[str, ...]:
    """That the stand-in for an optimizer model is no task model, nor pocket one for any rows but its own; nothing where
    another was named.
    """
    if config.task_model == POCKET and not config.task.source.startswith(f"{POCKET}/"):
        return (
            "pocket can do the ready-made tasks only (pocket/…), whatever the prompt: it is no model for rows of your "
            "own (--task-model)",
        )
    if config.task_model != PHRASES:
        return ()
    return ("phrases writes prompts and answers no rows: as the task model it is wrong everywhere (--task-model)",)


def metric_said(task: Task) -> str:
    """How answers are graded, in words: the metric by its name, and the rubric of a judge."""
    rubric = " ".join(brief(task.judge.rubric, LONGEST_RUBRIC).split()) if task.judge else ""
    return f"metric {task.metric_name}{f', by the rubric: {rubric}' if rubric else ''}"


def judge_notes(config: RunConfig, task: Task) -> tuple[str, ...]:
    """Which model judges where that was left open, that it judges itself, or that there is nothing to judge."""
    if task.judge is None:
        said = (key for key in OF_A_JUDGE if getattr(config, key) is not None)
        return tuple(f"{key} is not used: the metric is {task.metric_name}, and no judge" for key in said)
    named = f"judge model: {config.judge} (none was named; set --judge-model to change it)"
    itself = f"the judge is the task model, {config.judge}, and models favor what they say themselves (--judge-model)"
    return (
        *((named,) if config.judge_model is None else ()),
        *((itself,) if config.judge == config.task_model else ()),
    )


def seed_notes(loaded: LoadedTask) -> tuple[str, ...]:
    """That nobody gave the prompt that a search starts from; nothing where somebody did."""
    return (loaded.seed_note,) if loaded.seed_note else ()


def few_rows(task: Task) -> Iterable[str]:
    """What so few test rows can prove at most; nothing where there are enough."""
    rows = len(task.splits.test)
    if rows >= FEW:
        return
    least = provable_gain(rows)
    proven = "no gain at all can" if least is None else f"no gain below {100 * least:.0f} points can"
    few = "there is only 1 test row" if rows == 1 else f"there are only {rows} test rows"
    yield f"{few}: {proven} be told from luck. Bring more rows: forty or more in all, better 200."


def too_much(config: RunConfig, task: Task) -> Iterable[str]:
    """What is said of the options that were given, and are larger than anything that can come of them."""
    if config.algorithm not in RECIPES:
        return
    for key, value in config.options.items():
        if isinstance(value, int) and (why := _beyond(key, value, config, task)):
            yield f"{config.algorithm}.{key} is {value}, but {why}"


def _beyond(key: str, value: int, config: RunConfig, task: Task) -> str:
    """Why a number is larger than what there is of that; "" where it is not."""
    if key in OF_ROWS:
        shown = key == "demos" and config.algorithm in SHOWING and task.shown
        rows = len(shown or task.splits.train)
        return f"there are only {rows} rows to draw from" if value > rows else ""
    if key == RECALLING.get(config.algorithm):
        steps = build(config.algorithm, task, config.options).steps
        prompts = 1 + (steps - 1) * (_candidates(config) if config.algorithm == "opro" else 1)
        return f"in {steps} steps there are at most {prompts} prompts to show" if value > prompts and steps else ""
    if key == "candidates" and "screen" not in config.options:
        calls, limit = value * len(task.splits.selection), config.budget.calls
        if limit is not None and calls > limit:
            return f"scoring so many takes {calls:,} calls of the task model, and max_calls is {limit:,}"
        return f"scoring so many takes {calls:,} calls of the task model at every step" if calls > MANY else ""
    return ""


def _candidates(config: RunConfig) -> int:
    return {"candidates": options_of(RECIPES[config.algorithm])["candidates"].default, **config.options}["candidates"]
