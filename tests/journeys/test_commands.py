"""What a user types, from the first minute on."""

import itertools
import json
import signal
import subprocess
import sys

import pytest

from journeys.inside import Inside
from journeys.terminal import LONG, Serve, Terminal, optimize

pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")

SMALL = ("--set", "gpo.steps=1", "--set", "gpo.candidates=2")


def test_the_demo_finds_a_better_prompt_and_says_so(terminal: Terminal) -> None:
    ran = terminal.gpo("demo", "pocket/last_word")
    assert ran.code == 0, ran.err
    assert "phrases is not a language model" in ran.err
    assert "step 1/" in ran.err
    for said in (
        "improved",
        "paired 95 % interval",
        "sealed test rows",
        "Best prompt",
        "[-",
        "{+",
        "Spent",
        "gpo show",
    ):
        assert said in ran.out
    assert "phrases is not a language model" in ran.out
    (run,) = (terminal.folder / ".gpo" / "runs").iterdir()
    assert (run / "best_prompt.txt").read_text() in ran.out


def test_the_starter_config_runs_as_it_is_and_flags_win_over_it(terminal: Terminal) -> None:
    assert terminal.gpo("init").code == 0
    ran = terminal.gpo("optimize", "-c", "gpo.yaml", *SMALL, "--json", "-q", "-o", "result.json")
    assert ran.code == 0, ran.err
    assert ran.err == ""
    assert ran.json == json.loads((terminal.folder / "result.json").read_text())
    assert ran.json["complete"]
    planned = terminal.gpo("optimize", "pocket/color", "-c", "gpo.yaml", "--dry-run", "--json").json
    assert (planned["task"], planned["rows"]) == ("pocket/color", {"train": 50, "selection": 50, "test": 200})


@pytest.fixture(scope="module")
def run(lasting: Terminal) -> dict[str, str]:
    """The one run of the lasting terminal."""
    return lasting.gpo("demo", "pocket/first_letter", "--json", "-q").json


def test_a_run_can_be_listed_shown_compared_and_exported(
    lasting: Terminal, run: dict[str, str], inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lasting.folder)
    run_id, best = run["run_id"], run["best_prompt"]
    assert run_id in inside.gpo("list").out
    shown = inside.gpo("show", run_id).out
    assert "Steps" in shown
    assert best in shown
    data = inside.gpo("show", "latest", "--json").json
    assert data["best"]["prompt"] == best
    assert data["steps"][0]["distance"] <= data["steps"][0]["allowed"]
    assert data["refusals"] is not None
    assert inside.gpo("diff", run_id[:-2]).out.startswith("[-Let's think step by step.")
    assert inside.gpo("export", run_id).out == f"{best}\n"
    inside.gpo("export", run_id, "--format", "json", "-o", "run.json")
    assert json.loads((lasting.folder / "run.json").read_text())["run_id"] == run_id


def test_resuming_a_finished_run_gives_its_result_again_and_asks_nothing(
    lasting: Terminal, run: dict[str, str]
) -> None:
    again = lasting.gpo("resume", run["run_id"], "--json", "-q").json
    assert again["best_prompt"] == run["best_prompt"]
    assert again["cost"] == run["cost"]
    assert again["verdict"] == run["verdict"]


def test_prompts_are_scored_side_by_side_with_intervals(inside: Inside) -> None:
    prompts = ("--prompt", "Let's think step by step.", "--prompt", "Name the last word.")
    arguments = ("eval", "pocket/last_word", "--task-model", "pocket", "--split", "selection", *prompts)
    ran = inside.gpo(*arguments, "--json")
    vague, clear = ran.json["prompts"]
    assert clear["score"] > vague["score"]
    assert clear["low"] <= clear["score"] <= clear["high"]
    assert clear["against_first"]["word"] == "improved"
    assert vague["against_first"] is None
    page = inside.gpo(*arguments)
    assert "improved" in page.out
    assert "0 calls" in page.out, "the second time everything comes from the cache"


def test_ones_own_csv_with_placeholders_in_the_prompt(inside: Inside) -> None:
    lists = list(itertools.permutations(("pear", "cat", "saw", "drum", "fox"), 4))[:40]
    lines = [f'"Words: {", ".join(words)}",{words[-1]},x{number}' for number, words in enumerate(lists)]
    inside.write("mine.csv", "text,label,id\n" + "\n".join(lines) + "\n")
    more = ("--task-model", "pocket", "--prompt", "Do it.\n{{text}}", "--metric", "exact_match", "--json", "-q", *SMALL)
    ran = inside.gpo("optimize", "mine.csv", *more)
    assert ran.code == 0, ran.err
    assert "{{text}}" in ran.json["best_prompt"]


def test_paths_in_a_config_are_seen_from_its_folder_also_when_a_run_goes_on_elsewhere(
    terminal: Terminal, serve: Serve
) -> None:
    terminal.rows("below/rows.jsonl")
    terminal.write("below/prompt.txt", "Answer the row.\n")
    terminal.write("below/metric.py", "def score(reply, example):\n    return reply == example.target\n")
    with serve() as server:
        lines = (
            "task: rows.jsonl", "prompt_file: prompt.txt", "metric: python:metric.py:score", f"base_url: {server.url}",
            "task_model: openai/toy-task", "optimizer_model: openai/toy-writer", "gpo: {steps: 4}",
            "budget: {max_calls: 60}",
        )  # fmt: skip
        terminal.write("below/gpo.yaml", "\n".join(lines))
        first = terminal.gpo("optimize", "-c", "below/gpo.yaml", "--json", "-q")
        assert first.code == 0, first.err
        assert not first.json["complete"]
        elsewhere = terminal.in_folder("elsewhere")
        store = str(terminal.folder / ".gpo")
        again = elsewhere.gpo("resume", "latest", "--store", store, "--max-calls", "900", "--json", "-q")
        assert again.code == 0, again.err
        assert again.json["complete"]


def test_a_measurement_is_no_run_to_go_on_with(inside: Inside) -> None:
    assert inside.gpo("eval", "pocket/last_word", "--task-model", "pocket", "--split", "train").code == 0
    (measured,) = inside.gpo("list", "--json").json
    ran = inside.gpo("resume", measured["run_id"])
    assert (ran.code, "is a measurement" in ran.err, "is finished" in ran.err) == (2, True, False)
    assert "(train)" in inside.gpo("list").out, "what was measured is shown, and on which rows"
    assert inside.gpo("export").code == 2, "the latest run is one that searched"


def test_an_interrupted_run_says_how_to_go_on_and_goes_on(terminal: Terminal, serve: Serve) -> None:
    with serve("--delay-ms", "20") as server:
        running = terminal.start(*optimize(terminal.rows(), server.url))
        assert server.wait_for(25, running)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=LONG)
        assert running.returncode == 130, said
        assert "gpo resume" in said
        assert "Traceback" not in said
        assert terminal.gpo("list", "--json").json[0]["status"] == "interrupted"


def test_a_reader_that_goes_away_does_no_harm(lasting: Terminal, run: dict[str, str]) -> None:
    command = " ".join(lasting.command("show", run["run_id"])) + " | head -1"
    piped = subprocess.run(
        command, shell=True, cwd=lasting.folder, env=lasting.environment, capture_output=True, text=True, check=False
    )
    assert piped.stdout.startswith("pocket/first_letter")
    assert "Traceback" not in piped.stderr


@pytest.mark.parametrize(
    "command", ["", "demo", "optimize", "eval", "init", "list", "show", "diff", "resume", "export"]
)
def test_every_command_has_help(inside: Inside, command: str) -> None:
    ran = inside.gpo(*command.split(), "--help")
    assert ran.code == 0
    assert "usage: gpo" in ran.out


def test_the_version(terminal: Terminal) -> None:
    import gpo

    assert terminal.gpo("--version").out.strip() == f"gpo {gpo.__version__}"
    assert sys.version_info >= (3, 11)
