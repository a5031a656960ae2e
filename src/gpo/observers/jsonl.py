"""Knows how to write every event as one line of JSON. Does not know the store."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from gpo.core.events import Event, Observer

SCHEMA = 1
"""The version of the lines; it grows when a field is renamed or removed, not when one is added."""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def jsonl(path: Path, now: Callable[[], str] = _now) -> Observer:
    """An observer that appends to a file which only its owner can read: {"schema", "time", "event", …fields}.

    A log of what happened, not of what counts: a step that is redone stands in it twice, with a RunStarted that says
    `resumed_at` between, or where a model failed in it, a Warned. The file is opened for each line, so nothing is left
    to close. Raises OSError where the file cannot be written.
    """
    looked_at_the_end = False

    def jsonl_lines(event: Event) -> None:
        nonlocal looked_at_the_end
        line = json.dumps({"schema": SCHEMA, "time": now(), "event": type(event).__name__, **asdict(event)})
        _append(path, f"{line}\n" if looked_at_the_end else f"{_missing_line_end(path)}{line}\n")
        looked_at_the_end = True

    return jsonl_lines


def _append(path: Path, text: str) -> None:
    """Adds the text in one piece, so that a kill or a full disk leaves all of it or nothing."""
    data = text.encode("ascii")
    with open(path, "ab", buffering=0, opener=_private) as file:
        before = file.seek(0, os.SEEK_END)
        if file.write(data) != len(data):
            file.truncate(before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _missing_line_end(path: Path) -> str:
    """What a full disk once left out: the end of the last line, so that the next one stands on its own."""
    try:
        with open(path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return "" if file.read() == b"\n" else "\n"
    except OSError:  # not there yet, or empty
        return ""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
