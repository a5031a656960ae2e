"""Knows which solved examples show the optimizer model how the prompt meets the task. No selection or test row."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from gpo.core.lab import Lab
from gpo.core.task import Example
from gpo.core.update import Part, Update

Choice = Callable[[tuple[Example, ...], int, Random], tuple[Example, ...]]


def at_random(rows: tuple[Example, ...], k: int, rng: Random) -> tuple[Example, ...]:
    """k different rows, or all of them where there are fewer."""
    return tuple(rng.sample(rows, min(k, len(rows))))


def the_first(rows: tuple[Example, ...], k: int, rng: Random) -> tuple[Example, ...]:
    """The first k rows, the same at every step, as in the paper's code."""
    return rows[:k]


def show_demos(k: int, choice: Choice = at_random, *, kept: bool = True, once: bool = False) -> Part:
    """A part that puts k solved examples into the update: of those the task keeps for showing, else training rows.

    kept: False takes training rows also where the task keeps some for showing. once: the same at every step, by the
    run's seed.
    """

    async def part(update: Update, lab: Lab) -> Update:
        rows = (lab.task.shown if kept else ()) or lab.task.splits.train
        return replace(update, demos=choice(rows, k, lab.rng("demos", 0 if once else None)))

    return part
