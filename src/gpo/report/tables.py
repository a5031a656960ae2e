"""Knows how tables are laid out: which columns stay whole where there is little room, and which are folded."""

from rich.table import Column, Table


def table(*columns: Column) -> Table:
    """A plain table with these columns."""
    return Table(*columns, box=None, pad_edge=False)


def whole(title: str = "") -> Column:
    """A column of what is copied or compared, and so not broken: ids, names, verdicts."""
    return Column(title, no_wrap=True)


def number(title: str) -> Column:
    """A column of numbers, one below the other."""
    return Column(title, no_wrap=True, justify="right")


def folded(title: str = "") -> Column:
    """A column of texts, which take as many lines as they need in the room that is left."""
    return Column(title, overflow="fold")
