"""Knows when an option has nothing to say because of what another one says. Knows no option by name."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from gpo.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class VoidWith:
    """What the type of an option says besides its kind: nothing reads it where another one has one of these values.

    Without values: where that other one has any.

    >>> VoidWith("rank", ("all",)).holds("all"), VoidWith("steps").holds(None)
    (True, False)
    """

    other: str
    values: tuple[Any, ...] = ()

    def holds(self, value: Any) -> bool:
        """Whether the option is void where the other one has that value."""
        return value in self.values if self.values else value is not None


def refuse_void(hints: Mapping[str, Any], given: Mapping[str, Any], where: str, defaults: Mapping[str, Any]) -> None:
    """Raises ConfigError where an option was given that another one makes void, whoever gave that one its value.

    hints: the types by name, with what they say besides. given: what was said; None says nothing.
    """
    values = {**defaults, **given}
    for term in dict.fromkeys(term for key in given for term in _terms(hints[key])):
        void = [key for key, value in given.items() if value is not None and term in _terms(hints[key])]
        if not void or not term.holds(values[term.other]):
            continue
        said = " and ".join(f"{where}.{key} is {_said(given[key])}" for key in void)
        it, says, them = ("it", "says", "it") if len(void) == 1 else ("they", "say", "them")
        instead = f"give {where}.{term.other} another value" if term.values else f"leave {where}.{term.other} out"
        raise ConfigError(
            f"{said}, but {where}.{term.other} is {_said(values[term.other])}, so {it} {says} nothing. "
            f"Leave {them} out, or {instead}."
        )


def refuse_void_in(plan: Any, where: str) -> None:
    """The same for the fields of a dataclass, which may be written out in full: what says its default says nothing."""
    defaults = {each.name: each.default for each in fields(plan)}
    values = {name: getattr(plan, name) for name in defaults}
    given = {name: value for name, value in values.items() if value != defaults[name]}
    refuse_void(get_type_hints(plan.__class__, include_extras=True), given, where, defaults)


def _terms(hint: Any) -> tuple[VoidWith, ...]:
    said = get_args(hint) if get_origin(hint) is Annotated else ()
    return tuple(each for each in said if isinstance(each, VoidWith))


def _said(value: Any) -> str:
    """A value as settings are written."""
    return str(value).lower() if isinstance(value, bool) else str(value)
