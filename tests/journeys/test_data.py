"""gpo data: fetched from a server or copied, listed, checked; and a search on what was fetched."""

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gpo.testing.server import StubServer
from journeys.inside import SHORT, TOY, Inside


class _Quiet(SimpleHTTPRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""

    def log_error(self, *args: object) -> None:
        """Says nothing."""


@contextmanager
def _publishing(folder: Path) -> Iterator[str]:
    """The address of a server on this machine that has the files of a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paper_splits: Path) -> Path:
    """An empty cache folder and no other place with data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GPO_DATA_DIR")
    return tmp_path / "cache"


def test_a_task_is_fetched_once_then_listed_then_checked(inside: Inside, cache: Path, paper_splits: Path) -> None:
    asked = "gpo data get bbh"
    assert asked in inside.gpo("data", "check", "bbh/navigate").err
    assert asked in inside.gpo("data", "list", "bbh").out or "no" in inside.gpo("data", "list").out
    with _publishing(paper_splits) as url:
        first = inside.gpo("data", "get", "bbh/navigate", "wsc", "--mirror", url + "/")
        again = inside.gpo("data", "get", "bbh/navigate", "--mirror", url)
    assert (first.code, again.code) == (0, 0), first.err
    assert "2 tasks in" in first.out
    assert "10 files fetched" in first.out
    assert " 0 files fetched" in again.out
    assert str(cache) in first.out
    listed = json.loads(inside.gpo("data", "list", "bbh-lite", "--json").out)
    assert {each["name"]: each["tasks_here"] for each in listed}["bbh/navigate"] == 1
    assert sum(each["tasks_here"] for each in listed) == 1
    checked = inside.gpo("data", "check", "bbh/navigate")
    assert checked.code == 0
    assert "train 48, selection 48, test 144, format 5, few_shot 5 (as published)" in checked.out


def test_progress_is_shown_where_somebody_looks(inside: Inside, cache: Path, paper_splits: Path) -> None:
    ran = inside.gpo("data", "get", "wsc", "--from", str(paper_splits), is_terminal=True)
    assert ran.code == 0
    assert "5 of 5 files" in ran.err


def test_a_server_without_the_files_leaves_nothing(inside: Inside, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with _publishing(tmp_path / "empty") as url:
        ran = inside.gpo("data", "get", "wsc", "--mirror", url)
    assert ran.code == 2
    assert "HTTP 404" in ran.err
    assert "--from FOLDER" in ran.err
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_a_changed_copy_is_refused_by_get_and_shown_by_check(inside: Inside, cache: Path, paper_splits: Path) -> None:
    mine = inside.folder / "mine" / "common-nlp" / "WSC"
    mine.mkdir(parents=True)
    for path in (paper_splits / "common-nlp" / "WSC").glob("*.jsonl"):
        (mine / path.name).write_bytes(path.read_bytes() if path.name != "test.jsonl" else path.read_bytes()[:-1])
    refused = inside.gpo("data", "get", "wsc", "--from", "mine")
    assert refused.code == 2
    assert "test.jsonl is not the published file" in refused.err
    checked = inside.gpo("data", "check", "wsc", "--data-dir", "mine")
    assert checked.code == 1
    assert "NOT as published" in checked.out


def test_ones_own_rows_are_checked_as_well(inside: Inside) -> None:
    row = '{"question": "1 + 1?", "answer": "2"}\n'
    others = "".join(row.replace("1 + 1", f"{number} + 0") for number in (2, 3, 4))
    inside.write("mine.jsonl", row * 2 + row.replace('"2"', '"3"') + others)
    ran = inside.gpo("data", "check", "mine.jsonl")
    assert ran.code == 0, ran.out
    assert "conflicting (1): line 1 = line 2 = line 3" in ran.out
    assert "no prompt can get all of them right" in ran.out


GOOD = "".join(f"row {number},yes\n" for number in range(40))


@pytest.mark.parametrize(
    "text",
    [
        "input,target\n" + GOOD,
        "input,target\n" + GOOD + "blank,\n",
        "input,target\n" + GOOD + "a,b,c\n",
        "input,target\none,1\none,2\n",
        "input,target,split\na,1,train\nb,2,test\n",
        "input,target\n" + GOOD + "nul\0,1\n",
        "input,target\n" + GOOD + " padded,1\npadded,2\n",
    ],
)
def test_a_check_refuses_what_a_run_refuses_and_nothing_else(inside: Inside, text: str) -> None:
    inside.write("rows.csv", text)
    run = inside.gpo("optimize", "rows.csv", "--task-model", "phrases", "--dry-run", "-q")
    checked = inside.gpo("data", "check", "rows.csv")
    assert checked.code == run.code
    assert ("`gpo optimize` refuses rows.csv as it is: " in checked.out) == (
        run.code == 2 and "error" not in checked.err
    )


def test_every_line_that_is_no_row_is_named(inside: Inside) -> None:
    lines = "".join(f"row {number},yes\n" + "one,two,three\n" * (number < 12) for number in range(40))
    inside.write("rows.csv", "input,target\n" + lines)
    page = inside.gpo("data", "check", "rows.csv").out
    assert "rows.csv: 40 rows\n    no rows (12):\n        line 3: 3 values for 2 columns (input, target)." in page
    assert "line 21: 3 values" in page
    assert "line 23" not in page
    assert "… and 2 more (--json names them all)" in page
    found = inside.gpo("data", "check", "rows.csv", "--json")
    assert list(found.json[0]["broken"]) == [f"line {number}" for number in range(3, 26, 2)]
    refused = inside.gpo("optimize", "rows.csv", "--task-model", "phrases", "--dry-run")
    assert refused.err.startswith("error: rows.csv:3: 3 values")
    assert "12 lines are broken; `gpo data check` names them." in refused.err
    nothing = inside.write("none.jsonl", "x\ny\n")
    assert "none.jsonl:1: not JSON" in inside.gpo("data", "check", nothing).err


def test_rows_for_a_judge_are_not_refused_for_want_of_answers(inside: Inside) -> None:
    inside.write("rows.jsonl", "".join(f'{{"input": "letter {number}"}}\n' for number in range(40)))
    ran = inside.gpo("data", "check", "rows.jsonl")
    assert (ran.code, "no answers" in ran.out) == (0, True)


@pytest.mark.parametrize("name", ["bbh/navigate", "gsm8k", "mmlu/anatomy", "wsc", "webnlg"])
def test_a_search_runs_on_a_benchmark(inside: Inside, stub: StubServer, paper_splits: Path, name: str) -> None:
    sizes = ("--train", "6", "--selection", "6", "--test", "6")
    url = ("--base-url", stub.url)
    ran = inside.gpo("optimize", name, *TOY[:4], *url, *SHORT, *sizes, "--data-dir", str(paper_splits), "--json", "-q")
    assert ran.code == 0, ran.err
    assert ran.json["complete"]


def test_the_second_turn_is_a_setting_and_its_calls_count(inside: Inside, stub: StubServer, paper_splits: Path) -> None:
    sizes = ("--train", "6", "--selection", "6", "--test", "6", "--data-dir", str(paper_splits))
    url = ("--base-url", stub.url)
    calls: list[int] = []
    for extract in ("false", "true"):
        inside.write(f"{extract}.yaml", f"task: bbh/navigate\nextract: {extract}\n")
        ran = inside.gpo(
            "optimize",
            "-c",
            f"{extract}.yaml",
            "--store",
            extract,
            "--algorithm",
            "nothing",
            *TOY[:4],
            *url,
            *sizes,
            "--json",
            "-q",
        )
        assert ran.code == 0, ran.err
        calls.append(ran.json["cost"]["task"]["calls"])
    assert calls[1] == 2 * calls[0]
