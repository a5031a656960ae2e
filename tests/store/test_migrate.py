"""A store of every earlier version is brought up to date with all that was in it, by the first who opens it."""

import json
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from gpo.core.budget import Spent
from gpo.core.chat import Reply, Usage
from gpo.core.errors import StoreError, StoreTooNew
from gpo.core.events import Warned
from gpo.models.account import CallRecord
from gpo.store.migrate import migrate
from gpo.store.rows import CallSummary
from gpo.store.sqlite import open_store, open_to_read

RUN = "20250101-120000-abc12"
HASH = "0123456789abcdef" * 4
REPLY = {"prompt_tokens": 7, "completion_tokens": 3, "cached_tokens": 0, "reasoning_tokens": 0}
CALLS = (
    ("task", "m", HASH, 0, 7, 3, 0.25, 2.0, ""),
    ("task", "m", HASH, 1, 7, 3, 0.0, 0.0, ""),
    ("task", "m", "answered later", 0, 0, 0, 0.0, 9.0, "ModelUnavailable: busy"),
    ("task", "m", "answered later", 0, 1, 1, 0.5, 4.0, ""),
    ("task", "m", "never", 0, 0, 0, 0.0, 9.0, "ModelUnavailable: busy"),
    ("task", "m", "never", 0, 0, 0, 0.0, 9.0, "ModelRefused: no"),
    ("task", "m", "given up", 0, 0, 0, 0.0, 9.0, "cancelled"),
    ("optimizer", "w", "other", 0, 5, 5, None, 1.0, ""),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store as the first version wrote it."""
    path = tmp_path / "gpo.sqlite"
    script = (files("gpo.store") / "migrations" / "0001_begin.sql").read_text(encoding="utf-8")
    reply = json.dumps({"texts": ["an äns\ud800wer"], "usage": REPLY, "cut": [False]})
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA user_version = 1")
        values = (RUN, "2025-01-01T12:00:00+00:00", "t", "gpo", "finished", "all steps done", "{}", "{}", 1)
        db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        db.executemany("INSERT INTO steps VALUES (?, ?, ?)", [(RUN, step, json.dumps(step)) for step in range(4)])
        event = json.dumps({"event": "Warned", "step": 1, "message": "said"})
        db.execute("INSERT INTO events VALUES (?, 1, 0, ?)", (RUN, event))
        keys = (HASH, f"{RUN} {HASH}", "plain")
        db.executemany("INSERT INTO answers VALUES (?, ?)", [(key, reply) for key in keys])
        db.executemany(f"INSERT INTO calls VALUES (NULL, '{RUN}', ?, ?, ?, ?, ?, ?, ?, ?, ?)", CALLS)
        db.commit()
    return path


async def test_an_old_store_keeps_everything(path: Path) -> None:
    for _ in range(2):
        store = open_store(path.parent)
        assert store.run("latest").id == RUN
        assert store.last_state(RUN) == (3, 3)
        assert store.elapsed_s(RUN) == 0.0
        assert store.events(RUN) == (Warned(1, "said"),)
        for key in (HASH, f"{RUN} {HASH}", "plain"):
            assert await store.get(key) == Reply(("an äns\ud800wer",), Usage(7, 3), (False,))
        assert store.spent(RUN) == {"optimizer": Spent(1, 10, usd=None), "task": Spent(6, 12, usd=0.75)}
        assert store.summary(RUN) == (
            CallSummary(
                "optimizer", "w", calls=1, cached=0, failed=0, prompt_tokens=5, completion_tokens=5, usd=None,
                latency_s=1.0,
            ),
            CallSummary(
                "task", "m", calls=6, cached=1, failed=1, prompt_tokens=8, completion_tokens=4, usd=0.75, latency_s=3.0,
                repeated=2, cancelled=1,
            ),
        )  # fmt: skip
        store.close()


async def test_an_old_run_goes_on_in_the_same_accounts(path: Path) -> None:
    store = open_store(path.parent)
    rest = {"cached": False, "usd": 0.25, "latency_s": 1.0, "failure": ""}
    journal = store.journal(RUN)
    journal.record(CallRecord("task", "m", key="never", usage=Usage(1, 1, cached_tokens=1, reasoning_tokens=1), **rest))
    await store.flush()
    task = store.summary(RUN)[1]
    assert (task.calls, task.failed, task.cached_tokens, task.reasoning_tokens, task.usd) == (7, 0, 1, 1, 1.0)
    store.close()


def test_sums_are_those_of_the_calls(path: Path) -> None:
    """What is added up as calls come is what adding up all of them gives."""
    open_store(path.parent).close()
    with closing(sqlite3.connect(path)) as db:
        calls = db.execute("SELECT * FROM calls ORDER BY number").fetchall()
        names = "calls, cached, failures, cancelled, prompt_tokens, completion_tokens, usd, unpriced, latency_s"
        sums = f"SELECT number, {names} FROM accounts ORDER BY number"
        lacking = "SELECT account, key FROM unanswered"
        migrated = db.execute(sums).fetchall(), db.execute(lacking).fetchall()
        db.execute("DELETE FROM calls")
        db.execute("DELETE FROM unanswered")
        db.execute(f"UPDATE accounts SET {', '.join(f'{name} = 0' for name in names.split(', '))}")
        db.executemany(f"INSERT INTO calls VALUES ({', '.join('?' * 11)})", calls)
        assert (db.execute(sums).fetchall(), db.execute(lacking).fetchall()) == migrated
        assert len(calls) == len(CALLS)


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE accounts (in_the_way)")
        db.commit()
        before = list(db.iterdump())
    with pytest.raises(StoreError, match="accounts already exists"):
        open_store(path.parent)
    with closing(sqlite3.connect(path)) as db:
        assert list(db.iterdump()) == before
        assert db.execute("PRAGMA user_version").fetchone() == (1,)


@pytest.mark.parametrize(("version", "error"), [(1, StoreError), (77, StoreTooNew)])
def test_what_cannot_be_brought_up_to_date_where_it_is_says_so(
    path: Path, version: int, error: type[StoreError]
) -> None:
    if version != 1:
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(error, match=rf"schema {version}, this one"):
        open_to_read(path.parent)


def test_the_file_gives_back_the_room_that_the_old_tables_took(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        rows = ((f"{number:064x}", "x" * 20_000) for number in range(100))
        db.executemany("INSERT INTO answers VALUES (?, ?)", rows)
        db.commit()
    before = path.stat().st_size
    migrate(path)
    assert path.stat().st_size < 1.1 * before
