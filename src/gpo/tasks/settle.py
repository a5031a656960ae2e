"""Knows how the settings of a task are laid over it: metric, position, sampling, demonstrations, how it answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any

from gpo.core.errors import ConfigError, TaskError
from gpo.core.keys import content_key
from gpo.core.prompt import SYSTEM, VARIABLE
from gpo.core.task import Example, Grade, Task, lift
from gpo.tasks.custom import function_at
from gpo.tasks.judge import JUDGE, rubric_of
from gpo.tasks.metrics import BY_KIND, canonical, metric_named
from gpo.tasks.rows import read_text
from gpo.tasks.scoring.kinds import Answers
from gpo.tasks.spec import PYTHON, TaskSpec
from gpo.tasks.split import NAMES


@dataclass(frozen=True, slots=True)
class LoadedTask:
    """A task, what the user should know about it, and the hash of its rows, sets and metric.

    code: the user's own files that grade and answer its rows, each by its name with its hash.
    seed_note: that its seed prompt is ours, because none was given; "" where it was, or belongs to the task.
    """

    task: Task
    warnings: tuple[str, ...] = ()
    fingerprint: str = field(default="", kw_only=True)
    code: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    seed_note: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Draft:
    """A task before the settings are laid over it.

    metric: its name. answers: what kind they are. pool: what it has to show as demonstrations; nothing: training rows.
    """

    task: Task
    metric: str
    warnings: tuple[str, ...] = field(kw_only=True)
    answers: Answers = field(kw_only=True)
    pool: tuple[Example, ...] = field(default=(), kw_only=True)


def settled(spec: TaskSpec, draft: Draft) -> LoadedTask:
    """The task as the spec wants it. Raises ConfigError for settings that contradict each other."""
    metric, options = canonical(draft.metric), _options(draft, dict(spec.metric_options))
    task, few = _demonstrating(draft, spec.demonstrations or 0)
    sampling = task.sampling
    task = replace(
        graded(task, metric, options),
        position=spec.position or task.position,
        marks=task.marks if spec.marks is None else spec.marks,
        sampling=replace(
            sampling,
            max_tokens=sampling.max_tokens if spec.max_tokens is None else spec.max_tokens,
            temperature=sampling.temperature if spec.temperature is None else spec.temperature,
            stop=spec.stop or sampling.stop,
            schema=spec.schema or sampling.schema,
            effort=spec.reasoning_effort or sampling.effort,
        ),
    )
    _check_places(spec, task)
    identity, costs = _identity(metric, options), ()
    if spec.program is not None:
        from gpo.tasks.program import program_of  # threads and all, for the few who bring one

        place = spec.program.removeprefix(PYTHON)
        task = replace(task, answer=program_of(function_at(place, "program"), task.sampling))
        identity = [*identity, *_identity(spec.program, {})]
    if spec.extract:
        from gpo.tasks.extraction import COSTS, extracting

        task, costs = replace(task, answer=extracting(task, draft.answers)), (COSTS,)
    said = (*draft.warnings, *few, *costs)
    return LoadedTask(task, said, fingerprint=fingerprint(task, identity), code=_own_files(metric, spec.program or ""))


def graded(task: Task, metric: str, options: Mapping[str, Any]) -> Task:
    """The task with the metric of that name: a function, or a judge that has no model yet. Raises ConfigError."""
    if judge := rubric_of(metric, options):
        return replace(task, grade=unmarked, judge=judge, metric_name=JUDGE)
    return replace(task, grade=lift(metric_named(metric, options)), judge=None, metric_name=canonical(metric))


def check_metric(metric: str, options: Mapping[str, Any]) -> None:
    """Raises ConfigError for a metric that there is not, or with options that it does not take."""
    if not rubric_of(metric, options):
        metric_named(metric, options)


async def unmarked(reply: str, example: Example) -> Grade:
    """What stands for the grader of a task until its judge has a model."""
    raise ConfigError("The metric is a judge, which has no model here. `judge_model` or --judge-model names one.")


def _check_places(spec: TaskSpec, task: Task) -> None:
    """Raises ConfigError where the settings say where the question stands, and something else decides it."""
    given = {"position": spec.position, "qa_marks": spec.marks}
    places = [name for name, value in given.items() if value is not None]
    if spec.program is not None and (places := [*places, *(["demonstrations"] if spec.demonstrations else [])]):
        raise ConfigError(f"{places[0]} and program are both set, but a program asks in its own way. Leave one out.")
    variables = [name for text, said in task.seed.texts if text != SYSTEM for name in VARIABLE.findall(said)]
    if places and variables:
        raise ConfigError(
            f"{places[0]} is set, but the prompt has {variables[0]!r} in braces, and so says itself where the question "
            "stands. Leave one out."
        )


def fingerprint(task: Task, metric: Any = None) -> str:
    """A hash of the rows with all their columns, of how they are divided, and of the metric (by default its name)."""
    sets = {name: getattr(task.splits, name) for name in NAMES}
    kept = {name: getattr(task, name) for name in ("shown", "demonstrations") if getattr(task, name)}
    # Shallow, for `asdict` would copy every text of a hundred thousand rows.
    rows = {
        name: [
            {part: getattr(each, part) for part in each.__slots__ if part != "images" or each.images}
            for each in examples
        ]
        for name, examples in {**sets, **kept}.items()
    }
    return content_key([metric or _graded_by(task), rows], 16)


def _graded_by(task: Task) -> Any:
    """How answers are graded, as far as it can be told: the metric's name; of a judge what it goes by."""
    if task.judge is None:
        return task.metric_name
    return [task.metric_name, asdict(task.judge) if is_dataclass(task.judge) else task.judge.rubric]


def _demonstrating(draft: Draft, k: int) -> tuple[Task, tuple[str, ...]]:
    """The task with k demonstrations, and a warning where there are fewer.

    Training rows that are shown so leave the training set: a prompt that is tried on them could copy the answer.
    """
    task, train = draft.task, draft.task.splits.train
    if draft.pool or not k:
        few = (f"demonstrations is {k}, but {task.name} has only {len(draft.pool)}",) if k > len(draft.pool) else ()
        return replace(task, demonstrations=draft.pool[:k]), few
    if any(not each.targets for each in train[:k]):
        raise TaskError(f"{task.name}: demonstrations show right answers, and not every row has one. Leave them out.")
    if k >= len(train):
        raise TaskError(f"{task.name}: {k} demonstrations cannot be taken from {len(train)} training rows. Set fewer.")
    return replace(task, demonstrations=train[:k], splits=replace(task.splits, train=train[k:])), ()


def _options(draft: Draft, given: dict[str, Any]) -> dict[str, Any]:
    """The options of the metric, with the kind of the answers where it needs to know that and is not told."""
    if canonical(draft.metric) not in BY_KIND or "kind" in given:
        return given
    labels = {"labels": list(draft.answers.labels)} if draft.answers.kind == "label" else {}
    return {"kind": draft.answers.kind, **labels, **given}


def _own_files(*places: str) -> tuple[tuple[str, str], ...]:
    """The Python files of such places, each with the hash of its text."""
    files = {place.removeprefix(PYTHON).rpartition(":")[0] for place in places if place.startswith(PYTHON)}
    paths = sorted(Path(file).expanduser() for file in files)
    return tuple((path.name, content_key(read_text(path))) for path in paths)


def _identity(name: str, options: Mapping[str, Any]) -> list[Any]:
    """What makes a metric or a program this one: name and options; of a user's function its source, not its place."""
    if judge := rubric_of(name, options):
        return [JUDGE, asdict(judge)]
    if not name.startswith(PYTHON):
        return [name, options]
    file, _, function = name.removeprefix(PYTHON).rpartition(":")
    return [content_key(read_text(Path(file).expanduser())), function, options]
