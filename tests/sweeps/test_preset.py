"""The presets that are shipped, against the paper's own arithmetic; and what a broken one is told."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gpo.core.errors import ConfigError, TaskError
from gpo.engine.config import RunConfig
from gpo.sweeps.casting import everybody
from gpo.sweeps.cells import chosen, prepare
from gpo.sweeps.preset import Preset, over, preset_of, read_preset
from gpo.sweeps.presets import preset_file, presets

FOLDER = Path(__file__).resolve().parents[2] / "reproductions"
NAMES = ("direction", "lite-models", "lite-settings", "main", "method")
SIZES = {"main": (8, 9), "lite-settings": (8, 6), "lite-models": (8, 10), "direction": (5, 6), "method": (7, 6)}
GROUPS = {"MMLU STEM": 19, "MMLU Humanities": 13, "MMLU Social sciences": 12, "MMLU Other": 13}


def _shipped(name: str) -> Preset:
    return read_preset(FOLDER / f"{name}.yaml")


def test_every_table_of_the_paper_has_its_preset() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.yaml"))) == NAMES


def test_they_are_found_by_name_and_are_part_of_the_package() -> None:
    assert {name: path.name for name, path in presets().items()} == {name: f"{name}.yaml" for name in NAMES}
    assert preset_file("main") == preset_file("elsewhere/reproductions/main.yaml") == presets()["main"]
    wheel = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"reproductions": "gpo/sweeps/presets"}


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_has_a_published_number_and_settings_that_a_run_takes(name: str) -> None:
    preset = _shipped(name)
    assert (len(preset.rows), len(preset.columns)) == SIZES[name]
    assert len(preset.published) == len(preset.rows) * len(preset.columns)
    for row in preset.rows:
        for column in preset.columns:
            assert 10 < preset.published[row.name, column.name] < 90
            settings = {**preset.settings_of(row, column), "task": column.tasks[0], "task_model": "pocket"}
            RunConfig.from_mapping(settings, name)


def test_the_mmlu_average_is_that_of_57_subjects_with_anatomy_in_stem_but_for_apo() -> None:
    main = _shipped("main")
    tasks = {column.name: column.tasks for column in main.columns}
    assert {name: len(tasks[name]) for name in GROUPS} == GROUPS
    assert sorted(task for name in GROUPS for task in tasks[name]) == sorted(tasks["MMLU"])
    made = {
        row.name: sum(count * main.published[row.name, group] for group, count in GROUPS.items()) / 57
        for row in main.rows
    }
    follows = {name for name, mean in made.items() if abs(mean - main.published[name, "MMLU"]) < 0.01}
    assert set(made) - follows == {"APO"}
    assert made["APO"] == pytest.approx(37.89, abs=0.01)
    assert any("APO does not" in note for note in main.notes)


@pytest.mark.parametrize(("column", "rows"), [("GSM8K", 300), ("WSC", 150)])
def test_the_numbers_of_one_task_are_whole_numbers_of_rows(column: str, rows: int) -> None:
    main = _shipped("main")
    for row in main.rows:
        right = main.published[row.name, column] / 100 * rows
        assert right == pytest.approx(round(right), abs=0.02)


def test_the_baselines_are_cells_of_the_ablations() -> None:
    direction, method, models = _shipped("direction"), _shipped("method"), _shipped("lite-models")
    pairs = ("GPT-3.5 > Llama-2-7b-chat", "GPT-4 > Llama-2-7b-chat", "GPT-4 > GPT-3.5")
    for pair in pairs:
        assert models.published["SGDM", pair] == direction.published["summarization", f"{pair}, P+M+R"]
        assert models.published["APO", pair] == direction.published["none", f"{pair}, P+M+R"]
        assert models.published["GPO", pair] == method.published["cosine", f"{pair}, generate"]
        assert direction.published["relevance", f"{pair}, P+M"] == method.published["none", f"{pair}, edit"]


def test_with_reflection_the_trajectory_is_one_of_reflections() -> None:
    direction = _shipped("direction")
    row = next(each for each in direction.rows if each.name == "recency")
    plain, reflecting = direction.columns[:2]
    assert direction.settings_of(row, plain)["gpo"]["trajectory"] == "recency"
    assert direction.settings_of(row, reflecting)["gpo"] == {
        "refine": "edit",
        "demos_drawn": "once",
        "step_size": {"schedule": "none"},
        "trajectory": "none",
        "feedback": True,
        "feedback_trajectory": "recency",
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_can_be_made_of_the_papers_data(
    name: str, paper_splits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPO_DATA_DIR", str(paper_splits))
    preset = _shipped(name)
    # The MMLU columns are the same tasks twice, and BBH takes its time.
    some = chosen(preset, None, ["GSM8K", "WSC", "WebNLG"] if name == "main" else None)
    table = prepare(some, everybody(some, "openai/a-{}", "openai/b-{}"), {}, 1, some)
    assert all(len(cell.runs) == len(column.tasks) for cell, column in _pairs(table.cells, some))
    tests = {len(task.splits.test) for task in table.tasks.values()}
    assert tests == ({300, 150} if name == "main" else {144})
    with_shots = [column for column in some.columns if column.settings.get("demonstrations")]
    assert bool(with_shots) == (name == "lite-settings")


def _pairs(cells: Any, preset: Preset) -> Any:
    columns = {column.name: column for column in preset.columns}
    return [(cell, columns[cell.column]) for cell in cells]


SMALL: dict[str, Any] = {
    "rows": {"A": {"algorithm": "nothing"}},
    "columns": {"B": {"tasks": "pocket/color", "task_model": "m", "optimizer_model": "o"}},
    "published": {"A": [1.5]},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"titel": "x"}, 'unknown key "titel"'),
        ({"rows": ["A"]}, "rows is"),
        ({"rows": {"A": {"seeds": 0}}}, "seeds is 0"),
        ({"columns": {"B": {"tasks": "pocket/color", "task_model": "m"}}}, "optimizer_model is missing"),
        ({"columns": {"B": {"tasks": "bbh/navigat", "task_model": "m", "optimizer_model": "o"}}}, "bbh/navigat"),
        ({"published": {"C": [1.0]}}, 'no row "C"'),
        ({"published": {"A": [1.0, 2.0]}}, "list of 1 numbers"),
    ],
)
def test_a_preset_that_makes_no_sense_is_refused_by_name(change: dict[str, Any], said: str) -> None:
    with pytest.raises((ConfigError, TaskError), match=said):
        preset_of({**SMALL, **change}, "small", "small.yaml")


def test_a_number_that_was_not_published_is_left_out() -> None:
    assert preset_of({**SMALL, "published": {"A": [None]}}, "small", "small.yaml").published == {}


def test_settings_are_laid_over_others_section_by_section() -> None:
    assert over({"a": 1, "gpo": {"k": 3, "steps": 2}}, {"gpo": {"k": 5}, "b": 2}) == {
        "a": 1,
        "gpo": {"k": 5, "steps": 2},
        "b": 2,
    }


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("# nothing yet\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml is empty; expected a preset"):
        read_preset(tmp_path / "mine.yaml")
