"""Knows how work runs in an event loop of its own, and ends in order also where code within it ends the process."""

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

_ENDINGS = (SystemExit, KeyboardInterrupt)
"""What ends an event loop at once, wherever in it that is raised, and leaves all that waits there as it is."""
_ROUNDS = 16
"""How often the loop may be ended anew: once by each task on the way to the first one, and at each further Ctrl-C."""


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives back, in an event loop of its own that libcurl can wait in.

    A SystemExit of a model of the user's own, or a KeyboardInterrupt, is raised once all that was under way has ended,
    with the notes that were made meanwhile: so the run is written down as interrupted, and nobody holds it any more.
    """
    notes: list[str] = []

    async def noted() -> T:
        try:
            return await work
        except BaseException as ending:
            notes.extend(getattr(ending, "__notes__", ()))
            raise

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop if sys.platform == "win32" else None) as runner:
        try:
            return runner.run(noted())
        except _ENDINGS as ending:
            _end(runner.get_loop())
            for note in notes:
                if note not in getattr(ending, "__notes__", ()):
                    ending.add_note(note)
            raise


def _end(loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(_ROUNDS):
        if not (left := asyncio.all_tasks(loop)):
            return
        for task in left:
            task.cancel()
        with suppress(*_ENDINGS):
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
