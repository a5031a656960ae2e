"""Knows how bytes go over HTTP, by libcurl: over kept connections, within time limits, nothing ever sent twice."""

from typing import TYPE_CHECKING

from gpo.files.exchange import Answer, Ask, Limits, Taker

if TYPE_CHECKING:
    from gpo.files.line import Line
    from gpo.files.multi import Multi


class Transfers:
    """Sends requests of one event loop, any number at once. Opened at the first request within the running loop."""

    __slots__ = ("_idle", "_limits", "_line", "_multi")

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._multi: Multi | None = None
        self._idle: list[Line] = []

    async def send(self, ask: Ask, taker: Taker | None = None) -> Answer:
        """The answer, whatever its status. Raises TransferFailed, TooLarge, and what the taker raises.

        What is posted is sent once: libcurl would send it again where a kept connection turns out to be closed, and
        what the server did with the first one nobody knows.
        """
        multi = self._multi or self._open()
        posts = ask.body is not None and taker is None
        line = self._idle.pop() if posts and self._idle else self._line(self._limits, taker)
        line.begin(ask)
        try:
            await multi.perform(line.curl)
        except line.error as error:
            raise line.failure(*error.args) from None
        answer = line.answer()
        if posts:
            self._idle.append(line)
        return answer

    def _open(self) -> "Multi":
        from gpo.files.line import Line  # libcurl takes its time, and who asks nobody needs none
        from gpo.files.multi import multi

        self._line, self._multi = Line, multi()
        return self._multi

    async def aclose(self) -> None:
        """Closes the connections; what is under way is cancelled."""
        opened, self._multi = self._multi, None
        self._idle.clear()
        if opened:
            await opened.aclose()
