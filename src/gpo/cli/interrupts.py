"""Knows how Ctrl-C ends a command: once, in order, without a traceback, however often it is pressed.

What blocks the event loop, such as a metric of the user's own, lets nothing end in order: then it is said that pressing
it once more ends at once.
"""

import asyncio
import atexit
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Never, TypeVar

from gpo.files.loop import in_loop

T = TypeVar("T")

INTERRUPTED = 130
PATIENCE_S = 5.0
"""How long after the first Ctrl-C further ones are ignored; later ones end the process on the spot."""
SAME_PRESS_S = 0.1
"""The same for as long as nothing could be done about the first: shells and wrappers may pass one press on twice."""
_SHOW_CURSOR = b"\x1b[?25h\n"
_OWN_CODE = ("gpo.tasks.custom", "gpo.tasks.program")
"""The modules that call a metric or a program of the user's own."""
_BUSY = b"\nStopping. Your metric or program has a row in hand, which it ends first; Ctrl-C again ends at once.\n"
_ENDED = b"Ended at once: what was saved by then is kept.\n"


class _Interrupts:
    """What Ctrl-C does: the first one cancels what is under way, or is a KeyboardInterrupt where nothing is."""

    def __init__(self) -> None:
        self.cancel: Callable[[], object] | None = None
        self.first_s: float | None = None
        self.heeded = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.first_s is None:
            self.first_s = now
            if self.cancel is None:
                self.heeded = True
                raise KeyboardInterrupt
            self.cancel()
            if _in_own_code(frame):
                _tell(_BUSY)
        elif now - self.first_s > (PATIENCE_S if self.heeded else SAME_PRESS_S):
            _end_at_once()

    def heed(self) -> None:
        """Notes that what was cancelled is ending; called by its event loop, which has a turn again."""
        self.heeded = True


def pressed() -> bool:
    """Whether Ctrl-C was pressed, which those learn who do not end by themselves before the event loop has a turn."""
    interrupts = signal.getsignal(signal.SIGINT)
    return isinstance(interrupts, _Interrupts) and interrupts.first_s is not None


def _in_own_code(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_globals.get("__name__") not in _OWN_CODE:
        frame = frame.f_back
    return frame is not None


def _end_at_once() -> Never:
    """What the store has committed is all that stays. A live display had hidden the cursor."""
    _tell((_SHOW_CURSOR if os.isatty(2) else b"") + _ENDED)
    os._exit(INTERRUPTED)


def _tell(said: bytes) -> None:
    """Past Python's own streams, which may be in the middle of something."""
    with suppress(OSError):
        os.write(2, said)


@contextmanager
def interruptible() -> Generator[None]:
    """Within the block Ctrl-C works as above; after it as before, unless it was pressed: then the process is ending."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts, before = _Interrupts(), signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # somebody else's, or ignored, as in the background of a shell script
        yield
        return
    signal.signal(signal.SIGINT, interrupts)
    try:
        yield
    finally:
        if interrupts.first_s is None:
            signal.signal(signal.SIGINT, before)
        else:
            # Python takes its handlers away before its very end, and the signal would decide the exit code.
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)


def to_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives back, in an event loop of its own. Raises CancelledError where Ctrl-C was pressed."""

    async def watched() -> T:
        interrupts, task, loop = signal.getsignal(signal.SIGINT), asyncio.current_task(), asyncio.get_running_loop()
        if not isinstance(interrupts, _Interrupts) or task is None:
            return await work

        def cancel() -> None:
            task.cancel()
            loop.call_soon_threadsafe(interrupts.heed)

        interrupts.cancel = cancel
        try:
            return await work
        finally:
            interrupts.cancel = None

    return in_loop(watched())
