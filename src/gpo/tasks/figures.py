"""Knows which of the numbers in a text is its answer. Pure.

A sentence may name many numbers and answer with one: what follows the last "=", what it calls the total, or the one
that the question does not give. What stands in brackets, as a reason or as a list behind a colon explains the answer.
"""

import re
from collections.abc import Callable, Iterable, Sequence, Set
from fractions import Fraction

from gpo.tasks.denied import is_two_answers, undenied
from gpo.tasks.numerals import Written, numbers_in, opening, tidy
from gpo.tasks.sentences import CONCLUSION, breaks_off, claim, sentences, without_reasons
from gpo.tasks.spelled import counted, in_digits

_GOES_ON = re.compile(
    r"[ )]{0,2}(?:[-+*/×÷^]|x|\\times|\\cdot|\\div|plus|minus|times|divided by|or|to)[ ]?[($\d\\-]", re.IGNORECASE
)
_RANGE = re.compile(
    r"\b(?:either|between|from)\s[^.\n]{0,20}?\d[^.\n]{0,20}?\s(?:or|and|to)\s[$€£]?\d|\d \(?or \d", re.IGNORECASE
)
_BOUND = re.compile(r"\b(?:more|less|fewer|greater|higher|lower) than |\bat (?:least|most) ", re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*\n]{0,60}[^*\n.):])\*\*")
_ALONE = re.compile(r"%?(?: [A-Za-z]+){0,3}[.!]?")
_FIRST_LINE = re.compile(r"\A[\s*_`$€£−-]{0,8}\d+(?:[.,/]\d+)*%?(?: [A-Za-z]+){0,2}[.!]?[*_`]{0,3}(?=\s*\n)")
_ASIDE = re.compile(
    r"\((?=[^()\n]*[A-Za-z]{2})[^()\n]{0,200}\)"
    r"|\([^()\n]{0,40}\d[^()\n]{0,20} ?[-+*/×÷=] ?[^()\n]{0,20}\d[^()\n]{0,60}\)"
    r"|\b(?:out )?of (?:the|all|all the|its|his|her|their|those|these) [$€£]?[\d,]+|\bout of [\d,]+|\bper \d+"
    r"|\bto (?:make|reach|get|earn|have) (?:a |the |his |her |their )?(?:total|goal|target)(?: of)? [$€£]?[\d,.]*\d"
    r"|\bfor (?:the|all|all the) \d+\b|, which is [$€£]?[\d,.]*\d (?:more|less|fewer|higher|lower)\b"
    r"|(?<=[%\d]) of [$€£]?[\d,.]*\d|\b(?:than|instead of|after|before|below|above) [$€£]?[\d,.]*\d"
)
_MEANS = re.compile(
    r"\A(?:after|when|once|having) [^,.;\n]{0,200},|,? \b(?:by|from|after|when) \w+ing\b[^.;\n]{0,200}"
    r"|[,;] (?:and )?the (?:other|rest)\b[^.\n]{0,200}",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"(\b(?:needs?|takes?|requires?|uses?) [^.;,\n]{0,12}\d[\d,.]*[^.;,\n]{0,30}?)"
    r" to [a-z]+ [^.;,\n]{0,15}\d[^.;,\n]{0,40}"
)
_BRACKETED = re.compile(r"\([^()]*[A-Za-z]{2}[^()]*\)\.?")
_WORKING = re.compile(r"[-+*/×÷()\s\d.,$]*\d\s*[-+*/×÷]\s*[-+*/×÷()\s\d.,$]*")
_TOTAL = re.compile(r"\b(?:total|altogether|in all|combined)\b", re.IGNORECASE)
_BULLETS = ("-", "*", "•")
_HOW_MANY = re.compile(
    r"\bhow many ((?:\w+ ){0,2}?\w+)(?= (?:do|does|did|are|is|was|were|will|would|can|could|has|have|must)\b)", re.I
)
_HOW_MANY_SCALES = re.compile(r"\bhow many (dozen|hundred|thousand|million|billion)s?\b", re.IGNORECASE)
"""Where the question asks for dozens, "7 dozen" is 7."""
_WHICH_PLACE = re.compile(
    r"\b(?:what|which|in what|in which) (?:place|position|rank|floor|grade|day|row)\b", re.IGNORECASE
)
_HOW_MUCH = re.compile(r"[$€£].*\bhow much\b", re.IGNORECASE | re.DOTALL)
_WHOSE = re.compile(r"\b[Hh]ow (?:many|much)\b[^.?!]*?\b(?i:does|did|do|will|would|has|is|was) ([A-Z][a-z]+)\b")
_CLAUSES = re.compile(r"[,;]? (?:and|while|but|whereas) |[,;]\s")
_MONEY = re.compile(r"[$€£]|\b(?:dollars?|euros?|pounds?|cents?)\b", re.IGNORECASE)
_COUNT = re.compile(r"(?<= )\(\d+\)")
_FINALLY = re.compile(r"therefore|thus|hence|finally|in conclusion|overall", re.IGNORECASE)
_THEN = re.compile(
    rf"{CONCLUSION}|\b(?:leaving|making|giving|totaling|i\.e\.|for a (?:grand )?total of|resulting in"
    r"|which (?:makes|gives|leaves|totals|equals|comes to|adds up to|results in))",
    re.IGNORECASE,
)
_THEN_EACH = re.compile(
    r";|, (?:which rounds|so|which|then|and then|and each|and so|for a total|giving|leaving|making)\b"
)
_ENDS_WITH_IT = re.compile(r"\b(?:is|are|was|equals) (?:only |just )?[-$€£]*\Z")
_OR = re.compile(r",? or (?:about )?(?=[$€£\d])")
_LONGEST = 600
_RESULT_AT_THE_END = re.compile(
    r"= ?(?:in |about |only )?[-−]?[$€£]?\d(?:[\d,.]*\d)?%?(?:[ /](?!and\b|but\b|so\b)[A-Za-z-]+){0,3}\Z"
)
"""A sum with its result and a unit: nothing is missing but the full stop."""
_SUM = re.compile(r"(?:[\w $€£/*+×÷-]|\.\d){0,60}[-+*/×÷](?:[\w $€£/*+×÷-]|\.\d){0,60}=")
_EQUAL = re.compile(r"=\s*[-$(]{0,3}\d")
_CONCLUDES = re.compile(rf"{CONCLUSION}[^.\n]{{0,200}}\d", re.IGNORECASE)


def stated(text: str, question: str = "") -> Fraction | None:
    """The number of a text that is an answer: the one it begins with, else what its first sentence says.

    Of "3 + 4 = 7" the value at the end of the line; None for "3-5", "3 or 5" and "between 3 and 5". Where it begins to
    calculate, it is read as one that holds its answer somewhere.
    """
    text = tidy(_with_places(text, question))
    if _RANGE.match(text.lstrip()):
        return None
    first = opening(text)
    if first is None:
        return _said_first(text, question)
    if not _GOES_ON.match(text, first.end) and not _SUM.match(text, first.end):
        return first.value
    line = re.split(r"\n|\. ", text[first.end :], maxsplit=1)[0]
    result = opening(line.rpartition("=")[2]) if "=" in line else None
    return result.value if result else None


def told(text: str, question: str = "") -> Fraction | None:
    """The number of a text that holds its answer somewhere: alone at the beginning, else in bold letters, else last.

    None for a text that breaks off: what it has reached is not what it was to reach.
    """
    text = _with_places(text, question)
    direct = _FIRST_LINE.match(text)
    first = opening(tidy(direct[0]).strip()) if direct else None
    if first is not None:
        return first.value
    if not _RESULT_AT_THE_END.search(text) and (breaks_off(text) or _trails_off(text)):
        return None
    bold = _emphasized(text)
    return _said_last(tidy(text), question) if bold is None else bold


def _with_places(text: str, question: str) -> str:
    """The text without what it denies, with "6th" and "sixth" as numbers, where the question asks for a place."""
    text = counted(undenied(text))
    text = in_digits(text) if _WHICH_PLACE.search(question) else text
    scale = _HOW_MANY_SCALES.search(question)
    return re.sub(rf"(?<=\d) {scale[1]}s?\b", "", text) if scale else text


def _trails_off(text: str) -> bool:
    """Whether a text of sentences ends in a word or two without a number and without a full stop."""
    *earlier, last = sentences(text) or [""]
    return bool(earlier) and earlier[-1][-1] in ".!?" and last[-1].isalpha() and not numbers_in(tidy(last))


def is_number(text: str) -> bool:
    """Whether a text is a number and nothing else."""
    plain = tidy(text).strip()
    found = opening(plain)
    return found is not None and not any(each.isalnum() for each in plain[found.end :])


def _said_first(text: str, question: str) -> Fraction | None:
    first = next((each for each in _parts(text) if numbers_in(each)), None)
    if first is None:
        return None
    return _said_last(text, question) if "=" in first else _answer_of(first, question)


def _said_last(text: str, question: str) -> Fraction | None:
    parts = _parts(text)
    places = [i for i, each in enumerate(parts) if numbers_in(each)]
    last = places[-1] if places else None
    given = {each.value for each in numbers_in(tidy(question))}
    if is_two_answers(text, question):
        return None
    if last is not None and _is_remark(parts[last], given):
        last = next((i for i in reversed(places) if _settles(parts[i]) and not _is_remark(parts[i], given)), last)
    return None if last is None or _is_listed(parts, last) else _answer_of(parts[last], question)


def _settles(sentence: str) -> bool:
    """Whether a sentence says that it gives the result."""
    return _TOTAL.search(sentence) is not None or _FINALLY.match(sentence) is not None


def _is_remark(sentence: str, given: Set[Fraction]) -> bool:
    """Whether a sentence neither calculates nor concludes, and names only numbers that the question gives."""
    concludes = "=" in sentence or re.match(CONCLUSION, sentence, re.IGNORECASE)
    return not concludes and all(each.value in given for each in numbers_in(sentence))


def _is_listed(parts: Sequence[str], place: int) -> bool:
    """Whether a line is one of a list, and gives no result."""
    line = parts[place]
    beside = [each[:1] for each in (*parts[max(0, place - 1) : place], *parts[place + 1 : place + 2])]
    results = "=" in line or _TOTAL.search(line) or _CONCLUDES.search(line)
    return line[:1] in _BULLETS and line[:1] in beside and not results


def _parts(text: str) -> list[str]:
    """The sentences of a text but for those in brackets; of one that is none, for it is endless, the end."""
    parts = [each[-_LONGEST:] for each in sentences(text)]
    return [each for each in parts if not _BRACKETED.fullmatch(each)] or parts


def _emphasized(text: str) -> Fraction | None:
    """The last number that stands in bold letters alone or with its unit, where no other result comes after it."""
    for found in reversed(list(_BOLD.finditer(text))):
        inner = tidy(found[1].rpartition(": ")[2])
        number = opening(inner)
        if number and _ALONE.fullmatch(inner, number.end):
            after = text[found.end() :]
            return None if _EQUAL.search(after) or _CONCLUDES.search(after) else number.value
    return None


def _answer_of(sentence: str, question: str) -> Fraction | None:
    """The number that a sentence gives as its answer; None where it gives a range, a bound, a list or half a sum."""
    text = claim(sentence)
    if _RANGE.search(text) or (_WORKING.fullmatch(text) and len(numbers_in(text)) > 1):
        return None
    text = _narrowed(text, _WITHOUT_ASIDES)
    if "=" in text:
        result = text.rpartition("=")[2]
        return _after_equals(result, question) if opening(result) else _chosen(result, question)
    counts = _COUNT.findall(_THEN.split(text)[-1])
    if len(counts) > 1 and not _TOTAL.search(text) and not _is_announced(text):
        return None
    return _chosen(_narrowed(text, _MAIN_CLAUSE), question)


def _after_equals(text: str, question: str) -> Fraction | None:
    """The result behind an equals sign, or the last number that the sentence goes on to: "= 780, so each gets 78"."""
    result = opening(text)
    goes_on = _THEN_EACH.search(text, result.end) if result else None
    later = numbers_in(text[goes_on.start() :]) if goes_on else []
    given = {each.value for each in numbers_in(tidy(question))}
    new = [each.value for each in later if each.value not in given]
    return new[-1] if new else result.value if result else None


def _is_announced(text: str) -> bool:
    """Whether a number comes before the list of what was counted: "There are 3 of them: a cup (1), ..."."""
    before, colon, _ = text.partition(":")
    return bool(colon) and "(" not in before and bool(numbers_in(before))


def _narrowed(text: str, ways: Iterable[Callable[[str], str]]) -> str:
    for way in ways:
        shorter = way(text)
        text = shorter if numbers_in(shorter) else text
    return text


def _before_colon(text: str) -> str:
    """The text without the list behind a colon ("7: 3 cats and 4 dogs"), or without the name of its one number."""
    before, colon, after = text.partition(":")
    if not colon or not numbers_in(before):
        return text
    value = opening(after)
    return after if value and _ALONE.fullmatch(after, value.end) else before


def _chosen(text: str, question: str) -> Fraction | None:
    text = _narrowed(text, [lambda whole: _of_the_one_asked_for(whole, question)])
    found = [each for each in numbers_in(text) if not _BOUND.search(text[max(0, each.start - 14) : each.start])]
    found = [each for each in found if not each.in_words] or found
    if len(found) < 2:
        return found[0].value if found else None
    total = _TOTAL.search(text)
    given = {each.value for each in numbers_in(tidy(question))}
    nearest = min(found, key=lambda each: _distance(each, total)) if total else found[0]
    if total and (nearest.value not in given or all(each.value in given for each in found)):
        return nearest.value
    new = [each for each in found if each.value not in given]
    for is_asked_for in (_is_counted, _is_money):
        wanted = [each for each in new if is_asked_for(text, each, question)]
        new = wanted if len(wanted) == 1 else new
    if not new and _ENDS_WITH_IT.search(text[: found[-1].start]) and _ALONE.fullmatch(text, found[-1].end):
        return found[-1].value
    return _said_once(text, new).value if new else None


def _said_once(text: str, found: Sequence[Written]) -> Written:
    """The last of some numbers; the one before "or" where that says it in two units: "95 minutes, or 1 hour 35"."""
    first = _OR.search(text)
    after = [each for each in found if first and each.start >= first.start()]
    return found[-len(after) - 1] if 1 < len(after) < len(found) else found[-1]


def _of_the_one_asked_for(text: str, question: str) -> str:
    """The clause about the one whose number is asked for: "Tim has 36" of "Sue has 12, and Tim has 36"."""
    names = _WHOSE.findall(question)
    clauses = [each for each in _CLAUSES.split(text) if names and names[-1] in each]
    return clauses[-1] if clauses else ""


def _is_counted(text: str, number: Written, question: str) -> bool:
    """Whether a number counts what the question asks for: "20 red blocks" of "how many red blocks are there?"."""
    what = _HOW_MANY.findall(question)
    return bool(what) and text[number.end :].strip().casefold().startswith(what[-1].casefold())


def _is_money(text: str, number: Written, question: str) -> bool:
    """Whether a number is money where the question asks how much of it."""
    around = text[number.start : number.end + 8]
    return _HOW_MUCH.search(question) is not None and _MONEY.search(around) is not None


def _distance(number: Written, word: re.Match[str]) -> int:
    return max(number.start - word.end(), word.start() - number.end)


_WITHOUT_ASIDES: tuple[Callable[[str], str], ...] = (
    lambda text: _PURPOSE.sub(r"\1", text),
    lambda text: _ASIDE.sub(" ", text),
    lambda text: _MEANS.sub(" ", text),
)
_MAIN_CLAUSE: tuple[Callable[[str], str], ...] = (
    without_reasons,
    lambda text: _THEN.split(text)[-1],
    _before_colon,
)
"""What leaves less of a sentence that is not its answer; each counts only if a number stays."""
