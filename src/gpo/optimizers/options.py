"""Knows how the options that a user gave become what a recipe takes, by the types in its signature."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, is_dataclass
from inspect import Parameter, signature
from math import inf
from typing import Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

from gpo.core.errors import ConfigError
from gpo.core.meant import did_you_mean
from gpo.core.terms import refuse_void
from gpo.core.wanted import in_words


@dataclass(frozen=True, slots=True)
class AtLeast:
    """What the type of an option says besides its kind: a smaller number makes no sense. Without it that is below 0."""

    least: int


Count = Annotated[int, AtLeast(1)]
"""The type of an option that counts what there must be one of."""


def options_of(recipe: Callable[..., Any]) -> dict[str, Parameter]:
    """The options of a recipe by name, from its signature."""
    return {key: value for key, value in signature(recipe).parameters.items() if value.kind is Parameter.KEYWORD_ONLY}


def checked(recipe: Callable[..., Any], options: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The options as the recipe takes them; `where` names it in errors. Raises ConfigError for one that it does not."""
    defaults = {name: each.default for name, each in options_of(recipe).items()}
    hints, taken = get_type_hints(recipe, include_extras=True), _taken(recipe, options, where, defaults)
    refuse_void(hints, taken, where, defaults)
    return taken


def _taken(wanted: Any, given: Mapping[str, Any], where: str, known: Collection[str]) -> dict[str, Any]:
    hints = get_type_hints(wanted, include_extras=True)
    for key in given:
        if key not in known:
            raise ConfigError(f'{where}: unknown option "{key}".{did_you_mean(key, known)}')
    return {key: _value(hints[key], value, f"{where}.{key}") for key, value in given.items()}


def _value(wanted: Any, value: Any, where: str) -> Any:
    """The value as the recipe wants it, or a ConfigError that says what is allowed."""
    wanted, least = _bare(wanted)
    if is_dataclass(wanted) and isinstance(value, Mapping):
        return cast(Any, wanted)(**_taken(wanted, cast(Mapping[str, Any], value), where, get_type_hints(wanted)))
    choices = get_args(wanted)
    if get_origin(wanted) is Literal:
        if value in choices:
            return value
        raise ConfigError(f"{where} is {value!r}; allowed: {', '.join(map(str, choices))}.")
    kinds = tuple(each for each in (choices or (wanted,)) if isinstance(each, type))
    if type(value) is int and float in kinds and int not in kinds:
        value = float(value)
    if (isinstance(value, bool) and bool not in kinds) or not isinstance(value, kinds):
        raise ConfigError(f"{where} is {value!r}; expected {in_words(kinds)}.")
    if isinstance(value, int | float) and not least <= value < inf:
        said = "be finite" if not value < least else f"be at least {least}" if least else "not be negative"
        raise ConfigError(f"{where} is {value}; it must {said}.")
    return value


def _bare(wanted: Any) -> tuple[Any, int]:
    """The type without what is said besides, and the least number that it takes; also of a type that may be None."""
    if get_origin(wanted) is Annotated:
        inner, *said = get_args(wanted)
        bare, least = _bare(inner)
        return bare, max([least, *(each.least for each in said if isinstance(each, AtLeast))])
    if not (parts := [each for each in get_args(wanted) if get_origin(each) is Annotated]):
        return wanted, 0
    bare, least = _bare(parts[0])
    return bare | type(None), least
