"""Ctrl-C ends a run with a summary and nothing lost, pressed once or many times."""

import signal
import time

import pytest

from gpo.testing.server import repeated
from journeys.inside import looked_at
from journeys.terminal import Serve, Terminal, optimize


@pytest.mark.parametrize("presses", [1, 2, 5])
@pytest.mark.parametrize("gap_s", [0.0, 0.005])
def test_ctrl_c_ends_cleanly_with_a_summary(terminal: Terminal, serve: Serve, presses: int, gap_s: float) -> None:
    with serve("--delay-ms", "20") as server:
        running = terminal.start(*optimize(terminal.rows(), server.url))
        assert server.wait_for(15, running)
        for _ in range(presses):
            running.send_signal(signal.SIGINT)
            time.sleep(gap_s)
        _, said = running.communicate(timeout=30)
        assert running.returncode == 130, said
        assert "Traceback" not in said
        assert "Interrupted." in said
        assert "gpo resume" in said
    assert looked_at(terminal.folder, "list")[0]["status"] == "interrupted"


@pytest.fixture(scope="module")
def requests(lasting: Terminal, serve: Serve) -> int:
    """How many a run takes that nobody interrupts; it is the one of the lasting terminal."""
    with serve() as server:
        assert lasting.gpo(*optimize(lasting.rows(), server.url, "--json")).code == 0
        return len(server.seen)


@pytest.mark.parametrize("asked", [3, 11, 16, -12], ids=["seed prompt", "proposals", "new prompts", "test"])
def test_ctrl_c_in_every_phase_ends_cleanly_and_the_run_goes_on(
    terminal: Terminal, lasting: Terminal, serve: Serve, requests: int, asked: int
) -> None:
    with serve("--delay-ms", "30") as server:
        running = terminal.start(*optimize(terminal.rows(), server.url))
        assert server.wait_for(asked if asked > 0 else requests + asked, running)
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
        assert running.returncode == 130, said
        assert "Traceback" not in said
        assert "Interrupted." in said
        assert "gpo resume" in said
        assert terminal.gpo("resume", "latest", "-q").code == 0
    ends = [looked_at(each.folder, "show") for each in (lasting, terminal)]
    first, second = ((end["steps"], end["verdict"], end["best"]) for end in ends)
    assert first == second


def test_a_measurement_that_is_stopped_goes_on_with_the_same_command(terminal: Terminal, serve: Serve) -> None:
    model = ("--model", "openai/toy-task", "--metric", "exact_match", "--prompt", "amber", "-j", "4", "-q")
    with serve("--delay-ms", "30") as server:
        command = ("eval", terminal.rows(), "--split", "all", *model, "--base-url", server.url)
        running = terminal.start(*command)
        assert server.wait_for(12, running)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
        assert running.returncode == 130, said
        assert "Interrupted. The answers so far are kept" in said
        assert terminal.gpo(*command).code == 0
        assert len({each.key for each in server.seen}) == 40
        assert len(repeated(server.seen)) <= 4, "only what was in flight is asked again"


def test_ctrl_c_while_a_command_is_loaded_is_no_traceback(terminal: Terminal) -> None:
    for after_s in (0.05, 0.08, 0.12):
        running = terminal.start("eval", "pocket/count_even", "--model", "pocket")
        time.sleep(after_s)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
        assert "gpo/cli/evaluate.py" not in said, said


def test_without_the_cache_a_run_still_goes_on_without_paying_twice(terminal: Terminal, serve: Serve) -> None:
    with serve("--delay-ms", "4") as server:
        running = terminal.start(*optimize(terminal.rows(), server.url, "--no-cache"))
        assert server.wait_for(40, running)
        running.kill()
        running.communicate()
        assert terminal.gpo("resume", "latest", "-q").code == 0
        assert len(repeated(server.seen)) <= 4, "only what was in flight is asked again"
        paid = len(server.seen)
        assert terminal.gpo(*optimize("rows.jsonl", server.url, "--no-cache", "-q")).code == 0
        assert len(server.seen) >= 2 * paid - 4, "another run asks anew"
