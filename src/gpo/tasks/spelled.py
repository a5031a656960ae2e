"""Knows numbers in English words: "seven", "twenty-one", "one hundred and five thousand". Pure."""

import re

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth",
    "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip
_ORDINAL = re.compile(rf"\b(?:{'|'.join(ORDINALS)})\b", re.IGNORECASE)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD = rf"(?:{'|'.join(sorted((*ONES, *_TENS, *SCALES), key=len, reverse=True))})"
SPELLED = rf"\b(?:(?:negative|minus) )?{_WORD}(?:(?:[- ]|,? and ){_WORD}){{0,12}}\b"
"""A number in words, as a regular expression."""


_A_SCALE = re.compile(
    r"\A(\W{0,5}(?:(?:about|exactly|only|just) )?)a (?=(?:dozen|hundred|thousand|million)\b(?: \w+){0,2}\W{0,9}\Z)",
    re.IGNORECASE,
)
"""An answer that is a dozen: its "a" is a one."""


def counted(text: str) -> str:
    """The text with a one before its scale where it is that alone: "a dozen eggs" is "1 dozen eggs"."""
    return _A_SCALE.sub(r"\g<1>1 ", text)


def value_of(words: str) -> int | None:
    """The number that the words are; None for words that are several numbers, or a scale without a number."""
    names = re.split(r"[-, ]+", words.lower())
    whole, part, room = 0, 0, 100  # what is below `room` may come next: after "twenty" one to nine, after "six" none
    for name in (each for each in names if each not in _NO_VALUE):
        scale = SCALES.get(name)
        if scale is None:
            value = ONES.index(name) if name in ONES else 20 + 10 * _TENS.index(name)
            if value >= room:
                return None
            part, room = part + value, 10 if value >= 20 else 0
        elif part == 0:
            return None
        elif scale <= 100:
            part, room = part * scale, 100
        else:
            whole, part, room = whole + part * scale, 0, 100
    return -(whole + part) if names[0] in _MINUS else whole + part


def in_digits(text: str) -> str:
    """The text with its ordinals, "6th" or "sixth", as plain numbers."""
    text = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", text)
    return _ORDINAL.sub(lambda found: str(ORDINALS.index(found[0].lower()) + 1), text)


_MINUS = ("negative", "minus")
_NO_VALUE = (*_MINUS, "and")
