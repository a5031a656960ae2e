"""What goes over HTTP: each request once, in time, over kept connections, and nothing of it to strangers."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from gpo.core.errors import FetchError
from gpo.files.exchange import Ask, Head, Limits, TooLarge, TransferFailed
from gpo.files.loop import in_loop
from gpo.files.transfer import Transfers

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Said: HTTP/1.1 404 no\r\n\r\nok"
Answering = Callable[["Wire", asyncio.StreamWriter, int], Awaitable[None]]


@dataclass
class Wire:
    """A server that notes what it reads."""

    port: int = 0
    connections: int = 0
    asked: list[str] = field(default_factory=list[str])
    news: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/here"


@asynccontextmanager
async def answering(answer: bytes | Answering) -> AsyncGenerator[Wire]:
    """A server that answers each request so; a function is told how many came over that connection before."""
    wire = Wire()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        before = 0
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int((head.lower().partition(b"content-length:")[2].split() or [b"0"])[0])
                wire.asked.append((head + await reader.readexactly(length)).decode())
                wire.news.release()
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    await answer(wire, writer, before)
                before += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()


@pytest.fixture(params=["linux", "elsewhere"], autouse=True)
def _platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.files.multi.sys.platform", request.param)


async def test_an_answer_comes_with_its_head_and_connections_are_kept() -> None:
    async with answering(OK) as wire, aclosing(Transfers()) as transfers:
        answers = [await transfers.send(Ask(wire.url, {"X-Who": "me"}, body=b"{}")) for _ in range(3)]
    assert [(each.head.status, each.body) for each in answers] == [(200, b"ok")] * 3
    assert answers[0].head.length == 2
    assert answers[0].head.headers["x-said"] == "HTTP/1.1 404 no"
    assert wire.connections == 1
    assert all("X-Who: me" in each and each.endswith("{}") and "expect" not in each.lower() for each in wire.asked)


async def test_a_head_is_the_last_one_before_the_body_whatever_stands_in_it() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n"
    last = b"HTTP/1.1 500 Error: all: is lost\r\nX-Where: a: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"2\r\nno\r\n0\r\nX-Where: HTTP/1.1 200 OK\r\nX-Late: yes\r\n\r\n"
    async with answering(early + last + body) as wire, aclosing(Transfers()) as transfers:
        for _ in range(2):
            answer = await transfers.send(Ask(wire.url, body=b"{}"))
            assert (answer.head.status, answer.body) == (500, b"no")
            assert answer.head.headers["x-where"] == "a: b"
            assert {"x-early", "x-late"}.isdisjoint(answer.head.headers)


def test_what_is_asked_shows_no_secret() -> None:
    assert repr(Ask("http://a", {"Authorization": "Bearer sk-1"}, body=b"{}")) == "Ask('http://a')"


async def test_hundreds_go_side_by_side_and_each_gets_its_own_answer() -> None:
    async def echo(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        body = wire.asked[-1].rpartition("\r\n\r\n")[2].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async with answering(echo) as wire, aclosing(Transfers()) as transfers:
        for _ in range(2):
            asks = [Ask(wire.url, body=b"%d" % i) for i in range(200)]
            answers = await asyncio.gather(*map(transfers.send, asks))
            assert [each.body for each in answers] == [b"%d" % i for i in range(200)]
    assert wire.connections <= 200


async def test_what_was_posted_is_not_sent_again_where_a_kept_connection_breaks() -> None:
    async def once(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        if before:
            raise ConnectionError
        writer.write(OK)

    async with answering(once) as wire, aclosing(Transfers()) as transfers:
        await transfers.send(Ask(wire.url, body=b"first"))
        with pytest.raises(TransferFailed, match="closed the connection") as caught:
            await transfers.send(Ask(wire.url, body=b"second"))
        assert caught.value.sent
        assert [each[-6:] for each in wire.asked] == ["\nfirst", "second"]
        assert (await transfers.send(Ask(wire.url, body=b"third"))).body == b"ok"


async def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    async with answering(OK) as wire:
        pass
    async with aclosing(Transfers()) as transfers:
        for url in (wire.url, "http://nobody.invalid/x", "file:///etc/passwd"):
            with pytest.raises(TransferFailed) as caught:
                await transfers.send(Ask(url, body=b"{}"))
            assert (caught.value.sent, caught.value.late) == (False, False)


async def test_silence_and_a_trickle_run_into_their_limits() -> None:
    async def trickle(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async def silence(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        await asyncio.sleep(60)

    for answer, limits in ((trickle, Limits(0.1)), (silence, Limits(0.1)), (silence, Limits(stalled=1.0))):
        async with answering(answer) as wire, aclosing(Transfers(limits)) as transfers:
            with pytest.raises(TransferFailed) as caught:
                await transfers.send(Ask(wire.url, body=b"{}"))
            assert (caught.value.sent, caught.value.late) == (True, True)


async def test_too_much_is_not_taken_packed_or_not() -> None:
    packed = gzip.compress(b"x" * 100_000)
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000
    small = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed)
    for answer in (plain, small):
        async with answering(answer) as wire, aclosing(Transfers(Limits(largest=1000))) as transfers:
            with pytest.raises(TooLarge):
                await transfers.send(Ask(wire.url, body=b"{}"))


async def test_what_is_packed_is_unpacked() -> None:
    packed = gzip.compress(b"hello")
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed)
    async with answering(answer) as wire, aclosing(Transfers()) as transfers:
        assert (await transfers.send(Ask(wire.url, body=b"{}"))).body == b"hello"


async def test_who_takes_the_pieces_sees_the_head_first_and_may_refuse() -> None:
    async def half(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        writer.write(b"HTTP/1.1 206 Part\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")

    heads, pieces = list[Head](), list[bytes]()

    def taker(head: Head) -> Callable[[bytes], object]:
        heads.append(head)
        return pieces.append

    def refuse(head: Head) -> None:
        raise FetchError("not that")

    async with answering(half) as wire, aclosing(Transfers()) as transfers:
        assert (await transfers.send(Ask(wire.url), taker)).body == b""
        with pytest.raises(FetchError, match="not that"):
            await transfers.send(Ask(wire.url), refuse)
    assert (b"".join(pieces), [each.status for each in heads]) == (b"abcd", [206])


async def test_redirects_are_followed_where_asked_and_the_key_stays_behind() -> None:
    async with answering(OK) as stranger:
        moved = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
        async with answering(moved % stranger.url.replace("127.0.0.1", "localhost").encode()) as wire:
            key = {"Authorization": "Bearer secret"}
            async with aclosing(Transfers()) as transfers:
                assert (await transfers.send(Ask(wire.url, key, body=b"{}"))).head.status == 302
                assert stranger.asked == []
                assert (await transfers.send(Ask(wire.url, key, follows=True))).body == b"ok"
    assert all("secret" in each for each in wire.asked)
    assert "secret" not in stranger.asked[0]


async def test_who_is_cancelled_breaks_off_and_the_others_go_on() -> None:
    async def slowly(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        await asyncio.sleep(0.2)
        writer.write(OK)

    async with answering(slowly) as wire, aclosing(Transfers()) as transfers:
        one, other = (asyncio.create_task(transfers.send(Ask(wire.url, body=b"{}"))) for _ in range(2))
        await wire.news.acquire()
        await wire.news.acquire()
        one.cancel()
        assert (await other).body == b"ok"
        with pytest.raises(asyncio.CancelledError):
            await one
        assert (await transfers.send(Ask(wire.url, body=b"{}"))).body == b"ok"


async def test_those_that_share_no_connections_are_dropped_and_closed_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpo.files.transfer.SHARING", 2)

    async def first_two(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        if len(wire.asked) > 2:
            await asyncio.sleep(60)
        writer.write(OK)

    async with answering(first_two) as wire:
        transfers = Transfers()
        for _ in range(2):
            assert (await transfers.send(Ask(wire.url, body=b"{}"))).body == b"ok"
        assert wire.connections == 1
        asking = [asyncio.create_task(transfers.send(Ask(wire.url, body=b"{}"))) for _ in range(5)]
        for _ in range(7):
            await wire.news.acquire()
        assert wire.connections == 5
        asking[3].cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking[3]
        assert not any(each.done() for each in asking[:3])
        await transfers.aclose()
        for each in asking:
            with pytest.raises(asyncio.CancelledError):
                await each


async def test_closing_breaks_off_what_is_under_way() -> None:
    async def never(wire: Wire, writer: asyncio.StreamWriter, before: int) -> None:
        await asyncio.sleep(60)

    async with answering(never) as wire:
        transfers = Transfers()
        asking = asyncio.create_task(transfers.send(Ask(wire.url, body=b"{}")))
        await wire.news.acquire()
        await transfers.aclose()
        with pytest.raises(asyncio.CancelledError):
            await asking


def test_the_loop_is_one_that_can_be_waited_in() -> None:
    async def ask() -> bytes:
        async with answering(OK) as wire, aclosing(Transfers()) as transfers:
            return (await transfers.send(Ask(wire.url, body=b"{}"))).body

    assert in_loop(ask()) == b"ok"


@pytest.mark.parametrize("password", ["s3cret", "s3/cret", "s3#cret", "s3 cret"])
async def test_a_proxy_is_named_by_its_variable_and_its_password_by_nobody(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{password}@127.0.0.1:9")
    for each in ("http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(each, raising=False)
    async with aclosing(Transfers()) as transfers:
        with pytest.raises(TransferFailed, match="the proxy on the way") as caught:
            await transfers.send(Ask(f"http://{ord(password[2])}.invalid/", body=b"{}"))
    assert "cret" not in str(caught.value)
    assert "HTTP_PROXY" in caught.value.remedy
