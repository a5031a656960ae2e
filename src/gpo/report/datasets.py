"""Knows how benchmarks and what is odd about datasets are shown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gpo.tasks.benchmarks.catalog import Dataset, datasets, titles
from gpo.tasks.benchmarks.folders import where
from gpo.tasks.oddities import KINDS, Oddity
from gpo.tasks.survey import UNDIVIDED, Survey

SHOWN = 5
"""Rows that are named of each oddity, and of those that belong together; --json names them all."""
BROKEN = 10
"""Lines that are named that are no rows."""


def listed(chosen: Mapping[str, Sequence[str]] | Sequence[Dataset]) -> list[dict[str, Any]]:
    """Groups, or single tasks, as plain JSON values: name, title, tasks, rows by set, the folder that has them."""
    if isinstance(chosen, Mapping):
        return [_line(name, titles()[name], [datasets()[each] for each in members]) for name, members in chosen.items()]
    return [_line(each.name, each.answers, [each]) for each in chosen]


def _line(name: str, title: str, members: Sequence[Dataset]) -> dict[str, Any]:
    places = [where(each) for each in members]
    here = [place for place in places if place is not None]
    return {
        "name": name,
        "title": title,
        "tasks": len(members),
        "rows": {part: sum(each.rows[part] for each in members) for part in members[0].rows},
        "tasks_here": len(here),
        "folder": str(here[0]) if here else None,
    }


def benchmarks_table(rows: Sequence[Mapping[str, Any]]) -> Any:
    """The list as a table."""
    from gpo.report.tables import folded, number, table, whole

    listing = table(
        whole("name"), folded("what"), number("tasks"), number("train"), number("selection"), number("test"),
        whole("here"),
    )  # fmt: skip
    for row in rows:
        sizes = [f"{row['rows'][part]:,}" for part in ("train", "selection", "test")]
        listing.add_row(row["name"], row["title"], str(row["tasks"]), *sizes, _here(row))
    return listing


def _here(row: Mapping[str, Any]) -> str:
    if not row["tasks_here"]:
        return "no"
    return "yes" if row["tasks_here"] == row["tasks"] else f"{row['tasks_here']} of {row['tasks']}"


def survey_page(surveys: Sequence[Survey]) -> list[str]:
    """Every dataset with its rows and what is odd; then, once, what the words mean."""
    page = ["\n    ".join((_rows_line(each), *_broken(each), *map(_odd_line, each.oddities))) for each in surveys]
    kinds = [kind for kind in KINDS if any(odd.kind == kind for each in surveys for odd in each.oddities)]
    refused = [f"`gpo optimize` refuses {each.name} as it is: {_why(each)}" for each in surveys if each.refused]
    meaning = [f"{kind}: {KINDS[kind]}" for kind in kinds]
    return [*page, "", *(meaning + refused or ["Nothing odd was found."])]


def _why(found: Survey) -> str:
    """Why a run would refuse it; lines that stand above are not told again."""
    return "mend the lines that are no rows, or take them out." if found.broken else found.refused


def _broken(found: Survey) -> Iterator[str]:
    """The lines that are no rows, the first of them with the reason."""
    if found.broken:
        yield f"no rows ({len(found.broken):,}):"
    yield from (f"    {line}: {why}" for line, why in found.broken[:BROKEN])
    if len(found.broken) > BROKEN:
        yield f"    … and {len(found.broken) - BROKEN:,} more (--json names them all)"


def _rows_line(found: Survey) -> str:
    rows = ", ".join(f"{name} {count:,}" for name, count in found.rows.items())
    if list(found.rows) == [UNDIVIDED]:
        rows = "1 row" if found.rows[UNDIVIDED] == 1 else f"{found.rows[UNDIVIDED]:,} rows"
    line = f"{found.name}: {rows}"
    if found.expected is not None:
        line += " (as published)" if found.is_as_published else " (NOT as published)"
    if found.expected not in (None, found.rows):
        line += (
            f"\n    rows expected: {', '.join(f'{name} {count:,}' for name, count in (found.expected or {}).items())}"
        )
    if found.changed:
        line += f"\n    other than the published file: {', '.join(found.changed)}"
    return line


def _odd_line(odd: Oddity) -> str:
    return f"{odd.kind} ({len(odd.rows)}): {_cut([_cut(each.split(' = '), ' = ') for each in odd.rows], '; ')}"


def _cut(names: Sequence[str], mark: str) -> str:
    """The first SHOWN names, and how many more there are."""
    more = f" … and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{mark.join(names[:SHOWN])}{more}"
