"""Knows how one handle of libcurl sends one request after the other, and what it makes of the answers."""

import re
import ssl
from math import inf

import pycurl
from pycurl import Curl

from gpo.core.errors import GPOError
from gpo.files.exchange import Answer, Ask, Head, Limits, Take, Taker, TooLarge, TransferFailed
from gpo.files.multi import Multi
from gpo.files.proxies import proxy_for

_BUFFER = 2**14
"""Bytes of a request that are held at a time: with hundreds in flight libcurl's own 64 KB would be felt."""
_TIMED_OUT, _NOT_AGAIN, _NO_TLS, _UNTRUSTED, _NO_HTTP = 28, 42, 35, (60, 77), (1, 8)
"""libcurl's numbers: out of time; stopped before the same request was sent again; no TLS; a certificate; no HTTP."""
_AFTER = re.compile(r" after \d+ (?:ms|milliseconds)\b(?::? Could not connect to server)?")


class Line:
    """A handle of libcurl, used again and again, and what has come of the answer under way. Callbacks may not raise.

    multi: performs its transfers. taker: serves the first request. One that fails ends the line, so that no problem is
    left over from an earlier one.
    """

    __slots__ = (
        "_ask",
        "_largest",
        "_lines",
        "_of_head",
        "_pieces",
        "_problem",
        "_proxy",
        "_size",
        "_take",
        "_taker",
        "_tries",
        "curl",
        "multi",
    )
    error = pycurl.error
    """What libcurl raises; `failure` makes of it what it means."""

    def __init__(self, multi: Multi, limits: Limits, taker: Taker | None) -> None:
        self.multi = multi
        self.curl, self._ask, self._proxy = _handle(limits), Ask(""), ""
        self._largest = inf if limits.largest is None else limits.largest
        self._lines: list[bytes] = []
        self._pieces: list[bytes] = []
        self._taker = taker
        self._take: Take = self._pieces.append
        self._problem: Exception | None = None
        self.curl.setopt(pycurl.PREREQFUNCTION, self._goes)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._took)

    def begin(self, ask: Ask) -> None:
        """Makes ready for that request; one like the last differs from it in what is posted, no more."""
        before, self._ask = self._ask, ask
        self._lines.clear()
        self._pieces.clear()
        self._size = self._tries = 0
        self._of_head: int | None = None
        url, headers, body, head_only, follows = ask
        if url != before.url:
            self.curl.setopt(pycurl.URL, url.encode())
            self._proxy = proxy_for(url) or ""
            self.curl.setopt(pycurl.PROXY, self._proxy)
        if headers is not before.headers:
            stated = (f"{name}: {value}".encode() for name, value in headers.items())
            self.curl.setopt(pycurl.HTTPHEADER, [b"Expect:", *stated])
        if body is not None:
            self.curl.setopt(pycurl.POSTFIELDS, body)
        if head_only:
            self.curl.setopt(pycurl.NOBODY, 1)
        if follows:
            self.curl.setopt(pycurl.FOLLOWLOCATION, 1)

    def answer(self) -> Answer:
        """The answer, once it is whole."""
        return Answer(Head(self._heads(), self.curl.getinfo(pycurl.RESPONSE_CODE)), b"".join(self._pieces))

    def _heads(self) -> bytes:
        """What came before the body; what follows it is no part of a head."""
        return b"".join(self._lines[: self._of_head])

    def failure(self, number: int, said: str) -> Exception:
        """What to raise instead of libcurl's error."""
        if self._problem is not None:
            return self._problem
        said = "The server closed the connection and answered nothing" if number == _NOT_AGAIN else said
        said, sent = _AFTER.sub("", said), self._tries > 0
        if self._proxy and not sent:  # what it is called may hold a password, and libcurl quotes it
            said = "the proxy on the way does not let it through" + (f" ({said})" if "@" not in self._proxy else "")
        remedy, proxy_said = self._remedy(number, sent), self.curl.getinfo(pycurl.HTTP_CONNECTCODE)
        late, heard = number == _TIMED_OUT, Head(self._heads()).status > 0
        failed = TransferFailed(said, sent=sent, heard=heard, late=late, remedy=remedy, proxy_said=proxy_said)
        failed.foreign = number in _NO_HTTP
        return failed

    def _remedy(self, number: int, sent: bool) -> str:
        if self._proxy and not sent:
            return "HTTPS_PROXY and HTTP_PROXY name it, NO_PROXY lists the hosts that are reached without it."
        if number in _UNTRUSTED:
            return "SSL_CERT_FILE names a file with other certificates to trust."
        if number == _NO_TLS:
            return "Does the server speak plain HTTP? Then its address begins with http://."
        if number in _NO_HTTP:
            return "Is the port right? What answers there is no web server."
        return ""

    def _goes(self, *_: object) -> bool:
        """Called before the request is sent, and again before it is sent again: whether it must not be, as a post."""
        self._tries += 1
        return self._tries > 1 and self._ask.body is not None

    def _took(self, piece: bytes) -> int | None:
        """Takes a piece of the body, which None says; -1 ends the transfer."""
        try:
            if self._of_head is None:
                self._of_head = len(self._lines)
                if self._taker:
                    self._take = self._taker(Head(self._heads())) or self._take
            self._size += len(piece)
            if self._size > self._largest:
                raise TooLarge
            self._take(piece)
        except (GPOError, OSError, TooLarge) as error:
            self._problem = error
            return -1
        return None


def _handle(limits: Limits) -> Curl:
    """A new handle, with what is the same for all requests."""
    curl = pycurl.Curl()
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    curl.setopt(pycurl.ACCEPT_ENCODING, "")
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.NOPROXY, "")
    curl.setopt(pycurl.UPLOAD_BUFFERSIZE, _BUFFER)
    curl.setopt(pycurl.CONNECTTIMEOUT_MS, _ms(min(limits.connect, limits.whole or limits.connect)))
    curl.setopt(pycurl.TIMEOUT_MS, _ms(limits.whole or 0))
    if limits.stalled:
        curl.setopt(pycurl.LOW_SPEED_LIMIT, 1)
        curl.setopt(pycurl.LOW_SPEED_TIME, round(limits.stalled))
    trusted = ssl.get_default_verify_paths()
    if trusted.cafile:
        curl.setopt(pycurl.CAINFO, trusted.cafile)
    if trusted.capath:
        curl.setopt(pycurl.CAPATH, trusted.capath)
    if not (trusted.cafile or trusted.capath):
        curl.setopt(pycurl.SSL_OPTIONS, pycurl.SSLOPT_NATIVE_CA)
    return curl


def _ms(seconds: float) -> int:
    return max(1, round(1000 * seconds)) if seconds else 0
