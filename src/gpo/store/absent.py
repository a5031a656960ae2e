"""Knows which keys have surely no answer yet, so that SQLite need not be asked: most that are looked up are new.

A bit for each of eight million hashes, set where an answer has it (a Bloom filter of one hash function). The keys are
read a bite at a time, so that nobody waits where there are a million; until all are, nothing is sure.
"""

import sqlite3

from gpo.store import queries

BITS = 2**23
"""One megabyte. Of 100,000 answers it takes one new key in 84 for one of them, of a million one in nine."""
BITE = 500
"""Keys that are read at a time: less than a millisecond."""

_MASK = BITS - 1


class Absent:
    """Those of one store, over its connection.

    This process says itself what it keeps (`discard`). What others keep is read once it is in its place; and as this
    process may have put it there, all that comes to its place is read as soon as any other has written.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._bits = bytearray(BITS // 8)
        self._read_to, self._all_read = 0, False
        self._version, self._others = queries.version(db), False

    def __contains__(self, key: str) -> bool:
        """Whether the key has surely no answer in its place, as of the last time that was caught up."""
        place = hash(key) & _MASK
        return self._all_read and not self._bits[place >> 3] & 1 << (place & 7)

    def discard(self, key: str) -> None:
        """It has one now."""
        place = hash(key) & _MASK
        self._bits[place >> 3] |= 1 << (place & 7)

    def catch_up(self) -> None:
        """Reads what is in its place by now. Raises sqlite3.Error."""
        self._others = self._others or queries.version(self._db) != self._version
        if self._others or not self._all_read:
            self._read()

    def _read(self) -> None:
        keys = queries.keys_after(self._db, self._read_to, BITE)
        for self._read_to, key in keys:
            self.discard(key)
        self._all_read = len(keys) < BITE
