"""Knows how candidates race: scored block by block, dropped once enough others are significantly better (CAPO)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from gpo.core.evaluation import Answer, Evaluation
from gpo.core.events import Evaluated
from gpo.core.lab import Lab
from gpo.core.prompt import Scored
from gpo.core.standings import best_first
from gpo.core.task import Example
from gpo.evidence.paired import survivors
from gpo.method.shots import Candidate

Blocks = tuple[tuple[Example, ...], ...]


@dataclass(frozen=True, slots=True)
class Lap:
    """The scores of one block, by the block's number; None where there is no answer."""

    block: int
    scores: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Racer:
    """A candidate with the laps it has run: on which blocks, and how it did there."""

    candidate: Candidate
    laps: tuple[Lap, ...] = ()

    @property
    def run(self) -> frozenset[int]:
        """The blocks that it is scored on."""
        return frozenset(lap.block for lap in self.laps)

    @property
    def words(self) -> int:
        """How long its prompt is, shots included."""
        return len(self.candidate.prompt.text.split())

    def on(self, blocks: Iterable[int]) -> tuple[float | None, ...]:
        """Its scores on those blocks, in their order."""
        known = {lap.block: lap.scores for lap in self.laps}
        return tuple(score for block in blocks for score in known[block])

    def scored(self, blocks: Iterable[int]) -> Scored | None:
        """Its prompt with the mean over those blocks, without any penalty; None where most calls failed."""
        answers = tuple(Answer("", "", score) for score in self.on(blocks))
        return Evaluation(self.candidate.prompt, answers).scored


@dataclass(frozen=True, slots=True)
class Rules:
    """How a race is run.

    block ≥ 1: rows in a block, about. max_blocks ≥ 1: how many at most. alpha in (0, 0.5]: the level of a single
    comparison. gamma ≥ 0: what is taken off the mean of a prompt as long as the longest of the first ones; off others
    in proportion to their words. shuffle: whether the order of blocks is drawn anew for every race.
    """

    block: int = 30
    max_blocks: int = 10
    alpha: float = field(default=0.2, kw_only=True)
    gamma: float = field(default=0.05, kw_only=True)
    shuffle: bool = field(default=False, kw_only=True)


def in_blocks(rows: Sequence[Example], size: int) -> Blocks:
    """The rows cut into blocks of about that size, the same for all races; their sizes differ by one at most."""
    count = max(1, round(len(rows) / size))
    cuts = [len(rows) * number // count for number in range(count + 1)]
    return tuple(tuple(rows[start:end]) for start, end in pairwise(cuts))


def laps_of(evaluation: Evaluation, numbers: Iterable[int], blocks: Blocks) -> tuple[Lap, ...]:
    """The laps of an evaluation on the rows of those blocks, one after the other."""
    scores = iter(evaluation.scores)
    return tuple(Lap(number, tuple(next(scores) for _ in blocks[number])) for number in numbers)


@dataclass(frozen=True, slots=True)
class Race:
    """One race under way: the rules, the blocks, and the words of the longest of the first prompts."""

    rules: Rules
    blocks: Blocks
    longest: int = field(kw_only=True)
    lab: Lab = field(kw_only=True)

    async def run(self, racers: Sequence[Racer], keep: int) -> tuple[tuple[Racer, ...], tuple[Racer, ...]]:
        """(at most `keep` survivors, the best first; all others).

        Block by block every racer left is scored where it has no score yet, and drops out once at least `keep` of the
        others are significantly better on all blocks so far. The race ends when no more than `keep` are left or the
        blocks are through, at least one. Survivors are ranked on the blocks that all have run, without penalty.
        """
        order = list(range(len(self.blocks)))
        if self.rules.shuffle:
            order = self.lab.rng("blocks").sample(order, len(order))
        left, out, through = tuple(racers), list[Racer](), list[int]()
        for block in order[: self.rules.max_blocks]:
            if through and len(left) <= keep:
                break
            left, through = await self._lap(left, block), [*through, block]
            scores, penalties = [each.on(through) for each in left], [self._penalty(each) for each in left]
            stay = survivors(scores, penalties, keep, self.rules.alpha)
            out += [each for place, each in enumerate(left) if place not in stay]
            left = tuple(left[place] for place in stay)
        ranked = _ranked(left, sorted(frozenset(order).intersection(*(each.run for each in left))))
        return tuple(ranked[:keep]), (*ranked[keep:], *out)

    async def finish(self, racer: Racer) -> Racer:
        """The racer scored on the blocks that it has not run, in one go."""
        missing = [number for number in range(len(self.blocks)) if number not in racer.run]
        if not missing:
            return racer
        rows = tuple(chain.from_iterable(self.blocks[number] for number in missing))
        (evaluation,) = await self.lab.evaluate((racer.candidate.prompt,), rows)
        return replace(racer, laps=(*racer.laps, *laps_of(evaluation, missing, self.blocks)))

    def whole(self, racers: Sequence[Racer], before: Sequence[Racer]) -> tuple[Scored, ...]:
        """Those that have run all blocks, with their means; told where the last block is new, and not the only one."""
        every = range(len(self.blocks))
        told = {each.candidate.prompt.id for each in before if len(each.laps) == len(every)}
        whole = tuple(at for each in racers if len(each.laps) == len(every) and (at := each.scored(every)))
        for prompt, how in ((each.prompt, (each.score, each.n, each.unanswered)) for each in whole):
            if prompt.id not in told and len(every) > 1:
                self.lab.emit(Evaluated(self.lab.step, prompt.id, prompt.shown, "selection", *how))
        return whole

    async def _lap(self, racers: tuple[Racer, ...], block: int) -> tuple[Racer, ...]:
        new = [each.candidate.prompt for each in racers if block not in each.run]
        scores = iter([each.scores for each in await self.lab.evaluate(new, self.blocks[block])])
        return tuple(
            each if block in each.run else replace(each, laps=(*each.laps, Lap(block, next(scores)))) for each in racers
        )

    def _penalty(self, racer: Racer) -> float:
        return self.rules.gamma * racer.words / self.longest


def _ranked(racers: Sequence[Racer], blocks: Sequence[int]) -> list[Racer]:
    """The best on those blocks first, of equal ones the shorter; at the end who has no score there."""
    tried = [(each.scored(blocks), each) for each in sorted(racers, key=lambda each: each.words)]
    known = [(at, each) for at, each in tried if at]
    places = best_first([at for at, _ in known])
    return [*(known[place][1] for place in places), *(each for at, each in tried if not at)]
