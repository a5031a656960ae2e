"""Knows how answers are looked up: where many are wanted in one turn of the event loop, all of them are one question.

Replies come in swarms, and so do the questions that follow them: of one by one, each would be a transaction. Where they
do not, nobody waits for the turn to end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from gpo.core.chat import Reply
from gpo.core.errors import StoreError

FEW, MOST = 8, 64
"""Keys wanted in a turn after which those of the next turn are looked up one by one; and keys in one question."""


class Lookups:
    """Lookups over `find`, which says what it has of so many keys."""

    def __init__(self, find: Callable[[Sequence[str]], Mapping[str, Reply]]) -> None:
        self._find = find
        self._wanted: list[tuple[str, asyncio.Future[Reply | None]]] = []
        self._in_this_turn = 0
        self._swarm = False

    def get(self, key: str) -> Awaitable[Reply | None]:
        """What is found under that key, to be awaited within the running loop. Raises StoreError, then or now."""
        loop = asyncio.get_running_loop()
        if not self._in_this_turn:
            loop.call_soon(self._end_turn)
        self._in_this_turn += 1
        found: asyncio.Future[Reply | None] = loop.create_future()
        if self._swarm:
            self._wanted.append((key, found))
        else:
            found.set_result(self._find([key]).get(key))
        return found

    def _end_turn(self) -> None:
        self._swarm, self._in_this_turn = self._in_this_turn > FEW, 0
        wanted, self._wanted = self._wanted, []
        for start in range(0, len(wanted), MOST):
            self._look(wanted[start : start + MOST])

    def _look(self, wanted: Sequence[tuple[str, "asyncio.Future[Reply | None]"]]) -> None:
        waiting = [(key, found) for key, found in wanted if not found.cancelled()]
        try:
            known = self._find([key for key, _ in waiting])
        except StoreError as error:
            for _, found in waiting:
                found.set_exception(error)
            return
        for key, found in waiting:
            found.set_result(known.get(key))
