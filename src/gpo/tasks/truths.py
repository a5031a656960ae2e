"""Knows how yes and no, true and false are said in a text. Pure."""

import re
from collections import deque
from collections.abc import Iterable

from gpo.tasks.restated import restated
from gpo.tasks.sentences import ARROW, CONCLUSION, breaks_off, claim, is_asked, sentences

_WORD = r"(yes|no|true|false)"
_NOT = r"((?:\bnot|n['’]t)(?: (?:necessarily|actually|really|a))? )?"
_FILLERS = r"(?:(?:definitely|clearly|(?:most )?likely|probably|therefore|thus|so|that|it is|it's|a),? ){0,3}"
_SUBJECT = (
    r"(?:(?:the|this|that|it)(?: (?:statement|sentence|answer|expression|argument|claim|result))?"
    r"(?: is| evaluates to|'s),? )?"
)
_EMPHASIZED = re.compile(r"(?:\*\*|__|`|[\"“])(yes|no|true|false)[.,]?(?:\*\*|__|`|[\"”])(?=\s+\w)", re.IGNORECASE)
"""In bold letters or quotes it is an answer, whatever comes after it: "would answer **No** to this"."""
_YEP = re.compile(r"\b(?:yep|yeah|yup|correct(?=[.!]?\Z))\b", re.IGNORECASE)
_NOPE = re.compile(r"\b(?:nope|nah)\b|\Anot (?:really|quite|at all)(?=[,.!])", re.IGNORECASE)
_QUESTION = re.compile(
    r"\b(?:yes or no|true or false|false or true|no or yes"
    r"|neither true nor false|neither yes nor no|(?:both )?(?:yes and no|no and yes)|yes ?/ ?no|true ?/ ?false)\b"
    r"|\*\*|__|`|\$|[-*] ?yes\s+[-*] ?no\b(?=\W*\Z)",
    re.IGNORECASE,
)
_BEGINNING = re.compile(
    rf"\A[\s\"'“(\[:>-]{{0,20}}(?:[^\w\s]{{1,2}} )?{_FILLERS}{_NOT}{_WORD}\b"
    r"(?=\s*(?:[.,;:!)\]\"'”–—-]|\Z|\n)|\s+(?:it|you|he|she|they|we|i|the|this|that|there|because|since|as)\b)",
    re.IGNORECASE,
)
_CONCLUDED = re.compile(
    rf"(?:{CONCLUSION}|\b(?:evaluates|simplifies|reduces) to|\bbecomes|=|{ARROW}),? {_SUBJECT}{_NOT}{_WORD}\b"
    r"(?! (?:and|or)\b|\W{0,2}\?)",
    re.IGNORECASE,
)
# "no" before a noun ("no way", "there is no other") is no answer, nor where a text breaks off behind it.
_NO = r"(?:no\b(?=\s*(?:[.,;:!)\]\"'”–—]|\n))|(?<!there is )(?<!there are )(?<!has )no\Z)"
_SAID = re.compile(rf"{_NOT}\b(yes\b|true\b|false\b|{_NO})(?! (?:and|or)\b)", re.IGNORECASE)
_CALLED = re.compile(
    rf"\b(?:is|are|be|becomes|gives|yields|equals|say|says|answer|answers|respond)"
    rf"(?: (?:likely|probably|that|with))?:? {_NOT}{_WORD}\b(?! (?:and|or)\b)",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\bothers\b|\b(?:yes|no),? or\b", re.IGNORECASE)


def stated(text: str, question: str = "") -> bool | None:
    """What a text that is an answer says: what it begins with, else concludes, else says first; else restates."""
    text = _plain(text)
    found = _BEGINNING.match(text) or _last(_CONCLUDED, text)
    if found is not None:
        return _truth(found)
    return _in_order(sentences(text), question)


def told(text: str, question: str = "") -> bool | None:
    """What a text says that holds its answer somewhere.

    A text that begins with yes or no means it, whatever it calls true or false on the way, unless it concludes with
    the other of the two. None for a text that breaks off without a conclusion in yes or no.
    """
    text = _plain(text)
    begun, concluded = _BEGINNING.match(text), _last(_CONCLUDED, text)
    if begun and concluded and _is_yes_or_no(begun) and not _is_yes_or_no(concluded):
        return _truth(begun)
    cut = breaks_off(text)
    if concluded and not (cut and not _is_yes_or_no(concluded)):
        return _truth(concluded)
    if begun and not (cut and text[begun.end() :].lstrip().startswith((",", "and"))):
        return _truth(begun)
    return None if cut else _in_order(reversed(sentences(text)), question)


def _plain(text: str) -> str:
    text = _NOPE.sub("no", _YEP.sub("yes", text))
    return _QUESTION.sub("", _EMPHASIZED.sub(r"\1,", text)).strip()


def _in_order(parts: Iterable[str], question: str) -> bool | None:
    """What the first of the sentences says that says yes, no, true or false, or restates the question."""
    for sentence in parts:
        text = "" if sentence.endswith("?") else claim(sentence)
        found = [each for each in _SAID.finditer(text) if not is_asked(text, each.start())]
        truths = {_truth(each) for each in found}
        if len(truths) == 1:
            return truths.pop()
        if found:
            called = None if _OTHERS.search(text) else _last(_CALLED, text)
            return None if called is None else _truth(called)
        said = restated(sentence, question)
        if said is not None:
            return said
    return None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)


def _is_yes_or_no(found: re.Match[str]) -> bool:
    return found[2].lower() in ("yes", "no")


def _truth(found: re.Match[str]) -> bool:
    denied = found[1] is not None and not _is_yes_or_no(found)
    return (found[2].lower() in ("yes", "true")) != denied
