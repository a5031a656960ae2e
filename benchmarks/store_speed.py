"""How fast answers and calls are kept: the store against the least that SQLite can do.

    python benchmarks/store_speed.py

Each round writes 5,000 answers with their calls, all in one turn of the event loop and each in a turn of its own (a
commit for each: what a slow endpoint makes of it), and reads the answers back. The floor is the same rows in one
transaction of bare `sqlite3`. Microseconds of CPU, the lowest of the rounds. Nothing is asserted: a busy machine is no
defect.
"""

import asyncio
import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from time import process_time

from gpo.core.chat import Reply, Usage
from gpo.models.account import CallRecord
from gpo.store.sqlite import open_store

CALLS, ROUNDS = 5_000, 7
TEXT = "Let me think. The animals are the cat, the dog and the horse. Answer: 3"
REPLY = Reply((TEXT * 3,), Usage(120, 25), (False,))
KEYS = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(CALLS)]


def _call(key: str) -> CallRecord:
    return CallRecord(
        "task",
        "openai/gpt-5-mini",
        key=key,
        cached=False,
        usage=REPLY.usage,
        usd=0.001,
        latency_s=0.5,
        failure="",
    )


async def in_one_turn(folder: Path) -> float:
    """Seconds to keep every answer with its call until all are safe."""
    return await _kept(folder, each_in_its_turn=False)


async def in_many_turns(folder: Path) -> float:
    """The same, each safe before the next comes."""
    return await _kept(folder, each_in_its_turn=True)


async def _kept(folder: Path, *, each_in_its_turn: bool) -> float:
    store = open_store(folder)
    journal = store.journal(store.create_run(store.new_run_id(), {}, "t", "gpo"))
    start = process_time()
    for key in KEYS:
        await store.put(key, REPLY)
        journal.record(_call(key))
        if each_in_its_turn:
            await asyncio.sleep(0)
    await store.flush()
    took = process_time() - start
    store.close()
    return took


async def found_again(folder: Path) -> float:
    """Seconds to find every answer in a store opened anew."""
    await _kept(folder, each_in_its_turn=False)
    store = open_store(folder)
    start = process_time()
    for key in KEYS:
        await store.get(key)
    took = process_time() - start
    store.close()
    return took


async def floor(folder: Path) -> float:
    """Seconds for the same rows in one transaction, without a promise or a sum."""
    with closing(sqlite3.connect(folder / "floor.sqlite")) as db:
        db.execute("CREATE TABLE answers (key PRIMARY KEY, reply)")
        db.execute("CREATE TABLE calls (number INTEGER PRIMARY KEY, account, key, cached, a, b, c, d, usd, s, failure)")
        start = process_time()
        for key in KEYS:
            stored = bytes.fromhex(key)
            text = json.dumps({"texts": REPLY.texts, "usage": {"prompt_tokens": 120, "completion_tokens": 25}})
            db.execute("INSERT INTO answers VALUES (?, ?)", (stored, text))
            row = (1, stored, False, 120, 25, 0, 0, 0.001, 0.5, "")
            db.execute("INSERT INTO calls VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.commit()
        return process_time() - start


def _measured(what: Callable[[Path], Awaitable[float]]) -> float:
    async def work() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return await what(Path(folder))

    return asyncio.run(work())


def main() -> None:
    """Prints a line for each: microseconds a call, and how many times the floor."""
    kinds = (floor, in_one_turn, in_many_turns, found_again)
    rounds = [[_measured(kind) for kind in kinds] for _ in range(ROUNDS)]
    least = [min(each) for each in zip(*rounds, strict=True)]
    for kind, took in zip(kinds, least, strict=True):
        print(f"{kind.__name__:14} {took / CALLS * 1e6:6.1f} µs CPU a call, {took / least[0]:.2f} times the floor")


if __name__ == "__main__":
    main()
