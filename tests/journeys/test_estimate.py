"""What one types to know what a run would cost; no model is asked, and no key is needed."""

import pytest

from journeys.terminal import Serve, Terminal, optimize


def test_an_estimate_is_what_the_run_then_takes(terminal: Terminal, serve: Serve) -> None:
    rows = terminal.rows()
    with serve() as server:
        command = optimize(rows, server.url)[1:]
        expected = terminal.gpo("estimate", *command, "--json").json
        assert server.seen == ()
        ran = terminal.gpo("optimize", *command, "--json", "-q")
        assert ran.code == 0, ran.err
    cost = ran.json["cost"]
    assert expected["steps"] == 4
    assert expected["search"]["optimizer"]["calls"] == cost["optimizer"]["calls"]
    taken = expected["search"]["task"]["calls"] + expected["test"]["task"]["calls"]
    assert 0.7 * taken <= cost["task"]["calls"] <= taken, "what is refused or equal costs nothing"


def test_the_page_says_what_it_assumes(terminal: Terminal) -> None:
    flags = ("--reply-tokens", "7", "--latency-s", "0.5", "--max-calls", "90")
    ran = terminal.gpo("estimate", "pocket/color", "--task-model", "openai/gpt-4.1-mini", *flags, OPENAI_API_KEY="")
    assert ran.code == 0, ran.err
    for said in ("18 steps", "openai/gpt-4.1-mini", "7 tokens an answer", "0.5 s a call", "max_calls 90", "together"):
        assert said in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pocket/colr", "--task-model", "pocket"], 'Did you mean "pocket/color"'),
        (["pocket/color"], "--task-model"),
        (["pocket/color", "--task-model", "pocket", "--algorithm", "gpoo"], 'Did you mean "gpo'),
        (["pocket/color", "--task-model", "pocket", "--set", "gpo.kk=3"], "unknown option"),
        (["pocket/color", "--task-model", "pocket", "--reply-tokens", "0"], "not above 0"),
        (["pocket/color", "--task-model", "pocket", "--latency-s", "soon"], "soon"),
    ],
)
def test_an_estimate_that_cannot_be_is_refused(terminal: Terminal, arguments: list[str], said: str) -> None:
    ran = terminal.gpo("estimate", *arguments)
    assert ran.code == 2, ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err
