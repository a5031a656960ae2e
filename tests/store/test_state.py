"""States as JSON: what fits comes back, what does not is refused with a reason."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Literal

import pytest

from gpo.core.errors import StoreError
from gpo.core.prompt import Prompt, Scored
from gpo.search.descent import DescentState
from gpo.store.rows import event_from_json
from gpo.store.state import decode, encode


@dataclass(frozen=True)
class Inner:
    """A value inside another."""

    name: str


@dataclass(frozen=True)
class Outer:
    """One field of each kind that a state may hold."""

    number: float
    inner: Inner | None = None
    pair: tuple[int, str] = (0, "")
    chosen: frozenset[str] = frozenset()
    by_name: Mapping[str, tuple[Inner, ...]] = field(default_factory=dict[str, tuple[Inner, ...]])
    mode: Literal["a", "b"] = "a"
    either: int | float | str = 0
    free: Any = None


FULL = Outer(
    2, Inner("x"), (1, "y"), frozenset({"b", "a"}), {"k": (Inner("z"),)}, mode="b", either=1.0, free={"any": [1]}
)


def test_every_kind_of_field_comes_back() -> None:
    back = decode(Outer, json.loads(json.dumps(encode(FULL))))
    assert back == FULL
    assert type(back.either) is float


@pytest.mark.parametrize(
    ("rows", "data"),
    [
        ((1.0, 0.0, None), "10-"),
        ((), ""),
        ((0.5, None, 1.0), [0.5, None, 1.0]),
        ((1 / 3,), [1 / 3]),
    ],
)
def test_the_scores_of_rows_come_back_from_a_text_of_marks_or_a_list(
    rows: tuple[float | None, ...], data: object
) -> None:
    scored = Scored(Prompt.of("x"), 0.5, 2, scores=rows)
    kept = json.loads(json.dumps(encode(scored)))
    assert kept["scores"] == data
    back = decode(Scored, kept)
    assert (back, back.scores) == (scored, rows)
    assert {type(score) for score in back.scores} <= {float, NoneType}
    assert decode(Scored, {**kept, "scores": list(rows)}).scores == rows


def test_scored_prompts_of_an_older_version_come_back_without_the_scores_of_their_rows() -> None:
    old = {"prompt": {"texts": [["instruction", "x"]], "parents": [], "made_by": "seed"}, "score": 0.5, "n": 2}
    assert decode(Scored, old) == Scored(Prompt.of("x"), 0.5, 2)
    assert decode(Scored, old).scores == ()


@pytest.mark.parametrize("rows", ["1x", 1, ["1"], [True], {"1": 0}])
def test_scores_that_cannot_be_read_are_refused(rows: object) -> None:
    with pytest.raises(StoreError, match="Stored data do not fit"):
        decode(Scored, {**encode(Scored(Prompt.of("x"), 0.5, 2)), "scores": rows})


def test_a_union_keeps_whole_numbers_and_fractions_apart() -> None:
    assert [type(decode(int | float, each)) for each in (1, 1.0)] == [int, float]


def test_equal_sets_give_equal_data() -> None:
    assert encode(frozenset({"b", "a", "c"})) == encode(frozenset({"c", "b", "a"})) == ["a", "b", "c"]


def test_data_of_an_older_version_get_the_defaults_of_newer_fields() -> None:
    assert decode(Outer, {"number": 1.5}) == Outer(1.5)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        {"number": "1"},
        {"number": True},
        {"number": None},
        {"number": 1, "unknown": 2},
        {"number": 1, "inner": {"name": 3}},
        {"number": 1, "inner": "x"},
        {"number": 1, "pair": [1]},
        {"number": 1, "pair": [1, "a", "b"]},
        {"number": 1, "chosen": "ab"},
        {"number": 1, "by_name": {"k": [{}]}},
        {"number": 1, "mode": "c"},
        {"number": 1, "either": None},
    ],
)
def test_data_that_do_not_fit_are_refused(data: Any) -> None:
    with pytest.raises(StoreError, match="do not fit"):
        decode(Outer, data)


def test_a_state_of_another_version_says_what_to_do() -> None:
    with pytest.raises(StoreError, match=r"DescentState.*another version.*use the version that wrote it") as raised:
        decode(DescentState, {"step": 3, "position": [0.1, 0.2]})
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", [object(), b"bytes", {1: "x"}, [{("a",): 1}], Inner])
def test_what_json_cannot_hold_is_refused_and_not_bent(value: Any) -> None:
    with pytest.raises(StoreError, match="cannot be stored"):
        encode(value)


@pytest.mark.parametrize("kind", ["Nonsense", "Event", "Observer", "dataclass", "", None])
def test_an_event_of_an_unknown_kind_is_refused(kind: Any) -> None:
    with pytest.raises(StoreError, match="unknown kind"):
        event_from_json({"event": kind, "step": 1})
