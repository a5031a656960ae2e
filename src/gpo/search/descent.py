"""Knows the walk of one prompt: update, evaluate, move (GPO and its relatives). Does not know how an update is made."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from gpo.core.evaluation import counted
from gpo.core.events import Kept, StepFinished, StepStarted
from gpo.core.lab import Lab, beside
from gpo.core.prompt import Prompt, Scored
from gpo.core.standings import beats, margin
from gpo.core.trajectory import Point, Trajectory
from gpo.core.update import Part, Update
from gpo.method.guard import fingerprint
from gpo.search.ending import Ending, still_silent
from gpo.search.screen import Screen
from gpo.search.select import best_of, first_best, starters

Move = Literal["newest", "best"]
Record = Literal["winner", "all"]


@dataclass(frozen=True, slots=True)
class DescentState:
    """Where the walk stands. seen: fingerprints of all proposals. stale: steps since the best score rose.

    unwatched: the prompt that is still to be scored on the test set, where that is watched.
    """

    step: int
    current: Scored
    best: Scored = field(kw_only=True)
    trajectory: Trajectory = field(kw_only=True)
    seen: tuple[str, ...] = field(kw_only=True)
    stale: int = field(default=0, kw_only=True)
    silent: int = field(default=0, kw_only=True)
    unwatched: Prompt | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Descent:
    """Walks one prompt; at each step `part` makes an update and the best proposal is moved to.

    move: "newest" goes to the best new proposal even if it scores worse than the current prompt (the paper's code);
    "best" goes only where the score does not fall. record: whether the trajectory gets the step's winner alone (GPO) or
    all that was scored (OPRO). watch_test: also score every chosen prompt on the test set, as the paper's code does;
    the result is logged and decides nothing, so the next proposals do not wait for it. screen: which proposals are
    scored on the whole selection set; the others are neither moved to nor remembered. A prompt of several texts is
    rewritten one text at a time, in turn.
    """

    part: Part
    ending: Ending
    move: Move = field(default="newest", kw_only=True)
    record: Record = field(default="winner", kw_only=True)
    watch_test: bool = field(default=False, kw_only=True)
    screen: Screen = field(default=Screen(), kw_only=True)

    @property
    def state_type(self) -> type[DescentState]:
        """DescentState."""
        return DescentState

    @property
    def steps(self) -> int:
        """As many as its ending allows."""
        return self.ending.steps

    async def init(self, seeds: Sequence[Prompt], lab: Lab) -> DescentState:
        """The seeds scored on the selection set; the walk starts at the best of them."""
        scored = starters(await lab.evaluate(seeds, lab.task.splits.selection))
        start = first_best(scored)
        return DescentState(
            0,
            start,
            best=best_of(scored),
            trajectory=(Point(0, start),),
            seen=tuple(fingerprint(each.text) for each in seeds),
            unwatched=start.prompt if self.watch_test else None,
        )

    async def step(self, state: DescentState, lab: Lab) -> DescentState:
        """One update, one evaluation of all its proposals, one move."""
        current = state.current
        lab.emit(StepStarted(lab.step, current.prompt.id, current.prompt.shown, current.score))
        names = [name for name, _ in current.prompt.texts]
        focus = names[(lab.step - 1) % len(names)]
        seen, whole = frozenset(state.seen), self.screen.rank == "all"
        proposing = self.part(Update(current, state.trajectory, focus=focus, seen=seen, scored_whole=whole), lab)
        watched = state.unwatched
        update = await (beside(lab, proposing, partial(_watched, watched)) if watched else proposing)
        silent = still_silent(state.silent, update.unreadable, lab)
        prompts = tuple(proposal.prompt for proposal in update.proposals)
        short = await self.screen.through(prompts, self.screen.keep, lab)
        scored = counted(await lab.evaluate(short, lab.task.splits.selection))
        best = best_of([state.best, *scored, *([update.summary] if update.summary else ())])
        after = replace(
            state,
            step=lab.step,
            best=best,
            seen=(*state.seen, *sorted(update.seen - set(state.seen))),
            stale=0 if beats(best, state.best) else state.stale + 1,
            silent=silent,
            unwatched=None,
        )
        after = self._moved(after, update, scored, lab) if scored else after
        if after.unwatched and self.finished(after):
            await _watched(after.unwatched, lab)
        lab.emit(StepFinished(lab.step, best.prompt.id, best.prompt.shown, best.score))
        return after

    def best(self, state: DescentState) -> Scored:
        """The best of all prompts evaluated so far."""
        return state.best

    def finished(self, state: DescentState) -> str | None:
        """Whether the steps are done, the score is high enough, or patience has run out."""
        return self.ending.reason(state.step, state.best.sure, state.stale)

    def _moved(self, state: DescentState, update: Update, scored: tuple[Scored, ...], lab: Lab) -> DescentState:
        chosen = {point.at.prompt.id for point in state.trajectory[1:]}
        winner = first_best([each for each in scored if each.prompt.id not in chosen] or scored)
        gain = margin(winner, state.current)
        points = tuple(
            Point(
                lab.step,
                each,
                gain=margin(each, state.current),
                feedback=tuple(critique.text for critique in update.feedback),
                momentum=update.momentum,
                summary=update.summary,
            )
            for each in ((winner,) if self.record == "winner" else scored)
        )
        moves = self.move == "newest" or not beats(state.current, winner)
        if moves:
            lab.emit(Kept(lab.step, winner.prompt.id, winner.prompt.shown, winner.score, gain))
        return replace(
            state,
            current=winner if moves else state.current,
            trajectory=(*state.trajectory, *points),
            unwatched=winner.prompt if self.watch_test else None,
        )


async def _watched(prompt: Prompt, lab: Lab) -> None:
    """Scores a prompt on the test set; the event tells how it did, and nothing else does."""
    await lab.evaluate((prompt,), lab.task.splits.test)
