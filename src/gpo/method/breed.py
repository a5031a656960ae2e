"""Knows how families have children: each is written in one completion, from its parents or from solved examples.

Blind to scores: who may breed, and who survives, is for the search to say.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from gpo.core.lab import Lab
from gpo.core.together import in_order
from gpo.core.update import Update
from gpo.core.writing import Written
from gpo.method.asking import Asked, drafts, values_of
from gpo.method.demos import at_random
from gpo.method.judge import judge
from gpo.method.manner import Manner

Breed = Callable[[Sequence[Update], Lab], Awaitable[tuple[Update, ...]]]
"""(one update per family, lab) -> the updates, in order, with the children as proposals."""


def breed(text: str, n: int = 1, *, demos: int = 0, manner: Manner | None = None) -> Breed:
    """A way to breed: one request a family, for n children, by the meta-prompt of that name, such as "ape/induce".

    demos: solved training examples shown to a family, drawn anew for each. All families are asked side by side and
    judged in their order, so that no child is the twin of another.
    """
    how = manner or Manner()
    made_by = text.rpartition("/")[-1]

    async def bred(families: Sequence[Update], lab: Lab) -> tuple[Update, ...]:
        asked = [_asked(family, lab, f"{text} {number}") for number, family in enumerate(families)]
        judged: list[Update] = []

        def take(written: tuple[Written, ...]) -> None:
            update = asked[len(judged)].update
            seen = judged[-1].seen if judged else frozenset[str]()
            judged.append(judge(replace(update, seen=update.seen | seen), lab, how, written, made_by))

        await in_order((drafts(each, n) for each in asked), take)
        return tuple(judged)

    def _asked(family: Update, lab: Lab, purpose: str) -> Asked:
        shown = at_random(lab.task.splits.train, demos, lab.rng(f"{purpose}: demos"))
        update = replace(family, demos=shown)
        return Asked(update, lab, text=text, how=how, values=values_of(update, lab, how), purpose=purpose)

    return bred
