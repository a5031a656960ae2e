"""Knows how frozen dataclasses become JSON values and come back, by their type hints. Never pickle."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from gpo.core.errors import StoreError

_PLAIN = (str, int, float, bool, NoneType, dict, list)
_ROWS = tuple[float | None, ...]
"""The scores of a prompt, row by row. A state holds them of every prompt there was, so where all are right, wrong or
missing they are kept as a text like "1101-0": a tenth of the time, and a quarter of the place.
"""
_MARKS = {1.0: "1", 0.0: "0", None: "-"}
_MARKED = {mark: score for score, mark in _MARKS.items()}


def encode(value: Any) -> Any:
    """A JSON value: dataclasses become objects, tuples lists, sets sorted lists.

    Raises StoreError for anything else, and for a mapping whose keys are not text.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: write(getattr(value, name)) for name, write in _writers(type(value)).items()}
    if isinstance(value, tuple | list):
        return [encode(each) for each in cast(tuple[Any, ...], value)]
    if isinstance(value, frozenset | set):
        # Sorted by their JSON text, which any mixture of values has, so that equal sets give equal data.
        return sorted((encode(each) for each in cast(frozenset[Any], value)), key=json.dumps)
    if isinstance(value, Mapping):
        return {_key(key): encode(each) for key, each in cast(Mapping[Any, Any], value).items()}
    raise StoreError(
        f"A {type(value).__name__} cannot be stored: states hold plain values, tuples, sets and dataclasses only."
    )


def decode(wanted: Any, data: Any) -> Any:
    """The value of that type that `encode` made the data from. Raises StoreError where the data do not fit.

    Of a union the first member that fits is taken, so its members must tell apart by their data.
    """
    return _reader(wanted)(data)


@cache
def _reader(wanted: Any) -> Callable[[Any], Any]:
    """What makes a value of that type from data. What there is to find out about a type is found out once."""
    if wanted is Any:
        return lambda data: data
    if isinstance(wanted, type) and is_dataclass(wanted):
        return partial(_dataclass, wanted)
    origin, args = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        in_order = sorted(args, key=lambda kind: kind is float)  # an int fits float too, and would change there
        return partial(_first_that_fits, wanted, frozenset(_PLAIN).intersection(args), tuple(map(_reader, in_order)))
    if wanted == _ROWS:
        return _rows
    if origin is tuple:
        return partial(_tuple, wanted, tuple(map(_reader, args[:1] if args[1:] == (Ellipsis,) else args)))
    if origin in (frozenset, set):
        return lambda data: frozenset(map(_reader(args[0]), _of_kind(list, wanted, data)))
    if origin in (dict, Mapping):
        return lambda data: {name: _reader(args[1])(each) for name, each in _of_kind(dict, wanted, data).items()}
    if origin is Literal:
        return partial(_one_of, wanted)
    return _number if wanted is float else partial(_plain if wanted in _PLAIN else _misfits, wanted)


def _plain(wanted: Any, data: Any) -> Any:
    return data if type(data) is wanted else _misfits(wanted, data)


def _number(data: Any) -> float:
    return float(data) if type(data) is int else _plain(float, data)


def _misfits(wanted: Any, data: Any) -> Any:
    raise _misfit(wanted, data)


def _one_of(wanted: Any, data: Any) -> Any:
    if any(data == each and type(data) is type(each) for each in get_args(wanted)):
        return data
    raise _misfit(wanted, data)


def _tuple(wanted: Any, readers: tuple[Callable[[Any], Any], ...], data: Any) -> tuple[Any, ...]:
    values = _of_kind(list, wanted, data)
    if get_args(wanted)[1:] == (Ellipsis,):
        return tuple(map(readers[0], values))
    if len(readers) != len(values):
        raise _misfit(wanted, data)
    return tuple(read(each) for read, each in zip(readers, values, strict=True))


def _dataclass(wanted: type[Any], data: Any) -> Any:
    values, readers = _of_kind(dict, wanted, data), _fields(wanted)
    if values.keys() != readers.keys() and not _needed(wanted) <= values.keys() <= readers.keys():
        raise _misfit(wanted, data)
    return wanted(**{name: readers[name](each) for name, each in values.items()})


@cache
def _writers(kind: type[Any]) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {each.name: _marks if hints[each.name] == _ROWS else encode for each in fields(kind)}


def _marks(rows: tuple[float | None, ...]) -> str | list[float | None]:
    try:
        return "".join(map(_MARKS.__getitem__, rows))
    except KeyError:
        return list(rows)


def _rows(data: Any) -> tuple[float | None, ...]:
    if not isinstance(data, str):
        return _tuple(_ROWS, (_reader(float | None),), data)
    try:
        return tuple(map(_MARKED.__getitem__, data))
    except KeyError:
        raise _misfit(_ROWS, data) from None


@cache
def _fields(wanted: type[Any]) -> dict[str, Callable[[Any], Any]]:
    return {name: _reader(kind) for name, kind in get_type_hints(wanted).items()}


@cache
def _needed(wanted: type[Any]) -> frozenset[str]:
    # A field that a newer version added has a default, and older data may lack it.
    each_field = fields(wanted)
    return frozenset(f.name for f in each_field if f.default is MISSING and f.default_factory is MISSING)


def _first_that_fits(wanted: Any, plain: frozenset[Any], readers: tuple[Callable[[Any], Any], ...], data: Any) -> Any:
    if type(data) in plain:
        return data
    for read in readers:
        try:
            return read(data)
        except StoreError:
            continue
    raise _misfit(" | ".join(str(kind) for kind in get_args(wanted)), data)


def _of_kind(kind: type[Any], wanted: Any, data: Any) -> Any:
    if not isinstance(data, kind):
        raise _misfit(wanted, data)
    return data


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise StoreError(f"A mapping with the key {key!r} cannot be stored: keys must be text.")
    return key


def _misfit(wanted: Any, data: Any) -> StoreError:
    name = wanted.__name__ if isinstance(wanted, type) else str(wanted)
    return StoreError(
        f"Stored data do not fit {name}: {repr(data)[:80]}. The store is damaged or was written by another version; "
        "start a new run, or use the version that wrote it."
    )
