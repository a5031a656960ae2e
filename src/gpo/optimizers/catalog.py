"""Knows where each recipe lives, and builds one; it is imported then. Strangers add theirs by an entry point."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gpo.core.errors import ConfigError
from gpo.core.homes import Homes
from gpo.core.meant import did_you_mean
from gpo.core.task import Task
from gpo.optimizers.options import checked

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from gpo.core.optimizer import Optimizer  # whoever only asks for names, as every command does, builds none

Recipe = Callable[..., "Optimizer[Any]"]


RECIPES = Homes[str, Recipe](
    "gpo.optimizers",
    {
        "ape": "ape:ape",
        "apo": "apo:apo",
        "capo": "capo:capo",
        "evoprompt-de": "evoprompt:evoprompt_de",
        "evoprompt-ga": "evoprompt:evoprompt_ga",
        "gepa": "gepa:gepa",
        "gpo": "gpo:gpo",
        "gpo-paper": "gpo_paper:gpo_paper",
        "nothing": "nothing:nothing",
        "opro": "opro:opro",
        "pe2": "pe2:pe2",
        "random": "random_search:random_search",
        "sgdm": "sgdm:sgdm",
    },
)


def recipe_named(name: str) -> Recipe:
    """The recipe of that name, ours or a stranger's. Raises ConfigError for an unknown one."""
    if name in RECIPES:
        return RECIPES[name]
    if name in (others := _others()):
        return others[name].load()
    raise ConfigError(f'There is no algorithm "{name}".{did_you_mean(name.lower(), [*RECIPES, *others])}')


def algorithms() -> tuple[str, ...]:
    """The names of all recipes, ours first."""
    return (*RECIPES, *_others())


def _others() -> "dict[str, EntryPoint]":
    from importlib.metadata import entry_points  # as slow to import as half of this package

    return {point.name: point for point in entry_points(group="gpo.optimizers") if point.name not in RECIPES}


def build(name: str, task: Task, options: Mapping[str, Any]) -> "Optimizer[Any]":
    """The optimizer for a task. Raises ConfigError for an unknown option or a value that it does not take."""
    recipe = recipe_named(name)
    return recipe(task, **checked(recipe, options, name))
