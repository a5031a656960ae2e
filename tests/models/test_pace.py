"""The pace of an endpoint: as fast as it allows, hardly ever refused, within the user's limits. Time is not real."""

import asyncio
import random
import selectors
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from gpo.core.errors import ModelRefused, ModelUnavailable
from gpo.models.pace import Limits, Pace


class Waiting(selectors.SelectSelector):
    """Nothing is waited for: the clock is put forward."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for somebody"
        self.now += timeout
        return super().select(0)


class Timeless(asyncio.SelectorEventLoop):
    """A loop with a clock of its own, which stands still while something happens."""

    def __init__(self) -> None:
        self.waiting = Waiting()
        super().__init__(self.waiting)

    def time(self) -> float:
        return self.waiting.now


def timeless(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=Timeless) as runner:
        return runner.run(work())


def passes(seconds: float) -> None:
    """Nothing happens for so long: the machine had other things to do."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Timeless)
    loop.waiting.now += seconds


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Endpoint:
    """A bucket of `burst` requests, filled by so many a second. lossy: the share it refuses for no reason."""

    per_s: float
    burst: float
    latency_s: float = 0.05
    retry_after_s: float | None = 1.0
    lossy: float = 0.0
    accepted: list[float] = field(default_factory=list[float])
    refused: list[float] = field(default_factory=list[float])
    level: float = field(init=False)
    since: float = 0.0

    def __post_init__(self) -> None:
        self.level, self.dice = self.burst, random.Random(0)

    async def ask(self) -> None:
        self.level = min(self.burst, self.level + (now() - self.since) * self.per_s)
        self.since = now()
        if self.level < 1 or self.dice.random() < self.lossy:
            self.refused.append(now())
            await asyncio.sleep(0.005)
            raise ModelUnavailable("too many", retry_after_s=self.retry_after_s, busy=True)
        self.level -= 1
        self.accepted.append(now())
        await asyncio.sleep(self.latency_s)

    def within(self, start: float, end: float) -> tuple[int, int]:
        """How many were accepted and refused in that time."""
        return sum(start <= each < end for each in self.accepted), sum(start <= each < end for each in self.refused)


@asynccontextmanager
async def turn(pace: Pace, tokens: int) -> AsyncGenerator[Callable[[int], None]]:
    """A call that may take so many tokens; whoever gets a turn may say how many it did take."""
    sent, expected = await pace.enter(tokens)
    took: int | None = None
    failure: BaseException | None = None

    def tell(tokens: int) -> None:
        nonlocal took
        took = tokens

    try:
        yield tell
    except BaseException as error:
        failure = error
        raise
    finally:
        pace.leave(sent, expected, tokens, took, failure)


async def drive(pace: Pace, endpoint: Endpoint, seconds: float, askers: int = 200, tokens: int = 10) -> None:
    """Askers who always have a next question, and ask again what was refused."""

    async def ask() -> None:
        while now() < seconds:
            try:
                async with turn(pace, tokens) as took:
                    await endpoint.ask()
                    took(tokens // 2)
            except ModelUnavailable as refusal:
                await asyncio.sleep(0.5 if refusal.retry_after_s is None else refusal.retry_after_s)

    await asyncio.gather(*(ask() for _ in range(askers)))


@pytest.mark.parametrize(
    ("per_s", "burst", "latency_s", "retry_after_s"),
    [(100, 10, 0.05, 1.0), (100, 100, 0.05, 1.0), (200, 20, 0.05, 0.1), (50, 20, 0.5, 1.0), (100, 10, 0.05, None)],
)
def test_what_is_allowed_is_used_and_hardly_anything_is_refused(
    per_s: float, burst: float, latency_s: float, retry_after_s: float | None
) -> None:
    async def work() -> None:
        endpoint = Endpoint(per_s, burst, latency_s, retry_after_s)
        await drive(Pace(Limits(64), now), endpoint, 40)
        accepted, refused = endpoint.within(15, 40)
        assert accepted >= 0.95 * 25 * per_s
        assert refused <= 0.02 * (accepted + refused)

    timeless(work)


@pytest.mark.parametrize(
    ("per_s", "burst", "latency_s", "retry_after_s"),
    [
        (100, 10, 0.05, 1.0),
        (100, 100, 0.05, 1.0),
        (100, 300, 0.05, 1.0),
        (400, 40, 0.05, 1.0),
        (200, 200, 0.05, 1.0),
        (25, 60, 1, 1.0),
        (100, 20, 0.2, None),
    ],
)
def test_from_a_cold_start_too_what_is_allowed_is_used_and_hardly_anything_is_refused(
    per_s: float, burst: float, latency_s: float, retry_after_s: float | None
) -> None:
    async def work() -> None:
        endpoint = Endpoint(per_s, burst, latency_s, retry_after_s)
        await drive(Pace(Limits(64), now), endpoint, 60)
        accepted, refused = endpoint.within(0, 60)
        assert accepted >= 0.95 * (60 * per_s + burst)
        assert refused <= 0.02 * (accepted + refused)

    timeless(work)


@pytest.mark.parametrize("retry_after_s", [20.0, None])
def test_an_endpoint_that_takes_twenty_a_minute_is_not_asked_in_vain(retry_after_s: float | None) -> None:
    async def work() -> None:
        endpoint = Endpoint(1 / 3, 20, 1.0, retry_after_s)
        await drive(Pace(Limits(64), now), endpoint, 900)
        accepted, refused = endpoint.within(300, 900)
        assert accepted >= 0.95 * 600 / 3
        assert refused <= 0.03 * (accepted + refused)

    timeless(work)


def test_a_limit_just_below_what_the_calls_in_flight_would_ask_is_not_taken_for_chance() -> None:
    async def work() -> None:
        endpoint = Endpoint(20, 20, 2.0)
        await drive(Pace(Limits(64), now), endpoint, 60)
        accepted, refused = endpoint.within(0, 60)
        assert accepted >= 0.95 * 60 * 20
        assert refused <= 0.06 * (accepted + refused)

    timeless(work)


@pytest.mark.parametrize(("burst", "seed"), [(10, 2), (100, 17)])
def test_a_rate_is_found_also_where_machine_and_endpoint_stall_meanwhile(burst: float, seed: int) -> None:
    dice = random.Random(seed)

    async def work() -> None:
        endpoint, loop = Endpoint(100, burst, retry_after_s=1.0), asyncio.get_running_loop()
        for _ in range(12):
            loop.call_later(dice.uniform(0, 10), passes, dice.choice([0.05, 0.1, 0.3, 0.5, 1, 2]))
        for _ in range(4):
            start, slower = dice.uniform(0, 10), dice.choice([2, 4, 8])
            loop.call_later(start, setattr, endpoint, "latency_s", slower * 0.05)
            loop.call_later(start + dice.uniform(0.2, 3), setattr, endpoint, "latency_s", 0.05)
        await drive(Pace(Limits(64), now), endpoint, 50)
        accepted, refused = endpoint.within(30, 50)
        assert accepted >= 0.95 * 20 * 100
        assert refused <= 0.02 * (accepted + refused)

    timeless(work)


def test_an_allowance_by_the_window_is_used_up_and_then_waited_for() -> None:
    """So many in each ten seconds; whoever comes after is told when the next ten begin."""

    async def work() -> None:
        pace, accepted, refused, windows = Pace(Limits(64), now), 0, 0, dict[int, int]()

        async def ask() -> None:
            nonlocal accepted, refused
            while now() < 60:
                try:
                    async with turn(pace, 10):
                        window = int(now() // 10)
                        windows[window] = windows.get(window, 0) + 1
                        await asyncio.sleep(0.005)
                        if windows[window] > 200:
                            refused += 1
                            raise ModelUnavailable("", retry_after_s=10 * (window + 1) - now(), busy=True)
                        accepted += 1
                        await asyncio.sleep(0.5)
                except ModelUnavailable as refusal:
                    await asyncio.sleep(refusal.retry_after_s or 0)

        await asyncio.gather(*(ask() for _ in range(200)))
        assert accepted >= 0.95 * 6 * 200
        assert refused <= 0.1 * (accepted + refused)

    timeless(work)


def test_where_the_limit_falls_and_rises_the_pace_follows() -> None:
    async def work() -> None:
        endpoint = Endpoint(200, 20)
        driving = asyncio.ensure_future(drive(Pace(Limits(64), now), endpoint, 100))
        await asyncio.sleep(20)
        endpoint.per_s = 50
        await asyncio.sleep(30)
        endpoint.per_s = 200
        await driving
        low, refused = endpoint.within(30, 50)
        assert low >= 0.95 * 50 * 20
        assert refused <= 0.03 * (low + refused)
        assert endpoint.within(80, 100)[0] >= 0.9 * 200 * 20

    timeless(work)


@pytest.mark.parametrize(
    ("lossy", "latency_s", "retry_after_s", "least"),
    [(0.1, 0.2, 1.0, 0.7), (0.02, 0.2, None, 0.8), (0.1, 1.0, 1.0, 0.7), (0.3, 1.0, None, 0.7), (0.4, 0.5, None, 0.6)],
)
def test_refusals_that_do_not_come_from_speed_do_not_slow_it_down_for_long(
    lossy: float, latency_s: float, retry_after_s: float | None, least: float
) -> None:
    async def work() -> None:
        endpoint = Endpoint(1e9, 1e9, latency_s, retry_after_s, lossy)
        await drive(Pace(Limits(64), now), endpoint, 60)
        assert endpoint.within(0, 60)[0] >= least * 60 * 64 / latency_s * (1 - lossy)

    timeless(work)


def test_an_endpoint_that_was_away_is_soon_asked_at_full_speed() -> None:
    async def work() -> None:
        endpoint = Endpoint(1e9, 1e9, 0.5, None)
        driving = asyncio.ensure_future(drive(Pace(Limits(16), now), endpoint, 60))
        await asyncio.sleep(10)
        endpoint.lossy = 1.0
        await asyncio.sleep(10)
        endpoint.lossy = 0.0
        await driving
        assert len(endpoint.refused) < 200
        assert endpoint.within(50, 60)[0] >= 0.9 * 10 * 16 / 0.5

    timeless(work)


@pytest.mark.parametrize("per_minute", [30, 600, 3000])
def test_a_limit_on_requests_by_the_minute_is_kept_and_used(per_minute: int) -> None:
    async def work() -> None:
        endpoint = Endpoint(1e9, 1e9)
        await drive(Pace(Limits(64, per_minute), now), endpoint, 119.99)
        for start in (0, 30, 60):
            accepted, _ = endpoint.within(start, start + 60)
            assert 0.97 * per_minute <= accepted <= 1.01 * per_minute + 1

    timeless(work)


@pytest.mark.parametrize("latency_s", [0.05, 3.0])
def test_a_limit_on_tokens_by_the_minute_is_of_those_really_taken(latency_s: float) -> None:
    async def work() -> None:
        endpoint = Endpoint(1e9, 1e9, latency_s)
        await drive(Pace(Limits(64, tokens_per_minute=60_000), now), endpoint, 120, tokens=1000)
        taken = 500 * endpoint.within(60, 120)[0]  # half of what each might have taken
        assert 0.95 * 60_000 <= taken <= 1.05 * 60_000

    timeless(work)


def test_a_request_larger_than_the_limit_goes_through_when_nothing_else_does() -> None:
    async def work() -> None:
        pace = Pace(Limits(4, tokens_per_minute=60), now)
        await drive(pace, Endpoint(1e9, 1e9), 0.01, askers=3, tokens=120)
        assert 60 <= now() <= 241

    timeless(work)


def test_no_more_are_in_flight_than_the_user_allows() -> None:
    async def work() -> None:
        pace, most, under_way = Pace(Limits(5), now), 0, 0

        async def ask() -> None:
            nonlocal most, under_way
            async with turn(pace, 1):
                under_way += 1
                most = max(most, under_way)
                await asyncio.sleep(1)
                under_way -= 1

        await asyncio.gather(*(ask() for _ in range(50)))
        assert most == 5
        assert now() == pytest.approx(10)

    timeless(work)


def test_as_many_are_in_flight_as_answers_come_no_slower() -> None:
    """A server that answers 32 at a time: more than that only wait there."""

    async def work() -> None:
        pace, slots = Pace(Limits(512), now), asyncio.Semaphore(32)

        async def ask() -> None:
            while now() < 120:
                async with turn(pace, 10) as took:
                    async with slots:
                        await asyncio.sleep(0.5)
                    took(10)

        await asyncio.gather(*(ask() for _ in range(512)))
        assert 32 <= pace.width <= 192

    timeless(work)


def test_an_endpoint_that_answers_many_as_fast_as_few_gets_all_that_the_user_allows() -> None:
    async def work() -> None:
        pace = Pace(Limits(256), now)
        await drive(pace, Endpoint(1e9, 1e9), 5, askers=300)
        assert pace.width == 256

    timeless(work)


def test_nothing_is_sent_while_the_endpoint_says_that_nothing_is_left() -> None:
    async def work() -> None:
        pace, endpoint = Pace(Limits(4), now), Endpoint(1e9, 1e9)
        pace.wait(7)
        await drive(pace, endpoint, 8)
        assert min(endpoint.accepted) == pytest.approx(7)
        pace.wait(1e9)
        started = now()
        async with turn(pace, 1):
            assert now() - started <= 60

    timeless(work)


@pytest.mark.parametrize("error", [ModelRefused("no"), ModelUnavailable("away"), ZeroDivisionError()])
def test_a_failure_that_says_nothing_of_speed_changes_nothing_and_frees_its_place(error: Exception) -> None:
    async def work() -> None:
        pace = Pace(Limits(1), now)
        for _ in range(20):
            with pytest.raises(type(error)):
                async with turn(pace, 10):
                    raise error
        assert pace.rate is None
        assert now() == 0

    timeless(work)


@pytest.mark.parametrize("busy", [True, False])
def test_who_answers_nobody_any_more_is_gone_and_who_comes_back_in_time_is_not(busy: bool) -> None:
    async def work() -> None:
        pace, fatal, away = Pace(Limits(8, patience_s=60), now), list[float](), False

        async def ask() -> None:
            while now() < 300 and not fatal:
                try:
                    async with turn(pace, 1):
                        await asyncio.sleep(0.5)
                        if away:
                            raise ModelUnavailable("HTTP 503", busy=busy)
                except ModelUnavailable as failure:
                    if failure.fatal:
                        fatal.append(now())
                    await asyncio.sleep(2)

        asking = asyncio.gather(*(ask() for _ in range(20)))
        await asyncio.sleep(20)
        away = True
        await asyncio.sleep(40)
        away = False
        await asyncio.sleep(40)
        assert not fatal
        away = True
        await asking
        assert 150 <= min(fatal) <= 200

    timeless(work)


def test_whoever_is_cancelled_in_line_or_on_the_way_leaves_the_others_in_peace() -> None:
    async def work() -> None:
        pace, done = Pace(Limits(1), now), 0

        async def ask() -> None:
            nonlocal done
            async with turn(pace, 1):
                await asyncio.sleep(1)
            done += 1

        asking = [asyncio.ensure_future(ask()) for _ in range(4)]
        await asyncio.sleep(0.5)
        asking[0].cancel()
        asking[1].cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        assert done == 2

    timeless(work)


def test_a_wish_that_is_no_sensible_time_hangs_nobody() -> None:
    async def work() -> None:
        for wish in (-5.0, float("inf"), 1e12):
            pace = Pace(Limits(32), now)
            for _ in range(20):
                with pytest.raises(ModelUnavailable):
                    async with turn(pace, 1):
                        raise ModelUnavailable("", retry_after_s=wish, busy=True)
            started = now()
            async with turn(pace, 1):
                assert now() - started <= 61

    timeless(work)
