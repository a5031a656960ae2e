"""What is wanted in one turn of the loop is asked for at once, and everybody hears of what is theirs."""

import asyncio
from collections.abc import Sequence

import pytest

from gpo.core.chat import Reply
from gpo.core.errors import StoreError
from gpo.store.lookups import MOST, Lookups


class Shelf:
    """Knows the keys that are numbers, and notes what it is asked."""

    def __init__(self, broken: frozenset[str] = frozenset()) -> None:
        self.asked: list[list[str]] = []
        self.broken = broken

    def find(self, keys: Sequence[str]) -> dict[str, Reply]:
        self.asked.append([*keys])
        if self.broken.intersection(keys):
            raise StoreError("damaged")
        return {key: Reply((f"answer {key}",)) for key in keys if key.isdecimal()}


async def test_all_of_one_turn_are_one_question() -> None:
    shelf = Shelf()
    lookups = Lookups(shelf.find)
    found = await asyncio.gather(*map(lookups.get, ["1", "unknown", "2", "1"]))
    assert [reply and reply.texts[0] for reply in found] == ["answer 1", None, "answer 2", "answer 1"]
    assert shelf.asked == [["1", "unknown", "2", "1"]]
    assert await lookups.get("3") == Reply(("answer 3",))
    assert shelf.asked[1:] == [["3"]]


async def test_very_many_are_several_questions() -> None:
    shelf, keys = Shelf(), [str(number) for number in range(2 * MOST + 1)]
    lookups = Lookups(shelf.find)
    found = await asyncio.gather(*map(lookups.get, keys))
    assert [reply and reply.texts[0] for reply in found] == [f"answer {key}" for key in keys]
    assert [len(asked) for asked in shelf.asked] == [MOST, MOST, 1]


async def test_a_failure_is_told_to_all_whose_question_it_was_and_to_nobody_else() -> None:
    lookups = Lookups(Shelf(frozenset({"0"})).find)
    found = await asyncio.gather(*(lookups.get(str(key)) for key in range(MOST + 1)), return_exceptions=True)
    assert {str(each) for each in found[:MOST]} == {"damaged"}
    assert found[MOST] == Reply((f"answer {MOST}",))


@pytest.mark.parametrize("broken", [frozenset[str](), frozenset({"1"})])
async def test_who_stops_waiting_harms_nobody(broken: frozenset[str]) -> None:
    lookups = Lookups(Shelf(broken).find)
    impatient, patient = (asyncio.ensure_future(lookups.get(key)) for key in ("1", "2"))
    impatient.cancel()
    said = await asyncio.gather(impatient, patient, return_exceptions=True)
    assert isinstance(said[0], asyncio.CancelledError)
    assert str(said[1]) == "damaged" if broken else said[1] == Reply(("answer 2",))
