"""What is new is not asked for; else in a swarm all is asked for together; everybody hears of what is theirs."""

import asyncio
from collections.abc import Sequence

import pytest

from gpo.core.chat import Reply
from gpo.core.errors import StoreError
from gpo.store.lookups import FEW, MOST, Lookups


class Shelf:
    """Knows the keys that are numbers, and notes what it is asked; of `absent` it is sure, once that is caught up."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.broken = frozenset[str]()
        self.absent = set[str]()
        self.came: list[str] = []  # since it was last caught up
        self.caught_up = 0

    def lookups(self) -> Lookups:
        return Lookups(self.find, self.absent, self.catch_up)

    def catch_up(self) -> None:
        if "broken" in self.came:
            raise StoreError("damaged")
        self.caught_up += 1
        self.absent.difference_update(self.came)

    def find(self, keys: Sequence[str]) -> dict[str, Reply]:
        self.asked.append([*keys])
        if self.broken.intersection(keys):
            raise StoreError("damaged")
        return {key: Reply((f"answer {key}",)) for key in keys if key.isdecimal()}


async def _in_a_swarm(shelf: Shelf) -> Lookups:
    """Lookups of which many were wanted in the turn before."""
    lookups = shelf.lookups()
    for _ in range(FEW + 1):
        await lookups.get("0")
    await asyncio.sleep(0)
    shelf.asked.clear()
    return lookups


async def test_where_few_are_wanted_nobody_waits() -> None:
    shelf = Shelf()
    lookups = shelf.lookups()
    for _ in range(5):
        wanted = [lookups.get(key) for key in ("1", "unknown")]
        assert [isinstance(each, asyncio.Future) and each.done() for each in wanted] == [True, True]
        assert await asyncio.gather(*wanted) == [Reply(("answer 1",)), None]
        await asyncio.sleep(0)
    assert shelf.asked == [["1"], ["unknown"]] * 5


@pytest.mark.parametrize("swarm", [False, True])
async def test_what_is_surely_not_there_is_not_asked_for_and_nobody_waits_for_that(swarm: bool) -> None:
    shelf = Shelf()
    shelf.absent |= {"new", "1"}
    lookups = await _in_a_swarm(shelf) if swarm else shelf.lookups()
    wanted = [lookups.get("new") for _ in range(FEW + 1)]
    assert [isinstance(each, asyncio.Future) and each.done() for each in wanted] == [True] * (FEW + 1)
    assert await asyncio.gather(*wanted, lookups.get("2")) == [None] * (FEW + 1) + [Reply(("answer 2",))]
    assert shelf.asked == [["2"]]
    shelf.came.append("1")
    await asyncio.sleep(0)
    assert await lookups.get("1") == Reply(("answer 1",))


async def test_what_has_come_is_caught_up_once_in_a_turn_and_a_failure_is_told() -> None:
    shelf = Shelf()
    lookups = shelf.lookups()
    for _ in range(3):
        await asyncio.gather(*(lookups.get(key) for key in "12345"))
        await asyncio.sleep(0)
    assert shelf.caught_up == 3
    shelf.came.append("broken")
    for _ in range(2):
        with pytest.raises(StoreError, match="damaged"):
            await lookups.get("1")


def test_a_loop_that_was_closed_before_its_turn_was_over_leaves_nothing_behind() -> None:
    shelf = Shelf()
    shelf.absent.add("1")
    lookups = shelf.lookups()
    loop = asyncio.new_event_loop()

    async def wanted() -> Reply | None:
        loop.stop()  # at the end of this iteration
        return await lookups.get("1")

    first = loop.create_task(wanted())
    loop.run_forever()
    assert first.result() is None
    loop.close()
    shelf.came.append("1")

    async def wanted_again() -> Reply | None:
        return await lookups.get("1")

    assert asyncio.run(wanted_again()) == Reply(("answer 1",))


async def test_in_a_swarm_all_of_one_turn_are_one_question() -> None:
    shelf = Shelf()
    lookups = await _in_a_swarm(shelf)
    found = await asyncio.gather(*map(lookups.get, ["1", "unknown", "2", "1"]))
    assert [reply and reply.texts[0] for reply in found] == ["answer 1", None, "answer 2", "answer 1"]
    assert shelf.asked == [["1", "unknown", "2", "1"]]
    assert await lookups.get("3") == Reply(("answer 3",))
    assert shelf.asked[1:] == [["3"]]


async def test_very_many_are_several_questions() -> None:
    shelf, keys = Shelf(), [str(number) for number in range(2 * MOST + 1)]
    lookups = await _in_a_swarm(shelf)
    found = await asyncio.gather(*map(lookups.get, keys))
    assert [reply and reply.texts[0] for reply in found] == [f"answer {key}" for key in keys]
    assert [len(asked) for asked in shelf.asked] == [MOST, MOST, 1]


async def test_a_failure_is_told_to_all_whose_question_it_was_and_to_nobody_else() -> None:
    shelf = Shelf()
    lookups = await _in_a_swarm(shelf)
    shelf.broken = frozenset({"0"})
    found = await asyncio.gather(*(lookups.get(str(key)) for key in range(MOST + 1)), return_exceptions=True)
    assert {str(each) for each in found[:MOST]} == {"damaged"}
    assert found[MOST] == Reply((f"answer {MOST}",))


@pytest.mark.parametrize("broken", [frozenset[str](), frozenset({"2"})])
async def test_who_stops_waiting_harms_nobody(broken: frozenset[str]) -> None:
    shelf = Shelf()
    lookups = await _in_a_swarm(shelf)
    shelf.broken = broken
    impatient, patient = (asyncio.ensure_future(lookups.get(key)) for key in ("1", "2"))
    impatient.cancel()
    said = await asyncio.gather(impatient, patient, return_exceptions=True)
    assert isinstance(said[0], asyncio.CancelledError)
    assert str(said[1]) == "damaged" if broken else said[1] == Reply(("answer 2",))
