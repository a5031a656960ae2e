"""Knows how bytes go over HTTP, by libcurl: over kept connections, within time limits, nothing ever sent twice."""

from typing import TYPE_CHECKING

from gpo.files.exchange import Answer, Ask, Limits, Taker

if TYPE_CHECKING:
    from gpo.files.line import Line
    from gpo.files.multi import Multi


SHARING = 64
"""Lines that share their connections. libcurl looks through these, one after the other, for one that is free: with
hundreds of them that is felt in every request.
"""


class Transfers:
    """Sends requests of one event loop, any number at once. Opened at the first request within the running loop."""

    __slots__ = ("_idle", "_limits", "_multis")

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._multis: list[Multi] = []
        self._idle: list[Line] = []

    async def send(self, ask: Ask, taker: Taker | None = None) -> Answer:
        """The answer, whatever its status. Raises TransferFailed, TooLarge, and what the taker raises.

        What is posted is sent once: libcurl would send it again where a kept connection turns out to be closed, and
        what the server did with the first one nobody knows.
        """
        posts = ask.body is not None and taker is None
        line = self._idle.pop() if posts and self._idle else self._new_line(taker)
        line.begin(ask)
        try:
            await line.multi.perform(line.curl)
        except line.error as error:
            raise line.failure(*error.args) from None
        except BaseException:
            line.multi.drop(line.curl)
            raise
        answer = line.answer()
        if posts:
            self._idle.append(line)
        return answer

    def _new_line(self, taker: Taker | None) -> "Line":
        from gpo.files.line import Line  # libcurl takes its time, and who asks nobody needs none
        from gpo.files.multi import multi

        shared = next((each for each in self._multis if each.under_way < SHARING), None)
        if shared is None:
            shared = multi()
            self._multis.append(shared)
        return Line(shared, self._limits, taker)

    async def aclose(self) -> None:
        """Closes the connections; what is under way is cancelled."""
        self._idle.clear()
        while self._multis:
            await self._multis.pop().aclose()
