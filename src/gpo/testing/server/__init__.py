"""A stand-in for model servers: deterministic, counting, misbehaving where it is told to. For tests.

In a test: `async with serving() as server: …  # server.url, server.seen`. As a process of its own, which outlives the
death of what talks to it: `python -m gpo.testing.server --port 8123 --log seen.jsonl --fault 500 --times 3`. It speaks
chat completions, responses, messages and generateContent; `server.url` is what `base_url` wants for any of them. With
`--bare` it only says "yes", ten times as fast: to measure clients against. Needs the extra `testing`.
"""

from importlib.util import find_spec

from gpo.core.errors import MissingExtra

if find_spec("aiohttp") is None:
    raise MissingExtra("The server of gpo.testing needs the extra `testing`: pip install 'gpo[testing]'.")

from gpo.testing.server.chat import chat_json, embeddings_json
from gpo.testing.server.faults import (
    FAULTS,
    Fault,
    Problem,
    Response,
    allowing,
    always,
    counting,
    refusing,
    sent,
    tailed,
)
from gpo.testing.server.stub import Seen, StubServer, read_log, repeated, serving, toy_models

__all__ = [
    "FAULTS",
    "Fault",
    "Problem",
    "Response",
    "Seen",
    "StubServer",
    "allowing",
    "always",
    "chat_json",
    "counting",
    "embeddings_json",
    "read_log",
    "refusing",
    "repeated",
    "sent",
    "serving",
    "tailed",
    "toy_models",
]
