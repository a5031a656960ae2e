"""Knows how prompts are written for a reader who is to tell their texts apart, and to find what follows. Pure."""

from collections.abc import Mapping

from gpo.core.prompt import Prompt

LONGEST = 2_000
"""Characters of a prompt that is shown among others."""


def by_name(texts: Mapping[str, str]) -> str:
    """The prompt of these texts as `Prompt.shown` has it."""
    return Prompt(tuple(texts.items())).shown


def without_middle(text: str, longest: int, left_out: str = "characters left out") -> str:
    """A text of more characters than that with its beginning and its end alone, and how many are left out between.

    >>> without_middle("What is this good for?", 12)
    'What i … (10 characters left out) … d for?'
    """
    more = len(text) - longest
    if more <= 0:
        return text
    half = longest // 2
    return f"{text[:half]} … ({more:,} {left_out}) … {text[-half:]}"
