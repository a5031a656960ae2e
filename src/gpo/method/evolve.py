"""Knows how candidates of instruction and shots come about (CAPO): sown, crossed, mutated. Blind to scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from gpo.core.edits import words_changed
from gpo.core.events import Proposed, Refused
from gpo.core.lab import Lab, side_by_side
from gpo.core.prompt import SHOTS, Prompt, Scored
from gpo.core.showing import inserted
from gpo.core.update import Update
from gpo.method.breed import breed
from gpo.method.guard import fingerprint
from gpo.method.manner import Manner
from gpo.method.shots import Candidate, changed, inherited, solve


@dataclass(frozen=True, slots=True)
class Brood:
    """New candidates. unreadable: the beginning of a reply where not one could be read, "" otherwise."""

    children: tuple[Candidate, ...]
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Evolution:
    """How a population is sown and bred.

    children ≥ 1: families a generation, each of one child. shots ≥ 0: at most so many in a prompt. demos ≥ 1: solved
    training examples that tell the optimizer model what the task is, drawn anew for every request.
    """

    children: int
    shots: int
    demos: int = field(kw_only=True)
    manner: Manner = field(kw_only=True)

    async def sow(self, population: Sequence[Candidate], size: int, seen: Iterable[str], lab: Lab) -> Brood:
        """As many candidates as are missing to `size`: an induced instruction each, with 0 to `shots` shots.

        One request of the optimizer model for each, and one call of the task model for each shot.
        """
        wanted = range(size - len(population))
        families = [_alone(population[number % len(population)].base, lab) for number in wanted]
        induced = await self._rewritten("ape/induce", families, lab)
        bases = [(family, proposal.prompt) for family in induced for proposal in family.proposals]
        taught = await side_by_side(lab, [partial(self._taught, base) for _, base in bases])
        born = [(family, child) for (family, _), child in zip(bases, taught, strict=True)]
        return Brood(_admitted(born, seen, lab), _complaint(induced))

    async def breed(self, population: Sequence[Candidate], seen: Iterable[str], lab: Lab) -> Brood:
        """`children` children, each of two parents; those whose fingerprints were seen before are refused.

        Two requests of the optimizer model for each child, one where the first came to nothing; and one call of the
        task model for each that gets a new shot, which is one in three or fewer.
        """
        dice = lab.rng("parents")
        pairs = [_pair(population, dice) for _ in range(self.children)]
        families = await side_by_side(lab, [partial(self._child, pair) for pair in pairs])
        born = [(family, child) for family, child in families if child]
        return Brood(_admitted(born, seen, lab), _complaint([family for family, _ in families]))

    async def _child(self, pair: tuple[Candidate, Candidate], lab: Lab) -> tuple[Update, Candidate | None]:
        """The two crossed, then mutated. A crossing whose mutation cannot be used goes on as it is."""
        mother, father = pair
        (family,) = await self._rewritten("capo/cross", [_alone(mother.base, lab, father.base)], lab)
        if not family.proposals:
            return family, None
        base = family.proposals[0].prompt
        (mutated,) = await self._rewritten("capo/mutate", [_alone(base, lab)], lab)
        base = mutated.proposals[0].prompt if mutated.proposals else base
        base = replace(base, parents=tuple(dict.fromkeys(parent.prompt.id for parent in pair)))
        dice = lab.rng("shots")
        shots = inherited(mother.shots, father.shots, dice)
        shown = {shot.input for shot in shots}
        fresh = [row for row in lab.task.splits.train if inserted(base, row) not in shown]
        change = changed(shots, fresh, self.shots, dice)
        added = await solve(base, (change.added,), lab) if change.added else ()
        return family, Candidate.of(base, (*change.kept, *added), lab.task)

    async def _taught(self, base: Prompt, lab: Lab) -> Candidate:
        dice, rows = lab.rng("shots"), lab.task.splits.train
        drawn = dice.sample(rows, min(dice.randint(0, self.shots), len(rows)))
        return Candidate.of(base, await solve(base, drawn, lab), lab.task)

    async def _rewritten(self, text: str, families: Sequence[Update], lab: Lab) -> tuple[Update, ...]:
        return await breed(text, demos=self.demos, manner=self.manner)(families, lab)


def _alone(base: Prompt, lab: Lab, *mates: Prompt) -> Update:
    names = [name for name, _ in base.texts if name != SHOTS]
    return Update(Scored(base, 0.0, 0), focus=names[(lab.step - 1) % len(names)], mates=mates)


def _pair(population: Sequence[Candidate], dice: Random) -> tuple[Candidate, Candidate]:
    mother, father = dice.sample(population, 2) if len(population) > 1 else (population[0], population[0])
    return mother, father


def _admitted(born: Sequence[tuple[Update, Candidate]], seen: Iterable[str], lab: Lab) -> tuple[Candidate, ...]:
    """Those that are not twins of others. What they moved is counted in words of the instruction, without shots."""
    known, children = set(seen), list[Candidate]()
    for family, child in born:
        prompt, distance = child.prompt, words_changed(family.text, family.text_of(child.base))
        if (name := fingerprint(prompt.text)) in known:
            lab.emit(Refused(lab.step, prompt.shown, "duplicate", distance))
            continue
        known.add(name)
        children.append(child)
        lab.emit(Proposed(lab.step, prompt.id, prompt.shown, distance, None))
    return tuple(children)


def _complaint(bred: Sequence[Update]) -> str:
    """The shortest: none at all where a single reply could be read."""
    return min((each.unreadable for each in bred), key=len, default="")
