"""Knows which part of a reply is its answer: after the thoughts, in the last box or after the last "Answer:". Pure.

Every pattern that reads replies takes time in proportion to the reply, whatever a model writes.
"""

import json
import re
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")

_NOUN = (
    r"(?:(?:final|correct|right|best|chosen|selected|likely|likeliest|appropriate|plausible)[ \t]+"
    r"(?:answer|option|choice|letter|result|value|number|label|statement|sentence)|answers?|ans"
    r"|respuesta(?:[ \t]correcta)?|antwort|réponse|risposta|resposta|ответ)"
)
_OTHERS = r"(?:答案|答え|정답)[ \t]?(?:是|为|は|은)?[ \t]?[:：]?"
_ABOUT = (
    r"(?:[ \t]\([^()\n]{0,40}\))?"
    r"(?:,?[ \t](?:to|for|here|therefore|then|thus|in|of)\b(?:[ \t]+[^\s.:;=?!]{1,20}){0,10}?)?,?"
)
_VERB = (
    r"(?:(?:is|are|was|would[ \t]be|should[ \t]be|must[ \t]be|has[ \t]to[ \t]be|will[ \t]be|es|ist|est|è|é)\b"
    r"[ \t]?[:：]?|[:：=])"
)
_MARKER = re.compile(
    rf"\b{_NOUN}\b[*_`\"']{{0,4}}{_ABOUT}[ \t]{{0,3}}{_VERB}|{_OTHERS}"
    r"|^[ \t]{0,8}[*_]{0,3}(?:output|result|label|prediction|conclusion)[*_]{0,3}[ \t]?[:：]"
    r"|^[ \t]{0,8}(?:\#{1,6}[ \t]|[*_]{1,3})?[ \t]?(?:the[ \t])?(?:final[ \t])?answer[*_]{0,3}[ \t]{0,3}$"
    r"|^[ \t]{0,8}A:(?=[ \t]{1,3}[(\[]?[A-Za-z](?:[)\].]|[ \t]{0,3}$))"
    r"|^\#{4}[ \t]?(?=[-−+$€£]?[\d.,]{1,40}[ \t%]{0,3}$)|<answer>",
    re.IGNORECASE | re.MULTILINE,
)
_SUPPOSED = re.compile(
    r"(?:\b(?:if|whether|suppose|assuming|unless|not sure|unsure)|n['’]t (?:think|believe|know|mean))\b"
    r"[^.,:;!?\n]{0,40}\Z",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"\b(?:if\b[^.!?\n]{0,80}\b(?:were|had|was|weren['’]t|hadn['’]t|wasn['’]t|did)|had|were)\b[^.!?\n]{0,80},[^.!?\n]{0,30}\Z",
    re.IGNORECASE,
)
"""A case that is not so: "If it were longer, the answer would be 7."."""
_CLOSING = re.compile(r"\A[*_]{1,3}(?:\s+|\Z)")
"""The end of the bold letters of "**Answer:** 42"."""
_BOX = re.compile(r"\\f?boxed\{")
_TEX = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mbox)\{([^{}]{0,400})\}")
_FENCE = re.compile(r"```\w*\n(.{0,4000}?)\n```", re.DOTALL)
_NEXT_TURN = re.compile(
    r"\n[^\S\n]*(?:\#{1,4} ?|\*\*)?(?:Q|Question|Human|User|Instruction|Problem|Exercise|Next question|Example \d)"
    r"\s?\d{0,3}:(?=\s|\*\*)|\n[^\S\n]*<\|(?:user|start_header_id|im_start)\|>"
)
_STOP = re.compile(
    r"<\|(?:im_end|endoftext|end_of_text|eot_id|eot|end|return|assistant|end_of_turn)\|>|</?s>|<end_of_turn>|<eos>|\[/?INST\]"
)
"""Marks of the end of a turn that some servers leave in a reply."""
_CORRECTION = re.compile(
    r"(?:(?<=[.!?] )|(?<=[.!?]  )|(?<=\n)|(?<=[.!?][*\"] ))(?:(?:no|but|oh|hmm|oops|sorry|ah)[,.!—-]{0,3} )?"
    r"(?:wait|hold on|oops|actually|correction|on second thought|scratch that|my mistake|I (?:made|see) (?:a|an|my) "
    r"(?:\w+ )?(?:mistake|error)|I was wrong|that(?:'s| is| was) (?:wrong|incorrect|not right|a mistake))\b"
    r"|(?<=[,;—–-] )(?:no,? )?(?:wait|hold on|oops|scratch that)(?=[,:;.!—–-])"
    r"|(?:(?<=\byes, )|(?<=\bno, ))actually,? (?=(?:yes|no)\b)",
    re.IGNORECASE,
)
_NO_BUT = re.compile(r"\Ano[,.!—-]{0,3} (?=(?:wait|hold on|oops|scratch that|actually)\b)", re.IGNORECASE)
"""The "no" of "no, wait" takes back what was said; it is no answer."""
_LONGEST = 20_000
_EXPLAINED = re.compile(
    r"(?:(?<=\n)|(?<=[.!] ))[*_#\s]{0,6}(?:here(?:['’]s| is) (?:how|why)|explanation|reasoning|justification)\b",
    re.IGNORECASE,
)
_PLAIN = str.maketrans(
    {
        "（": " (",
        "）": ") ",
        "【": " [",
        "】": "] ",
        "［": "[",
        "］": "]",
        "：": ": ",
        "，": ", ",
        "、": ", ",
        "。": ". ",
    }
)


def spoken(reply: str) -> str:
    """The reply without what a reasoning model thought aloud; nothing where it was cut off while thinking."""
    _, closed, after = reply.rpartition("</think>")
    if not closed and reply.lstrip().startswith("<think>"):
        return ""
    return (after if closed else reply).strip()


def visible(reply: str) -> str:
    """What was spoken, up to where a model that was not told to stop goes on with a question of its own ("Q: ...")."""
    text = spoken(reply)
    text = next((part.strip() for part in _STOP.split(text) if part.strip()), "")
    return _NEXT_TURN.split(text, maxsplit=1)[0].strip()


def settled(reply: str, stated: Callable[[str], T | None], told: Callable[[str], T | None]) -> T | None:
    """What a reply settles on: what its marked part states; what it tells as a whole, where nothing is marked.

    Where it corrects itself ("Wait, ...") what comes after that counts, if it says anything clear. Of an endless reply
    only the end is read.
    """
    for text in _versions(visible(reply)[-_LONGEST:].translate(_PLAIN)):
        part = marked(text)
        value = stated(part) if part is not None else _told(text, told)
        if value is not None:
            return value
    return None


def _told(text: str, told: Callable[[str], T | None]) -> T | None:
    """What a text tells before it begins to explain ("Here's why: ..."), else as a whole."""
    before = _EXPLAINED.split(text, maxsplit=1)[0].strip()
    value = told(before) if before and before != text else None
    return told(text) if value is None else value


def _versions(text: str) -> list[str]:
    """What comes after the last correction, with its first words and without them; then the whole text."""
    last = next(iter(deque(_CORRECTION.finditer(text), maxlen=1)), None)
    if last is None:
        return [text]
    after = text[last.start() :].strip()
    return [_NO_BUT.sub("", after), after, text[last.end() :].strip(" ,.:;!—–-\n"), text]


def marked(reply: str) -> str | None:
    """What stands in the last box, or after the last "Answer:", "the answer is", "####" or <answer>.

    "" where the reply ends there, as one that was cut does; None where nothing of the kind is there.
    """
    text = _TEX.sub(r"\1", visible(reply))
    named = _named(text)
    if named is not None:
        return named
    ends = [found.end() for found in _MARKER.finditer(text) if not _is_supposed(text, found)]
    box = _boxed(text)
    if box is not None and (not ends or box[0] >= ends[-1] or not text[ends[-1] :].strip()):
        return box[1]
    if not ends:
        return None
    tail = text[ends[-1] :].split("</answer>", 1)[0].strip()
    if not tail and len(ends) > 1:  # it was cut while it said its answer once more
        tail = _MARKER.split(text[ends[-2] :], maxsplit=1)[0].strip()
        tail = "" if _CORRECTION.search(tail) else tail
    return _unopened(_CLOSING.sub("", tail))


def final_part(reply: str) -> str:
    """What is marked as the answer; the whole visible reply where nothing is."""
    part = marked(reply)
    return visible(reply) if part is None else part


def _is_supposed(text: str, found: re.Match[str]) -> bool:
    if _SUPPOSED.search(text[max(0, found.start() - 60) : found.start()]):
        return True
    unreal = found[0].rstrip(": ").endswith("would be")
    return unreal and _UNREAL.search(text[max(0, found.start() - 160) : found.start()]) is not None


def _named(text: str) -> str | None:
    """The answer of a reply that is a JSON object with one, or ends with one in a fence."""
    fenced = [found[1] for found in _FENCE.finditer(text)]
    for body in (text, *fenced[-1:]):
        found = _answer_in(body.strip())
        if found is not None:
            return found
    return None


def _answer_in(body: str) -> str | None:
    if not body.startswith("{"):
        return None
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    given = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    found = next((given[key] for key in ("final_answer", "answer") if key in given), None)
    return None if found is None else found if isinstance(found, str) else json.dumps(found)


def _boxed(text: str) -> tuple[int, str] | None:
    """Where the last box ends, and what it holds; a brace behind a backslash is text."""
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return None
    depth, begin = 1, boxes[-1].end()
    for place in range(begin, len(text)):
        if text[place - 1] != "\\":
            depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place, text[begin:place].strip()
    return None


def _unopened(text: str) -> str:
    """The text without the closing marks of bold letters that begin before it: "**Answer: 42**"."""
    line, end, rest = text.partition("\n")
    return (line.replace("**", "", 1) if line.count("**") % 2 else line) + end + rest
