"""What goes wrong between us and a server, and which error it becomes."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from gpo.core.chat import Message, Request
from gpo.core.errors import ModelError, ModelRefused, ModelUnavailable, UnreadableReply
from gpo.models.connect import connect
from gpo.models.failures import failure, retry_after_s
from gpo.models.http import Http
from gpo.testing.server import FAULTS, StubServer, always, serving

HI = Request((Message("user", "hi"),))

TABLE = [
    ("401", ModelRefused, True, "invalid_api_key", 1),
    ("404", ModelRefused, True, "not found", 1),
    ("no-credit", ModelRefused, True, "no credit left", 1),
    ("429", ModelUnavailable, False, "429", 3),
    ("500", ModelUnavailable, False, "Something broke", 3),
    ("empty", UnreadableReply, False, "without choices", 1),
    ("not-json", UnreadableReply, False, "Bad gateway", 1),
]


@pytest.mark.parametrize(("fault", "error", "fatal", "said", "requests"), TABLE)
async def test_each_fault_becomes_its_error(
    connected: Any, fault: str, error: type[ModelError], fatal: bool, said: str, requests: int
) -> None:
    sent = FAULTS[fault] if fault != "429" else always(429, {"error": {"message": "slow"}}, {"Retry-After": "0.001"})
    if fault == "500":
        sent = always(500, {"error": {"message": "Something broke."}}, {"Retry-After": "0"})
    async with serving(StubServer(fault=sent)) as server:
        with pytest.raises(error, match=said) as caught:
            await connect("openai/toy-task", "task", connected(base_url=server.url)).complete(HI)
        assert len(server.seen) == requests
    assert caught.value.fatal == fatal
    assert "openai/toy-task" in str(caught.value)


async def test_a_fault_that_passes_is_waited_out(connected: Any) -> None:
    fault = always(503, "down for a moment", {"Retry-After": "0"})
    async with serving(StubServer(fault=fault, times=2)) as server:
        reply = await connect("openai/toy-task", "task", connected(base_url=server.url)).complete(HI)
    assert reply.texts == ("no",)
    assert len(server.seen) == 3


async def test_a_dead_server_is_named() -> None:
    async with serving() as server:
        url = server.url
    http = Http(5.0)
    with pytest.raises(ModelUnavailable, match=r"Is the server running") as caught:
        await http.post(f"{url}/chat/completions", {}, "openai/x")
    assert url in str(caught.value)
    await http.aclose()


@pytest.mark.parametrize(("timeout_s", "said"), [(0.05, r"within 0\.05 seconds \("), (1, r"within 1 second \(")])
async def test_a_server_that_never_answers_runs_into_the_time_limit(
    connected: Any, timeout_s: float, said: str
) -> None:
    async with serving(StubServer(fault=FAULTS["hangs"])) as server:
        model = connect("openai/toy-task", "task", connected(base_url=server.url, timeout_s=timeout_s, max_retries=0))
        with pytest.raises(ModelUnavailable, match=said):
            await model.complete(HI)


async def test_a_connection_that_breaks_off_is_unavailable() -> None:
    import asyncio

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        writer.close()

    server, http = await asyncio.start_server(hang_up, "127.0.0.1", 0), Http(5.0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ModelUnavailable):
        await http.post(f"http://127.0.0.1:{port}/v1", {}, "x")
    await http.aclose()
    server.close()
    await server.wait_closed()


async def test_a_redirect_is_refused_because_the_key_would_go_with_it(connected: Any) -> None:
    async with serving(StubServer(fault=always(307, "", {"Location": "http://127.0.0.1:1/elsewhere"}))) as server:
        with pytest.raises(ModelRefused, match="elsewhere"):
            await connect("openai/toy-task", "task", connected(base_url=server.url)).complete(HI)
    assert len(server.seen) == 1


async def test_the_key_is_sent_and_never_shown(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret\n")
    async with serving(StubServer(fault=FAULTS["401"])) as server:
        connection = connected(base_url=server.url)
        with pytest.raises(ModelRefused) as caught:
            await connect("openai/toy-task", "task", connection).complete(HI)
    assert server.headers[0]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in str(caught.value) + repr(connection) + repr(Http(1.0, {"Authorization": "sk-secret"}))


async def test_a_proxy_that_the_environment_names_is_used_but_not_for_this_machine(
    connected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with serving() as proxy, serving() as here:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        far = connect("openai/toy-task", "task", connected(base_url="http://models.invalid/v1"))
        assert (await far.complete(HI)).texts == ("no",)
        await connect("openai/toy-task", "task", connected(base_url=here.url)).complete(HI)
    assert [len(server.seen) for server in (proxy, here)] == [1, 1]


async def test_a_proxy_that_refuses_the_login_it_was_given_is_not_asked_again_and_the_password_not_told(
    connected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        model = connect("openai/toy-task", "task", connected(base_url="https://guarded.invalid/v1"))
        with pytest.raises(ModelRefused, match="wants a login") as caught:
            await model.complete(HI)
    assert len(asked) == 1
    assert caught.value.fatal
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 529])
def test_what_may_pass_is_unavailable(status: int) -> None:
    assert isinstance(failure(status, b"", {}, "x"), ModelUnavailable)


@pytest.mark.parametrize(("status", "fatal"), [(400, False), (413, False), (422, False), (402, True), (403, True)])
def test_what_will_not_pass_is_refused_this_once_or_for_good(status: int, fatal: bool) -> None:
    error = failure(status, b'{"error": "too long"}', {}, "x")
    assert isinstance(error, ModelRefused)
    assert error.fatal == fatal
    assert "too long" in str(error)


def test_the_wish_to_wait_is_read_whatever_its_form() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    assert retry_after_s("2.5") == 2.5
    assert retry_after_s(soon) == pytest.approx(30, abs=2)
    assert retry_after_s("soon") is None
    assert retry_after_s(None) is None
    assert retry_after_s("Wed, 21 Oct 99999999999999999999 07:28:00 GMT") is None
    error = failure(429, b"", {"Retry-After": "12"}, "x")
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after_s == 12


@pytest.mark.parametrize(
    "body", [b"", b"<h1>no</h1>", b"[1]", b'"no"', b'{"error": null}', b'{"detail": "no"}', b"\xff"]
)
def test_an_error_in_any_form_still_says_where(body: bytes) -> None:
    assert "model at url" in str(failure(500, body, {}, "model at url"))


@pytest.mark.parametrize("body", [b"1" * 5000, b"[]", b"null", b"{", b"\xff\xfe", b"NaN"])
async def test_an_answer_that_is_no_object_is_unreadable(body: bytes) -> None:
    text = body.decode("latin-1")
    async with serving(StubServer(fault=always(200, text))) as server:
        http = Http(5.0)
        with pytest.raises(UnreadableReply):
            await http.post(f"{server.url}/chat/completions", {"model": "x"}, "x")
        await http.aclose()


async def test_an_endless_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.models.http.LARGEST_REPLY", 1000)
    async with serving(StubServer(fault=always(200, "x" * 100_000))) as server:
        http = Http(5.0)
        with pytest.raises(UnreadableReply, match="more than"):
            await http.post(f"{server.url}/chat/completions", {"model": "x"}, "x")
        await http.aclose()
