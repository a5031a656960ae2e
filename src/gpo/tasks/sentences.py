"""Knows how a text divides into sentences, which of their words claim something, and when a text breaks off. Pure."""

import re

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?![a-z])|\n+")
_ITEM = re.compile(r"^[ \t]{0,8}\d{1,3}[.)][ \t]+", re.MULTILINE)
CONCLUSION = (
    r"\b(?:so|therefore|thus|hence|consequently|accordingly|must be|has to be|in conclusion|overall"
    r"|we conclude that|which means(?: that)?)\b"
)
"""How a sentence begins that says what follows."""
ARROW = r"(?:->|=>|→|⇒|➔)"

EMPTY_WORDS = frozenset(
    re.findall(
        "[a-z]+",
        "a an the this that these those following given above i you he she it we they his her its their your my me him "
        "to of in on at by for with from as and or be been is are was were do does did has have had will would can "
        "could should here there very really actually",
    )
)
"""Words that say little of what a sentence is about."""

_CONCEDED = re.compile(
    r"(?:\A|(?<=[.;:,\n] ))(?:although|though|even though|even if|while|whereas|despite)\b[^,.;:\n]{0,160},"
    r"|,? (?:while|whereas|although|though|even if)\b[^.;:\n]{0,160}(?=[.;:\n]|\Z)",
    re.IGNORECASE,
)
_UP_TO_SO = r"(?:(?!, so\b)(?:[^.;\n]|\.(?=\d))){0,200}(?=\.(?!\d)|[;\n]|, so\b|\Z)"
_REASON = re.compile(
    r"(?:\A|(?<=[.;:,\n] ))(?:since|because|as|given that|if)\b[^,.;:\n]{0,160},"
    rf"|,? (?:because|since|due to|given that)\b{_UP_TO_SO}|, as (?:he|she|it|they|we|you|the|this|there)\b{_UP_TO_SO}",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:whether|if|unless|suppose|assum(?:e|ing)|not sure|unsure)\b[^,.;:!?\n]{0,60}\Z", re.IGNORECASE
)
_OPEN = re.compile(r"[,;:+*/×÷=<(\[{–—&-]\Z")
_NEEDS_MORE = re.compile(
    r"\b(?:a|an|the|and|or|but|nor|if|then|than|that|which|who|whose|when|where|while|because|since|as|so|of|to|in|on"
    r"|at|by|for|from|with|into|about|between|is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could"
    r"|should|may|might|must|not|also|we|they|he|she|his|her|their|its|this|these|those|every|there|says?|needs?|gets?|find|solve|calculate|compute|subtract|multiply|divide"
    r"|equals?|gives?|makes?)\Z",
    re.IGNORECASE,
)
_EMPHASIS_END = re.compile(r"(?:\*\*|__|`){1,3}\Z")
_GOING_ON = re.compile(r"(?:then|next|now|first|second|the|there|this|we|he|she|after|let)\b", re.IGNORECASE)
_FEW_WORDS = 3
_NEVER_CUT = 12
"""Words of a reply that is shorter than any limit."""


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, in order, without the numbers of list items; blank ones left out."""
    return [each.strip() for each in SENTENCE_END.split(_ITEM.sub("", text)) if each.strip()]


def claim(sentence: str) -> str:
    """A sentence without what it concedes: "While it looks valid, it is not." claims "it is not."."""
    return _CONCEDED.sub(" ", sentence).strip()


def without_reasons(sentence: str) -> str:
    """A sentence without what it gives as a reason: "It is B, because A is wrong." says "It is B."."""
    return _REASON.sub(" ", sentence).strip()


def is_asked(text: str, place: int) -> bool:
    """Whether what stands at that place is only asked or supposed: "whether it is", "if it is"."""
    return _ASKED.search(text[max(0, place - 80) : place]) is not None


def breaks_off(text: str) -> bool:
    """Whether a text ends in the middle of a sentence, as one does that was cut at the token limit.

    So ends one with an open bracket, a sign that needs more or a word that needs another; and a long one of several
    sentences whose last has no full stop, unless that is short, draws a conclusion, or ends with a number or a mark.
    """
    text = _EMPHASIS_END.sub("", text.rstrip())
    if not text or _OPEN.search(text) or _NEEDS_MORE.search(text):
        return True
    if not text[-1].isalpha():
        return False
    *earlier, last = sentences(text)
    runs_on = bool(earlier) and earlier[-1][-1] in ".!?" and len(text.split()) > _NEVER_CUT
    if not runs_on or re.match(CONCLUSION, last, re.IGNORECASE):
        return False
    return len(last.split()) > _FEW_WORDS or _GOING_ON.match(last) is not None
