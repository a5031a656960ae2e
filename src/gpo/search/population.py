"""Knows the life of a population: families are formed, bred and scored, and some survive (APE, EvoPrompt).

Does not know who mates, how a child is written or who survives: a generation brings all three.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from gpo.core.evaluation import counted
from gpo.core.events import Kept, StepFinished, StepStarted
from gpo.core.lab import Lab
from gpo.core.prompt import Prompt, Scored
from gpo.core.standings import beats, margin
from gpo.core.update import Update
from gpo.method.breed import Breed
from gpo.method.guard import fingerprint
from gpo.search.ending import Ending, still_silent
from gpo.search.mating import Mate
from gpo.search.select import Survive, best_of, starters

Broods = tuple[tuple[Scored, ...], ...]


@dataclass(frozen=True, slots=True)
class Generation:
    """One kind of step: which families there are, how their children are written, and who of all survives."""

    mate: Mate
    breed: Breed
    survive: Survive = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class PopulationState:
    """Who lives. seen: fingerprints of all prompts ever proposed. stale: steps since the best score rose."""

    step: int
    members: tuple[Scored, ...]
    best: Scored = field(kw_only=True)
    seen: tuple[str, ...] = field(kw_only=True)
    stale: int = field(default=0, kw_only=True)
    silent: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Population:
    """Breeds a population of prompts, all of them scored on the whole selection set.

    generations: what happens at the first steps, in order (sowing); the last one happens again and again. A prompt of
    several texts is rewritten one text at a time, in turn; a child inherits the other texts from its first parent.
    """

    generations: tuple[Generation, ...]
    ending: Ending

    @property
    def state_type(self) -> type[PopulationState]:
        """PopulationState."""
        return PopulationState

    @property
    def steps(self) -> int:
        """As many as its ending allows."""
        return self.ending.steps

    async def init(self, seeds: Sequence[Prompt], lab: Lab) -> PopulationState:
        """The seeds, scored on the selection set: the first members."""
        members = starters(await lab.evaluate(seeds, lab.task.splits.selection))
        seen = tuple(fingerprint(each.text) for each in seeds)
        return PopulationState(0, members, best=best_of(members), seen=seen)

    async def step(self, state: PopulationState, lab: Lab) -> PopulationState:
        """One generation: all children are asked for, then scored, side by side."""
        before = state.best
        lab.emit(StepStarted(lab.step, before.prompt.id, before.prompt.shown, before.score))
        generation = self.generations[min(lab.step, len(self.generations)) - 1]
        bred = await generation.breed(_families(generation.mate, state, lab), lab)
        # The shortest complaint: none at all where a single reply could be read.
        silent = still_silent(state.silent, min((each.unreadable for each in bred), key=len, default=""), lab)
        broods = await _scored(bred, lab)
        seen = frozenset[str]().union(*(each.seen for each in bred))
        best = best_of([before, *chain(*broods)])
        after = PopulationState(
            lab.step,
            generation.survive(state.members, broods),
            best=best,
            seen=(*state.seen, *sorted(seen - set(state.seen))),
            stale=0 if beats(best, before) else state.stale + 1,
            silent=silent,
        )
        _tell(before, after, broods, lab)
        return after

    def best(self, state: PopulationState) -> Scored:
        """The best of all prompts evaluated so far, living or not."""
        return state.best

    def finished(self, state: PopulationState) -> str | None:
        """Whether the steps are done, the score is high enough, or patience has run out."""
        return self.ending.reason(state.step, state.best.sure, state.stale)


def _families(mate: Mate, state: PopulationState, lab: Lab) -> tuple[Update, ...]:
    names = [name for name, _ in state.best.prompt.texts]
    focus = names[(lab.step - 1) % len(names)]
    blank = Update(state.best, focus=focus, seen=frozenset(state.seen), scored_whole=True)
    return tuple(replace(blank, current=each.base, mates=each.mates) for each in mate(state.members, lab.rng("mate")))


async def _scored(bred: Sequence[Update], lab: Lab) -> Broods:
    """The children of every family that have a score, scored in one go."""
    prompts = [proposal.prompt for each in bred for proposal in each.proposals]
    evaluations = iter(await lab.evaluate(prompts, lab.task.splits.selection))
    return tuple(counted([next(evaluations) for _ in each.proposals]) for each in bred)


def _tell(before: Scored, after: PopulationState, broods: Broods, lab: Lab) -> None:
    """That the best newcomer was kept, if any was, and that the step is over."""
    stayed = [each for each in chain(*broods) if each in after.members or each == after.best]
    if stayed:
        best = best_of(stayed)
        lab.emit(Kept(lab.step, best.prompt.id, best.prompt.shown, best.score, margin(best, before)))
    lab.emit(StepFinished(lab.step, after.best.prompt.id, after.best.prompt.shown, after.best.score))
