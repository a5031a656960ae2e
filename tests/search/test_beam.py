"""The beam: who is expanded, who goes on, what may be called the best, and by what path a prompt came about."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError, ModelRefused
from gpo.core.events import Evaluated, Kept, Refused, StepFinished, StepStarted
from gpo.core.lab import Lab
from gpo.core.prompt import Prompt, Scored
from gpo.core.trajectory import Point, lineage
from gpo.core.update import Part, Proposal, Update
from gpo.method.guard import fingerprint
from gpo.search.beam import Beam
from gpo.search.ending import Ending
from gpo.search.rank import ranking
from gpo.testing.toy import KEYWORDS, ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

AMBER, BIRCH, CEDAR, DELTA, EMBER = KEYWORDS


def _saying(write: Callable[[int, str], Sequence[str]], seen: list[Update] | None = None) -> Part:
    """A part that proposes what a function of the step and the current text says."""

    async def part(update: Update, lab: Lab) -> Update:
        if seen is not None:
            seen.append(update)
        for text in write(lab.step, update.text):
            proposals = (*update.proposals, Proposal(update.child(text, "test"), 1))
            update = replace(update, proposals=proposals, seen=update.seen | {fingerprint(text)})
        return update

    return part


async def _walk(part: Part, steps: int, width: int, **more: Any) -> Walked:
    task = toy_task()
    beam = Beam(part, Ending(steps), width=width, **more)
    return await walk_in_memory(beam, task, Models(ToyTaskModel(), ToyWriter()))


def _texts(points: Sequence[Point]) -> list[str]:
    return [point.at.prompt.text for point in points]


def _told(walked: Walked, kind: type) -> list[Any]:
    return [event for event in walked.events if isinstance(event, kind)]


async def test_every_member_is_expanded_and_the_best_of_old_and_new_go_on() -> None:
    def write(step: int, text: str) -> Sequence[str]:
        return [f"{text} {AMBER}", f"{text} {BIRCH} {CEDAR}"] if step == 1 else [f"{text} now"]

    walked = await _walk(_saying(write), 2, 2)
    first, second = (_texts(state.beam) for state in walked.states[1:])
    assert first == [f"Answer the row. {BIRCH} {CEDAR}", f"Answer the row. {AMBER}"]
    # Of equal scores the newer goes on.
    assert second == [f"Answer the row. {BIRCH} {CEDAR} now", f"Answer the row. {BIRCH} {CEDAR}"]


@pytest.mark.parametrize(
    ("pool", "after"),
    [("children", [CEDAR, "worse still"]), ("beam", [f"{AMBER} {BIRCH}", CEDAR]), ("all", [f"{AMBER} {BIRCH}", CEDAR])],
)
async def test_the_pool_says_who_may_be_in_the_next_beam(pool: str, after: list[str]) -> None:
    told = {1: [f"{AMBER} {BIRCH}", "worse"], 2: [CEDAR, "worse still"]}
    part = _saying(lambda step, text: told[step] if text in ("Answer the row.", f"{AMBER} {BIRCH}") else [])
    walked = await _walk(part, 2, 2, pool=pool)
    assert _texts(walked.states[-1].beam) == after


async def test_only_the_whole_pool_goes_back_to_what_once_fell_out_of_the_beam() -> None:
    told = {
        "Answer the row.": [f"{AMBER} {BIRCH}", AMBER],
        f"{AMBER} {BIRCH}": ["bad", "worse"],
        "bad": ["no better", "nor this"],
    }

    async def last(pool: str) -> list[str]:
        return _texts((await _walk(_saying(lambda _, text: told.get(text, [])), 3, 1, pool=pool)).states[-1].beam)

    assert await last("children") == ["no better"]
    assert await last("all") == [f"{AMBER} {BIRCH}"]


async def test_a_beam_without_children_stays_as_it_is() -> None:
    walked = await _walk(_saying(lambda step, text: []), 2, 3, pool="children")
    assert walked.states[-1].beam == walked.states[0].beam
    assert not _told(walked, Kept)


async def test_what_two_members_propose_is_scored_once() -> None:
    def write(step: int, text: str) -> Sequence[str]:
        return [AMBER, BIRCH] if step == 1 else [f"{AMBER} {BIRCH}", f"{text} now"]

    walked = await _walk(_saying(write), 2, 2, pool="children")
    scored = [event.prompt for event in _told(walked, Evaluated)]
    assert scored.count(f"{AMBER} {BIRCH}") == 1
    assert [event.reason for event in _told(walked, Refused)] == ["duplicate: two of the beam proposed it"]


async def test_only_what_was_scored_on_the_whole_selection_set_is_in_the_beam_or_the_best() -> None:
    def write(step: int, text: str) -> Sequence[str]:
        return [f"{text} {word} {i}" for i in range(4) for word in KEYWORDS]

    walked = await _walk(_saying(write), 3, 2, rank=ranking("ucb", 60, 2, 1.0))
    whole = {event.prompt_id: event.score for event in _told(walked, Evaluated) if event.n == 10}
    assert len(whole) == 1 + 3 * 2
    for state in walked.states:
        for scored in (state.best, *(point.at for point in (*state.beam, *state.found))):
            assert whole[scored.prompt.id] == scored.score
            assert scored.n == 10
    assert walked.states[-1].best.score == max(whole.values())


async def test_members_draw_randomness_of_their_own() -> None:
    drawn: list[float] = []

    async def part(update: Update, lab: Lab) -> Update:
        drawn.append(lab.rng("x").random())
        return await _saying(lambda step, text: [f"{text} {AMBER}", f"{text} {BIRCH}"])(update, lab)

    await _walk(part, 2, 2)
    assert len(set(drawn)) == len(drawn) == 3


async def test_an_update_knows_the_path_that_led_to_its_prompt() -> None:
    seen: list[Update] = []
    grow = {"Answer the row.": [AMBER, BIRCH], AMBER: [f"{AMBER} {CEDAR}"], BIRCH: []}
    await _walk(_saying(lambda _, text: grow.get(text, []), seen), 3, 1, pool="all")
    assert [_texts(update.trajectory) for update in seen] == [
        ["Answer the row."],
        ["Answer the row.", AMBER],
        ["Answer the row.", AMBER, f"{AMBER} {CEDAR}"],
    ]
    assert [point.gain for point in seen[-1].trajectory] == pytest.approx([0.0, 0.2, 0.2])


def test_a_path_follows_first_parents_only() -> None:
    root = Prompt.of("root")
    child = Prompt.of("child", (root.id,))
    stranger = Prompt.of("stranger")
    united = Prompt.of("united", (child.id, stranger.id))
    found = tuple(Point(i, Scored(each, 0.5, 10)) for i, each in enumerate((root, stranger, child, united)))
    assert _texts(lineage(found, united)) == ["root", "child", "united"]
    assert lineage(found, Prompt.of("unknown")) == ()


async def test_a_step_tells_where_it_began_what_it_kept_and_the_best_so_far() -> None:
    walked = await _walk(_saying(lambda step, text: [f"{text} {AMBER}"] if step == 1 else [f"{step} bad"]), 2, 2)
    assert [event.prompt for event in _told(walked, StepStarted)] == ["Answer the row.", f"Answer the row. {AMBER}"]
    assert [(event.prompt, event.gain) for event in _told(walked, Kept)] == [
        (f"Answer the row. {AMBER}", pytest.approx(0.2)),
        ("2 bad", pytest.approx(-0.2)),
    ]
    assert [event.best_prompt for event in _told(walked, StepFinished)] == [f"Answer the row. {AMBER}"] * 2


async def test_patience_counts_steps_without_a_better_best() -> None:
    task = toy_task()
    beam = Beam(_saying(lambda step, text: [f"{step}"]), Ending(9, patience=2), width=1)
    walked = await walk_in_memory(beam, task, Models(ToyTaskModel(), ToyWriter()))
    assert walked.finished == "no gain for 2 steps"


def test_a_beam_without_room_is_refused() -> None:
    with pytest.raises(ConfigError, match="width of the beam is 0"):
        Beam(_saying(lambda step, text: []), Ending(1), width=0)


async def test_a_refused_row_costs_no_place_in_the_beam() -> None:
    """It is asked whether the word stands in the prompt; of one prompt the first row is refused."""

    class Refusing(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            if "kindly" in request.messages[-1].text and "selection 0 " in request.messages[-1].text:
                raise ModelRefused("content filter", fatal=False)
            return await super().complete(request)

    def write(step: int, text: str) -> Sequence[str]:
        return [f"{text} {AMBER} {BIRCH}", f"{text} kindly {AMBER} {BIRCH} {CEDAR}", f"{text} kindly {AMBER} {BIRCH}"]

    task = toy_task()
    beam = Beam(_saying(write), Ending(1), width=3)
    walked = await walk_in_memory(beam, task, Models(Refusing(), ToyWriter()), max_failures=9)
    texts = [text.removeprefix("Answer the row. ") for text in _texts(walked.states[1].beam)]
    assert texts == [f"kindly {AMBER} {BIRCH} {CEDAR}", f"{AMBER} {BIRCH}", f"kindly {AMBER} {BIRCH}"]
    (kept,) = _told(walked, Kept)
    assert kept.gain == pytest.approx(5 / 9)
