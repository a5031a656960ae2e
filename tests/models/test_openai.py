"""The chat completions protocol: what is asked, what is read, and what is left out where an endpoint refuses it."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from gpo.core.chat import Message, Request, Sampling, Usage
from gpo.core.errors import ModelRefused, UnreadableReply
from gpo.models.client import Client
from gpo.models.connect import connect
from gpo.models.http import Http
from gpo.models.openai import CHAT, read
from gpo.models.retrying import Retrying
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import FAULTS, StubServer, chat_json, refusing, serving

HI = Request((Message("system", "Be brief."), Message("user", "hi")), Sampling(temperature=0.7, max_tokens=9, seed=4))


def _client(server: StubServer, http: Http) -> Retrying:
    client = Client("openai/m", "m", dialect=CHAT, http=http, address=f"{server.url}/chat/completions")
    return Retrying(client, retries=0)


async def _asked(stub: StubServer, *requests: Request) -> ScriptedModel:
    """What reached the model behind the server."""
    model = ScriptedModel(lambda request: f"{request.sampling.seed}", "m")
    stub.models = {"m": model}
    async with serving(stub) as server, aclosing(Http(5.0)) as http:
        client = _client(server, http)
        for request in requests:
            await client.complete(request)
    return model


async def test_the_request_arrives_as_it_was_meant() -> None:
    one, two = HI, Request((Message("user", "a"), Message("assistant", "b"), Message("user", "c")), Sampling(n=3))
    model = await _asked(StubServer(), one, two)
    assert model.calls == [one, two]


@pytest.mark.parametrize("parameter", ["temperature", "seed", "n"])
async def test_a_refused_parameter_is_left_out_from_then_on(parameter: str) -> None:
    stub = StubServer(fault=refusing(parameter))
    request = Request(HI.messages, Sampling(temperature=0.5, n=2, seed=1))
    model = await _asked(stub, request, request)
    assert len(stub.seen) == 3  # refused, repeated without it, and the second request without it at once
    assert len(model.calls) == 2
    assert model.calls[0].sampling != request.sampling


async def test_max_tokens_goes_by_its_newer_name_where_that_is_wanted() -> None:
    said = "Unsupported parameter: '{}' is not supported with this model. Use 'max_completion_tokens' instead."
    stub = StubServer(fault=refusing("max_tokens", said))
    model = await _asked(stub, HI, HI)
    assert [call.sampling.max_tokens for call in model.calls] == [9, 9]
    assert len(stub.seen) == 3


async def test_all_parameters_may_be_refused_one_after_the_other_and_by_many_at_once() -> None:
    async def picky(body: dict[str, Any]) -> Any:
        for name in ("n", "seed", "temperature"):
            if (refused := await refusing(name)(body)) is not None:
                return refused
        return None

    async with serving(StubServer({"m": ScriptedModel(lambda _: "fine", "m")}, picky)) as server:
        request = Request(HI.messages, Sampling(n=2, seed=1))
        async with aclosing(Http(5.0)) as http:
            client = _client(server, http)
            replies = await asyncio.gather(*(client.complete(request) for _ in range(4)))
    assert {reply.texts for reply in replies} == {("fine",)}


async def test_a_parameter_that_is_refused_even_when_it_is_not_sent_ends_the_attempts() -> None:
    async def stubborn(_: dict[str, Any]) -> Any:
        return await refusing("seed")({"seed": 1})

    with pytest.raises(ModelRefused, match="seed"):
        await _asked(StubServer(fault=stubborn), HI)


async def test_an_endpoint_that_ignores_n_still_gives_n_answers(connected: Any) -> None:
    async with serving(StubServer(fault=FAULTS["ignores-n"])) as server:
        connection = connected(base_url=server.url)
        model = connect("openai/toy-writer", "optimizer", connection)
        reply = await model.complete(
            Request((Message("user", "# Current instruction\n\nDo.\n"),), Sampling(n=4, seed=1))
        )
        again = await model.complete(
            Request((Message("user", "# Current instruction\n\nDo.\n"),), Sampling(n=4, seed=1))
        )
    assert len(reply.texts) == 4
    assert all(text.startswith("<prompt>Do.") for text in reply.texts)
    assert again == reply
    assert connection.ledger.total.calls == 4 == len(server.seen)


# --- reading


def test_a_reasoning_model_that_says_nothing_gave_an_empty_answer_that_was_cut() -> None:
    reply = read(chat_json(None, reason="length"), HI, "m")
    assert reply.texts == ("",)
    assert reply.is_cut(0)


def test_text_parts_are_joined_and_a_refusal_in_words_is_the_answer() -> None:
    parts = {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {"type": "other"}]}
    declined = {"content": None, "refusal": "I cannot."}
    data = {"choices": [{"message": parts}, {"message": declined}, {"message": {"content": None}}]}
    assert read(data, HI, "m").texts == ("ab", "I cannot.", "")


@pytest.mark.parametrize("choices", [None, [], {}, "x", [None], [1, "a"]])
def test_an_answer_without_choices_is_unreadable(choices: Any) -> None:
    with pytest.raises(UnreadableReply, match="without choices"):
        read({"choices": choices}, HI, "m")


def test_a_content_filter_refuses_this_request_and_no_other() -> None:
    with pytest.raises(ModelRefused, match="content filter") as caught:
        read(chat_json("", reason="content_filter"), HI, "m")
    assert not caught.value.fatal


def test_the_endpoints_count_of_tokens_is_believed() -> None:
    assert read(chat_json("a", prompt=7, completion=3), HI, "m").usage == Usage(7, 3)


@pytest.mark.parametrize(
    "usage",
    [None, {}, {"prompt_tokens": "7"}, {"prompt_tokens": -1}, "x", {"prompt_tokens": None}, {"prompt_tokens": 4}],
)
def test_where_there_is_no_count_it_is_estimated_and_never_zero(usage: Any) -> None:
    reply = read({"choices": [{"message": {"content": "abcde"}}], "usage": usage}, HI, "m")
    assert reply.usage == Usage(3 + 1, 2)


def test_characters_beyond_ascii_and_pictures_are_estimated_as_what_they_mostly_take() -> None:
    asked = Request((Message("user", "你好吗", images=("data:image/png;base64,AAAA",)),))
    reply = read({"choices": [{"message": {"content": "很好，谢谢"}}]}, asked, "m")
    assert reply.usage == Usage(1000 + 3, 5)


@pytest.mark.parametrize("content", [[1, 2], ["a"], 5, {"text": "a"}])
def test_content_in_another_form_is_no_answer(content: Any) -> None:
    with pytest.raises(UnreadableReply):
        read({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}, HI, "m")
