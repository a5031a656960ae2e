"""Knows what has arrived and is not in its place yet: the rows that it becomes, and the answers, which are found here.

An answer and its call are one row of one table (migrations/0004_arrivals.sql), and all rows of a turn of the event loop
one statement.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan
from typing import Any

from gpo.core.chat import Reply
from gpo.store.rows import reply_to_json, stored_key, text_of
from gpo.store.upkeep import Upkeep

ARRIVED = "INSERT INTO arrivals"
NULL = nan
"""SQLite stores it as NULL. Of None sqlite3 asks each time, and slowly, whether it is to be adapted."""
_NO_CALL = (NULL,) * 12


class Arrivals:
    """The answers of one store, each until `upkeep` has put it where it is found by its key."""

    def __init__(self, upkeep: Upkeep, earlier: Callable[[], Mapping[str, Reply]]) -> None:
        """earlier: says which answers others left on their way; asked once, where it is first asked for an answer."""
        self._upkeep, self._earlier = upkeep, earlier
        self._asked = False
        self._kept: dict[str, Reply] = {}
        self._on_the_way: dict[str, Reply] = {}
        self._since = upkeep.mark()
        self._rows: dict[str, list[Any]] = {}

    def answered(self, key: str, reply: Reply) -> list[Any]:
        """The row of an answer that is to be written in this turn; its call, if it follows, comes into the same."""
        self._kept[key] = reply
        self._rows[key] = row = [stored_key(key), text_of(reply_to_json(reply)), *_NO_CALL]
        return row

    def called(self, key: str, call: Iterable[Any]) -> list[Any] | None:
        """The row of a call that is to be written; None where it came into that of its answer."""
        row = self._rows.pop(key, None)
        if row is None:
            return [stored_key(key), NULL, *call]
        row[2:] = call
        return None

    def written(self) -> None:
        """All rows are in the file."""
        self._rows.clear()
        if self._upkeep.is_past(self._since):
            self._on_the_way, self._kept = self._kept, {}
            self._since = self._upkeep.mark()
        self._upkeep.ask()

    def get(self, keys: Sequence[str]) -> dict[str, Reply]:
        """The answers of those keys that are on their way. Raises what `earlier` raises."""
        if not self._asked:
            self._on_the_way = {**self._earlier(), **self._on_the_way}
            self._since, self._asked = self._upkeep.mark(), True
        both = (self._on_the_way, self._kept)
        return {key: held[key] for held in both for key in keys if key in held}
