"""Knows how what a caller with an evaluation loop of its own brings becomes a task. Nothing here grades anything."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from gpo.core.errors import ConfigError
from gpo.core.prompt import Prompt
from gpo.core.randomness import rng
from gpo.core.task import Example, Splits, Task, lift
from gpo.tasks.columns import Columns, example_of, find_columns, id_of
from gpo.tasks.grades import exact_match
from gpo.tasks.load import load_task
from gpo.tasks.rows import Row
from gpo.tasks.seed import SEED_PROMPT, check_variables, seed_prompt
from gpo.tasks.settle import LoadedTask, fingerprint
from gpo.tasks.spec import TaskSpec

Rows = Sequence[Example | Mapping[str, Any] | tuple[str, str]]
"""Examples; rows by column, such as {"input": …, "target": …}; or pairs of input and right answer."""
SHOWN = 100
"""Rows at most that are kept for the optimizer model to see; all others score prompts."""
NAME = "your examples"


def task_outside(source: Task | Splits | str | Path | Rows, spec: TaskSpec) -> LoadedTask:
    """The task, with the seed prompt of the settings.

    Rows without a division are divided by `split.seed`: a third of them, at most SHOWN, is shown to the optimizer
    model, the rest scores prompts. Raises TaskError for rows that cannot be used, ConfigError for a split of rows that
    are given in Python.
    """
    if isinstance(source, str | Path):
        return load_task(replace(spec, metric="exact_match"))
    if isinstance(source, Task):
        task, braces = replace(source, seed=seed_prompt(spec, source.seed)), ()
    else:
        splits = source if isinstance(source, Splits) else _divided(_examples(source, spec), spec)
        task = Task(NAME, splits, lift(exact_match), seed=seed_prompt(spec, Prompt.of(SEED_PROMPT)))
        task = replace(task, position=spec.position or task.position, marks=bool(spec.marks))
        braces = check_variables(task.seed, (*splits.train, *splits.selection), Columns("input", "target"))
    _check_ids(task.splits)
    return LoadedTask(task, braces, fingerprint=fingerprint(task))


def _check_ids(splits: Splits) -> None:
    """What is told of an example is kept by its id."""
    known: dict[str, Example] = {}
    for each in (*splits.train, *splits.selection, *splits.test):
        if known.setdefault(each.id, each) != each:
            raise ConfigError(f'Two different examples have the id "{each.id}". Give each one of its own.')


def _examples(rows: Rows, spec: TaskSpec) -> tuple[Example, ...]:
    named = [
        Row(_values(each), f"example {number}") for number, each in enumerate(rows, 1) if not isinstance(each, Example)
    ]
    columns = find_columns(named, spec.input_column, spec.target_column) if named else Columns("input", "target")
    made = iter([example_of(row, columns, id_of(row) or row.where.replace(" ", "-")) for row in named])
    return tuple(each if isinstance(each, Example) else next(made) for each in rows)


def _values(row: object) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return dict(cast(Mapping[str, Any], row))
    if isinstance(row, tuple | list) and len(cast(Sequence[Any], row)) == 2:
        return dict(zip(("input", "target"), cast(Sequence[Any], row), strict=True))
    raise ConfigError(
        f"An example is {row!r:.100}; expected a gpo.Example, a row by column such as "
        '{"input": …, "target": …}, or a pair of input and right answer.'
    )


def _divided(examples: tuple[Example, ...], spec: TaskSpec) -> Splits:
    sizes = spec.split
    if (sizes.train, sizes.selection, sizes.test) != (None, None, None):
        raise ConfigError(
            "split says how rows of a file are divided. Divide your own with gpo.Splits(train, selection, ())."
        )
    if len(examples) < 2:
        raise ConfigError(f"{len(examples)} examples are too few: one is shown to the optimizer model, one scores.")
    shown = max(1, min(SHOWN, len(examples) // 3))
    drawn = set(rng(sizes.seed, 0, "split").sample(range(len(examples)), shown))
    parts = [tuple(each for place, each in enumerate(examples) if (place in drawn) == of) for of in (True, False)]
    return Splits(parts[0], parts[1], ())
