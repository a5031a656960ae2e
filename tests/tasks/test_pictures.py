"""Pictures of rows, and what else a task says of how it is asked: stop texts, a schema, an effort."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gpo.core.errors import ConfigError, TaskError
from gpo.core.prompt import Prompt
from gpo.engine.config import RunConfig
from gpo.tasks import pictures
from gpo.tasks.load import load_task
from gpo.tasks.settle import LoadedTask
from gpo.tasks.spec import TaskSpec

PNG = b"\x89PNG\r\n\x1a\nrest"
URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
ADDRESS = "https://example.invalid/cat.jpg"


def _rows(folder: Path, *named: Any, **more: Any) -> Path:
    """Rows with the same question and a picture each; the last name fills up to twelve."""
    every = [*named, *([named[-1]] * (12 - len(named)))]
    rows = [{"input": f"What is it? {i}", "target": "cat", "picture": each, **more} for i, each in enumerate(every)]
    path = folder / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def _load(path: Path, **settings: Any) -> LoadedTask:
    return load_task(TaskSpec(str(path), "exact_match", **settings))


def _seen(task: LoadedTask) -> set[tuple[str, ...]]:
    splits = task.task.splits
    every = (*splits.train, *splits.selection, *splits.test)
    return {task.task.render(Prompt.of("Say."), each)[-1].images for each in every}


def test_a_file_an_address_a_list_and_none_are_shown_with_the_row(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "a.png").write_bytes(PNG)
    path = _rows(tmp_path, "cats/a.png", ADDRESS, ["cats/a.png", ADDRESS], URI, None)
    task = _load(path, images="picture")
    assert _seen(task) == {(URI,), (ADDRESS,), (URI, ADDRESS), ()}
    assert _seen(_load(path)) == {()}, "a column that is not named shows nothing"


def test_a_demonstration_is_shown_with_its_picture(tmp_path: Path) -> None:
    task = _load(_rows(tmp_path, ADDRESS), images="picture", demonstrations=1).task
    chat = task.render(Prompt.of("Say."), task.splits.test[0])
    assert [message.images for message in chat] == [(ADDRESS,), (), (ADDRESS,)]


def test_other_pictures_are_other_data_and_another_file_of_the_same_name_too(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    path = _rows(tmp_path, "a.png")
    before = _load(path, images="picture").fingerprint
    assert _load(path, images="picture").fingerprint == before
    picture.write_bytes(PNG + b"more")
    assert _load(path, images="picture").fingerprint != before


def test_rows_that_differ_in_their_picture_alone_are_no_duplicates(tmp_path: Path) -> None:
    rows = [{"input": "What is it?", "target": "cat", "picture": f"{ADDRESS}?{i}"} for i in range(12)]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert len(_seen(_load(path, images="picture"))) == 12
    with pytest.raises(TaskError, match="only 1 different inputs"):
        _load(path)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("gone.png", "No such file"),
        ("text.png", "it is no picture"),
        (".", "Is a directory"),
        ("../rows.png", "it lies outside of the folder of the rows"),
        ("/etc/hostname", "it lies outside of the folder of the rows"),
        ("large.png", "it has more than 0 MB"),
        ("a\x00.png", "NUL"),
    ],
)
def test_what_cannot_be_shown_is_told_with_its_row(
    tmp_path: Path, named: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LARGEST", 1000)
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "large.png").write_bytes(PNG * 1000)
    with pytest.raises(TaskError, match=said) as caught:
        _load(_rows(tmp_path, ADDRESS, named), images="picture")
    assert "row" in str(caught.value)


def test_a_relative_place_of_the_rows_opens_no_other_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "mine.png").write_bytes(PNG)
    _rows(tmp_path / "in", "../mine.png")
    monkeypatch.chdir(tmp_path / "in")
    with pytest.raises(TaskError, match="it lies outside"):
        _load(Path("rows.jsonl"), images="picture")


@pytest.mark.skipif(sys.platform == "win32", reason="links want rights there")
def test_a_link_sends_nothing_from_elsewhere(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.png").write_bytes(PNG)
    (inside / "own.png").write_bytes(PNG)
    (inside / "link.png").symlink_to(outside / "secret.png")
    (inside / "folder").symlink_to(outside)
    (inside / "near.png").symlink_to("own.png")
    (inside / "circle.png").symlink_to("circle.png")
    (tmp_path / "way").symlink_to(inside)
    for folder in (inside, tmp_path / "way"):
        for name in ("link.png", "folder/secret.png"):
            with pytest.raises(TaskError, match="it lies outside of the folder of the rows"):
                _load(_rows(folder, name), images="picture")
        assert _seen(_load(_rows(folder, "near.png", "own.png"), images="picture")) == {(URI,)}
        with pytest.raises(TaskError, match=r'the picture "circle\.png".*cannot be shown'):
            _load(_rows(folder, "circle.png"), images="picture")


def test_nothing_of_a_file_that_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("root:x:0")
    with pytest.raises(TaskError, match="it is no picture") as caught:
        _load(_rows(tmp_path, "text.png"), images="picture")
    assert "root" not in str(caught.value)


def test_pictures_are_held_in_memory_and_so_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(12):
        (tmp_path / f"{i}.png").write_bytes(PNG + bytes([i]))
    path = _rows(tmp_path, *(f"{i}.png" for i in range(12)))
    monkeypatch.setattr(pictures, "ALL", 60)
    with pytest.raises(TaskError, match="name addresses, or take fewer rows"):
        _load(path, images="picture")
    with pytest.raises(TaskError, match="names 17 pictures; 16 at most"):
        _load(_rows(tmp_path, [ADDRESS] * 17), images="picture")


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r'There is no column "pictures".*Did you mean "picture"'):
        _load(_rows(tmp_path, ADDRESS), images="pictures")
    with pytest.raises(ConfigError, match="shows no pictures"):
        load_task(TaskSpec("pocket/last_word", images="picture"))


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


def test_a_task_file_says_how_answers_are_drawn(tmp_path: Path) -> None:
    _rows(tmp_path, ADDRESS)
    said = {"data": "rows.jsonl", "stop": ["\n\n", "END"], "schema": SCHEMA, "reasoning_effort": "low"}
    file = tmp_path / "task.yaml"
    file.write_text(json.dumps({**said, "images": "picture"}), encoding="utf-8")
    sampling = load_task(TaskSpec(str(file))).task.sampling
    assert (sampling.stop, json.loads(sampling.schema), sampling.effort) == (("\n\n", "END"), SCHEMA, "low")
    over = {"task": str(file), "task_model": "pocket", "stop": "X", "reasoning_effort": "high"}
    sampling = load_task(RunConfig.from_mapping(over, "gpo.yaml").task).task.sampling
    assert (sampling.stop, json.loads(sampling.schema), sampling.effort) == (("X",), SCHEMA, "high")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"stop": [1]}, "stop is \\[1\\]; expected a text before which answers end"),
        ({"stop": ""}, "stop is ''"),
        ({"stop": []}, "stop is \\[\\]"),
        ({"schema": "answer.json"}, "schema is 'answer.json'; expected settings below it"),
        ({"reasoning_effort": "much"}, 'reasoning_effort is "much"; expected one of none, minimal, low'),
        ({"optimizer_reasoning_effort": "much"}, 'optimizer_reasoning_effort is "much"'),
        ({"images": 3}, "images is 3; expected text"),
    ],
)
def test_a_setting_of_another_form_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        RunConfig.from_mapping({"task": "rows.jsonl", "task_model": "pocket", **settings}, "gpo.yaml")
