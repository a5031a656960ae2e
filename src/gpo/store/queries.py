"""Knows what is asked of the database: each question one function, reading only."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from gpo.core.budget import Spent
from gpo.core.chat import Reply
from gpo.core.events import Event
from gpo.files.as_json import from_json
from gpo.store.rows import CallSummary, RunRow, event_from_json, key_of, reply_from_json, stored_key

_RUNS = """
    SELECT id, created, task, algorithm, status, stopped_because, config, result,
           (SELECT COALESCE(MAX(step), 0) FROM steps WHERE run_id = runs.id)
    FROM runs {where} ORDER BY id DESC {limit}
"""


FOR_GOOD = ("ModelRefused: %", "UnreadableReply: %")
"""How the failure of a request begins that would fail again; of one that ends the run it says so: fatal."""


def answers(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Reply]:
    """The answers of those keys, as far as there are any."""
    places = ", ".join("?" * len(keys))
    return _replies(db.execute(f"SELECT key, reply FROM answers WHERE key IN ({places})", [*map(stored_key, keys)]))


def arrived(db: sqlite3.Connection) -> dict[str, Reply]:
    """The answers that are not in their places yet: `answers` does not find them."""
    return _replies(db.execute("SELECT key, reply FROM arrivals WHERE reply IS NOT NULL ORDER BY rowid"))


def keys_after(db: sqlite3.Connection, rowid: int, most: int) -> list[tuple[int, str]]:
    """The keys of answers that came to their places after that one, the first `most` of them, each with its rowid."""
    sql = "SELECT rowid, key FROM answers WHERE rowid > ? ORDER BY rowid LIMIT ?"
    return [(number, key_of(stored)) for number, stored in db.execute(sql, (rowid, most))]


def version(db: sqlite3.Connection) -> int:
    """Another number whenever another connection has written since."""
    return db.execute("PRAGMA data_version").fetchone()[0]


def _replies(rows: Iterable[tuple[bytes | str, str]]) -> dict[str, Reply]:
    return {key_of(stored): reply_from_json(from_json(text)) for stored, text in rows}


def runs(db: sqlite3.Connection, wanted: str = "") -> tuple[RunRow, ...]:
    """Runs whose id begins with `wanted`, newest first; "latest" means the newest alone that searched."""
    if wanted == "latest":
        rows = db.execute(_RUNS.format(where="WHERE algorithm != 'eval'", limit="LIMIT 1"))
    else:
        rows = db.execute(_RUNS.format(where="WHERE substr(id, 1, length(?)) = ?", limit=""), (wanted, wanted))
    return tuple(
        RunRow(
            row[0],
            row[1],
            task=row[2],
            algorithm=row[3],
            status=row[4],
            stopped_because=row[5],
            config=json.loads(row[6]),
            result=json.loads(row[7]),
            steps_done=row[8],
        )
        for row in rows
    )


def last_state(db: sqlite3.Connection, run_id: str) -> tuple[int, Any] | None:
    """The last step and its state."""
    sql = "SELECT step, state FROM steps WHERE run_id = ? ORDER BY step DESC LIMIT 1"
    row = db.execute(sql, (run_id,)).fetchone()
    return (row[0], json.loads(row[1])) if row else None


def events(db: sqlite3.Connection, run_id: str) -> tuple[Event, ...]:
    """Everything that happened, in order."""
    rows = db.execute("SELECT event FROM events WHERE run_id = ? ORDER BY step, number", (run_id,))
    return tuple(map(event_from_json, json.loads(f"[{','.join(row[0] for row in rows)}]")))  # one reading for them all


def place_of_next_event(db: sqlite3.Connection, run_id: str) -> tuple[int, int]:
    """The last step that is saved, and the number that an event after all of its events gets."""
    (step,) = db.execute("SELECT COALESCE(MAX(step), 0) FROM steps WHERE run_id = ?", (run_id,)).fetchone()
    sql = "SELECT COALESCE(MAX(number), -1) + 1 FROM events WHERE run_id = ? AND step = ?"
    (number,) = db.execute(sql, (run_id, step)).fetchone()
    return step, number


def spent(db: sqlite3.Connection, run_id: str) -> dict[str, Spent]:
    """What calls took, by role. One call of unknown price makes the dollars of its role unknown."""
    sql = """
        SELECT role, SUM(calls), TOTAL(prompt_tokens + completion_tokens), SUM(usd), SUM(unpriced)
        FROM accounts WHERE run_id = ? AND calls GROUP BY role ORDER BY role
    """
    return {
        role: Spent(calls, int(tokens), usd=None if unpriced else usd)
        for role, calls, tokens, usd, unpriced in db.execute(sql, (run_id,))
    }


def summary(db: sqlite3.Connection, run_id: str) -> tuple[CallSummary, ...]:
    """The calls by role and model. What the cache answered took no tokens, dollars or time."""
    sql = """
        SELECT role, model, calls, cached, (SELECT COUNT(*) FROM unanswered WHERE account = number), failures,
               cancelled, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, usd, unpriced, latency_s
        FROM accounts WHERE run_id = ? ORDER BY role, model
    """
    return tuple(_summary(row) for row in db.execute(sql, (run_id,)))


def last_call(db: sqlite3.Connection) -> int:
    """The number of the last call."""
    return db.execute("SELECT COALESCE(MAX(number), 0) FROM calls").fetchone()[0]


def refused(db: sqlite3.Connection, run_id: str, since: int) -> dict[str, str]:
    """Questions of answers and marks that were refused for good since that call, by key, with the reason."""
    sql = """
        SELECT calls.key, failure FROM unanswered
        JOIN accounts ON accounts.number = unanswered.account
        JOIN calls ON calls.account = unanswered.account AND calls.key = unanswered.key
        WHERE run_id = ? AND role IN ('task', 'judge') AND calls.number > ?
            AND (failure LIKE ? OR failure LIKE ?)
    """
    rows: list[tuple[bytes | str, str]] = db.execute(sql, (run_id, since, *FOR_GOOD)).fetchall()
    return {key if isinstance(key, str) else key.hex(): failure for key, failure in rows}


def _summary(row: Sequence[Any]) -> CallSummary:
    role, model, calls, cached, failed, failures, cancelled, prompt, completion, known, thought, usd, unpriced, s = row
    answered = calls - failures - cancelled
    return CallSummary(
        role,
        model,
        calls=calls,
        cached=cached,
        failed=failed,
        repeated=failures - failed,
        cancelled=cancelled,
        prompt_tokens=int(prompt),
        completion_tokens=int(completion),
        cached_tokens=int(known),
        reasoning_tokens=int(thought),
        usd=None if unpriced else usd,
        latency_s=s / answered if answered else None,
    )


def elapsed_s(db: sqlite3.Connection, run_id: str) -> float:
    """How long a run had taken when that was last noted."""
    row = db.execute("SELECT seconds FROM elapsed WHERE run_id = ?", (run_id,)).fetchone()
    return row[0] if row else 0.0


def test_openings(db: sqlite3.Connection, run_id: str) -> int:
    """How many times the test set of a run was opened."""
    row = db.execute("SELECT test_openings FROM runs WHERE id = ?", (run_id,)).fetchone()
    return row[0] if row else 0


def stop_requested(db: sqlite3.Connection, run_id: str) -> bool:
    """Whether a stop was asked for in the database."""
    row = db.execute("SELECT 1 FROM commands WHERE run_id = ? AND command = 'stop'", (run_id,)).fetchone()
    return row is not None
