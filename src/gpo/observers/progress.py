"""Knows how a run looks while it walks: a live panel on a terminal, a line per step anywhere else."""

import os
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

from gpo.core.budget import Spent
from gpo.core.events import Event, Observer, RunFinished, StepFinished, Warned
from gpo.core.visible import on_one_line, visible
from gpo.observers.board import Board, after, summary
from gpo.observers.screen import Screen

if TYPE_CHECKING:
    from rich.console import RenderableType

SpentNow = Callable[[], Mapping[str, Spent]]
"""What was spent so far, by role."""


@contextmanager
def progress(
    stream: TextIO, spent: SpentNow, now: Callable[[], float] = time.monotonic, *, says_end: bool = True
) -> Generator[Observer]:
    """An observer that shows the run on the stream until the block ends, however it ends. now: a clock in seconds.

    says_end: whether the last line is why the run ended; a page that follows says it itself.
    A stream that is closed meanwhile ends the display and not the run.
    """
    watched, screen = _Watched(spent, now), Screen(stream)
    if screen.isatty() and os.environ.get("TERM") != "dumb":
        with _live(screen, watched) as observer:
            yield observer
    else:
        yield _plain(screen, watched, says_end=says_end)


class _Watched:
    """The board of one run, with the clock and the account that its summary needs."""

    def __init__(self, spent: SpentNow, now: Callable[[], float]) -> None:
        self._spent, self._now, self._started = spent, now, now()
        self.board = Board()

    def see(self, event: Event) -> None:
        self.board = after(self.board, event, self._elapsed_s())

    def summary(self) -> str:
        total = sum(list(self._spent().values()), Spent())
        return summary(self.board, total, self._elapsed_s())

    def _elapsed_s(self) -> float:
        return self._now() - self._started


def _plain(screen: Screen, watched: _Watched, *, says_end: bool) -> Observer:
    def say(line: str) -> None:
        screen.write(line + "\n")
        screen.flush()

    def progress_lines(event: Event) -> None:
        watched.see(event)
        match event:
            case StepFinished():
                say(f"{watched.summary()} · {_prompts(watched.board)}")
                if watched.board.objection:
                    say(f"step {event.step}: {visible(watched.board.objection)}")
            case Warned():
                say(f"warning: {visible(event.message)}")
            case RunFinished() if says_end:
                say(f"stopped: {on_one_line(event.stopped_because, 200)}")
            case _:
                pass

    return progress_lines


def _prompts(board: Board) -> str:
    """The best prompt, and the one that the search stands at where that is another."""
    best = on_one_line(board.best_prompt, 60)
    return best if board.prompt == board.best_prompt else f"{best} · now: {on_one_line(board.prompt, 60)}"


@contextmanager
def _live(screen: Screen, watched: _Watched) -> Generator[Observer]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=cast(TextIO, screen), markup=False, emoji=False, highlight=False)

    def progress_panel(event: Event) -> None:
        watched.see(event)
        if isinstance(event, Warned):
            console.print(Text(f"warning: {visible(event.message)}", "yellow"))
        if isinstance(event, StepFinished) and watched.board.objection:
            console.print(Text(f"step {event.step}: {visible(watched.board.objection)}", "yellow"))

    # What somebody prints meanwhile goes above the panel; but not what is on its way to a file or a pipe.
    with Live(
        get_renderable=lambda: _panel(watched),
        console=console,
        refresh_per_second=4,
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=sys.stderr.isatty(),
    ):
        yield progress_panel


def _panel(watched: _Watched) -> "RenderableType":
    from rich.console import Group
    from rich.padding import Padding
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    board = watched.board
    prompts = (("best  ", board.best_prompt), ("now   ", board.prompt))
    bar = ProgressBar(total=board.steps, completed=board.done, width=60)
    return Group(
        *([Padding(bar, 0)] if board.steps else []),  # padding ends the line, which a bar does not
        Text(watched.summary()),
        *(Text.assemble((name, "bold"), on_one_line(text, 240)) for name, text in prompts if text),
    )
