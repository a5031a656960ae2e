"""Knows what of a user's value may stand in an error: no key, and nothing that looks like one."""

import re

MOST = 200
"""Characters of a value that are shown."""
_AFTER_A_NAME = r"(?i:api[-_ ]?key|authorization|credentials?|passw(?:or)?d|secrets?|token)\W{1,5}(?:(?i:bearer)\s+)?"
_KEY = re.compile(
    rf"(?P<name>{_AFTER_A_NAME})[^\s'\",}}\]]+"
    r"|(?<![A-Za-z0-9])(?:(?i:sk|pk|rk|hf|gsk|xai|nvapi)[-_]|AIza)[\w+/=-]{6,}"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{28,}"
)
"""What follows a name that says so; how providers' keys begin; a long run of letters and digits."""

_PARTS: dict[type, str] = {dict: "a mapping", list: "a list", tuple: "a list"}


def concealed(text: str) -> str:
    """The text with "…" in place of what may be a key.

    >>> concealed("api_key: sk-1234567890")
    'api_key: …'
    """
    return _KEY.sub(lambda found: f"{found['name'] or ''}…", text)


def shown(value: object) -> str:
    """A value as Python writes it, without what may be a key, in MOST characters at most."""
    said = concealed(repr(value))
    return said if len(said) <= MOST else f"{said[:MOST]}…"


def kind(value: object) -> str:
    """The same of a value that should be plain: of one that has parts only what it is."""
    return _PARTS.get(type(value)) or shown(value)
