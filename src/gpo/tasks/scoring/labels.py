"""Knows how to read which one of a few labels a reply settles on. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence

from gpo.tasks.reply import settled
from gpo.tasks.sentences import CONCLUSION, breaks_off, claim, is_asked, sentences, without_reasons

_EMPHASIS = re.compile(r"\*\*|__|`|[\"“”]")
_DENIED = re.compile(
    r"(?:\bnot|n['’]t|\bneither|\bnor|\bcannot be|\bfails? to be|\bas opposed to|\brather than|\binstead of)"
    r"(?: (?!but\b)\w+){0,2} ?\Z",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“](?=[^\"“”\n]*\s[^\"“”\n]*\s)[^\"“”\n]{0,300}[\"”]")
"""Words of somebody else: three or more in quotes."""
_BUT = re.compile(r"\b(?:but|however|yet)\b", re.IGNORECASE)
_IN_GENERAL = re.compile(
    r"(?:\A|[,:] |\bthat )(?:an?|any|every|each|for an?) (?:(?:\w+ ){1,2}(?:is|are|to be)(?: \w+)? )?\Z", re.IGNORECASE
)
_BETWEEN = r"(?:\s*[-*•/|,]\s*|\s+or\s+)"


def label(reply: str, labels: Sequence[str]) -> str | None:
    """The label that a reply settles on, as it is written in `labels`; None where none is clear.

    What is marked as the answer counts alone, and there the first sentence that names one; else what the reply
    concludes or begins with; else its last sentence with a label. A sentence that claims two of them is not clear.
    Of two labels, "not" the one is the other; of more, it is none.
    """
    names = "|".join(re.escape(each) for each in by_length(labels))
    pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
    ended = re.compile(rf"(?<!\w)(?:{names})\Z", re.IGNORECASE)
    echo = re.compile(rf"[-*•]?\s*\b(?:{names}){_BETWEEN}(?:{names})\b(?=\W*\Z)", re.IGNORECASE)

    def said(text: str) -> str | None:
        return _only(_claimed(text, pattern, labels)) or _only(_claimed(_BUT.split(text)[-1], pattern, labels))

    def stated(part: str) -> str | None:
        return _first_clear(sentences(_EMPHASIS.sub("", part)), said)

    def told(whole: str) -> str | None:
        text = echo.sub("", _EMPHASIS.sub("", _QUOTED.sub("", whole))).strip()
        concluded = _first_clear((each for each in _backwards(text) if _concludes(each)), said)
        begun = re.compile(rf"\W{{0,3}}(?:{names})\s*(?:[.,;:!–—]|\n|\Z)", re.IGNORECASE).match(text)
        if concluded or begun:
            return concluded or said(text[: begun.end()] if begun else "")
        claiming = (each for each in _backwards(text) if _claimed(each, pattern, labels))
        return None if breaks_off(text) and not ended.search(text) else said(next(claiming, ""))

    return settled(reply, stated, told)


def by_length(labels: Sequence[str]) -> list[str]:
    """The labels, the longest first, so that none hides another that it begins."""
    return sorted(labels, key=len, reverse=True)


def _backwards(text: str) -> Iterable[str]:
    return reversed(sentences(text))


def _concludes(sentence: str) -> bool:
    return re.search(CONCLUSION, sentence, re.IGNORECASE) is not None


def _first_clear(parts: Iterable[str], said: Callable[[str], str | None]) -> str | None:
    return next((found for each in parts if (found := said(each))), None)


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(set(names)) == 1 else None


def _claimed(sentence: str, pattern: re.Pattern[str], labels: Sequence[str]) -> list[str]:
    """The labels that a sentence claims, in order; one that is asked, conceded or a reason is not claimed."""
    text = without_reasons(claim(sentence))
    claimed: list[str] = []
    for found in pattern.finditer(text):
        name = next(each for each in labels if each.casefold() == found[0].casefold())
        if is_asked(text, found.start()) or _IN_GENERAL.search(text[: found.start()]):
            continue
        if not _DENIED.search(text[max(0, found.start() - 40) : found.start()]):
            claimed.append(name)
        elif len(labels) == 2:
            claimed.append(labels[1 - list(labels).index(name)])
    return claimed
