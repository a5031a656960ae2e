"""Knows what holds for every test: no network beyond this machine, and where the paper's data lie, if they do."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from gpo.files.exchange import Ask
from gpo.files.proxies import proxy_for
from gpo.files.transfer import Transfers

HERE = ("localhost", "::1", "0.0.0.0", "::", "")

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure: speed is for benchmarks/
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two more than there are cores: many tests wait, for a process, a pause or a limit in seconds."""
    return len(os.sched_getaffinity(0)) + 2 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 2


class NetworkForbidden(RuntimeError):
    """A test reached for another machine. Not an OSError, so that no retry and no fallback hides it."""


def _check(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in HERE and not str(name).startswith("127."):
        raise NetworkForbidden(f"A test reached for {name!r}; tests talk to 127.0.0.1 only.")


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is as wide as it is by itself: Python's readline, which pytest loads, sets these."""
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Connecting to, or looking up the address of, any other machine raises."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _known_only(socket.getaddrinfo))
        patch.setattr(Transfers, "send", _sent_here(Transfers.send))  # libcurl has sockets of its own
        yield


def _local_only(connect: Any) -> Any:
    def checked(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(address[0])
        return connect(self, address)

    return checked


def _sent_here(send: Any) -> Any:
    async def checked(self: Transfers, ask: Ask, *more: Any) -> Any:
        proxy = (proxy_for(ask.url) or "").rpartition("@")[2]  # a password may hold what ends a host
        host = urlsplit(f"//{proxy.rpartition('//')[2]}" if proxy else ask.url).hostname or ""
        if not host.endswith(".invalid"):  # a name that nobody has, on no machine
            _check(host)
        return await send(self, ask, *more)

    return checked


def _known_only(lookup: Any) -> Any:
    def checked(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host)
        return lookup(host, *args, **kwargs)

    return checked


@pytest.fixture(scope="session")
def paper_splits() -> Path:
    """The folder of the paper's data: a folder for every benchmark, and in it one for every task."""
    folder = os.environ.get("GPO_DATA_DIR")
    if not folder:
        pytest.skip("GPO_DATA_DIR is not set: it names the folder with the paper's splits")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"GPO_DATA_DIR is {folder}, which is no folder.")
    return path
