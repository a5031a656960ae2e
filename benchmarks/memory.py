"""What memory the engine takes, by how many calls it has made: evaluator, cache, journal and ledger against a stub.

    python benchmarks/memory.py                        # 10,000, 30,000 and 100,000 calls; some minutes
    python benchmarks/memory.py --one-step             # all calls in one step, whose answers are all kept to its end
    python benchmarks/memory.py --calls 30000 --trace  # what stands in memory at the end, by the line that made it

Each figure is the peak of a process of its own that makes that many calls as a run does: step after step, 8 new prompts
on 250 rows, 64 in flight, answers without latency.
"""

import argparse
import asyncio
import gc
import resource
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

from gpo.core.budget import Budget
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.engine.evaluate import Evaluator
from gpo.models.connect import Connection, connect
from gpo.store.sqlite import open_store

CANDIDATES, ROWS, IN_FLIGHT = 8, 250, 64
SIZES = (10_000, 30_000, 100_000)


def task(rows: int) -> Task:
    """A task with that many rows, all in the selection set."""
    examples = tuple(Example(str(i), f"row {i} needs amber. {'Some more of it. ' * 20}", ("yes",)) for i in range(rows))
    return Task("memory", Splits((), examples, ()), lift(lambda reply, row: Grade(float(reply == row.target))))


async def walk(url: str, calls: int, rows: int, folder: Path) -> None:
    """Makes that many calls, in steps of 8 prompts on so many rows."""
    store, work = open_store(folder), task(rows)
    journal = store.journal(store.create_run(store.new_run_id(), {}, "memory", "gpo"))
    connection = Connection(
        Ledger(Budget(calls=10 * calls)), store, journal=journal, concurrency=IN_FLIGHT, base_url=url
    )
    try:
        evaluator = Evaluator(work, connect("openai/toy-task", "task", connection), 0, at_once=IN_FLIGHT)
        for step in range(calls // (CANDIDATES * rows)):
            prompts = tuple(Prompt.of(f"amber, step {step}, candidate {i}") for i in range(CANDIDATES))
            await evaluator.evaluate(prompts, work.splits.selection)
            evaluator.forget()
            await store.flush()
    finally:
        await connection.aclose()
        store.close()


def alone(url: str, calls: int, rows: int, *, traced: bool) -> None:
    """Makes the calls in this process and says what they took."""
    if traced:
        tracemalloc.start(6)
    before = _peak_mb()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(walk(url, calls, rows, Path(folder)))
    print(f"{calls:9,} calls: {_peak_mb():.0f} MB at most, {before:.0f} MB of them before the first", flush=True)
    if traced:
        gc.collect()
        kept, most = tracemalloc.get_traced_memory()
        print(f"{kept / 2**20:.1f} MB are in use at the end, {most / 2**20:.1f} MB were at most")
        for each in tracemalloc.take_snapshot().statistics("lineno")[:15]:
            print(f"  {each}")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """Prints a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="*", default=SIZES)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--one-step", action="store_true")
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.url:
        (calls,) = given.calls
        alone(given.url, calls, calls // CANDIDATES if given.one_step else ROWS, traced=given.trace)
        return
    command = [sys.executable, "-m", "gpo.testing.server", "--delay-ms", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip() if server.stdout else ""
        try:
            for calls in given.calls:
                more = [flag for flag in ("--trace", "--one-step") if flag in sys.argv]
                subprocess.run([sys.executable, __file__, "--url", url, "--calls", str(calls), *more], check=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
