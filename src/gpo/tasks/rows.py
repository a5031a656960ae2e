"""Knows how a data file becomes rows, with an error that points at the line. Knows nothing of columns or splits."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from json import JSONDecodeError
from pathlib import Path
from typing import Any, cast

from gpo.core.errors import TaskError
from gpo.tasks.jsontext import TooMuch, plain_json

LONGEST_ROW = 10 * 2**20
"""Characters of one row."""
_EXAMPLE = '{"input": "2 + 3", "target": "5"}'

_ONE_PER_LINE = f"Put one JSON object per line into it, such as {_EXAMPLE}"
_PER_LINE = " One object per line belongs into a .jsonl file."
_BELOW = "Its only line names the columns: put a line for each row below it."
_HOW_TO_FILL = {
    ".json": f"Put a list of objects into it, such as [{_EXAMPLE}]",
    ".csv": "Put a line with the names of the columns into it, such as input,target, and a line for each row below.",
    ".tsv": "Put a line with the names of the columns into it, with tabs between them, and a line for each row below.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a row by column, and where it stands ("file:line"). A value that is not there is None, or NaN."""

    values: dict[str, Any]
    where: str


def read_rows(path: Path) -> tuple[Row, ...]:
    """All rows of a .jsonl, .json, .csv or .tsv file.

    Raises TaskError naming file and line; a file without rows is an error too.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None and path.exists() and not path.is_dir():
        raise TaskError(f'{path}: rows are read from .jsonl, .json, .csv and .tsv files, not from "{path.suffix}".')
    text = read_text(path)
    rows = reader(text, path) if reader else ()
    if not rows:
        header = path.suffix.lower() in (".csv", ".tsv") and text.strip()
        fill = _BELOW if header else _HOW_TO_FILL.get(path.suffix.lower(), _ONE_PER_LINE)
        raise TaskError(f"{path} has no rows. {fill}")
    return rows


def read_text(path: Path, wanted: str = "Name a file, or pocket/<task>.") -> str:
    """The text of a UTF-8 file, without a byte order mark. Raises TaskError where it cannot be read.

    wanted: what to name instead, where there is no such file.
    """
    try:
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise TaskError(
            f"{path} is a folder. Name a file in it; rows in several files are named in a task.yaml, "
            "with `train`, `selection` and `test`."
        ) from error
    except FileNotFoundError as error:
        raise TaskError(f"There is no file {path}.{_nearest(path)} {wanted}") from error
    except (OSError, ValueError) as error:
        raise TaskError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    text = ""
    try:
        text = data.decode("utf-8-sig")
        odd = data.find(0, 0, 2)  # ASCII in two bytes each decodes as UTF-8, but is none
    except UnicodeDecodeError as error:
        odd = error.start
    if odd >= 0:
        line = data.count(b"\n", 0, odd) + 1
        if text and 2 * data.count(0) < len(data) - 1:
            raise TaskError(f"{path}:{line}: holds a NUL byte (byte {odd}); take it out.")
        raise TaskError(
            f"{path}:{line}: not UTF-8 (byte {odd} is 0x{data[odd]:02x}). "
            f"Convert the file, for example: iconv -f {_likely(data[:4])} -t utf-8 {path.name}"
        )
    return text


def _likely(beginning: bytes) -> str:
    """The encoding of a file that is not UTF-8, by its first bytes."""
    for marks, encoding in (
        ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
        ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-16"),
    ):
        if beginning.startswith(marks):
            return encoding
    zeros = [place for place, byte in enumerate(beginning) if byte == 0]
    return "utf-16le" if zeros == [1, 3] else "utf-16be" if zeros == [0, 2] else "latin1"


def _nearest(path: Path) -> str:
    try:
        names = [each.name for each in path.parent.iterdir()]
    except (OSError, ValueError):
        return ""
    near = get_close_matches(path.name, names, n=1)
    return f" Did you mean {path.with_name(near[0])}?" if near else ""


def _jsonl(text: str, path: Path) -> tuple[Row, ...]:
    lines = ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1))
    return tuple(_object(line, f"{path}:{number}") for number, line in lines if line)


def _object(line: str, where: str) -> Row:
    if len(line) > LONGEST_ROW:
        raise TaskError(f"{where}: the row has {len(line):,} characters; at most {LONGEST_ROW:,} are read.")
    try:
        return _row(plain_json(line), where)
    except ValueError as error:
        raise TaskError(f"{where}: {_why(error)}. The line begins: {line[:60]!r}") from error


def _why(error: ValueError) -> str:
    """What is wrong in a line; its number among the lines of the file is told already."""
    if isinstance(error, TooMuch):
        return f"at character {error.colno} {error.msg}"
    said = f"{error.msg} at character {error.colno}" if isinstance(error, JSONDecodeError) else error
    return f"not JSON: {said}"


def _row(value: Any, where: str) -> Row:
    if not isinstance(value, dict):
        raise TaskError(f"{where}: expected an object such as {_EXAMPLE}, found {str(cast(object, value))[:60]!r}.")
    return Row(cast(dict[str, Any], value), where)


def _json(text: str, path: Path) -> tuple[Row, ...]:
    try:
        value: Any = plain_json(text) if text.strip() else []
    except ValueError as error:
        where = f"{path}:{error.lineno}" if isinstance(error, JSONDecodeError) else str(path)
        raise TaskError(f"{where}: {_why(error)}.{'' if text.lstrip().startswith('[') else _PER_LINE}") from error
    if not isinstance(value, list):
        raise TaskError(f"{path}: expected a list of objects.{_PER_LINE}")
    return tuple(_row(each, f"{path}: item {number}") for number, each in enumerate(cast(list[Any], value), 1))


def _csv(text: str, path: Path) -> tuple[Row, ...]:
    # The limit is the csv module's own and holds for the process; it only ever grows.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW))
    records = _records(text, path)
    top, header = next((each for each in records if any(name.strip() for name in each[1])), (1, list[str]()))
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise TaskError(f'{path}:{top}: two columns are called "{twice[0]}"; give each its own name.')
    rows: list[Row] = []
    for line, values in records:
        if len(values) != len(header):
            found = "1 value" if len(values) == 1 else f"{len(values)} values"
            raise TaskError(
                f"{path}:{line}: {found} for {len(header)} columns ({', '.join(header)}). "
                "Put quotes around a value that holds a comma or a line break."
            )
        rows.append(Row(dict(zip(header, values, strict=True)), f"{path}:{line}"))
    return tuple(rows)


def _records(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The records, with the line where each begins. Empty lines are none; marks with nothing between them are one."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise TaskError(f"{path}:{line}: not CSV: {error}. Is a quote left open, or not doubled?") from error
        if values is None:
            return
        if len(values) > 1 or any(value.strip() for value in values):
            yield line, values


def _delimiter(text: str) -> str:
    """The mark that the first line holds most often between columns: some countries' spreadsheets write semicolons."""
    header = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=header.count)


_READERS: dict[str, Callable[[str, Path], tuple[Row, ...]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _csv,
}
