"""A trial after a burst: what an endpoint's bucket gets a second, whatever it holds and however long a pause is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.models.trial import Burst, Sent, Trial


class Server:
    """A bucket of so many requests, into which so many a second flow."""

    def __init__(self, per_s: float, held: float) -> None:
        self.per_s, self.held, self.level, self.at = per_s, held, held, 0.0

    def takes(self, at: float) -> bool:
        self.level, self.at = min(self.held, self.level + (at - self.at) * self.per_s), at
        if self.level < 1:
            return False
        self.level -= 1
        return True


def burst(server: Server, faster: float) -> Burst:
    """Asks at that many times what flows in, until one is refused and twenty more are on their way."""
    number, at, step = 1, 0.0, 1 / (faster * server.per_s)
    while server.takes(at):
        number, at = number + 1, at + step
    first = Burst(0.0, number - 1, Sent(at, number), Sent(at + 20 * step, number + 20))
    first.refused += sum(not server.takes(at + more * step) for more in range(1, 21))
    return first


def found(per_s: float, held_s: float, wait_s: float, faster: float) -> float:
    """What a trial finds to flow in, which begins so long after the burst."""
    server = Server(per_s, max(2.0, held_s * per_s))
    first = burst(server, faster)
    trial, number, at = Trial(first), first.last.number, first.last.at + wait_s
    while at < 300:
        number, at = number + 1, at + 1 / trial.per_s
        request = Sent(at, number)
        trial.sent(request)
        if not server.takes(at) and (flows_in := trial.refused(request)):
            return flows_in
    raise AssertionError("nothing was found")


@given(per_s=st.floats(20, 500), held_s=st.floats(0.05, 20), wait_s=st.floats(0, 5), faster=st.floats(3, 30))
def test_it_finds_no_more_than_flows_in(per_s: float, held_s: float, wait_s: float, faster: float) -> None:
    assert 0.25 * per_s <= found(per_s, held_s, wait_s, faster) <= 1.35 * per_s


@pytest.mark.parametrize("wait_s", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("held_s", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("per_s", [20, 100, 400])
def test_it_finds_about_what_flows_in(per_s: float, held_s: float, wait_s: float) -> None:
    assert 0.8 * per_s <= found(per_s, held_s, wait_s, 10) <= 1.2 * per_s


def test_of_few_refusals_that_follow_one_it_is_no_wall() -> None:
    assert not Burst(0.0, 5, Sent(1.0, 6), Sent(1.1, 15)).is_wall
    assert Burst(0.0, 5, Sent(1.0, 6), Sent(1.0, 6)).is_wall


def test_a_refusal_that_stands_alone_ends_no_trial() -> None:
    trial = Trial(Burst(0.0, 10, Sent(1.0, 11), Sent(1.0, 11)))
    for number in range(12, 60):
        request = Sent(2.0 + number / 20, number)
        trial.sent(request)
        if number % 20 == 0:
            assert trial.refused(request) is None
