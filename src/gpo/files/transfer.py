"""Knows how bytes go over HTTP, by libcurl: over kept connections, within time limits, nothing ever sent twice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from gpo.files.line import Line
    from gpo.files.multi import Multi

_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: whole, for all of an answer; connect, until there is a connection; stalled, while nothing comes.

    largest: bytes of a body; what is longer is not taken. None: no limit.
    """

    whole: float | None = None
    connect: float = 10.0
    stalled: float | None = None
    largest: int | None = None


class Head(NamedTuple):
    """What comes before the body: the status, and the headers with their names in lower case."""

    status: int
    headers: Mapping[str, str]

    @property
    def length(self) -> int | None:
        """Bytes of the body, where they are told."""
        told = self.headers.get("content-length", "")
        return int(told) if told.isdecimal() else None


Take = Callable[[bytes], object]
Taker = Callable[[Head], Take | None]
"""What is asked, once the head is there, who takes the pieces of the body; None: they are kept for the answer.

Both may raise a GPOError or an OSError, which ends the transfer."""


class Ask(NamedTuple):
    """A request. body: what is posted. follows: whether redirects are followed, without what proves who asks."""

    url: str
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes | None = None
    head_only: bool = False
    follows: bool = False

    def __repr__(self) -> str:
        return f"Ask({self.url!r})"  # headers and bodies hold what nobody should read in a log


class Answer(NamedTuple):
    """A whole answer, whatever its status."""

    head: Head
    body: bytes


class TransferFailed(Exception):
    """No whole answer came. sent: whether the server may have read the request. heard: whether an answer began.

    late: whether time ran out. remedy: what to look at, where that is known. proxy_said: the status with which a proxy
    on the way answered, 0 where none did. foreign: whether what came is no HTTP.
    """

    foreign = False

    def __init__(
        self, said: str, *, sent: bool, heard: bool, late: bool, remedy: str = "", proxy_said: int = 0
    ) -> None:
        super().__init__(said)
        self.sent, self.heard, self.late, self.remedy, self.proxy_said = sent, heard, late, remedy, proxy_said


class TooLarge(Exception):
    """More came than Limits.largest."""


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
        line = self._idle.pop() if self._idle and ask.body is not None else self._line(self._limits)
        line.begin(ask, taker)
        try:
            await multi.perform(line.curl)
        except line.error as error:
            raise line.failure(*error.args) from None
        answer = Answer(line.head(), b"".join(line.pieces))
        if ask.body is not None:
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


def is_here(url: str) -> bool:
    """Whether an address is of this machine."""
    return urlsplit(url).hostname in _HERE


@lru_cache(maxsize=64)
def proxy_for(url: str) -> str | None:
    """The proxy that HTTPS_PROXY and its like name for an address, unless NO_PROXY or this machine is meant."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    return None if host in _HERE or proxy_bypass(host) else getproxies().get(parts.scheme)
