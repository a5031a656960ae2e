"""Knows how messages say which kinds of values fit a setting. Pure."""

from collections.abc import Sequence

_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    type(None): "nothing",
}


def in_words(kinds: Sequence[type]) -> str:
    """The kinds as a user knows them; of what has fields, that it is options by name.

    >>> in_words((int, type(None)))
    'a whole number or nothing'
    """
    wanted = [each for each in kinds if each is not int or float not in kinds]
    return " or ".join(_WORDS.get(each, "options by name") for each in wanted)
