"""Knows how a prompt is written for a reader who is to tell its texts apart. Pure."""

from collections.abc import Mapping

from gpo.core.prompt import INSTRUCTION


def by_name(texts: Mapping[str, str]) -> str:
    """The prompt as it is, or each text below its name where the names say something.

    >>> print(by_name({"system": "You count.", "user": "How many?"}))
    system:
    You count.
    <BLANKLINE>
    user:
    How many?
    """
    if list(texts) == [INSTRUCTION]:
        return texts[INSTRUCTION]
    return "\n\n".join(f"{name}:\n{text}" for name, text in texts.items())
