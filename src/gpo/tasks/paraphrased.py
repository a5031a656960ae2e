"""Knows when a sentence says one of several options in an order of its own. Pure.

An option is what sets it apart from the others ("blue" of "The blue book is second") and what it shares with them.
"""

import re
from collections.abc import Mapping

from gpo.tasks.sentences import ARROW, CONCLUSION, EMPTY_WORDS, without_reasons

_WORDS = re.compile(r"\d+(?:[.,/]\d+)*[a-z]{0,3}|[^\W\d_]+(?:['’][a-z]+)?")
_NEGATION = re.compile(r"\b(?:not|never|no|neither|nor|none|cannot|fails? to|rather than|instead of)\b|n['’]t\b")
_CLAUSE = re.compile(r"[,;(]\s*|\s(?=rather than |instead of )|\bbut\b")
_PRONOUN = re.compile(r"\bpronoun\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\brefer(?:s|ring)? (?:back )?to\b|[=:]|\bantecedent (?:\S+ ){0,4}is\b|\b(?:he|she|it|they) (?:is|are|means)\b"
)
_TO_THE_POINT = re.compile(rf":|{CONCLUSION}|{ARROW}")
_LONGEST = 12
"""Words of an option that somebody would say in another order."""


def paraphrased(sentence: str, question: str, offers: Mapping[str, str]) -> str | None:
    """The letter of the one option that a sentence in lower case says, if it says one; a denied option is not said."""
    options = {letter: _content(said) for letter, said in offers.items() if not _NEGATION.search(said)}
    sane = all(max(map(len, each), default=0) > 1 and len(each) <= _LONGEST for each in options.values())
    if sentence.rstrip().endswith("?") or len(options) < 2 or not sane:
        return None
    text = without_reasons(sentence)
    meant = _meant(text, options, offers) or _meant(_TO_THE_POINT.split(text)[-1], options, offers)
    return meant or (_referred_to(text, options) if _PRONOUN.search(question) else None)


def _meant(text: str, options: Mapping[str, frozenset[str]], offers: Mapping[str, str]) -> str | None:
    """The option whose own words stand in a text with what it shares; None where the own words of others do, too."""
    said = _claimed(text)
    own = _own(options)
    named = [letter for letter, words in own.items() if words and words <= said]
    longest = [each for each in named if not any(own[each] < own[other] for other in named)]
    if len(longest) != 1:
        return None
    letter = longest[0]
    shared = options[letter] - own[letter] - _beside(own[letter], offers[letter])
    return letter if shared <= said else None


def _referred_to(text: str, options: Mapping[str, frozenset[str]]) -> str | None:
    """The option of which a text names any own word behind "refers to", if it names none of another."""
    parts = _REFERS.split(text)
    said = _claimed(parts[-1]) if len(parts) > 1 else frozenset[str]()
    named = [letter for letter, words in _own(options).items() if words & said]
    return named[0] if len(named) == 1 else None


def _own(options: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The words of each option that not all of them have."""
    shared = frozenset[str].intersection(*options.values()) if len(options) > 1 else frozenset[str]()
    return {letter: words - shared for letter, words in options.items()}


def _beside(own: frozenset[str], said: str) -> frozenset[str]:
    """The word that follows the own words at once, and may be left out: "book" of "blue book"."""
    words = [_stem(each) for each in _WORDS.findall(said)]
    places = [place for place, word in enumerate(words) if word in own]
    return frozenset(words[places[-1] + 1 : places[-1] + 2]) if places else frozenset()


def _claimed(text: str) -> frozenset[str]:
    """The words of the clauses that deny nothing."""
    return _content(" ".join(each for each in _CLAUSE.split(text) if not _NEGATION.search(each)))


def _content(text: str) -> frozenset[str]:
    return frozenset(_stem(each) for each in _WORDS.findall(text.casefold()) if each not in EMPTY_WORDS)


def _stem(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s").removesuffix("s")
