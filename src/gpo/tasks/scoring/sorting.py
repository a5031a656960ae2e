"""Knows how to read a list of known words out of a reply, however it is written. Pure."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from itertools import groupby

from gpo.tasks.reply import settled

_NUMBERING = re.compile(r"^\s{0,8}(?:[-*•+]|\(?\d{1,4}[.):])\s+")
_ASIDE = re.compile(r"\([^()\n]{0,40}\)")
_BETWEEN = re.compile(r"[\s,;|→⟶➔]+")
_WITHIN = ("->", "/", "<", ">", "=", "&")
"""What may stand between words without a blank, if it is no part of one: "r&d" is a word."""
_AROUND = "*_`\"'“”‘’()[]{}.:!?-–#\\"
_FILLERS = frozenset(("and", "then", "to", "finally", "lastly", "next", "followed", "by", "comes", "is", "before"))
_ITEM = re.compile(r"^\s{0,8}(?:[-*•+]|\(?\d{1,4}[.):])\s+([^\s:(,]+)\s*(?:[:–—-]\s?|\((?!\d)|\Z)")
"""A line of a list that begins with one word: "1. barn", "- barn: it begins with b"."""
_ALONE = re.compile(r"^\s{0,8}(?:[-*•+]\s+|\(?\d{1,4}[.):]\s+)?([^\W\d_][\w'’-]*)\s*$")
"""A line with one word beside those of a list: it is part of the list, though it was invented."""
LEAST = 0.5
"""The share of all words that a list must hold, to be one and not a remark on a few of them."""
_CLEARLY_A_LIST = 4
"""A line of more words, all known but one, is a list into which that one was invented."""
_NEARLY = 0.8
"""The share of the longest list that a later one must hold, to be the answer and not a remark on it."""


def listed(reply: str, words: Sequence[str], given: Sequence[str] = ()) -> tuple[str, ...] | None:
    """The last list of a reply that consists of the known words, in its order; None where there is none.

    One line may hold them all, or each line one, numbered or not; lines that follow each other are one list until a
    word comes again. What is marked as the answer counts alone. Before another list, one in the order in which
    the words were given repeats the question.
    """
    known = Counter(tidy(word) for word in words)
    asked = [tidy(word) for word in given]

    def last(text: str) -> tuple[str, ...] | None:
        lists = [each for each in _lists(text, known) if len(each) >= LEAST * len(words)]
        if lists and lists[0] == asked:
            lists = lists[1:] or lists
        longest = max(map(len, lists), default=0)
        return next((tuple(each) for each in reversed(lists) if len(each) >= _NEARLY * longest), None)

    return settled(reply, last, last)


def tidy(word: str) -> str:
    """A word in lower case without the marks around it."""
    return word.casefold().strip(_AROUND)


def _lists(text: str, known: Counter[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    beside = False
    for line in text.split("\n"):
        items = _items(line, known) or (_ALONE.findall(_unmarked(line)) if beside else [])
        if items:
            goes_on = beside and len(items) == 1 and (items != found[-1][:1] or len(found[-1]) == 1)
            if not goes_on and _begins_anew(found[-1], items, known):
                found.append([])
            found[-1].extend(items)
        elif line.strip(" -|:`"):  # blank lines and rules between the items of a list do not end it
            found.append([])
        beside = bool(items)
    return found


def _begins_anew(before: Sequence[str], items: Sequence[str], known: Counter[str]) -> bool:
    """Whether words are of a second list: a list repeats a word only where the known words do."""
    return bool(before) and bool(Counter(each for each in (*before, *items) if each in known) - known)


def _unmarked(line: str) -> str:
    return line.replace("**", "").replace("`", "").casefold()


def _items(line: str, known: Counter[str]) -> list[str]:
    """The known words of a line that stand side by side: the last such list that is one, else the only ones there.

    One word with others around it is a sentence that names it, and two lists with other words between are remarks.
    """
    first = _ITEM.match(_unmarked(line))
    if first and tidy(first[1]) in known:
        return [tidy(first[1])]
    pieces = _pieces(_ASIDE.sub(" ", line), known.keys())
    if not any(piece in known for piece in pieces):
        pieces = _pieces(line, known.keys())
    listing = _pieces(line.rpartition(": ")[2], known.keys())
    strange = [each for each in listing if each not in known and each not in _FILLERS]
    if len(strange) == 1 and (len(listing) > _CLEARLY_A_LIST or strange == listing[2:][-1:]) and listing[0] in known:
        return [each for each in listing if each in known or each in strange]
    groups = [
        list(group) for is_known, group in groupby(pieces, lambda each: each in known or each in _FILLERS) if is_known
    ]
    runs = [run for group in groups if (run := [each for each in group if each in known])]
    lists = [run for run in runs if len(run) > 1 and len(run) >= LEAST * known.total()]
    if lists:
        return lists[-1]
    return runs[0] if len(runs) == 1 and (len(runs[0]) > 1 or len(pieces) == 1) else []


def _pieces(line: str, known: Set[str]) -> list[str]:
    """The words of a line, without numbers and the single letters that some put before the words with it."""
    parts = [tidy(each) for each in _BETWEEN.split(_NUMBERING.sub("", line))]
    for mark in _WITHIN:
        parts = [tidy(part) for each in parts for part in ([each] if each in known else each.split(mark))]
    return [part for part in parts if part in known or (len(part) > 1 and not part.isdecimal())]
