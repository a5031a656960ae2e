"""Knows how answers are looked up: all that are wanted in one turn of the event loop are one question.

Replies come in swarms, and so do the questions that follow them: of one by one, each would be a transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from gpo.core.chat import Reply
from gpo.core.errors import StoreError

MOST = 64
"""Keys in one question."""


class Lookups:
    """Lookups over `find`, which says what it has of so many keys."""

    def __init__(self, find: Callable[[Sequence[str]], Mapping[str, Reply]]) -> None:
        self._find = find
        self._wanted: list[tuple[str, asyncio.Future[Reply | None]]] = []

    def get(self, key: str) -> Awaitable[Reply | None]:
        """What is found under that key, to be awaited within the running loop; that raises StoreError."""
        loop = asyncio.get_running_loop()
        if not self._wanted:
            loop.call_soon(self._look)
        found: asyncio.Future[Reply | None] = loop.create_future()
        self._wanted.append((key, found))
        return found

    def _look(self) -> None:
        wanted, self._wanted = self._wanted, []
        for start in range(0, len(wanted), MOST):
            some = wanted[start : start + MOST]
            try:
                known = self._find([key for key, _ in some])
            except StoreError as error:
                _tell(some, error)
                continue
            for key, found in some:
                if not found.done():  # cancelled
                    found.set_result(known.get(key))


def _tell(wanted: Sequence[tuple[str, "asyncio.Future[Reply | None]"]], error: StoreError) -> None:
    for _, found in wanted:
        if not found.done():
            found.set_exception(error)
