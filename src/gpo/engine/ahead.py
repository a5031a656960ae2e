"""Knows which prompts are asked about before anybody waits for it, and when a budget is too near its end for that."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from gpo.core.budget import Ledger, Spent
from gpo.core.prompt import Prompt
from gpo.engine.prospect import at_average

T = TypeVar("T")

AMPLE = 32
"""What is begun must fit so many times into what is left. Nearer to its end a budget goes to one thing after the other,
in an order that no reply's time of arrival changes: where it ends, the same is known in every run.
"""

Ample = Callable[[int], bool]
"""Whether so many calls of the task model are little beside what is left."""


def ample(ledger: Ledger) -> Ample:
    """By what those calls took so far; while there are none, nothing is ample but a budget without limits."""

    def fits(calls: int) -> bool:
        if not ledger.budget.of("task"):
            return True
        known = ledger.by_role.get("task", Spent()).calls
        return bool(known) and ledger.lacking(at_average(ledger, AMPLE * calls)) is None

    return fits


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
