"""How well an endpoint's limit is used without knowing it: the share of it that is asked, and the share refused.

    python benchmarks/rate_limit.py              # 100 requests a second allowed, 64 calls in flight, a minute each

The server is a token bucket behind HTTP: so many requests a second, some at once, 429 with Retry-After for the rest.
What is allowed in a time is the rate times the time, and what the bucket holds at the start.
"""

import asyncio
import subprocess
import sys
import time

from gpo.core.budget import Budget
from gpo.core.chat import Message, Request
from gpo.core.errors import ModelUnavailable
from gpo.core.ledger import Ledger
from gpo.models.account import CallRecord
from gpo.models.connect import Connection, connect

SECONDS = 60.0
SETTLED_S = 20.0
IN_FLIGHT = 64


class Counting:
    """A journal that keeps when each request was answered or refused."""

    def __init__(self) -> None:
        self.answered: list[float] = []
        self.refused: list[float] = []

    def record(self, call: CallRecord) -> None:
        """Notes the time."""
        (self.refused if call.failure else self.answered).append(time.monotonic())

    def secure(self) -> None:
        """Nothing is kept elsewhere."""


async def drive(url: str) -> tuple[Counting, float]:
    """Asks without a pause; the journal, and when it began."""
    journal, start = Counting(), time.monotonic()
    connection = Connection(
        Ledger(Budget()), None, journal=journal, concurrency=IN_FLIGHT, max_retries=20, base_url=url
    )
    model = connect("openai/toy-task", "task", connection)

    async def ask(asker: int) -> None:
        number = 0
        while time.monotonic() - start < SECONDS:
            number += 1
            try:
                await model.complete(Request((Message("user", f"{asker} {number}"),)))
            except ModelUnavailable:
                continue

    try:
        await asyncio.gather(*(ask(number) for number in range(4 * IN_FLIGHT)))
    finally:
        await connection.aclose()
    return journal, start


def shares(journal: Counting, start: float, end: float, allowed: float) -> str:
    """The share of what was allowed that was answered, and the share of all requests that was refused."""
    answered = sum(start <= each < end for each in journal.answered)
    refused = sum(start <= each < end for each in journal.refused)
    return f"{answered / allowed:6.1%} of what is allowed, {refused / max(1, answered + refused):5.1%} refused"


def main() -> None:
    """Prints a line for each limit: over all, cold start included, and once it has settled."""
    for per_s, burst in ((100, 10), (100, 100), (100, 300), (400, 40), (400, 400), (20, 20)):
        command = [sys.executable, "-m", "gpo.testing.server", "--delay-ms", "50"]
        command += ["--per-s", str(per_s), "--burst", str(burst)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip() if server.stdout else ""
            journal, start = asyncio.run(drive(url))
        finally:
            server.kill()
        end = start + SECONDS
        over_all = shares(journal, start, end, per_s * SECONDS + burst)
        settled = shares(journal, start + SETTLED_S, end, per_s * (SECONDS - SETTLED_S))
        print(f"{per_s:4} a second, {burst:3} at once: {over_all}; settled: {settled}", flush=True)


if __name__ == "__main__":
    main()
