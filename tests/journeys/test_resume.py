"""What a run says and pays when it goes on: at another address, and with a budget that gives no verdict."""

import json
import re
from collections.abc import Iterator

import pytest

from gpo.core.events import Warned
from gpo.engine.prospect import NO_VERDICT
from gpo.engine.sitting import opened
from gpo.testing.server import StubServer, repeated
from gpo.testing.toy import toy_task
from journeys.inside import TOY, Inside, serving_aside

SEARCH = ("--set", "gpo.steps=4", "--set", "gpo.candidates=3", "--max-retries", "0", "-q")


@pytest.fixture
def elsewhere() -> Iterator[StubServer]:
    with serving_aside(StubServer()) as server:
        yield server


def _optimize(inside: Inside, stub: StubServer, *more: str) -> tuple[str, ...]:
    splits = toy_task(6).splits
    rows = [
        {"input": each.input, "target": each.target, "split": split}
        for split in ("train", "selection", "test")
        for each in getattr(splits, split)
    ]
    inside.write("rows.jsonl", "\n".join(map(json.dumps, rows)))
    return ("optimize", "rows.jsonl", *TOY, "--base-url", stub.url, *SEARCH, *more)


def _warnings(inside: Inside) -> list[str]:
    with opened(inside.folder / ".gpo") as store:
        return [event.message for event in store.events(store.run("latest").id) if isinstance(event, Warned)]


def test_a_run_whose_server_moved_goes_on_at_the_new_address(
    inside: Inside, stub: StubServer, elsewhere: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = inside.gpo(*_optimize(inside, stub, "--max-calls", "60", "--json")).json
    assert not stopped["complete"]
    asked = len(stub.seen)
    monkeypatch.setenv("NEW_KEY", "sk-new")
    places = ("--base-url", elsewhere.url, "--api-key-env", "NEW_KEY")
    ran = inside.gpo("resume", *places, "--max-calls", "5000", "--json", "-q")
    assert ran.code == 0, ran.err
    assert ran.json["complete"]
    assert len(stub.seen) == asked
    assert {each["Authorization"] for each in elsewhere.headers} == {"Bearer sk-new"}
    (moved,) = [message for message in _warnings(inside) if "asked elsewhere" in message]
    assert f"task at {elsewhere.url}" in moved
    assert "not finished is asked again" in moved
    assert moved in inside.gpo("show").out


def test_what_decides_the_scores_cannot_change(inside: Inside, stub: StubServer) -> None:
    inside.gpo(*_optimize(inside, stub, "--max-calls", "60"))
    ran = inside.gpo("resume", "--task-model", "openai/other")
    assert ran.code == 2
    assert "unrecognized arguments: --task-model" in ran.err


def test_every_new_budget_that_gives_no_verdict_is_objected_to_and_what_is_said_to_do_does(
    inside: Inside, stub: StubServer
) -> None:
    inside.gpo(*_optimize(inside, stub, "--no-cache", "--max-calls", "20"))
    for calls in ("22", "24"):
        assert NO_VERDICT in inside.gpo("resume", "--max-calls", calls).err
    again = inside.gpo("resume", "--max-calls", "24")
    assert NO_VERDICT not in again.err, "it was told of this budget"
    told = _warnings(inside)
    assert len(set(told)) == len(told)
    (enough,) = re.findall(r"Set max_calls to (\d+) or more", again.out)
    ran = inside.gpo("resume", "--max-calls", enough, "--json")
    assert NO_VERDICT not in ran.err
    assert ran.json["verdict"]
    assert len(stub.seen) <= int(enough)
    assert repeated(stub.seen) == {}
