"""Knows how the server runs as a process of its own: until it is killed."""

import argparse
import asyncio
import sys
from pathlib import Path

import gpo.testing.server
from gpo.testing.server.bare import Bare
from gpo.testing.server.faults import FAULTS, allowing, tailed
from gpo.testing.server.stub import StubServer, serving


def main() -> None:
    """Serves until it is killed; the first line on standard output is the URL."""
    parser = argparse.ArgumentParser(prog="python -m gpo.testing.server", description=gpo.testing.server.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="a file that gets a JSON line for every request")
    parser.add_argument("--fault", choices=sorted(FAULTS))
    parser.add_argument("--times", type=int, help="how many requests meet the fault (default: all)")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="how long an answer takes")
    parser.add_argument("--per-s", type=float, help="requests a second at most; the others are refused with 429")
    parser.add_argument("--burst", type=float, default=1.0, help="how many of them at once")
    parser.add_argument("--tail", type=int, metavar="SEED", help="around 50 ms an answer, but 2 s for 1 of 100")
    parser.add_argument("--bare", action="store_true", help='say "yes" to whatever is asked, at next to no cost')
    given = parser.parse_args()
    if given.bare:
        bare = Bare(given.delay_ms / 1000, given.port)
        _tell(bare.url)
        bare.serve()
    fault = FAULTS[given.fault] if given.fault else None
    if given.per_s:
        fault = allowing(given.per_s, given.burst)
    if given.tail is not None:
        fault = tailed(seed=given.tail)
    stub = StubServer(fault=fault, times=given.times, delay_s=given.delay_ms / 1000, log=given.log)
    asyncio.run(_serve(stub, given.port))


async def _serve(stub: StubServer, port: int) -> None:
    async with serving(stub, port=port):
        _tell(stub.url)
        await asyncio.Event().wait()


def _tell(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
