"""What the README shows works as it stands."""

import re
from pathlib import Path

import pytest

from gpo.optimizers.catalog import RECIPES
from gpo.tasks.rows import read_rows

README = Path(__file__).parents[1] / "README.md"


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(example.strip().splitlines()) <= 12
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "improved" in printed
    assert "task " in printed


def test_the_python_example_runs_where_the_budget_gives_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    poor = example.replace('task_model="pocket")', 'task_model="pocket", budget={"max_calls": 60})')
    assert poor != example
    monkeypatch.chdir(tmp_path)
    exec(compile(poor, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "Set max_calls to" in printed
    assert "task " in printed


def test_every_file_it_points_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []


def test_the_table_has_the_header_that_the_benchmark_prints() -> None:
    benchmark = (README.parent / "benchmarks" / "demo_table.py").read_text(encoding="utf-8")
    header = "".join(re.findall(r'^ {4}"(\|.*\|)(?:\\n)?"$', benchmark, re.MULTILINE))
    table = README.read_text(encoding="utf-8").split("<!-- table -->\n")[1]
    assert header
    assert "".join(table.splitlines()[:2]) == header


def test_it_names_every_algorithm() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in RECIPES if not re.search(rf"`[^`]*\b{name}\b[^`]*`", text)] == []


def test_its_sample_of_rows_is_read_as_rows(tmp_path: Path) -> None:
    (sample,) = re.findall(r"```json\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "rows.jsonl").write_text(sample)
    assert [set(row.values) for row in read_rows(tmp_path / "rows.jsonl")] == [{"input", "target"}] * 2
