"""Knows how to show text that models and data sets wrote, so that it cannot command the terminal. Knows no terminal."""

from unicodedata import category

_JOINERS = "\u200c\u200d"
"""What Persian and many Indian scripts cannot be written without, nor emoji of several parts: they command nothing."""


def visible(text: str) -> str:
    r"""The text with everything that does not print (escapes, control and direction marks) spelled out; lines stay.

    >>> visible("red \x1b[31mtext")
    'red \\x1b[31mtext'
    """
    return "".join(each if each.isprintable() or each == "\n" else _spelled(each) for each in text)


def on_one_line(text: str, width: int = 100) -> str:
    """The text as `visible` shows it, on one line of at most `width` characters (width ≥ 1)."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= width else line[: width - 1] + "…"


def _spelled(character: str) -> str:
    if character in _JOINERS or category(character) == "Zs":  # blanks of other widths, such as Chinese writes
        return character
    return "    " if character == "\t" else character.encode("unicode_escape").decode("ascii")
