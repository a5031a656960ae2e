"""The command line as a process of its own, and a server that counts and outlives it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpo.testing.server import Seen, read_log
from gpo.testing.toy import toy_task

LONG = 60


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """A folder to work in, and the commands one types there."""

    folder: Path
    environment: dict[str, str]

    def gpo(self, *arguments: str, **environment: str) -> Ran:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The command, still running."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def in_folder(self, name: str) -> "Terminal":
        """The same terminal in a folder below."""
        (self.folder / name).mkdir()
        return Terminal(self.folder / name, self.environment)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "gpo", *arguments]

    def write(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    def rows(self, name: str = "rows.jsonl") -> str:
        """The toy task as a file, with its own splits."""
        return self.write(name, toy_rows())


@dataclass(frozen=True)
class Server:
    """A server in another process. seen: what it was asked so far."""

    url: str
    log: Path

    @property
    def seen(self) -> tuple[Seen, ...]:
        return read_log(self.log)

    def wait_for(self, requests: int, running: "subprocess.Popen[str]") -> bool:
        """Whether that many requests came before the command ended."""
        until = time.monotonic() + LONG
        while time.monotonic() < until and running.poll() is None:
            if self._count >= requests:
                return True
            time.sleep(0.002)
        return self._count >= requests

    @property
    def _count(self) -> int:
        """How many requests came: a line each, and lines are quickly counted."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0


Serve = Callable[..., Any]


def toy_rows() -> str:
    """The rows of the toy task with their splits, a JSON object a line."""
    splits = toy_task().splits
    rows = ((split, each) for split in ("train", "selection", "test") for each in getattr(splits, split))
    return "".join(json.dumps({"input": e.input, "target": e.target, "split": split}) + "\n" for split, e in rows)


def optimize(rows: str, url: str, *more: str) -> tuple[str, ...]:
    """The arguments that optimize the toy task on a server."""
    models = ("--task-model", "openai/toy-task", "--optimizer-model", "openai/toy-writer", "--base-url", url)
    task = ("--metric", "exact_match", "--prompt", "Answer the row.", "--set", "gpo.steps=4", "--seed", "3", "-j", "4")
    return ("optimize", rows, *models, *task, *more)
