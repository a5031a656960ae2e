"""What a call that failed may have cost: nothing where it was refused, else as much as it may have taken."""

import asyncio
from typing import Any

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Message, Request, Sampling
from gpo.core.errors import BudgetExhausted, ModelError
from gpo.models.connect import connect
from gpo.testing.server import StubServer, always, chat_json, sent, serving

ASK = Request((Message("user", "amber\nrow needs amber"),), Sampling(max_tokens=40))
FILTERED = chat_json("half of it", reason="content_filter", prompt=150, completion=250)


@pytest.mark.parametrize(
    ("fault", "paid"),
    [
        (always(200, FILTERED), True),
        (always(200, {"choices": [], "usage": {"prompt_tokens": 150, "completion_tokens": 250}}), True),
        (always(200, "<html>"), True),
        (sent(chat_json("yes"), "broken off"), True),
        (always(400, {"error": {"message": "malformed"}}), False),
        (always(500, {"error": {"message": "broke"}}), False),
    ],
)
async def test_what_may_have_been_paid_is_booked(connected: Any, fault: Any, paid: bool) -> None:
    async with serving(StubServer(fault=fault)) as server:
        connection = connected(base_url=server.url, max_retries=0)
        model, ledger = connect("openai/toy-task", "task", connection), connection.ledger
        with pytest.raises(ModelError):
            await model.complete(ASK)
    assert (ledger.total.tokens >= 40) is paid
    assert ledger.total.calls == 1


async def test_a_budget_of_tokens_holds_where_every_second_answer_is_filtered(connected: Any) -> None:
    """The endpoint counts what it filters; the budget is not exceeded by its count."""
    counted = 0

    async def every_second(body: Any) -> Any:
        nonlocal counted
        counted += 50
        if len(server.seen) % 2:
            return None
        return await always(200, chat_json("half", reason="content_filter", prompt=10, completion=40))(body)

    async with serving(StubServer(fault=every_second)) as server:
        connection = connected(Budget(tokens=5_000), base_url=server.url, cache=None, max_retries=0)
        model = connect("openai/toy-task", "task", connection)

        async def ask() -> None:
            while True:
                try:
                    await model.complete(ASK)
                except BudgetExhausted:
                    return
                except ModelError:
                    continue

        await asyncio.gather(*(ask() for _ in range(4)))
    assert counted <= 5_000
