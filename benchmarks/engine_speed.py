"""How near the engine comes to what an endpoint allows: evaluator, cache, journal and ledger on, against a stub server.

    python benchmarks/engine_speed.py            # 50 ms an answer, 64 and 256 in flight

The limit is calls in flight divided by the latency. The server runs in a process of its own and shares the machine:
on few cores it takes its part. Figures are ratios of one run.
"""

import asyncio
import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gpo.cli.main import YOUNG
from gpo.core.budget import Budget
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.engine.evaluate import Evaluator
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
            runs = [asyncio.run(measure(url, in_flight, calls)) for _ in range(3)]
        finally:
            server.kill()
        wall, cpu = (statistics.median(each) for each in zip(*runs, strict=True))
        rate = calls / wall
        share = f"{rate / (in_flight / delay_ms * 1000):.0%} of the limit, " if delay_ms else ""
        print(
            f"{in_flight} in flight, {delay_ms} ms: {rate:,.0f} calls/s, {share}{1000 * cpu / calls:.2f} ms CPU a call",
            flush=True,
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
