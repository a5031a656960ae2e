"""Knows how the paper's released code reads and scores replies, quirks included, so that its numbers can be met.

Not a good judge: it loses signs, rounds numbers, takes the first option that is named, and wants brackets spaced. The
scorer `strict` is the one to optimize with. docs/tasks.md lists what this one gets wrong.
"""

import math
import re
import string
from collections.abc import Callable

from gpo.core.task import Example, Grade, Metric
from gpo.tasks.scoring.rouge import summary_rouge_l

_MARKED = ("answer is ", "answer: ", "answer is: ")
_UNMARKED = ("is: ", "are: ")
_ALWAYS = "#### "
_AFTERTHOUGHT = re.compile(r" ?is the (?:correct|right|final) answer")
_OPTION = re.compile(r"\([a-z]\)")
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORD = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b")
_DROPPED = str.maketrans("", "", "$,%€£:")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_CLOSERS = re.compile(r"[)\]}>](?: *[)\]}>])*")


def paper_metric(kind: str) -> Metric:
    """The paper's scorer for a kind of answer; see gpo.tasks.scoring.kinds."""
    scores: dict[str, Metric] = {"brackets": _brackets, "sorting": _sorting, "text": _text}
    return scores.get(kind) or _equal(kind)


def parsed(reply: str, kind: str) -> str:
    """What the paper's code makes of a reply before it compares: lower case, the part after the last delimiter."""
    text, delimited = _after_delimiters(reply)
    read = _READERS.get(kind)
    return read(text, delimited) if read else text


def _after_delimiters(reply: str) -> tuple[str, bool]:
    """The lower-case text after the last delimiter, and whether there was one.

    Which delimiters count is decided by the reply as it is written: "Answer: 7" is not seen as marked.
    """
    delimiters = _MARKED if any(each in reply for each in _MARKED) else _UNMARKED
    text, delimited = reply.lower().strip(), False
    for delimiter in (*delimiters, _ALWAYS):
        if delimiter in text:
            text, delimited = text.rpartition(delimiter)[2], True
    return _AFTERTHOUGHT.split(text, maxsplit=1)[0].strip(), delimited


def _option(text: str, delimited: bool) -> str:
    found = _OPTION.search(text)
    return found[0] if found else text


def _number(text: str, delimited: bool) -> str:
    text = _WORD.sub(lambda found: str(_NUMBER_WORDS.index(found[0]) + 1), text)
    text = text.rpartition("=")[2].translate(_DROPPED)
    tokens = [token for token in text.split(" ") if any(each.isdecimal() for each in token)]
    if not tokens:
        return text.strip()
    token = (tokens[0] if delimited else tokens[-1]).rstrip(string.ascii_letters).removesuffix("-")
    value = _float(token)
    if value is not None:
        return str(round(value))
    runs = re.findall(r"\d+", token)
    return runs[-1] if runs else token


def _float(token: str) -> float | None:
    try:
        value = float(token)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _boolean(text: str, delimited: bool) -> str:
    return text.translate(_NO_PUNCTUATION).strip()


_READERS: dict[str, Callable[[str, bool], str]] = {"choice": _option, "number": _number, "boolean": _boolean}
_TRUTHS = {"true": "1", "false": "0"}


def _equal(kind: str) -> Metric:
    """Equal as it stands, or once all punctuation is deleted from both, the minus of a number as well."""

    def score(reply: str, example: Example) -> Grade:
        said = _unwrapped(parsed(reply, kind))
        for target in example.targets:
            gold = _unwrapped(target.lower())
            if said == gold or _bare(said) == _bare(gold) or (kind == "boolean" and said == _TRUTHS.get(gold)):
                return Grade(1.0)
        return Grade(0.0, f"expected: {example.target}; read: {said[:60]}")

    return score


def _unwrapped(text: str) -> str:
    return text[1:-1] if re.fullmatch(r"\([a-z]\)", text) else text


def _bare(text: str) -> str:
    return text.translate(_NO_PUNCTUATION).strip()


def _brackets(reply: str, example: Example) -> Grade:
    """Right where the last run of closing brackets is the target, blanks and all; inner closers join the run."""
    runs = _CLOSERS.findall(parsed(reply, "brackets"))
    return _of(bool(runs) and runs[-1] == example.target, example)


def _sorting(reply: str, example: Example) -> Grade:
    """Right where the lines of one word, all words between blanks, or one line are the target."""
    text, gold = parsed(reply, "sorting"), example.target.lower()
    lines = [line.strip() for line in text.split("\n")]
    words = [line for line in lines if line and " " not in line]
    return _of(gold in lines or words == gold.split() or text.split(" ") == gold.split(), example)


def _text(reply: str, example: Example) -> Grade:
    """The mean, not the best, ROUGE-L over all references; 0 for what the package cannot score (the original stops)."""
    try:
        scores = [summary_rouge_l(reply, target) for target in example.targets]
    except ValueError:
        return Grade(0.0, "unreadable: no sentence")
    return Grade(sum(scores) / len(scores))


def _of(right: bool, example: Example) -> Grade:
    return Grade(1.0) if right else Grade(0.0, f"expected: {example.target}")
