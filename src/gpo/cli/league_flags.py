"""Knows how the flags of `gpo league` become a league."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, cast

from gpo.cli.flags import LIMITS
from gpo.cli.options import overridden, seeded, settings
from gpo.core.concealed import concealed, shown
from gpo.core.errors import ConfigError
from gpo.optimizers.catalog import RECIPES, algorithms, recipe_named
from gpo.sweeps.plan import Kind, League, Limit, entrants_named

TASKS = (
    "pocket/alphabetical_first", "pocket/count_animals", "pocket/count_even", "pocket/largest_number",
    "pocket/opposite", "pocket/category", "pocket/adjective", "pocket/last_operator",
)  # fmt: skip
"""One or two of every kind of input: words, numbers, phrase, review, expression."""
CALLS = ("1000",)
SEEDS = 5
NO_LIMIT = "none"
KINDS: tuple[Kind, ...] = ("calls", "tokens", "usd")


def league_of(given: argparse.Namespace) -> League:
    """The league that the flags ask for. Raises ConfigError."""
    names = _names("--algorithms", given.algorithms, tuple(RECIPES))
    for name in names:
        recipe_named(name)
    seeds = SEEDS if given.seeds is None else given.seeds
    if seeds < 1:
        raise ConfigError(f"--seeds is {seeds}; it must be at least 1.")
    rest = {**vars(given), **dict.fromkeys(LIMITS), "task": None}
    _check_sections(names, given.set)
    merged = overridden(seeded(settings(argparse.Namespace(**rest))[0], given), given.set)
    options = {name: _section(name, merged[name]) for name in names if merged.get(name) is not None}
    left_out = {"task", "algorithm", "seed", "budget", *RECIPES, *names}
    others = {key: value for key, value in merged.items() if key not in left_out}
    return League(
        entrants_named(names, options),
        _names("--tasks", given.tasks, TASKS),
        seeds=tuple(range(seeds)),
        limits=_limits(given),
        settings={"task_model": "pocket", **others},
    )


def _check_sections(names: Sequence[str], assignments: Sequence[str]) -> None:
    """Raises ConfigError where --set gives an option to an algorithm that takes no part."""
    for assignment in assignments:
        section, dot, _ = assignment.partition("=")[0].strip().partition(".")
        if dot and section in algorithms() and section not in names:
            raise ConfigError(
                f"--set {concealed(assignment)} sets an option of {section}, which takes no part: the algorithms are "
                f"{', '.join(names)}. Leave it out, or name {section} in --algorithms."
            )


def _section(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{name} is {shown(value)}; expected options below it, such as --set {name}.steps=5.")
    return cast(Mapping[str, Any], value)


def _names(flag: str, text: str | None, default: tuple[str, ...]) -> tuple[str, ...]:
    """What stands between the commas, or the default where nothing is given."""
    names = default if text is None else tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ConfigError(f'{flag} "{text}" names nothing. Write one or several with commas between them.')
    return names


def _limits(given: argparse.Namespace) -> tuple[Limit, ...]:
    asked: list[Kind] = [kind for kind in KINDS if getattr(given, f"max_{kind}") is not None]
    kind = asked[0] if asked else KINDS[0]
    amounts = _names(f"--max-{kind}", getattr(given, f"max_{kind}"), CALLS)
    return tuple(Limit(kind, _amount(each, kind)) for each in amounts)


def part(text: str) -> tuple[int, int]:
    """I and N of "I/N". Raises ConfigError."""
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ConfigError(f'--part: "{text}" is no part; the second of four is 2/4.')
    return int(number), int(count)


def _amount(text: str, kind: Kind) -> float | None:
    if text == NO_LIMIT:
        return None
    try:
        amount = float(text) if kind == "usd" else int(text)
    except ValueError:
        amount = -1
    if not amount > 0 or amount == float("inf"):
        wanted = "an amount of dollars such as 0.5" if kind == "usd" else "a whole number such as 1000"
        raise ConfigError(f'--max-{kind}: "{text}" is no budget; expected {wanted}, or "{NO_LIMIT}".')
    return amount
