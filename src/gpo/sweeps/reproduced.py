"""Knows how a reproduced table is written: Markdown, CSV, JSON. Computes nothing but what it shows."""

import csv
import io
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gpo.core.visible import visible
from gpo.models.phrases import DISCLOSURE
from gpo.store.files import private_folder, write_whole
from gpo.sweeps.miniature import BUDGET
from gpo.sweeps.preset import Preset
from gpo.sweeps.reproduce import Filled

SCHEMA = 1
TO_BE_FILLED = "to be filled"


@dataclass(frozen=True, slots=True)
class Account:
    """What a reader must know about how the numbers came to be.

    command: what was typed, without rows, columns and models; it fills a cell with them. models: who plays the paper's.
    miniature: whether nothing but the path is reproduced.
    """

    command: tuple[str, ...]
    version: str
    models: Mapping[str, str] = field(kw_only=True)
    miniature: bool = field(default=False, kw_only=True)
    failures: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    warnings: tuple[str, ...] = field(default=(), kw_only=True)

    def filling(self, column: str | None, rows: Sequence[str], lacking: Sequence[str] = ()) -> str:
        """The command that fills cells: of a column or of all, in these rows or in all. Lacking models stay open."""
        models = (part for name in lacking for part in ("--model", f"{name}=SPEC"))
        where = ("--columns", column) if column else ()
        which = ("--rows", ",".join(rows)) if rows else ()
        return shlex.join((*self.command, *where, *which, *models))


def write(folder: Path, preset: Preset, cells: Sequence[Filled], account: Account) -> dict[str, str]:
    """The texts of the files by their endings, once they are on the disk. Raises StoreError where they cannot be."""
    texts = {
        "md": markdown(preset, cells, account),
        "csv": as_csv(cells, account),
        "json": as_json(preset, cells, account),
    }
    private_folder(folder)
    for ending, text in texts.items():
        write_whole(folder / f"{preset.name}.{ending}", text)
    return texts


def markdown(preset: Preset, cells: Sequence[Filled], account: Account) -> str:
    """The table as a page: published, ours and the difference for every cell, and what fills those that are empty."""
    parts = [
        _head(preset, cells, account),
        _table(preset, cells, account),
        _open(preset, cells, account),
        _notes(preset, account),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_json(preset: Preset, cells: Sequence[Filled], account: Account) -> str:
    """All of it; ours in percent, as what is published. The schema number grows when a key changes its meaning."""
    value = {
        "schema": SCHEMA,
        "table": preset.name,
        "title": preset.title,
        "source": preset.source,
        "account": asdict(account),
        "cells": [cell_as_data(each, account) for each in cells],
        "notes": list(preset.notes),
    }
    return json.dumps(value, indent=1) + "\n"


def as_csv(cells: Sequence[Filled], account: Account) -> str:
    """One line per cell."""
    rows = [cell_as_data(each, account) for each in cells]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if value is None else value for key, value in row.items()} for row in rows)
    return out.getvalue()


def cell_as_data(each: Filled, account: Account) -> dict[str, Any]:
    """One cell as plain JSON values. command: what fills it, null where it is filled."""
    cell, ours, change = each.cell, each.ours, None if account.miniature else each.difference
    return {
        "row": cell.row,
        "column": cell.column,
        "published": cell.published,
        "ours": None if ours is None else 100 * ours.mean,
        "low": None if ours is None else 100 * ours.low,
        "high": None if ours is None else 100 * ours.high,
        "test_rows": 0 if ours is None else ours.n,
        "difference": None if change is None else change.mean,
        "runs": len(cell.runs),
        "done": each.done,
        "lacking": ", ".join(cell.lacking),
        "command": account.filling(cell.column, (cell.row,), cell.lacking) if ours is None else None,
    }


def _head(preset: Preset, cells: Sequence[Filled], account: Account) -> str:
    done = sum(each.ours is not None for each in cells)
    parts = [f"# {preset.title}", f"{preset.about} Source: {preset.source}."]
    if account.miniature:
        parts.append(
            "**In miniature: the rows and columns of the table on pocket tasks, with the bundled models and at most "
            f"{BUDGET['max_calls']} calls a search. The numbers show that the path works, and mean nothing else; the "
            f"published ones are left out.** {DISCLOSURE}"
        )
    played = ", ".join(f"{name} by `{spec}`" for name, spec in account.models.items())
    models = "`pocket` for every task model, `phrases` for every optimizer model" if account.miniature else played
    parts.append(f"{done} of {len(cells)} cells are filled, by GPO {account.version}. Models: {models or 'none yet'}.")
    return "\n\n".join((*parts, f"    {shlex.join(account.command)}"))


def _table(preset: Preset, cells: Sequence[Filled], account: Account) -> str:
    """Each column of the paper as a table of its own, so that published, ours and difference stand side by side."""
    by_place = {(each.cell.row, each.cell.column): each for each in cells}
    sections = list[str]()
    for column in preset.columns:
        shown = [by_place[row.name, column.name] for row in preset.rows]
        columns = {_OURS: _COLUMNS[_OURS]} if account.miniature else _COLUMNS
        rows = [[each.cell.row, *(show(each) for show in columns.values())] for each in shown]
        models = f"{column.task_model}, prompts by {column.optimizer_model}"
        if account.miniature:
            models = f"the bundled models play {column.task_model} and {column.optimizer_model}"
        tasks = column.tasks[0] if len(column.tasks) == 1 else f"the mean over {len(column.tasks)} tasks"
        sections.append(
            f"## {column.name}\n\n{models[0].upper()}{models[1:]}; {tasks}.\n\n{_grid(['', *columns], rows)}"
        )
    return "\n\n".join(sections)


def _published(each: Filled) -> str:
    return "-" if each.cell.published is None else f"{each.cell.published:.2f}"


def _ours(each: Filled) -> str:
    if each.ours is None:
        return f"{TO_BE_FILLED} ({each.done} of {len(each.cell.runs)} runs)" if each.done else TO_BE_FILLED
    return f"{100 * each.ours.mean:.2f} [{100 * each.ours.low:.1f}, {100 * each.ours.high:.1f}]"


def _difference(each: Filled) -> str:
    change = each.difference
    return "" if change is None else f"{change.mean:+.2f} [{change.low:+.1f}, {change.high:+.1f}]"


_OURS = "ours [95 %]"
_COLUMNS: Mapping[str, Callable[[Filled], str]] = {
    "published": _published,
    _OURS: _ours,
    "difference": _difference,
}


def _open(preset: Preset, cells: Sequence[Filled], account: Account) -> str:
    """The commands that fill what is empty: one for all, and one for each column."""
    empty = [each for each in cells if each.ours is None]
    if not empty:
        return ""
    lines = [account.filling(None, (), _lacking(empty))]
    for column in dict.fromkeys(each.cell.column for each in empty):
        missing = [each for each in empty if each.cell.column == column]
        rows = [each.cell.row for each in missing] if len(missing) < len(preset.rows) else []
        lines.append(account.filling(column, rows, _lacking(missing)))
    head = (
        "## To be filled\n\nOne command for the table, or one for each column. SPEC is a model such as openai/NAME or "
        "local/FILE.gguf; who plays which model is remembered. With --estimate a command says what it costs, and does "
        "nothing else."
    )
    reasons = dict.fromkeys(each.cell.cannot_be for each in empty if each.cell.cannot_be)
    return "\n\n".join((head, "\n".join(f"    {line}" for line in lines), *map(visible, reasons)))


def _lacking(cells: Sequence[Filled]) -> tuple[str, ...]:
    """The models that nobody plays, each once."""
    return tuple(dict.fromkeys(name for each in cells for name in each.cell.lacking))


def _notes(preset: Preset, account: Account) -> str:
    notes = [
        "*ours*: the mean over the tasks of the column, each counting the same, of the best prompt's test score; "
        "intervals by hierarchical bootstrap over seeds and test rows."
    ]
    if not account.miniature:
        notes[0] += (
            " *difference*: ours less the published number, in points; the published ones come without an interval."
        )
        notes.append(
            "Every search took the steps of its recipe, without a limit, and saw no test rows; its test was made once."
        )
        notes.extend(preset.notes)
    if account.failures:
        said = "; ".join(dict.fromkeys(account.failures.values()))[:600]
        notes.append(f"{len(account.failures)} runs broke off (the same command tries them again): {visible(said)}")
    return "## How to read this\n\n" + "\n".join(f"- {note}" for note in (*notes, *account.warnings))


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
