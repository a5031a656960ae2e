"""Knows how YAML becomes plain values: safely, no key twice, nothing larger than it looks. Knows no settings."""

import sys
from typing import Any, cast

from gpo.core.concealed import concealed
from gpo.tasks.jsontext import endless

LARGEST = 1_000_000
"""Values that a file may hold; what it repeats by aliases counts each time."""
_INTEGER = "tag:yaml.org,2002:int"


def plain_values(text: str) -> Any:
    """The values that the text stands for: texts, numbers, dates, lists, mappings; None for an empty text.

    Raises ValueError, saying in one line what is wrong: no YAML, a tag that asks for an object of Python's, a key that
    stands twice, aliases that hold themselves or grow beyond LARGEST values, an endless number or nesting.
    """
    import yaml

    loader: Any = None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _size(node, {})
        return loader.construct_document(node)
    except RecursionError as error:
        raise ValueError(f"line {loader.line + 1}: too many lists or mappings stand within one another") from error
    except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
        # PyYAML raises the last two for a value that its tag does not fit, such as `!!bool x`.
        raise ValueError(_told(error)) from None


def _told(error: Exception) -> str:
    """What is wrong, in one line. PyYAML would quote the text around it, where a key may stand."""
    begins, found = (cast(Any, getattr(error, f"{what}_mark", None)) for what in ("context", "problem"))
    if found is None:
        return concealed(" ".join(str(error).split())) or type(error).__name__
    said = ", ".join(each for name in ("context", "problem") if (each := getattr(error, name, None)))
    if "mapping values" in said:
        said += '; a text with ": " in it needs quotes, or its own lines below "key: |"'
    since = f"line {begins.line + 1} to " if begins and begins.line != found.line else ""
    return f"{concealed(' '.join(said.split()))} ({since}line {found.line + 1}, column {found.column + 1})"


def _size(node: Any, known: dict[int, float]) -> float:
    """How many values a node stands for. Raises ValueError for too many, a key that stands twice, an endless number."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = float("inf")  # until it is counted: a node that holds itself has no end
    value: object = node.value
    if node.tag == _INTEGER and isinstance(value, str) and 0 < sys.get_int_max_str_digits() < len(value):
        raise ValueError(f"line {node.start_mark.line + 1}: {endless(len(value))}")
    parts = cast(list[Any], value) if isinstance(value, list) else []
    if node.id == "mapping":
        _check_keys([key for key, _ in parts])
        parts = [each for pair in parts for each in pair]
    size = 1 + sum(_size(part, known) for part in parts)
    if size > LARGEST:
        raise ValueError(f"line {node.start_mark.line + 1}: what its aliases (*name) repeat holds itself, or too much")
    known[id(node)] = size
    return size


def _check_keys(keys: list[Any]) -> None:
    seen: dict[str, Any] = {}
    for key in keys:
        if isinstance(key.value, str) and seen.setdefault(key.value, key) is not key:
            lines = f"in line {seen[key.value].start_mark.line + 1} and in line {key.start_mark.line + 1}"
            raise ValueError(f'"{key.value}" is set twice, {lines}; keep one of them')
