"""Knows whether Ctrl-C was pressed in a call from Python, before the event loop has a turn to be told. Ends nothing."""

import signal
import threading
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


class _Noting:
    """What Ctrl-C did before, and that it was pressed."""

    def __init__(self, before: Callable[[int, FrameType | None], Any]) -> None:
        self._before = before
        self.pressed = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        self._before(number, frame)


def pressed() -> bool:
    """Whether it was pressed since `noting` began."""
    noting = signal.getsignal(signal.SIGINT)
    return isinstance(noting, _Noting) and noting.pressed


async def noting(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives back. Meanwhile Ctrl-C does what it did, and is noted; in the main thread only."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        return await work
    signal.signal(signal.SIGINT, _Noting(before))
    try:
        return await work
    finally:
        signal.signal(signal.SIGINT, before)
