"""Knows how a mistyped flag or command is told: with what may be meant. Runs nothing."""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn, cast

from gpo.core.concealed import concealed
from gpo.engine.typed import as_typed

_CHOICE = re.compile(r"invalid choice: '([^']*)'")
_UNKNOWN = "unrecognized arguments: "
_LACKING = "the following arguments are required: "
_ILL_TYPED = re.compile(r"invalid (\w+) value: ('.*')", re.DOTALL)
_TYPES = {"int": "a whole number", "float": "a number"}

_ELSEWHERE: Mapping[str, str] = {
    "resume": "`gpo resume` goes on with the latest run that is not finished",
    "repeat": "answers at temperature 0 do not change; more rows tell more. Several seeds: `gpo league --seeds 5`",
    "filter": "rows are chosen in the file, or with --limit, --train, --selection, --test",
    "epochs": "`--set gpo.steps=N` says how long a search is",
    "run": "`gpo optimize` makes a run, `gpo list` lists them",
    "train": "`gpo optimize` makes a run",
    "compare": "`gpo eval` compares prompts, `gpo league` algorithms",
    "view": "`gpo show` shows a run, `gpo list` lists them",
    "report": "`gpo show` shows a run, `gpo export --json` gives all of it",
    "log": "`gpo show` shows a run, step by step",
    "check": "`gpo doctor` checks settings, keys and models, `gpo data check` a file with rows",
    "cost": "`gpo estimate` tells what a run would cost",
    "config": "`gpo init` writes a file with every setting",
    "store": "this command neither keeps a run nor looks at one. Leave it out",
}
"""Words of other tools, as commands or flags, and what is typed here."""


class _Page(argparse.HelpFormatter):
    """A page of --help in columns that hold most flags."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)
        self._action_max_length = 15  # room for the names of commands, which argparse forgets are indented

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Examples as they are, for they are copied; anything else folded to the width."""
        return text if "\n" in text else super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """argparse's own, with a suggestion behind its complaint. Its sub-commands are of the same kind."""

    _typed: Sequence[str] = ()

    def __init__(self, **more: Any) -> None:
        more.setdefault("formatter_class", _Page)
        more.setdefault("allow_abbrev", False)  # a flag that is added later would make another of a shortened one
        super().__init__(**more)

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] # argparse overloads it
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """What was typed; the command that does not know a part of it complains, and shows its own usage."""
        self._typed = args or ()
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(_UNKNOWN + " ".join(rest))
        return known, rest

    def format_help(self) -> str:
        """The page of --help, with commands as the user calls them."""
        return as_typed(super().format_help())

    def error(self, message: str) -> NoReturn:
        """Says what is wrong with what was typed, and what may be meant; ends with exit code 2."""
        if message.startswith(_LACKING) and any(_inner(action) for action in _actions(self)):
            message = _UNKNOWN + self._typed[0] if self._typed else self._all()
        if ill := _ILL_TYPED.search(message):
            message = f"{message[: ill.start()]}{ill[2]}; expected {_TYPES.get(ill[1], 'a number above 0')}"
        if found := _CHOICE.search(message):
            message = _shortened(message) + _meant(found[1], _choices(self))
        elif message.startswith(_UNKNOWN):
            word = message.removeprefix(_UNKNOWN).split()[0]
            message = concealed(message)  # no flag takes a key, and one may have been typed behind such a flag
            known = (*_flags(self), *_commands(self))
            message += _rows(word, known) or _option(word, self, self._typed) or _meant(word, known)
        super().error(as_typed(message))

    def _all(self) -> NoReturn:
        """All that there is, where no command was typed; ends with exit code 2."""
        self.print_help(sys.stderr)
        self.exit(2)


def _meant(typed: str, known: Sequence[str]) -> str:
    """What comes nearest, dashes aside; or how another tool's word is said here."""
    word = typed.strip("-").partition("=")[0]
    if word in _ELSEWHERE:
        return f": {_ELSEWHERE[word]}."
    by_word = {name.strip("-"): name for name in reversed(known)}
    near = get_close_matches(word, by_word, n=1, cutoff=0.65)
    begun = [name for name in by_word if len(word) > 1 and name.startswith(word)]
    return f". Did you mean {by_word[(near or begun)[0]]}?" if near or begun else ""


def _rows(word: str, known: Sequence[str]) -> str:
    """How rows are named where a command takes them behind a flag; "" for any other word."""
    if "--tasks" not in known:
        return ""
    from gpo.engine.places import FILES

    is_task = word.startswith("pocket/") or word.lower().endswith(FILES)
    return f". Tasks are named with --tasks: --tasks {concealed(word)}" if is_task else ""


def _option(word: str, parser: argparse.ArgumentParser, typed: Sequence[str]) -> str:
    """How a setting without a flag is typed: an option of the algorithm, a limit; "" for any other word."""
    if "--set" not in _flags(parser) or not word.startswith("--"):
        return ""
    from gpo.engine.config import option_hint

    given = " ".join(typed).replace("=", " ").split()
    algorithm = given[given.index("--algorithm") + 1] if "--algorithm" in given[:-1] else "gpo"
    key = word.strip("-").partition("=")[0].replace("-", "_")
    return f".{hint}" if (hint := option_hint(key, algorithm)) else ""


def _shortened(message: str) -> str:
    """The complaint without the list of everything that there is, which --help shows with what it is for."""
    return re.sub(r" \(choose from .*\)$", " (--help lists all)", message)


def _choices(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    """What may stand where a choice is made: commands, or the choices of a flag."""
    return tuple(str(choice) for action in _actions(parser) for choice in action.choices or ())


def _commands(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    return tuple(str(choice) for action in _actions(parser) if _inner(action) for choice in action.choices)


def _flags(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    """All flags of a parser."""
    return tuple(name for action in _actions(parser) for name in action.option_strings)


def _inner(action: Any) -> bool:
    """Whether what is typed there is a command."""
    return isinstance(action.choices, dict)


def _actions(parser: argparse.ArgumentParser) -> Iterator[Any]:
    """What argparse knows of a parser; it offers no other way to look at that."""
    yield from cast(Any, parser)._actions
