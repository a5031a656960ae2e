"""Knows what comes out of a store: rows as frozen values, and how events, replies and keys are written down."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol, get_args

from gpo.core.chat import Reply, Usage
from gpo.core.errors import StoreError
from gpo.core.events import Event
from gpo.files.as_json import to_json
from gpo.store.state import decode, encode

CANCELLED = "cancelled"
"""What stands as the failure of a request that nobody waited for any more."""

Status = Literal["running", "finished", "stopped", "failed", "interrupted"]
"""running: some process holds the run. interrupted: nobody holds it, and it has not ended."""

_NEVER_CUT: list[bool] = []
_TEXTS, _FLAGS, _COUNTS = {str}, {bool}, {int}
_DIGITS = 64
"""Of the hash that is a key, in hex."""
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run: what it was asked to do, where it stands, and what came out (JSON values; empty until it ended).

    created: local time with its offset, ISO 8601. steps_done: the last step that is saved.
    """

    id: str
    created: str
    task: str = field(kw_only=True)
    algorithm: str = field(kw_only=True)
    status: Status = field(kw_only=True)
    stopped_because: str = field(kw_only=True)
    config: dict[str, Any] = field(kw_only=True)
    result: dict[str, Any] = field(kw_only=True)
    steps_done: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class CallSummary:
    """The calls of one role to one model.

    calls: requests sent, answered or not, repeated ones each time. cached: answers that came from the cache and took
    nothing. failed: questions whose last request got no answer. repeated: requests without one that were sent again.
    cancelled: requests that nobody waited for any more, as after Ctrl-C. cached_tokens: those of the prompts that the
    endpoint still knew; reasoning_tokens: those of the completions that were thought and not said. usd is None where a
    price is unknown. latency_s: mean seconds to an answer that was not cached; None where there is none.
    """

    role: str
    model: str
    calls: int = field(kw_only=True)
    cached: int = field(kw_only=True)
    failed: int = field(kw_only=True)
    prompt_tokens: int = field(kw_only=True)
    completion_tokens: int = field(kw_only=True)
    usd: float | None = field(kw_only=True)
    latency_s: float | None = field(kw_only=True)
    repeated: int = field(default=0, kw_only=True)
    cancelled: int = field(default=0, kw_only=True)
    cached_tokens: int = field(default=0, kw_only=True)
    reasoning_tokens: int = field(default=0, kw_only=True)


class Call(Protocol):
    """What is written down of one request that was sent, or of one answer found in the cache.

    `CallRecord` in models/account.py is one.
    """

    @property
    def role(self) -> str:
        """Who asked: "task", "optimizer", "embedding" or "judge"."""
        ...

    @property
    def model(self) -> str:
        """The model's name as the user wrote it."""
        ...

    @property
    def key(self) -> str:
        """The key of its answer."""
        ...

    @property
    def cached(self) -> bool:
        """Whether the answer came from the cache."""
        ...

    @property
    def usage(self) -> Usage:
        """Its tokens."""
        ...

    @property
    def usd(self) -> float | None:
        """Its dollars, None where the price is unknown."""
        ...

    @property
    def latency_s(self) -> float:
        """Seconds it took."""
        ...

    @property
    def failure(self) -> str:
        """Why there is no answer; "" where there is one."""
        ...


def event_to_json(event: Event) -> dict[str, Any]:
    """An event as a JSON object; "event" names its kind."""
    return {"event": type(event).__name__, **encode(event)}


def event_from_json(data: Any) -> Event:
    """The event that `event_to_json` made the data from. Raises StoreError where the data are none."""
    values = dict(decode(dict, data))
    kind = _KINDS.get(str(values.pop("event", None)))
    if kind is None:
        raise StoreError(
            f"The store holds an event of an unknown kind: {repr(data)[:80]}. It was written by another version of "
            "GPO; use that one to read it."
        )
    return decode(kind, values)


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """A reply as a JSON object, without what says nothing."""
    usage = reply.usage
    data: dict[str, Any] = {
        "texts": list(reply.texts),
        "usage": {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
    }
    if usage.cached_tokens:
        data["usage"]["cached_tokens"] = usage.cached_tokens
    if usage.reasoning_tokens:
        data["usage"]["reasoning_tokens"] = usage.reasoning_tokens
    if reply.cut:
        data["cut"] = list(reply.cut)
    return data


def reply_from_json(data: Any) -> Reply:
    """The reply that `reply_to_json` made the data from. Raises StoreError where the data are none."""
    return _reply_as_written(data) or decode(Reply, data)


def _reply_as_written(data: Any) -> Reply | None:
    """The reply where the data are just as we write them: several times as fast as finding out what is wrong with them.

    None where anything is out of the way.
    """
    try:
        texts, usage, cut = data["texts"], data["usage"], data.get("cut", _NEVER_CUT)
        right = type(texts) is type(cut) is list and _TEXTS.issuperset(map(type, texts))
        if right and _FLAGS.issuperset(map(type, cut)) and _COUNTS.issuperset(map(type, usage.values())):
            return Reply(tuple(texts), Usage(**usage), tuple(cut))
    except (AttributeError, KeyError, TypeError):
        return None
    return None


def text_of(data: Any) -> str:
    """JSON values as text that SQLite can hold: non-ASCII as it is, unless UTF-8 cannot hold it (lone surrogates)."""
    return to_json(data).decode()


@lru_cache(maxsize=1024)
def stored_key(key: str) -> bytearray | str:
    """A key as it stands in the database: the bytes of a hash, which take half the room of its digits; else itself.

    A bytearray: of bytes sqlite3 asks each time, and slowly, whether they are to be adapted.
    """
    if len(key) != _DIGITS:
        return key
    try:
        stored = bytearray.fromhex(key)
    except ValueError:
        return key
    return stored if stored.hex() == key else key


def key_of(stored: bytes | str) -> str:
    """The key that `stored_key` made that of."""
    return stored if isinstance(stored, str) else stored.hex()
