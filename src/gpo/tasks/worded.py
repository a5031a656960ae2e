"""Knows how a reply names an option in the words of the question, without its letter. Pure."""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from gpo.tasks import figures
from gpo.tasks.offered import asked_of, stem_of, texts_of
from gpo.tasks.paired import are_pairs, pair_told
from gpo.tasks.paraphrased import paraphrased
from gpo.tasks.sentences import CONCLUSION, breaks_off, claim, is_asked, sentences, without_reasons

_EMPHASIS = re.compile(r"\*\*|__|`|[\"“”]")
_ARTICLE = re.compile(r"\A(?:the|a|an) ", re.IGNORECASE)
_LETTER = re.compile(r"\A[\s(\[]{0,3}[A-Za-z][)\].: ]{1,3}\s?")
_DENIED = re.compile(
    r"(?:\bnot|n['’]t|\bneither|\bnor|\brather than|\binstead of|\bthan)(?: (?!but\b)\w+){0,2}"
    r"(?:,? (?:or|nor)(?: \w+){0,2})? ?\Z",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"(?:,? (?:and |or |& )?(?!because|since|as|so|there|while|which|that)[\w'-]{1,20}){0,3}? "
    r"(?:(?:is|are|was|were|do|does|did|can|could|would|has|have)(?:n['’]t| not)|cannot)\b"
)
_DECIDES = re.compile(rf"\b(?:refers? to|stands for|means|is|are|was|be|has|with|it's)\b|{CONCLUSION}", re.IGNORECASE)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_NTH = re.compile(rf"\b({'|'.join(_ORDINALS)}) (?:option|choice|statement|sentence|answer|one)\b", re.IGNORECASE)
_NAMES_A_LETTER = re.compile(r"[(\[][A-Z][)\]]|\b[B-HJ-Z]\b(?!-)")
_TWO_SENTENCES = re.compile(r"[.!?] ")
_WHO = re.compile(r"\b([A-Z]\w+) (?:has|is|gets|got|holds?|will|ends?|was|had)\b[^,.]*\Z")
_AT_THE_END = re.compile(r"\b(?:final|finally|end|after all|result)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_CONCLUDES = re.compile(CONCLUSION)
_STEM_WORDS = 3
_LIST = 2
"""A sentence that names more options than this goes through them."""


def opening(text: str, question: str) -> str | None:
    """The option whose text, of more than a letter, the first line or sentence of a text is."""
    offers = _offers(question)
    found = _as_a_line(_first(text), offers) if offers else None
    return found if found and len(offers[found]) > 1 else None


def alone(text: str, question: str) -> str | None:
    """The option that a line of a text is, with its letter or without, if all such lines are one."""
    offers = _offers(question)
    lines = [found for line in text.split("\n") if (found := _as_a_line([line], offers))] if offers else []
    return _only(lines)


def stated(part: str, question: str) -> str | None:
    """The option that a text says which is an answer: a line that is its text, or its first sentence."""
    offers = _offers(question)
    if not offers:
        return None
    found = _as_a_line(_first(part), offers) or _exactly(_first(part)[0], offers)
    found = found or _with(figures.stated(part, asked_of(question)), offers)
    if found or _are_numbers(offers):
        return found
    if are_pairs(offers):
        return pair_told(part, offers)
    return next((_said(each, question, offers) for each in sentences(claim(part))[:1]), None)


def told(text: str, question: str) -> str | None:
    """The option that a text says which holds its answer somewhere: the first line, the last, or the last sentence."""
    offers = _offers(question)
    if not offers:
        return None
    line = text.strip().rpartition("\n")[2]
    found = _as_a_line([*_first(text), line], offers)
    if found or are_pairs(offers):
        return found or pair_told(text, offers)
    if breaks_off(text) and not _ends_with_option(line, offers):
        return None
    row = _row(text, question, offers)
    if row:
        return row
    ended = None if _is_row(sentences(text), offers) else _as_a_line([line.rpartition(": ")[2]], offers)
    if ended:
        return ended
    number = _exactly(line, offers) or _with(figures.told(text, asked_of(question)), offers)
    if number or _are_numbers(offers):
        return number
    parts = sentences(text)
    if not parts or _is_row(parts, offers):
        return None
    long = {letter: said for letter, said in offers.items() if _TWO_SENTENCES.search(said)}
    # Before a closing word that names no letter, or several, the sentence before it counts.
    last = parts[-1:] if len(_NAMES_A_LETTER.findall(parts[-1])) == 1 else parts[-2:]
    said = next((each for part in reversed(last) if (each := _said(part, question, offers))), None)
    return said or (_only(_named(_plain(line), long)) if long else None)


@lru_cache(maxsize=64)
def _offers(question: str) -> Mapping[str, str]:
    """What the options say, in plain lower case; nothing where two say the same."""
    texts = {letter: _plain(text.split("\n", 1)[0]) for letter, text in texts_of(question).items()}
    return texts if len(set(texts.values())) == len(texts) and all(texts.values()) else {}


def _with(number: Fraction | None, offers: Mapping[str, str]) -> str | None:
    """The option that is a number, where most of them are; others may be "none of these"."""
    numbers = {letter: figures.stated(said) for letter, said in offers.items() if figures.is_number(said)}
    if number is None or len(numbers) <= len(offers) // 2:
        return None
    return next((letter for letter, value in numbers.items() if value == number), None)


def _exactly(line: str, offers: Mapping[str, str]) -> str | None:
    """The option with a number in it that a line says to the letter: what looks like another that is only a number."""
    formulas = {letter: said for letter, said in offers.items() if _DIGIT.search(said) and not figures.is_number(said)}
    numbers = len(offers) - sum(not figures.is_number(said) for said in offers.values())
    said_so = [letter for letter, said in formulas.items() if said in _plain(line)]
    return _only(said_so) if numbers > len(offers) // 2 else None


def _are_numbers(offers: Mapping[str, str]) -> bool:
    return all(figures.is_number(said) for said in offers.values())


def _plain(text: str) -> str:
    text = " ".join(_EMPHASIS.sub("", text).replace("$", "").casefold().split())
    return _ARTICLE.sub("", text.strip(" .,;:!'()"))


def _first(text: str) -> list[str]:
    """The first line of a text, and its first sentence."""
    return [text.strip().split("\n", 1)[0], *sentences(text)[:1]]


def _is_row(parts: list[str], offers: Mapping[str, str]) -> bool:
    """Whether the last sentence is one of several rows that give everybody an option: "Ann: kite", "Bob: ball"."""
    rows = [": " in each and _plain(each.rpartition(": ")[2]) in offers.values() for each in parts]
    return sum(rows) > 1 and rows[-1]


def _row(text: str, question: str, offers: Mapping[str, str]) -> str | None:
    """The option of the one asked for, where the text ends with rows that give everybody one: "Bob: red ball"."""
    name = _WHO.search(stem_of(question))
    before, _, block = text.strip().rpartition("\n\n")
    header = block.partition("\n")[0] + before.rpartition("\n")[2]
    if name is None or not (_AT_THE_END.search(header) or not before):
        return None
    rows = re.findall(rf"(?:^\W*|[,;:] +(?:and )?){name[1]}\W*(?:->|[:=→–-]) *([^,;\n]+)", block, re.MULTILINE)
    return _as_a_line(rows[-1:], offers)


def _as_a_line(lines: list[str], offers: Mapping[str, str]) -> str | None:
    """The option that one of the lines is, with a letter before it or without."""
    for line in lines:
        for text in (_plain(line), _plain(_LETTER.sub("", line))):
            found = next((letter for letter, said in offers.items() if text in (said, _own(said, offers))), None)
            if found:
                return found
    return None


def _own(said: str, offers: Mapping[str, str]) -> str:
    """What an option says without the word that all of them end with: "orange" of "orange ball"."""
    last = said.rpartition(" ")[2]
    return said.removesuffix(f" {last}") if all(each.endswith(f" {last}") for each in offers.values()) else said


def _said(sentence: str, question: str, offers: Mapping[str, str]) -> str | None:
    """The one option that a sentence says: where it continues the question, else after its verb, else at all."""
    text = " ".join(_EMPHASIS.sub("", claim(sentence)).casefold().split())
    if sentence.rstrip().endswith("?"):
        return None
    continued = _continued(text, question, offers)
    named = _named(text, offers)
    if continued or _only(named):
        return continued or _only(named)
    if len(set(named)) > _LIST and not _CONCLUDES.search(text):
        return paraphrased(text, question, offers)
    shorter = without_reasons(text)
    after = [
        shorter[found.end() :] for found in _DECIDES.finditer(shorter) if not _DENIED.search(shorter[: found.end()])
    ]
    return (
        _only(_named(shorter, offers))
        or next((only for each in reversed(after) if (only := _only(_named(each, offers)))), None)
        or _nth(shorter, question, offers)
        or paraphrased(text, question, offers)
    )


def _continued(text: str, question: str, offers: Mapping[str, str]) -> str | None:
    """The option behind the last words of a question that breaks off: "Bob has the" of "Bob has the red ball"."""
    words = " ".join(stem_of(question).casefold().split()[-_STEM_WORDS:])
    _, found, after = text.rpartition(words) if words else ("", "", "")
    return next(iter(_named(after.split(",")[0], offers)), None) if found else None


def _named(text: str, offers: Mapping[str, str]) -> list[str]:
    """The options whose words stand in a text, not denied and not asked, in order; the longer of two that overlap."""
    by_text = {said: letter for letter, said in offers.items() if len(said) > 1 or said.isdecimal()}
    if not by_text:
        return []
    longest = sorted(by_text, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w/.])(?:{'|'.join(re.escape(each) for each in longest)})(?![\w/]|[.,]\d)")
    return [
        by_text[found[0]]
        for found in pattern.finditer(text)
        if not _DENIED.search(text[max(0, found.start() - 40) : found.start()])
        and not _DENIED_AFTER.match(text, found.end())
        and not is_asked(text, found.start())
    ]


def _ends_with_option(line: str, offers: Mapping[str, str]) -> bool:
    """Whether a sentence says an option with its last words: what was to be said is said."""
    return any(len(said) > 1 and _plain(line).endswith(f" {said}") for said in offers.values())


def _nth(text: str, question: str, offers: Mapping[str, str]) -> str | None:
    """The option that is called the second statement, where no options are called so in the question."""
    found = [] if _NTH.search(question) else _NTH.findall(text)
    place = _ORDINALS.index(found[0].lower()) if len(set(found)) == 1 else len(offers)
    return list(offers)[place] if place < len(offers) else None


def _only(letters: list[str]) -> str | None:
    return letters[0] if len(set(letters)) == 1 else None
