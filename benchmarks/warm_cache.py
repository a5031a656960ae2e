"""How fast a run goes whose every answer is known: evaluator, cache, journal, ledger and store, nothing in flight.

    python benchmarks/warm_cache.py
    python benchmarks/warm_cache.py --profile          # where the time goes

A store is filled by a model in this process; then, in processes of their own, the same prompts meet the same rows.
Answers a second of CPU and of wall clock, the best of three: a machine that is shared says little in wall clock.
"""

import argparse
import asyncio
import cProfile
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from gpo.core.budget import Budget
from gpo.core.chat import Reply, Request, Sampling, Usage
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.engine.evaluate import Evaluator
from gpo.models.connect import Connection, wrap
from gpo.store.sqlite import open_store

PROMPTS, ROWS, IN_FLIGHT, TIMES = 8, 2_500, 64, 3
THOUGHT = "Let me think step by step. The animals are the cat, the dog and the horse, and each of them counts once. "


@dataclass(frozen=True, slots=True)
class Thinker:
    """A model that always says the same."""

    name: str = "thinker"

    async def complete(self, request: Request) -> Reply:
        """A thought and an answer."""
        return Reply((f"{THOUGHT * 2}Answer: 3",), Usage(120, 45), (False,))


def task() -> Task:
    """A task with ROWS rows, all in the selection set."""
    text = f"a cat, a dog, a horse. {'And so on. ' * 20}"
    examples = tuple(Example(str(number), f"Row {number}: {text}", ("3",)) for number in range(ROWS))
    grade = lift(lambda reply, row: Grade(float(reply.rpartition(" ")[2] == row.target)))
    return Task("warm", Splits((), examples, ()), grade, sampling=Sampling(max_tokens=200))


async def evaluate(folder: Path) -> tuple[float, float]:
    """Seconds of wall clock and of CPU to have every answer, asked or known."""
    store, work = open_store(folder), task()
    journal = store.journal(store.create_run(store.new_run_id(), {}, "warm", "gpo"))
    connection = Connection(Ledger(Budget()), store, journal=journal, concurrency=IN_FLIGHT)
    evaluator = Evaluator(work, wrap(Thinker(), "task", connection), 0, at_once=IN_FLIGHT)
    prompts = tuple(Prompt.of(f"Count the animals, version {i}. {'Be careful. ' * 30}") for i in range(PROMPTS))
    wall, cpu = time.perf_counter(), time.process_time()
    await evaluator.evaluate(prompts, work.splits.selection)
    await store.flush()
    took = time.perf_counter() - wall, time.process_time() - cpu
    await connection.aclose()
    store.close()
    return took


def main() -> None:
    """Prints the best of three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--again", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.again:
        print(*asyncio.run(evaluate(given.again)))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(evaluate(Path(folder)))
        if given.profile:
            cProfile.runctx("asyncio.run(evaluate(Path(folder)))", globals(), {"folder": folder}, sort="tottime")
            return
        command = [sys.executable, __file__, "--again", folder]
        ran = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(TIMES)]
    wall, cpu = (min(each) for each in zip(*(map(float, said.split()) for said in ran), strict=True))
    answers = PROMPTS * ROWS
    print(f"{answers:,} known answers: {answers / cpu:,.0f} a second of CPU, {answers / wall:,.0f} of wall clock")


if __name__ == "__main__":
    main()
