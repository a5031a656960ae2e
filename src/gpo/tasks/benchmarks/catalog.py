"""Knows the names of the benchmarks, their groups and what benchmarks.toml says of each. Holds no rows."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from gpo.core.errors import TaskError
from gpo.core.meant import did_you_mean

FILES = {
    "train": "train.jsonl",
    "selection": "eval.jsonl",
    "test": "test.jsonl",
    "format": "format.jsonl",
    "few_shot": "few_shot_examples.jsonl",
}
"""What a file holds, and its name. format: solved examples for the optimizer model; few_shot: demonstrations."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A task of a benchmark.

    name: as users write it, "bbh/navigate". folder: below the folder of all data. rows: how many, by what a file holds.
    sha256: of the published files. answers: a kind of gpo.tasks.scoring.kinds; labels: the words of the kind "label".
    """

    name: str
    folder: str
    rows: Mapping[str, int] = field(kw_only=True)
    sha256: Mapping[str, str] = field(kw_only=True)
    input: str = field(kw_only=True)
    target: str = field(kw_only=True)
    answers: str = field(kw_only=True)
    labels: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the data are published: the repository at one commit, and the address that its files lie below."""

    repository: str
    commit: str
    url: str


@cache
def source() -> Source:
    """The repository that the paper's authors published."""
    return Source(**_catalog()["source"])


@cache
def datasets() -> Mapping[str, Dataset]:
    """All of them by name, in order."""
    checksums = _read("checksums.toml")
    found: dict[str, Dataset] = {}
    for name, benchmark in _catalog()["benchmarks"].items():
        tasks: dict[str, dict[str, Any]] = benchmark.get("tasks", {"": {}})
        for task, own in tasks.items():
            said: dict[str, Any] = {**benchmark, **own}
            folder = "/".join(part for part in (said["folder"], task) if part)
            dataset = Dataset(
                "/".join(part for part in (name, task) if part),
                folder,
                rows=dict(zip(FILES, said["rows"], strict=True)),
                sha256=dict(zip(FILES, checksums[folder], strict=True)),
                input=said["input"],
                target=said["target"],
                answers=said["answers"],
                labels=tuple(said.get("labels", ())),
            )
            found[dataset.name] = dataset
    return found


@cache
def groups() -> Mapping[str, tuple[str, ...]]:
    """Names that stand for several tasks, each with the names of its tasks; every benchmark is a group of its own."""
    benchmarks = {name: _below(name) for name in _catalog()["benchmarks"]}
    others = {name: tuple(f"{g['of']}/{task}" for task in g["tasks"]) for name, g in _catalog()["groups"].items()}
    return {**benchmarks, **others}


@cache
def titles() -> Mapping[str, str]:
    """What the groups are called in words."""
    return {name: each["title"] for part in ("benchmarks", "groups") for name, each in _catalog()[part].items()}


def is_benchmark(name: str) -> bool:
    """Whether a task's name means a benchmark, rightly spelled or not."""
    return name.partition("/")[0] in groups()


def named(name: str) -> Dataset:
    """The one task of that name; "bbh-lite/navigate" is "bbh/navigate". Raises TaskError for a group or no task."""
    chosen = list(expand(name))
    if len(chosen) > 1:
        names = ", ".join(_spelled(name, each) for each in chosen)
        raise TaskError(f'"{name}" is a group of {len(chosen)} tasks; a run takes one of them: {names}.')
    return chosen[0]


def expand(name: str) -> tuple[Dataset, ...]:
    """All tasks of a group, the one task of a task's name, or every task for "all". Raises TaskError for no name."""
    if name == "all":
        return tuple(datasets().values())
    group, slash, _ = name.partition("/")
    members = groups().get(group)
    if members is None:
        raise TaskError(f'There is no benchmark "{name}".{did_you_mean(group, [*groups(), "all"])}')
    if not slash:
        return tuple(datasets()[each] for each in members)
    known = {_spelled(group, datasets()[each]): datasets()[each] for each in members}
    if name not in known:
        raise TaskError(f'There is no task "{name}".{did_you_mean(name, known)}')
    return (known[name],)


def _spelled(group: str, dataset: Dataset) -> str:
    """A task's name as one of a group."""
    _, slash, task = dataset.name.partition("/")
    return group + slash + task


def _below(benchmark: str) -> tuple[str, ...]:
    return tuple(name for name in datasets() if name.partition("/")[0] == benchmark)


@cache
def _catalog() -> dict[str, Any]:
    return _read("benchmarks.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("gpo.tasks.benchmarks") / name).read_text(encoding="utf-8"))
