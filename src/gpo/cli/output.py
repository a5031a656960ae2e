"""Knows how results reach the terminal: pages on standard output, progress on standard error."""

import argparse
import errno
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from gpo.cli.interrupts import pressed
from gpo.core.errors import ConfigError, StoreError, StoreUnusable
from gpo.core.visible import visible
from gpo.engine.sitting import Audience
from gpo.store.files import write_whole

NARROWEST, UNFOLDED = 60, 1_000_000
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ELSEWHERE = "Choose another folder with --store or GPO_HOME."


def audience(quiet: bool, *, page_follows: bool = False) -> Audience:
    """The progress display on standard error, or nobody. page_follows: whether why the run ended is said elsewhere."""
    if quiet:
        return Audience(stopped=pressed)
    from gpo.observers.progress import progress  # a screen, for those who look

    return Audience(watches=(partial(progress, sys.stderr, says_end=not page_follows),), stopped=pressed)


def watching(given: argparse.Namespace) -> Audience:
    """Who watches the run of a command that ends with a page of it, or with JSON."""
    return audience(given.quiet, page_follows=not given.json)


def show_page(blocks: Sequence[Any]) -> None:
    """The blocks of a page, in color on a terminal and plain elsewhere."""
    from rich.console import Console

    shown = [visible(block) if isinstance(block, str) else block for block in blocks]
    console = Console(markup=False, emoji=False, highlight=False)
    if console.is_terminal:
        for block in shown:
            console.print(block, soft_wrap=_is_whole(block))
        return
    text = StringIO()
    plain = Console(file=text, markup=False, emoji=False, highlight=False, width=_width())
    for block in shown:
        plain.print(block, soft_wrap=_is_whole(block))
    print("\n".join(line.rstrip() for line in text.getvalue().removesuffix("\n").split("\n")))


def _is_whole(block: Any) -> bool:
    """Whether a text says that its lines are never to be broken: what is to be typed is copied in one piece."""
    return getattr(block, "no_wrap", None) is True


def _width() -> int:
    """Of a page that goes to a file or a pipe: what COLUMNS says, else so wide that no line is folded."""
    said = os.environ.get("COLUMNS", "")
    return max(NARROWEST, int(said) if said.isdecimal() and int(said) else UNFOLDED)


def show_text(text: str) -> None:
    """A text that a model wrote: harmless on a terminal, and exactly as it is anywhere else."""
    print(visible(text) if sys.stdout.isatty() else text)


def show_json(value: Any) -> None:
    """The value as indented JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=True))


def check_place(path: str | None) -> None:
    """Raises ConfigError where no file of that name can be: better before a run than after it. None is no place."""
    place = Path(path or "file").expanduser()
    if place.is_dir():
        raise ConfigError(f"{path} is a folder. Name a file in it.")
    if not place.parent.is_dir():
        raise ConfigError(f"{path} cannot be written: there is no folder {place.parent}. Make it, or name another.")
    if not os.access(place if place.exists() else place.parent, os.W_OK):
        raise ConfigError(f"{path} cannot be written: no permission. Name another place.")


def check_store(path: str) -> None:
    """Raises StoreUnusable where no store can be in that folder: better before a run than in it. Makes nothing."""
    store = Path(path).expanduser().absolute()
    there = next(each for each in (store, *store.parents) if each.exists())
    if not there.is_dir():
        raise StoreUnusable(f"The folder {path} cannot be made: there is a file of that name. {_ELSEWHERE}")
    if not os.access(there, os.W_OK | os.X_OK):
        raise StoreUnusable(f"The folder {path} cannot be made or written: no permission. {_ELSEWHERE}")


def write_file(path: str, text: str) -> None:
    """The text in a file of the user's, whole or not at all, for its owner's eyes alone. Raises ConfigError where no
    such file can be, StoreError where it cannot be written.

    What is no plain file (/dev/stdout, a pipe) is written to as it is.
    """
    check_place(path)
    place = Path(path).expanduser()
    try:
        if place.is_file() or not place.exists():
            write_whole(place.resolve() if place.is_symlink() else place, text)
        else:
            place.write_text(text, encoding="utf-8", errors="backslashreplace")
    except (OSError, StoreError) as error:
        why = error if isinstance(error, OSError) else error.__cause__
        if isinstance(error, StoreError) and getattr(why, "errno", None) in FULL:
            raise
        raise ConfigError(f"{path} cannot be written: {getattr(why, 'strerror', why)}. Name another file.") from error
