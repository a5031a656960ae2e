"""The paper's run on one BBH task, as this engine makes it and as the released code asks: one call after the other.

    python benchmarks/paper_run.py             # 18 steps x 8 candidates x 48 rows x 2 turns, 50 ms an answer

A stub server answers after 50 ms. The limit is the calls of the task model divided by 64 in flight, plus one answer of
the optimizer model a step; the sequential pattern is measured on SAMPLE calls and extrapolated to the calls that the
released code makes (it also looks at the test set at every step, and throws most of its proposals away).
"""

import asyncio
import gc
import tempfile
from pathlib import Path
from time import perf_counter

from engine_speed import serve

import gpo
from gpo.cli.main import YOUNG
from gpo.core.chat import Message, Model, Reply, Request
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.models.http import Http

ROWS, STEPS, CANDIDATES, TURNS = 48, 18, 8, 2
DELAY_S, IN_FLIGHT, SAMPLE = 0.05, 64, 100
RELEASED_CALLS = 23_970
"""Of the released code, for this run."""


async def answer_in_two_turns(prompt: gpo.Prompt, example: Example, model: Model) -> str:
    """Asks, then asks for the answer alone, as the paper does with chat models."""
    first = Message("user", f"{prompt.text}\n{example.input}")
    said = await model.complete(Request((first,)))
    again = Message("user", f"{prompt.text}\n{example.input}")
    return (await model.complete(Request((first, Message("assistant", said.texts[0]), again)))).texts[0]


def task() -> Task:
    """Rows that no proposal solves, so that the search takes all of its steps."""
    rows = tuple(Example(f"row {i}", f"row {i} needs nothing", ("never",)) for i in range(ROWS))
    seed = gpo.Prompt.of("Answer the row.")
    grade = lift(lambda reply, example: Grade(float(reply == example.target)))
    return Task("paper", Splits(rows, rows, ()), grade, seed=seed, answer=answer_in_two_turns)


class Writer:
    """Writes as many new prompts as it is asked for, DELAY_S later: none is a twin, none moves too far."""

    name = "writer"

    def __init__(self) -> None:
        self.written = 0

    async def complete(self, request: Request) -> Reply:
        """Prompts that differ in a number."""
        await asyncio.sleep(DELAY_S)
        numbers = range(self.written, self.written + request.sampling.n)
        self.written += request.sampling.n
        return Reply(tuple(f"<prompt>Answer the row, take {number}.</prompt>" for number in numbers))


async def ours(url: str, folder: Path) -> tuple[float, int]:
    """Seconds of the whole run, and the calls of the task model."""
    start = perf_counter()
    result = await gpo.aoptimize(
        task(),
        task_model="openai/toy-task",
        optimizer_model=Writer(),
        options={"steps": STEPS, "candidates": CANDIDATES},
        settings={"base_url": url, "concurrency": IN_FLIGHT},
        store=folder,
    )
    return perf_counter() - start, result.cost["task"].calls


async def one_after_the_other(url: str) -> float:
    """Seconds of a call, where the next waits for it."""
    http, body = Http(), {"model": "toy-task", "messages": [{"role": "user", "content": "row 1 needs amber"}]}
    start = perf_counter()
    for _ in range(SAMPLE):
        await http.post(f"{url}/chat/completions", body, "stub")
    took = perf_counter() - start
    await http.aclose()
    return took / SAMPLE


def main() -> None:
    """Prints a line for each."""
    gc.set_threshold(YOUNG)  # as the commands do
    server, url = serve(1000 * DELAY_S, "--bare")
    try:
        with tempfile.TemporaryDirectory() as name:
            seconds, calls = asyncio.run(ours(url, Path(name)))
        limit = calls / IN_FLIGHT * DELAY_S + STEPS * DELAY_S
        print(f"gpo, {IN_FLIGHT} in flight: {calls:,} task calls in {seconds:.1f} s, {seconds / limit:.2f} x the limit")
        call_s = asyncio.run(one_after_the_other(url))
        released = RELEASED_CALLS * call_s
        print(
            f"one after the other: {call_s * 1000:.1f} ms a call, {RELEASED_CALLS:,} calls of the released code in "
            f"{released / 60:.1f} min (extrapolated from {SAMPLE} calls), {released / seconds:.0f} x as long"
        )
    finally:
        server.kill()


if __name__ == "__main__":
    main()
