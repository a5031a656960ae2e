"""Knows when a sentence answers a yes-or-no question by repeating it as a statement, or denying it. Pure."""

import re

from gpo.tasks.sentences import EMPTY_WORDS, claim, is_asked

_AUXILIARY = r"(?:do|does|did|is|are|was|were|will|would|can|could|should|has|have|had)"
_QUESTION = re.compile(
    rf"(?:\A|[.!?:,\"]\s+|\n\s*){_AUXILIARY} ((?:[^?!.\n]|\.(?=\s(?-i:[a-z]))){{3,300}})\?", re.IGNORECASE
)
_CLAUSE = re.compile(r"[,;:.!\n]\s*|\b(?:so|because|since|therefore|hence|thus|but|if|as|and)\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:not|never|cannot|no longer|fails? to)\b|n['’]t\b", re.IGNORECASE)
_LIES = re.compile(r"\b(?:is |was )?(?:lies|lied|lying)\b", re.IGNORECASE)
_OPPOSITE = re.compile(r"\b(?:im|un|in|ir|il)(?=[a-z]{5})", re.IGNORECASE)
_WORDS = re.compile(r"[a-z']+")
_OPEN = re.compile(r"\b(?:whether|determine|find out|check|decide)\b", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:end(?:s|ed)?(?: up)?|arrive[sd]?|finish(?:es|ed)?|are|is|were|be)(?P<no> not|n['’]t)?"
    r"(?: \w+)? (?:at|in|where)"
    r"(?: (?:the|your|our|my|its|you|we|same|exact|original)){0,3} (?=start|began)",
    re.IGNORECASE,
)
"""Another way to say that somebody returns to the start."""
_SHORT = 2
_STEM = 4
"""Letters that two forms of a word share: tell, tells, telling."""


def restated(sentence: str, question: str) -> bool | None:
    """Whether a sentence says yes to the last yes-or-no question; None where it does not repeat it.

    "You do not return to the start" denies "do you return to the start?"; "implausible" denies "is it plausible?".
    """
    asked = _asked(question)
    wanted = _wanted(asked)
    if not wanted or _NEGATION.search(asked) or sentence.rstrip().endswith("?"):
        return None
    text = _LIES.sub("does not tell the truth", claim(sentence)) if "truth" in asked.lower() else claim(sentence)
    text = _BACK.sub(r"return\g<no> to the ", text).replace("started", "starting point") if "return" in asked else text
    for clause in (*reversed(_CLAUSE.split(text)), text):
        said = _polarity(clause, wanted)
        if said is not None:
            return None if _OPEN.search(clause) or is_asked(text, text.find(clause)) else said
    return None


def _asked(question: str) -> str:
    """The last yes-or-no question, without its first word; "" where there is none."""
    found = list(_QUESTION.finditer(question))
    return found[-1][1] if found else ""


def _wanted(asked: str) -> frozenset[str]:
    """The words that must come again: all that mean something; of two ("the sentence plausible") the second."""
    words = [word for word in _WORDS.findall(asked.lower()) if word not in EMPTY_WORDS]
    return _stems(words[-1] if len(words) == _SHORT else asked)


def _polarity(clause: str, wanted: frozenset[str]) -> bool | None:
    """Whether a clause with all the wanted words affirms them; None where it has not all."""
    denials = len(_NEGATION.findall(clause))
    if not wanted <= _stems(clause):
        denials += len(_OPPOSITE.findall(clause))
        if not wanted <= _stems(_OPPOSITE.sub("", clause)):
            return None
    return denials % 2 == 0


def _stems(text: str) -> frozenset[str]:
    words = _WORDS.findall(_NEGATION.sub(" ", text.lower()))
    return frozenset(word.removesuffix("'s")[:_STEM] for word in words if word not in EMPTY_WORDS)
