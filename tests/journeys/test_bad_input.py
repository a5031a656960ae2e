"""Whatever is wrong: one paragraph that says what, where and what to do; the right exit code; no traceback; no run."""

import os
import re
from pathlib import Path

import pytest

from gpo.testing.server import FAULTS, StubServer
from journeys.inside import Inside
from journeys.terminal import Ran, Serve, Terminal, optimize

GOOD = '{"input": "2 + 3", "target": "5"}\n'


def _is_one_clear_paragraph(ran: Ran, code: int, *said: str) -> None:
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err + ran.out
    assert "defect in GPO" not in ran.err
    paragraph = ran.err.strip().splitlines()[-1]
    assert paragraph.startswith("error: ")
    for each in said:
        assert re.search(each, paragraph), f"{each!r} is not in: {paragraph}"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.jsonl", None, [r"missing\.jsonl", "pocket/<task>"]),
        ("broken.jsonl", GOOD + '{"input": \n', [r"broken\.jsonl:2", "not JSON"]),
        ("list.jsonl", "[1, 2]\n", [r"list\.jsonl:1", "expected an object"]),
        ("columns.jsonl", '{"text": "a", "answr": "b"}\n' * 8, ["answr", "Did you mean"]),
        ("empty.jsonl", "", ["has no rows"]),
        ("blank.csv", "input,target\n", ["has no rows"]),
        ("latin.jsonl", b'{"input": "caf\xe9", "target": "b"}\n', [r"latin\.jsonl:1", "not UTF-8"]),
        ("few.jsonl", GOOD * 2, ["too few", "At least 4|at least 4"]),
        ("rows.txt", GOOD, [r"\.jsonl, \.json, \.csv"]),
        ("task.yaml", "dta: rows.jsonl\n", ["dta", 'Did you mean "data"']),
        ("task.yaml", "data: [\n", ["not YAML"]),
    ],
)
def test_a_task_that_cannot_be_read(inside: Inside, name: str, content: str | bytes | None, said: list[str]) -> None:
    if content is not None:
        inside.write(name, content)
    _is_one_clear_paragraph(inside.gpo("optimize", name, "--task-model", "pocket"), 2, *said)
    assert inside.gpo("list").code == 2, "nothing was begun"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pocket/last_wrd", "--task-model", "pocket"], ['Did you mean "pocket/last_word"']),
        (["pocket/last_word"], ["task_model is missing", "--task-model"]),
        (["pocket/last_word", "--task-model", "poket"], ['Did you mean "pocket"']),
        (["pocket/last_word", "--task-model", "local/none.gguf"], [r"none\.gguf"]),
        (["pocket/last_word", "--task-model", "pocket", "--optimizer-model", "phrase"], ['Did you mean "phrases"']),
        (["pocket/last_word", "--task-model", "pocket", "--algorithm", "gpoo"], ['Did you mean "gpo"']),
        (["pocket/last_word", "--task-model", "pocket", "--algorithm", "GPO"], ['Did you mean "gpo"']),
        (["pocket/last_word", "--task-model", "pocket", "--set", "max_calls=3"], ["--set budget.max_calls="]),
        (["pocket/last_word", "--task-model", "pocket", "--answer-tokens", "0"], ["--answer-tokens"]),
        (["pocket/last_word", "--task-model", "pocket", "--set", "gpo.candidate=3"], ['Did you mean "candidates"']),
        (
            ["pocket/last_word", "--task-model", "pocket", "--set", "gpo.k=many"],
            [r"gpo\.k is 'many'", "a whole number or nothing"],
        ),
        (["pocket/last_word", "--task-model", "pocket", "--set", "gpo.move=up"], ["newest, best"]),
        (["pocket/last_word", "--task-model", "pocket", "--set", "gpo.step_size.schedule=cos"], ["cosine"]),
        (["pocket/last_word", "--task-model", "pocket", "--set", "sed=3"], ['Did you mean "seed"']),
        (["pocket/last_word", "--task-model", "pocket", "--metric", "exct_match"], ['Did you mean "exact_match"']),
        (["pocket/last_word", "--task-model", "pocket", "-c", "none.yaml"], [r"none\.yaml", "gpo init"]),
        (["pocket/last_word", "--task-model", "pocket", "--prompt-file", "none.txt"], [r"none\.txt"]),
        (
            ["pocket/last_word", "--task-model", "openai/m", "--max-usd", "1"],
            ["price of openai/m is unknown", "prices"],
        ),
        (["pocket/last_word", "--task-model", "pocket", "-j", "0"], ["concurrency", "at least 1"]),
        (["pocket/last_word", "--task-model", "pocket", "--max-calls", "-1"], ["max_calls", "at least 0"]),
    ],
)
def test_a_setting_that_cannot_be(inside: Inside, arguments: list[str], said: list[str]) -> None:
    _is_one_clear_paragraph(inside.gpo("optimize", *arguments), 2, *said)
    listed = inside.gpo("list", "--json")
    assert listed.code == 2 or listed.json == [], "nothing was begun"


def test_a_key_that_is_missing(terminal: Terminal) -> None:
    ran = terminal.gpo("optimize", "pocket/last_word", "--task-model", "openai/gpt-5-mini", OPENAI_API_KEY="")
    _is_one_clear_paragraph(ran, 2, "OPENAI_API_KEY is not set", "--base-url")


def test_a_server_that_is_not_there(inside: Inside) -> None:
    more = ("--max-retries", "1", "--max-failures", "2")
    ran = inside.gpo(*optimize(inside.rows(), "http://127.0.0.1:9/v1", *more))
    _is_one_clear_paragraph(ran, 1, "127.0.0.1:9", "Is the server running", "No model has answered yet", "gpo resume")


def test_a_key_that_is_wrong_stops_at_once(inside: Inside, stub: StubServer) -> None:
    stub.fault = FAULTS["401"]
    ran = inside.gpo(*optimize(inside.rows(), stub.url))
    _is_one_clear_paragraph(ran, 1, "401", "key")
    assert len(stub.seen) <= 8, "those in flight and those that took their place before the answer was read"


def test_a_model_that_never_answers_in_tags_stops_the_run_after_three_steps(inside: Inside, stub: StubServer) -> None:
    stub.fault = FAULTS["untagged"]
    ran = inside.gpo(*optimize(inside.rows(), stub.url))
    _is_one_clear_paragraph(ran, 1, "3 steps in a row", "I would rather talk")
    assert inside.gpo("list", "--json").json[0]["status"] == "failed"


def test_answers_that_are_no_answers_are_no_scores(inside: Inside, stub: StubServer) -> None:
    for fault in ("empty", "not-json", "no-credit"):
        stub.fault = FAULTS[fault]
        ran = inside.gpo(*optimize(inside.rows(), stub.url, "--max-failures", "3", "--max-retries", "0"))
        assert ran.code == 1, fault
        _is_one_clear_paragraph(ran, 1)
        assert inside.gpo("show", "--json").json["seed"]["n"] == 0


def test_rows_that_stand_in_two_splits_are_counted(inside: Inside) -> None:
    rows = inside.rows()
    first = (inside.folder / rows).read_text().splitlines()[0]
    for split in ("selection", "test"):
        with (inside.folder / rows).open("a") as file:
            file.write(first.replace('"train"', f'"{split}"') + "\n")
    ran = inside.gpo("optimize", rows, "--task-model", "pocket", "--dry-run", "--json")
    assert ran.code == 0
    assert "1 input stands in more than one" in " ".join(ran.json["warnings"])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(terminal: Terminal) -> None:
    locked = terminal.folder / "locked"
    locked.mkdir(mode=0o500)
    ran = terminal.gpo("demo", "--store", str(locked / "store"))
    _is_one_clear_paragraph(ran, 2, "cannot be made", "--store")


def test_a_store_that_is_no_folder(terminal: Terminal) -> None:
    terminal.write("file", "not a folder")
    _is_one_clear_paragraph(terminal.gpo("demo", "-q", "--store", "file"), 2, "file", "--store")


def test_a_full_disk_stops_the_run_and_loses_nothing(terminal: Terminal, serve: Serve) -> None:
    import resource
    import subprocess

    with serve() as server:
        command = terminal.command(*optimize(terminal.rows(), server.url, "--set", "gpo.steps=30"))
        full = subprocess.run(
            command,
            cwd=terminal.folder,
            env=terminal.environment,
            capture_output=True,
            text=True,
            timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
            check=False,
        )
        _is_one_clear_paragraph(Ran(full.returncode, full.stdout, full.stderr), 1, "disk full", "resume")
        assert terminal.gpo("resume", "latest", "-q").code == 0
        assert "Traceback" not in full.stderr


def test_a_run_that_is_not_there(terminal: Terminal) -> None:
    _is_one_clear_paragraph(terminal.gpo("show", "nonsense"), 2, "no runs", "gpo demo")
    assert not (terminal.folder / ".gpo").exists(), "looking makes nothing"


def test_a_config_that_is_there_already_is_not_overwritten(terminal: Terminal) -> None:
    assert terminal.gpo("init").code == 0
    Path(terminal.folder / "gpo.yaml").write_text("mine")
    _is_one_clear_paragraph(terminal.gpo("init"), 2, "there already", "--force")
    assert (terminal.folder / "gpo.yaml").read_text() == "mine"
