"""Endpoints take more than a request shows: the budget holds all the same."""

import asyncio
from typing import Any

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Message, Reply, Request, Sampling, Usage
from gpo.core.errors import BudgetExhausted, ModelError, ModelUnavailable
from gpo.models.connect import connect, wrap
from gpo.models.overhead import UNKNOWN, Extent, Overhead
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import StubServer, refusing, serving

PRICES = {"m": (1_000_000.0, 1_000_000.0)}
"""A dollar a token."""


def _request(number: int) -> Request:
    return Request((Message("user", f"What is {number} and {number}? " * 8),), Sampling(max_tokens=20))


async def _spend_all(model: Any, requests: int = 400) -> None:
    answers = (model.complete(_request(number)) for number in range(requests))
    for outcome in await asyncio.gather(*answers, return_exceptions=True):
        assert isinstance(outcome, Reply | BudgetExhausted)


@pytest.mark.parametrize("added", [0, 120, 700])
@pytest.mark.parametrize("budget", [Budget(tokens=9_000), Budget(usd=9_000.0)])
async def test_a_system_prompt_of_the_server_does_not_break_the_budget(
    connected: Any, budget: Budget, added: int
) -> None:
    async def slow(request: Request) -> Reply:
        await asyncio.sleep(0.001)
        return Reply(("a",), Usage(60 + added, 20 + added // 4))

    connection = connected(budget, cache=None, concurrency=32, prices=PRICES)
    await _spend_all(wrap(_Slow(slow), "task", connection))
    assert 9_000 - 2 * (400 + 2 * added) < connection.ledger.total.tokens <= 9_000


class _Slow:
    name = "m"

    def __init__(self, answer: Any) -> None:
        self.complete = answer


async def test_where_there_is_a_limit_the_first_request_goes_alone(connected: Any) -> None:
    most: list[int] = []
    at_once = 0

    async def count(request: Request) -> Reply:
        nonlocal at_once
        at_once += 1
        most.append(at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        return Reply(("a",), Usage(1, 1))

    model = wrap(_Slow(count), "task", connected(Budget(calls=100), concurrency=8))
    await asyncio.gather(*(model.complete(_request(number)) for number in range(20)))
    assert (most[0], most[1], max(most)) == (1, 1, 8)


async def test_a_server_that_is_away_does_not_keep_the_others_in_line(connected: Any) -> None:
    """Else each would wait for the time-out of the one before."""
    under_way = 0

    async def hang(request: Request) -> Reply:
        nonlocal under_way
        under_way += 1
        await asyncio.sleep(0.05)
        raise ModelUnavailable("time-out")

    model = wrap(_Slow(hang), "task", connected(Budget(tokens=10**6), concurrency=16, max_retries=0))
    calls = asyncio.gather(*(model.complete(_request(number)) for number in range(16)), return_exceptions=True)
    assert all(isinstance(each, ModelError) for each in await asyncio.wait_for(calls, 0.5))


async def test_every_request_that_reaches_the_server_is_a_call_also_those_it_refuses(connected: Any) -> None:
    async def picky(body: dict[str, Any]) -> Any:
        for name in ("seed", "temperature", "max_tokens"):
            if (refused := await refusing(name)(body)) is not None:
                return refused
        return None

    stub = StubServer({"m": ScriptedModel(lambda _: "fine", "m")}, picky)
    async with serving(stub) as server:
        connection = connected(Budget(calls=20), base_url=server.url, concurrency=32)
        model = connect("openai/m", "task", connection)
        requests = [Request(_request(number).messages, Sampling(seed=number)) for number in range(40)]
        ends = await asyncio.gather(*(model.complete(each) for each in requests), return_exceptions=True)
    assert len(stub.seen) == connection.ledger.total.calls == 20
    assert sum(isinstance(each, Reply) for each in ends) == 20 - 3, "each parameter is refused once"


def test_the_reservation_grows_to_what_was_seen_and_never_shrinks() -> None:
    overhead, request = Overhead(), _request(1)
    before = overhead.most(Extent.of(request))
    overhead.learn(Extent.of(request), Usage(UNKNOWN + 900, UNKNOWN + 75))
    after = overhead.most(Extent.of(request))
    assert after.prompt_tokens > UNKNOWN + 900
    assert (before.completion_tokens, after.completion_tokens) == (20 + UNKNOWN, 20 + UNKNOWN + 75)
    overhead.learn(Extent.of(request), Usage(5, 1))
    assert overhead.most(Extent.of(request)) == after


def test_pictures_teach_nothing_of_the_rest() -> None:
    overhead = Overhead()
    shown = Request((Message("user", "Look.", images=("data:image/png;base64,AA",)),))
    overhead.learn(Extent.of(shown), Usage(1_500, 5))
    most = overhead.most(Extent.of(Request((Message("user", "hi"),), Sampling(max_tokens=1))))
    assert (most.prompt_tokens, most.completion_tokens) == (2 + 16, 1 + UNKNOWN)
