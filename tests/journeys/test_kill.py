"""Killed at any moment and resumed, a run ends with the same prompt and repeats no paid call."""

import json
from typing import Any

import pytest

from gpo.testing.server import StubServer, repeated
from journeys.inside import Inside, looked_at
from journeys.terminal import Serve, Terminal, optimize

IN_FLIGHT = 4
"""Requests that may be on their way when the process dies: answered for nobody, so they are asked again."""


def _best(terminal: Terminal) -> str:
    (run,) = (terminal.folder / ".gpo" / "runs").iterdir()
    return (run / "best_prompt.txt").read_text()


def _history(terminal: Terminal) -> Any:
    shown = looked_at(terminal.folder, "show")
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
            resumable = looked_at(killed.folder, "list")
            running = killed.start("resume", resumable[0]["run_id"])
        assert running.wait() == 0
        running.communicate()
        assert kills >= 4
        assert sum(repeated(server.seen).values()) - len(repeated(server.seen)) <= kills * IN_FLIGHT
        assert len({each.key for each in server.seen}) == paid
    assert _best(killed) == _best(calm)
    assert _history(killed) == _history(calm)


LIMITS = ("--max-calls", "90", "--set", "hedge=false")
"""The budget ends within a step and just pays for the test."""


@pytest.fixture(scope="module")
def paid(lasting: Terminal, serve: Serve) -> int:
    """Requests of a run with these limits that nobody killed; it is the one of the lasting terminal."""
    with serve("--delay-ms", "4") as server:
        assert lasting.gpo(*optimize(lasting.rows(), server.url, *LIMITS)).code == 0
        return len(server.seen)


@pytest.mark.parametrize("before_the_end", [3, 20, 36])
def test_a_run_that_is_killed_in_the_middle_of_its_test_still_comes_to_its_verdict(
    terminal: Terminal, lasting: Terminal, serve: Serve, paid: int, before_the_end: int
) -> None:
    """What was paid of the test before counts for it."""
    with serve("--delay-ms", "4") as server:
        running = terminal.start(*optimize(terminal.rows(), server.url, *LIMITS))
        assert server.wait_for(paid - before_the_end, running)
        running.kill()
        running.communicate()
        assert terminal.gpo("resume", "latest", "-q").code == 0
    steps, verdict, best = _history(lasting)
    assert verdict
    assert _best(terminal) == _best(lasting)
    assert _history(terminal) == (steps, verdict, best)
    assert "opened for" not in json.dumps(looked_at(terminal.folder, "export"))


@pytest.mark.parametrize("limit", [0, 7, 33, 71, 150])
def test_a_budget_of_calls_holds_against_a_server_that_counts(inside: Inside, stub: StubServer, limit: int) -> None:
    stub.delay_s = 0.001
    ran = inside.gpo(*optimize(inside.rows(), stub.url, "--max-calls", str(limit), "-j", "16", "--json"))
    assert ran.code == 0, ran.err
    assert len(stub.seen) <= limit
    result = ran.json
    assert sum(spent["calls"] for spent in result["cost"].values()) == len(stub.seen)
    assert "max_calls" in result["stopped_because"]
    resumed = inside.gpo("resume", result["run_id"], "--max-calls", "5000", "--json")
    assert resumed.json["complete"]
    assert repeated(stub.seen) == {}
