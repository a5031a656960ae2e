"""What every provider's client keeps of a request and of an answer, over the wire and back, and how it is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from gpo.core.chat import Message, Reply, Request, Sampling, Usage
from gpo.core.errors import ConfigError, ModelRefused, ModelUnavailable, UnreadableReply
from gpo.models.connect import Connection, connect
from gpo.models.dialect import THOUGHTS
from gpo.models.endpoints import DIALECTS
from gpo.models.providers import BY_NAME, TABLE
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import FAULTS, Problem, StubServer, always, refusing, serving

Connected = Callable[..., Connection]

SPOKEN = ("openai", "openai-responses", "anthropic", "gemini", "azure")
"""A provider for each protocol and address there is."""
PICTURE = "data:image/png;base64,iVBORw0KGgo="
ADDRESS = "https://example.invalid/cat.png"
CHAT = (
    Message("system", "Be brief."),
    Message("user", "Look."),
    Message("assistant", "I do."),
    Message("user", "What is it?", images=(PICTURE, ADDRESS)),
)
SCHEMA = '{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}'


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in TABLE:
        if provider.keys:
            monkeypatch.setenv(provider.keys[0], f"sk-{provider.name.split('-')[0]}")


async def _asked(
    connected: Connected, provider: str, request: Request, answer: Reply | str = "fine", fault: Any = None
) -> tuple[Reply, ScriptedModel, StubServer]:
    """The reply, what reached the model behind the server, and the server."""
    model = ScriptedModel(lambda _: answer, "m")
    async with serving(StubServer({"m": model}, fault)) as server:
        connection = connected(base_url=server.url, max_retries=0)
        reply = await connect(f"{provider}/m", "task", connection).complete(request)
    return reply, model, server


@pytest.mark.parametrize("provider", [each.name for each in TABLE])
async def test_system_prompts_turns_and_pictures_arrive_as_they_were_meant(connected: Connected, provider: str) -> None:
    _, model, _ = await _asked(connected, provider, Request(CHAT, Sampling(temperature=0.7, max_tokens=99)))
    assert model.calls[0].messages == CHAT
    assert model.calls[0].sampling.max_tokens == 99
    assert model.calls[0].sampling.temperature == 0.7


@pytest.mark.parametrize("provider", SPOKEN)
async def test_a_schema_arrives(connected: Connected, provider: str) -> None:
    _, model, _ = await _asked(connected, provider, Request(CHAT, Sampling(schema=SCHEMA)), '{"a": "x"}')
    assert model.calls[0].sampling.schema == SCHEMA


@pytest.mark.parametrize("provider", SPOKEN)
async def test_an_answer_ends_before_a_stop_sequence_whoever_sees_to_it(connected: Connected, provider: str) -> None:
    request = Request(CHAT[:2], Sampling(stop=("END", "\n\n")))
    reply, _, _ = await _asked(connected, provider, request, "one\ntwo END three")
    assert reply.texts == ("one\ntwo ",)


@pytest.mark.parametrize("provider", ["openai", "azure", "gemini"])
async def test_n_and_seed_arrive_where_the_protocol_has_them(connected: Connected, provider: str) -> None:
    reply, model, server = await _asked(connected, provider, Request(CHAT[:2], Sampling(n=3, seed=7)))
    assert (model.calls[0].sampling.n, model.calls[0].sampling.seed) == (3, 7)
    assert reply.texts == ("fine",) * 3
    assert len(server.seen) == 1


@pytest.mark.parametrize("provider", ["openai-responses", "anthropic"])
async def test_where_the_protocol_has_no_n_it_is_asked_that_often(connected: Connected, provider: str) -> None:
    reply, _, server = await _asked(connected, provider, Request(CHAT[:2], Sampling(n=3)))
    assert reply.texts == ("fine",) * 3
    assert len(server.seen) == 3


@pytest.mark.parametrize("provider", SPOKEN)
async def test_tokens_are_counted_all_of_them(connected: Connected, provider: str) -> None:
    told = Usage(100, 40, cached_tokens=60, reasoning_tokens=0 if provider == "anthropic" else 30)
    reply, _, _ = await _asked(connected, provider, Request(CHAT[:2]), Reply(("a",), told))
    assert reply.usage == told


@pytest.mark.parametrize("provider", SPOKEN)
async def test_an_answer_that_ended_at_the_limit_is_cut(connected: Connected, provider: str) -> None:
    whole, _, _ = await _asked(connected, provider, Request(CHAT[:2]), Reply(("a",), Usage(1, 1), (False,)))
    ended, _, _ = await _asked(connected, provider, Request(CHAT[:1]), Reply(("a",), Usage(1, 1), (True,)))
    assert (whole.is_cut(0), ended.is_cut(0)) == (False, True)


@pytest.mark.parametrize("provider", SPOKEN)
async def test_a_request_of_a_system_prompt_alone_is_answered(connected: Connected, provider: str) -> None:
    reply, model, _ = await _asked(connected, provider, Request(CHAT[:1]))
    assert reply.texts == ("fine",)
    assert model.calls[0].messages[0] == CHAT[0]


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (
            "openai",
            "Unsupported value: '{}' does not support 0 with this model. Only the default (1) is supported.",
        ),
        ("openai-responses", "Unsupported parameter: '{}' is not supported with this model."),
        ("anthropic", "`{}` is deprecated for this model."),
        ("anthropic", "{} is deprecated for this model."),
        ("gemini", "{} is not supported by this model."),
        ("azure", "Unsupported parameter: '{}' is not supported with this model."),
    ],
)
async def test_a_temperature_that_is_refused_is_left_out_from_then_on(
    connected: Connected, provider: str, said: str
) -> None:
    stub = StubServer({"m": ScriptedModel(lambda _: "fine", "m")}, refusing("temperature", said))
    async with serving(stub) as server:
        model = connect(f"{provider}/m", "task", connected(base_url=server.url))
        replies = [await model.complete(Request(CHAT[: i + 1])) for i in (1, 3)]
    assert [reply.texts for reply in replies] == [("fine",)] * 2
    assert len(stub.seen) == 3


@pytest.mark.parametrize("provider", SPOKEN)
async def test_a_value_that_is_refused_is_told_and_not_left_out(connected: Connected, provider: str) -> None:
    said = "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3.0 instead."
    async with serving(StubServer(fault=always(400, Problem("invalid", said)))) as server:
        with pytest.raises(ModelRefused, match="above maximum") as caught:
            await connect(f"{provider}/m", "task", connected(base_url=server.url)).complete(Request(CHAT[:2]))
    assert not caught.value.fatal
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("n", "'n' : number must be at most 1"),
        ("stop", "Argument not supported on this model: stop"),
        (
            "seed",
            '{"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are forbidden"}]}',
        ),
        (
            "seed",
            '{"detail": [{"type": "extra_forbidden", "loc": ["body","seed"], "msg": "Extra inputs are not allowed"}]}',
        ),
        ("seed", "body.seed: Extra inputs are not permitted"),
        ("seed", "seed: Extra inputs are not permitted"),
        ("seed", "Unrecognized request argument supplied: seed"),
        ("seed", "Unrecognized request arguments supplied: best_of, seed"),
        ("stop", "Unrecognized request argument supplied: stop"),
        ("stop", "body.stop: Extra inputs are not permitted"),
        ("stop", "Invalid 'stop': array too long. Expected maximum length 0, but got 1 instead."),
        ("n", "Unrecognized request argument supplied: n"),
    ],
)
async def test_what_compatible_servers_do_not_take_is_left_out(connected: Connected, parameter: str, said: str) -> None:
    request = Request(CHAT[:2], Sampling(n=2, seed=7, stop=("END",)))
    reply, _, _ = await _asked(
        connected,
        "groq",
        request,
        "fine END more",
        fault=refusing(parameter, said.replace("{", "{{").replace("}", "}}")),
    )
    assert reply.texts == ("fine ", "fine ")


@pytest.mark.parametrize(
    "said",
    [
        "Unrecognized request argument supplied: seeds",
        "Unrecognized request argument supplied: top_k",
        "body.seeding: Extra inputs are not permitted",
        "body.messages: Extra inputs are not permitted, such as a seed, or n, or a stop",
        "Unknown model. Ask somebody in n days, without a seed",
    ],
)
def test_a_refusal_of_something_else_blames_no_parameter(said: str) -> None:
    assert DIALECTS["chat"].blamed(said) is None


async def test_a_row_that_reads_like_a_refusal_of_a_parameter_leaves_it_in(connected: Connected) -> None:
    row = "Why do I see: Unrecognized request argument supplied: seed? And body.seed: Extra inputs are not permitted?"
    request = Request((Message("user", row),), Sampling(seed=7))
    async with serving(StubServer(fault=always(400, Problem("invalid", f"Invalid content: {row}")))) as server:
        with pytest.raises(ModelRefused):
            await connect("openai/m", "task", connected(base_url=server.url)).complete(request)
    assert len(server.seen) == 1, "a parameter that is left out is a request that is sent again"


async def test_four_stop_sequences_are_sent_and_all_are_kept_to(connected: Connected) -> None:
    request = Request(CHAT[:2], Sampling(stop=("A", "B", "C", "D", "E")))
    reply, model, _ = await _asked(connected, "openai", request, "one E two")
    assert model.calls[0].sampling.stop == ("A", "B", "C", "D")
    assert reply.texts == ("one ",)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt_tokens": 100.0, "completion_tokens": 5.0}, Usage(100, 5)),
        (
            {"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 64},
            Usage(100, 5, cached_tokens=64),
        ),
        (
            {"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 640},
            Usage(100, 5, cached_tokens=100),
        ),
        ({"prompt_tokens": 1.5, "completion_tokens": 5}, Usage(1, 1)),
        ({"prompt_tokens": float("inf"), "completion_tokens": 5}, Usage(1, 1)),
    ],
)
async def test_tokens_are_counted_as_deepseek_and_as_fractions_tell_them(
    connected: Connected, counts: dict[str, Any], usage: Usage
) -> None:
    body = {"choices": [{"message": {"content": "a"}}], "usage": counts}
    reply, _, _ = await _asked(connected, "deepseek", Request((Message("user", "hi"),)), fault=always(200, body))
    assert reply.usage == usage


async def test_gemini_gives_eight_answers_at_most_and_is_asked_for_the_others(connected: Connected) -> None:
    reply, model, _ = await _asked(connected, "gemini", Request(CHAT[:2], Sampling(n=10)))
    assert len(reply.texts) == 10
    assert [call.sampling.n for call in model.calls] == [8, 1, 1]


async def test_gemini_without_several_candidates_is_asked_once_for_each(connected: Connected) -> None:
    fault = refusing("candidateCount", "Multiple candidates is not enabled for this model")
    reply, _, server = await _asked(connected, "gemini", Request(CHAT[:2], Sampling(n=2)), fault=fault)
    assert reply.texts == ("fine", "fine")
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("provider", "model", "lacking"),
    [
        ("groq", "openai/gpt-oss-20b", {"max_completion_tokens"}),
        ("openai", "gpt-5-mini", {"temperature", "max_tokens"}),
        ("openai", "o3", {"temperature", "max_tokens"}),
        ("openrouter", "openai/gpt-5.4-nano", {"temperature", "max_tokens"}),
        ("openai", "gpt-5-chat-latest", {"max_completion_tokens"}),
        ("openai", "gpt-4o", {"max_completion_tokens"}),
        ("openai-responses", "gpt-5", {"temperature"}),
        ("anthropic", "claude-opus-4-7", {"temperature"}),
        ("anthropic", "claude-sonnet-5-5", {"temperature"}),
        ("anthropic", "claude-haiku-4-5", set()),
    ],
)
def test_what_a_model_is_known_to_refuse_is_never_sent(provider: str, model: str, lacking: set[str]) -> None:
    from gpo.models.endpoints import DIALECTS

    dialect = DIALECTS[BY_NAME[provider].speaks]
    body = dialect.write(model, Request(CHAT[:2]), dialect.refuses(model))
    assert not lacking & set(body)
    assert "temperature" in lacking or "temperature" in body


async def test_a_model_that_thinks_is_asked_right_from_the_first_request(connected: Connected) -> None:
    told = Usage(10, 300, reasoning_tokens=256)
    model = ScriptedModel(lambda _: Reply(("yes",), told), "m")
    async with serving(StubServer({"gpt-5-mini": model}, refusing("temperature"))) as server:
        client = connect("openai/gpt-5-mini", "task", connected(base_url=server.url))
        reply = await client.complete(Request(CHAT[:2], Sampling(max_tokens=2000)))
    assert len(server.seen) == 1
    assert reply.usage == told
    assert model.calls[0].sampling.max_tokens == 2000 + THOUGHTS["medium"], "room for the answer beside the thoughts"


# --- how much is thought


@pytest.mark.parametrize(
    ("provider", "model", "effort", "arrives"),
    [
        ("openai", "gpt-5-mini", "low", "low"),
        ("openai", "m", "high", "high"),
        ("azure", "m", "minimal", "minimal"),
        ("openai-responses", "gpt-5", "medium", "medium"),
        ("anthropic", "claude-sonnet-5", "high", "high"),
        ("anthropic", "claude-opus-4-6", "minimal", "low"),
        ("anthropic", "claude-haiku-4-5", "low", "2048"),
        ("anthropic", "claude-haiku-4-5", "none", "none"),
        ("gemini", "gemini-3.5-flash", "medium", "medium"),
        ("gemini", "gemini-3.1-pro-preview", "max", "high"),
        ("gemini", "gemini-2.5-flash", "high", "8192"),
        ("gemini", "gemini-2.5-flash", "none", "0"),
    ],
)
async def test_an_effort_arrives_in_the_words_of_the_protocol_and_with_room_for_thoughts(
    connected: Connected, provider: str, model: str, effort: str, arrives: str
) -> None:
    scripted = ScriptedModel(lambda _: "fine", model)
    async with serving(StubServer({model: scripted})) as server:
        asked = connect(f"{provider}/{model}", "task", connected(base_url=server.url, max_retries=0))
        await asked.complete(Request(CHAT[:2], Sampling(max_tokens=100, effort=effort)))
    assert scripted.calls[0].sampling.effort == arrives
    assert scripted.calls[0].sampling.max_tokens == 100 + THOUGHTS[effort]


@pytest.mark.parametrize(
    ("model", "effort", "room"),
    [
        ("gemini-2.5-pro", "none", 128),
        ("gemini-2.5-pro", "low", THOUGHTS["low"]),
        ("gemini-2.5-flash", "none", 0),
        ("gemini-3.5-flash", "none", THOUGHTS["minimal"]),
        ("gemini-3.1-pro-preview", "minimal", THOUGHTS["low"]),
    ],
)
async def test_a_model_that_cannot_but_think_gets_room_for_its_least_thoughts(
    connected: Connected, model: str, effort: str, room: int
) -> None:
    scripted = ScriptedModel(lambda _: "fine", model)
    async with serving(StubServer({model: scripted})) as server:
        asked = connect(f"gemini/{model}", "task", connected(base_url=server.url, max_retries=0))
        await asked.complete(Request(CHAT[:2], Sampling(max_tokens=100, effort=effort)))
    assert scripted.calls[0].sampling.max_tokens == 100 + room


async def test_a_role_has_an_effort_of_its_own_which_is_part_of_the_key(connected: Connected) -> None:
    model = ScriptedModel(lambda _: "fine", "m")
    async with serving(StubServer({"m": model})) as server:
        connection = connected(base_url=server.url, efforts={"optimizer": "high"})
        for role in ("task", "optimizer", "optimizer"):
            await connect("openai/m", role, connection).complete(Request(CHAT[:2]))
    assert [call.sampling.effort for call in model.calls] == ["", "high"]


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
async def test_a_model_that_thinks_is_sent_no_temperature(connected: Connected, provider: str) -> None:
    request = Request(CHAT[:2], Sampling(temperature=0.5, effort="low"))
    _, model, _ = await _asked(connected, provider, request)
    assert model.calls[0].sampling.temperature == (1.0 if provider == "anthropic" else 0.5)


@pytest.mark.parametrize(
    ("sampling", "said", "setting"),
    [
        (
            Sampling(effort="low"),
            "Unsupported parameter: 'reasoning_effort' is not supported here.",
            "reasoning_effort",
        ),
        (Sampling(effort="max"), "reasoning_effort: Input should be 'low', 'medium' or 'high'", "reasoning_effort"),
        (Sampling(schema=SCHEMA), "Invalid schema for response_format 'answer'.", "schema"),
    ],
)
async def test_what_the_user_wants_and_the_model_refuses_stops_the_run_and_is_not_left_out(
    connected: Connected, sampling: Sampling, said: str, setting: str
) -> None:
    with pytest.raises(ModelRefused, match=f"That is the setting {setting}") as caught:
        await _asked(connected, "openai", Request(CHAT[:2], sampling), fault=always(400, Problem("invalid", said)))
    assert caught.value.fatal


# --- addresses and keys


@pytest.mark.parametrize(
    ("provider", "header", "value"),
    [
        ("openai", "Authorization", "Bearer sk-openai"),
        ("openai-responses", "Authorization", "Bearer sk-openai"),
        ("anthropic", "x-api-key", "sk-anthropic"),
        ("gemini", "x-goog-api-key", "sk-gemini"),
        ("azure", "api-key", "sk-azure"),
        ("openrouter", "Authorization", "Bearer sk-openrouter"),
        ("ollama", "Authorization", "Bearer sk-ollama"),
    ],
)
async def test_the_key_goes_where_the_protocol_wants_it(
    connected: Connected, provider: str, header: str, value: str
) -> None:
    _, _, server = await _asked(connected, provider, Request(CHAT[:2]))
    assert {name.lower(): each for name, each in server.headers[0].items()}[header.lower()] == value


async def test_anthropic_is_told_the_version_of_its_protocol(connected: Connected) -> None:
    _, _, server = await _asked(connected, "anthropic", Request(CHAT[:2]))
    assert {name.lower(): each for name, each in server.headers[0].items()}["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize("provider", SPOKEN)
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("401", "the key was refused"),
        ("402", "no credit left"),
        ("403", "the key was refused"),
        ("404", "not found"),
        ("no-credit", "no credit left"),
    ],
)
async def test_a_refusal_for_good_says_in_one_paragraph_what_to_do(
    connected: Connected, provider: str, fault: str, said: str
) -> None:
    with pytest.raises(ModelRefused, match=said) as caught:
        await _asked(connected, provider, Request(CHAT[:2]), fault=FAULTS[fault])
    message = str(caught.value)
    assert caught.value.fatal
    assert f"{provider}/m at http://127.0.0.1" in message
    assert "\n" not in message
    assert "sk-" not in message
    assert (BY_NAME[provider].keys[0] in message) == (fault in ("401", "403"))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "Your chosen model requires moderation and your input was flagged"),
        (429, "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 50000."),
    ],
)
async def test_what_sounds_like_the_key_or_the_rate_but_is_about_this_request_leaves_its_row_unanswered(
    connected: Connected, status: int, said: str
) -> None:
    with pytest.raises(ModelRefused) as caught:
        await _asked(connected, "openrouter", Request(CHAT[:2]), fault=always(status, Problem("refused", said)))
    assert not caught.value.fatal


async def test_a_key_that_gemini_calls_a_bad_request_is_a_refused_key(connected: Connected) -> None:
    fault = always(400, Problem("invalid_api_key", "API key not valid. Please pass a valid API key."))
    said = r"the key was refused \(HTTP 400\).*GEMINI_API_KEY or GOOGLE_API_KEY"
    with pytest.raises(ModelRefused, match=said) as caught:
        await _asked(connected, "gemini", Request(CHAT[:2]), fault=fault)
    assert caught.value.fatal


async def test_a_balance_that_anthropic_calls_a_bad_request_is_no_credit(connected: Connected) -> None:
    fault = always(400, Problem("invalid_request_error", "Your credit balance is too low to access the Anthropic API."))
    with pytest.raises(ModelRefused, match="no credit left") as caught:
        await _asked(connected, "anthropic", Request(CHAT[:2]), fault=fault)
    assert caught.value.fatal


@pytest.mark.parametrize(
    ("details", "error", "wait"),
    [
        (
            [{"quotaId": "GenerateRequestsPerMinutePerProject-FreeTier"}, {"retryDelay": "34s"}],
            ModelUnavailable,
            34,
        ),
        ([{"quotaId": "GenerateRequestsPerDayPerProject-FreeTier"}, {"retryDelay": "34s"}], ModelRefused, None),
    ],
)
async def test_gemini_says_in_the_body_how_long_to_wait_and_when_it_does_not_help(
    connected: Connected, details: list[Any], error: type[Exception], wait: float | None
) -> None:
    body = {"error": {"code": 429, "message": "You exceeded your current quota.", "details": details}}
    with pytest.raises(error) as caught:
        await _asked(connected, "gemini", Request(CHAT[:2]), fault=always(429, body))
    assert getattr(caught.value, "retry_after_s", None) == wait


async def test_an_error_that_a_gateway_sends_as_an_answer_is_an_error(connected: Connected) -> None:
    body = {"error": {"code": 502, "message": "Provider returned error"}}
    with pytest.raises(ModelUnavailable, match="502"):
        await _asked(connected, "openrouter", Request(CHAT[:2]), fault=always(200, body))


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        (
            "openai-responses",
            {"incomplete_details": {"reason": "content_filter"}, "output": []},
        ),
        ("anthropic", {"content": [], "stop_reason": "refusal"}),
        ("gemini", {"promptFeedback": {"blockReason": "SAFETY"}}),
        ("gemini", {"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]}),
    ],
)
async def test_a_content_filter_refuses_this_request_and_no_other(
    connected: Connected, provider: str, body: dict[str, Any]
) -> None:
    with pytest.raises(ModelRefused, match="content filter") as caught:
        await _asked(connected, provider, Request(CHAT[:2]), fault=always(200, body))
    assert not caught.value.fatal


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        (
            "openai",
            {
                "choices": [
                    {"message": {"content": "one"}, "finish_reason": "stop"},
                    {"message": {"content": ""}, "finish_reason": "content_filter"},
                ]
            },
        ),
        (
            "gemini",
            {
                "candidates": [
                    {"finishReason": "OTHER"},
                    {"content": {"parts": [{"text": "one"}]}, "finishReason": "STOP"},
                ]
            },
        ),
    ],
)
async def test_of_several_answers_the_filtered_ones_are_asked_for_again(
    connected: Connected, provider: str, body: dict[str, Any]
) -> None:
    model = ScriptedModel(lambda _: "two", "m")
    async with serving(StubServer({"m": model}, always(200, body), times=1)) as server:
        wrapped = connect(f"{provider}/m", "task", connected(base_url=server.url))
        reply = await wrapped.complete(Request(CHAT[:2], Sampling(n=2)))
    assert reply.texts == ("one", "two")


async def test_a_choice_that_a_gateway_could_not_get_is_an_error(connected: Connected) -> None:
    choice = {"finish_reason": "error", "error": {"code": 429, "message": "Rate limited upstream"}, "message": {}}
    with pytest.raises(ModelUnavailable, match="Rate limited upstream"):
        await _asked(connected, "openrouter", Request(CHAT[:2]), fault=always(200, {"choices": [choice]}))


@pytest.mark.parametrize(
    ("code", "error"),
    [("server_error", ModelUnavailable), ("rate_limit_exceeded", ModelUnavailable), ("invalid_prompt", ModelRefused)],
)
async def test_a_response_that_failed_is_told_with_what_was_said(
    connected: Connected, code: str, error: type[Exception]
) -> None:
    body = {"status": "failed", "error": {"code": code, "message": "It broke."}, "output": []}
    with pytest.raises(error, match=r"It broke\."):
        await _asked(connected, "openai-responses", Request(CHAT[:2]), fault=always(200, body))


@pytest.mark.parametrize("provider", SPOKEN)
@pytest.mark.parametrize("body", [{}, {"choices": 1, "output": 1, "content": 1, "candidates": 1}, "nonsense", [1]])
async def test_an_answer_in_no_known_form_is_unreadable(connected: Connected, provider: str, body: Any) -> None:
    with pytest.raises(UnreadableReply):
        await _asked(connected, provider, Request(CHAT[:2]), fault=always(200, body))


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("openai", {"choices": [{"message": {"content": "abcde"}}]}),
        ("openai-responses", {"output": [{"type": "message", "content": [{"type": "output_text", "text": "abcde"}]}]}),
        ("anthropic", {"content": [{"type": "text", "text": "abcde"}]}),
        ("gemini", {"candidates": [{"content": {"parts": [{"text": "abcde"}]}}]}),
    ],
)
@pytest.mark.parametrize("usage", [None, "x", -1])
async def test_where_nothing_is_counted_it_is_estimated_and_never_zero(
    connected: Connected, provider: str, body: dict[str, Any], usage: Any
) -> None:
    counts = dict.fromkeys(("prompt_tokens", "input_tokens", "promptTokenCount", "output_tokens"), usage)
    sent = {**body, "usage": counts, "usageMetadata": counts}
    reply, _, _ = await _asked(connected, provider, Request((Message("user", "hi"),)), fault=always(200, sent))
    assert reply.texts == ("abcde",)
    assert reply.usage == Usage(1, 2)


async def test_thoughts_that_are_counted_beside_the_completion_are_counted_in(connected: Connected) -> None:
    body = {
        "choices": [{"message": {"content": "a"}}],
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 1,
            "total_tokens": 31,
            "completion_tokens_details": {"reasoning_tokens": 20},
        },
    }
    reply, _, _ = await _asked(connected, "xai", Request(CHAT[:2]), fault=always(200, body))
    assert reply.usage == Usage(10, 21, reasoning_tokens=20)


async def test_thoughts_that_stand_in_the_total_alone_are_counted_in(connected: Connected) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 103}
    body = {"choices": [{"message": {"content": "a"}}], "usage": usage}
    reply, _, _ = await _asked(connected, "openai", Request(CHAT[:2]), fault=always(200, body))
    assert reply.usage == Usage(9, 94, reasoning_tokens=93)


CACHE = {"cached_tokens": 100, "cache_write_tokens": 300}


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        (
            "openai",
            {
                "choices": [{"message": {"content": "a"}}],
                "usage": {"prompt_tokens": 500, "completion_tokens": 7, "prompt_tokens_details": CACHE},
            },
        ),
        (
            "openai-responses",
            {
                "status": "completed",
                "output": [{"type": "message", "content": [{"type": "output_text", "text": "a"}]}],
                "usage": {"input_tokens": 500, "output_tokens": 7, "input_tokens_details": CACHE},
            },
        ),
        (
            "anthropic",
            {
                "content": [{"type": "text", "text": "a"}],
                "stop_reason": "end_turn",
                "usage": {
                    "input_tokens": 100,
                    "cache_read_input_tokens": 100,
                    "cache_creation_input_tokens": 300,
                    "output_tokens": 7,
                    "output_tokens_details": {"thinking_tokens": 5},
                },
            },
        ),
    ],
)
async def test_what_is_noted_in_a_cache_is_counted_and_thoughts_are_told_apart(
    connected: Connected, provider: str, body: dict[str, Any]
) -> None:
    reply, _, _ = await _asked(connected, provider, Request(CHAT[:2]), fault=always(200, body))
    thought = 5 if provider == "anthropic" else 0
    assert reply.usage == Usage(500, 7, cached_tokens=100, written_tokens=300, reasoning_tokens=thought)


async def test_responses_are_asked_for_no_fewer_tokens_than_are_taken(connected: Connected) -> None:
    _, model, _ = await _asked(connected, "openai-responses", Request(CHAT[:2], Sampling(max_tokens=8)))
    assert model.calls[0].sampling.max_tokens == 16


async def test_blank_stop_sequences_are_kept_from_anthropic_and_kept_to(connected: Connected) -> None:
    request = Request(CHAT[:2], Sampling(stop=("\n\n", "END")))
    reply, model, _ = await _asked(connected, "anthropic", request, "one\n\ntwo")
    assert model.calls[0].sampling.stop == ("END",)
    assert reply.texts == ("one",)


def test_a_missing_key_names_its_variable_and_where_a_key_is_made(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    for provider in TABLE:
        for name in provider.keys:
            monkeypatch.delenv(name, raising=False)
    for provider in TABLE:
        if provider.own or provider.speaks == "azure":
            continue
        with pytest.raises(ConfigError) as caught:
            connect(f"{provider.name}/m", "task", connected())
        assert f"{provider.keys[0]}" in str(caught.value)
        assert provider.how in str(caught.value)
