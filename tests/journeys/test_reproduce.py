"""What one types to see a published table with numbers of one's own, and what it says when that cannot be."""

import json
import signal
from pathlib import Path

import pytest

from journeys.inside import Inside
from journeys.terminal import LONG, Serve, Terminal

FOLDER = Path(__file__).resolve().parents[2] / "reproductions"
IN_FLIGHT = 2
"""Requests that may be on their way when a table is interrupted, as the test sets it."""
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_runs_in_miniature_from_estimate_to_page(inside: Inside, name: str) -> None:
    pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")
    ran = inside.gpo("reproduce", str(FOLDER / f"{name}.yaml"), "--miniature", "--at-once", "4")
    assert ran.code == 0, ran.err
    assert "To be made: " in ran.err
    assert "calls" in ran.err
    assert "In miniature" in ran.out
    assert "to be filled" not in ran.out
    out = inside.folder / "reproduced" / f"{name}-miniature"
    cells = json.loads((out / f"{name}.json").read_text())["cells"]
    assert all(cell["ours"] is not None and cell["difference"] is None for cell in cells)
    assert {path.suffix for path in out.iterdir() if path.is_file()} == {".md", ".csv", ".json"}
    again = inside.gpo("reproduce", str(FOLDER / f"{name}.yaml"), "--miniature", "--json")
    assert again.code == 0, again.err
    assert again.err == "", "all of it is there"
    assert again.json["cells"] == cells


def test_without_models_the_table_is_shown_as_it_was_published_with_what_fills_it(inside: Inside) -> None:
    ran = inside.gpo("reproduce", str(FOLDER / "method.yaml"))
    assert ran.code == 0, ran.err
    assert "| cosine | 43.75 | to be filled |" in ran.out
    assert "--model Llama-2-7b-chat=SPEC" in ran.out
    assert "0 of 42 cells are filled" in ran.out


def test_presets_are_listed_and_called_by_name_wherever_one_is(inside: Inside) -> None:
    listed = inside.gpo("reproduce")
    assert listed.code == 0, listed.err
    assert [line.split()[0] for line in listed.out.splitlines()[1 : len(NAMES) + 1]] == NAMES
    assert "0 of 42 cells are filled" in inside.gpo("reproduce", "method").out
    mistyped = inside.gpo("reproduce", "methd")
    assert (mistyped.code, 'Did you mean "method"' in mistyped.err) == (2, True)


TABLE = """
title: A small table
seeds: 2
settings: {metric: exact_match, prompt: Answer the row., gpo: {steps: 2, candidates: 2}}
rows: {CoT: {algorithm: nothing, seeds: 1}, GPO: {algorithm: gpo}}
columns:
  small: {tasks: [rows.jsonl], task_model: Small, optimizer_model: Large}
  huge: {tasks: [rows.jsonl], task_model: Huge, optimizer_model: Large}
published: {CoT: [10, 20], GPO: [30, 40]}
"""


def test_a_table_is_estimated_then_filled_column_by_column(terminal: Terminal, serve: Serve) -> None:
    terminal.rows()
    file = terminal.write("table.yaml", TABLE)
    with serve() as server:
        command = ("reproduce", file, "--base-url", server.url)
        small = ("--columns", "small", "--task-model", "openai/toy-task", "--optimizer-model", "openai/toy-writer")
        expected = terminal.gpo(*command, *small, "--estimate", "--json").json
        assert expected["runs"] == 3
        assert server.seen == ()
        refused = terminal.gpo(*command, *small, "--max-usd", "1")
        assert (refused.code, server.seen) == (2, ())
        assert "nobody knows the price" in refused.err
        ran = terminal.gpo(*command, *small)
        assert ran.code == 0, ran.err
        assert "3/3" in ran.err
        assert "2 of 4 cells are filled" in ran.out
        assert "--columns huge --model Huge=SPEC" in ran.out, "who plays Large is remembered"
        paid = len(server.seen)
        whole = terminal.gpo(*command, "--model", "Huge=openai/toy-task", "--json")
        assert whole.code == 0, whole.err
        assert all(cell["ours"] is not None for cell in whole.json["cells"])
        assert len(server.seen) == paid, "the same model in another part has answered all of it already"


def test_a_table_that_is_interrupted_shows_what_there_is_and_goes_on(terminal: Terminal, serve: Serve) -> None:
    terminal.rows()
    file = terminal.write("table.yaml", TABLE)
    with serve("--delay-ms", "10") as server:
        models = ("--model", "Small=openai/toy-task", "--model", "Large=openai/toy-writer")
        command = ("reproduce", file, "--base-url", server.url, "--columns", "small", *models, "--at-once", "1")
        running = terminal.start(*command, "--max-concurrency", "2")
        assert server.wait_for(60, running)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=LONG)
        assert running.returncode == 130, said
        assert "the same command goes on" in said
        page = terminal.folder / "reproduced" / "table" / "table.md"
        assert "| GPO | 30.00 | to be filled" in page.read_text()
        ran = terminal.gpo(*command)
        assert ran.code == 0, ran.err
        assert "2 of 4 cells are filled" in page.read_text()
        repeated = len(server.seen) - len({seen.key for seen in server.seen})
        assert repeated <= IN_FLIGHT, "runs share answers, so nothing is paid twice but what was on its way"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.yaml"], ["none.yaml", "There is no file none.yaml"]),
        (["broken.yaml"], ["broken.yaml", "rows is"]),
        (["table.yaml", "--rows", "GPOO"], ['no row "GPOO"', "GPO"]),
        (["table.yaml", "--columns", "smal"], ['no column "smal"', "small"]),
        (["table.yaml", "--model", "Lareg=openai/x"], ['no model "Lareg"', "Large"]),
        (["table.yaml", "--model", "Large"], ["NAME=SPEC"]),
        (["table.yaml", "--task-model", "pocket"], ["--task-model pocket", "Small, Huge", "--columns"]),
        (["table.yaml", "--miniature", "--task-model", "pocket"], ["--miniature"]),
        (["table.yaml", "--seeds", "0"], ["--seeds is 0"]),
        (["table.yaml", "--at-once", "0"], ["--at-once is 0"]),
        (["table.yaml", "--set", "gpo.candidate=3", "--estimate"], ['Did you mean "candidates"']),
    ],
)
def test_a_table_that_cannot_be_is_refused_in_one_paragraph(
    inside: Inside, arguments: list[str], said: list[str]
) -> None:
    inside.rows()
    inside.write("table.yaml", TABLE)
    inside.write("broken.yaml", "rows: [1]\n")
    ran = inside.gpo("reproduce", *arguments)
    assert ran.code == 2, ran.err
    assert len(ran.err.strip().splitlines()) == 1
    for each in said:
        assert each in ran.err


def test_missing_data_are_said_to_be_missing(inside: Inside) -> None:
    models = ("--task-model", "openai/x", "--optimizer-model", "openai/y", "--data-dir", "nowhere")
    ran = inside.gpo("reproduce", str(FOLDER / "main.yaml"), "--columns", "GSM8K", *models)
    assert ran.code == 2
    assert "gpo data get gsm8k" in ran.err
