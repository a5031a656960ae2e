"""The SQLite store under bad conditions: each a message of one paragraph, and nothing lost."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gpo.core.chat import Reply, Usage
from gpo.core.errors import StoreError, StoreTooNew
from gpo.core.events import Warned
from gpo.models.account import CallRecord
from gpo.store.journal import SQLiteJournal
from gpo.store.sqlite import SQLiteStore, open_store, open_to_read


def _said(error: pytest.ExceptionInfo[StoreError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


async def _with_a_run(folder: Path) -> str:
    store = open_store(folder)
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    for number in range(50):
        await store.put(f"k{number}", Reply((f"answer {number}" * 100,)))
    store.save_step(run_id, 1, {"at": 1}, [Warned(1, "saved")])
    store.write_best(run_id, "best")
    store.close()
    return run_id


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits are a POSIX notion")
async def test_only_the_owner_can_read_what_is_written_also_while_it_is_written(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(tmp_path / "store")
        run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
        store.write_best(run_id, "best", {"a": "best"})
        with store.lock_run(run_id):
            await store.put("k", Reply(("one",)))
            await store.flush()
            modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "store").rglob("*")}
    finally:
        os.umask(before)
    folders = {"runs", run_id}
    assert {name for name, mode in modes.items() if mode == 0o700} == folders
    assert {name for name, mode in modes.items() if mode == 0o600} == {*modes} - folders
    assert {"gpo.sqlite", "gpo.sqlite-wal", "gpo.sqlite-shm", "lock", "best_prompt.txt"} <= {*modes}
    store.close()


def test_a_folder_is_made_with_all_above_it(tmp_path: Path) -> None:
    open_store(tmp_path / "a" / "b").close()
    assert (tmp_path / "a" / "b" / "gpo.sqlite").is_file()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("kept")
    with pytest.raises(StoreError) as raised:
        open_store(path)
    assert f"The folder {path} cannot be made: there is a file of that name. Choose another folder" in _said(raised)
    assert path.read_text() == "kept"


def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user (root?) may write to read-only folders")
    with pytest.raises(StoreError) as raised:
        open_store(folder)
    assert "cannot be written: Permission denied. Choose another folder" in _said(raised)


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    await _with_a_run(tmp_path)
    path = tmp_path / "gpo.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        (known,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {known + 6}")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew) as raised:
        open_store(tmp_path)
    assert f"(schema {known + 6}, this one knows {known}). Upgrade GPO" in _said(raised)
    assert path.read_bytes() == before


def test_a_database_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "gpo.sqlite"
    path.write_text("this is a text, " * 1000)
    with pytest.raises(StoreError) as raised:
        open_store(tmp_path)
    assert "file is not a database. If the file is damaged, save the answers that were paid" in _said(raised)
    assert path.read_text() == "this is a text, " * 1000


def test_a_database_of_another_program(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "gpo.sqlite")) as connection:
        connection.execute("CREATE TABLE runs (theirs)")
        connection.commit()
    with pytest.raises(StoreError) as raised:
        open_store(tmp_path)
    assert "is a database of another program. Choose another folder" in _said(raised)


async def test_a_damaged_database(tmp_path: Path) -> None:
    run_id = await _with_a_run(tmp_path)
    path = tmp_path / "gpo.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreError) as raised:  # noqa: PT012 - either may be the first to see the damage
        store = open_store(tmp_path)
        try:
            store.run(run_id)
        finally:
            store.close()
    assert "malformed. If the file is damaged, save the answers that were paid with `gpo export" in _said(raised)
    assert (tmp_path / "runs" / run_id / "best_prompt.txt").read_text() == "best"


@pytest.mark.parametrize("damaged", ['{"texts": ["half', "[]", '{"texts": 3}', "null"])
async def test_a_damaged_answer_is_an_error_and_not_an_answer(tmp_path: Path, damaged: str) -> None:
    await _with_a_run(tmp_path)
    with closing(sqlite3.connect(tmp_path / "gpo.sqlite")) as connection:
        connection.execute("UPDATE answers SET reply = ? WHERE key = 'k1'", (damaged,))
        connection.commit()
    store = open_store(tmp_path)
    assert await store.get("k0") is not None
    with pytest.raises(StoreError) as raised:
        await store.get("k1")
    assert "damaged" in _said(raised)
    store.close()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.runs()
    with pytest.raises(StoreError, match="closed"):
        await store.flush()


NO_ROOM_AT_ALL = """
import resource, sys
from pathlib import Path
from gpo.core.errors import StoreError
from gpo.store.sqlite import open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
try:
    open_store(Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited there")
def test_a_disk_without_room_for_a_store(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", NO_ROOM_AT_ALL, str(tmp_path)], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "gpo.sqlite cannot be opened:" in ran.stdout
    assert "Is the disk full" in ran.stdout
    assert ran.stdout.count("\n") == 1
    open_store(tmp_path).close()  # once there is room


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from gpo.core.chat import Reply
from gpo.core.errors import StoreError
from gpo.core.events import Warned
from gpo.store.sqlite import open_store

async def work():
    store = open_store(Path(sys.argv[1]))
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    store.write_best(run_id, "best so far")
    store.save_step(run_id, 0, {"at": 0}, [Warned(0, "saved")])
    await store.put("early", Reply(("kept",)))
    await store.flush()
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
    said = []
    for attempt in (
        lambda: store.save_step(run_id, 1, {"at": "x" * 2_000_000}, [Warned(1, "lost")]),
        lambda: store.save_step(run_id, 2, {"at": "small"}, []),
        lambda: store.write_best(run_id, "y" * 2_000_000),
    ):
        try:
            attempt()
        except StoreError as error:
            said.append(str(error))
    try:
        await store.flush()
    except StoreError as error:
        said.append(str(error))
    store.close()
    print(run_id, *said, sep="\\n")

asyncio.run(work())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited there")
def test_a_full_disk_is_told_at_every_attempt_and_what_was_saved_is_there(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True)
    run_id, *said = ran.stdout.splitlines()
    assert ran.stderr == ""
    assert len(said) == 4
    for message in said:
        assert "cannot be written" in message
        assert "Is the disk full" in message
    store = open_store(tmp_path)
    assert store.last_state(run_id) == (0, {"at": 0})
    assert store.events(run_id) == (Warned(0, "saved"),)
    assert asyncio.run(store.get("early")) == Reply(("kept",))
    assert (store.folder(run_id) / "best_prompt.txt").read_text() == "best so far"
    assert sorted(path.name for path in store.folder(run_id).iterdir()) == ["best_prompt.txt"]
    store.save_step(run_id, 1, {"at": 1}, [])  # there is room again
    assert store.last_state(run_id) == (1, {"at": 1})
    store.close()


async def test_prompts_can_be_looked_up_with_any_sqlite_tool(tmp_path: Path) -> None:
    run_id = await _with_a_run(tmp_path)
    with closing(sqlite3.connect(tmp_path / "gpo.sqlite")) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        (event,) = connection.execute("SELECT event FROM events WHERE run_id = ?", (run_id,)).fetchone()
    assert tables == {
        *("runs", "steps", "prompts", "answers", "calls", "accounts", "unanswered", "events", "commands", "elapsed"),
        "arrivals",
    }
    assert json.loads(event) == {"event": "Warned", "step": 1, "message": "saved"}


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    store: SQLiteStore = open_store(tmp_path)
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    store.close()
    for _ in range(2):
        again = open_store(tmp_path)
        assert again.run("latest").id == run_id
        again.close()


@contextmanager
def _no_file_beyond(size: int) -> Iterator[None]:
    """As on a full disk: no file of this process grows beyond so many bytes."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def _answered(store: SQLiteStore, journal: SQLiteJournal, key: str) -> None:
    await store.put(key, Reply((f"answer {key} " * 20,)))
    rest: dict[str, Any] = {"cached": False, "usage": Usage(1, 1), "usd": 1.0, "latency_s": 0.1, "failure": ""}
    journal.record(CallRecord("task", "m", key=key, **rest))


def _is_safe(journal: SQLiteJournal) -> bool:
    try:
        journal.secure()
    except StoreError:
        return False
    return True


async def test_what_came_when_the_disk_was_full_is_told_of_at_once_and_kept_with_its_call(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    journal, paid = store.journal(run_id), 0
    with _no_file_beyond(200_000):
        while _is_safe(journal):
            for _ in range(8):
                await _answered(store, journal, f"k{paid}")
                paid += 1
            await asyncio.sleep(0)
        with pytest.raises(StoreError, match="Is the disk full"):
            await store.flush()
        await _answered(store, journal, "on its way")
        store.retry()  # the log is full, the file is not
    assert store.spent(run_id)["task"].calls == paid + 1
    assert [key for key in (*(f"k{i}" for i in range(paid)), "on its way") if await store.get(key) is None] == []
    store.close()


async def test_calls_that_are_written_late_come_on_the_account_of_their_own_run(tmp_path: Path) -> None:
    late, other = open_store(tmp_path), open_store(tmp_path)
    run_ids = [store.create_run(store.new_run_id(), {}, "t", "gpo") for store in (late, other)]
    journal = late.journal(run_ids[0])
    with _no_file_beyond(1):
        await _answered(late, journal, "mine")
        with pytest.raises(StoreError):
            journal.secure()
    await _answered(other, other.journal(run_ids[1]), "theirs")
    await other.flush()
    late.retry()
    assert [late.spent(run_id)["task"].calls for run_id in run_ids] == [1, 1]
    late.close()
    other.close()


@pytest.mark.parametrize("opening", [open_store, open_to_read])
async def test_an_empty_file_beside_runs_is_a_damaged_store(tmp_path: Path, opening: Any) -> None:
    await _with_a_run(tmp_path)
    (tmp_path / "gpo.sqlite").write_bytes(b"")
    with pytest.raises(StoreError, match="is damaged: it is empty") as raised:
        opening(tmp_path)
    assert "delete it or go on with --store NEW" in _said(raised)
    assert (tmp_path / "gpo.sqlite").stat().st_size == 0
    (tmp_path / "gpo.sqlite").unlink()
    store = open_store(tmp_path)  # as it says
    assert store.runs() == ()
    store.close()
