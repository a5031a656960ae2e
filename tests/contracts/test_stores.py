"""What every store promises (store/contract.py), asked of each that there is."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gpo.core.budget import Spent
from gpo.core.chat import Reply, Usage
from gpo.core.errors import RunNotFound, StoreBusy
from gpo.core.events import Evaluated, Proposed, RunFinished, RunStarted, StepFinished, StepStarted, Warned
from gpo.store.contract import Store
from gpo.store.rows import CANCELLED, CallSummary
from gpo.store.sqlite import open_store

STORES: dict[str, Callable[[Path], Store]] = {"gpo.store.sqlite:open_store": open_store}
"""Every store there is: how another process opens it, and how this one does. Another one is one more line here."""

Opened = Callable[[], Store]


@dataclass(frozen=True)
class Call:
    """A call as a journal takes it."""

    role: str = "task"
    model: str = "openai/some"
    key: str = field(default="k", kw_only=True)
    cached: bool = field(default=False, kw_only=True)
    usage: Usage = field(default=Usage(7, 3), kw_only=True)
    usd: float | None = field(default=0.5, kw_only=True)
    latency_s: float = field(default=1.0, kw_only=True)
    failure: str = field(default="", kw_only=True)


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest) -> str:
    """The name of the store under test."""
    return request.param


@pytest.fixture
def opened(kind: str, tmp_path: Path) -> Iterator[Opened]:
    """Opens the same store, each time anew."""
    stores: list[Store] = []

    def open_another() -> Store:
        stores.append(STORES[kind](tmp_path))
        return stores[-1]

    yield open_another
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Opened) -> Store:
    """A store, open."""
    return opened()


@pytest.fixture
def run_id(store: Store) -> str:
    """A run in that store."""
    return store.create_run(store.new_run_id(), {"task": "t"}, "t", "gpo")


def test_what_a_run_is_of_is_written_anew_and_what_was_found_stays(opened: Opened, run_id: str) -> None:
    first = opened()
    first.save_step(run_id, 0, {"best": 1}, [])
    first.amend_run(run_id, {"task": "u"})
    first.close()
    again = opened()
    assert again.run(run_id).config == {"task": "u"}
    assert again.last_state(run_id) == (0, {"best": 1})


PREAMBLE = """
import asyncio, importlib, os, signal, sys
from pathlib import Path
from types import SimpleNamespace
from gpo.core.chat import Reply, Usage
from gpo.core.events import Warned
module, name = sys.argv[1].split(":")
store = getattr(importlib.import_module(module), name)(Path(sys.argv[2]))
arguments = sys.argv[3:]
def die(): os.kill(os.getpid(), signal.SIGKILL)
def call(key):
    rest = dict(role="task", model="m", cached=False, usage=Usage(1, 1), usd=1.0, latency_s=0.1, failure="")
    return SimpleNamespace(key=key, **rest)
"""


@pytest.fixture
def elsewhere(kind: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program that has the same store open in another process."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PREAMBLE + program, kind, str(tmp_path), *arguments]
        started.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _until_killed(process: subprocess.Popen[str]) -> str:
    said, complained = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, complained
    return said


# Answers


async def test_an_answer_that_was_put_is_found_at_once(store: Store) -> None:
    reply = Reply(("one", "two"), Usage(3, 4), (False, True))
    assert await store.get("key") is None
    await store.put("key", reply)
    assert await store.get("key") == reply


async def test_an_answer_is_found_by_other_instances_and_after_reopening(opened: Opened) -> None:
    first = opened()
    await first.put("key", Reply(("one",)))
    await first.flush()
    assert await opened().get("key") == Reply(("one",))
    first.close()
    assert await opened().get("key") == Reply(("one",))


async def test_what_another_instance_puts_meanwhile_is_found_once_it_is_in_its_place(opened: Opened) -> None:
    first, other = opened(), opened()
    assert [await first.get(key) for key in ("a", "b")] == [None, None]
    await other.put("a", Reply(("one",)))
    await other.flush()
    await asyncio.sleep(0)
    assert [await first.get(key) for key in ("a", "b")] == [Reply(("one",)), None]
    await other.put("b", Reply(("two",)))
    await asyncio.sleep(0)
    await first.get("b")
    await first.flush()  # whoever puts it there
    await asyncio.sleep(0)
    assert [await first.get(key) for key in ("a", "b")] == [Reply(("one",)), Reply(("two",))]


async def test_an_answer_put_again_replaces_the_first(opened: Opened) -> None:
    store = opened()
    await store.put("key", Reply(("first",)))
    await store.flush()
    await store.put("key", Reply(("second",)))
    assert await store.get("key") == Reply(("second",))
    await store.flush()
    assert await opened().get("key") == Reply(("second",))


async def test_what_is_left_is_written_on_closing(opened: Opened) -> None:
    store = opened()
    await store.put("key", Reply(("late",)))
    store.close()
    store.close()
    assert await opened().get("key") == Reply(("late",))


async def test_flushing_again_after_a_waiter_gave_up_still_works(store: Store) -> None:
    for number in range(200):
        await store.put(str(number), Reply(("x" * 1000,)))
    waiting = asyncio.ensure_future(store.flush())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait_for(store.flush(), 20)
    assert await store.get("199") is not None


# Runs


def test_a_run_is_found_by_its_id_by_its_beginning_and_as_the_latest(store: Store) -> None:
    ids = [store.create_run(store.new_run_id(), {"seed": number}, f"task {number}", "gpo") for number in range(3)]
    assert [row.id for row in store.runs()] == ids[::-1]
    assert sorted(ids) == ids
    assert store.run("latest").id == ids[2]
    for number, run_id in enumerate(ids):
        row = store.run(run_id)
        assert (row.id, row.task, row.algorithm, row.config) == (run_id, f"task {number}", "gpo", {"seed": number})
    shortest = next(n for n in range(len(ids[0])) if sum(each.startswith(ids[0][:n]) for each in ids) == 1)
    assert store.run(ids[0][:shortest]).id == ids[0]


def test_a_beginning_that_fits_several_runs_names_them(store: Store) -> None:
    ids = [store.create_run(store.new_run_id(), {}, "t", "gpo") for _ in range(2)]
    with pytest.raises(RunNotFound) as raised:
        store.run(ids[0][:1])
    assert all(each in str(raised.value) for each in ids)


@pytest.mark.parametrize("wanted", ["nothing", "%", "_", "\udc80", "x\0y"])
def test_an_unknown_run_is_an_error_that_names_those_there_are(store: Store, run_id: str, wanted: str) -> None:
    with pytest.raises(RunNotFound, match=run_id):
        store.run(wanted)


def test_an_empty_store_says_so(store: Store) -> None:
    assert store.runs() == ()
    with pytest.raises(RunNotFound, match="empty"):
        store.run("latest")


def test_how_a_run_ended_is_kept(opened: Opened) -> None:
    store = opened()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    store.finish_run(run_id, "stopped", "the budget is used up", {"best": "ünïcödé \ud83d", "score": 0.5})
    row = opened().run(run_id)
    assert (row.status, row.stopped_because) == ("stopped", "the budget is used up")
    assert row.result == {"best": "ünïcödé \ud83d", "score": 0.5}


def test_a_run_is_running_while_somebody_holds_it_and_interrupted_when_nobody_does(opened: Opened) -> None:
    store = opened()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    with store.lock_run(run_id):
        assert opened().run(run_id).status == "running"
    assert opened().run(run_id).status == "interrupted"
    assert [row.status for row in store.runs()] == ["interrupted"]
    store.finish_run(run_id, "finished", "all steps done", {})
    assert store.run(run_id).status == "finished"


def test_the_openings_of_the_test_set_are_counted(opened: Opened) -> None:
    store = opened()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    assert [store.open_test(run_id), store.open_test(run_id)] == [1, 2]
    assert opened().open_test(run_id) == 3


# Steps and events


def _events(step: int) -> list[Any]:
    return [
        StepStarted(step, "p", f"prompt {step}", 0.5),
        Proposed(step, "q", "better\ud800", 3, None),
        Evaluated(step, "q", "better\ud800", "selection", 0.75, 20, 1),
        StepFinished(step, "q", "better\ud800", 0.75),
    ]


def test_states_and_events_come_back_in_order(opened: Opened) -> None:
    store = opened()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    assert store.last_state(run_id) is None
    assert store.events(run_id) == ()
    started = RunStarted(run_id, "t", "gpo", 12)
    store.save_step(run_id, 0, {"at": 0}, [started])
    for step in range(1, 12):
        store.save_step(run_id, step, {"at": step, "texts": ["ä", None, 0.1]}, _events(step))
    again = opened()
    assert again.last_state(run_id) == (11, {"at": 11, "texts": ["ä", None, 0.1]})
    assert again.events(run_id) == (started, *(event for step in range(1, 12) for event in _events(step)))
    assert again.run(run_id).steps_done == 11


def test_a_step_saved_again_replaces_itself_and_what_came_after(store: Store, run_id: str) -> None:
    for step in range(4):
        store.save_step(run_id, step, {"at": step}, _events(step))
    store.append_events(run_id, [Warned(3, "the end")])
    store.save_step(run_id, 2, {"at": "again"}, [Warned(2, "again")])
    assert store.last_state(run_id) == (2, {"at": "again"})
    assert store.events(run_id) == (*_events(0), *_events(1), Warned(2, "again"))
    store.save_step(run_id, 2, {"at": "again"}, [Warned(2, "again")])
    assert store.events(run_id) == (*_events(0), *_events(1), Warned(2, "again"))


def test_appended_events_come_after_the_last_step(store: Store, run_id: str) -> None:
    store.append_events(run_id, [Warned(0, "before any step")])
    store.save_step(run_id, 0, {}, [Warned(0, "zero")])
    store.save_step(run_id, 1, {}, [Warned(1, "one")])
    store.save_step(run_id, 2, {}, [])
    store.append_events(run_id, [Warned(2, "two")])
    store.append_events(run_id, [RunFinished(run_id, "done", "best", "improved")])
    store.append_events(run_id, [])
    assert store.events(run_id) == (
        Warned(0, "zero"), Warned(1, "one"), Warned(2, "two"), RunFinished(run_id, "done", "best", "improved"),
    )  # fmt: skip


def test_runs_do_not_see_one_another(store: Store) -> None:
    one, other = (store.create_run(store.new_run_id(), {}, "t", "gpo") for _ in range(2))
    store.save_step(one, 3, {"of": "one"}, _events(3))
    store.journal(one).record(Call())
    store.request_stop(one)
    store.open_test(one)
    assert store.last_state(other) is None
    assert store.events(other) == ()
    assert store.spent(other) == {}
    assert store.summary(other) == ()
    assert not store.stop_requested(other)
    assert store.open_test(other) == 1


def test_a_step_that_cannot_be_written_leaves_the_one_before(store: Store, run_id: str) -> None:
    store.save_step(run_id, 1, {"at": 1}, _events(1))
    with pytest.raises(TypeError):
        store.save_step(run_id, 1, {"at": object()}, [])
    assert store.last_state(run_id) == (1, {"at": 1})
    assert store.events(run_id) == tuple(_events(1))


# Calls


async def test_spending_is_summed_by_role_and_leaves_the_cache_out(opened: Opened) -> None:
    store = opened()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    journal = store.journal(run_id)
    journal.record(Call("task", usage=Usage(7, 3), usd=0.25))
    journal.record(Call("task", usage=Usage(1, 1), usd=0.5))
    journal.record(Call("task", usage=Usage(99, 99), usd=0.0, cached=True))
    journal.record(Call("optimizer", usage=Usage(), usd=0.0, failure="ModelUnavailable: 503"))
    await store.flush()
    expected = {"optimizer": Spent(1, 0, usd=0.0), "task": Spent(2, 12, usd=0.75)}
    assert store.spent(run_id) == expected
    assert opened().spent(run_id) == expected


async def test_one_unknown_price_makes_the_dollars_of_its_role_unknown(store: Store, run_id: str) -> None:
    journal = store.journal(run_id)
    journal.record(Call("task", usd=0.25))
    journal.record(Call("task", usd=None))
    journal.record(Call("optimizer", usd=0.25))
    journal.record(Call("optimizer", usd=None, cached=True))
    await store.flush()
    assert store.spent(run_id)["task"].usd is None
    assert store.spent(run_id)["optimizer"].usd == 0.25
    assert [(line.role, line.usd) for line in store.summary(run_id)] == [("optimizer", 0.25), ("task", None)]


async def test_the_summary_counts_by_role_and_model(store: Store, run_id: str) -> None:
    journal = store.journal(run_id)
    journal.record(Call("task", "a", usage=Usage(), usd=0.0, latency_s=60.0, failure="timeout"))
    journal.record(Call("task", "a", usage=Usage(7, 3, cached_tokens=5), usd=0.25, latency_s=1.0))
    journal.record(Call("task", "a", usage=Usage(1, 1, reasoning_tokens=1), usd=0.5, latency_s=3.0))
    journal.record(Call("task", "a", usage=Usage(50, 50, cached_tokens=9), usd=0.0, cached=True, latency_s=0.0))
    for why in ("timeout", "busy", CANCELLED):
        journal.record(Call("task", "a", key="never answered", usage=Usage(), usd=0.0, latency_s=60.0, failure=why))
    journal.record(Call("task", "b", usage=Usage(2, 2), usd=0.0, cached=True))
    await store.flush()
    assert store.summary(run_id) == (
        CallSummary(
            *("task", "a"),
            calls=6,
            cached=1,
            failed=1,
            repeated=2,
            cancelled=1,
            prompt_tokens=8,
            completion_tokens=4,
            usd=0.75,
            latency_s=2.0,
            cached_tokens=5,
            reasoning_tokens=1,
        ),
        CallSummary(
            "task", "b", calls=0, cached=1, failed=0, prompt_tokens=0, completion_tokens=0, usd=0.0, latency_s=None
        ),
    )


async def test_a_question_that_was_answered_in_the_end_did_not_fail(opened: Opened) -> None:
    store = opened()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    journal = store.journal(run_id)
    for key in ("answered", "answered", "known by now", "never"):
        journal.record(Call(key=key, failure="busy"))
    await store.flush()
    assert [(each.failed, each.repeated) for each in store.summary(run_id)] == [(3, 1)]
    again = opened()  # the run goes on in another process
    journal = again.journal(run_id)
    journal.record(Call(key="answered"))
    journal.record(Call(key="known by now", cached=True))
    journal.record(Call("judge", key="never"))  # another's question, if in the same words
    await again.flush()
    assert [(each.failed, each.repeated) for each in store.summary(run_id)] == [(0, 0), (1, 3)]


async def test_texts_of_strangers_cannot_break_the_journal(store: Store, run_id: str) -> None:
    store.journal(run_id).record(Call("task", "modèle\ud83d\0", failure="said: \udfff \x1b[31m 🙂"))
    await store.flush()
    assert store.summary(run_id)[0].failed == 1


# Asked to stop


def test_a_request_to_stop_is_seen_by_every_instance_until_it_is_cleared(opened: Opened) -> None:
    store, other = opened(), opened()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    assert not store.stop_requested(run_id)
    other.request_stop(run_id)
    other.request_stop(run_id)
    assert store.stop_requested(run_id)
    assert other.stop_requested(run_id)
    store.finish_run(run_id, "stopped", "asked to stop", {})
    assert store.stop_requested(run_id)
    store.clear_stop(run_id)
    store.clear_stop(run_id)
    assert not other.stop_requested(run_id)


def test_a_file_named_stop_asks_the_run_to_stop(store: Store, run_id: str) -> None:
    folder = store.folder(run_id)
    if folder is None:
        pytest.skip("this store keeps no files")
    (folder / "STOP").touch()
    assert store.stop_requested(run_id)
    store.clear_stop(run_id)
    assert not store.stop_requested(run_id)
    assert not (folder / "STOP").exists()


# The best prompt


@pytest.mark.parametrize("text", ["", "plain", "two\nlines\r\n", "ünïcödé 🙂", "x" * 100_000])
def test_the_best_prompt_lies_there_exactly(store: Store, run_id: str, text: str) -> None:
    folder = store.folder(run_id)
    if folder is None:
        pytest.skip("this store keeps no files")
    store.write_best(run_id, "an older one")
    store.write_best(run_id, text)
    assert (folder / "best_prompt.txt").read_bytes().decode() == text
    assert [path.name for path in folder.iterdir() if path.name.startswith("best")] == ["best_prompt.txt"]


def test_the_best_prompt_is_never_half_there(store: Store, run_id: str, elsewhere: Any) -> None:
    folder = store.folder(run_id)
    if folder is None:
        pytest.skip("this store keeps no files")
    store.write_best(run_id, "0" * 300_000)
    program = 'print("go", flush=True)\nwhile True:\n for c in "123456789": store.write_best(arguments[0], c * 300_000)'
    process = elsewhere(program, run_id)
    assert process.stdout.readline() == "go\n"
    seen = [(folder / "best_prompt.txt").read_text() for _ in range(100)]
    process.kill()
    seen.append((folder / "best_prompt.txt").read_text())
    assert {len(text) for text in seen} == {300_000}
    assert all(text == text[0] * 300_000 for text in seen)


# One process at a time


def test_a_run_is_held_by_one_at_a_time(opened: Opened) -> None:
    one, other = opened(), opened()
    run_id, free = one.create_run(one.new_run_id(), {}, "t", "gpo"), one.create_run(one.new_run_id(), {}, "t", "gpo")
    with one.lock_run(run_id):
        with pytest.raises(StoreBusy, match=run_id), other.lock_run(run_id):
            pass
        with other.lock_run(free):
            pass
    with other.lock_run(run_id):
        pass


def test_a_killed_process_lets_go_of_its_run(store: Store, run_id: str, elsewhere: Any) -> None:
    process = elsewhere('with store.lock_run(arguments[0]):\n print("held", flush=True)\n sys.stdin.read()', run_id)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(StoreBusy), store.lock_run(run_id):
        pass
    assert store.run(run_id).status == "running"
    process.kill()
    process.wait()
    assert store.run(run_id).status == "interrupted"
    with store.lock_run(run_id):
        pass


# Killed, and side by side


async def test_everything_flushed_survives_a_kill(opened: Opened, elsewhere: Any) -> None:
    program = """
async def work():
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    for i in range(300):
        await store.put(f"k{i}", Reply((f"answer {i}",)))
        store.journal(run_id).record(call(f"k{i}"))
    store.save_step(run_id, 1, {"at": 1}, [Warned(1, "saved")])
    store.write_best(run_id, "best")
    await store.flush()
    print(run_id, flush=True)
    die()
asyncio.run(work())
"""
    run_id = _until_killed(elsewhere(program)).strip()
    store = opened()
    assert [await store.get(f"k{i}") for i in range(300)] == [Reply((f"answer {i}",)) for i in range(300)]
    assert store.spent(run_id) == {"task": Spent(300, 600, usd=300.0)}
    assert store.last_state(run_id) == (1, {"at": 1})
    assert store.events(run_id) == (Warned(1, "saved"),)


@pytest.mark.parametrize("after", [1, 40, 400])
async def test_after_a_kill_the_calls_counted_are_exactly_those_whose_answers_are_kept(
    opened: Opened, elsewhere: Any, after: int
) -> None:
    program = """
async def work():
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    print(run_id, flush=True)
    for i in range(int(arguments[0])):
        await store.put(f"k{i}", Reply((f"answer {i}",)))
        store.journal(run_id).record(call(f"k{i}"))
        await asyncio.sleep(0)
    die()
asyncio.run(work())
"""
    run_id = _until_killed(elsewhere(program, str(after))).strip()
    store = opened()
    kept = [await store.get(f"k{i}") for i in range(after)]
    found = [reply for reply in kept if reply]
    assert found == [Reply((f"answer {i}",)) for i in range(len(found))]  # the oldest ones, and each of them whole
    assert store.spent(run_id).get("task", Spent()).calls == len(found)


async def test_no_answer_is_kept_without_the_call_that_paid_for_it(opened: Opened, elsewhere: Any) -> None:
    program = """
async def work():
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    print(run_id, flush=True)
    journal = store.journal(run_id)
    await store.put("paid", Reply(("one",)))
    journal.record(call("paid"))
    journal.record(call("failed"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await store.put("unrecorded", Reply(("two",)))
    die()
asyncio.run(work())
"""
    run_id = _until_killed(elsewhere(program)).strip()
    store = opened()
    assert await store.get("paid") == Reply(("one",))
    assert await store.get("unrecorded") is None
    assert store.spent(run_id)["task"].calls == 2


def test_how_long_a_run_took_is_known_once_it_was_noted(opened: Opened) -> None:
    first = opened()
    run_id, other = (first.create_run(first.new_run_id(), {}, "t", "gpo") for _ in range(2))
    assert first.elapsed_s(run_id) == 0.0
    for seconds in (1.5, 2.5):
        first.note_elapsed(run_id, seconds)
        assert (opened().elapsed_s(run_id), opened().elapsed_s(other)) == (seconds, 0.0)


async def test_a_kill_takes_no_time_back_but_what_passed_since_the_last_call(opened: Opened, elsewhere: Any) -> None:
    program = """
async def work():
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    print(run_id, flush=True)
    now = 0.0
    journal = store.journal(run_id, lambda: now)
    for now in (3.0, 5.0, 8.0):
        await store.put(f"k{now}", Reply(("x",)))
        journal.record(call(f"k{now}"))
        journal.secure()
    now = 13.0
    die()
asyncio.run(work())
"""
    run_id = _until_killed(elsewhere(program)).strip()
    assert opened().elapsed_s(run_id) == 8.0


async def test_two_processes_write_to_one_store_at_once(opened: Opened, elsewhere: Any) -> None:
    program = """
async def work():
    sys.stdin.readline()
    run_id = store.create_run(store.new_run_id(), {}, "t", "gpo")
    with store.lock_run(run_id):
        for step in range(15):
            for i in range(10):
                await store.put(f"{arguments[0]}-{step}-{i}", Reply(("x",)))
                store.journal(run_id).record(call(f"{arguments[0]}-{step}-{i}"))
            store.save_step(run_id, step, {"of": arguments[0]}, [Warned(step, arguments[0])])
            await store.flush()
    store.close()
    print(run_id)
asyncio.run(work())
"""
    processes = [elsewhere(program, name) for name in "ab"]
    ends = [process.communicate("go\n", timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ends
    store = opened()
    for name, (said, _) in zip("ab", ends, strict=True):
        run_id = said.strip()
        assert store.spent(run_id)["task"].calls == 150
        assert store.last_state(run_id) == (14, {"of": name})
        assert store.events(run_id) == tuple(Warned(step, name) for step in range(15))
        assert await store.get(f"{name}-14-9") == Reply(("x",))


def test_several_processes_may_open_a_new_store_at_once(elsewhere: Any, opened: Opened) -> None:
    program = 'print(store.create_run(store.new_run_id(), {}, "t", "gpo")); store.close()'
    ends = [process.communicate(timeout=60) for process in [elsewhere(program) for _ in range(4)]]
    assert [complained for _, complained in ends] == [""] * 4
    assert {said.strip() for said, _ in ends} == {row.id for row in opened().runs()}
    assert len({said for said, _ in ends}) == 4


def test_a_config_comes_back_as_it_was(store: Store) -> None:
    config = {"text": "ü\ud800\0🙂", "none": None, "list": [1, 0.1, True], "deep": {"a": {"b": []}}}
    run_id = store.create_run(store.new_run_id(), config, "täsk\ud800", "gpo")
    assert store.run(run_id).config == json.loads(json.dumps(config))
