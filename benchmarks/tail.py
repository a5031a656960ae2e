"""What a latency tail costs, and what hedging saves: one answer in a hundred takes 2 s, the others around 50 ms.

    python benchmarks/tail.py                    # 8 prompts on 50 rows, 64 in flight, 7 draws

A server draws the latency of every request anew, also of one that is sent a second time; a real overloaded endpoint
need not. The first pass, in which it is not yet known how long answers take, is not counted.
"""

import asyncio
import statistics
import subprocess
import sys
import time

from gpo.core.budget import Budget
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.engine.evaluate import Evaluator
from gpo.models.account import HEDGED, CallRecord
from gpo.models.connect import Connection, connect

PROMPTS, ROWS, IN_FLIGHT, DRAWS = 8, 50, 64, 7


class Counting:
    """A journal that counts the requests that were given up for another."""

    hedges = 0

    def record(self, call: CallRecord) -> None:
        """Counts."""
        self.hedges += call.failure == HEDGED

    def secure(self) -> None:
        """Nothing is kept elsewhere."""


async def measure(url: str, *, hedge: bool) -> tuple[float, int]:
    """Seconds for all pairs in one flat queue, and the requests sent a second time."""
    rows = tuple(Example(str(i), f"row {i} needs amber", ("yes",)) for i in range(ROWS))
    task = Task("tail", Splits((), rows, ()), lift(lambda reply, row: Grade(float(reply == row.target))))
    journal = Counting()
    connection = Connection(Ledger(Budget()), None, journal=journal, concurrency=IN_FLIGHT, base_url=url, hedge=hedge)
    try:
        evaluator = Evaluator(task, connect("openai/toy-task", "task", connection), 0)
        await evaluator.evaluate([Prompt.of(f"warm up {i}") for i in range(PROMPTS)], rows)
        journal.hedges, start = 0, time.perf_counter()
        await evaluator.evaluate([Prompt.of(f"amber {i}") for i in range(PROMPTS)], rows)
        return time.perf_counter() - start, journal.hedges
    finally:
        await connection.aclose()


def main() -> None:
    """Prints a line without hedging and one with it."""
    for hedge in (False, True):
        runs: list[tuple[float, int]] = []
        for seed in range(DRAWS):
            command = [sys.executable, "-m", "gpo.testing.server", "--tail", str(seed)]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                url = server.stdout.readline().strip() if server.stdout else ""
                runs.append(asyncio.run(measure(url, hedge=hedge)))
            finally:
                server.kill()
        seconds, more = [run[0] for run in runs], sum(run[1] for run in runs) / (DRAWS * PROMPTS * ROWS)
        print(
            f"{'hedged' if hedge else 'plain ':6}: {statistics.median(seconds):.2f} s "
            f"({min(seconds):.2f} to {max(seconds):.2f}), {more:.1%} more calls",
            flush=True,
        )


if __name__ == "__main__":
    main()
