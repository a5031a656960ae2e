"""Properties of what a store writes down: it comes back as it was, whatever models and data sets put into it."""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpo.core import events as kinds
from gpo.core.chat import Reply, Usage
from gpo.core.errors import StoreError
from gpo.core.events import Event
from gpo.core.prompt import Prompt, Scored
from gpo.core.trajectory import Point
from gpo.search.descent import DescentState
from gpo.store.rows import event_from_json, event_to_json, reply_from_json, reply_to_json
from gpo.store.sqlite import open_store
from gpo.store.state import decode, encode

SPLIT_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""Two halves of one character, side by side: JSON has one spelling for them and for the character."""

texts = st.text(st.characters(exclude_categories=()), max_size=30).filter(lambda text: not SPLIT_PAIR.search(text))
texts |= st.sampled_from(["\0", "\ud83d", "\udc80 lone", "👩‍🚀", "\x1b[31m", "</Prompt>", "\u2028", "\ufeff", ";--"])
numbers = st.floats(allow_nan=False)
scores = st.floats(0.0, 1.0)
counts = st.integers(0, 2**60)
names = st.text("abc", min_size=1, max_size=3)
prompts = st.builds(
    Prompt, st.lists(st.tuples(names, texts), max_size=3).map(tuple), st.lists(names, max_size=2).map(tuple), names
)
scored = st.builds(Scored, prompts, scores, counts)
points = st.builds(Point, counts, scored, feedback=st.lists(texts, max_size=2).map(tuple), momentum=texts, gain=numbers)
states = st.builds(
    DescentState,
    counts,
    scored,
    best=scored,
    trajectory=st.lists(points, max_size=4).map(tuple),
    seen=st.lists(texts, max_size=4).map(tuple),
    stale=counts,
    silent=counts,
)
replies = st.builds(
    Reply,
    st.lists(texts, max_size=3).map(tuple),
    st.builds(Usage, counts, counts),
    st.lists(st.booleans(), max_size=3).map(tuple),
)
of_type: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: counts,
    float: numbers,
    tuple[str, ...]: st.lists(texts, max_size=3).map(tuple),
    int | None: st.none() | counts,
    float | None: st.none() | numbers,
}


def _of_kind(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{name: of_type[hint] for name, hint in get_type_hints(kind).items()})


events: st.SearchStrategy[Any] = st.one_of([_of_kind(kind) for kind in get_args(Event)])


def _through_json(data: Any) -> Any:
    return json.loads(json.dumps(data))


@given(states)
def test_states_come_back_as_they_were(state: DescentState) -> None:
    back = decode(DescentState, _through_json(encode(state)))
    assert back == state
    assert hash(back) == hash(state)  # tuples, not lists


@given(events)
def test_events_come_back_as_they_were(event: Event) -> None:
    back = event_from_json(_through_json(event_to_json(event)))
    assert (type(back), back) == (type(event), event)


@given(replies)
def test_replies_come_back_as_they_were(reply: Reply) -> None:
    assert reply_from_json(_through_json(reply_to_json(reply))) == reply


@settings(max_examples=15)
@given(st.dictionaries(texts, replies, max_size=5), states, st.lists(events, max_size=5), texts)
def test_all_of_it_comes_back_from_the_disk(
    answers: dict[str, Reply], state: DescentState, happened: list[Event], best: str
) -> None:
    keys = {f"{number}": reply for number, reply in enumerate(answers.values())}

    async def write(folder: Path) -> str:
        store = open_store(folder)
        run_id = store.create_run(store.new_run_id(), {"text": best}, best, "gpo")
        for key, reply in keys.items():
            await store.put(key, reply)
        store.save_step(run_id, 1, encode(state), happened)
        store.write_best(run_id, best)
        await store.flush()
        store.close()
        return run_id

    async def read(folder: Path, run_id: str) -> None:
        store = open_store(folder)
        assert {key: await store.get(key) for key in keys} == keys
        saved = store.last_state(run_id)
        assert saved is not None
        assert decode(DescentState, saved[1]) == state
        assert store.events(run_id) == tuple(happened)
        assert store.run(run_id).config == {"text": best}
        written = (store.folder(run_id) / "best_prompt.txt").read_bytes().decode("utf-8")
        assert written == best.encode("utf-8", "replace").decode("utf-8")
        store.close()

    with tempfile.TemporaryDirectory() as folder:
        run_id = asyncio.run(write(Path(folder)))
        asyncio.run(read(Path(folder), run_id))


@given(events, st.sampled_from(["event", "step", "reason"]))
def test_events_that_lack_something_are_refused_and_not_guessed(event: Event, missing: str) -> None:
    data = event_to_json(event)
    if missing in data:
        del data[missing]
        with pytest.raises(StoreError):
            event_from_json(data)


@given(
    st.recursive(st.none() | st.booleans() | counts | texts, lambda each: st.lists(each) | st.dictionaries(names, each))
)
def test_any_other_data_are_refused_with_a_store_error(data: Any) -> None:
    for read in (event_from_json, reply_from_json, lambda data: decode(DescentState, data)):
        try:
            read(data)
        except StoreError:
            continue
        assert isinstance(data, dict)


def test_every_kind_of_event_is_covered() -> None:
    written = {each for each in vars(kinds).values() if isinstance(each, type) and each.__module__ == kinds.__name__}
    assert written == set(get_args(Event))
