"""Knows a population that is thinned out by racing (CAPO). Does not know how candidates are bred or what a race is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gpo.core.events import Kept, StepFinished, StepStarted
from gpo.core.lab import Lab
from gpo.core.prompt import Prompt, Scored
from gpo.core.standings import beats, margin
from gpo.method.evolve import Evolution
from gpo.method.guard import fingerprint
from gpo.method.shots import Candidate
from gpo.search.ending import Ending, still_silent
from gpo.search.race import Race, Racer, Rules, in_blocks, laps_of
from gpo.search.select import best_of, starters


@dataclass(frozen=True, slots=True)
class RacingState:
    """Who lives, the best first. best: of all that were ever scored on the whole selection set.

    longest: words of the longest prompt once sown; 0 before. seen: fingerprints of all candidates there ever were.
    """

    step: int
    population: tuple[Racer, ...]
    best: Scored = field(kw_only=True)
    longest: int = field(default=0, kw_only=True)
    seen: tuple[str, ...] = field(kw_only=True)
    stale: int = field(default=0, kw_only=True)
    silent: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Racing:
    """Breeds candidates of instruction and shots; `size` of old and new survive a race.

    The first step sows. After every race its winner is scored on the blocks that it has not run: only who is scored on
    the whole selection set can be the best. That costs less than one evaluation of one prompt a step.
    """

    evolution: Evolution
    size: int
    rules: Rules = field(kw_only=True)
    ending: Ending = field(kw_only=True)

    @property
    def state_type(self) -> type[RacingState]:
        """RacingState."""
        return RacingState

    @property
    def steps(self) -> int:
        """As many as its ending allows."""
        return self.ending.steps

    async def init(self, seeds: Sequence[Prompt], lab: Lab) -> RacingState:
        """The seeds, scored on all blocks: the first members."""
        evaluations = await lab.evaluate(seeds, lab.task.splits.selection)
        blocks = in_blocks(lab.task.splits.selection, self.rules.block)
        return RacingState(
            0,
            tuple(Racer(Candidate(each.prompt), laps_of(each, range(len(blocks)), blocks)) for each in evaluations),
            best=best_of(starters(evaluations)),
            seen=tuple(fingerprint(each.text) for each in seeds),
        )

    async def step(self, state: RacingState, lab: Lab) -> RacingState:
        """One generation and one race; at the first step the generation is sown."""
        before = state.best
        lab.emit(StepStarted(lab.step, before.prompt.id, before.prompt.shown, before.score))
        parents = [each.candidate for each in state.population]
        if state.longest:
            brood = await self.evolution.breed(parents, state.seen, lab)
        else:
            brood = await self.evolution.sow(parents, self.size, state.seen, lab)
        silent = still_silent(state.silent, brood.unreadable, lab)
        racers = (*state.population, *(Racer(child) for child in brood.children))
        longest = state.longest or max(1, *(each.words for each in racers))
        race = Race(self.rules, in_blocks(lab.task.splits.selection, self.rules.block), longest=longest, lab=lab)
        survivors, others = await race.run(racers, self.size)
        racers = (await race.finish(survivors[0]), *survivors[1:], *others)
        best = best_of([before, *race.whole(racers, state.population)])
        if best != before:
            lab.emit(Kept(lab.step, best.prompt.id, best.prompt.shown, best.score, margin(best, before)))
        lab.emit(StepFinished(lab.step, best.prompt.id, best.prompt.shown, best.score))
        return RacingState(
            lab.step,
            racers[: len(survivors)],
            best=best,
            longest=longest,
            seen=(*state.seen, *(fingerprint(child.prompt.text) for child in brood.children)),
            stale=0 if beats(best, before) else state.stale + 1,
            silent=silent,
        )

    def best(self, state: RacingState) -> Scored:
        """The best of all that were scored on the whole selection set, living or not."""
        return state.best

    def finished(self, state: RacingState) -> str | None:
        """Whether the steps are done, the score is high enough, or patience has run out."""
        return self.ending.reason(state.step, state.best.sure, state.stale)
