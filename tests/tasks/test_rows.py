"""Data files become rows, and every way in which they can be broken is told in one paragraph with its place."""

import json
from pathlib import Path

import pytest

from gpo.core.errors import TaskError
from gpo.tasks.rows import read_rows


def _write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _told(path: Path) -> str:
    with pytest.raises(TaskError) as caught:
        read_rows(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    return message.replace(str(path.parent), "DIR")


@pytest.mark.parametrize(
    ("name", "text", "values", "lines"),
    [
        ("a.jsonl", '{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}], [1, 2]),
        ("a.JSONL", '{"a": 1}', [{"a": 1}], [1]),
        ("a.jsonl", '\n{"a": 1}\n\n   \n{"a": 2}\n\n', [{"a": 1}, {"a": 2}], [2, 5]),
        ("a.jsonl", '{"a": "x"}\r\n{"a": "y"}\r\n', [{"a": "x"}, {"a": "y"}], [1, 2]),
        ("a.jsonl", b'\xef\xbb\xbf{"a": 1}', [{"a": 1}], [1]),
        ("a.jsonl", '{"a": "x\u2028y"}', [{"a": "x\u2028y"}], [1]),
        ("a.json", '[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}], None),
        ("a.csv", "a,b\n1,2\n", [{"a": "1", "b": "2"}], [2]),
        ("a.csv", "a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}], [2]),
        ("a.csv", b"\xef\xbb\xbfa,b\n1,2\n", [{"a": "1", "b": "2"}], [2]),
        ("a.csv", "a,b\n\n1,2\n  \n3,4", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], [3, 5]),
        ("a.csv", ",\n\na,b\n1,2\n , \n", [{"a": "1", "b": "2"}, {"a": " ", "b": " "}], [4, 5]),
        ("a.tsv", "a\tb\n\t\n1\t2\n", [{"a": "", "b": ""}, {"a": "1", "b": "2"}], [2, 3]),
        (
            "a.csv",
            'a,b\n"x\ny, z","say ""hi"""\n3,4\n',
            [{"a": "x\ny, z", "b": 'say "hi"'}, {"a": "3", "b": "4"}],
            [2, 4],
        ),
        ("a.csv", "a;b\n1,5;2\n", [{"a": "1,5", "b": "2"}], [2]),
        ("a.tsv", "a\tb\n1,5\t2\n", [{"a": "1,5", "b": "2"}], [2]),
    ],
)
def test_rows(tmp_path: Path, name: str, text: str | bytes, values: list[object], lines: list[int] | None) -> None:
    path = _write(tmp_path, name, text)
    rows = read_rows(path)
    assert [row.values for row in rows] == values
    if lines is not None:
        assert [row.where for row in rows] == [f"{path}:{line}" for line in lines]


def test_what_pandas_writes_for_a_missing_value_is_read_as_it_is(tmp_path: Path) -> None:
    (row,) = read_rows(_write(tmp_path, "a.jsonl", '{"a": NaN, "b": -Infinity, "c": [NaN]}'))
    assert repr(row.values) == "{'a': nan, 'b': -inf, 'c': [nan]}"


def test_many_values_side_by_side_are_not_deep(tmp_path: Path) -> None:
    wide = [{"a": [[number]] * 5, "b": "[[[{"} for number in range(200)]
    assert [row.values for row in read_rows(_write(tmp_path, "a.json", json.dumps(wide)))] == wide
    deep = '{"a": ' * 100 + "1" + "}" * 100
    assert len(read_rows(_write(tmp_path, "a.jsonl", deep))) == 1


def test_a_long_value_is_read(tmp_path: Path) -> None:
    long = "x" * 300_000  # more than the csv module reads by default
    assert read_rows(_write(tmp_path, "a.csv", f"a,b\n{long},2\n"))[0].values["a"] == long
    assert read_rows(_write(tmp_path, "a.jsonl", json.dumps({"a": long})))[0].values["a"] == long


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "a.jsonl",
            '{"a": 1}\n{"a": \n',
            "DIR/a.jsonl:2: not JSON: Expecting value at character 6. The line",
        ),
        ("a.jsonl", "\n\n{'a': 1}", "DIR/a.jsonl:3: not JSON: "),
        (
            "a.csv",
            'a,b\n1\n"x"y,2\n',
            "DIR/a.csv:2: 1 value for 2 columns (a, b). Put quotes around a value that holds "
            "a comma or a line break. 2 lines are broken; `gpo data check` names them.",
        ),
        ("a.csv", '"a"x,b\n1,2\n', "DIR/a.csv:1: not CSV: "),
        ("a.jsonl", "[1, 2]", 'DIR/a.jsonl:1: expected an object such as {"input": "2 + 3", "target": "5"}, found'),
        ("a.jsonl", '{"a": 1}\n"text"', "DIR/a.jsonl:2: expected an object"),
        ("a.jsonl", "[" * 100_000, "DIR/a.jsonl:1: at character 101 begins one list or object too many: at most 100"),
        (
            "a.jsonl",
            '{"a": 1}\n{"a": "[[", "b": ' + "[" * 10_000 + "]" * 10_000 + "}",
            "DIR/a.jsonl:2: at character 117 begins one list or object too many: at most 100 may",
        ),
        (
            "a.jsonl",
            '{"a": 1}\n{"a": "12", "b": 2.5, "c": -' + "9" * 5000 + "}",
            "DIR/a.jsonl:2: at character 28 stands a number of 5,000 digits, of which at most 4,300 are read:",
        ),
        ("a.json", '[{"a": 1},\n {"a": ' + "9" * 5000 + "}]", "DIR/a.json:2: at character 8 stands a number of 5,000"),
        (
            "a.json",
            '[{"a": 1},\n\n ' + '{"a": ' * 10_000,
            "DIR/a.json:3: at character 596 begins one list or object too",
        ),
        (
            "a.jsonl",
            '{"a": 1}\n{"a": 1, "b": 2, "a": 3}',
            'DIR/a.jsonl:2: not JSON: the key "a" stands twice in it, and only one of its values can be meant. The',
        ),
        ("a.json", '[{"a": {"b": 1, "b": 2}}]', 'DIR/a.json: not JSON: the key "b" stands twice in it'),
        ("a.jsonl", "", "DIR/a.jsonl has no rows. Put one JSON object per line into it, such as"),
        ("a.jsonl", "\n \n", "DIR/a.jsonl has no rows."),
        ("a.json", "", "DIR/a.json has no rows."),
        ("a.json", "[]", "DIR/a.json has no rows."),
        (
            "a.json",
            '{"a": 1}',
            "DIR/a.json: expected a list of objects. One object per line belongs into a .jsonl file.",
        ),
        ("a.json", '{"a": 1}\n{"a": 2}', "DIR/a.json:2: not JSON: Extra data at character 1. One object per line"),
        ("a.json", "[{}, 5]", "DIR/a.json: item 2: expected an object"),
        ("a.csv", "", "DIR/a.csv has no rows."),
        ("a.csv", "a,b\n", "DIR/a.csv has no rows. Its only line names the columns: put a line for each row below it."),
        ("a.csv", "a,b\n1,2\n1,2,3\n", "DIR/a.csv:3: 3 values for 2 columns (a, b). Put quotes around a value that"),
        ("a.csv", "a,b\n1\n", "DIR/a.csv:2: 1 value for 2 columns (a, b)."),
        ("a.csv", 'a,b\n1,2\n"open,2\n3,4\n', "DIR/a.csv:3: not CSV: unexpected end of data. Is a quote left open"),
        ("a.csv", 'a,b\n"x"y,2\n', "DIR/a.csv:2: not CSV: ',' expected after '\"'."),
        ("a.csv", "a,a\n1,2\n", 'DIR/a.csv:1: two columns are called "a"; give each its own name.'),
        ("a.csv", "\na,a\n1,2\n", 'DIR/a.csv:2: two columns are called "a"; give each its own name.'),
        ("a.xlsx", "x", 'DIR/a.xlsx: rows are read from .jsonl, .json, .csv and .tsv files, not from ".xlsx".'),
        ("a", "x", 'DIR/a: rows are read from .jsonl, .json, .csv and .tsv files, not from "".'),
        (
            "a.jsonl",
            b'{"a": 1}\n{"a": "caf\xe9"}\n',
            "DIR/a.jsonl:2: not UTF-8 (byte 19 is 0xe9). Convert the file, for",
        ),
        (
            "a.csv",
            b"\xff\xfea\x00,\x00b\x00",
            "DIR/a.csv:1: not UTF-8 (byte 0 is 0xff). Convert the file, for example: `iconv",
        ),
    ],
)
def test_broken_files(tmp_path: Path, name: str, text: str | bytes, message: str) -> None:
    assert _told(_write(tmp_path, name, text)).startswith(message)


def test_the_encoding_that_is_likely_is_named(tmp_path: Path) -> None:
    assert "iconv -f utf-16 -t utf-8 a.csv > new.csv" in _told(_write(tmp_path, "a.csv", "a,b".encode("utf-16")))
    assert "iconv -f utf-16le -t utf-8 a.csv > new.csv" in _told(_write(tmp_path, "a.csv", "a,b".encode("utf-16le")))
    assert "iconv -f utf-16be -t utf-8 a.jsonl" in _told(_write(tmp_path, "a.jsonl", '{"a": 1}'.encode("utf-16be")))
    assert "iconv -f utf-32 -t utf-8 a.csv > new.csv" in _told(_write(tmp_path, "a.csv", "a,b".encode("utf-32")))
    assert "iconv -f latin1 -t utf-8 a.csv > new.csv" in _told(_write(tmp_path, "a.csv", "é,b".encode("latin1")))


def test_a_nul_byte_at_the_beginning_is_no_other_encoding(tmp_path: Path) -> None:
    told = _told(_write(tmp_path, "a.csv", b"a\0b,c\n1,2\n"))
    assert told == "DIR/a.csv:1: holds a NUL byte (byte 1); take it out."


def test_a_row_of_more_than_ten_megabytes_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.jsonl", '{"a": "' + "x" * (10 * 2**20) + '"}')
    assert _told(path) == "DIR/a.jsonl:1: the row has 10,485,769 characters; at most 10,485,760 are read."


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert _told(tmp_path / "a.jsonl") == "There is no file DIR/a.jsonl. Name a file, or pocket/<task>."
    _write(tmp_path, "rows.jsonl", "{}")
    assert "There is no file DIR/row.jsonl. Did you mean DIR/rows.jsonl?" in _told(tmp_path / "row.jsonl")
    assert _told(tmp_path / "no" / "a.jsonl").startswith("There is no file DIR/a.jsonl.")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="only POSIX has files without an end")
def test_a_file_without_an_end_is_not_read() -> None:
    with pytest.raises(TaskError, match=r"rows are read from \.jsonl"):
        read_rows(Path("/dev/zero"))


def test_a_folder_and_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert _told(tmp_path / "sub").startswith("DIR/sub is a folder. Name a file in it;")
    assert "cannot be read: " in _told(tmp_path / "a\0.jsonl")
    assert "cannot be read: " in _told(tmp_path / ("a" * 300 + ".jsonl"))
