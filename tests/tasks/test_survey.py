"""What `gpo data check` finds in anybody's rows: repetitions, contradictions, rows that nobody can answer."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from gpo.core.errors import TaskError
from gpo.report.datasets import survey_page
from gpo.tasks.oddities import KINDS
from gpo.tasks.survey import survey

Row = dict[str, object]


def _rows(folder: Path, rows: Sequence[Row], name: str = "mine.jsonl") -> str:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / name)


def _found(source: str) -> dict[str, tuple[str, ...]]:
    (only,) = survey(source)
    return {each.kind: each.rows for each in only.oddities}


def _question(number: int) -> Row:
    options = f"(A) {number}\n(B) {number + 1}" if number % 2 else f"(A) {number - 1}\n(B) {number}"
    return {"question": f"Which is {number}?\n{options}", "answer": "(A)" if number % 2 else "(B)"}


GOOD = [_question(number) for number in range(30)]


def test_rows_without_sets_are_counted_as_rows(tmp_path: Path) -> None:
    page = survey_page(survey(_rows(tmp_path, GOOD)))
    assert page[0] == "mine.jsonl: 30 rows"


def test_rows_are_named_by_the_line_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text('input,target\n"two\nlines",1\n\none,1\n,\none,2\n')
    (only,) = survey(str(tmp_path / "mine.csv"))
    assert only.rows == {"row": 4}
    found = {each.kind: each.rows for each in only.oddities}
    assert found == {"blank": ("line 6",), "within a set": ("line 5 = line 7",), "conflicting": ("line 5 = line 7",)}
    rows = [{"input": each, "target": "1"} for each in ("a", " ", "b")]
    (tmp_path / "mine.json").write_text(json.dumps([*rows, {"input": "c", "target": "2"}]))
    assert _found(str(tmp_path / "mine.json")) == {"blank": ("item 2",)}


def test_rows_that_no_run_can_divide_are_too_few(tmp_path: Path) -> None:
    assert _found(_rows(tmp_path, GOOD[:2])) == {"too few": ("line 1", "line 2")}
    assert "too few" in _found(_rows(tmp_path, [GOOD[0], GOOD[1], GOOD[1]]))
    assert _found(_rows(tmp_path, GOOD[:3])) == {}


def test_a_set_of_which_there_is_no_row_is_named(tmp_path: Path) -> None:
    rows = [{**row, "split": split} for row, split in zip(GOOD, ["train", "train", "test"] * 10, strict=True)]
    assert _found(_rows(tmp_path, rows)) == {"no rows of": ("selection",)}


def test_good_rows_have_no_oddities(tmp_path: Path) -> None:
    source = _rows(tmp_path, GOOD)
    assert _found(source) == {}
    (only,) = survey(source)
    assert (only.name, only.rows, only.expected, only.is_as_published) == ("mine.jsonl", {"row": 30}, None, True)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"question": "Which is 7?\n(A) 7\n(B) 8", "answer": "(C)"}, "not an option"),
        ({"question": "Which is 7?\n(A) 7\n(B) 8", "answer": "The seven, of course"}, "not an option"),
        ({"question": "Which is 99?\n(A) 99", "answer": "(A)"}, "one option"),
        ({"question": "Which is 99?\n(A) 99\n(B) 98\nor less", "answer": "(A)"}, "option of several lines"),
        ({"question": " Which is 99?\n(A) 99\n(B) 98", "answer": "(A)"}, "padded"),
        ({"question": "Which is 99?\n(A) 99\n(B) 98", "answer": " "}, "blank"),
        ({"question": "", "answer": "(A)"}, "blank"),
        ({"question": "Which is it?", "answer": "blue"}, "not an option"),
        ({"question": "Which is 9\0?\n(A) 9\n(B) 8", "answer": "(A)"}, "not text"),
        ({"question": "Which? " + "x" * 100_001 + "\n(A) 9\n(B) 8", "answer": "(A)"}, "very long"),
    ],
)
def test_a_row_that_is_odd_by_itself_is_named(tmp_path: Path, row: Row, kind: str) -> None:
    assert _found(_rows(tmp_path, [*GOOD, row]))[kind] == ("line 31",)


def test_an_answer_of_another_kind_is_named(tmp_path: Path) -> None:
    rows: list[Row] = [{"input": f"{number}?", "target": str(number)} for number in range(40)]
    assert _found(_rows(tmp_path, [*rows, {"input": "41?", "target": "a lot"}])) == {"not an answer": ("line 41",)}


def test_the_same_input_twice_is_named_and_so_are_other_answers_to_it(tmp_path: Path) -> None:
    again = {**GOOD[3], "answer": "(B)"}
    assert GOOD[3]["answer"] == "(A)"
    assert _found(_rows(tmp_path, [*GOOD, again, GOOD[5]])) == {
        "within a set": ("line 4 = line 31", "line 6 = line 32"),
        "conflicting": ("line 4 = line 31",),
    }


def test_blanks_do_not_tell_two_inputs_apart(tmp_path: Path) -> None:
    spaced = {"question": str(GOOD[0]["question"]).replace("\n", "  \n "), "answer": "(A)"}
    assert _found(_rows(tmp_path, [*GOOD, spaced]))["within a set"] == ("line 1 = line 31",)


def test_references_that_share_one_do_not_contradict(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"input": "name a red bird", "target": ["robin", "cardinal"]},
        {"input": "name a red bird", "target": ["robin"]},
        {"input": "name a green bird", "target": ["parrot"]},
        {"input": "name a green bird", "target": ["kea"]},
    ]
    assert _found(_rows(tmp_path, rows))["conflicting"] == ("line 3 = line 4",)


def test_repetitions_across_sets_are_told_from_those_within_one(tmp_path: Path) -> None:
    rows = [{**row, "split": split} for row, split in zip(GOOD, ["train", "val", "test"] * 10, strict=True)]
    leaked = {**GOOD[0], "split": "test"}
    assert _found(_rows(tmp_path, [*rows, leaked])) == {"across sets": ("line 1 = line 31",)}


def test_the_files_of_a_task_are_its_sets(tmp_path: Path) -> None:
    for name in ("train", "selection", "test"):
        _rows(tmp_path, GOOD[:9] if name == "test" else GOOD[9:18] if name == "train" else GOOD[17:], f"{name}.jsonl")
    (tmp_path / "task.yaml").write_text("train: train.jsonl\nselection: selection.jsonl\ntest: test.jsonl\n")
    (only,) = survey(str(tmp_path / "task.yaml"))
    assert only.rows == {"train": 9, "selection": 13, "test": 9}
    assert [each.rows for each in only.oddities] == [("train.jsonl:9 = selection.jsonl:1",)]


def test_one_answer_that_is_always_right_is_told_in_one_line(tmp_path: Path) -> None:
    source = _rows(tmp_path, [{"input": f"{number}?", "target": ["yes", f"y{number}"]} for number in range(40)])
    assert _found(source) == {"one answer": (" = ".join(f"line {number}" for number in range(1, 41)),)}
    page = survey_page(survey(source))
    assert page[0].splitlines()[1:] == ["    one answer (1): line 1 = line 2 = line 3 = line 4 = line 5 … and 35 more"]
    assert page[-1] == "one answer: one answer is right in every row of the set: any prompt that always says it wins"


def test_answers_that_differ_once_are_not_one(tmp_path: Path) -> None:
    rows: list[Row] = [{"input": f"{number}?", "target": "yes"} for number in range(40)]
    assert _found(_rows(tmp_path, [*rows, {"input": "40?", "target": "no"}])) == {}


def test_one_answer_is_looked_for_in_every_set_but_a_handful_of_rows(tmp_path: Path) -> None:
    same: list[Row] = [{"input": f"{number}?", "target": "yes"} for number in range(13)]
    _rows(tmp_path, [{**row, "target": f"no {row['input']}"} for row in same], "train.jsonl")
    _rows(tmp_path, [{**row, "input": f"selection {row['input']}"} for row in same[:9]], "selection.jsonl")
    _rows(tmp_path, [{**row, "input": f"test {row['input']}"} for row in same[:10]], "test.jsonl")
    (tmp_path / "task.yaml").write_text("train: train.jsonl\nselection: selection.jsonl\ntest: test.jsonl\n")
    (named,) = _found(str(tmp_path / "task.yaml"))["one answer"]
    assert named.split(" = ") == [f"test.jsonl:{number}" for number in range(1, 11)]


def test_of_many_odd_rows_a_few_are_named_and_all_of_them_as_values(tmp_path: Path) -> None:
    good: list[Row] = [{"input": f"{number}?", "target": f"{number}"} for number in range(9)]
    nan: list[Row] = [{"input": f"x{number}?", "target": float("nan")} for number in range(9)]
    (found,) = survey(_rows(tmp_path, [*good, *nan]))
    page = survey_page([found])
    assert "\n    blank (9): line 10; line 11; line 12; line 13; line 14 … and 4 more" in page[0]
    assert found.to_dict()["oddities"] == {"blank": [f"line {number}" for number in range(10, 19)]}


def test_it_comes_as_plain_values(tmp_path: Path) -> None:
    (only,) = survey(_rows(tmp_path, [*GOOD, GOOD[0]]))
    assert only.to_dict() == {
        "name": "mine.jsonl",
        "rows": {"row": 31},
        "expected": None,
        "changed_files": [],
        "oddities": {"within a set": ["line 1 = line 31"]},
        "broken": {},
        "refused": "",
    }
    assert set(only.to_dict()["oddities"]) <= set(KINDS)


def test_a_name_that_is_nothing_is_told_what_there_is() -> None:
    with pytest.raises(TaskError, match=r'neither a file nor a benchmark "navigat".*Known: all, bbh'):
        survey("navigat")


def test_rows_without_right_answers_are_said_to_need_a_judge(tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text("input\nOne\nTwo\n\nThree\nFour\n")
    (found,) = survey(str(file))
    assert [odd.kind for odd in found.oddities] == ["no answers"]
    task = tmp_path / "task.yaml"
    task.write_text("data: letters.csv\nmetric: judge\nmetric_options: {rubric: Be kind.}\n")
    assert survey(str(task))[0].oddities == ()
    answered = tmp_path / "answered.csv"
    answered.write_text("input,target\nOne,1\nTwo,\nThree,3\n")
    assert [odd.kind for odd in survey(str(answered))[0].oddities] == ["blank"]
