"""Knows how a user's own function becomes a metric, and how what goes wrong in it is told in one paragraph."""

import math
import sys
from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from inspect import iscoroutinefunction, signature
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, SupportsFloat, cast

from gpo.core.concealed import concealed
from gpo.core.errors import ConfigError, GPOError
from gpo.core.keys import content_key
from gpo.core.meant import did_you_mean
from gpo.core.task import Example, Grade, Metric


def adapt(function: Callable[..., Any], name: str | None = None, options: Mapping[str, Any] | None = None) -> Metric:
    """A metric from any callable (reply, example), called with `options` as keyword arguments.

    It may return a float or bool, (score, feedback), a mapping with "score" and "feedback", or a Grade. The metric
    raises ConfigError, naming itself and the example, where the callable raises or its score is no number in [0, 1];
    `adapt` raises it where the callable cannot be called so.
    """
    name = name or str(getattr(function, "__name__", type(function).__name__))
    given = dict(options or {})
    _check_signature(function, name, given)

    def grade(reply: str, example: Example) -> Grade:
        what = f'The metric {name} on the example "{example.id}" ({_beginning(example.input)})'
        with Blaming(what):
            return grade_of(function(reply, example, **given), what)

    return grade


def _beginning(text: str) -> str:
    """How an input begins, for a row has no name that says which line of its file it is."""
    return f'"{text[:_SHOWN]}…"' if len(text) > _SHOWN else f'"{text}"'


def function_at(place: str, what: str = "metric") -> Callable[..., Any]:
    """The function of "file.py:function". Raises ConfigError, naming `what` it is for, where there is none, or the file
    cannot be run.
    """
    file, _, function = place.rpartition(":")
    path = Path(file).expanduser()
    name = f"gpo_{what}_{content_key(str(path.absolute()), 12)}"
    spec = spec_from_file_location(name, path) if file and path.is_file() else None
    if spec is None or spec.loader is None:
        raise ConfigError(
            f"{what} python:{place}: there is no Python file {file or place}. Write python:<file>.py:<name>."
        )
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look modules up there
    with Blaming(f"The file {path} of the {what}"):
        spec.loader.exec_module(module)
    known = [each for each, value in vars(module).items() if callable(value) and not each.startswith("_")]
    if function not in known:
        raise ConfigError(
            f'{what} python:{place}: the file has no function "{function}".{did_you_mean(function, known)}'
        )
    return cast(Callable[..., Any], getattr(module, function))


def blamed(said: str) -> ConfigError:
    """The error that says what a metric or a program of the user's own did."""
    error = ConfigError(said)
    error.own_code = True
    return error


class Blaming:
    """Whatever the user's own code raises inside becomes a ConfigError that says what, where and why."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if not isinstance(error, Exception | SystemExit) or isinstance(error, GPOError):
            return
        said = concealed(" ".join(str(error).split())) or "no message"
        raise blamed(f"{self._what} raised {type(error).__name__}: {said}{_place(error)}.") from error


def _place(error: BaseException) -> str:
    """The last line of the user's own file that was on the way to the error; a syntax error says it itself."""
    ours = Path(__file__).parent
    frames = [
        each
        for each in extract_tb(error.__traceback__)
        if Path(each.filename).parent != ours and each.filename[0] != "<"
    ]
    own = [each for each in frames if each.filename == frames[0].filename]
    return (
        f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own and not isinstance(error, SyntaxError) else ""
    )


def _check_signature(function: Callable[..., Any], name: str, options: Mapping[str, Any]) -> None:
    if iscoroutinefunction(function):
        raise ConfigError(f"The metric {name} is async; a metric is a plain function (reply, example) -> score.")
    try:
        takes = signature(function)
    except (TypeError, ValueError):
        return  # written in C without a signature: the first call will show
    try:
        takes.bind("", Example("", "", ()), **options)
    except TypeError as error:
        given = f" and the options {', '.join(options)}" if options else ""
        raise ConfigError(
            f"The metric {name} takes {takes}; it is called with (reply, example){given}: {error}."
        ) from error


def grade_of(value: Any, what: str) -> Grade:
    """The grade that a score, (score, feedback), a mapping of both or a Grade stands for.

    Raises ConfigError, beginning with `what` returned it, where the score is no number in [0, 1].
    """
    score, feedback = value, ""
    if isinstance(value, Grade):
        score, feedback = value.score, value.feedback
    elif isinstance(value, tuple) and len(cast(tuple[Any, ...], value)) == 2:
        score, feedback = cast(tuple[Any, Any], value)
    elif isinstance(value, Mapping):
        given = cast(Mapping[str, Any], value)
        score, feedback = given.get("score"), given.get("feedback", "")
    number = float(score) if isinstance(score, SupportsFloat) else math.nan
    if not -_ROUNDING <= number <= 1 + _ROUNDING:
        hint = " Divide it by 100." if 1 < number <= 100 else ""
        given = concealed(repr(cast(object, value)))[:200]
        raise blamed(f"{what} returned {given}; expected a score in [0, 1], or (score, feedback).{hint}")
    return Grade(min(1.0, max(0.0, number)), "" if feedback is None else str(feedback))


_ROUNDING = 1e-9
_SHOWN = 50
