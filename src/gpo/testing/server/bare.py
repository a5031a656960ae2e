"""Knows a server that says the same to whatever it is asked, after a while, at next to no cost: to measure clients.

It reads no more of a request than where it ends. Where the stub of this package takes as long as a client does, two of
them on one machine are measured together; beside this one it is the client alone that counts.
"""

import asyncio
import json
from typing import cast

from gpo.testing.server.chat import chat_json

_END, _LENGTH = b"\r\n\r\n", b"content-length:"


def spoken(text: str = "yes") -> bytes:
    """What is sent: an answer of the chat completions protocol that says so."""
    body = json.dumps(chat_json(text)).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Bare(asyncio.Protocol):
    """One connection: each request is answered `delay_s` seconds after its end has come."""

    def __init__(self, answer: bytes, delay_s: float) -> None:
        self._answer, self._delay_s = answer, delay_s
        self._come = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remembers where answers go."""
        self._write = cast(asyncio.WriteTransport, transport).write
        self._later = asyncio.get_running_loop().call_later

    def data_received(self, data: bytes) -> None:
        """Sees to every request that is complete by now."""
        self._come += data
        while length := _whole(self._come):
            del self._come[:length]
            self._later(self._delay_s, self._write, self._answer)


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


async def serve_bare(delay_s: float, port: int = 0) -> tuple[asyncio.Server, str]:
    """A server on 127.0.0.1, and the URL that `base_url` wants. port 0: any that is free."""
    answer = spoken()
    server = await asyncio.get_running_loop().create_server(
        lambda: Bare(answer, delay_s), "127.0.0.1", port, backlog=1024
    )
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
