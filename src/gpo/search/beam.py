"""Knows the walk of a few prompts: each is expanded, the best of all go on (APO, PE2). Not how an update is made.

Only what was scored on the whole selection set can be in the beam or be the best: a ranking on part of the rows makes
the short list of those who are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from gpo.core.errors import ConfigError
from gpo.core.evaluation import counted
from gpo.core.events import Kept, Refused, StepFinished, StepStarted
from gpo.core.lab import Lab, side_by_side
from gpo.core.prompt import Prompt, Scored
from gpo.core.standings import beats, best_first, margin
from gpo.core.trajectory import Point, Trajectory, lineage
from gpo.core.update import Part, Update
from gpo.method.guard import fingerprint
from gpo.search.ending import Ending, still_silent
from gpo.search.rank import Rank, everyone
from gpo.search.select import best_of, starters

Pool = Literal["children", "beam", "all"]


@dataclass(frozen=True, slots=True)
class BeamState:
    """Where the beam stands. beam: the prompts expanded next, best first. found: all prompts that were scored on the
    whole selection set, in the order found. seen: fingerprints of all proposals. stale: steps since the best rose.
    """

    step: int
    beam: Trajectory
    best: Scored = field(kw_only=True)
    found: Trajectory = field(kw_only=True)
    seen: tuple[str, ...] = field(kw_only=True)
    stale: int = field(default=0, kw_only=True)
    silent: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Beam:
    """Expands every prompt of the beam by `part`, side by side; the `width` ≥ 1 best of the pool are the next beam.

    rank: who of the new prompts is on the short list that is scored on the whole selection set; at most `width` where
    it leaves anybody out. pool: the next beam is chosen among the new prompts on that list alone ("children"; the old
    beam stays where there are none), or these and the old beam ("beam"), or all that were ever scored on the whole set
    ("all": the search may go back). A prompt of several texts is rewritten one text at a time, in turn.
    """

    part: Part
    ending: Ending
    width: int = field(kw_only=True)
    rank: Rank = field(default=everyone, kw_only=True)
    pool: Pool = field(default="beam", kw_only=True)

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ConfigError(f"The width of the beam is {self.width}; it must be at least 1.")

    @property
    def state_type(self) -> type[BeamState]:
        """BeamState."""
        return BeamState

    @property
    def steps(self) -> int:
        """As many as its ending allows."""
        return self.ending.steps

    async def init(self, seeds: Sequence[Prompt], lab: Lab) -> BeamState:
        """The seeds scored on the selection set; the best of them are the first beam."""
        evaluations = await lab.evaluate(seeds, lab.task.splits.selection)
        found = tuple(Point(0, each) for each in starters(evaluations))
        best = best_of([point.at for point in found])
        seen = tuple(fingerprint(each.text) for each in seeds)
        return BeamState(0, _fittest(found, self.width), best=best, found=found, seen=seen)

    async def step(self, state: BeamState, lab: Lab) -> BeamState:
        """All members are expanded, the short list is scored, the best go on."""
        head = state.beam[0].at
        lab.emit(StepStarted(lab.step, head.prompt.id, head.prompt.shown, head.score))
        updates = await side_by_side(lab, [partial(self._expanded, state, member) for member in state.beam])
        # The shortest complaint: none at all where a single reply could be read.
        silent = still_silent(state.silent, min((each.unreadable for each in updates), key=len), lab)
        short = await self.rank(_told_apart(updates, lab), self.width, lab)
        evaluations = await lab.evaluate(short, lab.task.splits.selection)
        new = tuple(_point(lab.step, each, state.beam) for each in counted(evaluations))
        best = best_of([state.best, *(point.at for point in new)])
        seen = frozenset[str]().union(*(each.seen for each in updates))
        after = BeamState(
            lab.step,
            self._next(state, new),
            best=best,
            found=(*state.found, *new),
            seen=(*state.seen, *sorted(seen - set(state.seen))),
            stale=0 if beats(best, state.best) else state.stale + 1,
            silent=silent,
        )
        if first := next((point.at for point in after.beam if point in new), None):
            lab.emit(Kept(lab.step, first.prompt.id, first.prompt.shown, first.score, margin(first, head)))
        lab.emit(StepFinished(lab.step, best.prompt.id, best.prompt.shown, best.score))
        return after

    def best(self, state: BeamState) -> Scored:
        """The best of all prompts scored on the whole selection set, in the beam or not."""
        return state.best

    def finished(self, state: BeamState) -> str | None:
        """Whether the steps are done, the score is high enough, or patience has run out."""
        return self.ending.reason(state.step, state.best.sure, state.stale)

    async def _expanded(self, state: BeamState, member: Point, lab: Lab) -> Update:
        names = [name for name, _ in member.at.prompt.texts]
        focus = names[(lab.step - 1) % len(names)]
        path = lineage(state.found, member.at.prompt)
        return await self.part(Update(member.at, path, focus=focus, seen=frozenset(state.seen)), lab)

    def _next(self, state: BeamState, new: Trajectory) -> Trajectory:
        pool = {"children": new or state.beam, "beam": (*state.beam, *new), "all": (*state.found, *new)}[self.pool]
        return _fittest(pool, self.width)


def _fittest(pool: Trajectory, width: int) -> Trajectory:
    """The highest scores; of equal ones the newer, within a step the first."""
    newest = sorted(pool, key=lambda point: -point.step)
    return tuple(newest[place] for place in best_first([point.at for point in newest], width))


def _point(step: int, scored: Scored, beam: Trajectory) -> Point:
    parent = next(point.at for point in beam if point.at.prompt.id in scored.prompt.parents)
    return Point(step, scored, gain=margin(scored, parent))


def _told_apart(updates: Sequence[Update], lab: Lab) -> tuple[Prompt, ...]:
    """All proposals, member by member; of twins that two members proposed the first."""
    known: dict[str, Prompt] = {}
    for proposal in (proposal for update in updates for proposal in update.proposals):
        prompt, mark = proposal.prompt, fingerprint(proposal.prompt.text)
        if mark in known:
            lab.emit(Refused(lab.step, prompt.shown, "duplicate: two of the beam proposed it", proposal.distance))
        known.setdefault(mark, prompt)
    return tuple(known.values())
