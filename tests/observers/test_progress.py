"""How a run looks while it walks: on a terminal, in a pipe, and when nobody looks any more."""

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from gpo.core.budget import Spent
from gpo.core.events import Event, Kept, RunFinished, RunStarted, StepFinished, StepStarted, Warned
from gpo.observers.progress import progress

ESCAPE = "\x1b"
EVENTS: tuple[Event, ...] = (
    RunStarted("r", "task", "gpo", 2),
    StepStarted(1, "a", "seed prompt", 0.25),
    Kept(1, "b", f"new {ESCAPE}[2Jprompt [bold]x[/bold]", 0.5, 0.25),
    StepFinished(1, "b", "best\nprompt \ud83d", 0.5),
    Warned(2, f"careful {ESCAPE}[31m[red]"),
    StepStarted(2, "b", "best\nprompt", 0.5),
    StepFinished(2, "b", "best\nprompt", 0.5),
    RunFinished("r", "all 2 steps done", "best\nprompt", "improved"),
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and keeps what is written."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A pipe whose reader has gone."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal, self.attempts = terminal, 0

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        self.attempts += 1
        raise BrokenPipeError(32, "Broken pipe")

    def flush(self) -> None:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.fixture(autouse=True)
def an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same terminal wherever the tests run."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "JUPYTER_COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    before = sys.stdout, sys.stderr
    yield
    assert (sys.stdout, sys.stderr) == before


def _spent() -> dict[str, Spent]:
    return {"task": Spent(1000, 8000, usd=0.01), "optimizer": Spent(1, 310, usd=0.0023)}


def _without_styles(written: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)


def _show(stream: io.StringIO, *events: Event) -> str:
    seconds = iter(range(0, 10_000, 10))
    with progress(stream, _spent, now=lambda: next(seconds)) as observe:
        for event in events:
            observe(event)
    return stream.getvalue()


def test_elsewhere_than_on_a_terminal_each_step_is_a_line() -> None:
    lines = _show(io.StringIO(), *EVENTS).splitlines()
    assert len(lines) == 4
    spent = r"1,001 calls · 8,310 tokens · \$0\.0123"
    prompts = r"best prompt \\ud83d · now: new .*"
    assert re.fullmatch(rf"step 1/2 · best 50\.0 % · {spent} · about \d+ s left · {prompts}", lines[0])
    assert lines[1] == "warning: careful \\x1b[31m[red]"
    assert lines[2].startswith("step 2/2 · best 50.0 %")
    assert lines[3] == "stopped: all 2 steps done"


def test_why_a_run_ended_is_left_to_the_page_that_follows() -> None:
    stream = io.StringIO()
    with progress(stream, _spent, says_end=False) as observe:
        for event in EVENTS:
            observe(event)
    assert "step 2/2" in stream.getvalue()
    assert "stopped:" not in stream.getvalue()


def test_a_dumb_terminal_gets_lines_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert ESCAPE not in _show(Terminal(), *EVENTS)


def test_a_terminal_shows_step_score_prompts_calls_tokens_and_cost() -> None:
    shown = _without_styles(_show(Terminal(), *EVENTS))
    lines = [line.rstrip() for line in shown.splitlines()]
    assert "step 2/2 · best 50.0 % · 1,001 calls · 8,310 tokens · $0.0123" in lines
    assert {"best  best prompt", "now   best prompt"} <= set(lines)
    assert any(set(line) <= set("━╸╺") and len(line) == 60 for line in lines)
    assert "warning: careful \\x1b[31m[red]" in shown


def test_while_the_run_walks_the_panel_follows_it() -> None:
    terminal, clock = Terminal(), [0.0]
    with progress(terminal, _spent, now=lambda: clock[0]) as observe:
        clock[0] = 95.0
        for event in EVENTS[:4]:
            observe(event)
        deadline = time.monotonic() + 5
        while "step 1/2" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.02)
    shown = _without_styles(terminal.getvalue())
    assert "about 1 min 35 s left" in shown
    assert "now   new \\x1b[2Jprompt [bold]x[/bold]" in shown


def test_what_models_wrote_reaches_no_terminal_as_a_command() -> None:
    written = _show(Terminal(), *EVENTS)
    assert f"{ESCAPE}[2J" not in written
    assert f"careful {ESCAPE}" not in written
    assert "\\x1b[2Jprompt" in _show(Terminal(), *EVENTS[:4])


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_ends_the_panel_cleanly_and_goes_on(error: type[BaseException]) -> None:
    terminal = Terminal()

    def fails() -> None:
        with progress(terminal, _spent) as observe:
            observe(EVENTS[0])
            raise error

    with pytest.raises(error):
        fails()
    written = terminal.getvalue()
    assert written.rindex(f"{ESCAPE}[?25h") > written.rindex(f"{ESCAPE}[?25l")  # the cursor is back
    time.sleep(0.3)
    assert terminal.getvalue() == written  # and nobody draws any more


def test_a_measurement_without_steps_shows_what_it_takes() -> None:
    shown = _without_styles(_show(Terminal()))
    assert "1,001 calls · 8,310 tokens · $0.0123" in shown
    assert "step" not in shown
    assert "now" not in shown


@pytest.mark.parametrize("terminal", [False, True])
def test_a_reader_that_has_gone_ends_nothing_and_is_not_asked_again(terminal: bool) -> None:
    stream = Gone(terminal)
    _show(stream, *EVENTS, *EVENTS)
    assert stream.attempts == 1


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_a_stream_that_is_closed_meanwhile_ends_nothing(kind: type[io.StringIO]) -> None:
    stream = kind()
    with progress(stream, _spent) as observe:
        observe(EVENTS[0])
        stream.close()
        for event in EVENTS[1:]:
            observe(event)
    with progress(stream, _spent) as observe:
        observe(EVENTS[0])


@pytest.mark.parametrize("terminal", [False, True])
def test_characters_that_the_stream_cannot_write_are_spelled_out(terminal: bool) -> None:
    class Ascii(io.TextIOWrapper):
        def isatty(self) -> bool:
            return terminal

    written = io.BytesIO()
    stream = Ascii(written, encoding="ascii")
    with progress(stream, _spent) as observe:
        observe(Warned(1, "schön 🙂"))
    stream.flush()
    assert b"warning: sch\\xf6n \\U0001f642" in written.getvalue()


PIPED = """
import sys
from gpo.core.budget import Spent
from gpo.core.events import StepFinished
from gpo.observers.progress import progress
with progress(sys.stderr, lambda: {"task": Spent(1)}) as observe:
    for step in range(3000):
        observe(StepFinished(step, "a", "prompt" * 20, 0.5))
print("done")
"""


def test_a_run_whose_reader_closes_the_pipe_runs_on() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PIPED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stderr.readline()
    process.stderr.close()
    said = process.stdout.read()
    process.stdout.close()
    assert process.wait(30) == 0
    assert said == b"done\n"
