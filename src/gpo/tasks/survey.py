"""Knows what a dataset holds: rows by set, how many there should be, what is odd about them. For `gpo data check`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gpo.core.errors import TaskError
from gpo.core.meant import did_you_mean
from gpo.tasks.benchmarks.catalog import Dataset, expand, groups, is_benchmark
from gpo.tasks.benchmarks.folders import differing, find
from gpo.tasks.benchmarks.read import rows_of
from gpo.tasks.columns import Columns, find_columns, split_of
from gpo.tasks.judge import is_judge
from gpo.tasks.load import why_refused
from gpo.tasks.oddities import UNMARKED, Oddity, oddities
from gpo.tasks.rows import Row, read_rows, readable_rows
from gpo.tasks.spec import TaskSpec
from gpo.tasks.taskfile import Sources, read_task_file

UNDIVIDED = "row"
"""What stands for the set of rows that name none."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. rows: by set; expected: what the catalog says, if it knows the dataset; changed: file names.

    broken: lines that are no rows, each with the reason. refused: why a run would refuse the rows as they are, or "".
    """

    name: str
    rows: Mapping[str, int]
    oddities: tuple[Oddity, ...] = field(kw_only=True)
    broken: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    refused: str = field(default="", kw_only=True)
    expected: Mapping[str, int] | None = field(default=None, kw_only=True)
    changed: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def is_as_published(self) -> bool:
        """Whether nothing that the catalog knows is different."""
        return not self.changed and self.expected in (None, self.rows)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "rows": dict(self.rows),
            "expected": None if self.expected is None else dict(self.expected),
            "changed_files": list(self.changed),
            "oddities": {each.kind: list(each.rows) for each in self.oddities},
            "broken": dict(self.broken),
            "refused": self.refused,
        }


def survey(
    source: str, data_dir: str | None = None, *, input_column: str | None = None, target_column: str | None = None
) -> tuple[Survey, ...]:
    """A survey of every task that a name stands for, or of a file with rows. Raises TaskError for what is not there.

    input_column, target_column: of a file, where it does not say them itself.
    """
    path = Path(source).expanduser()
    if (source == "all" or is_benchmark(source)) and not path.exists():
        return tuple(_of_benchmark(dataset, data_dir) for dataset in expand(source))
    if not path.suffix and not path.exists():
        hint = did_you_mean(source, [*groups(), "all"])
        raise TaskError(f'There is neither a file nor a benchmark "{source}".{hint}')
    is_task = path.suffix.lower() in (".yaml", ".yml")
    spec = TaskSpec(source, input_column=input_column, target_column=target_column)
    sources = read_task_file(spec) if is_task else Sources(spec, {None: path})
    return (_of_files(sources, path.name),)


def _of_benchmark(dataset: Dataset, data_dir: str | None) -> Survey:
    folder = find(dataset, data_dir)
    rows = rows_of(dataset, folder)
    return Survey(
        dataset.name,
        _counted(rows),
        oddities=oddities(_numbered(rows), Columns(dataset.input, dataset.target)),
        expected=dataset.rows,
        changed=differing(dataset, folder),
    )


def _of_files(sources: Sources, name: str) -> Survey:
    sets: dict[str, dict[str, Row]] = {}
    broken: dict[str, str] = {}
    called = _line if len(sources.files) == 1 else _line_of
    for place, path in sources.files.items():
        rows, others = readable_rows(path)
        for row in rows or read_rows(path):  # which says what is wrong where nothing can be read
            sets.setdefault(place or split_of(row) or UNDIVIDED, {})[called(row.where, path)] = row
        broken |= {called(each.where, path): each.why for each in others}
    every = [row for rows in sets.values() for row in rows.values()]
    spec = sources.spec
    judged = is_judge(spec.metric or "")
    columns = find_columns(every, spec.input_column, spec.target_column, judged=judged or spec.target_column is None)
    unmarked = (Oddity(UNMARKED, tuple(sets)),) if not judged and not columns.target else ()
    columns = replace(columns, judged=judged or not columns.target)
    return Survey(
        name,
        _counted(sets),
        oddities=(*oddities(sets, columns), *unmarked),
        broken=tuple(broken.items()),
        refused=why_refused(sources, Path(name).stem, judged=columns.judged),
    )


def _line(where: str, path: Path) -> str:
    """Where a row stands in its file: "line 3", or "item 3" of a list."""
    place = where.removeprefix(f"{path}:").strip()
    return f"line {place}" if place.isdecimal() else place


def _line_of(where: str, path: Path) -> str:
    """The same where there are several files."""
    return f"{path.name}{where.removeprefix(str(path))}"


def _numbered(sets: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, Row]]:
    """Rows of a benchmark, each called by its set and its number in it from 1."""
    return {name: {f"{name}-{number}": row for number, row in enumerate(rows, 1)} for name, rows in sets.items()}


def _counted(sets: Mapping[str, Any]) -> dict[str, int]:
    return {name: len(rows) for name, rows in sets.items()}
