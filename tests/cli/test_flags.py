"""Every setting can be typed, and everything that can be typed is a setting."""

import argparse
from typing import Any

import pytest

from gpo.cli import optimize, resume
from gpo.cli.flags import FLAGS, LIMITS
from gpo.cli.options import chosen
from gpo.engine.config import PLAIN
from gpo.engine.limits import BUDGET_KEYS
from gpo.engine.run import ON_RESUME
from gpo.tasks.spec import SETTINGS

MAPS = {"prices", "prompts", "metric_options", "schema"}
"""Settings that are no single value: --set says them, or a file."""


def _typed(*words: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    optimize.add_to(parser)
    return chosen(parser.parse_args(words))[0]


def test_every_setting_has_a_flag_and_every_flag_is_a_setting() -> None:
    assert {*FLAGS, "prompt", "prompt_file"} == {*PLAIN, *SETTINGS} - MAPS
    assert LIMITS.keys() == BUDGET_KEYS.keys()


@pytest.mark.parametrize("key", FLAGS)
def test_a_flag_says_its_setting(key: str) -> None:
    flag = FLAGS[key]
    if flag.kind is None:
        assert _typed(flag.names[0]) == {key: True}
        assert _typed(flag.names[0].replace("--", "--no-")) == {key: False}
    else:
        value = flag.kind("3")
        assert _typed(flag.names[-1], "3") == {key: [value] if flag.action == "append" else value}


def test_the_budget_of_tokens_is_not_the_length_of_an_answer() -> None:
    assert _typed("--max-tokens", "9000", "--answer-tokens", "64") == {"max_tokens": 64, "budget": {"max_tokens": 9000}}


def test_what_has_parts_is_said_part_by_part() -> None:
    typed = _typed("--train", "10", "--test", "0.5", "--split-seed", "4", "--max-usd", "2", "--set", "gpo.k=5")
    assert typed == {"split": {"train": 10, "test": 0.5, "seed": 4}, "budget": {"max_usd": 2.0}, "gpo": {"k": 5}}


@pytest.mark.parametrize("key", sorted(MAPS))
def test_what_is_a_map_is_set(key: str) -> None:
    assert _typed("--set", f"{key}={{a: 1}}") == {key: {"a": 1}}


def test_whatever_may_change_when_a_run_goes_on_can_be_typed_then() -> None:
    parser = argparse.ArgumentParser()
    resume.add_to(parser)
    typed = parser.format_help()
    for key in ON_RESUME:
        names = [FLAGS[key].names[-1]] if key in FLAGS else [flag.names[0] for flag in LIMITS.values()]
        assert all(name in typed for name in names), key


def test_a_prompt_that_is_typed_stands_for_the_one_in_the_file(tmp_path: Any) -> None:
    config = tmp_path / "gpo.yaml"
    config.write_text("prompts: {system: a, user: b}\n")
    assert _typed("-c", str(config), "--prompt", "c") == {"prompt": "c"}
