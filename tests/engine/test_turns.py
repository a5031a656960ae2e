"""Of several queues that share places the one that began first goes first, whoever came in between."""

import asyncio
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import gpo
from gpo.core.chat import Reply, Request
from gpo.engine.turns import Turns
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task


async def _one(turns: Turns, queue: int, name: str, seen: list[str]) -> None:
    await turns.enter(queue)
    seen.append(name)
    await asyncio.sleep(0)
    turns.leave()


async def test_the_earlier_queue_goes_first_and_each_in_its_order() -> None:
    turns, seen = Turns(1), list[str]()
    first, second = turns.queue(), turns.queue()
    work = [(first, "a1"), (second, "b1"), (second, "b2"), (first, "a2"), (first, "a3")]
    await asyncio.gather(*(_one(turns, queue, name, seen) for queue, name in work))
    assert seen == ["a1", "a2", "a3", "b1", "b2"]


@given(places=st.integers(1, 4), cancelled=st.sets(st.integers(0, 11)))
def test_no_place_is_lost_or_won_whoever_gives_up(places: int, cancelled: set[int]) -> None:
    async def all_of_them() -> None:
        turns, inside = Turns(places), 0
        queues = [turns.queue() for _ in range(3)]

        async def work(number: int) -> None:
            nonlocal inside
            await turns.enter(queues[number % 3])
            try:
                inside += 1
                assert inside <= places
                await asyncio.sleep(0)
            finally:
                inside -= 1
                turns.leave()

        tasks = [asyncio.create_task(work(number)) for number in range(12)]
        await asyncio.sleep(0)
        for number in cancelled:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(places):
            await asyncio.wait_for(turns.enter(0), 1)
        assert turns._free == 0  # pyright: ignore[reportPrivateUsage]

    asyncio.run(all_of_them())


async def test_proposals_that_are_asked_about_early_are_asked_one_after_the_other(tmp_path: Path) -> None:
    """A server with one slot keeps the prefix of one prompt."""
    asked = list[str]()

    class Slow(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            asked.append(request.messages[-1].text.partition("\n")[0])
            await asyncio.sleep(0)
            return await super().complete(request)

    await gpo.aoptimize(
        toy_task(24),
        task_model=Slow(),
        optimizer_model=ToyWriter(),
        options={"steps": 2, "candidates": 4},
        settings={"concurrency": 1},
        store=tmp_path,
    )
    changes = sum(one != other for one, other in pairwise(asked))
    assert changes <= 2 * len(set(asked))
