"""Ctrl-C where a metric of the user's own blocks the event loop, and what is said of a run that was stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpo.testing.server import StubServer
from journeys.inside import looked_at, serving_aside
from journeys.terminal import optimize, toy_rows

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")

BLOCKING = """
import pathlib, time

def grade(reply, example):
    pathlib.Path("begun").touch()
    time.sleep({seconds})
    return 1.0
"""
COUNTING = """
import time

def grade(reply, example):
    with open("graded", "a") as file:
        file.write("x")
    time.sleep(0.4)
    return 1.0
"""
AT_ONCE_S = 5.0
"""Far less than the metric blocks, far more than a process takes to end."""


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with serving_aside(StubServer(delay_s=0.02)) as server:
        yield server


def _started(folder: Path, url: str, *more: str, rows: str = "") -> "subprocess.Popen[str]":
    (folder / "rows.jsonl").write_text(rows or toy_rows())
    known = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "PYTHONPATH") if key in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "gpo", *optimize("rows.jsonl", url), *more],
        cwd=folder,
        env={**known, "OPENAI_API_KEY": "sk-test"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _in_the_metric(folder: Path, url: str, seconds: float) -> "subprocess.Popen[str]":
    """A run that is just within its first metric, which blocks for that long."""
    (folder / "slow.py").write_text(BLOCKING.format(seconds=seconds))
    return _begun(_started(folder, url, "--metric", "python:slow.py:grade"), folder)


def _begun(running: "subprocess.Popen[str]", folder: Path) -> "subprocess.Popen[str]":
    """The same run, once its own code is at work."""
    until = time.monotonic() + 30
    while not (folder / "begun").exists():
        assert running.poll() is None, running.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.01)
    return running


def test_a_second_press_ends_at_once_what_the_first_could_not_end(tmp_path: Path, stub: StubServer) -> None:
    running = _in_the_metric(tmp_path, stub.url, 60)
    running.send_signal(signal.SIGINT)
    time.sleep(0.6)
    assert running.poll() is None, "the first press waits for the event loop's turn"
    pressed = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert time.monotonic() - pressed < AT_ONCE_S
    assert "Traceback" not in said
    assert said.endswith("Ended at once: what was saved by then is kept.\n")
    assert looked_at(tmp_path, "list")[0]["status"] == "interrupted", "what was committed can be read"


def test_a_plain_program_that_blocks_is_left_alone_by_the_first_press(tmp_path: Path, stub: StubServer) -> None:
    (tmp_path / "agent.py").write_text(BLOCKING.format(seconds=60).replace("reply, example", "prompt, example, model"))
    running = _begun(_started(tmp_path, stub.url, "--set", "program=python:agent.py:grade"), tmp_path)
    pressed = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert time.monotonic() - pressed < AT_ONCE_S
    assert "Interrupted." in said
    assert "gpo resume" in said


def test_after_a_press_no_further_row_is_graded_and_it_is_said_what_is_waited_for(tmp_path: Path) -> None:
    graded = tmp_path / "graded"
    (tmp_path / "slow.py").write_text(COUNTING)
    rows = "".join(f'{{"input": "row {number}", "target": "yes"}}\n' for number in range(120))
    with serving_aside(StubServer(delay_s=0.5)) as stub:  # so that many answers come at once
        running = _started(tmp_path, stub.url, "--metric", "python:slow.py:grade", "--max-concurrency", "32", rows=rows)
        until = time.monotonic() + 30
        while not graded.exists() or graded.stat().st_size < 3:
            assert running.poll() is None, running.communicate()[1]
            assert time.monotonic() < until
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert graded.stat().st_size <= 4, "the row in hand, and at most the one that began meanwhile"
    assert "Ctrl-C again ends at once" in said
    assert "gpo resume" in said


def test_one_press_that_comes_twice_is_one_and_the_run_ends_in_order(tmp_path: Path, stub: StubServer) -> None:
    running = _in_the_metric(tmp_path, stub.url, 1.0)
    for _ in range(3):
        running.send_signal(signal.SIGINT)
        time.sleep(0.02)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert "Interrupted. " in said
    assert "gpo resume" in said


def test_a_run_that_is_stopped_tells_how_far_it_was(tmp_path: Path, stub: StubServer) -> None:
    running = _started(tmp_path, stub.url)
    assert running.stderr is not None
    first = next((line for line in running.stderr if not line.startswith("warning: ")), "")
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert first.startswith("step 1/4"), first
    told = re.search(
        r"Interrupted\. So far: best (\d+\.\d) % on the selection set · (\d+) calls · ([\d,]+) tokens · cost unknown\. "
        r"The best prompt so far is in (\S+best_prompt\.txt)\. .*`gpo resume \S+` goes on",
        said,
    )
    assert told, said
    assert float(told[1]) > 0
    assert int(told[2]) >= 20
    assert (tmp_path / told[4]).is_file()
