"""What stands around a model: asked once, paid once, written down once, repeated when that may help."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpo.core.budget import Budget, Spent
from gpo.core.chat import Message, Reply, Request, Sampling, Usage
from gpo.core.errors import BudgetExhausted, ModelError, ModelRefused, ModelUnavailable, StoreError, UnreadableReply
from gpo.core.ledger import Ledger
from gpo.core.together import together
from gpo.models.account import Account, request_key
from gpo.models.connect import wrap
from gpo.models.prices import Price
from gpo.models.retrying import LONGEST_WAIT_S, Retrying
from gpo.models.waiting import Limited
from gpo.models.wrappers import Cached, Fanned, Metered
from gpo.store.sqlite import open_store
from gpo.testing.scripted import ScriptedModel

NO_LIMIT = Budget()


def ask(text: str = "hi", **sampling: Any) -> Request:
    return Request((Message("user", text),), Sampling(**sampling))


def echo(request: Request) -> str:
    return request.messages[-1].text


def account(journal: Any, budget: Budget = NO_LIMIT, price: Price | None = None) -> Account:
    return Account("task", "m", price=price, ledger=Ledger(budget), journal=journal)


class Naps:
    """A sleep that only notes how long it would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


# --- Fanned


async def test_missing_answers_are_asked_for_one_by_one_with_seeds_of_their_own() -> None:
    inner = ScriptedModel(lambda request: Reply((f"{request.sampling.seed}",), Usage(3, 2)))
    reply = await Fanned(inner).complete(ask(n=4, seed=7))
    assert len(set(reply.texts)) == 4
    assert reply.texts[0] == "7"
    assert [call.sampling.n for call in inner.calls] == [4, 1, 1, 1]
    assert reply.usage == Usage(12, 8)
    again = await Fanned(ScriptedModel(inner.script)).complete(ask(n=4, seed=7))
    assert again == reply


async def test_each_answer_keeps_whether_it_was_cut() -> None:
    inner = ScriptedModel([Reply(("a", "b"), cut=(False, True)), Reply(("c",), cut=(True,))])
    assert (await Fanned(inner).complete(ask(n=3))).cut == (False, True, True)


async def test_more_answers_than_asked_for_are_cut_off() -> None:
    reply = await Fanned(ScriptedModel([Reply(("a", "b", "c"), Usage(1, 9))])).complete(ask(n=2))
    assert reply.texts == ("a", "b")
    assert reply.usage == Usage(1, 9)


async def test_an_endpoint_that_gives_no_answers_is_unreadable() -> None:
    with pytest.raises(UnreadableReply, match="0 of 2"):
        await Fanned(ScriptedModel(lambda _: Reply(()))).complete(ask(n=2))


# --- Cached


async def test_equal_requests_at_the_same_time_are_asked_once(connected: Any, journal: Any) -> None:
    inner = ScriptedModel(echo, delay_s=0.01)
    model = wrap(inner, "task", connected())
    replies = await asyncio.gather(*(model.complete(ask("same")) for _ in range(9)), model.complete(ask("other")))
    assert [reply.texts for reply in replies] == [("same",)] * 9 + [("other",)]
    assert sorted(map(echo, inner.calls)) == ["other", "same"]
    assert sorted(call.cached for call in journal) == [False] * 2 + [True] * 8


class Slow:
    """A cache that takes a while to say what it had when it was asked, or fails to."""

    def __init__(self, failures: int = 0) -> None:
        self.kept: dict[str, Reply] = {}
        self.failures = failures

    async def get(self, key: str) -> Reply | None:
        known = self.kept.get(key)
        await asyncio.sleep(0.01)
        if self.failures:
            self.failures -= 1
            raise StoreError("damaged")
        return known

    async def put(self, key: str, reply: Reply) -> None:
        self.kept[key] = reply


async def test_however_long_it_takes_to_look_an_answer_up_it_is_asked_for_once() -> None:
    inner = ScriptedModel(echo, delay_s=0.015)
    model = Cached(inner, Slow(), key=echo)

    async def later(seconds: float) -> Reply:
        await asyncio.sleep(seconds)
        return await model.complete(ask())

    replies = await asyncio.gather(*(later(0.002 * place) for place in range(20)))  # some look while it is answered
    assert {reply.texts for reply in replies} == {("hi",)}
    assert len(inner.calls) == 1


async def test_where_looking_up_fails_whoever_waited_looks_as_well() -> None:
    model = Cached(ScriptedModel(echo), Slow(failures=1), key=echo)
    first, second = await asyncio.gather(model.complete(ask()), model.complete(ask()), return_exceptions=True)
    assert isinstance(first, StoreError)
    assert isinstance(second, Reply)


async def test_a_kept_answer_costs_nothing_and_needs_no_budget(connected: Any, journal: Any) -> None:
    connection = connected(Budget(calls=1))
    model = wrap(ScriptedModel(echo), "task", connection)
    assert await model.complete(ask()) == await model.complete(ask())
    assert connection.ledger.total.calls == 1
    assert [(call.cached, call.usd) for call in journal] == [(False, None), (True, 0.0)]
    assert journal[1].usage == Usage(10, 5)


async def test_without_a_cache_every_request_is_asked(connected: Any) -> None:
    inner = ScriptedModel(echo)
    model = wrap(inner, "task", connected(cache=None))
    await model.complete(ask())
    await model.complete(ask())
    assert len(inner.calls) == 2


@pytest.mark.parametrize("failure", [ModelRefused("no", fatal=False), UnreadableReply("garbled")])
async def test_a_failure_is_not_kept(connected: Any, failure: ModelError) -> None:
    inner = ScriptedModel([failure, "yes"], delay_s=0.005)
    model = wrap(inner, "optimizer", connected(max_retries=0))
    first, second = await asyncio.gather(model.complete(ask()), model.complete(ask()), return_exceptions=True)
    assert isinstance(first, type(failure))
    assert isinstance(second, Reply)
    assert second.texts == ("yes",)


@pytest.mark.parametrize("role", ["task", "judge"])
@pytest.mark.parametrize("failure", [ModelRefused("no: never", fatal=False), UnreadableReply("no: never")])
async def test_what_failed_for_good_is_not_asked_twice(connected: Any, role: str, failure: ModelError) -> None:
    inner, connection = ScriptedModel([failure, "yes"]), connected()
    for _ in range(3):
        with pytest.raises(type(failure), match="no: never"):
            await wrap(inner, role, connection).complete(ask())
    assert len(inner.calls) == connection.ledger.total.calls == 1


async def test_whoever_stops_waiting_for_another_ones_question_harms_nobody(connected: Any) -> None:
    inner = ScriptedModel(echo, delay_s=0.02)
    model = wrap(inner, "task", connected())
    asking, impatient, patient = (asyncio.ensure_future(model.complete(ask())) for _ in range(3))
    await asyncio.sleep(0.005)
    impatient.cancel()
    assert (await asking).texts == (await patient).texts == ("hi",)
    assert impatient.cancelled()
    assert len(inner.calls) == 1


async def test_when_the_one_who_asks_is_cancelled_the_next_in_line_asks(connected: Any) -> None:
    inner = ScriptedModel(echo, delay_s=0.02)
    model = wrap(inner, "task", connected())
    asking, waiting = (asyncio.ensure_future(model.complete(ask())) for _ in range(2))
    await asyncio.sleep(0.005)
    asking.cancel()
    assert (await waiting).texts == ("hi",)
    assert len(inner.calls) == 2


def test_the_key_holds_whatever_changes_the_answer_and_nothing_else() -> None:
    base = ask("hi", temperature=0.5, max_tokens=9, n=2, seed=3)
    changed = [
        replace(base, messages=(Message("system", "hi"),)),
        replace(base, messages=(*base.messages, Message("user", "hi"))),
        *(
            replace(base, sampling=replace(base.sampling, **{name: value}))
            for name, value in {"temperature": 0.6, "max_tokens": 8, "n": 3, "seed": 4}.items()
        ),
    ]
    keys = [request_key("m", "a", request) for request in (base, *changed)]
    keys += [request_key("m2", "a", base), request_key("m", "b", base)]
    assert len(set(keys)) == len(keys)
    assert request_key("m", "a", ask("hi", temperature=0.5, max_tokens=9, n=2, seed=3)) == keys[0]


async def test_cached_is_a_model_on_its_own(cache: Any) -> None:
    inner = ScriptedModel(echo)
    model = Cached(inner, cache, key=lambda request: echo(request))
    assert await model.complete(ask()) == await model.complete(ask())
    assert len(inner.calls) == 1
    assert list(cache) == ["hi"]


# --- Retrying


async def test_what_is_unavailable_is_asked_again_after_growing_waits() -> None:
    naps = Naps()
    inner = ScriptedModel([ModelUnavailable("busy")] * 3 + ["fine"])
    assert (await Retrying(inner, 5, sleep=naps).complete(ask())).texts == ("fine",)
    assert [0.25 * 2**i <= nap <= 0.5 * 2**i for i, nap in enumerate(naps.seconds)] == [True] * 3


async def test_the_endpoints_wish_is_granted_within_reason() -> None:
    naps = Naps()
    wishes = (7.5, 0.0, -3.0, 1e9, float("nan"), float("inf"))
    inner = ScriptedModel([*(ModelUnavailable("busy", retry_after_s=wish) for wish in wishes), "fine"])
    await Retrying(inner, len(wishes), sleep=naps).complete(ask())
    assert naps.seconds[:4] == [7.5, 0.0, 0.0, LONGEST_WAIT_S]
    assert all(0 < nap <= LONGEST_WAIT_S for nap in naps.seconds[4:])


@pytest.mark.parametrize("retries", [0, 1, 4])
async def test_the_last_failure_is_told_after_a_bounded_number_of_tries(retries: int) -> None:
    inner = ScriptedModel(lambda _: ModelUnavailable("still busy"))
    with pytest.raises(ModelUnavailable, match="still busy"):
        await Retrying(inner, retries, sleep=Naps()).complete(ask())
    assert len(inner.calls) == retries + 1


async def test_a_thousand_retries_do_not_wait_for_ever() -> None:
    naps = Naps()
    inner = ScriptedModel([*[ModelUnavailable("busy")] * 1500, "fine"])
    await Retrying(inner, 1500, sleep=naps).complete(ask())
    assert max(naps.seconds) <= LONGEST_WAIT_S


@pytest.mark.parametrize("error", [ModelRefused("no"), UnreadableReply("?"), BudgetExhausted("", limit="usd")])
async def test_what_is_refused_is_not_repeated(error: Any) -> None:
    inner = ScriptedModel([error, "fine"])
    with pytest.raises(type(error)):
        await Retrying(inner, 5, sleep=Naps()).complete(ask())
    assert len(inner.calls) == 1


# --- Limited


@pytest.mark.parametrize("slots", [1, 3])
async def test_no_more_calls_than_slots_are_under_way(slots: int) -> None:
    inner = ScriptedModel(echo, delay_s=0.002)
    model = Limited(inner, asyncio.Semaphore(slots))
    await asyncio.gather(*(model.complete(ask(str(i))) for i in range(8)))
    assert inner.most_at_once == slots


async def test_a_call_that_waits_to_be_repeated_holds_no_slot(journal: Any) -> None:
    inner = ScriptedModel(lambda request: ModelUnavailable("busy") if echo(request) == "bad" else "fine")
    one_slot = asyncio.Semaphore(1)
    asleep = asyncio.Event()

    async def for_ever(_: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    model = Retrying(Limited(inner, one_slot), 3, sleep=for_ever)
    stuck = asyncio.ensure_future(model.complete(ask("bad")))
    await asleep.wait()
    assert (await asyncio.wait_for(model.complete(ask("good")), 1)).texts == ("fine",)
    stuck.cancel()


# --- Metered and Recorded


async def test_a_call_is_paid_by_what_it_took(journal: Any) -> None:
    paid = account(journal, price=Price(2.0, 8.0))
    await Metered(ScriptedModel(echo, usage=Usage(100, 50)), paid).complete(ask(max_tokens=500))
    assert paid.ledger.by_role == {"task": Spent(1, 150, usd=pytest.approx(600e-6))}


async def test_the_upper_bound_is_reserved_before_anything_is_sent(journal: Any) -> None:
    inner = ScriptedModel(echo)
    with pytest.raises(BudgetExhausted, match="tokens"):
        await Metered(inner, account(journal, Budget(tokens=300))).complete(ask(max_tokens=100, n=3))
    assert inner.calls == []
    assert journal == []


async def test_dollars_are_reserved_too(journal: Any) -> None:
    inner = ScriptedModel(echo)
    with pytest.raises(BudgetExhausted, match="usd"):
        await Metered(inner, account(journal, Budget(usd=0.001), Price(0.0, 100.0))).complete(ask(max_tokens=11))
    assert inner.calls == []


async def test_every_request_that_is_sent_is_counted_once_in_ledger_and_journal(connected: Any, journal: Any) -> None:
    script = [ModelUnavailable("busy", retry_after_s=0), "one", ModelRefused("no", fatal=False), UnreadableReply("?")]
    connection = connected()
    model = wrap(ScriptedModel(script), "task", connection)
    for text in ("a", "b", "c"):
        await asyncio.gather(model.complete(ask(text)), return_exceptions=True)
    assert connection.ledger.total.calls == len(journal) == 4
    assert [call.failure.split(":")[0] for call in journal] == [
        "ModelUnavailable",
        "",
        "ModelRefused",
        "UnreadableReply",
    ]
    assert connection.ledger.total.tokens == sum(call.usage.tokens for call in journal) == 15
    assert len({call.key for call in journal}) == 3


async def test_repeats_are_counted_against_the_limit_on_calls(connected: Any) -> None:
    inner = ScriptedModel(lambda _: ModelUnavailable("busy", retry_after_s=0))
    model = wrap(inner, "task", connected(Budget(calls=2), max_retries=9))
    with pytest.raises(BudgetExhausted):
        await model.complete(ask())
    assert len(inner.calls) == 2


async def test_a_cancelled_call_is_settled_and_written_down(connected: Any, journal: Any) -> None:
    connection = connected(concurrency=2)
    model = wrap(ScriptedModel(echo, delay_s=10), "task", connection)
    under_way = [asyncio.ensure_future(model.complete(ask(str(i)))) for i in range(5)]
    await asyncio.sleep(0.01)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    assert connection.ledger.total == Spent(2, 0, usd=None)  # the three that waited for a slot were never sent
    assert [call.failure for call in journal] == ["cancelled"] * 2
    assert connection.ledger.lacking({"task": Spent(1, 1000)}) is None


async def test_under_a_budget_a_cancelled_call_counts_as_the_most_that_it_may_have_taken(connected: Any) -> None:
    connection = connected(Budget(tokens=10_000))
    under_way = asyncio.ensure_future(wrap(ScriptedModel(echo, delay_s=10), "task", connection).complete(ask("hello")))
    await asyncio.sleep(0.01)
    reserved = connection.ledger.total.tokens
    under_way.cancel()
    await asyncio.gather(under_way, return_exceptions=True)
    assert connection.ledger.total.tokens >= max(reserved, ask("hello").sampling.max_tokens)


async def test_a_model_of_the_callers_that_crashes_leaves_the_account_in_order(connected: Any, journal: Any) -> None:
    class Broken:
        name = "mine"

        async def complete(self, request: Request) -> Reply:
            raise ZeroDivisionError

    connection = connected(Budget(tokens=1000))
    with pytest.raises(ZeroDivisionError):
        await wrap(Broken(), "task", connection).complete(ask())
    assert connection.ledger.lacking({"task": Spent(1, 1000)}) is None
    assert len(journal) == 1


async def test_the_journal_knows_role_model_price_and_key(connected: Any, journal: Any, cache: Any) -> None:
    model = wrap(ScriptedModel(echo, "my/model"), "optimizer", connected(prices={"my/model": (1.0, 2.0)}))
    await model.complete(ask())
    (call,) = journal
    assert (call.role, call.model, call.failure) == ("optimizer", "my/model", "")
    assert call.usd == pytest.approx(20e-6)
    assert [call.key] == list(cache)
    assert call.latency_s >= 0


async def test_nothing_is_sent_or_reserved_once_what_came_cannot_be_kept(connected: Any) -> None:
    class Full(list[Any]):
        def record(self, call: Any) -> None:
            self.append(call)

        def secure(self) -> None:
            if len(self) >= 3:
                raise StoreError("the disk is full")

    inner, journal = ScriptedModel(echo), Full()
    connection = connected(Budget(calls=5), journal=journal, concurrency=1)
    model, ledger = wrap(inner, "task", connection), connection.ledger
    with pytest.raises(StoreError, match="the disk is full"):
        await together(model.complete(ask(f"{number}")) for number in range(5))
    assert len(inner.calls) == len(journal) == ledger.total.calls == 3
    await ledger.reserve("task", Spent(2))  # nothing else is held


async def test_an_answer_is_kept_before_it_is_written_down(connected: Any, cache: Any) -> None:
    class Strict:
        def record(self, call: Any) -> None:
            assert call.failure or call.key in cache

        def secure(self) -> None: ...

    await wrap(ScriptedModel(echo), "task", connected(journal=Strict())).complete(ask(n=2))


async def test_what_the_store_says_was_spent_is_what_the_ledger_says(connected: Any, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    connection = connected(cache=store, journal=store.journal(run_id), prices={"scripted/model": (3.0, 7.0)})
    busy = ModelUnavailable("busy", retry_after_s=0)
    script = ["a", busy, busy, "b", ModelRefused("no", fatal=False), busy, busy, busy, "c"]
    for role in ("task", "optimizer"):
        model = wrap(ScriptedModel(script), role, connection)
        await asyncio.gather(*(model.complete(ask(f"{i % 5}", n=i)) for i in range(1, 9)), return_exceptions=True)
    await store.flush()
    spent = store.spent(run_id)
    store.close()
    assert {role: (each.calls, each.tokens) for role, each in spent.items()} == {
        role: (each.calls, each.tokens) for role, each in connection.ledger.by_role.items()
    }
    assert spent["task"].usd == pytest.approx(connection.ledger.by_role["task"].usd)
