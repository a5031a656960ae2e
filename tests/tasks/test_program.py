"""What a user's own function may ask of the task model, and for how long."""

import asyncio
import threading
from typing import Any

import pytest

from gpo.core.chat import Reply, Request, Sampling
from gpo.core.prompt import Prompt
from gpo.core.task import Example
from gpo.tasks.program import program_of

ROW = Example("1", "two", ("2",))


class Slow:
    """A model that answers when it is let, and notes what it was asked."""

    name = "slow"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cancelled = 0
        self.let = asyncio.Event()
        self.news = asyncio.Event()

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request.messages[-1].text)
        self.news.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Reply(("2",))


async def test_a_function_whose_answer_nobody_waits_for_asks_nothing_more() -> None:
    over = threading.Event()

    def stubborn(prompt: Prompt, example: Example, model: Any) -> str:
        for number in range(3):
            try:
                model.ask(f"question {number}")
            except Exception:  # noqa: BLE001 - a user's program may
                continue
        over.set()
        return ""

    model = Slow()
    asking = asyncio.create_task(program_of(stubborn, Sampling())(Prompt.of("p"), ROW, model))
    await model.news.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(over.wait, 10)
    assert (model.asked, model.cancelled) == (["question 0"], 1)


async def test_a_function_that_is_waited_for_asks_as_often_as_it_likes() -> None:
    def twice(prompt: Prompt, example: Example, model: Any) -> str:
        return model.ask("a") + model.ask("b")

    model = Slow()
    model.let.set()
    assert await program_of(twice, Sampling())(Prompt.of("p"), ROW, model) == "22"
    assert model.asked == ["a", "b"]
