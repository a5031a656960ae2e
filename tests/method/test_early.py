"""Proposals are judged in their order as they come: the first is asked about while the last is still being written."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from gpo.core.chat import Reply, Request, Usage
from gpo.core.events import Event
from gpo.core.lab import Lab
from gpo.core.prompt import Prompt, Scored
from gpo.core.update import StepSize, Update
from gpo.engine.evaluate import Evaluator
from gpo.engine.lab import LiveLab
from gpo.method.breed import breed
from gpo.method.manner import Manner
from gpo.method.refine import refine
from gpo.optimizers.catalog import build
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, walk_in_memory

PROPOSED = ("one amber", "two birch", "three cedar")


class Writer:
    """Writes one proposal a request, each when it is let to."""

    name = "writer"

    def __init__(self, texts: Sequence[str] = PROPOSED) -> None:
        self.texts, self.asked = texts, 0
        self.let = [asyncio.Event() for _ in texts]

    async def complete(self, request: Request) -> Reply:
        number = self.asked
        self.asked += 1
        await self.let[number].wait()
        return Reply((f"<prompt>{self.texts[number]}</prompt>",) * request.sampling.n, Usage(1, 1))


def _lab(writer: Writer) -> tuple[LiveLab, ToyTaskModel, list[Event]]:
    task, model, events = toy_task(), ToyTaskModel(), list[Event]()
    return LiveLab(task, writer, evaluator=Evaluator(task, model, 0), tell=events.append, seed=0), model, events


def _update(scored_whole: bool = True) -> Update:
    return Update(Scored(Prompt.of("Answer the row."), 0.0, 10), scored_whole=scored_whole)


async def _refined(update: Update, lab: Lab) -> Sequence[Update]:
    return (await refine("generate", 3, Manner(requests="each"))(update, lab),)


async def _bred(update: Update, lab: Lab) -> Sequence[Update]:
    return await breed("ape/paraphrase")((update,) * 3, lab)


@pytest.mark.parametrize("how", [_refined, _bred])
async def test_what_is_written_is_asked_about_while_others_are_being_written(how: object) -> None:
    writer = Writer()
    lab, model, _ = _lab(writer)
    asking = asyncio.ensure_future(how(_update(), lab))  # type: ignore[operator]
    writer.let[2].set()
    await asyncio.sleep(0.01)
    assert not model.calls  # the third may be the twin of an earlier one: nobody knows yet
    writer.let[0].set()
    await asyncio.sleep(0.01)
    assert len(model.calls) == 10
    assert all("one amber" in call for call in model.calls)
    writer.let[1].set()
    proposals = [each.prompt for update in await asking for each in update.proposals]
    assert [each.text for each in proposals] == list(PROPOSED)
    await lab.evaluate(proposals, lab.task.splits.selection)
    assert len(model.calls) == 30


@pytest.mark.parametrize("how", [_refined, _bred])
async def test_nothing_is_asked_early_that_may_never_be_scored(how: object) -> None:
    writer = Writer()
    lab, model, _ = _lab(writer)
    for each in writer.let:
        each.set()
    await how(_update(scored_whole=False), lab)  # type: ignore[operator]
    await asyncio.sleep(0.01)
    assert not model.calls


async def test_the_order_in_which_they_come_leaves_no_trace_in_the_events() -> None:
    """Also where some are asked for a second time because they moved too far."""
    update = replace(_update(), step_size=StepSize(3))
    texts = ("one two three four five", "answer the column", "six seven eight nine ten", "answer a row", "answer rows")
    told: list[list[Event]] = []
    for order in (range(5), reversed(range(5))):
        writer = Writer(texts)
        lab, _, events = _lab(writer)
        asking = asyncio.ensure_future(_refined(update, lab))
        for number in order:
            writer.let[number].set()
            await asyncio.sleep(0.002)
        await asking
        told.append([event for event in events if "asked again" not in str(event)])
    names = [[type(event).__name__ for event in events] for events in told]
    assert names[0] == names[1]


@pytest.mark.parametrize("algorithm", ["gpo", "evoprompt-ga", "ape"])
async def test_begun_early_or_not_a_run_comes_to_the_same(algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task, states = toy_task(), []
    for begins in (True, False):
        early = partial(Evaluator, ample=lambda _, begins=begins: begins)
        monkeypatch.setattr("gpo.testing.walk.Evaluator", early)
        walked = await walk_in_memory(build(algorithm, task, {}), task, Models(ToyTaskModel(), ToyWriter()))
        states.append(walked.states)
    assert states[0] == states[1]
