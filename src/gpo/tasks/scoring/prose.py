"""Knows which part of a reply is the text that was asked for: without remarks before and after it. Pure."""

import re

from gpo.tasks.reply import visible

_INTRODUCED = re.compile(
    r"\A(?:(?:sure|certainly|of course|okay|ok|great)\b[^\n]{0,160}[.!:]\s*\n+)?"
    r"(?:[^\n]{0,200}\b(?:text|sentences?|triples?|paragraph|description|version|translation|summary|output|answer|english)\b"
    r"[^\n]{0,120}:[*_]{0,2}\s*\n+"
    r"|[*_\#\s]{0,6}(?:(?:fluent )?(?:english )?(?:text|sentence|output|answer|description))[*_]{0,2}:[*_]{0,2}\s+)?",
    re.IGNORECASE,
)
"""What comes before a text: "Sure!", "Here is the text:", "Output:"."""
_CLOSING = re.compile(
    r"\n\s*\n[*_(\s]{0,4}(?:note\b|explanation\b|let me know|i hope|feel free|is there anything|would you like|if you"
    r"|please let|this (?:text|sentence|version|translation))[\s\S]*\Z",
    re.IGNORECASE,
)
"""What comes after it: a remark to the user in a paragraph of its own."""
_QUOTED = re.compile(r"\A(?:\"([^\"]+)\"|“([^“”]+)”|\*\*([^*]+)\*\*|```\w*\n([^`]+)```)\Z")


def prose(reply: str) -> str:
    """The text of a reply that is one; the whole reply where nothing else is in it."""
    text = visible(reply)
    body = _CLOSING.sub("", text[_end_of_introduction(text) :]).strip() or text
    found = _QUOTED.match(body)
    return next(each for each in found.groups() if each).strip() if found else body


def _end_of_introduction(text: str) -> int:
    found = _INTRODUCED.match(text)
    return found.end() if found else 0
