"""Requests that take far longer than others are sent a second time: few, paid, and answered once."""

import asyncio
from typing import Any

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Message, Model, Reply, Request, Usage
from gpo.core.errors import BudgetExhausted, ModelUnavailable
from gpo.core.ledger import Ledger
from gpo.models.account import HEDGED, Account
from gpo.models.connect import connect
from gpo.models.hedge import Hedged
from gpo.models.pace import Limits, Pace
from gpo.models.waiting import Paced
from gpo.models.wrappers import Metered
from gpo.testing.server import StubServer, serving

NO_LIMIT = Budget()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.models.hedge.SOONEST_S", 0.02)


def ask(text: str) -> Request:
    return Request((Message("user", text),))


class Tailed:
    """Answers in two milliseconds; the first request of some texts hangs, or whatever `first` does."""

    name = "m"

    def __init__(self, slow: Any = lambda text: text.startswith("slow")) -> None:
        self.slow, self.asked, self.ended = slow, list[str](), 0

    async def complete(self, request: Request) -> Reply:
        text = request.messages[-1].text
        self.asked.append(text)
        try:
            await asyncio.sleep(30 if self.slow(text) and self.asked.count(text) == 1 else 0.002)
        finally:
            self.ended += 1
        return Reply((f"{text} {self.asked.count(text)}",), Usage(10, 5))


def hedged(client: Model, journal: Any, budget: Budget = NO_LIMIT) -> tuple[Model, Account]:
    account = Account("task", "m", price=None, ledger=Ledger(budget), journal=journal)
    metered, pace = Metered(client, account), Pace(Limits(64))
    return Paced(Hedged(metered, Paced(metered, pace), account=account), pace), account


async def _known(model: Model, calls: int = 200) -> None:
    """Answers enough that it is known how long they take, and that a few may be sent twice."""
    for part in range(0, calls, 20):
        await asyncio.gather(*(model.complete(ask(f"quick {part + i}")) for i in range(20)))


async def test_a_slow_request_is_sent_again_and_the_first_answer_counts(journal: Any) -> None:
    client = Tailed()
    model, account = hedged(client, journal)
    await _known(model)
    reply = await asyncio.wait_for(model.complete(ask("slow")), 5)
    assert reply.texts == ("slow 2",)
    assert client.asked.count("slow") == 2
    assert client.ended == len(client.asked)  # the other one was given up, not left behind
    assert [call.failure for call in journal] == [HEDGED]
    assert account.ledger.total.calls == 202


async def test_both_requests_are_paid(journal: Any) -> None:
    model, account = hedged(Tailed(), journal)
    await _known(model)
    before = account.ledger.total.tokens
    await model.complete(ask("slow"))
    given_up = journal[-1].usage.tokens
    assert given_up > 15  # the most that it may have taken: nobody said what it took
    assert account.ledger.total.tokens == before + 15 + given_up


async def test_no_more_than_two_in_a_hundred_are_sent_again(journal: Any) -> None:
    client = Tailed(lambda text: text.startswith("slow"))
    model, _ = hedged(client, journal)
    await _known(model)
    asking = [asyncio.ensure_future(model.complete(ask(f"slow {i}"))) for i in range(50)]
    await asyncio.sleep(0.5)
    assert len(client.asked) - 250 <= 0.02 * 250
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert client.ended == len(client.asked)


async def test_until_it_is_known_how_long_answers_take_nothing_is_sent_again(journal: Any) -> None:
    client = Tailed()
    model, _ = hedged(client, journal)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.complete(ask("slow")), 0.3)
    assert client.asked == ["slow"]


async def test_a_second_request_that_fails_or_is_not_allowed_does_no_harm(journal: Any) -> None:
    class Once(Tailed):
        async def complete(self, request: Request) -> Reply:
            if request.messages[-1].text in self.asked:
                self.asked.append(request.messages[-1].text)
                raise ModelUnavailable("too many", busy=True)
            if request.messages[-1].text == "slow":
                self.asked.append("slow")
                await asyncio.sleep(0.3)
                return Reply(("first",), Usage(1, 1))
            return await super().complete(request)

    model, _ = hedged(Once(), journal)
    await _known(model)
    assert (await model.complete(ask("slow"))).texts == ("first",)

    late = Tailed()
    model, _ = hedged(late, journal, Budget(calls=201))
    await _known(model)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.complete(ask("slow")), 0.4)
    assert late.asked.count("slow") == 1
    with pytest.raises(BudgetExhausted):
        await model.complete(ask("more"))


async def test_a_failure_of_the_only_request_is_told_at_once(journal: Any) -> None:
    class Failing(Tailed):
        async def complete(self, request: Request) -> Reply:
            if request.messages[-1].text == "bad":
                raise ModelUnavailable("away")
            return await super().complete(request)

    model, _ = hedged(Failing(), journal)
    await _known(model)
    with pytest.raises(ModelUnavailable, match="away"):
        await model.complete(ask("bad"))


async def test_whoever_gives_up_waiting_ends_both_requests(journal: Any) -> None:
    client = Tailed()
    client.slow = lambda text: text == "slow"
    model, account = hedged(client, journal)
    await _known(model)
    real = client.complete

    async def never(request: Request) -> Reply:
        client.asked.append("never")
        await asyncio.Event().wait()
        return await real(request)

    client.complete = never  # type: ignore[method-assign]
    asking = asyncio.ensure_future(model.complete(ask("slow")))
    for _ in range(500):
        if client.asked.count("never") == 2:
            break
        await asyncio.sleep(0.02)
    assert client.asked.count("never") == 2
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [call.failure for call in journal] == ["cancelled"] * 2
    assert account.ledger.total.calls == 202


@pytest.mark.parametrize(("hedge", "sent"), [(None, 2), (True, 2), (False, 1)])
async def test_by_itself_it_hedges_on_this_machine_only(
    connected: Any, monkeypatch: pytest.MonkeyPatch, hedge: bool | None, sent: int
) -> None:
    monkeypatch.setattr("gpo.models.hedge.SHARE", 0.5)  # on a busy machine some of the quick ones are slow as well
    slow = 0

    async def tail(body: Any) -> None:
        nonlocal slow
        slow += "slow" in str(body)
        if "slow" in str(body) and slow == 1:
            await asyncio.sleep(1.5 if sent == 1 else 30)  # the duplicate is answered long before

    async with serving(StubServer(fault=tail)) as server:
        model = connect("openai/toy-task", "task", connected(base_url=server.url, hedge=hedge, cache=None))
        await _known(model)
        await model.complete(ask("slow"))
    assert slow == sent


def test_elsewhere_it_does_not_unless_it_is_asked_to(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-123456789")

    def hedges(**more: Any) -> bool:
        return "Hedged" in repr(connect("openai/gpt-4o", "task", connected(**more)))

    assert not hedges()
    assert hedges(hedge=True)
    here: dict[str, Any] = {"base_url": "http://127.0.0.1:1/v1"}
    assert not hedges(**here), "it has a price: what answers here passes it on"
    assert "Hedged" in repr(connect("openai/own", "task", connected(**here)))
    assert "Hedged" not in repr(connect("openai/own", "task", connected(**here, hedge=False)))
    assert "Hedged" not in repr(connect("openai/own", "task", connected(**here, prices={"openai/own": (1.0, 2.0)})))
    assert "Hedged" in repr(connect("ollama/qwen3:4b", "task", connected()))
    assert "Hedged" not in repr(connect("ollama/gpt-oss:120b-cloud", "task", connected()))
