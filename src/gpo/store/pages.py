"""Knows how SQLite lays rows out in the pages of a file, so that they can be read where SQLite itself refuses to.

Every page of the file and of its write-ahead log is looked at by itself: whatever else is damaged, the rows of a whole
page are there. Format: https://sqlite.org/fileformat2.html. Knows nothing of what the rows mean.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

Row = tuple[object, ...]
"""The columns of a row: None, int, float (as its 8 bytes), bytes or str."""

_TABLE_LEAF, _INDEX_LEAF, _INDEX_INNER = 13, 10, 2
_USUAL, _LOG_HEADER, _FRAME_HEADER = 4096, 32, 24
_INTEGERS = (0, 1, 2, 3, 4, 6, 8, 8)
"""Bytes of the numbers by the kind that a row's header says, 0 to 7; the last are no integer but a float."""


def rows(path: Path) -> Iterator[Row]:
    """Every row in every page that can still be read, those of the write-ahead log last. Raises OSError."""
    log, length = path.with_name(f"{path.name}-wal"), path.stat().st_size
    with path.open("rb") as file:
        size = _page_size(file.read(18))
        yield from _Pages(file, size, longest=length).rows(range(0, length, size))
        if log.is_file():
            logged = log.stat().st_size
            frames = range(_LOG_HEADER + _FRAME_HEADER, logged, size + _FRAME_HEADER)
            with log.open("rb") as newer:
                heads = {at: _head(newer, at) for at in frames}
                numbers = {number: at for at, (number, _) in heads.items()}
                pages = _Pages(file, size, longest=length + logged, log=newer, newer=numbers)
                yield from pages.rows(pages.as_they_came({at: ends for at, (_, ends) in heads.items()}))


def _page_size(head: bytes) -> int:
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else _USUAL


def _head(log: BinaryIO, at: int) -> tuple[int, bool]:
    """The number of the page in the frame of the log whose content begins there, and whether it ends a transaction."""
    log.seek(at - _FRAME_HEADER)
    head = log.read(8)
    return int.from_bytes(head[:4], "big"), any(head[4:])


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of a file, `size` bytes each; where there is a log, those in it.

    longest: bytes that a row can have at most. newer: where in the log pages begin, the last of each number.
    """

    file: BinaryIO
    size: int
    longest: int = field(kw_only=True)
    log: BinaryIO | None = field(default=None, kw_only=True)
    newer: dict[int, int] = field(default_factory=dict[int, int], kw_only=True)

    def as_they_came(self, frames: Mapping[int, bool]) -> Iterator[int]:
        """Frames of the log transaction by transaction, those of one by their rows: they lie there by their numbers.

        frames: where each begins, in order -> whether it ends a transaction.
        """
        together: list[int] = []
        for frame, ends in frames.items():
            together.append(frame)
            if ends:
                yield from sorted(together, key=self._first_row)
                together.clear()
        yield from together

    def _first_row(self, place: int) -> int:
        """The number of the first row of the page that begins there in the log; 0 where rows have none."""
        page = self._read(self.log, place)
        try:
            return _varint(page, _varint(page, next(_cells(page, 0)))[1])[0] if page[0] == _TABLE_LEAF else 0
        except (IndexError, StopIteration):
            return 0

    def rows(self, places: Iterable[int]) -> Iterator[Row]:
        """The rows of the pages that begin at those places, of the log where there is one."""
        for place in places:
            page = self._read(self.log or self.file, place)
            start = 100 if place == 0 and self.log is None else 0  # the file's header stands before its first page
            for cell in _cells(page, start):
                try:
                    yield self._row(page, page[start], cell)
                except (IndexError, UnicodeDecodeError, OSError):
                    continue  # a damaged row; the next one may be whole

    def _row(self, page: bytes, kind: int, at: int) -> Row:
        length, at = _varint(page, at + 4 if kind == _INDEX_INNER else at)
        if kind == _TABLE_LEAF:
            _, at = _varint(page, at)
        if length > self.longest:
            raise IndexError
        here = self._here(length, kind)
        payload = page[at : at + here]
        if here < length:
            payload += self._elsewhere(int.from_bytes(page[at + here : at + here + 4], "big"), length - here)
        return _columns(payload)

    def _here(self, length: int, kind: int) -> int:
        """How many bytes of a row of that length stand in its own page."""
        most = self.size - 35 if kind == _TABLE_LEAF else (self.size - 12) * 64 // 255 - 23
        if length <= most:
            return length
        least = (self.size - 12) * 32 // 255 - 23
        fitting = least + (length - least) % (self.size - 4)
        return fitting if fitting <= most else least

    def _elsewhere(self, number: int, length: int) -> bytes:
        """The rest of a long row, page after page."""
        parts: list[bytes] = []
        while number and length > 0:
            newer = self.newer.get(number)
            page = self._read(self.file, (number - 1) * self.size) if newer is None else self._read(self.log, newer)
            parts.append(page[4 : 4 + length])
            number, length = int.from_bytes(page[:4], "big"), length - (self.size - 4)
            if not page:
                break
        return b"".join(parts)

    def _read(self, file: BinaryIO | None, place: int) -> bytes:
        if file is None:
            return b""
        file.seek(place)
        return file.read(self.size)


def _cells(page: bytes, start: int) -> Iterator[int]:
    """Where the rows of a page begin; none where it holds no rows."""
    if len(page) <= start or page[start] not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INNER):
        return
    first = start + (12 if page[start] == _INDEX_INNER else 8)
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    for at in range(first, min(first + 2 * count, len(page) - 1), 2):
        yield int.from_bytes(page[at : at + 2], "big")


def _columns(payload: bytes) -> Row:
    """The columns of a row. Raises IndexError where it is too short for what its header says."""
    end, at = _varint(payload, 0)
    columns: list[object] = []
    place = end
    while at < end:
        kind, at = _varint(payload, at)
        size = (kind - 12) // 2 if kind >= 12 else _INTEGERS[kind] if kind < 8 else 0
        value = payload[place : place + size]
        if len(value) < size:
            raise IndexError
        columns.append(_value(kind, value))
        place += size
    return tuple(columns)


def _value(kind: int, value: bytes) -> object:
    if kind >= 12:
        return value.decode() if kind % 2 else value
    if kind == 7:
        return value
    return kind - 8 if kind >= 8 else int.from_bytes(value, "big", signed=True) if kind else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where it ends. Raises IndexError where the data end before it does."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9
