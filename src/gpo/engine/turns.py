"""Knows whose turn it is where several queues share so many places: the queue that began first goes first."""

from asyncio import CancelledError, Future, get_running_loop
from heapq import heappop, heappush
from itertools import count


class Turns:
    """So many places (≥ 1). Of those who wait, the earliest queue's are let in first, in their order.

    Who leaves and comes again at once keeps the place, unless an earlier queue waits: so a queue stays together.
    """

    def __init__(self, places: int) -> None:
        self.places = self._free = places
        self._waiting: list[tuple[int, int, Future[None]]] = []
        self._queues, self._arrivals = count(), count()
        self._lets_in = False

    def queue(self) -> int:
        """The number of a new one, after all that there are."""
        return next(self._queues)

    async def enter(self, queue: int) -> None:
        """Waits for a place, which `leave` gives back."""
        if self._free > 0 and not (self._waiting and self._waiting[0][0] < queue):
            self._free -= 1
            return
        turn: Future[None] = get_running_loop().create_future()
        heappush(self._waiting, (queue, next(self._arrivals), turn))
        self._let_in_soon()
        try:
            await turn
        except CancelledError:
            if not turn.cancelled():  # it was let in at the same moment
                self.leave()
            raise

    def leave(self) -> None:
        """Frees a place, for whoever comes before the event loop has its next turn, then for the next in line."""
        self._free += 1
        if self._waiting:
            self._let_in_soon()

    def _let_in_soon(self) -> None:
        if self._free > 0 and not self._lets_in:
            self._lets_in = True
            get_running_loop().call_soon(self._let_in)

    def _let_in(self) -> None:
        self._lets_in = False
        while self._free > 0 and self._waiting:
            *_, turn = heappop(self._waiting)
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
