"""What must not change unnoticed: the texts that the optimizer model reads, and every recipe's steps on the toy task.

To accept a change that is meant: GPO_ACCEPT_GOLDEN=1 pytest tests/golden, then look at the difference.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from gpo.meta_prompts.load import meta_prompt, names, source_of
from gpo.optimizers.catalog import RECIPES, build
from gpo.optimizers.options import options_of
from gpo.store.rows import event_to_json
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, walk_in_memory

HERE = Path(__file__).parent
FULL: dict[str, Any] = {
    "slot": "<PROMPT>",
    "memories": [
        {"text": "Count them.", "score": "40"},
        {"text": "Count {{kind}} with care.\nTwice.", "score": "62.5"},
    ],
    "current": "Count {{kind}} now.",
    "current_score": "62.5",
    "mates": ["Count {{kind}} carefully.", "Name every {{kind}}.", "How many?"],
    "others": [{"name": "system", "text": "You are exact."}],
    "feedback": ["It does not say what to count."],
    "earlier_feedback": ["It was vague.", "It was long."],
    "mistakes": [
        {"question": "cat, pear", "steps": "", "answer": "two", "expected": "1", "remark": "expected: 1"},
        {"question": "saw {{ 7 * 7 }}", "steps": "Step 1, asked: saw?", "answer": "", "expected": "0", "remark": ""},
    ],
    "attempts": [
        {
            "question": "cat, pear",
            "steps": "Step 1, asked: cat?\nStep 1, said: yes",
            "answer": "1",
            "expected": "1",
            "remark": "",
            "worth": "right",
        },
        {
            "question": "saw {{ 7 * 7 }}",
            "steps": "",
            "answer": "two",
            "expected": "0",
            "remark": "expected: 0",
            "worth": "wrong",
        },
    ],
    "before": "It was vague.",
    "now": "It is long.",
    "earlier": {"text": "Count them.", "score": "40"},
    "latest": {"text": "Count {{kind}} now.", "score": "62.5"},
    "required": ["{{kind}}"],
    "demos": ["<PROMPT>\ncat, pear\nOutput: 1", "<PROMPT>\nsaw, {{ 7 * 7 }}\nOutput: 0"],
    "place": "It is put before the input",
    "program": False,
    "filled": True,
    "system": False,
    "beside": True,
    "position": "before",
    "metric": "exact_match",
    "rubric": "The answer is kind.\nIt names {{kind}}.",
    "points": 5,
    "fence": "0f1e2d3c",
    "input": "saw {{ 7 * 7 }}",
    "references": ["1", "one"],
    "reply": "<score>5</score> {{ 7 * 7 }}",
    "scoring": "An answer counts only if it equals the expected output",
    "template": "<PROMPT>\n<INPUT>",
    "words": 12,
    "longest": 50,
    "distance": 31,
}
EMPTY = (
    "references",
    "memories",
    "mates",
    "required",
    "demos",
    "others",
    "feedback",
    "earlier_feedback",
    "mistakes",
    "attempts",
)
BARE: dict[str, Any] = {
    **FULL,
    **{name: [] for name in EMPTY},
    "words": None,
    "longest": None,
    "slot": "",
    "filled": False,
    "beside": False,
    "metric": "custom",
    "points": 1,
}

SHORT: dict[str, dict[str, Any]] = {
    "apo": {"beam": 2, "batch": 8, "gradients": 2, "expansions": 4, "steps": 3},
    "ape": {"queries": 2, "candidates": 3, "survivors": 2, "steps": 4},
    "evoprompt-de": {"size": 4, "sow": 4, "steps": 4},
    "evoprompt-ga": {"size": 4, "sow": 4, "steps": 4},
    "pe2": {"beam": 2, "expand": 2, "steps": 3},
    "gepa": {"steps": 6},
    "gpo-paper": {"epochs": 1, "candidates": 3},
    "random": {"candidates": 3, "steps": 3},
}
"""Options by recipe; a recipe that is not named here and has the option "steps" takes three."""


def _is_golden(name: str, text: str, *, may_accept: bool = True) -> None:
    path = HERE / name
    if may_accept and os.environ.get("GPO_ACCEPT_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path.name} is not there; accept it with GPO_ACCEPT_GOLDEN=1, then read it"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(("case", "values"), [("full", FULL), ("bare", BARE)])
def test_a_meta_prompt_reads_as_it_did(name: str, case: str, values: dict[str, Any]) -> None:
    _is_golden(f"meta_prompts/{name.replace('/', '.')}.{case}.md", meta_prompt(name).render(values) + "\n")


@pytest.mark.parametrize("name", names())
def test_a_candidate_and_a_row_are_inserted_and_never_rendered(name: str) -> None:
    text = meta_prompt(name).render(FULL)
    assert ("{{kind}}" in text) == any("{{kind}}" in str(FULL[each]) for each in meta_prompt(name).inputs)
    assert "49" not in text


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("written", ["Count the animals.", "Line one.\nLine <two> & three.", "{{kind}} — ünïcode"])
def test_what_is_written_as_asked_is_read_back(name: str, written: str) -> None:
    tag = yaml.safe_load(source_of(name).split("---\n")[1])["answer"]
    assert meta_prompt(name).read(f"I thought about it.\n<{tag}>\n{written}\n</{tag}>\nDone.") == written


@pytest.mark.parametrize("shuffle", [None, 1, 2])
@pytest.mark.parametrize("name", sorted(RECIPES))
async def test_the_first_steps_are_the_same_whatever_order_replies_arrive_in(name: str, shuffle: int | None) -> None:
    task = toy_task()
    models = Models(ToyTaskModel(shuffle=shuffle), ToyWriter(shuffle=shuffle))
    walked = await walk_in_memory(build(name, task, _short(name)), task, models, seed=7)
    lines = [json.dumps(event_to_json(event), ensure_ascii=False) for event in walked.events]
    _is_golden(f"{name}_on_toy.jsonl", "\n".join(lines) + "\n", may_accept=shuffle is None)


def _short(name: str) -> dict[str, Any]:
    """The options of a walk that is short enough to read."""
    return SHORT.get(name, {"steps": 3} if "steps" in options_of(RECIPES[name]) else {})
