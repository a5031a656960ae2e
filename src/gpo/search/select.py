"""Knows who is best, who may breed and who survives among scored prompts. Pure: randomness is passed in.

Prompts compete on the rows that both answered (core/standings.py): a call that failed wins and loses nothing.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from random import Random

from gpo.core.errors import TooManyFailures
from gpo.core.evaluation import Evaluation, counted
from gpo.core.prompt import Scored
from gpo.core.standings import beats, best_first, standings

Choose = Callable[[Sequence[Scored], int, Random], tuple[Scored, ...]]
"""(scored, k, rng) -> k of them, with replacement: the mating pool."""

Survive = Callable[[tuple[Scored, ...], tuple[tuple[Scored, ...], ...]], tuple[Scored, ...]]
"""(members, the scored children of each family in order) -> the members of the next generation."""


def starting(seeds: tuple[Evaluation, ...]) -> tuple[Evaluation, ...]:
    """The seeds as they are. Raises TooManyFailures where none has a score: there is nothing to compare with."""
    if not counted(seeds):
        failures = [answer.failure for each in seeds for answer in each.answers if answer.failure]
        raise TooManyFailures(
            f"{len(failures)} of {sum(len(each.answers) for each in seeds)} calls for the seed prompt failed for good. "
            f"They are not scores, so the run stops. The last one: {failures[-1] if failures else 'none was made'}"
        )
    return seeds


def starters(seeds: tuple[Evaluation, ...]) -> tuple[Scored, ...]:
    """The seeds that have a score. Raises TooManyFailures where none has."""
    return counted(starting(seeds))


def first_best(scored: Sequence[Scored]) -> Scored:
    """The highest score; of equal ones the first. `scored` must not be empty. See `_unbeaten` for missing answers."""
    return _unbeaten(scored)[0]


def best_of(scored: Sequence[Scored]) -> Scored:
    """The highest score; of equal ones the shortest text, then the first. `scored` must not be empty."""
    return min(_unbeaten(scored), key=lambda each: len(each.prompt.text))


def uniform(scored: Sequence[Scored], k: int, rng: Random) -> tuple[Scored, ...]:
    """k draws with equal chances."""
    return tuple(rng.choices(scored, k=k))


def wheel(scored: Sequence[Scored], k: int, rng: Random) -> tuple[Scored, ...]:
    """k draws with chances in proportion to the scores (roulette wheel); equal chances where all scores are 0."""
    weights = standings(scored)
    return tuple(rng.choices(scored, weights if any(weights) else None, k=k))


def tournament(scored: Sequence[Scored], k: int, rng: Random, rivals: int = 2) -> tuple[Scored, ...]:
    """k times the best of `rivals` draws with equal chances."""
    return tuple(first_best(rng.choices(scored, k=rivals)) for _ in range(k))


def fittest(n: int) -> Survive:
    """The n best of old and new together; of equal scores the older, and within a generation the first."""

    def survive(members: tuple[Scored, ...], broods: tuple[tuple[Scored, ...], ...]) -> tuple[Scored, ...]:
        everyone = (*members, *chain(*broods))
        return tuple(everyone[place] for place in best_first(everyone, n))

    return survive


def duels(members: tuple[Scored, ...], broods: tuple[tuple[Scored, ...], ...]) -> tuple[Scored, ...]:
    """Every member keeps its place unless the best of its own children is strictly better.

    Needs one family for each member, in their order. A member without children stays.
    """
    return tuple(first_best((member, *brood)) for member, brood in zip(members, broods, strict=True))


def nobody(members: tuple[Scored, ...], broods: tuple[tuple[Scored, ...], ...]) -> tuple[Scored, ...]:
    """The members as they were: what is learned from one generation is lost on the next."""
    return members


def _unbeaten(scored: Sequence[Scored]) -> Sequence[Scored]:
    """Those that no other is better than on the rows that both answered; where missing answers let pairs go round in a
    circle, so that there is nobody, the one that stands highest.
    """
    if not any(each.unanswered for each in scored):
        top = max(each.score for each in scored)
        return [each for each in scored if each.score == top]
    unbeaten = [each for each in scored if not any(beats(other, each) for other in scored)]
    return unbeaten or [scored[best_first(scored, 1)[0]]]
