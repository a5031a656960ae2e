"""What every recipe makes of calls that fail: nothing. They are no scores, and no prompt gains by them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ModelRefused, TooManyFailures
from gpo.core.events import Evaluated, Kept
from gpo.core.keys import content_key
from gpo.core.prompt import Prompt
from gpo.optimizers.catalog import RECIPES, build
from gpo.optimizers.options import options_of
from gpo.store.state import decode, encode
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory

SEARCHING = pytest.mark.parametrize("name", sorted(RECIPES.keys() - {"nothing"}))
SEED = "Answer the row.\n"
ROWS = len(toy_task().splits.selection)


class Lossy(ToyTaskModel):
    """Refuses what is not said of the seed prompt, but for some rows of the selection set, which it answers rightly."""

    answered: Callable[[str], bool] = staticmethod(lambda row: False)

    async def complete(self, request: Request) -> Reply:
        text = request.messages[-1].text
        if text.startswith(SEED):
            return await super().complete(request)
        if self.answered(text.rpartition("\n")[2]):
            return Reply(("yes",))
        raise ModelRefused("content filter", fatal=False)


async def _walk(name: str, solver: ToyTaskModel, writer: ToyWriter) -> tuple[Walked, Prompt, float, int]:
    task, steps = toy_task(), {"steps": 4} if "steps" in options_of(RECIPES[name]) else {}
    optimizer = build(name, task, steps)
    walked = await walk_in_memory(optimizer, task, Models(solver, writer), max_failures=10**6)
    best = optimizer.best(walked.states[-1])
    return walked, best.prompt, best.score, best.n


@SEARCHING
async def test_one_right_answer_among_failed_calls_is_no_perfect_score(name: str) -> None:
    solver, writer = Lossy(), ToyWriter()
    solver.answered = lambda row: "selection 1 " in row
    walked, best, score, n = await _walk(name, solver, writer)
    assert (best, score, n) == (toy_task().seed, 0.0, ROWS)
    assert "100 of 100" not in (walked.finished or "")
    assert not re.findall(r"Score: (?!0\b)", "\n".join(writer.calls))


@SEARCHING
async def test_a_prompt_without_an_answer_has_no_score_and_is_not_kept(name: str) -> None:
    walked, best, _, n = await _walk(name, Lossy(), ToyWriter())
    assert (best, n) == (toy_task().seed, ROWS)
    assert [event for event in walked.events if isinstance(event, Kept)] == []
    unanswered = [event for event in walked.events if isinstance(event, Evaluated) and event.n == 0]
    assert unanswered
    assert {event.score for event in unanswered} == {None}


@SEARCHING
async def test_where_most_calls_are_answered_the_missing_ones_win_nothing(name: str) -> None:
    """Seven of ten are right and three have no answer: a mean of 100, of which no more than 70 is sure."""
    solver = Lossy()
    solver.answered = lambda row: not any(f"selection {place} " in row for place in (1, 4, 7))
    walked, best, score, n = await _walk(name, solver, ToyWriter())
    assert best != toy_task().seed
    assert (score, n) == (1.0, 7)
    assert "100 of 100" not in (walked.finished or "")


class Scripted(ToyTaskModel):
    """Answers the selection rows by a mark for each: 1 rightly, 0 wrongly, - not at all; one line of marks for the seed
    prompt, one for all others. Of the training rows the seed prompt gets none right, and the others all.
    """

    of_seed = of_others = ""

    async def complete(self, request: Request) -> Reply:
        text = request.messages[-1].text
        seed, row = text.startswith(SEED), re.search(r"selection (\d+) ", text.rpartition("\n")[2])
        mark = (self.of_seed if seed else self.of_others)[int(row[1])] if row else "01"[not seed]
        if mark == "-":
            raise ModelRefused("content filter", fatal=False)
        return Reply(("yes" if mark == "1" else "no",))


class Wordy(ToyWriter):
    """Writes more words than the seed prompt has, for of equals the shorter is the best."""

    async def complete(self, request: Request) -> Reply:
        reply = await super().complete(request)
        return replace(reply, texts=tuple(re.sub(r"<(\w+)>", r"<\1>With all care: ", text) for text in reply.texts))


def _scripted(of_seed: str, of_others: str) -> Scripted:
    solver = Scripted()
    solver.of_seed, solver.of_others = of_seed, of_others
    return solver


@SEARCHING
async def test_who_is_better_on_the_rows_that_both_answered_wins(name: str) -> None:
    """Also where the seed prompt got right what the others were refused, and more in all."""
    walked, best, score, n = await _walk(name, _scripted("1111111100", "---1111111"), Wordy())
    assert best != toy_task().seed
    assert (score, n) == (1.0, 7)
    assert "100 of 100" not in (walked.finished or "")
    kept = [event.gain for event in walked.events if isinstance(event, Kept)]
    assert kept[0] == pytest.approx(2 / 7)


@SEARCHING
async def test_to_be_refused_what_the_other_gets_wrong_is_no_gain(name: str) -> None:
    """The others have the higher mean, 5 of 7 against 5 of 10, and of equals the shorter and older stays."""
    _, best, score, n = await _walk(name, _scripted("1111100000", "11111---00"), Wordy())
    assert (best, score, n) == (toy_task().seed, 0.5, ROWS)


@SEARCHING
async def test_to_be_refused_what_the_other_gets_right_is_no_loss(name: str) -> None:
    """The others have 8 answers right and the seed prompt 5, but 5 of 7 are right of both where both answered."""
    _, best, score, n = await _walk(name, _scripted("---1111100", "1111111100"), Wordy())
    assert (best, score, n) == (toy_task().seed, 5 / 7, 7)


class Patchy(ToyTaskModel):
    """Refuses every sixth row or so, others of every prompt."""

    async def complete(self, request: Request) -> Reply:
        text = request.messages[-1].text
        if "selection" in text and int(content_key([text], 8), 16) % 6 == 0:
            raise ModelRefused("content filter", fatal=False)
        return await super().complete(request)


@SEARCHING
async def test_which_rows_were_refused_is_part_of_the_state(name: str) -> None:
    task = toy_task()
    optimizer = build(name, task, {"steps": 4} if "steps" in options_of(RECIPES[name]) else {})

    def through_json(state: Any) -> Any:
        return decode(optimizer.state_type, json.loads(json.dumps(encode(state))))

    walks = [
        await walk_in_memory(optimizer, task, Models(Patchy(), ToyWriter()), max_failures=10**6, resume=resume)
        for resume in (None, through_json)
    ]
    assert walks[0].events == walks[1].events
    assert walks[0].states == walks[1].states
    scored = [each for state in walks[0].states for each in _scored_in(encode(state))]
    assert all(each["scores"] for each in scored)
    assert any(each["unanswered"] for each in scored)


def _scored_in(data: Any) -> Iterator[dict[str, Any]]:
    """Every scored prompt in an encoded state."""
    if isinstance(data, dict):
        if data.keys() >= {"prompt", "n", "scores"}:
            yield data
        data = list(data.values())
    if isinstance(data, list):
        for each in data:
            yield from _scored_in(each)


@pytest.mark.parametrize("name", sorted(RECIPES))
async def test_a_seed_prompt_without_an_answer_stops_the_run(name: str) -> None:
    class Away(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            raise ModelRefused("the content filter", fatal=False)

    task = toy_task()
    with pytest.raises(TooManyFailures, match=r"10 of 10 calls for the seed prompt failed.*the content filter"):
        await walk_in_memory(build(name, task, {}), task, Models(Away(), ToyWriter()), max_failures=10**6)
