"""Stand-ins for the store, and connections that are closed when the test ends."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Reply
from gpo.core.ledger import Ledger
from gpo.models.account import CallRecord
from gpo.models.connect import Connection
from gpo.models.providers import TABLE

NO_LIMIT = Budget()


class ListJournal(list[CallRecord]):
    """Calls in the order they are written down."""

    def record(self, call: CallRecord) -> None:
        self.append(call)

    def secure(self) -> None:
        """All is safe."""


class DictCache(dict[str, Reply]):
    """Answers by key."""

    async def get(self, key: str) -> Reply | None:  # type: ignore[override]
        return super().get(key)

    async def put(self, key: str, reply: Reply) -> None:
        self[key] = reply


@pytest.fixture
def journal() -> ListJournal:
    return ListJournal()


@pytest.fixture
def cache() -> DictCache:
    return DictCache()


@pytest.fixture
async def connected(journal: ListJournal, cache: DictCache) -> AsyncIterator[Callable[..., Connection]]:
    """Makes connections with this test's cache and journal; `budget`, `base_url` and the like may be set."""
    opened: list[Connection] = []

    def open_connection(budget: Budget = NO_LIMIT, **more: Any) -> Connection:
        values = {"cache": cache, "journal": journal, "max_retries": 2, **more}
        opened.append(Connection(Ledger(budget), **values))
        return opened[-1]

    yield open_connection
    for connection in opened:
        await connection.aclose()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, no address and no fetched model of whoever runs the tests."""
    for provider in TABLE:
        for name in (*provider.keys, *provider.urls):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
    for name in ("HF_ENDPOINT", "HF_HUB_CACHE", "AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "their-cache"))
