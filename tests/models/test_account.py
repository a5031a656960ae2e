"""What an answer is kept under, and what a request is reserved at."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.core.budget import Budget
from gpo.core.chat import Message, Request, Sampling
from gpo.core.errors import BudgetExhausted
from gpo.core.keys import content_key
from gpo.models.account import request_key
from gpo.models.connect import wrap
from gpo.testing.scripted import ScriptedModel

ASKED = Request((Message("system", "a"), Message("user", "b")), Sampling(temperature=0.5, max_tokens=9, n=2, seed=3))


def test_a_key_holds_the_whole_request_and_answers_that_were_kept_long_ago_stay_known() -> None:
    sampling = {"temperature": 0.5, "max_tokens": 9, "n": 2, "seed": 3}
    known = content_key(["openai/m", "http://x", [["system", "a"], ["user", "b"]], sampling])
    assert request_key("openai/m", "http://x", ASKED) == known


@given(texts=st.lists(st.text(st.characters()), min_size=1, max_size=3), images=st.lists(st.text(), max_size=2))
def test_a_key_put_together_from_texts_is_that_of_the_whole(texts: list[str], images: list[str]) -> None:
    request = Request(tuple(Message("user", text, images=tuple(images)) for text in texts))
    chat = [["user", text, *images] for text in texts]
    drawn = {"temperature": 0.0, "max_tokens": 256, "n": 1, "seed": None}
    assert request_key(texts[0], texts[-1], request) == content_key([texts[0], texts[-1], chat, drawn])


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, messages=ASKED.messages[:1]),
        replace(ASKED, messages=(ASKED.messages[0], Message("user", "b", images=("https://x/y.png",)))),
        replace(ASKED, messages=(ASKED.messages[0], Message("assistant", "b"))),
        replace(ASKED, sampling=replace(ASKED.sampling, stop=("\n",))),
        replace(ASKED, sampling=replace(ASKED.sampling, schema="{}")),
        replace(ASKED, sampling=replace(ASKED.sampling, seed=None)),
    ],
)
def test_whatever_differs_makes_another_key(other: Request) -> None:
    assert request_key("m", "", other) != request_key("m", "", ASKED)


async def test_a_picture_is_reserved_at_more_tokens_than_it_can_take(connected: Any) -> None:
    def showing(*images: str) -> Request:
        return Request((Message("user", "b", images=images),), Sampling(max_tokens=10))

    model = wrap(ScriptedModel(lambda _: "fine"), "task", connected(Budget(tokens=60_000)))
    assert (await model.complete(showing("https://x/y.png"))).texts == ("fine",)
    with pytest.raises(BudgetExhausted):
        await model.complete(showing("https://x/y.png", "data:image/png;base64,AA=="))
