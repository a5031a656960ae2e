"""Knows how a file is fetched over HTTP: tried again, gone on with where it broke off, checked, put in its place."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gpo.core.errors import FetchError
from gpo.files.exchange import Ask, Head, Take, TransferFailed
from gpo.files.transfer import Transfers
from gpo.files.whole import check, part_of, settle, writing

TRIES = 3
_WITH_THE_FILE, _THE_REST = (200, 206), 206

Told = Callable[[int, int | None], None]
"""What hears of progress: (bytes that are there, bytes wanted or None where nobody says)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is to come here. sha256: what it must have, if that is known. largest: bytes, more is not taken.

    resumes: whether what broke off stays beside its place, so that a later call goes on from there.
    """

    url: str
    path: Path
    sha256: str | None = field(default=None, kw_only=True)
    largest: int | None = field(default=None, kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True, repr=False)
    resumes: bool = field(default=True, kw_only=True)

    @property
    def can_go_on(self) -> bool:
        """Whether an older part is made use of: only the checksum tells whether both are of one file."""
        return self.resumes and self.sha256 is not None

    @property
    def name(self) -> str:
        """What to call it."""
        return self.path.name


class _TryAgain(Exception):
    """What may be different the next time; the message says why."""


def silent(there: int, wanted: int | None) -> None:
    """Hears of progress and says nothing."""


async def fetch(transfers: Transfers, wanted: Wanted, told: Told = silent, *, pause_s: float = 1.0) -> None:
    """Fetches the file to its place. pause_s: before a second try, doubled before a third.

    Raises FetchError where it cannot be had, is not what was published, or cannot be written; there is never half a
    file in its place.
    """
    part, problem = part_of(wanted.path), ""
    with writing(wanted.path):
        try:
            for number in range(TRIES):
                if number:
                    await asyncio.sleep(pause_s * 2 ** (number - 1))
                try:
                    await _placed(wanted, await _took(transfers, wanted, told))
                except _TryAgain as again:
                    problem = str(again)
                else:
                    return
            raise _cannot(wanted, problem)
        except BaseException:
            if not wanted.resumes:
                part.unlink(missing_ok=True)
            raise


async def _placed(wanted: Wanted, went_on: bool) -> None:
    """Moves the complete part to its place if it is what was published; an older part may be of another file."""
    if wanted.sha256 is not None:
        try:
            await asyncio.to_thread(check, part_of(wanted.path), wanted.sha256, wanted.name)
        except FetchError as error:
            raise (_TryAgain("what broke off earlier was of another file") if went_on else error) from error
    await asyncio.to_thread(settle, wanted.path)


async def _took(transfers: Transfers, wanted: Wanted, told: Told) -> bool:
    """One try: what is lacking comes. Whether an older part was gone on with. Raises _TryAgain, FetchError."""
    part = part_of(wanted.path)
    begun = part.stat().st_size if wanted.can_go_on and part.exists() else 0
    headers = {**wanted.headers, "Accept-Encoding": "identity", **({"Range": f"bytes={begun}-"} if begun else {})}
    incoming = _Incoming(wanted, begun, told)
    try:
        head = (await transfers.send(Ask(wanted.url, headers, follows=True), incoming.begin)).head
        if head.status == 416:  # the part is as long as the file, or longer: the checksum tells
            _begin_anew(part, head)
            return True
        if head.status not in _WITH_THE_FILE:
            raise _refused(wanted, head.status)
        incoming.begin(head)  # of an empty file no piece comes
        return head.status == _THE_REST and begun > 0
    except TransferFailed as error:
        raise _TryAgain("no answer in time" if error.late else str(error)) from error
    finally:
        incoming.close()


class _Incoming:
    """A file that is coming: its pieces go into its part."""

    def __init__(self, wanted: Wanted, begun: int, told: Told) -> None:
        self._wanted, self._there, self._told = wanted, begun, told
        self._total: int | None = None
        self._file: BinaryIO | None = None

    def begin(self, head: Head) -> Take:
        """Who takes the pieces of an answer; those of a refusal are let go by. Raises OSError."""
        if head.status not in _WITH_THE_FILE:
            return _let_go
        if self._file is None:
            self._there = self._there if head.status == _THE_REST else 0
            self._total = None if head.length is None else self._there + head.length
            self._file = part_of(self._wanted.path).open("ab" if self._there else "wb")
        return self._take

    def _take(self, piece: bytes) -> None:
        largest = self._wanted.largest
        self._there += len(piece)
        if largest is not None and self._there > largest:
            raise FetchError(f"{self._wanted.url} sent more than {largest // 2**20} MB, which is no such file.")
        if self._file:
            self._file.write(piece)
        self._told(self._there, self._total)

    def close(self) -> None:
        """What came so far is in the part. Raises OSError."""
        if self._file:
            self._file.close()


def _let_go(_: bytes) -> None:
    pass


def _begin_anew(part: Path, head: Head) -> None:
    """A part that the server has nothing to add to is complete, or of another file; then it goes."""
    whole = head.headers.get("content-range", "").rpartition("/")[2]
    if whole != str(part.stat().st_size):
        part.unlink()
        raise _TryAgain("what was there was of another file")


def _refused(wanted: Wanted, status: int) -> Exception:
    if status >= 500 or status in (408, 429):
        return _TryAgain(f"HTTP {status}")
    return _cannot(wanted, f"HTTP {status}")


def _cannot(wanted: Wanted, problem: str) -> FetchError:
    return FetchError(f"{wanted.url} cannot be fetched: {problem}.")
