"""Knows how JSON is sent over HTTP, and is the one place where HTTP failures become our errors."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from gpo.core.errors import ModelUnavailable, UnreadableReply
from gpo.models.failures import Advice, failure

if TYPE_CHECKING:
    import aiohttp

LARGEST_REPLY = 32 * 2**20
"""Bytes; a larger reply is not read to its end."""

_HERE = ("localhost", "127.0.0.1", "::1")
Told = Callable[[Mapping[str, str]], None]
"""Whoever wants to know the headers of an answer, whatever its status."""

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
    _session: "aiohttp.ClientSession | None" = field(default=None, init=False, repr=False)
    _heard_at: float = field(default=-inf, init=False, repr=False)

    async def post(self, url: str, body: Mapping[str, Any], what: str, told: Told | None = None) -> dict[str, Any]:
        """The JSON object that the server answers. `what` names the model in errors; the headers are told `told`."""
        return await self._sent("POST", url, json.dumps(body).encode(), what, told)

    async def get(self, url: str, what: str) -> dict[str, Any]:
        """The JSON object that lies at that address."""
        return await self._sent("GET", url, None, what)

    async def _sent(
        self, method: str, url: str, body: bytes | None, what: str, told: Told | None = None
    ) -> dict[str, Any]:
        import aiohttp

        where = f"{what} at {url}"
        try:
            # A redirect would turn a post into a get, and might carry the key elsewhere.
            sending = self._open().request(method, url, data=body, allow_redirects=False, proxy=proxy_for(url))
            async with sending as response:
                self._heard_at = time.monotonic()
                data = self._without_key(await _read(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            hint = self.advice.starts or "Is the server running, and is base_url right?"
            said = f"No answer from {where}: {self._cleaned(str(error)).replace(' ssl:default', '')}. {hint}"
            raise ModelUnavailable(said, gone_s=time.monotonic() - self._heard_at) from error
        except aiohttp.ClientError as error:
            hint = self.advice.starts or "Is the server running, and is base_url right?"
            torn = ModelUnavailable(f"No answer from {where}: {self._cleaned(_begin(error))}. {hint}")
            torn.maybe_paid = True
            raise torn from None  # what aiohttp cannot read it quotes, and the key may be part of it
        except TimeoutError as error:
            late = f"No answer from {where} within {self.timeout_s:g} seconds (timeout_s)."
            gone = ModelUnavailable(late, gone_s=0.0 if isfinite(self._heard_at) else inf)
            gone.maybe_paid = True
            raise gone from error
        if told:
            told(response.headers)
        if not 200 <= response.status < 300:
            headers = {name: self._cleaned(value) for name, value in response.headers.items()}
            raise failure(response.status, data, headers, where, self.advice)
        return _object(data, where)

    def _without_key(self, data: bytes) -> bytes:
        """What came back, without the key: some servers repeat it where they refuse it."""
        for name, value in self.headers.items():
            key = value.removeprefix("Bearer ").encode()
            if ("key" in name.lower() or "auth" in name.lower()) and len(key) >= _SHORTEST_KEY:
                data = data.replace(key, _HIDDEN)
                if any(sign in data for sign in _SPELT):
                    data = _spelt(key).sub(_HIDDEN, data)
        return data

    def _cleaned(self, said: str) -> str:
        return self._without_key(said.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    async def aclose(self) -> None:
        """Closes the connections."""
        session, self._session = self._session, None
        if session:
            await session.close()

    def _open(self) -> "aiohttp.ClientSession":
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Content-Type": "application/json", **self.headers},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self.timeout_s, connect=min(10.0, self.timeout_s)),
                connector=aiohttp.TCPConnector(limit=0),
            )
        return self._session


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


async def _read(response: "aiohttp.ClientResponse") -> bytes:
    """The body, unless it is too large; what says its length and sends no more need not be read in parts."""
    packed = "Content-Encoding" in response.headers
    if response.content_length is not None and response.content_length <= LARGEST_REPLY and not packed:
        return await response.read()
    data = bytearray()
    async for part in response.content.iter_chunked(2**16):
        data += part
        if len(data) > LARGEST_REPLY:
            raise UnreadableReply(f"{response.url} sent more than {LARGEST_REPLY // 2**20} MB.")
    return bytes(data)


@lru_cache(maxsize=16)
def _spelt(key: bytes) -> re.Pattern[bytes]:
    r"""The key with any of its characters as it is, as \u0073, %73, or \/ for a slash, and so more than once."""
    each = (
        rb"(?:\\{0,4}%b|\\{1,4}[uU]00%b|%%(?:25){0,3}%b)" % (re.escape(bytes([code])), b"%02x" % code, b"%02x" % code)
        for code in key
    )
    return re.compile(rb"(?i:%b)" % b"".join(each))


def _begin(error: Exception) -> str:
    """What an error of aiohttp says, without the bytes that it quotes below."""
    said = str(getattr(error, "message", "") or error)
    return " ".join(said.split("\n\n")[0].split()).rstrip(":. ")


def _object(data: bytes, where: str) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except RecursionError as error:
        raise UnreadableReply(f"{where} answered JSON that is nested too deeply.") from error
    except ValueError as error:
        shown = data[:200].decode("utf-8", "replace")
        raise UnreadableReply(f"{where} answered something that is not JSON; it begins: {shown!r}") from error
    if not isinstance(parsed, dict):
        raise UnreadableReply(f"{where} answered JSON that is not an object: {str(parsed)[:200]!r}")
    return cast(dict[str, Any], parsed)
