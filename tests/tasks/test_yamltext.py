"""YAML becomes plain values, and whatever would be more is refused in one line."""

import traceback
from typing import Any

import pytest

from gpo.tasks.yamltext import plain_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", None),
        ("# nothing\n", None),
        ("a: 1\nb: [x, 'y', 2.5, true, null]\n", {"a": 1, "b": ["x", "y", 2.5, True, None]}),
        ("a: &one {x: 1}\nb: *one\nc: {<<: *one, y: 2}\n", {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}),
        ("{x: {x: {x: 1}}}", {"x": {"x": {"x": 1}}}),
        ("text: |\n  {{ 7*7 }}\n  <prompt>\n", {"text": "{{ 7*7 }}\n<prompt>\n"}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_plain_values(text: str, values: Any) -> None:
    assert plain_values(text) == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", '"a" is set twice, in line 1 and in line 3; keep one of them'),
        ("a:\n  - {x: 1, x: 1}\n", '"x" is set twice, in line 2 and in line 2'),
        ("&a [*a]", "line 1: what its aliases"),
        ("a: &a {b: *a}", "line 1: what its aliases"),
        (
            "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" if i else "a0: &a0 x\n" for i in range(8)),
            "or too much",
        ),
        ("a: !!python/object/apply:os.system [x]", "could not determine a constructor"),
        ("!!python/name:os.system x", "could not determine a constructor"),
        ("a: 2024-13-45", "month must be in 1..12"),
        ("!!bool x", "x"),
        ("!!int ''", "index out of range"),
        ("!!timestamp x", "NoneType"),
        ("a: 1\nb: " + "[" * 10_000, "line 2: too many lists or mappings stand within one another"),
        ("a: 1\nb:\n  - " + "9" * 5000, "line 3: a number of 5,000 digits, of which at most 4,300 are read: put it in"),
        ("\x00", "unacceptable character"),
        ("a: [", "while parsing a flow"),
        ("--- a\n--- b", "expected a single document"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        plain_values(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nsk-abcdefgh\n",
        'a: "sk-abcdefgh\n',
        "a: [sk-abcdefgh",
        "a: !sk-abcdefgh x",
        "a: *sk-abcdefgh",
        "a: b: sk-abcdefgh",
    ],
)
def test_what_stands_around_a_mistake_is_not_shown_for_it_may_be_a_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"\(.*line [123], column \d+\)$") as caught:
        plain_values(text)
    assert "sk-abc" not in "".join(traceback.format_exception(caught.value))
