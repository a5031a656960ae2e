"""What every cell of the paper's grid promises: each value of each axis, and each pair of values of two axes, runs."""

import json
import re
import shlex
from collections.abc import Iterator
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from gpo.cli.main import main
from gpo.core.chat import Message
from gpo.core.events import Proposed, Recalled, Reflected, Refused, StepFinished
from gpo.core.prompt import Prompt
from gpo.engine.config import RunConfig
from gpo.method.limit import StepSizePlan
from gpo.optimizers.catalog import build
from gpo.optimizers.gpo import gpo
from gpo.optimizers.options import checked, options_of
from gpo.search.screen import Screen
from gpo.store.state import decode, encode
from gpo.tasks.load import load_task
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

MOMENTUM = ("none", "summarization", "recency", "importance", "relevance")
AXES: dict[str, tuple[Any, ...]] = {
    "trajectory": MOMENTUM,
    "k": (None, 1, 4),
    "feedback": (False, True),
    "feedback_trajectory": MOMENTUM,
    "demos": (0, 3),
    "demos_drawn": ("anew", "once"),
    "step_size.schedule": ("none", "fixed", "linear", "cosine"),
    "step_size.start": (9, 200),
    "step_size.end": (2, 9),
    "step_size.warmup": (0, 2, 0.3),
    "step_size.unit": ("words", "percent"),
    "step_size.enforce": ("tell", "reask", "refuse"),
    "refine": ("edit", "generate"),
    "candidates": (1, 4),
    "move": ("newest", "best"),
    "patience": (None, 2),
    "screen.rank": ("all", "sh", "sr", "ucb", "ucb-e"),
    "screen.keep": (1, 2),
    "screen.calls": (9, 64),
    "steps": (None, 4),
}
Cell = dict[str, Any]
PLAN = {f"step_size.{each}": getattr(StepSizePlan(), each) for each in StepSizePlan.__slots__}
DRY = ("--task-model", "phrases", "--dry-run", "--json")


def _agrees(cell: Cell) -> bool:
    """Whether no two of the values contradict each other; those of axes that are still open may be any."""
    recalls = set(MOMENTUM[2:])
    open_ = object()
    feedback, carried = cell.get("feedback", open_), cell.get("feedback_trajectory", open_)
    schedule = cell.get("step_size.schedule", open_)
    if feedback is False and carried not in ("none", open_):
        return False
    if cell.get("screen.rank") == "all" and (cell.get("screen.keep", 1), cell.get("screen.calls", 64)) != (1, 64):
        return False
    screens = cell.get("screen.rank", "all") != "all" or cell.get("screen.keep") == 2 or cell.get("screen.calls") == 9
    if screens and cell.get("screen.keep", 1) >= cell.get("candidates", 8):
        return False
    if cell.get("demos") == 0 and "demos_drawn" in cell:
        return False
    if cell.get("k") and not {cell.get("trajectory", "recency"), carried} & (recalls | {open_}):
        return False
    if cell.get("k") and feedback is False and cell.get("trajectory") not in recalls | {None}:
        return False
    ignored = {"none": set(PLAN) - {"step_size.schedule"}, "fixed": {"step_size.end"}}.get(str(schedule), set())
    return not any(each in cell and cell[each] not in (None, PLAN[each]) for each in ignored)


def _pairwise() -> Iterator[Cell]:
    """Cells that hold every pair of values that do not contradict each other; built greedily, always the same."""
    wanted = {
        ((one, a), (other, b))
        for one, other in combinations(AXES, 2)
        for a in AXES[one]
        for b in AXES[other]
        if _agrees({one: a, other: b})
    }
    while wanted:
        cell: Cell = dict(min(wanted, key=repr))
        for axis in AXES:
            if axis in cell:
                continue
            options = [value for value in AXES[axis] if _agrees({**cell, axis: value})]
            if options:
                cell[axis] = max(options, key=lambda value: sum(_holds({**cell, axis: value}, pair) for pair in wanted))
        covered = {pair for pair in wanted if _holds(cell, pair)}
        assert covered
        wanted -= covered
        yield cell


def _holds(cell: Cell, pair: tuple[tuple[str, Any], ...]) -> bool:
    return all(axis in cell and repr(cell[axis]) == repr(value) for axis, value in pair)


CELLS = list(_pairwise())
EVERY = pytest.mark.parametrize("cell", CELLS, ids=[str(number) for number in range(len(CELLS))])


def _options(cell: Cell) -> dict[str, Any]:
    """The cell as a settings file gives it; what is None is left out."""
    said = {axis: value for axis, value in cell.items() if value is not None}
    options: dict[str, Any] = {}
    for axis, value in said.items():
        section, _, name = axis.rpartition(".")
        (options.setdefault(section, {}) if section else options)[name] = value
    text = yaml.safe_dump({"task": "toy", "task_model": "pocket", "gpo": options})
    return dict(RunConfig.from_mapping(yaml.safe_load(text), "gpo.yaml").options)


async def _walk(cell: Cell, shuffle: int | None = None, **more: Any) -> Walked:
    task = toy_task(20)
    models = Models(ToyTaskModel(shuffle=shuffle), ToyWriter(shuffle=shuffle))
    return await walk_in_memory(build("gpo", task, _options(cell)), task, models, seed=2, **more)


def test_the_axes_are_all_there_is_to_choose() -> None:
    plans = {"step_size": StepSizePlan, "screen": Screen}
    nested = {f"{section}.{name}" for section, plan in plans.items() for name in plan.__slots__}
    assert set(AXES) == (set(options_of(gpo)) - set(plans)) | nested


def test_every_pair_of_values_is_in_a_cell() -> None:
    for one, other in combinations(AXES, 2):
        for a in AXES[one]:
            for b in AXES[other]:
                pair = ((one, a), (other, b))
                assert any(_holds(cell, pair) for cell in CELLS) == _agrees(dict(pair)), pair


@EVERY
async def test_a_cell_does_what_it_says_the_same_way_every_time_and_is_all_in_its_state(cell: Cell) -> None:
    walked, kept = await _walk(cell), build("gpo", toy_task(20), _options(cell)).state_type
    again = await _walk(cell, shuffle=1, resume=lambda state: decode(kept, json.loads(json.dumps(encode(state)))))
    assert again == walked
    steps = sum(isinstance(event, StepFinished) for event in walked.events)
    assert steps
    assert any(isinstance(event, Reflected) for event in walked.events) == cell.get("feedback", False)
    assert sum(isinstance(event, Recalled) for event in walked.events) == steps * (cell["trajectory"] in MOMENTUM[2:])
    measured = [event for event in walked.events if isinstance(event, Proposed)]
    limited = cell["step_size.schedule"] != "none"
    assert all((event.allowed is not None) == limited for event in measured)
    if limited and cell.get("step_size.enforce", "reask") != "tell":
        assert all(event.distance <= (event.allowed or 0) for event in measured)
    else:
        assert not any(isinstance(event, Refused) and "step size" in event.reason for event in walked.events)


EXAMPLE = (
    "gpo: {trajectory: relevance, k: 3, feedback: false, "
    "step_size: {schedule: cosine, start: 50, end: 10, warmup: 0, enforce: reask}, refine: generate, candidates: 8}"
)


async def test_the_default_written_out_is_the_default() -> None:
    settings = {"task": "toy", "task_model": "pocket", **yaml.safe_load(EXAMPLE)}
    config, task = RunConfig.from_mapping(settings, "gpo.yaml"), toy_task()
    said = await walk_in_memory(build("gpo", task, config.options), task, Models(ToyTaskModel(), ToyWriter()))
    plain = await walk_in_memory(build("gpo", task, {}), task, Models(ToyTaskModel(), ToyWriter()))
    assert said == plain


@pytest.mark.parametrize("cell", CELLS[2::10])
def test_a_cell_is_reached_from_the_command_line(cell: Cell, capsys: pytest.CaptureFixture[str]) -> None:
    said = {axis: value for axis, value in cell.items() if value is not None}
    flags = [part for axis, value in said.items() for part in ("--set", f"gpo.{axis}={json.dumps(value)}")]
    assert main(["optimize", "pocket/last_word", *DRY, *flags]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert planned["algorithm"] == "gpo"
    assert cell["steps"] in (None, planned["steps_at_most"])


ASK, TOLD = "last word of: red fox", "Answer with the word."
PLACES = {
    ("before", None): f"{TOLD}\n{ASK}",
    ("after", None): f"{ASK}\n{TOLD}",
    ("Q_begin", None): f"{TOLD}\n{ASK}",
    ("Q_end", None): f"{ASK}\n{TOLD}",
    ("Q_begin", True): f"Q: {TOLD}\n{ASK}\nA:",
    ("Q_end", True): f"Q: {ASK}\n{TOLD}\nA:",
    ("before_Q", True): f"{TOLD}\nQ: {ASK}\nA:",
    ("before_Q", None): f"{TOLD}\nQ: {ASK}\nA:",
    ("A_begin", True): f"Q: {ASK}\nA: {TOLD}",
    ("A_begin", None): f"Q: {ASK}\nA: {TOLD}",
}


@pytest.mark.parametrize(("place", "asked"), PLACES.items(), ids=lambda each: str(each)[:30])
@pytest.mark.parametrize("shots", [None, 2])
def test_positions_marks_and_demonstrations_are_reached_from_a_settings_file_and_the_command_line(
    place: tuple[str, bool | None], asked: str, shots: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"input": f"last word of: red {each}", "target": each} for each in ("fox", "owl", "elk", "cat", "ant", "bee")
    ]
    splits = ["selection", "train", "train", "train", "test", "test"]
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(json.dumps({**row, "split": split}) for row, split in zip(rows, splits, strict=True)))
    position, marks = place
    given = {"position": position, "qa_marks": marks, "demonstrations": shots}
    said = {key: value for key, value in given.items() if value is not None}
    settings = {"task": str(data), "task_model": "pocket", "metric": "exact_match", "prompt": TOLD, **said}
    config = RunConfig.from_mapping(yaml.safe_load(yaml.safe_dump(settings)), "gpo.yaml")
    task = load_task(config.task).task
    chat = task.render(Prompt.of(TOLD), task.splits.selection[0])
    owl, elk = (asked.replace("fox", each) for each in ("owl", "elk"))
    turns = [("user", owl), ("assistant", "owl"), ("user", elk), ("assistant", "elk")] if shots else []
    assert list(chat) == [Message(role, text) for role, text in (*turns, ("user", asked))]  # type: ignore[arg-type]
    flags = [part for key, value in said.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    assert main(["optimize", str(data), *DRY, "--metric", "exact_match", "--prompt", TOLD, *flags]) == 0
    planned = json.loads(capsys.readouterr().out)["first_request"]
    assert planned == [{"role": message.role, "content": message.text} for message in chat]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"position": "before_Q", "qa_marks": False}, "before_Q"),
        ({"position": "A_begin", "qa_marks": False}, "A_begin"),
        ({"position": "Q_middle"}, "Q_middle"),
        ({"qa_marks": "yes"}, "qa_marks is 'yes'"),
        ({"demonstrations": -1}, "demonstrations is -1"),
        ({"demonstrations": 2.5}, "demonstrations is 2.5"),
    ],
)
def test_a_place_that_is_none_is_refused_by_name(
    said: dict[str, Any], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [part for key, value in said.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    assert main(["optimize", "pocket/last_word", *DRY, *flags]) == 2
    assert complaint in capsys.readouterr().err


PAGE = (Path(__file__).resolve().parents[2] / "docs" / "papers" / "grid.md").read_text(encoding="utf-8")


def test_the_page_names_every_option_every_value_and_every_default() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    said = checked(gpo, yaml.safe_load(block)["gpo"], "gpo")
    assert said == {key: option.default for key, option in options_of(gpo).items()}
    rows = [line.split(" | ") for line in PAGE.split("## The axes")[1].split("What the values mean")[0].splitlines()]
    values = {name: cells[2] for cells in rows if len(cells) > 2 for name in re.findall(r"`([\w.]+)`", cells[1])}
    assert set(values) == set(AXES)
    for axis, choices in AXES.items():
        named = [each for each in choices if isinstance(each, str)]
        assert [each for each in named if f"`{each}`" not in values[axis]] == []


def test_the_starter_settings_name_every_option() -> None:
    starter = (files("gpo.cli") / "starter.yaml").read_text(encoding="utf-8")
    section = yaml.safe_load(re.sub(r"^  # (\w+:)", r"  \1", starter.partition("\ngpo:\n")[2], flags=re.MULTILINE))
    assert set(section) == set(options_of(gpo))
    assert checked(gpo, section, "gpo")["step_size"] == StepSizePlan()
    assert set(section["step_size"]) == set(StepSizePlan.__slots__)
    for setting in ("position", "qa_marks", "demonstrations"):
        assert f"\n# {setting}: " in starter


def test_the_command_of_the_page_and_the_papers_rows_are_taken() -> None:
    (command,) = re.findall(r"^    gpo (optimize TASK --set gpo.*)$", PAGE, re.MULTILINE)
    words = shlex.split(command.replace("TASK", "pocket/last_word --task-model pocket"))
    assert main([*words, "--dry-run"]) == 0
    cells = re.findall(r"^\| (\w+) \| `(\{.*\})` \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in cells] == ["GPO", "SGDM", "APE", "APO", "OPRO", "PE2"]
    for _, cell in cells:
        assert build("gpo", toy_task(), yaml.safe_load(cell)).steps
