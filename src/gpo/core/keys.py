"""Knows how to name a value by its content: the hash of its canonical JSON."""

import hashlib
import json
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring
from typing import Any

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
quoted: Callable[[str], str] = encode_basestring
"""The canonical JSON of a text."""


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no blanks, non-ASCII as it is."""
    return _CANONICAL.encode(value)


def listed(texts: Iterable[str]) -> str:
    """The canonical JSON of a list from that of its members: what many keys have in common is then written once."""
    return f"[{','.join(texts)}]"


def content_key(value: Any, length: int = 64) -> str:
    """The first `length` (1-64) hex digits of the SHA-256 of the canonical JSON of a value."""
    return text_key(canonical(value))[:length]


def text_key(text: str) -> str:
    """The SHA-256 of a text, in hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
