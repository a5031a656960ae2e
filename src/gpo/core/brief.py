"""Knows how much of a text is shown to a model that writes or judges."""

LONGEST_SHOWN = 20_000
"""Characters of one text of a row, or of a reply, that an optimizer model or a judge is shown."""


def brief(text: str, longest: int = LONGEST_SHOWN) -> str:
    """The text, without its middle where it has more than so many characters (longest ≥ 2): one row of megabytes would
    leave the optimizer model no room for anything else.
    """
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} … {text[-half:]}"
