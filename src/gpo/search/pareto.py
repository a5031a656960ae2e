"""Knows the pool of GEPA: any prompt that is best somewhere may be rewritten; a child must pass a cheap gate first.

Does not know how an update is made. Only prompts scored on the whole selection set enter the pool, so that all of its
scores compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gpo.core.events import Kept, Refused, StepFinished, StepStarted
from gpo.core.lab import Lab
from gpo.core.prompt import Prompt, Scored
from gpo.core.standings import beats, margin, row_margin
from gpo.core.update import Part, Update
from gpo.direction.mistakes import next_in_epoch
from gpo.method.guard import fingerprint
from gpo.search.ending import Ending, still_silent
from gpo.search.frontier import Choice, Member, frontier, members, parent
from gpo.search.merge import Union, rows_to_try, unions
from gpo.search.select import best_of, starting


@dataclass(frozen=True, slots=True)
class ParetoState:
    """The pool, oldest first. waiting: places of training rows left in this epoch. skipped: minibatches in a row that
    were all right. fresh: the last step added a rewritten prompt. merges: attempts made. stale: as in DescentState.
    """

    step: int
    pool: tuple[Member, ...]
    seen: tuple[str, ...] = field(kw_only=True)
    waiting: tuple[int, ...] = field(default=(), kw_only=True)
    skipped: int = field(default=0, kw_only=True)
    fresh: bool = field(default=False, kw_only=True)
    merges: int = field(default=0, kw_only=True)
    stale: int = field(default=0, kw_only=True)
    silent: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Pareto:
    """Rewrites one text of one prompt a step, from what the prompt did on a minibatch of training rows.

    choice: of the prompt, see `parent`. merges: how many unions of two prompts may be tried, whether they succeed or
    not. skips: so many minibatches in a row without a mistake end the search.
    """

    part: Part
    ending: Ending
    minibatch: int = field(default=3, kw_only=True)
    choice: Choice = field(default="pareto", kw_only=True)
    merges: int = field(default=0, kw_only=True)
    skips: int = field(kw_only=True)

    @property
    def state_type(self) -> type[ParetoState]:
        """ParetoState."""
        return ParetoState

    @property
    def steps(self) -> int:
        """As many as its ending allows."""
        return self.ending.steps

    async def init(self, seeds: Sequence[Prompt], lab: Lab) -> ParetoState:
        """The seeds scored on the selection set."""
        pool = members(starting(await lab.evaluate(seeds, lab.task.splits.selection)))
        return ParetoState(0, pool, seen=tuple(fingerprint(each.text) for each in seeds))

    async def step(self, state: ParetoState, lab: Lab) -> ParetoState:
        """One union where one is due and possible, else one rewrite: tried on a few rows, then on all if it passes."""
        before, state = self.best(state), replace(state, step=lab.step)
        union = self._union(state, lab)
        after = await self._united(state, union, lab) if union else await self._rewritten(state, lab)
        best = self.best(after)
        lab.emit(StepFinished(lab.step, best.prompt.id, best.prompt.shown, best.score))
        return replace(after, stale=0 if beats(best, before) else state.stale + 1)

    def best(self, state: ParetoState) -> Scored:
        """The best of the pool, all of which was scored on the whole selection set."""
        return best_of([member.at for member in state.pool])

    def finished(self, state: ParetoState) -> str | None:
        """Whether the steps are done, the score is high enough, or there is nothing left to mend."""
        if state.skipped >= self.skips:
            return f"no mistake on {state.skipped} minibatches in a row: the training rows have nothing left to teach"
        return self.ending.reason(state.step, self.best(state).sure, state.stale)

    async def _rewritten(self, state: ParetoState, lab: Lab) -> ParetoState:
        place = parent(self.choice, state.pool, lab.rng("parent"))
        member = state.pool[place]
        at, names = member.at, [name for name, _ in member.at.prompt.texts]
        lab.emit(StepStarted(lab.step, at.prompt.id, at.prompt.shown, at.score))
        train = lab.task.splits.train
        places, waiting = next_in_epoch(state.waiting, len(train), self.minibatch, lab.rng("epoch"))
        rows, state = tuple(train[each] for each in places), replace(state, waiting=waiting, fresh=False)
        (tried,) = await lab.evaluate((at.prompt,), rows)
        if all(score is None or score >= 1.0 for score in tried.scores):
            return replace(state, skipped=state.skipped + (tried.n > 0), silent=0)
        update = Update(at, focus=names[member.turn], seen=frozenset(state.seen), attempts=tried.attempts(rows))
        update = await self.part(update, lab)
        turned = replace(member, turn=(member.turn + 1) % len(names))
        state = replace(
            state,
            pool=(*state.pool[:place], turned, *state.pool[place + 1 :]),
            seen=(*state.seen, *sorted(update.seen - set(state.seen))),
            silent=still_silent(state.silent, update.unreadable, lab),
            skipped=0,
        )
        for proposal in update.proposals[:1]:
            (child,) = await lab.evaluate((proposal.prompt,), rows)
            if row_margin(child.scores, tried.scores) > 0:
                return replace(await self._entered(state, child.prompt, turned, lab), fresh=True)
            lab.emit(Refused(lab.step, proposal.prompt.shown, "no better on its minibatch", proposal.distance))
        return state

    def _union(self, state: ParetoState, lab: Lab) -> Union | None:
        if not state.fresh or state.merges >= self.merges:
            return None
        rng = lab.rng("union")
        every = unions(state.pool, frontier(state.pool), rng)
        new = [union for union in every if fingerprint(union.child.text) not in state.seen]
        return rng.choice(new) if new else None

    async def _united(self, state: ParetoState, union: Union, lab: Lab) -> ParetoState:
        pair = (state.pool[union.one], state.pool[union.other])
        better = pair[1] if beats(pair[1].at, pair[0].at) else pair[0]
        lab.emit(StepStarted(lab.step, better.at.prompt.id, better.at.prompt.shown, better.at.score))
        state = replace(state, merges=state.merges + 1, fresh=False, seen=(*state.seen, fingerprint(union.child.text)))
        places = rows_to_try(pair[0].scores, pair[1].scores, lab.rng("rows to try"))
        (tried,) = await lab.evaluate((union.child,), tuple(lab.task.splits.selection[each] for each in places))
        known = [[member.scores[each] for each in places] for member in pair]
        if not tried.n or any(row_margin(scores, tried.scores) > 0 for scores in known):
            lab.emit(Refused(lab.step, union.child.shown, "a union that is worse than what it unites"))
            return state
        later = max(pair, key=lambda member: member.turn)
        return await self._entered(state, union.child, replace(better, turn=later.turn), lab)

    async def _entered(self, state: ParetoState, child: Prompt, parent: Member, lab: Lab) -> ParetoState:
        new = members(await lab.evaluate((child,), lab.task.splits.selection), parent.turn)
        for each in new:
            lab.emit(Kept(lab.step, child.id, child.shown, each.at.score, margin(each.at, parent.at)))
        return replace(state, pool=(*state.pool, *new))
