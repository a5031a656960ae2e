"""A corpus of bad proposals, each refused with its reason, and good ones that pass."""

import pytest

from gpo.core.errors import ConfigError
from gpo.core.prompt import Prompt, Scored
from gpo.core.update import StepSize, Update
from gpo.method.guard import (
    GUARDS,
    GUARDS_OF_THE_PAPER,
    fingerprint,
    first_objection,
    over_step_size,
    tidy,
    unfit,
)
from gpo.tasks.seed import readable

UPDATE = Update(
    Scored(Prompt.of("Answer {{question}} now."), 0.5, 10), seen=frozenset({fingerprint("Old {{question}}")})
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" …!? ", "empty"),
        ("Answer {{question}} \x00 now.", "holds a NUL byte"),
        ("Answer {{question}} \ud800 now.", "holds half of a surrogate pair"),
        ("<prompt>Answer {{question}}", "leaks <prompt>"),
        ("Put it at <PROMPT>: {{question}}", "leaks <PROMPT>"),
        ("Answer the question.", "loses {{question}}"),
        ("Answer {{question}} for {{user}}.", "invents {{user}}"),
        ("{{question}} " + "long " * 1000, "too long"),
        ("OLD   {{question}}", "duplicate"),
    ],
)
def test_a_bad_proposal_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert (first_objection(text, UPDATE, GUARDS) or "").startswith(reason)


@pytest.mark.parametrize("odd", ["\x00", "\ud800"])
def test_what_is_refused_as_a_seed_is_refused_as_a_proposal_whatever_the_recipe(odd: str) -> None:
    text = f"Answer {{{{question}}}} {odd}"
    with pytest.raises(ConfigError) as caught:
        readable(Prompt.of(text), "The prompt")
    for guards in (GUARDS, GUARDS_OF_THE_PAPER):
        reason = first_objection(text, UPDATE, guards)
        assert reason
        assert reason in str(caught.value)
    assert unfit(text, UPDATE)


@pytest.mark.parametrize(
    "text", ["Read {{ question }} and answer.", "問い {{question}} に答えよ", "<b>{{question}}</b>"]
)
def test_a_good_proposal_passes(text: str) -> None:
    assert first_objection(text, UPDATE, GUARDS) is None


def test_the_step_size_is_measured_in_words() -> None:
    assert over_step_size("a b c", "a b d", StepSize(1)) is None
    assert "2 words changed, 1 allowed" in (over_step_size("x y c", "a b c", StepSize(1)) or "")
    assert over_step_size("x y c", "a b c", StepSize(1, "tell")) is None
    assert over_step_size("x y c", "a b c", None) is None


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        (' "Count." ', "Count."),
        ("**Count.**", "Count."),
        ('"a" and "b"', '"a" and "b"'),
        ("**", "**"),
        ("```\nCount.\nAll.\n```", "Count.\nAll."),
        ("```text\n**Count.**\n```\n", "Count."),
        ("```\none\n```\nand\n```\ntwo\n```", "```\none\n```\nand\n```\ntwo\n```"),
        ("Count **all**.", "Count **all**."),
    ],
)
def test_only_marks_around_the_whole_are_taken_off(text: str, tidied: str) -> None:
    assert tidy(text) == tidied
