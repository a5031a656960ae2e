"""Knows GGUF models in this process, through llama.cpp (xllamacpp). Nothing here can be reached over a network.

xllamacpp and not llama-cpp-python: it ships prebuilt wheels, batches the requests of many threads continuously, reads
chat templates from the file and embeds; llama-cpp-python answers one request at a time and compiles at installation.
"""

import asyncio
import hashlib
import os
import secrets
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError, MissingExtra, ModelRefused, UnreadableReply
from gpo.models.dialect import ended
from gpo.models.embed import vectors_in
from gpo.models.openai import read, write

T = TypeVar("T")

POCKET = Path(__file__).parent / "pocket" / "pocket.gguf"
SMALL = 64 * 2**20
"""Bytes of a file up to which one thread computes."""
_PIECES, _PIECE = 64, 2**16
_LONGEST_SOCKET_PATH = 90
_LONGEST_START_S = 30.0
_ONE = frozenset({"n"})
"""It gives one answer at a time."""
_NOT_TAKEN = (RuntimeError, TypeError, ValueError)
"""What xllamacpp raises for a request that it does not take; TypeError where it has orjson write it."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A loaded file and the threads that wait in llama.cpp, so that the event loop stays free.

    One engine serves all models of a file. Opened by `load`; what is cancelled stops at its next token.
    """

    path: Path
    server: Any
    threads: ThreadPoolExecutor

    async def chat(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a chat completions request, as the protocol's JSON. Raises ModelRefused, UnreadableReply."""
        return await self._beside(lambda stopped: self._chat(body, stopped))

    async def embed(self, texts: list[str]) -> dict[str, Any]:
        """The embeddings of texts, as the protocol's JSON. Raises ModelRefused, UnreadableReply."""
        return await self._beside(lambda _: self._embed(texts))

    async def aclose(self) -> None:
        """Returns once nothing of it works any more."""
        await asyncio.to_thread(self.threads.shutdown, cancel_futures=True)

    async def _beside(self, work: Callable[[threading.Event], T]) -> T:
        """The result of work in a thread, which is told when nobody waits for it any more."""
        stopped = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, work, stopped)
        finally:
            stopped.set()

    def _chat(self, body: dict[str, Any], stopped: threading.Event) -> dict[str, Any]:
        # Streamed, because only a stream can be stopped: llama.cpp would write on to the last token.
        chunks: list[Any] = []

        def take(chunk: Any) -> bool:
            chunks.append(chunk)
            return stopped.is_set()

        streaming = {**body, "stream": True, "stream_options": {"include_usage": True}}
        try:
            self.server.handle_chat_completions(streaming, take)
        except _NOT_TAKEN as error:
            raise ModelRefused(f"{self.path.name} cannot take the request: {error}", fatal=False) from error
        return _whole([self._checked(chunk) for chunk in chunks])

    def _embed(self, texts: list[str]) -> dict[str, Any]:
        try:
            return self._checked(self.server.handle_embeddings({"input": texts}))
        except _NOT_TAKEN as error:
            raise ModelRefused(f"{self.path.name} cannot embed this: {error}", fatal=False) from error

    def _checked(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise UnreadableReply(f"{self.path.name} answered something that is no object: {str(answer)[:200]!r}")
        data = cast(dict[str, Any], answer)
        error: Any = data.get("error") or (data if data.get("code", 200) != 200 else None)
        if error is None:
            return data
        said = cast(dict[str, Any], error) if isinstance(error, dict) else {"message": str(error)}
        if said.get("type") == "exceed_context_size_error":
            raise ModelRefused(
                f"The request takes {said.get('n_prompt_tokens')} tokens; {self.path.name} reads {said.get('n_ctx')} "
                "at most, its answer included. Shorten the prompt or the input, or use a model with a longer context.",
                fatal=False,
            )
        raise ModelRefused(f"{self.path.name} refused the request: {str(said.get('message', said))[:300]}", fatal=False)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A chat model in a GGUF file."""

    name: str
    engine: Engine

    @property
    def address(self) -> str:
        """The content of the file: another file under the same name is another model."""
        return fingerprint(self.engine.path)

    async def complete(self, request: Request) -> Reply:
        """One answer; where n is asked for, `Fanned` asks for the rest."""
        answer = await self.engine.chat(write(self.name, request, _ONE))
        return ended(read(answer, request, self.name), request.sampling.stop)


@dataclass(frozen=True, slots=True)
class LocalEmbeddings:
    """An embedding model in a GGUF file."""

    name: str
    engine: Engine

    @property
    def address(self) -> str:
        """The content of the file, used to embed."""
        return f"embeddings {fingerprint(self.engine.path)}"

    async def complete(self, request: Request) -> Reply:
        """One vector per message."""
        return vectors_in(await self.engine.embed([each.text for each in request.messages]), request, self.name)


def _whole(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The chunks of a stream as the one answer they are parts of."""
    choices: list[Any] = [choice for chunk in chunks for choice in chunk.get("choices") or ()]
    deltas: list[dict[str, Any]] = [choice.get("delta") or {} for choice in choices]
    text = "".join(delta.get("content") or "" for delta in deltas)
    reason = next((choice["finish_reason"] for choice in choices if choice.get("finish_reason")), None)
    usage = next((chunk["usage"] for chunk in chunks if chunk.get("usage")), None)
    whole = {"message": {"content": text}, "finish_reason": reason}
    return {"choices": [whole] if choices else [], "usage": usage}


def fingerprint(path: Path) -> str:
    """A hash of a file's size and of 64 pieces spread over it: all of a file up to 4 MiB, and quick for any."""
    size, digest = path.stat().st_size, hashlib.sha256()
    digest.update(str(size).encode())
    with path.open("rb") as file:
        for i in range(_PIECES):
            file.seek(i * max(_PIECE, (size - _PIECE) // (_PIECES - 1)))
            digest.update(file.read(_PIECE))
    return digest.hexdigest()[:32]


def load(path: Path, slots: int, context: int, *, embedding: bool = False) -> Engine:
    """The model of a GGUF file. slots: requests worked on at a time; context: tokens that each may take in all.

    Raises ConfigError where the file cannot be loaded, MissingExtra where llama.cpp is not there or too old.
    """
    _check(path)
    install = "pip install --upgrade 'gpo[local]' (in a checkout: uv sync --extra local)"
    try:
        llama: Any = import_module("xllamacpp")
    except ImportError as error:
        raise MissingExtra(f"{path.name} needs the extra `local`: {install}.") from error
    try:
        params = _settings(llama, path, slots, context)
        if embedding:
            _set_to_embed(llama, params, path, context)
        server = _unreachable(llama.Server, params)
    except AttributeError as error:
        raise MissingExtra(f"The installed xllamacpp does not fit ({error}): {install}.") from error
    except OSError as error:
        raise ConfigError(
            f"llama.cpp cannot start with {path}: {error}. It needs a folder for temporary files."
        ) from error
    except RuntimeError as error:
        raise ConfigError(
            f"{path} cannot be loaded by llama.cpp: it is cut short or damaged, made for a newer llama.cpp, or too "
            "large for this machine's memory. Load it again from where it came, or use a smaller one."
        ) from error
    return Engine(path, server, ThreadPoolExecutor(slots, "gpo-local"))


def _settings(llama: Any, path: Path, slots: int, context: int) -> Any:
    params = llama.CommonParams()
    params.model.path = str(path)
    params.n_parallel = slots
    params.n_ctx = context * slots
    params.n_batch = params.n_ubatch = 512
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _threads(path)
    params.cache_ram_mib = 0  # states of idle slots would fill up to 8 GB, and give no speed
    params.warmup = False
    params.verbosity = -1
    return params


def _set_to_embed(llama: Any, params: Any, path: Path, context: int) -> None:
    params.embedding = True
    params.n_batch = params.n_ubatch = context  # a text is embedded in one piece
    if not _names_pooling(path):
        params.pooling_type = llama.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN


def _unreachable(open_server: Callable[[Any], Any], params: Any) -> Any:
    """The server that llama.cpp cannot do without, where nobody reaches it: on a socket file that is then removed.

    Where there are no such sockets it listens on this machine with a key that nobody knows.
    """
    key = secrets.token_urlsafe(32)
    params.api_keys = [key]
    with TemporaryDirectory(prefix="gpo-") as folder:
        if os.name == "posix" and len(folder) < _LONGEST_SOCKET_PATH:
            params.hostnames = [f"{folder}/model.sock"]
        server = open_server(params)
        _wait_until_it_works(server.listening_address, key)
        return server


def _wait_until_it_works(address: str, key: str) -> None:
    """Returns once the threads of the server have answered something.

    It calls itself ready before they run, and one that is let go by then waits for its own end for ever.
    """
    kind, _, place = address.partition("://")
    with socket.socket(socket.AF_INET if kind == "http" else socket.AF_UNIX) as plug:
        plug.settimeout(_LONGEST_START_S)
        host, _, port = place.partition(":")
        plug.connect((host, int(port)) if port else place)
        plug.sendall(f"GET /slots HTTP/1.0\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        plug.recv(1)


def _threads(path: Path) -> int:
    """How many threads compute: the cores that this process may use, but one for a small model.

    Its threads would wait for each other more than they compute, and they wait by spinning: on two cores with other
    work beside them the pocket model answers 36 chats a second with two threads, and 340 with one.
    """
    if path.stat().st_size < SMALL:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _names_pooling(path: Path) -> bool:
    """Whether the file says how the vectors of tokens become the vector of a text; the header comes first."""
    with path.open("rb") as file:
        return b".pooling_type" in file.read(2**20)


def _check(path: Path) -> None:
    """Raises ConfigError for what is not there or is no GGUF file."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ConfigError(
            f"The model file {path} cannot be read: {error.strerror}. Write local/ and the path of a .gguf file."
        ) from error
    if magic != b"GGUF":
        raise ConfigError(f"{path} is not a GGUF file: it begins with {magic!r}. Convert it with llama.cpp's tools.")
