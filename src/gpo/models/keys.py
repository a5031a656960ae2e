"""Knows where keys come from: an environment variable, or the file that the variable's namesake with _FILE names.

A key goes into the headers of a request and nowhere else: what is said, kept and compared is the variable's name.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from gpo.core.errors import ConfigError

VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
"""What a variable with a key may be called. No key looks like that, so that none can be taken for a name and shown."""
FILE = "_FILE"


def key_in(variables: Iterable[str]) -> str:
    """The key in the first of the variables that is set; "" where none is. Raises ConfigError where it is no key."""
    for name in variables:
        key = os.environ.get(name, "").strip() or _in_file(name)
        if not re.fullmatch("[!-~]*", key):
            raise ConfigError(f"{name} holds characters that no key has, such as blanks or line breaks. Set it anew.")
        if key:
            return key
    return ""


def variable_with_key(variables: Iterable[str]) -> str | None:
    """The first of the variables that gives a key, or None."""
    return next((name for name in variables if key_in([name])), None)


def _in_file(variable: str) -> str:
    path = os.environ.get(f"{variable}{FILE}")
    if not path:
        return ""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, ValueError, RuntimeError) as error:  # the last one where "~name" is nobody's folder
        why = error.strerror if isinstance(error, OSError) else "it is not text, or no path"
    # What the variable holds may be the key itself: it is not shown, nor is the error that quotes it.
    raise ConfigError(
        f"The file that {variable}{FILE} names cannot be read: {why}. It holds the path of a file; a key itself "
        f"belongs into {variable}."
    )


def checked_variable(name: str, setting: str) -> str:
    """The name of a variable, as a setting gives it. Raises ConfigError for anything else, and does not show it."""
    if not VARIABLE.fullmatch(name):
        raise ConfigError(
            f"{setting} names the environment variable that holds the key, such as MY_API_KEY; what it says is not "
            "such a name. If it is the key itself, take it out of the settings and put it into a variable."
        )
    return name
