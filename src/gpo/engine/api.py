"""Knows the calls that Python users make: optimize and aoptimize."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from inspect import iscoroutinefunction, signature
from pathlib import Path
from typing import Any

from gpo.core.budget import Budget
from gpo.core.chat import Model
from gpo.core.errors import ConfigError
from gpo.core.events import Observer
from gpo.core.meant import did_you_mean
from gpo.core.prompt import Prompt
from gpo.core.task import Task, lift
from gpo.engine.config import RunConfig
from gpo.engine.given import Rows, kept
from gpo.engine.limits import limits_of
from gpo.engine.pressed import noting, pressed
from gpo.engine.result import Result
from gpo.engine.run import loaded_task, start
from gpo.engine.run import resume as go_on
from gpo.engine.sitting import Audience, Brought
from gpo.files.loop import in_loop
from gpo.tasks.custom import adapt, function_at
from gpo.tasks.program import program_of
from gpo.tasks.seed import seed_prompt
from gpo.tasks.settle import graded
from gpo.tasks.spec import PYTHON

DEFAULT_STORE = ".gpo"


async def aoptimize(
    task: str | Path | Task | Rows,
    *,
    task_model: str | Model,
    optimizer_model: str | Model | None = None,
    judge_model: str | Model | None = None,
    metric: str | Callable[..., Any] | None = None,
    program: str | Callable[..., Any] | None = None,
    prompt: str | Mapping[str, str] | Prompt | None = None,
    algorithm: str = "gpo",
    options: Mapping[str, Any] | None = None,
    budget: Budget | Mapping[str, Any] | None = None,
    seed: int = 0,
    store: str | Path = DEFAULT_STORE,
    observers: Sequence[Observer] = (),
    settings: Mapping[str, Any] | None = None,
    resume: str | None = None,
) -> Result:
    """The best prompt for a task, with the verdict on its sealed test set and the account of what it cost.

    task: a .jsonl, .csv, .json or .yaml file, "pocket/<task>", a `Task` built in Python, or rows: mappings of columns
    or (input, target) pairs, which are kept as a file in the store's folder.
    task_model, optimizer_model: "openai/<name>", "local/<path>.gguf", "pocket", or any `Model`; the optimizer model
    defaults to the task model ("phrases" for the pocket model), judge_model, which a metric may need, to that one.
    metric: a name, "judge:<rubric>", or (reply, example) -> float, bool, (score, feedback) or Grade, scores in [0, 1].
    program: what answers an example, (prompt, example, model) -> str, sync or async, where one call does not do.
    prompt: the seed prompt: a text, texts by name such as {"system": …, "user": …}, or a `Prompt`. options: of the
    algorithm. budget: a `Budget`, or limits such as {"max_usd": 2}. store: a folder for runs.
    settings: what else gpo.yaml takes, such as {"base_url": …}. resume: a run of the same arguments, or "latest".

    Raises ConfigError, TaskError for bad input, ModelError where no model answers, StoreError where nothing is written.
    A budget that ends early is no error, unless failed calls took it all: the result says so and holds the best prompt.
    """
    _check_run(resume)
    task = task if isinstance(task, str | Path | Task) else kept(task, Path(store))
    models = _models(task_model, optimizer_model, judge_model)
    given = {
        **_others(settings, algorithm),
        "task": task.name if isinstance(task, Task) else str(task),
        **{role: model_name(model) for role, model in models.items()},
        **seed_settings(prompt),
        **_named(metric=metric, program=program),
        **_search(algorithm, options, seed, budget),
    }
    config = RunConfig.from_mapping({k: v for k, v in given.items() if v is not None}, "optimize()")
    brought = _fitted(config, _brought(task, models), metric, program)
    folder, audience = Path(store), Audience(observers, stopped=pressed, in_python=True)
    if resume is None:
        return await start(config, folder, brought, audience=audience)
    return await go_on(resume, folder, _changes(budget), brought, audience=audience)


def optimize(task: str | Path | Task | Rows, **settings: Any) -> Result:
    """`aoptimize` for code that runs no event loop; takes the same arguments.

    Raises ConfigError inside a running loop (a notebook, a server): there use `await gpo.aoptimize(...)`; TypeError for
    an argument that there is not, or without a task_model; KeyboardInterrupt at Ctrl-C, with a note that says how to go
    on.
    """
    for key in settings:
        if key not in _ARGUMENTS:
            raise TypeError(
                f"optimize() takes no argument {key}.{did_you_mean(key, _ARGUMENTS)} Options of the algorithm go into "
                "options={…}, limits into budget={…}, what else gpo.yaml takes into settings={…}."
            )
    if "task_model" not in settings:
        raise TypeError('optimize() needs a task_model: the model to optimize for, such as "openai/gpt-5-mini".')
    if is_running():
        raise ConfigError("An event loop is running here (a notebook?): use `await gpo.aoptimize(...)` instead.")
    return _interruptible(aoptimize(task, **settings))


def is_running() -> bool:
    """Whether an event loop is running here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _interruptible(work: Coroutine[Any, Any, Result]) -> Result:
    """What the work gives back. Ctrl-C is a KeyboardInterrupt, with what was noted where the run ended."""
    try:
        return in_loop(noting(work))
    except (KeyboardInterrupt, asyncio.CancelledError) as stopped:
        interrupt = KeyboardInterrupt()
        for note in getattr(stopped, "__notes__", ()):
            interrupt.add_note(note)
        raise interrupt from None


def _check_run(resume: Any) -> None:
    if resume is not None and (not isinstance(resume, str) or not resume.strip()):
        raise ConfigError(f'resume is {resume!r}; expected the id of a run, as `gpo list` shows them, or "latest".')


_ARGUMENTS = tuple(signature(aoptimize).parameters)
optimize.__signature__ = signature(aoptimize)  # type: ignore[attr-defined]


def _others(settings: Mapping[str, Any] | None, algorithm: str) -> dict[str, Any]:
    """The settings that are no arguments of their own. Raises ConfigError, naming it, for one that is."""
    arguments = {
        each: each for each in ("task_model", "optimizer_model", "judge_model", "task", "metric", "program", "prompt")
    }
    arguments |= {
        "prompts": "prompt",
        "algorithm": "algorithm",
        algorithm: "options",
        "budget": "budget",
        "seed": "seed",
    }
    for key in settings or ():
        if key in arguments:
            raise ConfigError(f"optimize: settings holds {key}, which is an argument of its own: {arguments[key]}=….")
    return dict(settings or {})


def seed_settings(prompt: str | Mapping[str, str] | Prompt | None) -> dict[str, Any]:
    """The seed prompt as settings say it."""
    if prompt is None or isinstance(prompt, str):
        return {"prompt": prompt}
    return {"prompts": dict(prompt.texts) if isinstance(prompt, Prompt) else dict(prompt)}


Models = Mapping[str, str | Model | None]
"""Names, objects, or None where nothing is said."""


def _models(task: str | Model, optimizer: str | Model | None, judge: str | Model | None) -> Models:
    """The models by their settings: where the task model is an object, it writes the prompts as well."""
    writer = optimizer or (None if isinstance(task, str) else task)
    return {"task_model": task, "optimizer_model": writer, "judge_model": judge}


def _brought(task: str | Path | Task, models: Models) -> Brought:
    """What is an object and no name."""
    objects = {name: None if isinstance(model, str) else model for name, model in models.items()}
    return Brought(task if isinstance(task, Task) else None, **objects)


def _fitted(
    config: RunConfig,
    brought: Brought,
    metric: str | Callable[..., Any] | None,
    program: str | Callable[..., Any] | None,
) -> Brought:
    """With the metric, the program and the seed prompt in the task. Callables make it one of Python's, wherever its
    rows come from.
    """
    task = brought.task or (loaded_task(config, brought).task if callable(metric) or callable(program) else None)
    if task is None:
        return brought
    if brought.task is not None:
        task = replace(task, seed=seed_prompt(config.task, task.seed))
    if not any(map(iscoroutinefunction, (task.grade, type(task.grade).__call__))):
        task = replace(task, grade=lift(adapt(task.grade)))  # a metric stands for its grader
    if callable(metric):
        task = replace(task, grade=lift(adapt(metric)), metric_name=_called(metric), judge=None)
    elif metric is not None and brought.task is not None:
        task = graded(task, metric, dict(config.task.metric_options))
    own = task.answer
    if program is not None:
        own = function_at(program.removeprefix(PYTHON), "program") if isinstance(program, str) else program
    return replace(brought, task=replace(task, answer=own and program_of(own, task.sampling)))


def model_name(model: str | Model | None) -> str | None:
    """The name of a model, or the one that stands for it. Raises ConfigError for what is no model."""
    if model is None or isinstance(model, str):
        return model
    if not isinstance(getattr(model, "name", None), str) or not iscoroutinefunction(getattr(model, "complete", None)):
        raise ConfigError(
            f'{model!r:.80} is no model. Give a name such as "openai/gpt-5-mini", or an object with a `name` and '
            "`async def complete(self, request: gpo.Request) -> gpo.Reply`."
        )
    return model.name


def _search(
    algorithm: str, options: Mapping[str, Any] | None, seed: int, budget: Budget | Mapping[str, Any] | None
) -> dict[str, Any]:
    """What is to search, and within which limits, as settings say it."""
    own = dict(options) if options else None
    return {"algorithm": algorithm, algorithm: own, "seed": seed, "budget": _limits(budget)}


def _named(**values: Any) -> dict[str, str]:
    """Those that are names, and no objects."""
    return {key: each for key, each in values.items() if isinstance(each, str)}


def _changes(budget: Budget | Mapping[str, Any] | None) -> dict[str, Any]:
    """What a run that goes on may do otherwise."""
    return {"budget": _limits(budget)} if budget else {}


def _limits(budget: Budget | Mapping[str, Any] | None) -> dict[str, Any] | None:
    return limits_of(budget) if isinstance(budget, Budget) else dict(budget) if budget else None


def _called(metric: Callable[..., Any]) -> str:
    return getattr(metric, "__name__", type(metric).__name__)
