"""Knows how a task.yaml becomes the spec of a task and the files of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from gpo.core.concealed import concealed, shown
from gpo.core.errors import ConfigError, TaskError
from gpo.core.meant import did_you_mean
from gpo.tasks.rows import read_text
from gpo.tasks.spec import (
    SEEDS,
    SETTINGS,
    SPLIT_NAMES,
    SplitSpec,
    TaskSpec,
    anchored,
    check,
    seen_from,
    split_spec,
    structured,
)
from gpo.tasks.split import NAMES
from gpo.tasks.yamltext import plain_values

_KEYS = ("data", *NAMES, "val", "split", "description", *SETTINGS)
_OF_A_RUN = {"task", "task_model", "optimizer_model", "judge_model", "algorithm", "budget"}


@dataclass(frozen=True, slots=True)
class Sources:
    """A spec with everything that is said of a task, and the files of its rows by set; None for rows of all sets."""

    spec: TaskSpec
    files: Mapping[str | None, Path]


def read_task_file(spec: TaskSpec) -> Sources:
    """What the YAML file that the spec names says, where the spec does not say otherwise.

    Paths in the file are seen from its folder. Raises TaskError where it cannot be read, ConfigError for a setting
    that is unknown or makes no sense.
    """
    path = Path(spec.source).expanduser()
    settings = _settings(path)
    files = _files(settings, path)
    return Sources(_merged(spec, _said(settings, path), settings), files)


def _settings(path: Path) -> dict[str, Any]:
    try:
        given = plain_values(read_text(path))
    except ValueError as error:
        raise TaskError(f"{path}: not YAML: {error}.") from error
    if not isinstance(given, Mapping):
        found = "is empty" if given is None else f"holds {shown(str(given))}"
        raise TaskError(f"{path} {found}; expected settings such as `data: rows.jsonl`.")
    settings = {str(key): value for key, value in cast(Mapping[Any, Any], given).items()}
    for key in settings:
        if key not in _KEYS and key not in SPLIT_NAMES:
            hint = did_you_mean(key, _KEYS)
            if key in _OF_A_RUN:
                hint = " It belongs into the file of a run, given with -c; a task file says where the rows are."
            raise ConfigError(f'{path}: unknown setting "{concealed(key)}".{hint}')
    return {key: value for key, value in settings.items() if value is not None}


def _files(settings: Mapping[str, Any], path: Path) -> dict[str | None, Path]:
    named: dict[str | None, Any] = {}
    for key, ours in (("data", None), *SPLIT_NAMES.items()):
        if key in settings:
            if ours in named:
                raise ConfigError(f'{path}: {ours} is set twice, the second time as "{key}". Keep one of them.')
            named[ours] = settings[key]
            if not isinstance(settings[key], str) or not settings[key].strip():
                raise ConfigError(f"{path}: {key} is {shown(settings[key])}; expected the name of a file with rows.")
    if None in named and len(named) > 1:
        raise ConfigError(f"{path}: set either `data`, or `train`, `selection` and `test`, not both.")
    missing = [name for name in NAMES if name not in named]
    if None not in named and missing:
        raise ConfigError(
            f"{path}: no rows are named for {', '.join(missing)}. Name them with `data` (one file, which is divided), "
            "or with `train`, `selection` and `test`."
        )
    return {name: Path(seen_from(path.parent, file)) for name, file in named.items()}


def _said(settings: Mapping[str, Any], path: Path) -> TaskSpec:
    """What the file alone says."""
    values = {ours: settings[theirs] for theirs, ours in SETTINGS.items() if theirs in settings}
    if not isinstance(settings.get("split", {}), Mapping):
        raise ConfigError(
            f"{path}: split is {shown(settings['split'])}; expected settings below it, such as `seed: 1`."
        )
    said = TaskSpec(
        path.name, **structured(values, str(path)), split=split_spec(settings.get("split", {}), f"{path}: split")
    )
    check(said, str(path))
    return anchored(said, path.parent)


def _merged(spec: TaskSpec, said: TaskSpec, settings: Mapping[str, Any]) -> TaskSpec:
    """The user's own choices first; what belongs together (a metric and its options) is taken from one place."""
    unset = {name for name in SETTINGS.values() if getattr(spec, name) in (None, ())}
    if spec.metric is not None:
        unset -= {"metric_options"}
    seeds = {SETTINGS[theirs] for theirs in SEEDS}
    if not seeds <= unset:
        unset -= seeds
    sizes = {name: getattr(said.split, name) for name in NAMES if getattr(spec.split, name) is None}
    seed = said.split.seed if "seed" in settings.get("split", {}) else spec.split.seed
    split: SplitSpec = replace(spec.split, **sizes, seed=seed)
    return replace(spec, **{name: getattr(said, name) for name in unset}, split=split)
