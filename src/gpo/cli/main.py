"""Knows the commands, and what the shell is told when one fails. The only place, with the observer shield, that
catches anything.
"""

import argparse
import asyncio
import atexit
import errno
import gc
import io
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module

from gpo import __version__
from gpo.cli.interrupts import INTERRUPTED, interruptible
from gpo.cli.parser import Parser
from gpo.core.errors import GPOError
from gpo.core.visible import visible
from gpo.engine.typed import as_typed, called

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo", "watch GPO at work, offline, in seconds"),
    "optimize": ("optimize", "find a better prompt"),
    "estimate": ("estimate", "what a run would cost"),
    "eval": ("evaluate", "score prompts"),
    "league": ("league", "compare algorithms at equal budgets"),
    "reproduce": ("reproduce", "a published table, with our numbers beside"),
    "init": ("init", "write a commented starter config"),
    "list": ("listing", "the runs, newest first"),
    "show": ("show", "one run, step by step"),
    "diff": ("diff", "seed prompt against best prompt"),
    "resume": ("resume", "go on with a run"),
    "export": ("export", "the best prompt, or the whole run as JSON"),
    "models": ("models", "which models can be reached"),
    "doctor": ("doctor", "whether a run could begin, and what is lacking"),
    "data": ("data", "the paper's benchmarks; check any dataset"),
    "cite": ("cite", "what to cite after a run of an algorithm"),
}
"""Commands, each with its module in this package, which is imported only where it is called, and what it is for."""
DEFECT = 1
YOUNG = 50_000
"""New objects after which garbage is looked for; Python does so after 700, and a start-up makes many that stay."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 fine, 1 the run failed, 2 bad input, 100 a gate failed, 130 interrupted."""
    _collect_seldom()
    with interruptible():
        return _exit_code(arguments)


def _collect_seldom() -> None:
    """Most of what a command makes stays to its end, and then goes all at once: that need not be looked through."""
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)


def _exit_code(arguments: Sequence[str] | None) -> int:
    _show_what_cannot_be_encoded(sys.stdout)
    typed = sys.argv[1:] if arguments is None else arguments
    try:
        typed = _page_of_help(typed)
        given = _parser(next((word for word in typed if word in COMMANDS), "")).parse_args(typed)
        code: int = given.run(given)
        sys.stdout.flush()
        return code
    except (KeyboardInterrupt, asyncio.CancelledError) as stopped:
        return _say("Interrupted.", stopped, INTERRUPTED)
    except GPOError as error:
        return _say(f"error: {error}", error, error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        _write_no_more()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            _write_no_more()
            return _say(f"error: {error.filename or 'standard output'} cannot be written: {error.strerror}.", error, 1)
        if os.environ.get("GPO_DEBUG"):
            traceback.print_exc()
        said = f"{type(error).__name__}: {error}"
        return _say(
            f"error: this is a defect in GPO: {said}. GPO_DEBUG=1 shows where; please report it.", error, DEFECT
        )


def _page_of_help(typed: Sequence[str]) -> Sequence[str]:
    """`gpo help` and `gpo help COMMAND` as --help says them."""
    return [*typed[1:], "--help"] if typed and typed[0] == "help" else typed


def _show_what_cannot_be_encoded(stream: object) -> None:
    """An old terminal that lacks a character gets its number; a run that is paid for does not end for it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _write_no_more() -> None:
    """What is left for standard output goes nowhere: Python would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(name: str) -> argparse.ArgumentParser:
    """The parser of the command line; of the commands, only the one of that name has its flags."""
    parser = Parser(
        prog=called(),
        description="Prompt optimization as gradient descent. Begin with `gpo demo`: it needs the extra `local`, "
        "no key and no network.",
        epilog="Runs are kept in .gpo (--store, GPO_HOME). Exit codes: 0 fine, 1 failed, 2 bad input, 100 a gate "
        "failed (--fail-under, --fail-unless), 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"gpo {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for each, (module, purpose) in COMMANDS.items():
        command = commands.add_parser(each, help=purpose)
        if each == name:
            home = import_module(f"gpo.cli.{module}")
            said = (home.__doc__ or "").partition(": ")[2]
            command.description = said[:1].upper() + said[1:]
            home.add_to(command)
    return parser


def _say(message: str, error: BaseException, code: int) -> int:
    ended = message if message.rstrip("\"')").endswith((".", "!", "?")) else f"{message}."
    print(visible(as_typed(" ".join((ended, *_notes(error))))), file=sys.stderr)
    return code


def _notes(error: BaseException | None) -> Iterator[str]:
    """What was noted on the error, or on the one it came from: asyncio makes a KeyboardInterrupt of a cancelled run."""
    while error is not None:
        yield from getattr(error, "__notes__", ())
        error = error.__context__
