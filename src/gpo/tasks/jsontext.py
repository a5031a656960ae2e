"""Knows how JSON becomes plain values: no key twice, nothing nested without end, no endless number. Knows no files."""

import json
import re
import sys
from collections import Counter
from typing import Any

DEEPEST = 100
"""Lists and objects within one another; Python's own limit depends on who asks, and is told in Python's words."""
_MARK = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{\]}]|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?', re.DOTALL)


class TooMuch(json.JSONDecodeError):
    """It is JSON, and more of it than is read; `msg` goes on from "at character 7"."""


def plain_json(text: str) -> Any:
    """The values that the text stands for. NaN and Infinity are no JSON, but pandas writes them: they become floats.

    Raises ValueError, saying in one line what is wrong: TooMuch or another json.JSONDecodeError, which knows the place;
    or for a key that stands twice one that does not.
    """
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(text)
    try:
        return _DECODER.decode(text)
    except OverflowError as error:
        raise _endless_number(text) from error


def endless(digits: int) -> str:
    """What is said of a whole number with more digits than Python reads."""
    return (
        f"a number of {digits:,} digits, of which at most {sys.get_int_max_str_digits():,} are read: put it in quotes"
    )


def _check_depth(text: str) -> None:
    depth = 0
    for mark in _MARK.finditer(text):
        depth += (mark[0] in "[{") - (mark[0] in "]}")
        if depth > DEEPEST:
            said = f"begins one list or object too many: at most {DEEPEST} may stand within one another"
            raise TooMuch(said, text, mark.start())


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:
        raise OverflowError from error


def _endless_number(text: str) -> TooMuch:
    numbers = (mark for mark in _MARK.finditer(text) if mark[0].removeprefix("-").isdecimal())
    longest = max(numbers, key=lambda mark: len(mark[0]))
    return TooMuch(f"stands {endless(len(longest[0].removeprefix('-')))}", text, longest.start())


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f'the key "{twice[:60]}" stands twice in it, and only one of its values can be meant')
    return values


_DECODER = json.JSONDecoder(parse_int=_integer, object_pairs_hook=_no_key_twice)
