"""Knows which addresses may be asked: such as hold nothing that could be a key, for they are stored and shown."""

import re
from urllib.parse import unquote, urlsplit

from gpo.core.concealed import concealed
from gpo.core.errors import ConfigError

_DATED = re.compile(r"(api-version=[\w.-]{0,40})?")
"""What may follow the question mark."""
_MORE = re.compile("[?#;&=]")
"""What an address has where it holds more than a host and a path."""


def check_address(url: str, named_by: str, key_goes: str) -> None:
    """Raises ConfigError, without showing what may be a key, for what is no address or holds more than one.

    named_by: the setting or variable that holds it. key_goes: where a key belongs instead.
    """
    bare, _, query = url.partition("?")
    if "@" in unquote(url):
        raise ConfigError(f"{named_by} holds a user or a password. Put the key into {key_goes}, which is not stored.")
    mark = _MORE.search(unquote(bare)) or (None if _DATED.fullmatch(query) else _MORE.search(url))
    if mark:
        raise ConfigError(
            f'{named_by} holds a "{mark[0]}", and what follows may be a key: an address is stored and shown. Put the '
            f"key into {key_goes}, and leave out of the address all but api-version."
        )
    if not _is_address(url):
        raise ConfigError(f'{named_by} is "{concealed(url)}"; expected a URL such as http://localhost:8000/v1.')


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            bool(parts.hostname) and parts.scheme in ("http", "https") and parts.port != 0 and not re.search(r"\s", url)
        )
    except ValueError:  # a port that is none, brackets that do not close
        return False
