"""Who waits for the first request of a sitting is not overtaken."""

import asyncio

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Message, Reply, Request, Sampling, Usage
from gpo.core.errors import BudgetExhausted, ModelRefused
from gpo.core.ledger import Ledger
from gpo.models.account import Account, CallRecord
from gpo.models.wrappers import Metered


class Silent:
    def record(self, call: CallRecord) -> None: ...
    def secure(self) -> None: ...


class Slow:
    name = "toy/slow"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request.messages[0].text)
        await asyncio.sleep(0.001)
        return Reply(("yes",), Usage(1, 1))


async def test_those_who_wait_for_the_first_request_are_let_in_at_once_in_their_order() -> None:
    slow = Slow()
    account = Account("task", slow.name, address="", price=None, ledger=Ledger(Budget(4)), journal=Silent())
    metered = Metered(slow, account)

    async def ask(text: str) -> None:
        try:
            await metered.complete(Request((Message("user", text),), Sampling()))
        except BudgetExhausted:
            return

    async def first_then_another() -> None:
        await ask("0")
        await asyncio.create_task(ask("late"))

    await asyncio.gather(first_then_another(), *(ask(str(number)) for number in range(1, 4)))
    assert slow.asked == ["0", "1", "2", "3"]


async def test_a_first_request_that_is_refused_for_good_is_the_only_one_that_is_sent_and_booked() -> None:
    class Locked(Slow):
        async def complete(self, request: Request) -> Reply:
            await super().complete(request)
            raise ModelRefused("the key was refused")

    locked = Locked()
    ledger = Ledger(Budget(tokens=100_000))
    metered = Metered(locked, Account("task", locked.name, address="", price=None, ledger=ledger, journal=Silent()))
    work = [metered.complete(Request((Message("user", str(number)),), Sampling())) for number in range(8)]
    refused = await asyncio.gather(*work, return_exceptions=True)
    assert [type(each) for each in refused] == [ModelRefused] * 8
    assert (locked.asked, ledger.total.calls, ledger.total.tokens) == (["0"], 1, 0)
    with pytest.raises(ModelRefused):
        await metered.complete(Request((Message("user", "late"),), Sampling()))
    assert locked.asked == ["0"], "also of those who had not come to the door yet"
