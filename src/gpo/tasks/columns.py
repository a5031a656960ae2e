"""Knows which column is which: names users write, and how a row becomes an example. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from typing import Any, cast

from gpo.core.errors import TaskError
from gpo.core.prompt import unreadable
from gpo.core.task import Example
from gpo.tasks.rows import Row
from gpo.tasks.spec import SPLIT_NAMES

INPUTS = ("input", "question", "inputs", "x", "text", "prompt", "sentence", "query")
TARGETS = (
    *("target", "answer", "targets", "output", "outputs", "expected", "label", "y", "completion"),
    *("expectations", "expected_output", "reference", "references", "ground_truth", "gold"),
)

UNANSWERED = " Rows without right answers are graded by a model: --metric judge:<what a good answer is>."
LONG_INPUT = 100_000
"""Characters of an input that few models read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that hold the input and the right answer. judged: whether a judge marks answers, so that a row
    needs no right one; target is "" where none has.
    """

    input: str
    target: str
    judged: bool = field(default=False, kw_only=True)


def find_columns(
    rows: Sequence[Row], input_column: str | None, target_column: str | None, *, judged: bool = False
) -> Columns:
    """The columns asked for, or the first known name of each kind. Raises TaskError listing what there is.

    judged: whether a judge marks answers, so that there need be no right ones.
    """
    found = list(dict.fromkeys(name for row in rows for name in row.values))
    where = rows[0].columns or rows[0].where
    for name in found:
        _check_text(name, f"{where}: the name of the column {name[:60]!r}")
    given = _find(found, input_column, INPUTS, f'{where}: there is no column "{input_column or "input"}".', "input")
    if judged and target_column is None and not _known(found, TARGETS):
        return Columns(given, "", judged=True)
    try:
        right = _find(
            found, target_column, TARGETS, f'{where}: there is no column "{target_column or "target"}".', "target"
        )
    except TaskError as error:
        raise TaskError(f"{error}{'' if target_column else UNANSWERED}") from error
    return Columns(given, right, judged=judged)


def _find(found: Sequence[str], wanted: str | None, known: Sequence[str], problem: str, kind: str) -> str:
    if wanted is not None and wanted in found:
        return wanted
    by_name = _by_name(found)
    if wanted is None and (names := _known(found, known)):
        return names[0]
    names = [wanted.casefold()] if wanted else known
    near = [match for name in names for match in get_close_matches(name, by_name, n=1, cutoff=0.7)]
    hint = f' Did you mean "{by_name[near[0]]}"?' if near else ""
    raise TaskError(
        f"{problem}{hint} Columns found: {', '.join(found) or 'none'}. "
        f'Name the right one with `{kind}` (on the command line --{kind}, in Python settings={{"{kind}": …}}).'
    )


def _by_name(found: Sequence[str]) -> dict[str, str]:
    """The columns by what they are called, blanks and case aside; of equal ones the first."""
    return {column.strip().casefold(): column for column in reversed(found)}


def _known(found: Sequence[str], known: Sequence[str]) -> list[str]:
    """The columns that are called by one of those names, in the order of the names."""
    by_name = _by_name(found)
    return [by_name[name] for name in known if name in by_name]


def example_of(row: Row, columns: Columns, id_: str) -> Example:
    """The row as an example. Raises TaskError where a value is missing or holds what no model can read.

    A list of targets is a list of right answers. A map as input, as in MLflow's {"inputs": {"question": …}}, adds its
    entries to the columns that `{{name}}` can insert; a map of one entry is read as that entry.
    """
    given, target = row.values.get(columns.input), row.values.get(columns.target)
    targets = cast(list[Any], target) if isinstance(target, list) else [target]
    needed = [(columns.input, [given]), (columns.target, targets)]
    if columns.judged and all(_is_blank(each) for each in targets):
        targets, needed = [], needed[:1]
    for column, values in needed:
        if not values or any(_is_blank(value) for value in values):
            gone = _gone(values) if column in row.values else "is not there"
            helps = "Fill it, or take the row out; `gpo data check` finds all such rows."
            raise TaskError(f'{row.where}: the column "{column}" {gone} in this row. {helps}')
    entries: Mapping[str, Any] = cast(Mapping[str, Any], given) if isinstance(given, Mapping) else {}
    fields = {name: text_of(value) for name, value in {**entries, **row.values}.items() if not is_missing(value)}
    right = tuple(text_of(each) for each in targets)
    # Within a list, JSON would spell out what a target itself holds.
    for name, text in (*fields.items(), *((columns.target, each) for each in right if isinstance(target, list))):
        _check_text(text, f'{row.where}: the column "{name}"')
    return Example(id_, text_of(given), right, tuple(fields.items()))


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, and NaN or Infinity, which pandas writes where one is missing."""
    return value is None or (isinstance(value, float) and not isfinite(value))


def _is_blank(value: Any) -> bool:
    return is_missing(value) or (isinstance(value, str | Mapping) and not text_of(value).strip())


def _gone(values: Sequence[Any]) -> str:
    """What is said of values of which one is blank."""
    odd = [json.dumps(value) for value in values if isinstance(value, float) and is_missing(value)]
    return f"is not a number ({odd[0]})" if odd else "is empty"


def _check_text(text: str, what: str) -> None:
    if problem := unreadable(text):
        raise TaskError(f"{what} {problem}.")


def text_of(value: Any) -> str:
    """A value as the model reads it: text as it is, a map of one entry as that entry, anything else as JSON."""
    if isinstance(value, Mapping):
        entries = list(cast(Mapping[str, Any], value).values())
        if len(entries) < 2:
            return text_of(entries[0]) if entries and not is_missing(entries[0]) else ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def id_of(row: Row) -> str:
    """The id that a row names itself, or ""."""
    own = row.values.get("id")
    return "" if is_missing(own) else text_of(own).strip()


def split_of(row: Row) -> str | None:
    """The split that a row names itself, or None. Raises TaskError for a name that is none."""
    named = row.values.get("split")
    if _is_blank(named):
        return None
    known = SPLIT_NAMES.get(text_of(named).strip().casefold())
    if known is None:
        raise TaskError(
            f'{row.where}: split is "{named}"; known: {", ".join(SPLIT_NAMES)}. '
            "A column that means something else needs another name."
        )
    return known
