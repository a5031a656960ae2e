"""Knows options that judge two statements at once ("True, False"), and how a text says each verdict. Pure."""

import re
from collections.abc import Mapping

_PAIR = re.compile(r"([a-z]+(?: [a-z]+)?), ([a-z]+(?: [a-z]+)?)")
_THING = r"(?:statement|scenario|claim|sentence|one)"
_FIRST = re.compile(rf"\b(?:{_THING} ?(?:1|one|i)\b|(?:the )?(?:first|former)(?: {_THING})?\b)", re.IGNORECASE)
_SECOND = re.compile(rf"\b(?:{_THING} ?(?:2|two|ii)\b|(?:the )?(?:second|latter)(?: {_THING})?\b)", re.IGNORECASE)
_BOTH = rf"\bboth(?: of)?(?: the)?(?: {_THING}s)?(?: \d (?:and|&) \d)?(?: are)?(?: \w+ly)? "
_SENSE = {"false": ("not true", "incorrect"), "true": ("correct",)}


def are_pairs(offers: Mapping[str, str]) -> bool:
    """Whether all options, in lower case, are pairs of the same two verdicts."""
    return len(_verdicts(offers)) == 2


def pair_told(text: str, offers: Mapping[str, str]) -> str | None:
    """The letter of the pair that a text says: "both are true", "the first is true, the second is false"."""
    verdicts = _verdicts(offers)
    if len(verdicts) != 2:
        return None
    plain = " ".join(text.casefold().replace("*", "").split(" "))
    named = {each for each in offers if re.search(rf"(?<!\w)(?<!, ){offers[each]}(?!\w|, )", plain)}
    if len(named) == 1:
        return named.pop()
    both = re.findall(_BOTH + _one_of(verdicts), plain)
    said = (both[-1], both[-1]) if both else (_of(plain, _FIRST, verdicts), _of(plain, _SECOND, verdicts))
    pair = ", ".join(_named(each, verdicts) for each in said)
    return next((letter for letter, option in offers.items() if option == pair), None)


def _verdicts(offers: Mapping[str, str]) -> frozenset[str]:
    pairs = [_PAIR.fullmatch(each) for each in offers.values()]
    return frozenset(each for pair in pairs for each in (pair.groups() if pair else ("", "", "")))


def _of(text: str, name: re.Pattern[str], verdicts: frozenset[str]) -> str:
    """What is said behind the last mention of a statement, up to the mention of the other; "" where it is not clear."""
    places = list(name.finditer(text))
    if not places:
        return ""
    tail = text[places[-1].end() :]
    other = (_SECOND if name is _FIRST else _FIRST).search(tail)
    part = tail[: other.start()] if other else tail
    said = re.findall(_one_of(verdicts), part)
    return said[0] if len({_named(each, verdicts) for each in said}) == 1 else ""


def _one_of(verdicts: frozenset[str]) -> str:
    words = {*verdicts, *(word for verdict in verdicts for word in _SENSE.get(verdict, ()))}
    return rf"\b({'|'.join(sorted(words, key=len, reverse=True))})\b"


def _named(said: str, verdicts: frozenset[str]) -> str:
    return next((verdict for verdict in verdicts if said in (verdict, *_SENSE.get(verdict, ()))), "")
