"""Knows how a data file becomes rows, and which of its lines are none. Knows nothing of columns or splits."""

import codecs
import csv
import io
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from json import JSONDecodeError
from pathlib import Path
from typing import Any, NamedTuple, cast

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
    """The values of a row by column, and where it stands ("file:line"). A value that is not there is None, or NaN.

    columns: where the columns are named, if not in the row itself.
    """

    values: dict[str, Any]
    where: str
    columns: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no row: where it stands ("file:line"), and why it is none, in words."""

    where: str
    why: str


Read = Iterable[Row | Broken]


def read_rows(path: Path) -> tuple[Row, ...]:
    """All rows of a .jsonl, .json, .csv or .tsv file.

    Raises TaskError naming file and line; a file without rows is an error too.
    """
    rows, broken = readable_rows(path)
    if broken:
        first = broken[0]
        more = f" {len(broken):,} lines are broken; `gpo data check` names them." if len(broken) > 1 else ""
        raise TaskError(f"{first.where}: {first.why}{more}")
    return rows


def readable_rows(path: Path) -> tuple[tuple[Row, ...], tuple[Broken, ...]]:
    """The rows of such a file, and the lines that are none. Raises TaskError where the file as a whole is none."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None and path.exists() and not path.is_dir():
        raise TaskError(f'{path}: rows are read from .jsonl, .json, .csv and .tsv files, not from "{path.suffix}".')
    text = read_text(path)
    read = tuple(reader(text, path)) if reader else ()
    if not read:
        header = path.suffix.lower() in (".csv", ".tsv") and text.strip()
        fill = _BELOW if header else _HOW_TO_FILL.get(path.suffix.lower(), _ONE_PER_LINE)
        raise TaskError(f"{path} has no rows. {fill}")
    rows = tuple(each for each in read if isinstance(each, Row))
    return rows, tuple(each for each in read if isinstance(each, Broken))


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
            f"Convert the file, for example: `iconv -f {_likely(data[:4])} -t utf-8 {shlex.quote(path.name)} "
            f"> new{path.suffix}`."
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


def _jsonl(text: str, path: Path) -> Read:
    lines = ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1))
    return (_object(line, f"{path}:{number}") for number, line in lines if line)


def _object(line: str, where: str) -> Row | Broken:
    if len(line) > LONGEST_ROW:
        return Broken(where, f"the row has {len(line):,} characters; at most {LONGEST_ROW:,} are read.")
    try:
        return _row(plain_json(line), where)
    except ValueError as error:
        return Broken(where, f"{_why(error)}. The line begins: {line[:60]!r}.")


def _why(error: ValueError) -> str:
    """What is wrong in a line; its number among the lines of the file is told already."""
    if isinstance(error, TooMuch):
        return f"at character {error.colno} {error.msg}"
    if isinstance(error, JSONDecodeError):
        return f"not JSON: {error.msg.removesuffix(' at')} at character {error.colno}"
    return f"not JSON: {error}"


def _row(value: Any, where: str) -> Row | Broken:
    if not isinstance(value, dict):
        return Broken(where, f"expected an object such as {_EXAMPLE}, found {str(cast(object, value))[:60]!r}.")
    return Row(cast(dict[str, Any], value), where)


def _json(text: str, path: Path) -> Read:
    try:
        value: Any = plain_json(text) if text.strip() else []
    except ValueError as error:
        where = f"{path}:{error.lineno}" if isinstance(error, JSONDecodeError) else str(path)
        raise TaskError(f"{where}: {_why(error)}.{'' if text.lstrip().startswith('[') else _PER_LINE}") from error
    if not isinstance(value, list):
        raise TaskError(f"{path}: expected a list of objects.{_PER_LINE}")
    return [_row(each, f"{path}: item {number}") for number, each in enumerate(cast(list[Any], value), 1)]


def _csv(text: str, path: Path) -> Read:
    # The limit is the csv module's own and holds for the process; it only ever grows.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW))
    records = _records(text)
    named = (each for each in records if each.problem or any(name.strip() for name in each.values))
    top, header, problem = next(named, _Record(1, []))
    if problem:
        raise TaskError(f"{path}:{top}: {problem}")
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise TaskError(f'{path}:{top}: two columns are called "{twice[0]}"; give each its own name.')
    return [_of_record(each, header, f"{path}:{each.line}", f"{path}:{top}") for each in records]


class _Record(NamedTuple):
    """What stands in a CSV file between two line ends, and where it begins. problem: why it cannot be read, or ""."""

    line: int
    values: list[str]
    problem: str = ""


def _of_record(record: _Record, header: Sequence[str], where: str, columns: str) -> Row | Broken:
    if record.problem:
        return Broken(where, record.problem)
    if (count := len(record.values)) != len(header):
        found = "1 value" if count == 1 else f"{count} values"
        why = f"{found} for {len(header)} columns ({', '.join(header)})."
        return Broken(where, f"{why} Put quotes around a value that holds a comma or a line break.")
    return Row(dict(zip(header, record.values, strict=True)), where, columns=columns)


def _records(text: str) -> Iterator[_Record]:
    """The records. Empty lines are none; marks with nothing between them are one."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield _Record(line, [], f"not CSV: {error}. Is a quote left open, or not doubled?")
            continue
        if values is None:
            return
        if len(values) > 1 or any(value.strip() for value in values):
            yield _Record(line, values)


def _delimiter(text: str) -> str:
    """The mark that the first line holds most often between columns: some countries' spreadsheets write semicolons."""
    header = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=header.count)


_READERS: dict[str, Callable[[str, Path], Read]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _csv,
}
