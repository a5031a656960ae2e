"""From what a user says to a task: files, columns, ids, prompts, metrics, warnings, fingerprints, and every mistake."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from gpo.core.errors import ConfigError, GPOError, TaskError
from gpo.core.task import Example
from gpo.tasks.load import load_task
from gpo.tasks.settle import LoadedTask, fingerprint
from gpo.tasks.spec import SplitSpec, TaskSpec, anchored, split_spec

ROWS: list[dict[str, Any]] = [{"input": f"What is {i} + {i}?", "target": str(2 * i)} for i in range(1, 21)]


def _jsonl(path: Path, rows: Sequence[Mapping[str, Any]] = ROWS) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Twenty sums."""
    return _jsonl(tmp_path / "rows.jsonl")


def _load(path: Path, **settings: Any) -> LoadedTask:
    return load_task(TaskSpec(str(path), **settings))


def _every(loaded: LoadedTask) -> list[Example]:
    splits = loaded.task.splits
    return [*splits.train, *splits.selection, *splits.test]


def _told(load: Callable[[], object], kind: type[GPOError] = TaskError) -> str:
    with pytest.raises(kind) as caught:
        load()
    message = str(caught.value)
    assert "\n" not in message
    return message


def _grade(loaded: LoadedTask, reply: str, example: Example) -> float:
    return asyncio.run(loaded.task.grade(reply, example)).score  # type: ignore[arg-type]


# --- what works ---


def test_a_file_of_rows_becomes_a_task(rows: Path) -> None:
    loaded = _load(rows)
    task = loaded.task
    assert task.name == "rows"
    assert [len(each) for each in (task.splits.train, task.splits.selection, task.splits.test)] == [5, 5, 10]
    assert {each.id for each in _every(loaded)} == {f"row-{i}" for i in range(1, 21)}
    assert task.metric_name == "number"
    assert loaded.warnings == (
        "metric: number, because every right answer is a number (guessed; `metric` or --metric names another)",
    )
    assert task.seed.text == "Let's think step by step."
    assert task.position == "before"
    assert _grade(loaded, "The answer is 4.", next(each for each in _every(loaded) if each.target == "4")) == 1


@pytest.mark.parametrize("text", ["~/rows.jsonl", "rows.jsonl", "./rows.jsonl"])
def test_paths_are_seen_from_the_working_directory(rows: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(rows.parent)
    monkeypatch.setenv("HOME", str(rows.parent))
    assert load_task(TaskSpec(text)).task.name == "rows"


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("question", "answer"), ("q", "a")),
        (("Question", "ANSWER"), ("q", "a")),
        (("inputs", "outputs"), ("q", "a")),
        (("x", "y"), ("q", "a")),
        (("text", "label"), ("q", "a")),
        (("inputs", "expectations"), ({"question": "q"}, {"expected_response": "a"})),
    ],
)
def test_columns_have_the_names_that_users_give_them(
    tmp_path: Path, names: Sequence[str], values: Sequence[Any]
) -> None:
    rows = [dict(zip(names, values, strict=True)) for _ in range(4)]
    for i, row in enumerate(rows):
        row[names[0]] = {"question": f"q{i}"} if isinstance(values[0], dict) else f"q{i}"
    every = _every(_load(_jsonl(tmp_path / "a.jsonl", rows)))
    assert {each.input for each in every} == {"q0", "q1", "q2", "q3"}
    assert {each.targets for each in every} == {("a",)}


def test_columns_that_are_named_win(tmp_path: Path) -> None:
    path = _jsonl(
        tmp_path / "a.jsonl", [{"input": "no", "target": "no", "my q": f"q{i}", "my a": "yes"} for i in range(4)]
    )
    every = _every(_load(path, input_column="my q", target_column="my a"))
    assert {each.input for each in every} == {"q0", "q1", "q2", "q3"}
    assert {each.target for each in every} == {"yes"}


def test_values_become_text(tmp_path: Path) -> None:
    rows = [
        {"input": 1, "target": True, "n": None},
        {"input": 2.5, "target": ["a", "b"]},
        {"input": ["a", "ü"], "target": 7},
        {"input": {"x": 1, "y": [2]}, "target": {"z": "only"}, "y": "own"},
    ]
    every = {each.id: each for each in _every(_load(_jsonl(tmp_path / "a.jsonl", rows), metric="exact_match"))}
    assert [every[f"row-{i}"].input for i in (1, 2, 3, 4)] == ["1", "2.5", '["a", "ü"]', '{"x": 1, "y": [2]}']
    assert [every[f"row-{i}"].targets for i in (1, 2, 3, 4)] == [("true",), ("a", "b"), ("7",), ("only",)]
    assert dict(every["row-4"].fields) == {"x": "1", "y": "own", "input": '{"x": 1, "y": [2]}', "target": "only"}
    assert "n" not in dict(every["row-1"].fields)


def test_ids_are_the_users_own_and_repeated_ones_are_told_apart(tmp_path: Path) -> None:
    rows = [{**row, "id": i % 18 if i else None} for i, row in enumerate(ROWS)]
    loaded = _load(_jsonl(tmp_path / "a.jsonl", rows))
    ids = {each.id for each in _every(loaded)}
    assert len(ids) == 20
    assert {"row-1", "1", "1#2", "17"} <= ids
    assert "1 row repeats the id of an earlier row, and got a number to it, such as 1#2" in loaded.warnings


def test_ids_differ_whatever_the_user_calls_them(tmp_path: Path) -> None:
    names = ["a", "a", "a#2", "a", "a#2", "a#3", "row-7", "", None, "row-8"]
    rows = [{**row, "id": name} for row, name in zip(ROWS, names, strict=False)]
    assert len({each.id for each in _every(_load(_jsonl(tmp_path / "a.jsonl", rows)))}) == len(names)


@pytest.mark.parametrize(
    ("targets", "metric", "why"),
    [
        (["yes", "No", "TRUE"], "boolean", "every right answer is yes or no, true or false"),
        (["1", "-2.5", "$1,000", "3/4", "50%"], "number", "every right answer is a number"),
        (["(A)", "B", "[C]"], "choice", "every right answer is an option letter"),
        (["The cat sat on the mat.", "Where did the dog go today?"], "rouge_l", "every right answer is a sentence"),
        (["cat", "5"], "exact_match", "the right answers are words"),
        (["a", "b"], "exact_match", "the right answers are words"),
        ([*["(A)"] * 39, "Black, White"], "choice", "nearly every right answer is an option letter"),
    ],
)
def test_the_metric_is_guessed_and_the_guess_explained(
    tmp_path: Path, targets: list[str], metric: str, why: str
) -> None:
    rows = [{"input": f"q{i}", "target": targets[i % len(targets)]} for i in range(40)]
    loaded = _load(_jsonl(tmp_path / "a.jsonl", rows))
    assert loaded.task.metric_name == metric
    assert loaded.warnings[0] == f"metric: {metric}, because {why} (guessed; `metric` or --metric names another)"


def test_right_answers_that_the_metric_cannot_read_are_counted(tmp_path: Path) -> None:
    rows = [{"input": f"q{i}", "target": "many" if i == 3 else str(i)} for i in range(10)]
    loaded = _load(_jsonl(tmp_path / "a.jsonl", rows), metric="number")
    assert loaded.warnings == (
        '1 row has a right answer that the metric number cannot read, such as "many" in the row row-4: '
        "no reply can be right there",
    )


def test_rows_name_their_own_sets(tmp_path: Path) -> None:
    names = ["train", "Training", "val", "validation", "dev", "selection", "test", " TEST "]
    path = _jsonl(tmp_path / "a.jsonl", [{**row, "split": name} for row, name in zip(ROWS, names, strict=False)])
    splits = _load(path).task.splits
    assert [[each.id for each in rows] for rows in (splits.train, splits.selection, splits.test)] == [
        ["row-1", "row-2"],
        ["row-3", "row-4", "row-5", "row-6"],
        ["row-7", "row-8"],
    ]


def test_duplicates_across_sets_are_warned_of_and_counted(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "split": name} for name in ("train", "val", "test")]
    rows.append({**ROWS[0], "target": "5", "split": "test"})
    said = " ".join(_load(_jsonl(tmp_path / "a.jsonl", rows)).warnings)
    assert "1 input stands in more than one of train, selection and test: the test is easier than it looks" in said
    assert "1 input stands with different right answers in different rows" in said


def test_duplicates_that_we_divide_ourselves_stay_in_one_set(tmp_path: Path) -> None:
    splits = _load(_jsonl(tmp_path / "a.jsonl", [*ROWS, *ROWS])).task.splits
    inputs = [{each.input for each in rows} for rows in (splits.train, splits.selection, splits.test)]
    assert not inputs[0] & inputs[1] | inputs[0] & inputs[2] | inputs[1] & inputs[2]


def test_rows_are_duplicates_where_the_model_sees_the_same(tmp_path: Path) -> None:
    path = _jsonl(
        tmp_path / "a.jsonl", [{"context": f"c{i}", "question": "Is it so?", "answer": "yes"} for i in range(8)]
    )
    assert "only 1 different inputs" in _told(lambda: _load(path))
    assert len(_every(_load(path, seed_prompt="{{context}}\n{{question}}"))) == 8


# --- task.yaml ---


def _task(folder: Path, text: str, name: str = "task.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_task_file_says_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "mine"
    (home / "data").mkdir(parents=True)
    _jsonl(home / "data" / "rows.jsonl", [{"q": row["input"], "a": row["target"]} for row in ROWS])
    (home / "seed.md").write_text("Add the numbers.\n", encoding="utf-8")
    (home / "grade.py").write_text("def half(reply, example, weight):\n    return weight\n", encoding="utf-8")
    path = _task(
        home,
        "description: sums\ndata: data/rows.jsonl\ninput: q\ntarget: a\nmetric: python:grade.py:half\n"
        "metric_options: {weight: 0.5}\nprompt_file: seed.md\nposition: after\nmax_tokens: 32\ntemperature: 0.5\n"
        "split: {train: 3, val: 4, test: 5, seed: 2}\n",
    )
    monkeypatch.chdir(tmp_path)
    for source in (path, Path("mine/task.yaml")):
        task = _load(source).task
        assert [len(each) for each in (task.splits.train, task.splits.selection, task.splits.test)] == [3, 4, 5]
        assert task.seed.text == "Add the numbers."
        assert (task.position, task.sampling.max_tokens, task.sampling.temperature) == ("after", 32, 0.5)
        assert _grade(LoadedTask(task), "", task.splits.train[0]) == 0.5


def test_sets_in_files_of_their_own(tmp_path: Path) -> None:
    for i, name in enumerate(("a", "b", "c")):
        _jsonl(tmp_path / f"{name}.jsonl", ROWS[5 * i : 5 * i + 5])
    for key in ("selection", "val", "validation", "eval"):
        splits = _load(_task(tmp_path, f"train: a.jsonl\n{key}: b.jsonl\ntest: c.jsonl")).task.splits
        assert [each.id for each in splits.selection] == [f"selection-{i}" for i in range(1, 6)]
        assert [each.input for each in splits.test] == [row["input"] for row in ROWS[10:15]]
    assert len(_load(tmp_path / "task.yaml", split=SplitSpec(2)).task.splits.train) == 2


def test_what_the_user_says_wins_over_the_task_file(rows: Path) -> None:
    path = _task(
        rows.parent,
        "data: rows.jsonl\nmetric: regex\nmetric_options: {pattern: x}\nprompt: from the file\n"
        "temperature: 1\nsplit: {train: 3, selection: 4}",
    )
    loaded = _load(path, metric="contains", seed_prompt="mine", temperature=0.0, split=SplitSpec(2))
    assert loaded.task.metric_name == "contains"
    assert loaded.task.seed.text == "mine"
    assert loaded.task.sampling.temperature == 0.0
    assert (len(loaded.task.splits.train), len(loaded.task.splits.selection)) == (2, 4)
    (rows.parent / "seed.txt").write_text("from my file", encoding="utf-8")
    assert _load(path, seed_prompt_file=str(rows.parent / "seed.txt")).task.seed.text == "from my file"
    assert _load(path, seed_prompt="").task.seed.text == ""


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("dta: rows.jsonl", ConfigError, 'unknown setting "dta". Did you mean "data"? Known, among '),
        (
            "task_model: pocket",
            ConfigError,
            'unknown setting "task_model". It belongs into the file of a run, given with',
        ),
        ("data: [", TaskError, "not YAML: "),
        ("data: \x01", TaskError, "not YAML: "),
        ("- a", TaskError, "task.yaml holds \"['a']\"; expected settings such as `data: rows.jsonl`."),
        ("", TaskError, "task.yaml is empty; expected settings such as `data: rows.jsonl`."),
        ("# nothing\n", TaskError, "task.yaml is empty; expected settings such as `data: rows.jsonl`."),
        ("data: a\nmax_tokens: " + "9" * 5000, TaskError, "line 2: a number of 5,000 digits, of which at most 4,300"),
        ("data: a\nschema: " + "[" * 10_000, TaskError, "line 2: too many lists or mappings stand within one another"),
        *(
            (f"data: rows.jsonl\n{what}: '{said}'", ConfigError, f'{what} is "{said}"; expected python:<file>.py:<')
            for what in ("metric", "program")
            for said in ("python:", "python::", "python:grade.py", "python:grade.py:", "python::score")
        ),
        ("metric: number", ConfigError, "no rows are named for train, selection, test. Name them with `data`"),
        ("train: a.jsonl", ConfigError, "no rows are named for selection, test."),
        (
            "data: a.jsonl\ntrain: b.jsonl",
            ConfigError,
            "set either `data`, or `train`, `selection` and `test`, not both.",
        ),
        ("train: a\nval: b\neval: c\ntest: d", ConfigError, 'selection is set twice, the second time as "eval".'),
        ("data: 5", ConfigError, "data is 5; expected the name of a file with rows."),
        ("data: rows.jsonl\nsplit: 5", ConfigError, "split is 5; expected settings below it, such as `seed: 1`."),
        ("data: rows.jsonl\nsplit: {tran: 5}", ConfigError, 'split: unknown setting "tran". Did you mean "train"?'),
        ("data: rows.jsonl\nsplit: {val: 5, selection: 6}", ConfigError, "split: selection is set twice"),
        (
            "data: rows.jsonl\nsplit: {train: 0}",
            ConfigError,
            "split: train is 0; expected a number of rows from 1, or a",
        ),
        ("data: rows.jsonl\nsplit: {train: 1.5}", ConfigError, "split: train is 1.5; expected a number of rows"),
        ("data: rows.jsonl\nsplit: {train: true}", ConfigError, "split: train is True; expected a number of rows"),
        (
            "data: rows.jsonl\nsplit: {train: a.jsonl}",
            ConfigError,
            "are named in a task.yaml, such as `train: rows.jsonl`.",
        ),
        ("data: rows.jsonl\nsplit: {seed: x}", ConfigError, "split: seed is 'x'; expected a whole number."),
        ("data: rows.jsonl\nmetric_options: 5", ConfigError, "metric_options is 5; expected settings below it"),
        ("data: rows.jsonl\nmetric: 5", ConfigError, "metric is 5; expected text."),
        ("data: rows.jsonl\nprompt: 5", ConfigError, "prompt is 5; expected text. Put it in quotes if it is meant so."),
        ("data: rows.jsonl\nposition: middle", ConfigError, 'position is "middle"; where does the prompt stand to the'),
        ("data: rows.jsonl\nmax_tokens: 0", ConfigError, "max_tokens is 0; expected a whole number of at least 1."),
        ("data: rows.jsonl\nmax_tokens: 1.5", ConfigError, "max_tokens is 1.5; expected a whole number"),
        ("data: rows.jsonl\ntemperature: -1", ConfigError, "temperature is -1; expected a number of at least 0."),
        ("data: rows.jsonl\ntemperature: .nan", ConfigError, "temperature is nan; expected a number of at least 0."),
        ("data: rows.jsonl\nprompt: a\nprompt_file: b", ConfigError, "both prompt and prompt_file are set. Keep one"),
        ("data: row.jsonl", TaskError, "Did you mean"),
        ("data: rows.jsonl\nmetric: python:no.py:f", ConfigError, "there is no Python file"),
    ],
)
def test_mistakes_in_a_task_file(rows: Path, text: str, kind: type[GPOError], message: str) -> None:
    path = _task(rows.parent, text)
    told = _told(lambda: _load(path), kind)
    assert message in told
    assert str(rows.parent) in told, "it names the file"


# --- bad rows ---


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"input": "q"}, 'a.jsonl:20: the column "target" is not there in this row. Fill it, or take the row out;'),
        ({"target": "5"}, 'a.jsonl:20: the column "input" is not there in this row.'),
        ({"input": "q", "target": None}, 'a.jsonl:20: the column "target" is empty in this row.'),
        ({"input": "q", "target": " "}, 'the column "target" is empty in this row.'),
        ({"input": "", "target": "5"}, 'the column "input" is empty in this row.'),
        ({"input": {}, "target": "5"}, 'the column "input" is empty in this row.'),
        ({"input": "q", "target": []}, 'the column "target" is empty in this row.'),
        ({"input": "q", "target": ["a", ""]}, 'the column "target" is empty in this row.'),
        ({"input": "q", "target": float("nan")}, 'a.jsonl:20: the column "target" is not a number (NaN) in this row.'),
        (
            {"input": "q", "target": ["a", float("-inf")]},
            'the column "target" is not a number (-Infinity) in this row.',
        ),
        ({"input": float("nan"), "target": "5"}, 'the column "input" is not a number (NaN) in this row.'),
        ({"input": "a\0b", "target": "5"}, 'the column "input" holds a NUL byte; take it out.'),
        ({"input": "q", "target": ["5", "6\0"]}, 'the column "target" holds a NUL byte; take it out.'),
        ({"input": {"q": "a\0", "r": "b"}, "target": "5"}, 'the column "q" holds a NUL byte; take it out.'),
        ({"input": "q", "target": "5", "more": "\ud800"}, 'the column "more" holds half of a surrogate pair'),
        ({"input": "q", "target": "5", "split": "trian"}, 'a.jsonl:20: split is "trian"; known: train, training, '),
        (
            {"input": "q", "target": "5", "split": "test"},
            "a: 19 rows name no split (the first is row-1), while others do.",
        ),
    ],
)
def test_bad_rows(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [*ROWS[:19], row]), encoding="utf-8")
    assert message in _told(lambda: _load(path))


def test_a_column_that_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    path = _jsonl(tmp_path / "a.jsonl", [{"questoin": "q", "answer": "a", "n": 1}] * 4)
    told = _told(lambda: _load(path, input_column="question"))
    assert told.endswith(
        'a.jsonl:1: there is no column "question". Did you mean "questoin"? Columns found: questoin, answer, n. '
        'Name the right one with `input` (on the command line --input, in Python settings={"input": …}).'
    )
    path = _jsonl(tmp_path / "b.jsonl", [{"input": "q", "Targte": "a"}] * 4)
    assert 'there is no column "target". Did you mean "Targte"?' in _told(lambda: _load(path))
    path = _jsonl(tmp_path / "b.jsonl", [{"text": "q", "answr": "a"}] * 4)
    assert 'there is no column "target". Did you mean "answr"?' in _told(lambda: _load(path))
    path = _jsonl(tmp_path / "c.jsonl", [{}] * 4)
    assert "Columns found: none." in _told(lambda: _load(path))
    (tmp_path / "d.csv").write_text("\nquestoin,answer\n1,2\n3,4\n")
    assert 'd.csv:2: there is no column "input"' in _told(lambda: _load(tmp_path / "d.csv")), "where columns are named"


def test_sets_that_are_missing_are_named(tmp_path: Path) -> None:
    path = _jsonl(tmp_path / "a.jsonl", [{**row, "split": "train"} for row in ROWS])
    assert (
        "a.jsonl: no row is of the set selection or test. Each of train, selection (or val) and test needs rows"
        in _told(lambda: _load(path))
    )


def test_too_few_rows(tmp_path: Path) -> None:
    assert "a has 2 rows, too few for this split" in _told(lambda: _load(_jsonl(tmp_path / "a.jsonl", ROWS[:2])))


# --- prompts ---


def test_the_seed_prompt(rows: Path) -> None:
    assert _load(rows, seed_prompt="").task.seed.text == ""
    (rows.parent / "p.txt").write_bytes("\ufeffAdd:\r\nnow \n".encode())
    assert _load(rows, seed_prompt_file=str(rows.parent / "p.txt")).task.seed.text == "Add:\r\nnow"
    told = _told(lambda: _load(rows, seed_prompt_file=str(rows.parent / "no.txt")))
    assert told.startswith("There is no file ")
    (rows.parent / "p.txt").write_bytes(b"\xff")
    assert "p.txt:1: not UTF-8" in _told(lambda: _load(rows, seed_prompt_file=str(rows.parent / "p.txt")))
    assert "both prompt and prompt_file are set" in _told(
        lambda: _load(rows, seed_prompt="a", seed_prompt_file="b"), ConfigError
    )


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        (
            "Add {{inptu}}.",
            'The prompt names {{inptu}}, but no column is called so. Did you mean "input"? Known: input, target.',
        ),
        ("{{input}} {{context}}", "The prompt names {{context}}, but no column is called so."),
    ],
)
def test_a_prompt_that_names_a_column_that_is_not_there(rows: Path, prompt: str, message: str) -> None:
    assert _told(lambda: _load(rows, seed_prompt=prompt)).startswith(message)
    assert "no column is called so" in _told(lambda: load_task(TaskSpec("pocket/last_word", seed_prompt="{{words}}")))


def test_a_prompt_that_names_a_column_that_a_row_lacks(tmp_path: Path) -> None:
    path = _jsonl(tmp_path / "a.jsonl", [{**row, **({"hint": "h"} if i else {})} for i, row in enumerate(ROWS)])
    told = _told(lambda: _load(path, seed_prompt="{{hint}} {{input}}"))
    assert told == (
        'The prompt names {{hint}}, but 1 of 20 rows have no value there (the first is "row-1"). '
        "Fill them, or take them out."
    )


def test_what_stands_in_braces_but_is_no_variable_is_warned_of(tmp_path: Path) -> None:
    path = _jsonl(
        tmp_path / "a.jsonl", [{"question": row["input"], "answer": row["target"], "lang": "en"} for row in ROWS]
    )

    def warnings(prompt: str) -> tuple[str, ...]:
        return _load(path, seed_prompt=prompt, metric="number").warnings

    assert warnings("{{question}} in {{lang}}") == warnings("{{input}}") == warnings("Write {x} and {}.") == ()
    assert warnings("{question}") == ("the prompt's {question} is plain text: write {{question}} to insert the column",)
    assert warnings("{{ user.name }}") == (
        "the prompt's {{ user.name }} is plain text: a variable is one name of letters, digits and _",
    )
    assert warnings("Answer in {{lang}}.") == (
        'the prompt inserts {{lang}} but not {{input}}: the model will not see the column "question"',
    )


def test_entries_of_an_input_that_is_a_map_can_be_inserted(tmp_path: Path) -> None:
    rows = [{"input": {"a": i, "b": i}, "target": str(2 * i)} for i in range(1, 9)]
    loaded = _load(_jsonl(tmp_path / "a.jsonl", rows), seed_prompt="Add {{a}} to {{b}}.", metric="number")
    assert loaded.warnings == ()
    example = next(each for each in _every(loaded) if each.target == "6")
    assert loaded.task.render(loaded.task.seed, example)[0].text == "Add 3 to 3."


# --- metrics ---


def test_a_metric_that_fits_no_right_answer_is_refused(rows: Path) -> None:
    told = _told(lambda: _load(rows, metric="boolean"))
    assert told.startswith('The metric boolean can read none of the right answers (such as "2" in the row row-1).')


def test_a_metric_that_is_unknown_or_lies_nowhere(rows: Path) -> None:
    assert 'Did you mean "number"?' in _told(lambda: _load(rows, metric="numbr"), ConfigError)
    assert "there is no Python file" in _told(lambda: _load(rows, metric="python:no.py:f"), ConfigError)


def test_a_function_of_a_file_is_seen_from_the_working_directory(rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (rows.parent / "mine.py").write_text("def one(reply, example): return 1\n", encoding="utf-8")
    monkeypatch.chdir(rows.parent)
    loaded = _load(rows, metric="python:mine.py:one")
    assert loaded.task.metric_name == "python:mine.py:one"
    assert loaded.warnings == ()
    assert _grade(loaded, "", loaded.task.splits.train[0]) == 1


def test_what_a_metric_raises_is_told_with_its_name_and_the_example(rows: Path) -> None:
    (rows.parent / "mine.py").write_text("def broken(reply, example):\n    return {}[reply]\n", encoding="utf-8")
    loaded = _load(rows, metric=f"python:{rows.parent}/mine.py:broken")
    example = loaded.task.splits.train[0]
    told = _told(lambda: _grade(loaded, "x", example), ConfigError)
    assert told.endswith(f'on the example "{example.id}" ("{example.input}") raised KeyError: \'x\' (mine.py, line 2).')


# --- fingerprints ---


def test_the_fingerprint_changes_with_the_rows_the_sets_and_the_metric(tmp_path: Path, rows: Path) -> None:
    def of(changed: Sequence[Mapping[str, Any]] = ROWS, **settings: Any) -> str:
        return _load(_jsonl(tmp_path / "changed.jsonl", changed), **settings).fingerprint

    same = _load(rows).fingerprint
    assert len(same) == 16
    assert same == of(), "the name of the file does not matter"
    assert same == of(metric="number"), "nor who chose the metric"
    assert same == of(metric="numeric"), "nor which of its names it has"
    different = [
        of([{**ROWS[0], "input": "?"}, *ROWS[1:]]),
        of([{**ROWS[0], "target": "3"}, *ROWS[1:]]),
        of([{**ROWS[0], "hint": "h"}, *ROWS[1:]]),
        of([{**ROWS[0], "id": "one"}, *ROWS[1:]]),
        of(ROWS[:-1]),
        of(split=SplitSpec(seed=1)),
        of(split=SplitSpec(4)),
        of(metric="exact_match"),
        of(metric="regex", metric_options=(("pattern", "a"),)),
        of(metric="regex", metric_options=(("pattern", "b"),)),
    ]
    assert len({same, *different}) == 1 + len(different)


def test_the_fingerprint_of_a_function_is_its_source_and_not_its_place(rows: Path) -> None:
    def of(folder: str, text: str, function: str = "f") -> str:
        (rows.parent / folder).mkdir(exist_ok=True)
        (rows.parent / folder / f"{folder}.py").write_text(text, encoding="utf-8")
        return _load(rows, metric=f"python:{rows.parent}/{folder}/{folder}.py:{function}").fingerprint

    text = "def f(r, e): return 1\ndef g(r, e): return 1\n"
    assert of("a", text) == of("b", text)
    assert len({of("a", text), of("a", text, "g"), of("a", text + "#\n")}) == 3


def test_a_task_that_is_brought_has_a_fingerprint_as_well(rows: Path) -> None:
    task = _load(rows).task
    assert fingerprint(task) == fingerprint(task)
    assert fingerprint(task) != fingerprint(replace(task, metric_name="other"))


# --- pocket tasks ---


def test_a_pocket_task_takes_the_same_settings() -> None:
    loaded = load_task(
        TaskSpec(
            "pocket/last_word",
            "contains",
            seed_prompt="Say the last word.",
            position="after",
            split=SplitSpec(5, seed=3),
        )
    )
    task = loaded.task
    assert [len(each) for each in (task.splits.train, task.splits.selection, task.splits.test)] == [5, 50, 200]
    assert (task.metric_name, task.seed.text, task.position) == ("contains", "Say the last word.", "after")
    assert loaded.warnings == ()
    assert load_task(TaskSpec("pocket/last_word")).fingerprint != loaded.fingerprint
    assert load_task(TaskSpec("pocket/last_word")).fingerprint == load_task(TaskSpec("pocket/last_word")).fingerprint


def test_an_unknown_pocket_task_and_one_that_is_not_named() -> None:
    assert 'There is no task "pocket/last_wrd". Did you mean "pocket/last_word"?' in _told(
        lambda: load_task(TaskSpec("pocket/last_wrd"))
    )
    for source in ("last_word", "poket/last_word"):
        assert f'neither a file nor a ready-made task "{source}". Did you mean "pocket/last_word"?' in _told(
            lambda source=source: load_task(TaskSpec(source))
        )
    assert "pocket/category, " in _told(lambda: load_task(TaskSpec("pocket")))
    assert load_task(TaskSpec("pocket/last_word", split=SplitSpec(51))).warnings == (
        "split.train is 51, but the train set of pocket/last_word has 50 rows",
    )


# --- specs ---


@pytest.mark.parametrize("source", [5, None, "", " "])
def test_a_task_that_is_no_name(source: Any) -> None:
    assert _told(lambda: load_task(TaskSpec(source)), ConfigError).startswith(f"settings: task is {source!r}; expected")


def test_a_split_is_read_from_settings() -> None:
    assert split_spec({"train": 5, "val": 0.25, "seed": 3}, "x") == SplitSpec(5, 0.25, seed=3)
    assert split_spec({}, "x", SplitSpec(5, seed=3)) == SplitSpec(5, seed=3)
    assert split_spec({"seed": 1}, "x", SplitSpec(5, seed=3)) == SplitSpec(5, seed=1)


def test_paths_of_a_spec_can_be_seen_from_a_folder() -> None:
    spec = TaskSpec("a.jsonl", "python:m.py:f", seed_prompt_file="p.txt")
    moved = anchored(spec, Path("/there"))
    assert (moved.source, moved.metric, moved.seed_prompt_file) == (
        "/there/a.jsonl",
        "python:/there/m.py:f",
        "/there/p.txt",
    )
    kept = TaskSpec("pocket/last_word", "number")
    assert anchored(kept, Path("/there")) == kept
    assert anchored(TaskSpec("/own/a.jsonl"), Path("/there")).source == "/own/a.jsonl"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"qa_marks": True, "prompt": "Solve {{input}} now"}, r"qa_marks is set, but the prompt has 'input' in braces"),
        ({"position": "after", "prompt": "{{question}}: ?"}, r"position is set, but the prompt has 'question'"),
        ({"position": "before", "program": "python:own.py:answer"}, r"position and program are both set"),
        ({"demonstrations": 2, "program": "python:own.py:answer"}, r"demonstrations and program are both set"),
    ],
)
def test_settings_that_something_else_decides_are_refused(tmp_path: Path, said: dict[str, Any], complaint: str) -> None:
    rows = "".join(f'{{"question": "what is {i}+1?", "target": "{i + 1}"}}\n' for i in range(12))
    (tmp_path / "rows.jsonl").write_text(rows)
    (tmp_path / "own.py").write_text("def answer(prompt, example, model):\n    return ''\n")
    (tmp_path / "task.yaml").write_text(yaml.safe_dump({"data": "rows.jsonl", "input": "question", **said}))
    with pytest.raises(ConfigError, match=complaint):
        load_task(TaskSpec(str(tmp_path / "task.yaml")))
