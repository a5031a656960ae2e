"""How a store of a million answers behaves: opening, listing, reporting, as functions and as commands.

    python benchmarks/large_store.py                   # 20 runs; half a gigabyte in the temporary folder, two minutes
    python benchmarks/large_store.py --runs 1          # all in one run of 2,500 steps
    python benchmarks/large_store.py --runs 2000

Each run is as an optimizer's: steps of 8 candidates on 50 rows, each with its answers, calls and events, every
hundredth request failing once. Keys are hashes, as real ones. Seconds: the lowest of three. Nothing is asserted: a busy
machine is no defect.
"""

import argparse
import asyncio
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time

from gpo.core.chat import Reply, Usage
from gpo.core.events import Evaluated, Event, Kept, Proposed, Recalled, StepFinished, StepStarted
from gpo.models.account import CallRecord
from gpo.report.read import read_report
from gpo.store.contract import Store
from gpo.store.sqlite import open_store

CANDIDATES, ROWS = 8, 50
AT_ONCE, LOOKS, TIMES = 16, 10_000, 3
THOUGHT = "Let me think step by step. The animals are the cat, the dog and the horse, and each of them counts once. "
COMMANDS = (("list",), ("show",), ("show", "--json"), ("export",), ("export", "--format", "json"))


def key(number: int) -> str:
    """As a real one."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def call(number: int, usage: Usage, failure: str = "") -> CallRecord:
    """What is written down of one request."""
    return CallRecord(
        "task",
        "openai/gpt-5-mini",
        key=key(number),
        cached=False,
        usage=usage,
        usd=0.0 if failure else 1e-4,
        latency_s=0.5,
        failure=failure,
    )


def prompt(step: int, candidate: int) -> str:
    """A candidate's text."""
    return f"Read the question twice, then count what is asked for, and nothing else ({step}, {candidate}). " * 3


def events(step: int) -> Iterator[Event]:
    """What happens in a step."""
    yield StepStarted(step, f"{step - 1:016x}", prompt(step - 1, 0), 0.5)
    yield Recalled(step, tuple(f"{step - back:016x}" for back in range(1, 4)))
    for candidate in range(CANDIDATES):
        yield Proposed(step, f"{step:08x}{candidate:08x}", prompt(step, candidate), 12, 30)
    for candidate in range(CANDIDATES):
        text = prompt(step, candidate)
        yield Evaluated(step, f"{step:08x}{candidate:08x}", text, "selection", 0.5 + candidate / 100, ROWS)
    yield Kept(step, f"{step:016x}", prompt(step, 0), 0.5, 0.0)
    yield StepFinished(step, f"{step:016x}", prompt(step, 0), 0.5)


async def fill(folder: Path, answers: int, runs: int) -> float:
    """Seconds of CPU for each answer of a store that is given so many, in so many runs."""
    store, began, steps = open_store(folder), process_time(), max(1, answers // (runs * CANDIDATES * ROWS))
    number = 0
    for _ in range(runs):
        run_id = store.create_run(store.new_run_id(), {"settings": {}, "seed_prompt": "Count."}, "count", "gpo")
        journal = store.journal(run_id)
        for step in range(1, steps + 1):
            for _ in range(CANDIDATES * ROWS):
                await _answered(store, journal.record, number)
                number += 1
            store.save_step(run_id, step, {"trajectory": [prompt(step, 0)] * min(step, 100)}, tuple(events(step)))
        store.finish_run(run_id, "finished", "all steps done", {})
    await store.flush()
    store.close()
    return (process_time() - began) / number


async def _answered(store: Store, record: Callable[[CallRecord], None], number: int) -> None:
    if number % 100 == 0:
        record(call(number, Usage(), failure="ModelUnavailable: 503"))
    usage = Usage(180, 45, cached_tokens=64)
    await store.put(key(number), Reply((f"{THOUGHT * 2}Answer: {number}",), usage, (False,)))
    record(call(number, usage))
    if number % AT_ONCE == 0:
        await asyncio.sleep(0)


def commands(folder: Path) -> dict[str, float]:
    """Seconds of each command that looks, as a fresh process."""
    return {f"gpo {' '.join(words)}": _took(lambda words=words: _command(folder, words)) for words in COMMANDS}


def _command(folder: Path, words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "gpo", *words, "--store", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def functions(folder: Path) -> dict[str, float]:
    """Seconds of each thing that a command does."""
    took = {"opening": _took(lambda: open_store(folder).close())}
    store = open_store(folder)
    run = store.run("latest").id
    took["listing the runs"] = _took(store.runs)
    took["finding one of them"] = _took(lambda: store.run(run))
    took["costs by role and model"] = _took(lambda: store.summary(run))
    took["what was spent, as resume asks"] = _took(lambda: store.spent(run))
    took["the events"] = _took(lambda: store.events(run))
    took["a report"] = _took(lambda: read_report(store, run))
    store.close()
    return took


async def found(folder: Path, answers: int) -> float:
    """Seconds to find LOOKS answers, all over the store."""
    store = open_store(folder)
    began = perf_counter()
    replies: list[Awaitable[Reply | None]] = [store.get(key(i)) for i in range(0, answers, max(1, answers // LOOKS))]
    for each in replies:
        await each
    store.close()
    return (perf_counter() - began) / len(replies)


def _took(work: Callable[[], object]) -> float:
    def once() -> float:
        began = perf_counter()
        work()
        return perf_counter() - began

    return min(once() for _ in range(TIMES))


def main() -> None:
    """Prints a line for each thing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keeps the store there, or measures the one that is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "gpo.sqlite").exists():
            each = asyncio.run(fill(folder, given.answers, given.runs))
            print(f"writing an answer with its call {1e6 * each:.1f} µs CPU")
        size = sum(path.stat().st_size for path in folder.glob("gpo.sqlite*"))
        print(f"{given.answers:,} answers in {given.runs:,} runs: {size / 2**20:,.0f} MB")
        for said, seconds in {**functions(folder), **commands(folder)}.items():
            print(f"{said:<32} {seconds:.3f} s", flush=True)
        print(f"finding an answer {1e6 * asyncio.run(found(folder, given.answers)):.1f} µs")


if __name__ == "__main__":
    main()
