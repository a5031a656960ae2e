"""Text that models and data sets wrote cannot command the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.core.visible import on_one_line, visible

JOINERS = "\u200c\u200d"

anything = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcödé, 🙂", "plain, ünïcödé, 🙂"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x1b[2J\x1b[31mred", "\\x1b[2J\\x1b[31mred"),
        ("\x9b31mred", "\\x9b31mred"),
        ("abc\rxyz", "abc\\rxyz"),
        ("abc\b\b", "abc\\x08\\x08"),
        ("admin\u202etxt.exe", "admin\\u202etxt.exe"),
        ("lone \ud83d", "lone \\ud83d"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
        ("你好\u3000世界\xa0!", "你好\u3000世界\xa0!"),
        ("left\u2066isolated\u2069", "left\\u2066isolated\\u2069"),
        ("two\nlines\tand a tab", "two\nlines    and a tab"),
    ],
)
def test_what_does_not_print_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(anything)
def test_what_is_shown_holds_nothing_but_what_prints(text: str) -> None:
    assert all(_prints(each) for line in visible(text).split("\n") for each in line)


@given(anything, st.integers(1, 50))
def test_one_line_is_one_line_and_not_too_long(text: str, width: int) -> None:
    line = on_one_line(text, width)
    assert len(line) <= width
    assert all(_prints(each) for each in line)


def _prints(character: str) -> bool:
    return character.isprintable() or character in JOINERS or unicodedata.category(character) == "Zs"


def test_a_cut_line_says_so() -> None:
    assert on_one_line("a  long\nprompt", 20) == "a long prompt"
    assert on_one_line("a long prompt", 7) == "a long…"
