"""Knows how numbers are written: signs, thousands, decimals, fractions, powers of ten, TeX, words. Pure."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from gpo.tasks.spelled import SCALES, SPELLED, value_of

_ONE_NUMBER = r"""
    (?P<sign>(?<![\w)\].,])[-+]|\b(?:negative|(?<!\d[ ])minus)[ ])?
    (?<![A-Za-z0-9_.])(?:[$€£][ ]?)?
    (?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
    (?:[eE](?P<exponent>[-+]?\d{1,3})(?!\d)
      |[ ]?(?:×|x|\*|\\times|\\cdot|·)[ ]?10\^\{?(?P<power>-?\d{1,3})\}?
      |(?:[ ](?P<top>\d{1,9}))?[ ]?/[ ]?(?P<below>\d{1,9})
    )?
    (?:[ ](?P<scale>(?i:hundred|thousand|million|billion|dozen))\b|(?P<kilo>[kK])\b)?
    (?!\d|[.:/]\d|(?-i:[A-Z])\d|st\b|nd\b|rd\b|th\b)
"""
# Ordinals, times and version numbers are none.
_NUMBER = re.compile(_ONE_NUMBER, re.VERBOSE)
_ADVERBS = r"approximately|about|around|roughly|nearly|exactly|only|just|therefore|thus|equal[ ]to|a[ ]total[ ]of"
_OPENING = rf"\A[\s\"'“(\[{{$€£~=:>]{{0,20}}(?:(?:{_ADVERBS}|=),?[ ]){{0,4}}"
_FIRST = re.compile(_OPENING + _ONE_NUMBER, re.VERBOSE | re.IGNORECASE)
_SPELLED = re.compile(SPELLED, re.IGNORECASE)
_FIRST_SPELLED = re.compile(_OPENING.replace("[ ]", " ") + f"(?P<words>{SPELLED})", re.IGNORECASE)
_TEX = (
    (re.compile(r"\\[dt]?frac\{(\d{1,9})\}\{(\d{1,9})\}"), r"\1/\2"),
    (re.compile(r"(?<=\d)(?:\{,\}|\\,|[\u00a0\u2009\u202f])(?=\d{3})"), ""),
    (re.compile(r"\\([$%])"), r"\1"),
    (re.compile(r"\^\{?\\circ\}?"), "°"),
    (re.compile(r"\*\*|__|`"), ""),
)
_DECIMAL_COMMA = re.compile(r"(?<![\w.,(\[{])([-+]?[$€£]?\d{1,9}),(\d{1,2})(?![\w)\]}]|[.,]\d)")
"""As many write it: "1,5" is 1.5. Neither a list ("1,2,3") nor a pair in brackets."""
_PROVED = re.compile(r"\s*(\d+)\*{0,2} \((\d+(?: ?[-+*/×÷] ?\d+){1,20})\)\.?\s*", re.ASCII)
"""A number with its working behind it, such as "8 (5 + 3)"."""
_SIGNS = str.maketrans({"−": "-", "–": "-", "≈": "=", "½": " 1/2", "¼": " 1/4", "¾": " 3/4"})
_SPACED_SIGN = re.compile(r"(?:(?<=\bis )|(?<=[=:] )|\A)- (?=[$€£]?\d[\d,.]*\s*\Z)|(?<=\bis )- (?=\d)")
_SPACED = re.compile(r"\A(\D{0,3}\d{1,3})((?: \d{3})+)(?!\d)(?=\D{0,20}\Z)")
_DATE = re.compile(
    r"(?<![\d/.-])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?)(?![\d/])|\bstep \d+\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^[ \t]{0,8}\d{1,3}[.)][ \t]+(?=\S)", re.MULTILINE)
_LONGEST_PROOF = 200
_SUMMED, _MULTIPLIED = re.compile(r"[-+ \d]+"), re.compile(r"[*× \d]+")
_POINT = re.compile(r"\((\d{1,2})\)(?= ?[A-Za-z])")
_SURELY_ONE = re.compile(
    r"(?:\A|\b(?:is|are|have|has|only|exactly|just|needs?|takes?|gets?|requires?|buys?|leaves?|makes?) )\W{0,3}\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A number in a text: its value, where it stands, whether it is written in words."""

    value: Fraction
    start: int
    end: int
    in_words: bool


def tidy(text: str) -> str:
    """The text with numbers in plain writing, without dates and times, and with marks for the numbers of list items."""
    text = text.translate(_SIGNS)
    for pattern, plain in _TEX:
        text = pattern.sub(plain, text)
    text = _SPACED.sub(lambda found: found[1] + found[2].replace(" ", ""), text)
    text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    text = _without_proof(text)
    text = _SPACED_SIGN.sub("-", _DATE.sub(" ", text))
    points = [int(each) for each in _POINT.findall(text)]
    if len(points) > 1 and points == list(range(1, len(points) + 1)):
        text = _POINT.sub(" ", text)
    return _ITEM.sub("• ", text) if len(_ITEM.findall(text)) > 1 else text


def _without_proof(text: str) -> str:
    """The number alone, where the whole text is a number and a sum, difference or product that gives it."""
    found = _PROVED.fullmatch(text)
    if found is None or len(text) > _LONGEST_PROOF:
        return text
    factors = [int(each) for each in re.findall(r"\d+", found[2])]
    terms = [int(each) for each in re.findall(r"[-+]?\d+", found[2].replace(" ", ""))]
    if _SUMMED.fullmatch(found[2]):
        result = sum(terms)
    else:
        result = math.prod(factors) if _MULTIPLIED.fullmatch(found[2]) else None
    return text if result != int(found[1]) else found[1]


def opening(text: str) -> Written | None:
    """The number that a tidy text begins with."""
    found = _FIRST.match(text)
    if found:
        value = _value(found)
        return None if value is None else Written(value, found.start("digits"), found.end(), False)
    words = _FIRST_SPELLED.match(text)
    value = value_of(words["words"]) if words else None
    return None if words is None or value is None else Written(Fraction(value), words.start("words"), words.end(), True)


def numbers_in(text: str) -> list[Written]:
    """The numbers of a tidy text in order, in digits or in words."""
    found = [
        Written(value, each.start(), each.end(), False)
        for each in _NUMBER.finditer(text)
        if (value := _value(each)) is not None
    ]
    taken = {place for each in found for place in range(each.start, each.end)}
    for words in _SPELLED.finditer(text):
        value = value_of(words[0])
        if value is not None and words.start() not in taken and _is_meant(words, text):
            found.append(Written(Fraction(value), words.start(), words.end(), True))
    return sorted(found, key=lambda each: each.start)


def _is_meant(words: re.Match[str], text: str) -> bool:
    """Whether words are a number; "one" is it less often than not: "the one that", "no one"."""
    return words[0].lower() != "one" or bool(_SURELY_ONE.search(text[max(0, words.start() - 12) : words.start()]))


def _value(found: re.Match[str]) -> Fraction | None:
    top, below = found["top"], found["below"]
    try:
        value = Fraction(found["digits"].replace(",", ""))
        if below:
            value = value + Fraction(int(top), int(below)) if top else value / int(below)
    except (ValueError, ZeroDivisionError):  # thousands of digits, or a division by zero
        return None
    scale = 1000 if found["kilo"] else SCALES.get((found["scale"] or "").lower(), 1)
    value *= Fraction(10) ** int(found["exponent"] or found["power"] or 0) * scale
    return value if found["sign"] in (None, "+") else -value
