"""What one types to compare algorithms, and what it says when that cannot be."""

import json
import signal
from xml.etree import ElementTree

import pytest

from journeys.inside import Inside
from journeys.terminal import LONG, Serve, Terminal

SMALL = ("--algorithms", "gpo,gpo-paper", "--seeds", "2", "--max-calls", "40,80")


def _league(rows: str, url: str, *more: str) -> tuple[str, ...]:
    models = ("--task-model", "openai/toy-task", "--optimizer-model", "openai/toy-writer", "--base-url", url)
    sets = (
        "metric=exact_match",
        "prompt=Answer the row.",
        "gpo.candidates=2",
        "gpo-paper.candidates=2",
        "concurrency=4",
    )
    given = [part for each in sets for part in ("--set", each)]
    return ("league", "--tasks", rows, *SMALL, *models, *given, "-o", "out", *more)


def test_a_league_is_made_written_and_not_made_twice(terminal: Terminal, serve: Serve) -> None:
    with serve() as server:
        command = _league(terminal.rows(), server.url)
        outlook = terminal.gpo(*command, "--dry-run", "--json").json
        assert (outlook["runs"], outlook["done"]) == (8, 0)
        assert server.seen == ()
        ran = terminal.gpo(*command)
        assert ran.code == 0, ran.err
        assert "8/8" in ran.err
        assert "left" in ran.err
        assert "## 40 calls" in ran.out
        assert "mean rank" in ran.out
        paid = len(server.seen)
        again = terminal.gpo(*command, "--json", "-q")
        assert (again.code, again.err) == (0, "")
        assert len(again.json["runs"]) == 8
        assert len(server.seen) == paid
    out = terminal.folder / "out"
    assert {path.name for path in out.iterdir() if path.is_file()} == {
        "league.md", "league.csv", "league.json", "league.svg"
    }  # fmt: skip
    ElementTree.parse(out / "league.svg")
    assert json.loads((out / "league.json").read_text()) == again.json
    assert all(sum(cost["calls"] for cost in run["cost"].values()) <= 80 for run in again.json["runs"])


def test_a_league_that_is_interrupted_shows_what_there_is_and_goes_on(terminal: Terminal, serve: Serve) -> None:
    with serve("--delay-ms", "10") as server:
        command = _league(terminal.rows(), server.url, "--at-once", "1")
        running = terminal.start(*command)
        assert server.wait_for(150, running)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=LONG)
        assert running.returncode == 130, said
        assert "the same command goes on" in said
        assert "gpo resume" not in said
        assert "of 8 runs" in (terminal.folder / "out" / "league.md").read_text()
        assert terminal.gpo(*command).code == 0
    assert ": 8 runs" in (terminal.folder / "out" / "league.md").read_text()


def test_the_smallest_league_on_the_pocket_model(inside: Inside) -> None:
    pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")
    sizes = [part for each in ("train=8", "selection=8", "test=20") for part in ("--set", f"split.{each}")]
    ran = inside.gpo("league", "--algorithms", "gpo", "--tasks", "pocket/color", "--seeds", "1", *sizes, "--json")
    assert ran.code == 0, ran.err
    (run,) = ran.json["runs"]
    assert run["test_rows"] == 20
    assert sum(cost["calls"] for cost in run["cost"].values()) <= 1000
    assert "not a language model" in (inside.folder / "league" / "league.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--algorithms", "gpoo"], ['There is no algorithm "gpoo"', 'Did you mean "gpo']),
        (["--algorithms", "gpo,gpo"], ["algorithm gpo is given twice"]),
        (["--algorithms", ","], ["--algorithms", "names nothing"]),
        (["--tasks", "pocket/colr"], ['Did you mean "pocket/color"']),
        (["--tasks", "none.jsonl"], ["none.jsonl"]),
        (["--tasks", "pocket/color,pocket/color"], ["pocket/color is given twice"]),
        (["--seeds", "0"], ["--seeds is 0", "at least 1"]),
        (["--max-calls", "many"], ['--max-calls: "many"', "whole number"]),
        (["--max-calls", "0"], ["--max-calls", "whole number"]),
        (["--max-calls", "100,100"], ["100 calls is given twice"]),
        (["--max-usd", "-1"], ["--max-usd", "dollars"]),
        (["--at-once", "0"], ["--at-once is 0"]),
        (["--part", "3/2"], ['--part: "3/2"', "2/4"]),
        (["--set", "gpo.candidate=3"], ['Did you mean "candidates"']),
        (["--set", "ape.queries=3"], ["ape.queries=3 sets an option of ape, which takes no part"]),
        (["--set", "sed=3"], ['unknown setting "sed"']),
        (["--set", "temperature=1", "--share-answers"], ["--share-answers", "temperature above 0"]),
        (["--task-model", "poket"], ['Did you mean "pocket"']),
        (["-c", "none.yaml"], ["none.yaml", "gpo init"]),
    ],
)
def test_a_league_that_cannot_be_is_refused_in_one_paragraph(
    inside: Inside, arguments: list[str], said: list[str]
) -> None:
    plain = {"--algorithms": "gpo", "--tasks": "pocket/color", "--seeds": "1"}
    missing = [part for flag, value in plain.items() if flag not in arguments for part in (flag, value)]
    ran = inside.gpo("league", *missing, *arguments)
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert len(ran.err.strip().splitlines()) == 1
    for each in said:
        assert each in ran.err


def test_two_kinds_of_budget_are_one_too_many(inside: Inside) -> None:
    ran = inside.gpo("league", "--max-calls", "10", "--max-tokens", "10")
    assert ran.code == 2
    assert "not allowed with" in ran.err


def test_hours_of_runs_do_not_begin_by_a_slip(inside: Inside) -> None:
    ran = inside.gpo("league")
    assert (ran.code, "--yes" in ran.err, "520 runs" in ran.out) == (2, True, True)
    assert list(inside.folder.iterdir()) == [], "nothing was run"
