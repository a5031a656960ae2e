"""Killed at any moment and resumed, a run ends with the same prompt and repeats no paid call."""

from typing import Any

import pytest

from gpo.testing.server import repeated
from journeys.terminal import Serve, Terminal, optimize

IN_FLIGHT = 4
"""Requests that may be on their way when the process dies: answered for nobody, so they are asked again."""


def _best(terminal: Terminal) -> str:
    (run,) = (terminal.folder / ".gpo" / "runs").iterdir()
    return (run / "best_prompt.txt").read_text()


def _history(terminal: Terminal) -> Any:
    shown = terminal.gpo("show", "--json").json
    return shown["steps"], shown["verdict"], shown["best"]


def test_a_run_that_is_killed_again_and_again_ends_as_one_that_is_not(terminal: Terminal, serve: Serve) -> None:
    calm, killed = terminal.in_folder("calm"), terminal.in_folder("killed")
    with serve() as server:
        assert calm.gpo(*optimize(calm.rows(), server.url)).code == 0
        paid = len(server.seen)
        assert repeated(server.seen) == {}
    with serve("--delay-ms", "4") as server:
        running = killed.start(*optimize(killed.rows(), server.url))
        kills = 0
        for at in (1, 13, 60, 130, 200):
            if server.wait_for(at, running):
                running.kill()
                kills += 1
            running.communicate()
            if at > 1:
                assert _best(killed), "best_prompt.txt is on disk from the first evaluation on"
            resumable = killed.gpo("list", "--json").json
            running = killed.start("resume", resumable[0]["run_id"])
        assert running.wait() == 0
        running.communicate()
        assert kills >= 4
        assert sum(repeated(server.seen).values()) - len(repeated(server.seen)) <= kills * IN_FLIGHT
        assert len({each.key for each in server.seen}) == paid
    assert _best(killed) == _best(calm)
    assert _history(killed) == _history(calm)


@pytest.mark.parametrize("before_the_end", [3, 20, 36])
def test_a_run_that_is_killed_in_the_middle_of_its_test_still_comes_to_its_verdict(
    terminal: Terminal, serve: Serve, before_the_end: int
) -> None:
    """The budget ends within a step and just pays for the test: what was paid of it before counts for it."""
    calm, killed = terminal.in_folder("calm"), terminal.in_folder("killed")
    limits = ("--max-calls", "90", "--set", "hedge=false")
    with serve("--delay-ms", "4") as server:
        assert calm.gpo(*optimize(calm.rows(), server.url, *limits)).code == 0
        paid = len(server.seen)
    with serve("--delay-ms", "4") as server:
        running = killed.start(*optimize(killed.rows(), server.url, *limits))
        assert server.wait_for(paid - before_the_end, running)
        running.kill()
        running.communicate()
        assert killed.gpo("resume", "latest", "-q").code == 0
    assert calm.gpo("show", "--json").json["verdict"]
    assert _best(killed) == _best(calm)
    assert _history(killed) == _history(calm)
    assert "opened for" not in killed.gpo("export", "--json").out


@pytest.mark.parametrize("limit", [0, 7, 33, 71, 150])
def test_a_budget_of_calls_holds_against_a_server_that_counts(terminal: Terminal, serve: Serve, limit: int) -> None:
    with serve("--delay-ms", "1") as server:
        ran = terminal.gpo(*optimize(terminal.rows(), server.url, "--max-calls", str(limit), "-j", "16", "--json"))
        assert ran.code == 0, ran.err
        assert len(server.seen) <= limit
        result = ran.json
        assert sum(spent["calls"] for spent in result["cost"].values()) == len(server.seen)
        assert "max_calls" in result["stopped_because"]
        resumed = terminal.gpo("resume", result["run_id"], "--max-calls", "5000", "--json")
        assert resumed.json["complete"]
        assert repeated(server.seen) == {}
