"""SGDM criticizes, merges the criticism with what was said before, and edits."""

from typing import Any

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError
from gpo.core.events import Proposed, Reflected, StepFinished
from gpo.optimizers.catalog import build
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, Walked, walk_in_memory


async def _walk(name: str, solver: Any = None, writer: Any = None, **options: Any) -> Walked:
    task = toy_task(20)
    models = Models(solver or ToyTaskModel(), writer or ToyWriter())
    return await walk_in_memory(build(name, task, options), task, models, seed=5)


async def test_a_step_takes_a_critique_a_merger_after_the_first_and_a_request_for_edits() -> None:
    solver, writer = ToyTaskModel(), ToyWriter()
    walked = await _walk("sgdm", solver, writer, steps=4)
    steps = sum(isinstance(event, StepFinished) for event in walked.events)
    proposed = sum(isinstance(event, Proposed) for event in walked.events)
    assert steps == 4
    assert len(writer.calls) == 3 * steps - 1
    assert len(solver.calls) == 20 * (1 + proposed) + 8 * steps


async def test_each_call_reads_what_the_last_one_wrote() -> None:
    writer = ToyWriter()
    walked = await _walk("sgdm", writer=writer, steps=2)
    first, second = (event.feedback[0] for event in walked.events if isinstance(event, Reflected))
    critic, edits, _, merger, edits_again = writer.calls
    assert "These answers were wrong" in critic
    assert first in edits
    assert f"# Earlier criticism\n\n{first}" in merger
    assert f"# Criticism now\n\n{second}" in merger
    merged = walked.states[-1].trajectory[-1].momentum
    assert merged not in (first, second)
    assert f"# What is wrong with it\n\n{merged}\n" in edits_again


async def test_it_edits_the_current_prompt_sees_its_score_and_no_other_and_is_told_no_limit() -> None:
    writer = ToyWriter()
    await _walk("sgdm", writer=writer, steps=3)
    edits = [text for text in writer.calls if text.startswith("Revise")]
    assert len(edits) == 3
    for text in edits:
        assert text.count("Score: ") == 1
        assert "# Earlier instructions" not in text
        assert "Change at most" not in text
        assert text.count("\nExample ") == 3


async def test_a_minibatch_without_a_mistake_asks_for_no_critique_and_keeps_what_was_said() -> None:
    class Forgiving(ToyTaskModel):
        """Wrong on training rows at the first step only, and on every other row."""

        tried = 0

        async def complete(self, request: Request) -> Reply:
            train = "row train" in request.messages[-1].text
            self.tried += train
            await super().complete(request)
            return Reply(("yes" if train and self.tried > 8 else "no",))

    writer = ToyWriter()
    walked = await _walk("sgdm", Forgiving(), writer, steps=2)
    _, *edits = writer.calls
    assert [text.startswith("Revise") for text in edits] == [True, True]
    said = walked.states[-1].trajectory[1].momentum
    assert said
    assert all(f"# What is wrong with it\n\n{said}\n" in text for text in edits)


async def test_it_is_a_cell_of_the_grid() -> None:
    cell = {
        "trajectory": "none",
        "feedback": True,
        "feedback_trajectory": "summarization",
        "step_size": {"schedule": "none"},
        "refine": "edit",
    }
    assert (await _walk("sgdm")).events == (await _walk("gpo", **cell)).events


def test_its_steps_are_three_epochs_of_minibatches() -> None:
    assert build("sgdm", toy_task(20), {}).steps == 9
    assert build("sgdm", toy_task(20), {"epochs": 1, "batch": 4}).steps == 5
    assert build("sgdm", toy_task(20), {"steps": 2}).steps == 2


@pytest.mark.parametrize("option", ["epochs", "batch", "candidates", "patience"])
def test_nothing_can_be_made_of_zero(option: str) -> None:
    with pytest.raises(ConfigError, match=f"sgdm.{option} is 0"):
        build("sgdm", toy_task(), {option: 0})
