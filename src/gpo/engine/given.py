"""Knows how rows that lie in memory become a file beside the runs, so that a run can go on with them. Reads no row."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from gpo.core.errors import ConfigError
from gpo.core.keys import content_key
from gpo.store.files import private_folder, write_whole

Rows = Iterable[Mapping[str, Any] | Sequence[Any]]
"""Rows by column, or (input, target) pairs."""
FOLDER = "rows"
NAME = "the list of rows"
"""What the task is called that has them."""


def kept(rows: Rows, store: Path) -> Path:
    """The file of the rows, in a folder of the store that is named by them. Raises ConfigError for what are no rows."""
    lines = [_line(row, number) for number, row in enumerate(rows, 1)]
    if not lines:
        raise ConfigError("optimize(): the task is an empty list of rows. Give rows with an input and a target each.")
    file = private_folder(private_folder(private_folder(store) / FOLDER) / content_key(lines, 12)) / f"{NAME}.jsonl"
    if not file.exists():
        write_whole(file, "".join(f"{line}\n" for line in lines))
    return file


def _line(row: Any, number: int) -> str:
    if isinstance(row, Sequence) and not isinstance(row, str) and len(cast(Sequence[Any], row)) == 2:
        row = dict(zip(("input", "target"), cast(Sequence[Any], row), strict=True))
    if not isinstance(row, Mapping):
        raise ConfigError(
            f"optimize(): row {number} of the task is {row!r:.80}; expected columns such as "
            '{"input": …, "target": …}, or a pair (input, target).'
        )
    try:
        return json.dumps(dict(cast(Mapping[str, Any], row)), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"optimize(): row {number} of the task cannot be kept as JSON: {error}.") from error
