"""Knows how option letters are written, chosen and turned down in a text. Pure."""

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from gpo.tasks import worded
from gpo.tasks.offered import asked_of, options_of, texts_of
from gpo.tasks.sentences import CONCLUSION, breaks_off, claim, is_asked, sentences

_LETTERS = string.ascii_uppercase
_EMPHASIZED = re.compile(r"(?:\*{1,2}|__|`|\"|“)[(\[]?([A-Za-z])[)\]]?[.:]?(?:\*{1,2}|__|`|\"|”)")
_WORD = r"(?:[Oo]ption|[Cc]hoice|[Ll]etter|[Aa]nswer|[Ss]tatement|[Ss]entence|[Aa]ns\.?|OPTION|CHOICE)"
_BRACKETED = r"(?<!\w)[(\[{]{1,2} ?([A-Za-z]) ?[)\]}]{1,2}(?!\w)"
_BARE = r"([A-Z])(?=[.,:;)\]]|\s*\Z|\s*\n|\s+(?:because|since|as|is|for|it is)\b|\s+[-–—(])"
_SMALL = r"([a-z])(?=[.):,]\s|[.):]?\s*\Z)"
_ADVERB = r"(?:clearly|definitely|likely|most likely|probably|therefore|thus|indeed|actually|the)"
_OPENING = r"\A[\s\"'>:-]{0,20}"
_SUBJECT = re.compile(
    r"\s+((?!as\b|thus\b)(?:is|are|was|were|has|had|can|could|would|might|may|does|did|[a-z]{2,}s)\b)"
)
"""What follows a letter of which something is said: "(B) is sincere", "(B) implies"; "(B) is correct" chooses it."""

_CLEAR = re.compile(
    rf"{_BRACKETED}|\b{_WORD} ([A-Z])\b(?!['’])|^[ \t]{{0,8}}([A-Z])[ \t]?[.):]?[ \t]{{0,8}}$"
    r"|^([A-HJ-Z])(?= (?:is|has)\b)|(?:\b(?:is|be|with)|\b[Ii]t['’]s) ([A-Z])(?=[.!]?\s*$)",
    re.MULTILINE,
)
_BEGINNING = re.compile(rf"{_OPENING}(?:{_WORD}:? )?(?:{_BRACKETED}|{_BARE}|{_SMALL})")
# What is marked as the answer may go on at once: "Answer: B The doctor". A and I are words as well.
_STATED = re.compile(
    rf"{_OPENING}(?:{_ADVERB},? ){{0,3}}(?:{_WORD}:? )?(?:{_BRACKETED}|{_BARE}|{_SMALL}|([B-HJ-Z])(?=\s))"
)
_CONCLUDED = re.compile(
    rf"(?i:{CONCLUSION}|\bcorrect(?: \w+)?:|\bselected:|\b(?:leaves|leaving)\b(?: us with)?(?: only)?"
    r"|\bmo(?:st|re) likely\b|\bneither \W?[A-Z]\W? nor \W?[A-Z]\W?[;,:]"
    rf"|\bI(?:['’]d|['’]ll| would| will| am going to)? (?:choose|pick|select|say|go with|lean (?:towards?|to))\b"
    r"|\bI (?:think|believe|guess|suspect)(?: that)? (?:it is|it['’]s|it would be)"
    rf"|(?:\A|(?<=[.!?,;] )|(?<=\n))(?:but )?(?:it is|it's|that is|that's|this is)\b),? "
    rf"(?:(?i:it is|it's|it must be|the answer|the|only|correct|is),? ){{0,3}}(?:{_WORD} )?(?:{_BRACKETED}|{_BARE})"
)
_IS_RIGHT = re.compile(
    rf"(?:{_BRACKETED}|\b(?:{_WORD} )?([A-Z])) (?:is|would be|seems|looks|appears) "
    rf"(?:(?:{_ADVERB}|most|only) ){{0,3}}(?:correct|right|best|true|answer|appropriate|plausible|likely)\b"
)
_WHICH = re.compile(
    r"\bwhich (?:of the following|\w+) (is|are|was|has) (?:an? |the )?((?:[\w-]+ ?){1,12})[?:.\n]?", re.IGNORECASE
)
_TICKED = re.compile(r"[(\[]([A-Za-z])[)\]](?:(?![(\[][A-Za-z][)\]])[^\n]){0,80}?([✓✅✔])")
_VERDICT = re.compile(
    r"^[ \t]{0,8}(?:[-*•] )?[(\[]?([A-Z])[)\].:]{1,2} [^\n]{0,300}?"
    r"(?:(\btrue|\bcorrect|\byes|✓|✅|✔)|\bfalse|\bincorrect|\bno|✗|❌)[.!)]{0,2}$",
    re.MULTILINE | re.IGNORECASE,
)
_NEXT_VERDICT = re.compile(r"[;,] (?=[(\[]?[A-Z][)\]:]{1,2} )")
"""What stands between verdicts in one line: "(A): no; (B): yes"."""
_NOT_BEFORE = re.compile(
    r"(?:\bnot|n['’]t|\bneither(?: is| are)?|\bnor(?: is| are)?|\brather than|\binstead of|\bthan)"
    r"(?: be| option| choice| (?:an? |the )?\w+)? ?\Z"
)
_NOT_AFTER = re.compile(
    r"\A[\W_]{0,4}(?:(?:is|are|seems|looks)(?: \w+)? (?:wrong|incorrect|false|out|eliminated|impossible|implausible)\b"
    r"|(?:is|are|does|do|did|can|could|would|will|has|should)(?:n['’]t| ?not)\b)"
)
_ANOTHER = re.compile(
    rf" ?(?:,|/|or|and|&) ?(?:{_WORD} )?(?:{_BRACKETED}|[B-HJ-Z]\b)"
    r"|[)\]]?:? ?(?i:yes|no|true|false|right|wrong|correct|incorrect)[;,] [(\[]?[A-Z][)\]:]"
)
"""What follows a letter that is one of several: "A or B", "(A): no; (B): yes"."""
_NEXT_LINE = re.compile(r"[).:\]]?[ \t]*\n[(\[]?([A-Z])[)\].:]?[ \t]*(?=\n|\Z)")
_BARE_LINE = re.compile(r"[(\[]?([A-Z])[)\].:]{0,2}")
_REMARK = re.compile(rf"(?:{_WORD} )?[(\[]([A-Z])[)\]]")
_MANY = 3
"""So many remarks in a row, each on another option, go through the options."""
_JUDGED = re.compile(r"[)\].:]{1,2} +(is|are|was|were|does|do|did|would|can|could|cannot|has|isn['’]t|doesn['’]t)\b")
"""How a line goes on that says something of an option and does not repeat it."""
_GOES_THROUGH = re.compile(r"\W*(?:option|sentence|statement|choice) [(\[]?A[)\]]?:", re.IGNORECASE)
"""How a text begins that looks at one option after another."""
_AND = re.compile(r"(?<!\w)[(\[]?[A-Z][)\]]?,? ?(?:and|or|&|/) ?\Z")
_LISTED = re.compile(r"^[ \t]{0,8}(?:[-*•] )?[(\[]?([A-Z])[)\].:]{1,2}(?: +\S.*|\Z)$", re.MULTILINE)


def stated(text: str, question: str = "") -> str | None:
    """The option of a text that is an answer: the one it begins with, or concludes, or else names alone.

    A text that names no letter may say the option in the words of the question. Letters that the question does not
    offer are words.
    """
    plain, offered = _plain(text), options_of(question)
    begun = _STATED.match(plain)
    in_full = worded.opening(text, question)
    if in_full:
        return in_full
    if begun and _letter(begun) in (offered or _LETTERS) and _ANOTHER.match(plain, begun.end()):
        return _concluded(plain, offered, question)
    first = next(iter(sentences(plain)), "")
    return (
        _first(_STATED, plain, offered)
        or _concluded(plain, offered, question)
        or _only(_standing(claim(first), offered))
        or worded.stated(text, question)
        or _unanimous(plain, offered)
    )


def told(text: str, question: str = "") -> str | None:
    """The option of a text that holds its answer somewhere: the one it concludes, or begins with, or names last.

    None where the last sentence names one by its letter and says another in its words.
    """
    plain, offered = _plain(text), options_of(question)
    rest = _without_list(plain, question)
    begins = not (breaks_off(rest) and _GOES_THROUGH.match(rest))
    said = (
        _concluded(rest, offered, question)
        or _verdict(plain, question)
        or (worded.opening(rest, question) or _begun(rest, question, offered) if begins else None)
        or (None if breaks_off(rest) else worded.alone(rest, question))
    )
    if said is not None:
        return said
    named = None if breaks_off(rest) else _unanimous(rest, offered)
    in_words = worded.told(_without_list(text, question), question)
    return _only([each for each in (named, in_words) if each is not None])


def _plain(text: str) -> str:
    text = text.replace("\\(", "(").replace("\\)", ")").replace("$", "")
    return _EMPHASIZED.sub(r"(\1)", text).replace("**", "").replace("__", "").replace("`", "").strip()


def _without_list(text: str, question: str) -> str:
    """The text without options listed in order, (A), (B), ... on lines of their own: they repeat the question."""
    own = texts_of(question)
    lines = [
        each
        for each in _LISTED.finditer(text)
        if not (said := _JUDGED.match(text, each.end(1))) or own.get(each[1], "").startswith(said[1])
    ]
    listed: set[int] = set()
    for i, (before, this) in enumerate(pairwise(lines)):
        if ord(this[1]) == ord(before[1]) + 1 and (before[1] == "A" or i in listed):
            listed |= {i, i + 1}
    kept = list[str]()
    end = 0
    for i in sorted(listed):
        kept.append(text[end : lines[i].start()])
        end = lines[i].end()
    return "".join([*kept, text[end:]]).strip()


def _verdict(text: str, question: str) -> str | None:
    """The one option that a list calls true, of several that it calls true or false."""
    for said in sorted(texts_of(question).values(), key=len, reverse=True):
        text = text.replace(said.split("\n", 1)[0], "…")  # what an option says is no verdict on it
    found = list(_VERDICT.finditer(_NEXT_VERDICT.sub("\n", text)))
    true = [each[1] for each in found if each[2]]
    ticked = _TICKED.findall(text)
    if len(ticked) == 1 and len(found) < 2:
        return str(ticked[0][0]).upper()
    return true[0].upper() if len(found) > 1 and len(true) == 1 else None


def _first(pattern: re.Pattern[str], text: str, offered: Sequence[str]) -> str | None:
    found = pattern.match(text)
    if found is None or _is_denied(text, found) or _ANOTHER.match(text, found.end()):
        return None
    below = _NEXT_LINE.match(text, found.end())
    if below and below[1] != _letter(found):
        return None
    return _letter(found) if _letter(found) in (offered or _LETTERS) else None


def _begun(text: str, question: str, offered: Sequence[str]) -> str | None:
    """The option that a text begins with, unless it begins to say something of it."""
    found = _BEGINNING.match(text)
    said = _SUBJECT.match(text, found.end()) if found else None
    if found and said and not texts_of(question).get(_letter(found), "").casefold().startswith(said[1]):
        return None
    return _first(_BEGINNING, text, offered)


@lru_cache(maxsize=64)
def _is_what_is_asked(question: str) -> re.Pattern[str] | None:
    """How a text says that an option is what the question asks for: "(B) is sarcastic" of "Which one is sarcastic?"."""
    found = _WHICH.search(asked_of(question))
    if found is None:
        return None
    words = r" (?:an? |the )?".join([found[1], *(re.escape(each) for each in found[2].split()[:3])])
    return re.compile(rf"(?:{_BRACKETED}|\b{_WORD} ([A-Z])) {words}\b", re.IGNORECASE)


def _concluded(text: str, offered: Sequence[str], question: str) -> str | None:
    """The option of the last "so (B)", "I choose (B)" or "(B) is correct"."""
    asked = _is_what_is_asked(question)
    patterns = (_CONCLUDED, _IS_RIGHT, *([asked] if asked else []))
    found = [each for pattern in patterns for each in pattern.finditer(text)]
    clear = [
        each
        for each in found
        if _letter(each) in (offered or _LETTERS)
        and not _is_denied(text, each)
        and not _ANOTHER.match(text, each.end())
        and not _AND.search(text[max(0, each.start() - 12) : each.start()])
    ]
    return _letter(max(clear, key=lambda each: each.start())) if clear else None


def _standing(text: str, offered: Sequence[str]) -> list[str]:
    """The clear options of a text that are not denied, in order."""
    letters = [_letter(found) for found in _CLEAR.finditer(text) if not _is_denied(text, found)]
    return [each for each in letters if each in (offered or _LETTERS)]


def _unanimous(text: str, offered: Sequence[str]) -> str | None:
    """The one option of the last sentence that names any; None where it names several."""
    parts = sentences(text)
    bare = [found[1] if (found := _BARE_LINE.fullmatch(each)) else "" for each in parts[-2:]]
    if len(set(bare)) == 2 and all(bare):
        return None
    for sentence in reversed(parts[: len(parts) - _remarks(parts)]):
        letters = _standing(claim(sentence), offered)
        if letters:
            return _only(letters)
    return None


def _remarks(parts: Sequence[str]) -> int:
    """How many sentences at the end say something of one option after another: "(A) errs. (B) is out. (D) lies."."""
    begun = [_REMARK.match(each) for each in parts]
    says = [bool(found and _SUBJECT.match(each, found.end())) for found, each in zip(begun, parts, strict=True)]
    count = next((place for place, is_remark in enumerate(reversed(says)) if not is_remark), len(says))
    letters = {found[1] for found in begun[len(parts) - count :] if found}
    return count if len(letters) >= _MANY else 0


def _is_denied(text: str, found: re.Match[str]) -> bool:
    before, after = text[max(0, found.start() - 24) : found.start()], text[found.end() : found.end() + 60]
    return bool(_NOT_BEFORE.search(before) or _NOT_AFTER.match(after)) or is_asked(text, found.start())


def _letter(found: re.Match[str]) -> str:
    return next(str(letter) for letter in found.groups() if letter).upper()


def _only(letters: Sequence[str]) -> str | None:
    return letters[0] if len(set(letters)) == 1 else None
