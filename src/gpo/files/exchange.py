"""Knows what an exchange over HTTP is: what is asked, within which limits, what comes back, and how it fails."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: whole, for all of an answer; connect, until there is a connection; stalled, while nothing comes.

    largest: bytes of a body; what is longer is not taken. None: no limit.
    """

    whole: float | None = None
    connect: float = 10.0
    stalled: float | None = None
    largest: int | None = None


_BEGINNING = re.compile(r"^HTTP/\d(?:\.\d)?[ \t]+(\d{3})", re.IGNORECASE | re.MULTILINE)
"""How a head begins, also one of several."""
_STATED = re.compile(r"^([^:\n]*):(.*)", re.MULTILINE)
"""A header."""


class Head:
    """What comes before the body: the status, 0 where nothing came, and the headers, taken apart once asked for.

    heads: all that came before the body. What comes before another head (an interim answer's, a redirect's, a proxy's)
    is over. status: that of the last one, where it is known.
    """

    __slots__ = ("_heads", "status")

    def __init__(self, heads: bytes = b"", status: int | None = None) -> None:
        self._heads = heads
        self.status = int(self._last()[0]) if status is None else status

    def mentions(self, *words: bytes) -> bool:
        """Whether any of some words, in lower case, stands in any of the heads: quicker than to take them apart."""
        return any(map(self._heads.lower().__contains__, words))

    @property
    def headers(self) -> Mapping[str, str]:
        """Their values by name, in lower case."""
        return {name.strip().lower(): value.strip() for name, value in _STATED.findall(self._last()[1])}

    @property
    def length(self) -> int | None:
        """Bytes of the body, where they are told."""
        told = self.headers.get("content-length", "")
        return int(told) if told.isdecimal() else None

    def _last(self) -> tuple[str, str]:
        """The status of the last head, and its headers."""
        _, *heads = _BEGINNING.split(self._heads.decode("latin-1"))
        return (heads[-2], heads[-1].partition("\n")[2]) if heads else ("0", "")


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
