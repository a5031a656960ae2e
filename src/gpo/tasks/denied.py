"""Knows which numbers a text names and does not answer with: it denies them, or gives two side by side. Pure."""

import re

from gpo.tasks.spelled import SPELLED

_NUMBER = rf"[*_$€£−-]{{0,4}}(?:\d+(?:[.,]\d+)*|{SPELLED})%?[*_]{{0,2}}"
_NOT = r"(?:\bnot|\bcannot|\b\w+n['’]t)(?: be| equal(?: to)?)?"
_DENIED = re.compile(rf"({_NOT}) {_NUMBER}(?![\w:/]|\.\d| ?[-+*/×÷=])", re.IGNORECASE)
_CALLED_WRONG = re.compile(
    rf"(?<![\w.,:/+*×÷=-])(?<![-+*/×÷=] ){_NUMBER}"
    r" (?:(?:is|was|would be|seems) (?:not (?:right|correct|possible|the answer)|wrong|incorrect|impossible)"
    r"|(?:is|was|would)n['’]t (?:be )?(?:right|correct|possible|the answer)"
    r"|(?:cannot|can['’]t) be (?:right|correct|the answer))\b",
    re.IGNORECASE,
)
_SIDE_BY_SIDE = re.compile(r"(?P<first>\w+) (?P<has>\w+) \d+( [^.\n\d]{1,40})\. (?P<second>\w+) (?P=has) \d+\3\.?")
"""Two sentences that differ in whom they are about and in their number."""


def undenied(text: str) -> str:
    """The text without the numbers that it denies: "12, not 13" is "12, not …"; nothing is left of "12 is wrong"."""
    return _CALLED_WRONG.sub("…", _DENIED.sub(r"\1 …", text))


def is_two_answers(text: str, question: str) -> bool:
    """Whether a text says a number of each of two, and is not asked for that one: "Ann has 7 cups. Bob has 5 cups."."""
    found = _SIDE_BY_SIDE.fullmatch(text.strip())
    asked = set(re.findall(r"\w+", question.casefold()))
    return found is not None and found["first"] != found["second"] and found["second"].casefold() not in asked
