"""Knows what a user says of a task, before anything is read, and whether it makes sense."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast, get_args

from gpo.core.chat import EFFORTS
from gpo.core.concealed import shown
from gpo.core.errors import ConfigError
from gpo.core.layout import OUTSIDE, Position
from gpo.core.meant import did_you_mean

Size = int | float | None
PYTHON = "python:"
"""How the name of a metric begins that is a function in a file: python:<file>.py:<function>."""
POCKET = "pocket/"
"""How a ready-made task begins."""


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """How rows are divided. An int is a number of rows, a float in (0, 1) a share of all rows, None what is left.

    What is left goes to the sets without a size in the ratio 1 : 1 : 2, at most 100, 100 and 500 rows: evaluating
    costs a call per row. Where rows name their own split or lie in files of their own, a number takes at most so many
    of each, and a share says nothing.
    """

    train: Size = None
    selection: Size = None
    test: Size = field(default=None, kw_only=True)
    seed: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """Where a task lies and how its rows are read. None leaves a choice to us.

    source: a file, pocket/<task>, or a task of a benchmark such as bbh/navigate. data_dir: a folder with the data of
    benchmarks. marks: whether "Q:" and "A:" stand around the question. demonstrations: how many solved examples the
    task model is shown. extract: whether it is asked once more, for its answer alone. images: the column that names
    pictures. stop: texts before which an answer ends. schema: a JSON schema, as JSON text, that an answer must fit.
    reasoning_effort: how much the task model thinks, one of EFFORTS.
    seed_prompts: the named texts of a seed prompt that has several. program: python:<file>.py:<function> that answers a
    row in its own way.
    Relative paths are seen from the working directory; `anchored` sees them from elsewhere.
    """

    source: str
    metric: str | None = None
    metric_options: tuple[tuple[str, Any], ...] = field(default=(), kw_only=True)
    seed_prompt: str | None = field(default=None, kw_only=True)
    seed_prompt_file: str | None = field(default=None, kw_only=True)
    seed_prompts: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    program: str | None = field(default=None, kw_only=True)
    split: SplitSpec = field(default=SplitSpec(), kw_only=True)
    input_column: str | None = field(default=None, kw_only=True)
    target_column: str | None = field(default=None, kw_only=True)
    position: Position | None = field(default=None, kw_only=True)
    max_tokens: int | None = field(default=None, kw_only=True)
    temperature: float | None = field(default=None, kw_only=True)
    stop: tuple[str, ...] = field(default=(), kw_only=True)
    schema: str | None = field(default=None, kw_only=True)
    reasoning_effort: str | None = field(default=None, kw_only=True)
    images: str | None = field(default=None, kw_only=True)
    marks: bool | None = field(default=None, kw_only=True)
    demonstrations: int | None = field(default=None, kw_only=True)
    extract: bool | None = field(default=None, kw_only=True)
    data_dir: str | None = field(default=None, kw_only=True)


SETTINGS = {
    "metric": "metric",
    "metric_options": "metric_options",
    "prompt": "seed_prompt",
    "prompt_file": "seed_prompt_file",
    "prompts": "seed_prompts",
    "program": "program",
    "input": "input_column",
    "target": "target_column",
    "position": "position",
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "stop": "stop",
    "schema": "schema",
    "reasoning_effort": "reasoning_effort",
    "images": "images",
    "qa_marks": "marks",
    "demonstrations": "demonstrations",
    "extract": "extract",
    "data_dir": "data_dir",
}
"""Settings of a task: how users write them and what `TaskSpec` calls them."""

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "selection": "selection",
    "val": "selection",
    "valid": "selection",
    "validation": "selection",
    "dev": "selection",
    "eval": "selection",
    "test": "test",
}
"""What users call the three sets, and what we call them."""


def split_spec(given: Mapping[str, Any], origin: str, default: SplitSpec | None = None) -> SplitSpec:
    """The split of settings such as {"train": 50, "val": 0.25, "seed": 1}; what is not said is as in `default`.

    `selection` may be called val or validation. Raises ConfigError for an unknown name, or a value that is no size.
    """
    known = {**SPLIT_NAMES, "seed": "seed"}
    said: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise ConfigError(f'{origin}: unknown setting "{key}".{did_you_mean(key, [*_OURS, "val", "seed"])}')
        if known[key] in said:
            raise ConfigError(f'{origin}: {known[key]} is set twice, the second time as "{key}". Keep one of them.')
        said[known[key]] = value
    spec = replace(default or SplitSpec(), **said)
    _check_split(spec, origin)
    return spec


_OURS = ("train", "selection", "test")


def check(spec: TaskSpec, origin: str = "settings") -> None:
    """Raises ConfigError, naming the setting as users write it, for a value that no task can use."""
    if not isinstance(cast(object, spec.source), str) or not spec.source.strip():
        raise ConfigError(
            f"{origin}: task is {shown(spec.source)}; expected the name of a file, or of a ready-made task."
        )
    for theirs, ours in SETTINGS.items():
        value = getattr(spec, ours)
        if value is None:
            continue
        if ours in _TEXTS and not (isinstance(value, str) and (value or ours == "seed_prompt")):
            raise ConfigError(
                f"{origin}: {theirs} is {shown(value)}; expected text. Put it in quotes if it is meant so."
            )
    if spec.position is not None and spec.position not in get_args(Position):
        hint = did_you_mean(str(spec.position), get_args(Position))
        raise ConfigError(f'{origin}: position is "{spec.position}"; where does the prompt stand to the input?{hint}')
    set_here = [theirs for theirs in SEEDS if getattr(spec, SETTINGS[theirs]) not in (None, ())]
    if len(set_here) > 1:
        raise ConfigError(f"{origin}: both {' and '.join(set_here)} are set. Keep one of them.")
    _check_places(spec, origin)
    if spec.marks is False and spec.position in OUTSIDE:
        raise ConfigError(
            f'{origin}: position is "{spec.position}", which stands outside of "Q:" and "A:", but qa_marks is false.'
        )
    if not _is_number(spec.demonstrations, 0, whole=True):
        raise ConfigError(f"{origin}: demonstrations is {shown(spec.demonstrations)}; expected how many, from 0.")
    for theirs, value in (("qa_marks", spec.marks), ("extract", spec.extract)):
        if not isinstance(cast(object, value), bool | None):
            raise ConfigError(f"{origin}: {theirs} is {shown(value)}; expected true or false.")
    if not _is_number(spec.max_tokens, 1, whole=True):
        raise ConfigError(
            f"{origin}: max_tokens is {shown(spec.max_tokens)}; expected a whole number of at least 1. "
            "On the command line it is --answer-tokens."
        )
    if spec.reasoning_effort not in (None, *EFFORTS):
        raise ConfigError(
            f'{origin}: reasoning_effort is "{spec.reasoning_effort}"; expected one of {", ".join(EFFORTS)}.'
        )
    if not _is_number(spec.temperature, 0, whole=False):
        raise ConfigError(f"{origin}: temperature is {shown(spec.temperature)}; expected a number of at least 0.")
    _check_split(spec.split, f"{origin}: split")


def _check_places(spec: TaskSpec, origin: str) -> None:
    """Raises ConfigError where a metric or a program that is a function does not say of which file."""
    for what, said in (("metric", spec.metric), ("program", spec.program)):
        if said is None or (what == "metric" and not said.startswith(PYTHON)):
            continue
        file, _, function = said.removeprefix(PYTHON).rpartition(":")
        if not (said.startswith(PYTHON) and file.strip(" :") and function.strip()):
            raise ConfigError(f'{origin}: {what} is "{said}"; expected python:<file>.py:<function>.')


SEEDS = ("prompt", "prompt_file", "prompts")
"""Settings that say where the search starts: one of them at most."""

_TEXTS = (
    *("metric", "seed_prompt", "seed_prompt_file", "program", "input_column", "target_column", "data_dir"),
    *("images", "reasoning_effort"),
)


def structured(values: dict[str, Any], where: str) -> dict[str, Any]:
    """Settings by our names, with those that are lists or maps in the form that a spec keeps them in.

    Raises ConfigError for one that has another form.
    """
    made = dict(values)
    if "metric_options" in made:
        made["metric_options"] = tuple(_mapping(made["metric_options"], f"{where}: metric_options").items())
    if "seed_prompts" in made:
        made["seed_prompts"] = named_texts(made["seed_prompts"], f"{where}: prompts")
    if "stop" in made:
        given: Any = [made["stop"]] if isinstance(made["stop"], str) else made["stop"]
        listed = cast(list[Any], given) if isinstance(given, list | tuple) else []
        if not listed or not all(isinstance(each, str) and each for each in listed):
            raise ConfigError(
                f"{where}: stop is {shown(made['stop'])}; expected a text before which answers end, or a list."
            )
        made["stop"] = tuple(listed)
    if "schema" in made:
        made["schema"] = json.dumps(_mapping(made["schema"], f"{where}: schema"), ensure_ascii=False)
    return made


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} is {shown(value)}; expected settings below it, such as `seed: 1`.")
    return {str(key): each for key, each in cast(Mapping[Any, Any], value).items()}


def named_texts(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    """The texts of a prompt by name, in the order given. Raises ConfigError for anything but named texts."""
    given = dict(cast(Mapping[Any, Any], value)) if isinstance(value, Mapping) else dict[Any, Any]()
    if not given:
        raise ConfigError(
            f"{where} is {shown(cast(object, value))}; expected texts by name, such as `system: You are brief.`"
        )
    for name, text in given.items():
        if not (isinstance(name, str) and name.isidentifier()):
            raise ConfigError(f"{where}: {name!r} is no name for a text; use letters, digits and _, such as `system`.")
        if not isinstance(text, str):
            raise ConfigError(f"{where}: {name} is {shown(text)}; expected text. Put it in quotes if it is meant so.")
    return tuple(given.items())


def _check_split(spec: SplitSpec, origin: str) -> None:
    for each in fields(SplitSpec):
        value = getattr(spec, each.name)
        if each.name == "seed":
            if not isinstance(value, int) or isinstance(value, bool):
                raise ConfigError(f"{origin}: seed is {shown(value)}; expected a whole number.")
        elif not (_is_number(value, 1, whole=True) or (isinstance(value, float) and 0 < value < 1)):
            files = " Rows in files of their own are named in a task.yaml, such as `train: rows.jsonl`."
            raise ConfigError(
                f"{origin}: {each.name} is {shown(value)}; expected a number of rows from 1, or a share between 0 and "
                f"1.{files if isinstance(value, str) else ''}"
            )


def _is_number(value: Any, least: int, *, whole: bool) -> bool:
    """Whether a value is unset, or a finite number of at least `least`."""
    kinds = int if whole else int | float
    return value is None or (isinstance(value, kinds) and not isinstance(value, bool) and least <= value < float("inf"))


def anchored(spec: TaskSpec, folder: Path) -> TaskSpec:
    """The spec with its paths (rows, prompt_file, python metric) seen from a folder, as a file there means them."""
    source = spec.source if spec.source.startswith(POCKET) else seen_from(folder, spec.source)
    data = spec.data_dir and seen_from(folder, spec.data_dir)
    prompt = spec.seed_prompt_file and seen_from(folder, spec.seed_prompt_file)
    return replace(
        spec,
        source=source,
        data_dir=data,
        seed_prompt_file=prompt,
        metric=spec.metric and _python_from(folder, spec.metric),
        program=spec.program and _python_from(folder, spec.program),
    )


def seen_from(folder: Path, path: str) -> str:
    """A path as a file in that folder means it."""
    return str(folder / Path(path).expanduser())


def _python_from(folder: Path, name: str) -> str:
    file, colon, function = name.removeprefix(PYTHON).rpartition(":")
    return f"{PYTHON}{seen_from(folder, file)}:{function}" if name.startswith(PYTHON) and colon else name
