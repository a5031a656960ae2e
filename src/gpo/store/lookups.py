"""Knows how answers are looked up: what is new is not asked for, and what many want in one turn is one question.

Most keys are new. Of the others each would be a transaction; so where they come in swarms, as replies do, all of a turn
of the event loop are one. Where they do not, nobody waits for the turn to end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence

from gpo.core.chat import Reply
from gpo.core.errors import StoreError

FEW, MOST = 8, 64
"""Keys wanted in a turn after which those of the next turn are looked up one by one; and keys in one question."""


class Lookups:
    """Lookups over `find`, which says what it has of so many keys.

    absent: those of which it surely has nothing, as of the last `catch_up`, which is asked for once in a turn.
    """

    def __init__(
        self,
        find: Callable[[Sequence[str]], Mapping[str, Reply]],
        absent: Container[str],
        catch_up: Callable[[], None],
    ) -> None:
        self._find, self._absent, self._catch_up = find, absent, catch_up
        self._wanted: list[tuple[str, asyncio.Future[Reply | None]]] = []
        self._in_this_turn = 0
        self._swarm = False
        self._nothing: asyncio.Future[Reply | None] | None = None  # for all of this turn, once it is caught up

    def get(self, key: str) -> Awaitable[Reply | None]:
        """What is found under that key, to be awaited within the running loop. Raises StoreError, then or now."""
        loop = asyncio.get_running_loop()
        if self._nothing is None or self._nothing.get_loop() is not loop:
            self._catch_up()
            self._nothing = loop.create_future()
            self._nothing.set_result(None)
            loop.call_soon(self._end_turn)
        if key in self._absent:
            return self._nothing
        self._in_this_turn += 1
        found: asyncio.Future[Reply | None] = loop.create_future()
        if self._swarm:
            self._wanted.append((key, found))
        else:
            found.set_result(self._find([key]).get(key))
        return found

    def _end_turn(self) -> None:
        self._swarm, self._in_this_turn, self._nothing = self._in_this_turn > FEW, 0, None
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
