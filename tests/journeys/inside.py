"""The command line within this process: quick, with all that it says and leaves behind at hand."""

import asyncio
import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpo.cli.main import main
from gpo.testing.server import StubServer, serving
from journeys.terminal import Ran, toy_rows

TOY = ("--task-model", "openai/toy-task", "--optimizer-model", "openai/toy-writer", "--metric", "exact_match")
SHORT = ("--set", "gpo.steps=2", "--set", "gpo.candidates=3", "-j", "4", "--max-retries", "0")


class Screen(io.TextIOWrapper):
    """What a command writes to, as strict about its encoding as a real one; `is_terminal` says what it claims to be."""

    def __init__(self, encoding: str = "utf-8", *, is_terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="", write_through=True)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    @property
    def text(self) -> str:
        return self.buffer.getvalue().decode(self.encoding, "surrogateescape")  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Inside:
    """A folder to work in, where commands are typed."""

    folder: Path

    def gpo(self, *arguments: str, is_terminal: bool = False, encoding: str = "utf-8") -> Ran:
        out, err = (Screen(encoding, is_terminal=is_terminal) for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(arguments)
            except SystemExit as left:
                code = int(left.code or 0)
        return Ran(code, out.text, err.text)

    def write(self, name: str, text: str | bytes) -> str:
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    def rows(self, name: str = "rows.jsonl") -> str:
        """The toy task as a file, with its own splits."""
        return self.write(name, toy_rows())

    @property
    def files(self) -> Mapping[str, bytes]:
        """Every file below the folder, with its bytes."""
        places = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in places}


def looked_at(folder: Path, *arguments: str) -> Any:
    """What a command that only reads says, as JSON, of the runs that were made in that folder by whatever process."""
    return Inside(folder).gpo(*arguments, "--json", "--store", str(folder / ".gpo")).json


@contextmanager
def serving_aside(stub: StubServer) -> Iterator[StubServer]:
    """The server in a thread of its own, for commands that bring their own event loop."""
    up, loop = threading.Event(), asyncio.new_event_loop()
    down = asyncio.Event()

    async def serve() -> None:
        async with serving(stub):
            up.set()
            await down.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert up.wait(10)
        yield stub
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join(10)
        loop.close()
