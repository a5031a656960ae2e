"""How textual gradients come about: asked of mistakes, in groups, and left out where they cannot be read."""

from dataclasses import replace

import pytest

from gpo.core.chat import Request
from gpo.core.evaluation import Answer, Mistake
from gpo.core.events import Event, Reflected, Warned
from gpo.core.prompt import Prompt, Scored
from gpo.core.task import Example
from gpo.core.update import Update
from gpo.direction.mistakes import batches, find_mistakes, minibatch
from gpo.direction.reflect import reflect
from gpo.engine.lab import LiveLab
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import ToyTaskModel, toy_task
from gpo.testing.walk import Models, lab_in_memory

CURRENT = Scored(Prompt.of("Mind amber"), 0.2, 10)
MISTAKES = tuple(
    Mistake(Example(f"{i}", f"input {i}", ("right",)), Answer(f"{i}", f" wrong {i} ", 0.0, "off by one"))
    for i in range(6)
)


def _lab(model: ScriptedModel, step: int = 1, seed: int = 0) -> tuple[LiveLab, list[Event]]:
    events: list[Event] = []
    return lab_in_memory(toy_task(), Models(ToyTaskModel(), model), events.append, seed=seed, step=step), events


def _critic(request: Request) -> str:
    shown = [f"{i}" for i in range(6) if f"input {i}" in request.messages[0].text]
    return f"<feedback>about {' '.join(shown)}</feedback>"


async def test_one_critique_of_all_mistakes_shows_question_answer_truth_and_remark() -> None:
    model = ScriptedModel(_critic)
    lab, events = _lab(model)
    update = await reflect()(Update(CURRENT, mistakes=MISTAKES), lab)
    (critique,) = update.feedback
    assert critique.text == "about 0 1 2 3 4 5"
    assert critique.about == MISTAKES
    (request,) = model.calls
    assert request.sampling.temperature == 0.0
    for shown in ("Mind amber", "input 3\nThe model said: wrong 3\nRemark: off by one\nOutput: right"):
        assert shown in request.messages[0].text
    assert events == [Reflected(1, ("about 0 1 2 3 4 5",))]


async def test_without_a_mistake_nothing_is_asked_and_old_feedback_is_gone() -> None:
    model = ScriptedModel(_critic)
    lab, events = _lab(model)
    update = await reflect()(Update(CURRENT, mistakes=MISTAKES), lab)
    assert (await reflect()(Update(CURRENT, feedback=update.feedback), lab)).feedback == ()
    assert len(model.calls) == 1
    assert len(events) == 1


async def test_every_group_has_its_own_mistakes_drawn_by_the_seed() -> None:
    async def drawn(seed: int) -> list[str]:
        lab, _ = _lab(ScriptedModel(_critic), seed=seed)
        update = await reflect(groups=4, errors=2, temperature=1.0)(Update(CURRENT, mistakes=MISTAKES), lab)
        assert all(len(set(critique.about)) == 2 for critique in update.feedback)
        return [critique.text for critique in update.feedback]

    assert len(set(await drawn(1))) > 1
    assert await drawn(1) == await drawn(1)
    assert await drawn(1) != await drawn(2)


async def test_the_requests_of_equal_groups_differ_by_their_seed() -> None:
    model = ScriptedModel(_critic)
    lab, _ = _lab(model)
    await reflect(groups=2)(Update(CURRENT, mistakes=MISTAKES), lab)
    assert len(set(model.calls)) == 2


@pytest.mark.parametrize("said", ["I would rather talk.", "<feedback></feedback>"])
async def test_a_critique_that_cannot_be_read_is_left_out_and_said(said: str) -> None:
    lab, events = _lab(ScriptedModel(["<feedback>vague</feedback>", said]))
    update = await reflect(groups=2)(Update(CURRENT, mistakes=MISTAKES), lab)
    assert [critique.text for critique in update.feedback] == ["vague"]
    assert events == [Warned(1, "1 of 2 critiques could not be read"), Reflected(1, ("vague",))]


async def test_mistakes_are_those_of_the_current_prompt_on_the_minibatch_of_the_step() -> None:
    solver = ToyTaskModel()
    events: list[Event] = []
    for step, ids in ((1, ["train-1", "train-2", "train-3"]), (2, ["train-4", "train-6", "train-7"])):
        lab = lab_in_memory(toy_task(), Models(solver, ScriptedModel([])), events.append, step=step)
        update = await find_mistakes(4)(Update(CURRENT), lab)
        assert [mistake.example.id for mistake in update.mistakes] == ids
    assert len(solver.calls) == 8


def test_an_epoch_is_walked_in_file_order_and_drops_a_last_batch_of_less_than_half() -> None:
    rows = toy_task(11).splits.train
    assert [len(minibatch(rows, 4, step)) for step in (1, 2, 3, 4)] == [4, 4, 3, 4]
    assert minibatch(rows, 4, 4) == minibatch(rows, 4, 1)
    assert (batches(9, 4), batches(10, 4), batches(1, 4), batches(8, 8)) == (2, 3, 1, 1)


async def test_the_critic_sees_the_texts_beside_the_criticized_one_and_how_a_program_came_to_its_answer() -> None:
    model = ScriptedModel(_critic)
    lab, _ = _lab(model)
    seed = Scored(Prompt((("plan", "Think first."), ("solve", "Then add."))), 0.5, 4)
    traced = [replace(each, answer=replace(each.answer, trace="Step 1, said: so")) for each in MISTAKES]
    await reflect()(Update(seed, focus="solve", mistakes=tuple(traced)), lab)
    said = model.calls[0].messages[0].text
    assert "# Texts that the model is given besides, and that stay as they are\n\nplan: Think first." in said
    assert said.count("How the answer came about:\nStep 1, said: so\nThe model said: ") == len(MISTAKES)
