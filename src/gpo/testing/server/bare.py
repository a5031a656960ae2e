"""Knows a server that says the same to whatever it is asked, after a while, at next to no cost: to measure clients.

It reads no more of a request than where it ends, and it is on time: an event loop wakes up to a millisecond late, which
beside answers of 50 ms would be read as the client's own slowness. So a thread that only sleeps sends the answers.
"""

import json
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from threading import Condition, Thread

from gpo.testing.server.chat import chat_json

_END, _LENGTH = b"\r\n\r\n", b"content-length:"
_CHUNK = 2**16
_SWITCH_S = 0.0001
"""How long a thread may keep the other from running."""


def spoken(text: str = "yes") -> bytes:
    """What is sent: an answer of the chat completions protocol that says so."""
    body = json.dumps(chat_json(text)).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass(slots=True)
class Bare:
    """A server on 127.0.0.1. Each request is answered `delay_s` seconds after its end has come."""

    delay_s: float
    port: int = 0
    _listening: socket.socket = field(init=False)
    _answer: bytes = field(default_factory=lambda: spoken(), init=False)
    _come: dict[socket.socket, bytearray] = field(default_factory=dict[socket.socket, bytearray], init=False)
    _due: deque[tuple[float, socket.socket]] = field(default_factory=deque[tuple[float, socket.socket]], init=False)
    _more: Condition = field(default_factory=Condition, init=False)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", self.port), backlog=1024)

    @property
    def url(self) -> str:
        """What `base_url` wants."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"

    def serve(self) -> None:
        """Serves until the process ends."""
        sys.setswitchinterval(_SWITCH_S)
        Thread(target=self._send, daemon=True).start()
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    self._see(key.fileobj, selector)  # type: ignore[arg-type]

    def _see(self, ready: socket.socket, selector: selectors.BaseSelector) -> None:
        if ready is self._listening:
            connection, _ = ready.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._come[connection] = bytearray()
            selector.register(connection, selectors.EVENT_READ)
        elif not self._read(ready):
            selector.unregister(ready)
            del self._come[ready]
            ready.close()

    def _read(self, connection: socket.socket) -> bool:
        """Sees to every request that is complete by now. False where nothing comes any more."""
        try:
            data = connection.recv(_CHUNK)
        except OSError:  # torn, not closed
            return False
        come = self._come[connection]
        come += data
        while length := _whole(come):
            del come[:length]
            if not self.delay_s:
                connection.sendall(self._answer)
                continue
            with self._more:
                self._due.append((time.perf_counter() + self.delay_s, connection))
                self._more.notify()
        return bool(data)

    def _send(self) -> None:
        while True:
            with self._more:
                while not self._due:
                    self._more.wait()
                moment, connection = self._due.popleft()
            if (left_s := moment - time.perf_counter()) > 0:
                time.sleep(left_s)
            try:
                connection.sendall(self._answer)
            except OSError:
                continue  # nobody is there any more


def _whole(come: bytearray) -> int:
    """How many bytes the first request has, with its body; 0 while some are missing."""
    head = come.find(_END)
    if head < 0:
        return 0
    said = bytes(come[:head]).lower()
    at = said.find(_LENGTH)
    body = int(said[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    length = head + len(_END) + body
    return length if len(come) >= length else 0
