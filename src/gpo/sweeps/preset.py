"""Knows what a published table is made of: rows, columns, models, the settings of every cell. Runs nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gpo.core.errors import ConfigError
from gpo.core.meant import did_you_mean
from gpo.tasks.benchmarks.catalog import expand, is_benchmark
from gpo.tasks.yamltext import plain_values

Settings = Mapping[str, Any]
"""As in gpo.yaml."""


@dataclass(frozen=True, slots=True)
class Row:
    """A method. settings: by the kind of a column, "" for all others. seeds: how many runs of it make a number."""

    name: str
    settings: Mapping[str, Settings]
    seeds: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Column:
    """Where the methods are compared: the mean over these tasks, with these models, by the paper's names for them."""

    name: str
    tasks: tuple[str, ...]
    task_model: str = field(kw_only=True)
    optimizer_model: str = field(kw_only=True)
    kind: str = field(default="", kw_only=True)
    settings: Settings = field(default_factory=dict[str, Any], kw_only=True)


@dataclass(frozen=True, slots=True)
class Preset:
    """A published table. published: percent, by the names of row and column; what is not given is not in it."""

    name: str
    title: str
    source: str = field(kw_only=True)
    about: str = field(kw_only=True)
    rows: tuple[Row, ...] = field(kw_only=True)
    columns: tuple[Column, ...] = field(kw_only=True)
    settings: Settings = field(kw_only=True)
    published: Mapping[tuple[str, str], float] = field(kw_only=True)
    notes: tuple[str, ...] = field(kw_only=True)

    @property
    def models(self) -> tuple[str, ...]:
        """The paper's names of all models, each once."""
        names = [name for column in self.columns for name in (column.task_model, column.optimizer_model)]
        return tuple(dict.fromkeys(names))

    def settings_of(self, row: Row, column: Column) -> dict[str, Any]:
        """The settings of a cell, but for its tasks, models and seeds: the table's, the column's, the row's."""
        own = row.settings.get(column.kind, row.settings.get("", {}))
        return over(over(self.settings, column.settings), own)


def over(below: Settings, above: Settings) -> dict[str, Any]:
    """Settings laid over others, section by section."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            merged[key] = over(cast(Settings, under), cast(Settings, value))
        else:
            merged[key] = value
    return merged


def read_preset(path: Path) -> Preset:
    """The preset in a file. Raises ConfigError, naming the file and what is wrong in it."""
    try:
        given = plain_values(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        said = f"{path} cannot be read: {error.strerror}. Presets are in the folder reproductions."
        raise ConfigError(said) from error
    except ValueError as error:
        raise ConfigError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if given is None:
        raise ConfigError(f"{path} is empty; expected a preset, such as those in the folder reproductions.")
    return preset_of(_mapping(given, str(path)), path.stem, str(path))


def preset_of(given: Settings, name: str, origin: str) -> Preset:
    """The preset that a mapping describes; `origin` names it in errors. Raises ConfigError."""
    known = ("title", "source", "about", "seeds", "settings", "rows", "columns", "published", "notes")
    for key in given:
        if key not in known:
            raise ConfigError(f'{origin}: unknown key "{key}".{did_you_mean(key, known)}')
    seeds = given.get("seeds", 1)
    rows = tuple(
        _row(each, _mapping(value, f"{origin}: rows: {each}"), seeds, f"{origin}: rows: {each}")
        for each, value in _mapping(given.get("rows"), f"{origin}: rows").items()
    )
    columns = tuple(
        _column(each, _mapping(value, f"{origin}: columns: {each}"), f"{origin}: columns: {each}")
        for each, value in _mapping(given.get("columns"), f"{origin}: columns").items()
    )
    return Preset(
        name,
        str(given.get("title", name)),
        source=str(given.get("source", "")).strip(),
        about=str(given.get("about", "")).strip(),
        rows=rows,
        columns=columns,
        settings=_mapping(given.get("settings") or {}, f"{origin}: settings"),
        published=_published(_mapping(given.get("published") or {}, f"{origin}: published"), rows, columns, origin),
        notes=tuple(str(note).strip() for note in given.get("notes") or ()),
    )


def _row(name: str, given: Settings, seeds: Any, where: str) -> Row:
    own = {key: value for key, value in given.items() if key not in ("seeds", "by")}
    kinds = _mapping(given.get("by") or {}, f"{where}: by")
    by_kind = {kind: over(own, _mapping(value, f"{where}: by: {kind}")) for kind, value in kinds.items()}
    count = given.get("seeds", seeds)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ConfigError(f"{where}: seeds is {count!r}; expected how many, from 1.")
    return Row(name, {"": own, **by_kind}, seeds=count)


def _column(name: str, given: Settings, where: str) -> Column:
    ours = ("tasks", "task_model", "optimizer_model", "kind")
    for key in ours[:3]:
        if not given.get(key):
            raise ConfigError(f"{where}: {key} is missing.")
    tasks = given["tasks"]
    named = cast(list[Any], tasks) if isinstance(tasks, list) else [tasks]
    return Column(
        name,
        tuple(task for each in named for task in _tasks(str(each))),
        task_model=str(given["task_model"]),
        optimizer_model=str(given["optimizer_model"]),
        kind=str(given.get("kind", "")),
        settings={key: value for key, value in given.items() if key not in ours},
    )


def _tasks(name: str) -> tuple[str, ...]:
    """The tasks of a group, or the one that is named."""
    return tuple(each.name for each in expand(name)) if is_benchmark(name) else (name,)


def _published(
    given: Settings, rows: Sequence[Row], columns: Sequence[Column], origin: str
) -> dict[tuple[str, str], float]:
    """The numbers of every row in the order of the columns; null where there is none."""
    numbers: dict[tuple[str, str], float] = {}
    names = [row.name for row in rows]
    for name, line in given.items():
        if name not in names:
            raise ConfigError(f'{origin}: published: there is no row "{name}".{did_you_mean(name, names)}')
        values = cast(list[Any], line) if isinstance(line, list) else []
        if len(values) != len(columns) or not all(each is None or isinstance(each, int | float) for each in values):
            raise ConfigError(f"{origin}: published: {name}: expected a list of {len(columns)} numbers, or null.")
        found = zip(columns, values, strict=True)
        numbers |= {(name, column.name): float(value) for column, value in found if value is not None}
    return numbers


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} is {str(value)[:60]!r}; expected names with what belongs to them.")
    return {str(key): each for key, each in cast(Mapping[Any, Any], value).items()}
