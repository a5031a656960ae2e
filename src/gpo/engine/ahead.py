"""Knows which prompts are asked about before anybody waits for it, and when a budget is too near its end for that."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from gpo.core.budget import Spent
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt

T = TypeVar("T")

AMPLE = 32
"""What is begun must fit so many times into what is left. Nearer to its end a budget goes to one thing after the other,
in an order that no reply's time of arrival changes: where it ends, the same is known in every run.
"""

Ample = Callable[[int], bool]
"""Whether so many answers are little beside what is left."""


def ample(ledger: Ledger, roles: Sequence[str] = ("task",)) -> Ample:
    """By what their calls took so far; while there are none, nothing is ample but a budget without limits.

    roles: of the models that are asked for an answer and its grade.
    """

    def fits(calls: int) -> bool:
        if not any(ledger.budget.of(role) for role in roles):
            return True
        if not all(ledger.by_role.get(role, Spent()).calls for role in roles):
            return False
        return ledger.lacking({role: at_average(ledger, role, AMPLE * calls) for role in roles}) is None

    return fits


def at_average(ledger: Ledger, role: str, calls: int, *, reserve: float = 1.0) -> Spent:
    """What so many calls of a role's model take, going by those so far; `reserve` times the tokens and dollars."""
    known = ledger.by_role.get(role, Spent())
    share = reserve * calls / known.calls if known.calls else 0.0
    return Spent(calls, int(share * known.tokens), usd=None if known.usd is None else share * known.usd)


@dataclass(slots=True)
class Ahead(Generic[T]):
    """Work on prompts that was begun early, for whoever comes for it. Whoever began it must `drop` what is left."""

    _begun: "dict[str, asyncio.Task[T]]" = field(default_factory=dict[str, "asyncio.Task[T]"], init=False)

    def begin(self, prompt: Prompt, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Begins, unless that prompt's work is under way."""
        if prompt.id not in self._begun:
            self._begun[prompt.id] = asyncio.create_task(work())

    def has(self, prompt: Prompt) -> bool:
        """Whether that prompt's work was begun, and nobody has come for it."""
        return prompt.id in self._begun

    async def claim(self, prompt: Prompt) -> T:
        """The result of the work on that prompt, which was begun. Its error is raised; it ends with whoever waits."""
        try:
            return await self._begun[prompt.id]
        finally:
            self._begun.pop(prompt.id, None)

    async def drop(self) -> None:
        """Ends what nobody came for."""
        left, self._begun = list(self._begun.values()), {}
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)
