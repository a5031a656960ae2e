"""Knows how to run awaitables side by side so that nothing is left running behind the caller's back."""

from asyncio import TaskGroup, sleep
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar, cast

T = TypeVar("T")

PATIENCE = 64
"""After so many pieces of work that never waited, others on the loop get a turn."""


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
    """The results, in the order given. The first error cancels the rest and is raised alone, as itself."""
    try:
        async with TaskGroup() as group:
            tasks = [group.create_task(job) for job in work]
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    return tuple(task.result() for task in tasks)


async def in_order(work: Iterable[Coroutine[Any, Any, T]], take: Callable[[T], object]) -> None:
    """Runs all of the work side by side; `take` is given each result once it and all before it are there.

    So the first may be of use while the last is still on its way, and the order in which they come leaves no trace.
    """
    there: dict[int, T] = {}
    taken = 0

    async def one(place: int, job: Coroutine[Any, Any, T]) -> None:
        nonlocal taken
        there[place] = await job
        while taken in there:
            taken += 1
            take(there.pop(taken - 1))

    await together(one(place, job) for place, job in enumerate(work))


async def stream(work: Iterable[Coroutine[Any, Any, object]], at_once: int) -> None:
    """Runs the work in the order given, `at_once` (≥ 1) side by side; no piece is made before its turn has come.

    So what waits takes no memory, and the first has begun before the last is thought of. The first error cancels what
    is under way and is raised alone, as itself.
    """
    turns = enumerate(work)

    async def worker() -> None:
        for turn, job in turns:
            await job
            if turn % PATIENCE == 0:
                await sleep(0)

    await together(worker() for _ in range(at_once))


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(cast(BaseExceptionGroup[BaseException], first)) if isinstance(first, BaseExceptionGroup) else first
