"""A terminal in a folder of its own, and servers to talk to."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gpo.testing.server import StubServer
from journeys.inside import Inside, serving_aside
from journeys.terminal import Serve, Server, Terminal


def _terminal(folder: Path) -> Terminal:
    known = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV", "PYTHONPATH")
    kept = {key: os.environ[key] for key in known if key in os.environ}
    folder.mkdir()
    return Terminal(folder, {**kept, "OPENAI_API_KEY": "sk-test", "PYTHONWARNINGS": "error"})


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return _terminal(tmp_path / "work")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal that the tests of a file share, for runs that they only look at."""
    return _terminal(tmp_path_factory.mktemp("lasting") / "work")


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """A server in a process of its own for the time of a block; takes the arguments of gpo.testing.server."""
    folder = tmp_path_factory.mktemp("seen")

    @contextmanager
    def serving(*arguments: str) -> Iterator[Server]:
        log = folder / f"{time.monotonic_ns()}.jsonl"
        command = [sys.executable, "-m", "gpo.testing.server", "--log", str(log), *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                yield Server(process.stdout.readline().strip(), log)
            finally:
                process.kill()

    return serving


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """The command line within this process, in a folder of its own."""
    folder = tmp_path / "inside"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("GPO_HOME", "GPO_DEBUG", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    return Inside(folder)


@pytest.fixture
def stub() -> Iterator[StubServer]:
    """A server with the toy models, in a thread of its own; its `fault` may be set at any time."""
    with serving_aside(StubServer()) as server:
        yield server
