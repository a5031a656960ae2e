"""Whatever is asked, by however many at once: a budget is never exceeded, nothing waits for ever, nothing leaks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gpo.core.budget import Budget, Spent
from gpo.core.chat import Message, Model, Reply, Request, Sampling, Usage
from gpo.core.errors import BudgetExhausted, ModelUnavailable
from gpo.core.ledger import Ledger
from gpo.models.connect import Connection, wrap
from gpo.testing.scripted import ScriptedModel

AMOUNTS = {
    "calls": st.none() | st.integers(0, 12),
    "tokens": st.none() | st.integers(0, 400) | st.integers(400, 1_500),
    "usd": st.none() | st.floats(0, 0.05) | st.floats(0, 0.2),
}
ROLES = ("task", "optimizer", "judge", "embedding")
LIMITS = st.builds(
    Budget, **AMOUNTS, roles=st.dictionaries(st.sampled_from(ROLES), st.builds(Budget, **AMOUNTS), max_size=2)
)
"""Limits on all roles together, on single ones, or both."""


@dataclass(frozen=True)
class Job:
    """A call: what it may take, the share of it that it really takes, how long, and whether it is cancelled."""

    tokens: int
    share: float
    turns: int
    cancelled: bool
    role: str

    @property
    def upper(self) -> Spent:
        return Spent(1, self.tokens, usd=self.tokens / 10_000)

    @property
    def actual(self) -> Spent:
        tokens = int(self.tokens * self.share)
        return Spent(1, tokens, usd=tokens / 10_000)


JOBS = st.lists(
    st.builds(Job, st.integers(0, 120), st.floats(0, 1), st.integers(0, 4), st.booleans(), st.sampled_from(ROLES)),
    max_size=25,
)


def within(spent: Spent, budget: Budget) -> bool:
    return (
        (budget.calls is None or spent.calls <= budget.calls)
        and (budget.tokens is None or spent.tokens <= budget.tokens)
        and (budget.usd is None or (spent.usd is not None and spent.usd <= budget.usd + 1e-9))
    )


def all_within(spent: Mapping[str, Spent], budget: Budget) -> bool:
    """What all roles took together, and what each took, fits the limits on it."""
    of_roles = (within(spent.get(role, Spent()), limits) for role, limits in budget.roles.items())
    return within(sum(spent.values(), Spent()), budget) and all(of_roles)


async def _work(job: Job, ledger: Ledger, held: list[Job]) -> bool:
    """Whether the job was let through. At every turn, what is settled and what is held fits the budget."""
    try:
        await ledger.reserve(job.role, job.upper)
    except BudgetExhausted:
        return False
    held.append(job)
    try:
        for _ in range(job.turns):
            taken = dict(ledger.by_role)
            for each in held:
                taken[each.role] = taken.get(each.role, Spent()) + each.upper
            assert all_within(taken, ledger.budget)
            await asyncio.sleep(0)
    finally:
        held.remove(job)
        ledger.settle(job.role, job.upper, job.actual)
    assert all_within(ledger.by_role, ledger.budget)
    return True


async def _all(jobs: Sequence[Job], ledger: Ledger) -> list[Any]:
    held: list[Job] = []
    working = [asyncio.ensure_future(_work(job, ledger, held)) for job in jobs]
    for turn in range(3):
        await asyncio.sleep(0)
        for job, task in zip(jobs, working, strict=True):
            if job.cancelled and job.turns == turn:
                task.cancel()
    return await asyncio.wait_for(asyncio.gather(*working, return_exceptions=True), 5)


@given(LIMITS, JOBS)
@settings(max_examples=150)
def test_what_is_settled_and_reserved_never_exceeds_the_budget_and_nobody_waits_for_ever(
    budget: Budget, jobs: list[Job]
) -> None:
    ledger = Ledger(budget)
    ends = asyncio.run(_all(jobs, ledger))
    assert [end for end in ends if not isinstance(end, bool | asyncio.CancelledError)] == []
    assert all_within(ledger.by_role, budget)
    held = [(budget, ledger.total), (budget.roles.get("task", Budget()), ledger.by_role.get("task", Spent()))]
    left = Spent(
        min([limits.calls - spent.calls for limits, spent in held if limits.calls is not None] or [0]),
        min([limits.tokens - spent.tokens for limits, spent in held if limits.tokens is not None] or [0]),
    )
    assert ledger.lacking({"task": left}) is None  # nothing stays reserved


@given(JOBS)
@settings(max_examples=50)
def test_without_limits_everybody_is_let_through(jobs: list[Job]) -> None:
    ends = asyncio.run(_all(jobs, Ledger(Budget())))
    assert False not in ends


def _is_limited(budget: Budget, role: str) -> bool:
    return any(getattr(limits, what) is not None for limits in budget.of(role) for what in AMOUNTS)


class Deaf:
    """A journal that only counts what was sent."""

    def __init__(self) -> None:
        self.sent = Spent()

    def record(self, call: Any) -> None:
        if not call.cached:
            self.sent += Spent(1, call.usage.tokens, usd=call.usd)

    def secure(self) -> None: ...


@given(
    LIMITS.filter(lambda limits: all(_is_limited(limits, role) for role in ("task", "optimizer"))),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 120),
)
@settings(max_examples=60)
def test_models_with_everything_around_them_stop_before_the_budget_is_exceeded(
    budget: Budget, concurrency: int, answers: list[tuple[int, bool]], more: int
) -> None:
    """more: tokens that the endpoint adds to every prompt and to every answer, which nobody can see in the request."""
    sent = 0

    def script(request: Request) -> Any:
        nonlocal sent
        sent += 1
        completion, fails = answers[sent % len(answers)]
        if fails and sent % 3 == 0:
            return ModelUnavailable("busy", retry_after_s=0.0)
        return Reply(("a",), Usage(1 + more, min(completion, request.sampling.max_tokens) + more))

    async def spend() -> tuple[Ledger, Deaf]:
        ledger, journal = Ledger(budget), Deaf()
        connection = Connection(
            ledger, None, journal=journal, concurrency=concurrency, max_retries=1, prices={"m": (100.0, 200.0)}
        )
        models = [wrap(ScriptedModel(script, "m"), role, connection) for role in ("task", "optimizer")]
        request = Request((Message("user", "hi"),), Sampling(max_tokens=20))

        async def until_it_ends(model: Model) -> None:
            while True:
                try:
                    await model.complete(request)
                except ModelUnavailable:
                    continue
                except BudgetExhausted:
                    return

        await asyncio.wait_for(asyncio.gather(*(until_it_ends(models[i % 2]) for i in range(concurrency + 2))), 20)
        return ledger, journal

    ledger, journal = asyncio.run(spend())
    assert all_within(ledger.by_role, budget)
    assert ledger.total.calls == journal.sent.calls == sent
    assert ledger.total.tokens == journal.sent.tokens
