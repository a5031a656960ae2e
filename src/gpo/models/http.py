"""Knows how JSON is sent over HTTP, and is the one place where HTTP failures become our errors."""

import re
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf, isfinite
from typing import Any

from gpo.core.errors import ModelUnavailable, UnreadableReply
from gpo.files.as_json import Json, from_json, to_json
from gpo.files.exchange import Ask, Head, Limits, TooLarge, TransferFailed
from gpo.files.transfer import Transfers
from gpo.models.failures import Advice, failure, proxy_refused

LARGEST_REPLY = 32 * 2**20
"""Bytes; a larger reply is not read to its end."""

Told = Callable[[Head], None]
"""Whoever wants to know the head of an answer, whatever its status."""

_SHORTEST_KEY = 8
"""Characters; a shorter one is no secret, and may be part of any word."""
_HIDDEN = b"(the key)"
_SPELT = (b"\\u00", b"\\U00", b"\\/", b"%")
"""What a text holds where characters of the key may be written in other ways, as JSON and addresses have them."""


@dataclass(slots=True)
class Http:
    """A session to one server, opened at the first request within the running loop. The headers are never shown."""

    timeout_s: float = 120.0
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    advice: Advice = field(default=Advice(), kw_only=True)
    _transfers: Transfers | None = field(default=None, init=False, repr=False)
    _heard_at: float = field(default=-inf, init=False, repr=False)
    _keys: tuple[bytes, ...] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        said = {name: value.removeprefix("Bearer ").encode() for name, value in self.headers.items()}
        secret = (key for name, key in said.items() if "key" in name.lower() or "auth" in name.lower())
        self._keys = tuple(key for key in secret if len(key) >= _SHORTEST_KEY)
        self.headers = {"Content-Type": "application/json", **self.headers}

    def post(
        self, url: str, body: Mapping[str, Any], what: str, told: Told | None = None
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """The JSON object that the server answers. `what` names the model in errors; `told` is told the head."""
        return self._sent(Ask(url, self.headers, to_json(body)), what, told)

    def get(self, url: str, what: str) -> Coroutine[Any, Any, Any]:
        """The JSON that lies at that address."""
        return self._sent(Ask(url, self.headers), what)

    async def _sent(self, ask: Ask, what: str, told: Told | None = None) -> Any:
        """The JSON that is answered: an object, where something was posted."""
        where = f"{what} at {ask.url}"
        try:
            # A redirect is not followed: it would turn a post into a get, and might carry the key elsewhere.
            head, data = await (self._transfers or self._open()).send(ask)
        except TransferFailed as error:
            refused = proxy_refused(error.proxy_said, where, error.remedy)
            raise (refused or self._unavailable(error, where)) from None
        except TooLarge:
            raise UnreadableReply(f"{ask.url} sent more than {LARGEST_REPLY // 2**20} MB.") from None
        self._heard_at = time.monotonic()
        data = self._without_key(data)
        if told:
            told(head)
        if not 200 <= head.status < 300:
            shown = {name: self._cleaned(value) for name, value in head.headers.items()}
            raise failure(head.status, data, shown, where, self.advice)
        try:
            parsed: Json = from_json(data)
        except (RecursionError, ValueError) as error:
            raise _unreadable(data, where, self.advice, too_deep=isinstance(error, RecursionError)) from error
        if ask.body is None or isinstance(parsed, dict):
            return parsed
        raise UnreadableReply(f"{where} answered JSON that is not an object: {str(parsed)[:200]!r}")

    def _unavailable(self, error: TransferFailed, where: str) -> ModelUnavailable:
        """What it means that no answer came: a server that was never reached is gone, and has been paid nothing."""
        if error.heard:
            self._heard_at = time.monotonic()
        since = time.monotonic() - self._heard_at
        if error.late and error.sent:
            seconds = "second" if self.timeout_s == 1 else "seconds"
            said = f"No answer from {where} within {self.timeout_s:g} {seconds} (timeout_s)."
            gone = ModelUnavailable(said, gone_s=0.0 if isfinite(since) else inf)
        else:
            hint = error.remedy or self.advice.starts or f"Is the server running, and is {self.advice.address} right?"
            said = f"No answer from {where}: {self._cleaned(str(error)).rstrip('. ')}. {hint}"
            gone = ModelUnavailable(said) if error.sent and not error.foreign else ModelUnavailable(said, gone_s=since)
        gone.maybe_paid = error.sent
        return gone

    def _without_key(self, data: bytes) -> bytes:
        """What came back, without the key: some servers repeat it where they refuse it, in whatever encoding."""
        if 0 in data:
            data = data.replace(b"\0", b"")
        for key in self._keys:
            data = data.replace(key, _HIDDEN)
            if any(map(data.__contains__, _SPELT)):
                data = _spelt(key).sub(_HIDDEN, data)
        return data

    def _cleaned(self, said: str) -> str:
        return self._without_key(said.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    async def aclose(self) -> None:
        """Closes the connections."""
        transfers, self._transfers = self._transfers, None
        if transfers:
            await transfers.aclose()

    def _open(self) -> Transfers:
        self._transfers = Transfers(Limits(self.timeout_s, largest=LARGEST_REPLY))
        return self._transfers


@lru_cache(maxsize=16)
def _spelt(key: bytes) -> re.Pattern[bytes]:
    r"""The key with any of its characters as it is, as \u0073, %73, or \/ for a slash, and so more than once."""
    each = (
        rb"(?:\\{0,4}%b|\\{1,4}[uU]00%b|%%(?:25){0,3}%b)" % (re.escape(bytes([code])), b"%02x" % code, b"%02x" % code)
        for code in key
    )
    return re.compile(rb"(?i:%b)" % b"".join(each))


def _unreadable(data: bytes, where: str, advice: Advice, *, too_deep: bool) -> UnreadableReply:
    if too_deep:
        return UnreadableReply(f"{where} answered JSON that is nested too deeply.")
    shown = data[:200].decode("utf-8", "replace")
    said = f"{where} answered something that is not JSON; it begins: {shown!r}"
    hint = f". A web page: check {advice.of_address}." if shown.lstrip().startswith("<") else ""
    return UnreadableReply(f"{said}{hint}")
