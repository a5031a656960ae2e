"""Knows how to keep a run alive when one of its observers fails: say so once, then stop calling it."""

import sys
from collections.abc import Callable
from contextlib import suppress

from gpo.core.events import Event, Observer
from gpo.core.visible import on_one_line


def _to_stderr(line: str) -> None:
    with suppress(OSError, ValueError):  # a closed terminal must not end the run either
        print(line, file=sys.stderr)


def shielded(observer: Observer, warn: Callable[[str], None] = _to_stderr) -> Observer:
    """The observer, detached after its first exception; `warn` gets one line about it."""
    attached = True

    def watch(event: Event) -> None:
        nonlocal attached
        if not attached:
            return
        try:
            observer(event)
        except Exception as error:
            # Anything may go wrong in code that strangers wrote to watch; the run has been paid for.
            attached = False
            warn(
                f"warning: the observer {_name(observer)} failed and was detached "
                f"({on_one_line(f'{type(error).__name__}: {error}')}); the run goes on."
            )

    return watch


def _name(observer: Observer) -> str:
    return getattr(observer, "__name__", type(observer).__name__)
