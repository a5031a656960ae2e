"""Values become JSON and come back as with the standard library; orjson only makes it quick."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.files.as_json import from_json, to_json

texts = st.text(st.characters(codec=None))
"""Also halves of surrogate pairs."""
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_stands_for_the_value(value: Any) -> None:
    written = to_json(value)
    assert json.loads(written) == value


@given(values, st.booleans())
def test_what_is_read_is_what_the_standard_library_reads(value: Any, in_ascii: bool) -> None:
    written = json.dumps(value, ensure_ascii=in_ascii)
    assert from_json(written) == value
    assert from_json(written.encode("utf-8", "surrogatepass")) == value


def test_it_is_compact_and_text_stays_as_it_is() -> None:
    assert to_json({"a": ["é", 1]}).decode() == '{"a":["é",1]}'


def test_half_of_a_surrogate_pair_is_written_and_read() -> None:
    assert to_json({"a": "\ud800"}) == b'{"a":"\\ud800"}'
    assert from_json(b'{"a":"\\ud800"}') == {"a": "\ud800"}


@pytest.mark.parametrize("data", [b"", b"{", b"<html>", b'{"a": 1}}', b"\xff", "[" * 40_000])
def test_what_is_no_json_is_a_value_error_or_too_deep(data: bytes | str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        from_json(data)


def test_numbers_that_are_no_json_but_common_are_read() -> None:
    assert repr(from_json(b"[NaN, Infinity, 1e400]")) == "[nan, inf, inf]"


def test_whole_numbers_of_more_than_64_bits_are_written_as_they_are_and_read_as_the_nearest_float() -> None:
    assert to_json(2**70) == b"1180591620717411303424"
    assert from_json(b"1180591620717411303424") == 2.0**70


def test_values_that_are_none_of_json_are_refused_as_by_the_standard_library() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        to_json(object())
