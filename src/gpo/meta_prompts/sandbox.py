"""Knows how a Jinja body is filled: in a sandbox, and within bounds that no honest text meets. Knows no header.

The sandbox keeps a text away from Python's insides. The bounds are against accidents: a text whose loops never end, or
that fills the memory, is refused instead of hanging the run.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_TURNS = 200_000
"""Turns of all loops, and calls, while a text is filled once."""
MOST_CHARACTERS = 20_000_000
"""Of a filled text, and of anything it multiplies on the way."""
MOST_BITS = 256
"""Of a power."""

_IMPOSSIBLE = (ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RecursionError, MemoryError)
FAULTS = (TemplateError, *_IMPOSSIBLE)
"""What a text can raise that asks for something impossible."""
_PADDING = {"center": "\0", "ljust": "\0", "rjust": "\0", "zfill": "\0", "expandtabs": "\t", "indent": "\n"}
"""What makes a text as long as a number says, and at which characters it does so again."""


class Bounded(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which counts turns and calls while a text is filled; `turns` is set back before each time."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.turns = 0
        filters = cast(dict[str, Any], self.filters)
        filters["counted"] = self.counted
        for name in ("center", "indent", "replace", "format"):
            filters[name] = _bounded(name, filters[name])
        for name in ("slice", "batch"):
            filters[name] = _of_few(filters[name])
        del self.globals["lipsum"]

    def counted(self, values: Iterable[Any]) -> Iterator[Any]:
        """The values, each a turn."""
        for value in values:
            self._count()
            yield value

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A call, which is a turn as well: macros can call each other forever."""
        self._count()
        method = getattr(__obj, "__wrapped__", __obj)  # Jinja wraps `format`
        if isinstance(text := getattr(method, "__self__", None), str):
            _check_growth(method.__name__, text, (*args, *kwargs.values()))
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A product, a power or a remainder. Raises SecurityError for what grows without bounds."""
        texts = [cast(Sequence[Any], each) for each in (left, right) if isinstance(each, str | list | tuple)]
        if operator == "**" and not abs(right) * (left.bit_length() if isinstance(left, int) else 1) <= MOST_BITS:
            raise SecurityError(f"a power of {right} is too large")
        if operator == "%" and texts:
            raise SecurityError("a text is not filled with %; write {{ name }} where the value belongs")
        if operator == "*" and texts and len(texts[0]) * (right if texts[0] is left else left) > MOST_CHARACTERS:
            raise _too_long()
        return super().call_binop(context, operator, left, right)

    def _count(self) -> None:
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise SecurityError(f"its loops take more than {MOST_TURNS:,} turns")


def _bounded(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of Jinja's that refuses to make a text of more than MOST_CHARACTERS."""

    @wraps(made)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        text, *more = (each for each in (*args, *kwargs.values()) if isinstance(each, str | int))
        _check_growth(name, str(text), more)
        return made(*args, **kwargs)

    return filtered


def _of_few(made: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of Jinja's that refuses to make more than MOST_TURNS parts."""

    @wraps(made)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(each, int) and each > MOST_TURNS for each in (*args, *kwargs.values())):
            raise SecurityError(f"it would make more than {MOST_TURNS:,} parts")
        return made(*args, **kwargs)

    return filtered


def _check_growth(name: str, text: str, given: Sequence[Any]) -> None:
    """Raises SecurityError where a method of a text makes too long a one: padded to a width, or by each replacement."""
    length, texts = 0, [each for each in given if isinstance(each, str)]
    if name == "replace" and len(texts) == 2:
        length = text.count(texts[0]) * len(texts[1])
    elif name == "format":
        length = max(map(int, re.findall(r"\d{1,20}", text)), default=0)
    elif name in _PADDING:
        times = 1 + text.count(_PADDING[name])
        length = max((each * times for each in given if isinstance(each, int)), default=0)
    if length > MOST_CHARACTERS:
        raise _too_long()


def _too_long() -> SecurityError:
    return SecurityError(f"it would repeat something to more than {MOST_CHARACTERS:,} characters")


def filler(body: str) -> Callable[[Mapping[str, Any]], str]:
    """What fills a body with values. Raises TemplateError where the body is none; the filler raises FAULTS."""
    environment = Bounded()
    tree = environment.parse(body)
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
    template = environment.from_string(tree)

    def fill(values: Mapping[str, Any]) -> str:
        environment.turns, written, parts = 0, 0, list[str]()
        for part in template.generate(values):
            written += len(part)
            if written > MOST_CHARACTERS:
                raise SecurityError(f"it grows beyond {MOST_CHARACTERS:,} characters")
            parts.append(part)
        return "".join(parts)

    return fill
