"""Knows how values become JSON and JSON becomes values where there is much of it: by orjson, several times as fast.

orjson is the stricter one; what it refuses the standard library writes and reads instead (half of a surrogate pair,
keys that are no text, whole numbers of more than 64 bits to write, NaN to read). Two things differ: NaN and Infinity
are written as null, and whole numbers of more than 64 bits are read as the nearest float.
"""

import json
from typing import Any

import orjson

Json = dict[str, Any] | list[Any] | str | float | None
"""What JSON may hold; what is of this type, rather than Any, need not be cast once it is known to be an object."""
_ASCII = json.JSONEncoder(separators=(",", ":"))


def to_json(value: Any) -> bytes:
    """The JSON of a value, without blanks, non-ASCII as it is unless UTF-8 cannot hold it. Raises as `json.dumps`."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _ASCII.encode(value).encode()


def from_json(data: bytes | str) -> Any:
    """The value. Raises as `json.loads`: ValueError where it is no JSON, RecursionError where it is too deep."""
    try:
        return orjson.loads(data)
    except ValueError:
        return json.loads(data)
