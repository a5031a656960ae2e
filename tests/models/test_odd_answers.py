"""Answers that are none, errors in odd forms, and keys that come back: no failed call is a score, no key is shown."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from gpo.core.chat import Message, Request, Sampling
from gpo.core.errors import ModelError, ModelRefused, ModelUnavailable, UnreadableReply
from gpo.models.available import listed_at
from gpo.models.client import Client
from gpo.models.dialect import own_words
from gpo.models.embed import vectors_in
from gpo.models.endpoints import DIALECTS, Endpoint, Reached
from gpo.models.failures import failure, retry_after_s
from gpo.models.http import Http
from gpo.models.providers import BY_NAME
from gpo.testing.server import StubServer, always, chat_json, serving

HI = Request((Message("user", "hi"),), Sampling(max_tokens=9))
KEY = "sk-very/secret+0123456789"
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
SHOWN = ("very", "0123456789", ESCAPED[:12])
"""None of this may be seen."""


def _choice(**choice: Any) -> dict[str, Any]:
    return {"choices": [choice]}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (_choice(finish_reason="error", message={"content": "ye"}), UnreadableReply),
        ({**_choice(finish_reason="error", message={"content": ""}), "error": {"code": 502}}, ModelUnavailable),
        ({**_choice(finish_reason="stop", message={"content": "no"}), "error": {"code": "429"}}, ModelUnavailable),
        ({"choices": None, "error": {"message": "Overloaded", "code": "overloaded_error"}}, ModelUnavailable),
        ({"choices": None, "error": "odd"}, UnreadableReply),
        ({"choices": None, "error": {"code": ["odd"]}}, UnreadableReply),
        (_choice(), UnreadableReply),
        (_choice(finish_reason="stop", message=None), UnreadableReply),
        (_choice(finish_reason="length", message=None), UnreadableReply),
        (_choice(finish_reason="stop", message={"content": 12345}), UnreadableReply),
        (_choice(finish_reason="stop", message={"content": {"a": 1}}), UnreadableReply),
        (_choice(finish_reason=["stop"], message={"content": "yes"}), UnreadableReply),
        (_choice(finish_reason="tool_calls", message={"content": None, "tool_calls": [{"id": "1"}]}), UnreadableReply),
        (_choice(finish_reason="stop", message={"content": "", "tool_calls": [{"id": "1"}]}), UnreadableReply),
        (_choice(finish_reason="insufficient_system_resource", message={"content": "ye"}), ModelUnavailable),
    ],
)
def test_a_chat_completion_that_failed_is_no_answer(data: dict[str, Any], error: type[ModelError]) -> None:
    with pytest.raises(error) as caught:
        DIALECTS["chat"].read(data, HI, "m")
    assert not caught.value.fatal


@pytest.mark.parametrize(
    ("reason", "content", "text"),
    [("stop", "", ""), ("stop", None, ""), ("length", None, ""), ("tool_calls", "a", "a")],
)
def test_silence_is_an_answer_and_so_is_text_before_a_tool(reason: str, content: str | None, text: str) -> None:
    reply = DIALECTS["chat"].read(_choice(finish_reason=reason, message={"content": content}), HI, "m")
    assert reply.texts == (text,)
    assert reply.is_cut(0) == (reason == "length")


def test_of_several_choices_the_failed_ones_are_left_out() -> None:
    good, bad = chat_json("a")["choices"][0], {"finish_reason": "error", "message": {"content": ""}}
    assert DIALECTS["chat"].read({"choices": [bad, good, {}]}, HI, "m").texts == ("a",)


@pytest.mark.parametrize(
    ("speaks", "data"),
    [
        ("responses", {"status": "cancelled", "output": []}),
        ("responses", {"status": "in_progress", "output": []}),
        ("responses", {"status": "incomplete", "output": []}),
        ("responses", {"status": "incomplete", "incomplete_details": {"reason": "odd"}, "output": []}),
        ("responses", {"status": {}, "output": []}),
        ("responses", {"status": "completed", "output": [{"type": "function_call"}]}),
        ("anthropic", {"content": [], "stop_reason": "pause_turn"}),
        ("anthropic", {"content": [{"type": "tool_use"}], "stop_reason": "tool_use"}),
        ("anthropic", {"content": [{"type": "text", "text": "yes"}], "stop_reason": {"a": 1}}),
        ("gemini", {"candidates": [{}]}),
        ("gemini", {"candidates": [{"finishReason": ["odd"]}]}),
        ("gemini", {"candidates": [{"finishReason": None, "content": 5}]}),
    ],
)
def test_an_answer_that_did_not_end_is_unreadable(speaks: str, data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableReply):
        DIALECTS[speaks].read(data, HI, "m")


@pytest.mark.parametrize("speaks", ["anthropic", "gemini"])
def test_an_error_that_came_as_an_answer_is_that_error(speaks: str) -> None:
    error = {"type": "overloaded_error", "code": 529, "message": "Overloaded"}
    with pytest.raises(ModelUnavailable, match="Overloaded") as caught:
        DIALECTS[speaks].read({"type": "error", "error": error}, HI, "m")
    assert caught.value.busy


@pytest.mark.parametrize(
    "data",
    [
        {"data": 5},
        {"data": True},
        {"data": [{"embedding": 5}]},
        {"data": [{"embedding": [10**400]}]},
        {"data": [{"embedding": [float("nan"), 1.0]}]},
        {"data": [{"embedding": [float("inf")]}]},
        {"data": [{"index": None, "embedding": [1.0]}, {"index": "x", "embedding": [2.0]}]},
    ],
)
def test_what_is_no_vector_is_an_unreadable_answer(data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableReply, match="for 1 texts"):
        vectors_in(data, HI, "m")


# --- over the wire


async def _posted(fault: Any, **more: Any) -> dict[str, Any]:
    async with serving(StubServer(fault=fault)) as server:
        return await _post(f"{server.url}/chat/completions", **more)


async def _post(url: str, key: str = KEY) -> dict[str, Any]:
    async with aclosing(Http(5.0, {"Authorization": f"Bearer {key}"})) as http:
        return await http.post(url, {"model": "m"}, "m")


@pytest.mark.parametrize(("status", "error"), [(200, UnreadableReply), (400, ModelRefused), (500, ModelUnavailable)])
@pytest.mark.parametrize("part", ["[", '{"a":'])
async def test_a_body_nested_without_end_is_one_failed_call(status: int, error: type[ModelError], part: str) -> None:
    with pytest.raises(error):
        await _posted(always(status, part * 200_000))


async def test_any_depth_that_can_be_parsed_can_be_told() -> None:
    async with serving() as server, aclosing(Http(5.0)) as http:
        client = Client("m", "m", dialect=DIALECTS["chat"], http=http, address=f"{server.url}/chat/completions")
        for depth in (10, 500, 800, 900, 950, 1000, 3000):
            server.fault = always(200, '{"choices": ' + "[" * depth + "]" * depth + "}")
            with pytest.raises(UnreadableReply):
                await client.complete(HI)


@pytest.mark.parametrize("status", [201, 206])
async def test_an_answer_with_another_status_of_success_is_an_answer(status: int) -> None:
    assert await _posted(always(status, {"a": 1})) == {"a": 1}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32-le"])
async def test_a_key_that_comes_back_in_another_encoding_is_neither_shown_nor_kept(encoding: str) -> None:
    async with _saying(_with_head(f'{{"a": "{KEY}"}}'.encode(encoding))) as url:
        try:
            said = str(await _post(url))
        except UnreadableReply as error:
            said = str(error)
    assert not any(part in said.replace("\\x00", "") for part in SHOWN)


@pytest.mark.parametrize("first", [b"HTTP/1.1\t200 OK", b"http/1.1 200", b"HTTP/1.1 200OK"])
async def test_a_head_that_begins_oddly_follows_an_interim_one_all_the_same(first: bytes) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
    async with _saying(b'%b%b\r\nContent-Length: 8\r\n\r\n{"a": 1}' % (interim, first)) as url:
        assert await _post(url) == {"a": 1}


async def test_what_follows_the_body_is_no_part_of_the_head() -> None:
    body = b'8\r\n{"a": 1}\r\n0\r\nHTTP/1.1 500 bad: x\r\n\r\n'
    async with _saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body) as url:
        assert await _post(url) == {"a": 1}


async def test_a_line_of_the_head_that_looks_like_its_first_one_is_a_line() -> None:
    async with _saying(_with_head(b'{"a": 1}', b"HTTP/odd: x\r\n")) as url:
        assert await _post(url) == {"a": 1}


async def test_a_list_of_models_with_nothing_around_it_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", "sk-x")
    async with _saying(_with_head(b'[{"id": "b"}, {"id": "a"}]')) as url:
        assert await listed_at(Reached(BY_NAME["together"], Endpoint(url)), 5.0) == ("a", "b")


def _with_head(body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (more, len(body), body)


@pytest.mark.parametrize(
    "spelling", [KEY, ESCAPED, ESCAPED.upper().replace("U", "u"), KEY.replace("/", "\\/"), quote(KEY, safe="")]
)
async def test_a_key_that_comes_back_is_neither_shown_nor_kept(spelling: str) -> None:
    for status in (400, 401, 500):
        with pytest.raises(ModelError) as caught:
            await _posted(always(status, f'{{"error": {{"message": "bad {spelling}."}}}}'))
        assert not any(part in str(caught.value) for part in SHOWN)
        assert "(the key)" in str(caught.value)
    assert await _posted(always(200, f'{{"a": "50% of {spelling}"}}')) == {"a": "50% of (the key)"}


async def test_a_redirect_with_the_key_in_it_is_told_without() -> None:
    for spelling in (KEY, quote(KEY, safe="")):
        with pytest.raises(ModelRefused, match=r"sends the request on to https://elsewhere.invalid") as caught:
            await _posted(always(302, "", {"Location": f"https://elsewhere.invalid/x?k={spelling}"}))
        assert not any(part in str(caught.value) for part in SHOWN)


@asynccontextmanager
async def _saying(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that sends these bytes whatever it is asked."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nbad header %b\x00 \r\n: x\r\n\r\n",
        b"HTTP/1.1 2x0 %b\r\n\r\n",
        b"HTTP/9 %b\r\n\r\n",
        b"HTTP/1.1 401 bad key %b\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_told_without_the_key(answer: bytes) -> None:
    async with _saying(answer % KEY.encode()) as url:
        with pytest.raises(ModelError, match=url) as caught:
            await _post(url)
    assert not any(part in str(caught.value) + repr(caught.value.__cause__) for part in SHOWN)


async def test_a_moment_without_a_zone_is_one_of_the_three_forms() -> None:
    later = datetime.now(UTC) + timedelta(seconds=30)
    assert 25 < (retry_after_s(f"{later:%a %b %e %H:%M:%S %Y}") or 0) <= 30


# --- what a refusal repeats of a row is no reason to stop


@pytest.mark.parametrize(
    "said",
    [
        "insufficient_quota",
        "Invalid: limit: 0 PerDay",
        "Row: API_KEY_INVALID",
        "Row: API key not valid",
        "Row: Model Not Exist",
        "Row: x is not a valid model ID",
    ],
)
def test_a_bad_request_that_repeats_a_row_is_that_rows_alone(said: str) -> None:
    error = failure(400, json.dumps({"error": {"code": "invalid", "message": said}}).encode(), {}, "m")
    assert isinstance(error, ModelRefused)
    assert not error.fatal


@pytest.mark.parametrize(
    "said", ["Rate limit: 0.5 requests per second exceeded", "Too many requests. Remaining limit: 0, try again in 1 s."]
)
def test_a_rate_limit_that_names_a_limit_is_no_lack_of_credit(said: str) -> None:
    assert isinstance(failure(429, json.dumps({"error": {"message": said}}).encode(), {}, "m"), ModelUnavailable)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"code": "insufficient_quota", "message": "No."}),
        (400, {"message": "Your credit balance is too low to access the API."}),
        (400, {"message": "No.", "details": [{"reason": "API_KEY_INVALID"}]}),
        (400, {"message": "API key not valid. Please pass a valid API key."}),
        (429, {"message": "litellm: insufficient_quota"}),
        (400, "Incorrect API key provided: ab***yz."),
        (400, {"message": "m is not a valid model ID", "code": 400}),
        (400, {"message": "Model Not Exist", "code": "invalid_request_error"}),
        (400, {"message": "No.", "code": "model_not_found"}),
        (400, {"message": "Invalid model: m", "type": "invalid_model", "code": "1500"}),
        (403, {"message": "The key may not do that."}),
        (407, {"message": "Who are you?"}),
    ],
)
def test_what_every_call_would_meet_stops_the_run(status: int, error: Any) -> None:
    for body in ({"error": error}, [{"error": error}]):
        assert failure(status, json.dumps(body).encode(), {}, "m").fatal


@pytest.mark.parametrize("status", [403, 407])
@pytest.mark.parametrize("said", ["Denied by content policy.", "The prompt was filtered.", "content_filter", "flagged"])
def test_a_gateway_that_refuses_the_text_does_not_refuse_the_key(status: int, said: str) -> None:
    assert not failure(status, json.dumps({"error": {"message": said}}).encode(), {}, "m").fatal


REFUSED = Sampling(effort="low", schema="{}")


@pytest.mark.parametrize(
    "error",
    [
        {
            "code": "invalid_prompt",
            "message": "Invalid prompt: your prompt was flagged. See https://x.invalid/docs/guides/reasoning#advice",
        },
        {
            "code": "context_length_exceeded",
            "message": "Your messages resulted in 130043 tokens (including 52 in the response_format schemas.).",
        },
        {"code": "invalid", "message": "This row is bad: see https://x.invalid/docs/reasoning_effort"},
    ],
)
async def test_a_row_that_is_refused_is_not_a_setting_that_is_refused(error: dict[str, str]) -> None:
    async with serving(StubServer(fault=always(400, {"error": error}))) as server, aclosing(Http(5.0)) as http:
        client = Client("m", "m", dialect=DIALECTS["chat"], http=http, address=f"{server.url}/chat/completions")
        with pytest.raises(ModelRefused) as caught:
            await client.complete(Request(HI.messages, REFUSED))
    assert not caught.value.fatal


async def test_a_setting_with_which_an_answer_came_is_not_what_a_row_is_refused_for() -> None:
    async with serving() as server, aclosing(Http(5.0)) as http:
        address = f"{server.url}/chat/completions"
        client = Client("toy-task", "toy-task", dialect=DIALECTS["chat"], http=http, address=address)
        await client.complete(Request(HI.messages, REFUSED))
        server.fault = always(400, {"error": {"message": "The answer did not match the json_schema."}})
        with pytest.raises(ModelRefused) as caught:
            await client.complete(Request(HI.messages, REFUSED))
        assert not caught.value.fatal
        with pytest.raises(ModelRefused) as caught:
            await client.complete(Request(HI.messages, Sampling(schema='{"type": "object"}')))
        assert caught.value.fatal


async def test_a_row_about_a_setting_is_not_that_setting() -> None:
    row = "Why does reasoning_effort with thinking and a JSON schema fail? temperature is not supported."
    request = Request((Message("user", f"Answer.\n{row}"),), Sampling(effort="low", schema="{}", temperature=0.5))
    fault = always(400, {"error": {"message": f"Invalid message content: {row}"}})
    async with serving(StubServer(fault=fault)) as server, aclosing(Http(5.0)) as http:
        client = Client("m", "m", dialect=DIALECTS["chat"], http=http, address=f"{server.url}/chat/completions")
        with pytest.raises(ModelRefused) as caught:
            await client.complete(request)
    assert not caught.value.fatal
    assert type(caught.value) is ModelRefused


def test_the_name_of_a_model_is_no_part_of_what_was_said() -> None:
    assert own_words("openai/x-thinking at http://a/v1: the request was refused (HTTP 400): No.", HI) == "No."


# --- how long to wait, and how much to think


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"retry-after-ms": "1500", "Retry-After": "2"}, 1.5),
        ({"Retry-After-Ms": "odd", "Retry-After": "2"}, 2),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "1e999"}, None),
        ({"Retry-After": "nan"}, None),
    ],
)
def test_a_wish_to_wait_is_a_number_of_seconds_or_none(headers: dict[str, str], wish: float | None) -> None:
    error = failure(429, b"", headers, "m")
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after_s == wish


def _written(speaks: str, model: str, effort: str) -> dict[str, Any]:
    return DIALECTS[speaks].write(model, Request(HI.messages, Sampling(max_tokens=9000, effort=effort)), frozenset())


def test_claude_3_7_is_told_a_number_of_tokens_and_older_ones_nothing() -> None:
    assert _written("anthropic", "claude-3-7-sonnet-20250219", "low")["thinking"]["budget_tokens"] == 2048
    for model in ("claude-3-5-haiku-20241022", "claude-3-opus-20240229", "claude-2.1"):
        assert not {"thinking", "output_config"} & set(_written("anthropic", model, "none"))
        with pytest.raises(ModelRefused, match="reasoning_effort"):
            _written("anthropic", model, "low")
    assert _written("anthropic", "claude-sonnet-5", "low")["thinking"] == {"type": "adaptive"}


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("gemini-2.5-pro", {"thinkingBudget": 128}),
        ("gemini-2.5-flash", {"thinkingBudget": 0}),
        ("gemini-3-pro-preview", {"thinkingLevel": "low"}),
        ("gemini-3.5-flash", {"thinkingLevel": "minimal"}),
    ],
)
def test_a_gemini_that_cannot_but_think_is_told_the_least_it_takes(model: str, told: dict[str, Any]) -> None:
    assert _written("gemini", model, "none")["generationConfig"]["thinkingConfig"] == told
