"""Options that another option leaves nothing to say are refused by name, wherever they were given."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

import gpo
from gpo.cli.main import main
from gpo.core.errors import ConfigError
from gpo.core.prompt import Prompt
from gpo.engine.config import RunConfig
from gpo.optimizers.catalog import build
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task, toy_task_of_two_texts

CONTRADICTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("ape", {"variant": "one-shot", "paraphrases": 2}, "ape.paraphrases is 2, but ape.variant is one-shot"),
    ("ape", {"variant": "one-shot", "survivors": 7}, "ape.survivors is 7, but ape.variant is one-shot"),
    ("ape", {"variant": "one-shot", "steps": 9}, "ape.steps is 9, but ape.variant is one-shot"),
    ("apo", {"rank": "all", "calls": 100}, "apo.calls is 100, but apo.rank is all"),
    ("apo", {"rank": "all", "pull": 8, "explore": 2.0}, "apo.pull is 8 and apo.explore is 2.0, but apo.rank is all"),
    ("apo", {"rank": "sh", "explore": 0.5}, "apo.explore is 0.5, but apo.rank is sh"),
    ("apo", {"rank": "sr", "pull": 4}, "apo.pull is 4, but apo.rank is sr"),
    ("apo", {"gradients": 0, "errors": 2}, "apo.errors is 2, but apo.gradients is 0"),
    ("apo", {"gradients": 0, "batch": 16}, "apo.batch is 16, but apo.gradients is 0"),
    ("apo", {"gradients": 0, "paraphrases": 0}, "apo.gradients and apo.paraphrases are both 0"),
    (
        "sgdm",
        {"epochs": 3, "steps": 5},
        "sgdm.epochs is 3, but sgdm.steps is 5, so it says nothing. Leave it out, or leave sgdm.steps out",
    ),
    ("gepa", {"merge": 2}, "gepa.merge is 2, but the prompt has one text"),
    ("gepa", {"step_size": {"schedule": "none", "start": 9}}, "step_size.start is 9, but step_size.schedule is none"),
    ("pe2", {"step_size": {"schedule": "fixed", "end": 9}}, "step_size.end is 9, but step_size.schedule is fixed"),
    ("gpo", {"demos": 0, "demos_drawn": "once"}, "gpo.demos_drawn is once, but gpo.demos is 0"),
    ("gpo", {"candidates": 1, "screen": {"rank": "sh"}}, "screen.keep is 1 and candidates is 1"),
    ("gpo", {"candidates": 4, "screen": {"rank": "ucb", "keep": 4}}, "screen.keep is 4 and candidates is 4"),
    ("gpo", {"screen": {"keep": 2}}, "screen.keep is 2, but screen.rank is all"),
]
EVERY = pytest.mark.parametrize(("name", "options", "said"), CONTRADICTIONS)


@EVERY
def test_it_is_refused_in_settings(name: str, options: dict[str, Any], said: str) -> None:
    text = yaml.safe_dump({"task": "toy", "task_model": "pocket", "algorithm": name, name: options}, sort_keys=False)
    config = RunConfig.from_mapping(yaml.safe_load(text), "gpo.yaml")
    with pytest.raises(ConfigError) as refused:
        build(config.algorithm, toy_task(), config.options)
    assert said in str(refused.value)


@EVERY
def test_it_is_refused_on_the_command_line(
    name: str, options: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [part for key, value in options.items() for part in ("--set", f"{name}.{key}={yaml.safe_dump(value)}")]
    command = ["optimize", "pocket/last_word", "--task-model", "pocket", "--algorithm", name, "--dry-run"]
    assert main([*command, *flags]) == 2
    assert said in capsys.readouterr().err


@EVERY
async def test_it_is_refused_from_python(name: str, options: dict[str, Any], said: str, tmp_path: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        await gpo.aoptimize(
            toy_task(),
            task_model=ToyTaskModel(),
            optimizer_model=ToyWriter(),
            algorithm=name,
            options=options,
            store=tmp_path,
        )
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ape", {"variant": "one-shot", "queries": 2, "candidates": 3, "demos": 2}),
        ("ape", {"variant": "one-shot", "steps": None}),
        ("apo", {"rank": "sh", "calls": 64}),
        ("apo", {"rank": "ucb-e", "calls": 64, "pull": 4, "explore": 2}),
        ("apo", {"gradients": 0, "rank": "all"}),
        ("sgdm", {"epochs": 2, "steps": None}),
        ("sgdm", {"batch": 4, "steps": 3}),
        ("gepa", {"merge": 0}),
        ("gpo", {"demos": 0}),
        ("gpo", {"step_size": {"schedule": "none", "start": 50, "end": 10, "warmup": 0}}),
        ("gpo", {"candidates": 1, "screen": {"rank": "all", "keep": 1, "calls": 64}}),
        ("gpo", {"candidates": 2, "screen": {"rank": "sr"}}),
    ],
)
def test_what_contradicts_nothing_is_taken(name: str, options: dict[str, Any]) -> None:
    assert build(name, toy_task(), options).steps


def test_a_prompt_of_several_texts_has_unions() -> None:
    assert build("gepa", toy_task_of_two_texts(), {"merge": 2}).steps
    named = replace(toy_task(), seed=Prompt((("system", "Be exact."),)))
    with pytest.raises(ConfigError, match="the prompt has one text"):
        build("gepa", named, {"merge": 2})


def _remarks(algorithm: str = "gpo", **more: Any) -> list[str]:
    settings = {"task": "toy", "task_model": "pocket", "optimizer_model": "pocket", "algorithm": algorithm, **more}
    return [each for each in RunConfig.from_mapping(settings, "gpo.yaml").remarks if "embedding" in each]


@pytest.mark.parametrize(
    ("algorithm", "options"),
    [
        ("gpo", {}),
        ("gpo-paper", {}),
        ("gpo", {"trajectory": "none", "feedback": True, "feedback_trajectory": "relevance"}),
    ],
)
def test_an_embedding_model_that_is_asked_is_no_remark(algorithm: str, options: dict[str, Any]) -> None:
    assert _remarks(algorithm, embedding_model="openai/any", **{algorithm: options}) == []


def test_an_embedding_model_that_nothing_asks_is_told() -> None:
    assert _remarks("opro", embedding_model="openai/any") == ["embedding_model is not used: opro compares no texts"]
    (said,) = _remarks(embedding_model="openai/any", gpo={"trajectory": "recency"})
    assert "gpo compares no texts unless it recalls by relevance" in said
    (said,) = _remarks(embedding_base_url="http://localhost:1/v1")
    assert said == "embedding_base_url is not used: there is no embedding_model"
