"""Knows which runs fill the cells of a published table, on whichever models play in it. Loads tasks, runs nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gpo.core.errors import ConfigError, TaskError
from gpo.core.keys import content_key
from gpo.core.meant import did_you_mean
from gpo.core.task import Task
from gpo.engine.config import RunConfig
from gpo.engine.texts import edition
from gpo.optimizers.catalog import RECIPES, build
from gpo.sweeps.casting import Cast
from gpo.sweeps.plan import ID_LENGTH, Limit, Planned
from gpo.sweeps.preset import Column, Preset, Row, Settings, over
from gpo.tasks.load import load_task
from gpo.tasks.settle import LoadedTask
from gpo.tasks.spec import TaskSpec

NO_LIMIT = Limit("calls", None)
"""What a search may spend: as much as its steps take, as in the paper."""
ORIGIN = "gpo reproduce"
HOW = {
    "base_url", "optimizer_base_url", "embedding_base_url", "api_key_env", "optimizer_api_key_env",
    "embedding_api_key_env", "data_dir", "concurrency", "requests_per_minute", "tokens_per_minute", "hedge",
    "max_failures", "max_retries", "timeout_s", "cache", "prices",
}  # fmt: skip
"""Settings that decide where and how fast a number comes about, and not which: a run is the same run without them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A row and a column, and the runs whose mean stands there. No runs where something is lacking.

    lacking: the paper's names of the models that nobody plays. cannot_be: why its runs cannot begin.
    """

    row: str
    column: str
    runs: tuple[Planned, ...] = field(default=(), kw_only=True)
    lacking: tuple[str, ...] = field(default=(), kw_only=True)
    cannot_be: str = field(default="", kw_only=True)
    published: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A table whose runs can begin. tasks: of every run, by its id. warnings: what there is to say about the data."""

    preset: Preset
    cells: tuple[Cell, ...]
    tasks: Mapping[str, Task] = field(kw_only=True)
    warnings: tuple[str, ...] = field(kw_only=True)

    @property
    def plan(self) -> tuple[Planned, ...]:
        """Every run once, also where several cells need it."""
        return tuple({run.id: run for cell in self.cells for run in cell.runs}.values())

    def part(self, wanted: Preset) -> "Reproduction":
        """The cells of those rows and columns alone."""
        rows, columns = {row.name for row in wanted.rows}, {column.name for column in wanted.columns}
        cells = tuple(each for each in self.cells if each.row in rows and each.column in columns)
        return replace(self, preset=wanted, cells=cells)


def chosen(preset: Preset, rows: Sequence[str] | None, columns: Sequence[str] | None) -> Preset:
    """The preset with these rows and columns alone; None means all. Raises ConfigError for a name it does not have."""
    return replace(preset, rows=_named("row", preset.rows, rows), columns=_named("column", preset.columns, columns))


def prepare(preset: Preset, cast: Cast, settings: Settings, seeds: int | None, wanted: Preset) -> Reproduction:
    """The cells of a table with their runs and tasks. Calls no model.

    settings: of gpo.yaml, over those of the table. seeds: runs of each search, None as many as the table wants. wanted:
    the part that is to be filled. Raises ConfigError and TaskError for what cannot be in it; in the rest of the table
    cells stay empty whose data are missing, or whose algorithm does not take the settings.
    """
    desk = _Desk(settings, seeds)
    needed = {(row.name, column.name) for row in wanted.rows for column in wanted.columns}
    cells = list[Cell]()
    for row in preset.rows:
        for column in preset.columns:
            cell = _cast(preset, row, column, cast)
            try:
                runs = () if cell.lacking else desk.runs(row, column, _settings(preset, row, column, cast))
            except (ConfigError, TaskError) as error:
                if (row.name, column.name) in needed:
                    raise
                cells.append(replace(cell, cannot_be=str(error)))
                continue
            cells.append(replace(cell, runs=runs))
    return Reproduction(preset, tuple(cells), tasks=desk.tasks, warnings=desk.warnings)


def _cast(preset: Preset, row: Row, column: Column, cast: Cast) -> Cell:
    """The cell without its runs: which models it lacks, and what was published."""
    unknown = [] if column.task_model in cast.task_models else [column.task_model]
    if _searches(preset, row, column) and column.optimizer_model not in cast.optimizer_models:
        unknown.append(column.optimizer_model)
    published = preset.published.get((row.name, column.name))
    return Cell(row.name, column.name, lacking=tuple(dict.fromkeys(unknown)), published=published)


def _settings(preset: Preset, row: Row, column: Column, cast: Cast) -> dict[str, Any]:
    """Those of a cell, with the models that play in it."""
    models = {"task_model": cast.task_models[column.task_model]}
    if _searches(preset, row, column):
        models["optimizer_model"] = cast.optimizer_models[column.optimizer_model]
    return {**preset.settings_of(row, column), **models}


def _searches(preset: Preset, row: Row, column: Column) -> bool:
    return preset.settings_of(row, column).get("algorithm") != "nothing"


@dataclass(slots=True)
class _Desk:
    """Where settings become runs; every task is loaded once, and every recipe tried on it."""

    settings: Settings
    seeds: int | None
    loaded: dict[TaskSpec, LoadedTask] = field(default_factory=dict[TaskSpec, LoadedTask], init=False)
    tasks: dict[str, Task] = field(default_factory=dict[str, Task], init=False)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What there is to say about the data, once."""
        said = (f"{each.task.name}: {warning}" for each in self.loaded.values() for warning in each.warnings)
        return tuple(dict.fromkeys(said))

    def runs(self, row: Row, column: Column, settings: Settings) -> tuple[Planned, ...]:
        """The runs of a cell."""
        merged = _without_others(over(settings, self.settings))
        count = min(row.seeds, self.seeds or row.seeds)
        return tuple(run for task in column.tasks for run in self._runs_on(task, row.name, merged, count))

    def _runs_on(self, task: str, entrant: str, settings: Settings, seeds: int) -> list[Planned]:
        config = RunConfig.from_mapping({**settings, "task": task}, ORIGIN)
        if config.task not in self.loaded:
            self.loaded[config.task] = load_task(config.task)
        found = self.loaded[config.task]
        build(config.algorithm, found.task, config.options)
        runs = [_run(entrant, {**settings, "task": task, "seed": seed}, found) for seed in range(seeds)]
        self.tasks |= {run.id: found.task for run in runs}
        return runs


def _run(entrant: str, settings: Settings, loaded: LoadedTask) -> Planned:
    what = {key: value for key, value in settings.items() if key not in HOW}
    return Planned(
        content_key([edition(), loaded.fingerprint, what], ID_LENGTH),
        entrant,
        task=settings["task"],
        seed=settings["seed"],
        limit=NO_LIMIT,
        settings=settings,
        data=loaded.fingerprint,
    )


def _without_others(settings: Settings) -> dict[str, Any]:
    """The settings without the options of other algorithms: what is set for one row is not said of the others."""
    own = settings.get("algorithm", "gpo")
    return {key: value for key, value in settings.items() if key not in RECIPES or key == own}


def _named(what: str, all_of_them: Sequence[Any], names: Sequence[str] | None) -> tuple[Any, ...]:
    if names is None:
        return tuple(all_of_them)
    known = {each.name: each for each in all_of_them}
    for name in names:
        if name not in known:
            raise ConfigError(f'The table has no {what} "{name}".{did_you_mean(name, known)}')
    return tuple(each for each in all_of_them if each.name in names)
