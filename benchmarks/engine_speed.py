"""How near the engine comes to what an endpoint allows: evaluator, cache, journal and ledger on, against a stub server.

    python benchmarks/engine_speed.py            # 50 ms an answer, 64 and 256 in flight

The limit is calls in flight divided by the latency. The server runs in a process of its own and shares the machine:
on few cores it takes its part. How quick the machine is just then is told by what others take in the same run: our HTTP
layer alone, and aiohttp alone, the most efficient ready-made one. Figures are ratios of one run.
"""

import asyncio
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import aiohttp

from gpo.cli.main import YOUNG
from gpo.core.budget import Budget
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.core.together import stream
from gpo.engine.evaluate import Evaluator
from gpo.files.exchange import Ask
from gpo.files.transfer import Transfers
from gpo.models.connect import Connection, connect
from gpo.store.sqlite import open_store

LATENCY_MS = 50


def task(rows: int) -> Task:
    """A task of that many rows, all in the selection set."""
    examples = tuple(Example(str(i), f"row {i} needs amber", ("yes",)) for i in range(rows))
    grade = lift(lambda reply, example: Grade(float(reply == example.target)))
    return Task("speed", Splits((), examples, ()), grade)


async def measure(url: str, in_flight: int, calls: int) -> tuple[float, float]:
    """Seconds of wall clock, and of this process's CPU, for that many calls."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        connection = Connection(
            Ledger(Budget(calls=10 * calls)), store, journal=store.journal("speed"), concurrency=in_flight, base_url=url
        )
        try:
            model = connect("openai/toy-task", "task", connection)
            work = task(calls)
            evaluator = Evaluator(work, model, 0, at_once=in_flight)
            await evaluator.evaluate((Prompt.of("warm up"),), work.splits.selection[:in_flight])
            wall, cpu = time.perf_counter(), time.process_time()
            await evaluator.evaluate((Prompt.of("amber"),), work.splits.selection)
            return time.perf_counter() - wall, time.process_time() - cpu
        finally:
            await connection.aclose()
            store.close()


async def measure_http(url: str, in_flight: int, calls: int) -> tuple[float, float]:
    """The same of as many requests that nobody writes down, counts or keeps."""
    address, headers = f"{url}/chat/completions", {"Content-Type": "application/json"}
    async with aclosing(Transfers()) as transfers:

        async def ask(row: int) -> None:
            json.loads((await transfers.send(Ask(address, headers, body=json.dumps(body_of(row)).encode()))).body)

        return await asked(ask, in_flight, calls)


async def measure_aiohttp(url: str, in_flight: int, calls: int) -> tuple[float, float]:
    """The same of as many requests by aiohttp."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(row: int) -> None:
            async with session.post(f"{url}/chat/completions", json=body_of(row)) as answer:
                await answer.json()

        return await asked(ask, in_flight, calls)


async def asked(ask: Callable[[int], Coroutine[Any, Any, None]], in_flight: int, calls: int) -> tuple[float, float]:
    """Seconds of wall clock and CPU for that many questions, once all connections are there."""
    await stream((ask(row) for row in range(in_flight)), in_flight)
    wall, cpu = time.perf_counter(), time.process_time()
    await stream((ask(row) for row in range(calls)), in_flight)
    return time.perf_counter() - wall, time.process_time() - cpu


def body_of(row: int) -> dict[str, Any]:
    """What is posted about a row."""
    messages = [{"role": "user", "content": f"amber\nrow {row} needs amber"}]
    return {"model": "toy-task", "messages": messages, "max_tokens": 256, "temperature": 0.0}


def serve(delay_ms: float, *how: str) -> tuple["subprocess.Popen[str]", str]:
    """A stub server in another process, and its URL. how: more of its options."""
    command = [sys.executable, "-m", "gpo.testing.server", "--delay-ms", str(delay_ms), *how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip() if process.stdout else ""


def main() -> None:
    """Prints a line for each number of calls in flight, then how many calls a second there are without latency."""
    gc.set_threshold(YOUNG)  # as the commands do; within a library the collector is its user's
    for in_flight, delay_ms, calls in ((64, LATENCY_MS, 6400), (256, LATENCY_MS, 12800), (64, 0, 6400)):
        server, url = serve(delay_ms, "--bare")
        try:
            for name, way in (("", measure), ("HTTP alone", measure_http), ("aiohttp alone", measure_aiohttp)):
                runs = [asyncio.run(way(url, in_flight, calls)) for _ in range(3)]
                wall, cpu = (statistics.median(each) for each in zip(*runs, strict=True))
                rate, limit = calls / wall, in_flight / delay_ms * 1000 if delay_ms else 0
                share = f"{rate / limit:.0%} of the limit, " if limit else ""
                head = name.rjust(22) if name else f"{in_flight:4} in flight, {delay_ms:2} ms:"
                print(f"{head} {rate:,.0f} calls/s, {share}{1000 * cpu / calls:.2f} ms CPU a call", flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
