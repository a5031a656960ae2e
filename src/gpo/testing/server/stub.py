"""Knows the server itself: it notes each request, and meets it with a fault or an answer in the request's protocol."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web

from gpo.core.chat import Model
from gpo.core.keys import content_key
from gpo.testing.server.anthropic import ANTHROPIC
from gpo.testing.server.chat import CHAT, embeddings_json
from gpo.testing.server.faults import Fault, Response
from gpo.testing.server.gemini import GEMINI
from gpo.testing.server.responses import RESPONSES
from gpo.testing.server.sending import send
from gpo.testing.server.spoken import Body, Problem, Spoken
from gpo.testing.toy import ToyJudge, ToyTaskModel, ToyWriter

PROTOCOLS = (CHAT, RESPONSES, ANTHROPIC, GEMINI)
_PREFIX = re.compile(r"(v1(beta)?/)?(openai/)?(v1(beta)?/)?")
"""What addresses of versions and of Azure begin with."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was received. key: the hash of its canonical body; equal requests have equal keys."""

    path: str
    model: str
    key: str = field(kw_only=True)


def toy_models() -> dict[str, Model]:
    """The models of the toy task, by the names the server knows them by."""
    return {"toy-task": ToyTaskModel(), "toy-writer": ToyWriter(), "toy-judge": ToyJudge()}


@dataclass(slots=True)
class StubServer:
    """A server that answers with models, remembers every request, and may do something else instead.

    times: how many requests the fault meets, the first ones; None means all.
    """

    models: Mapping[str, Model] = field(default_factory=toy_models)
    fault: Fault | None = None
    times: int | None = field(default=None, kw_only=True)
    delay_s: float = field(default=0.0, kw_only=True)
    log: Path | None = field(default=None, kw_only=True)
    url: str = field(default="", init=False)
    seen: list[Seen] = field(default_factory=list[Seen], init=False)
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]], init=False)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Notes the request, then answers it."""
        body: Body = await request.json()
        path = _PREFIX.sub("", unquote(request.path.lstrip("/")), count=1)
        spoken, model = _spoken(path, body)
        self._note(Seen(path, model, key=content_key(body, 16)))
        self.headers.append(dict(request.headers))
        number = len(self.seen)
        await asyncio.sleep(self.delay_s)
        met = self.fault is not None and (self.times is None or number <= self.times)
        response = await self.fault(body) if met and self.fault else None
        response = response or await self._answer(path, model, spoken, body)
        text = _text(response, spoken)
        if response.way != "whole":
            return await send(request, text.encode(), response.way)
        return web.Response(status=response.status, text=text, headers=response.headers)

    async def list_models(self, _: web.Request) -> web.Response:
        """The models there are, as all protocols list them."""
        names = [{"id": name, "name": f"models/{name}"} for name in self.models]
        return web.json_response({"data": names, "models": names})

    def _note(self, seen: Seen) -> None:
        self.seen.append(seen)
        if self.log:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(seen)) + "\n")

    async def _answer(self, path: str, name: str, spoken: Spoken | None, body: Body) -> Response:
        if path.endswith("embeddings"):
            return Response(200, embeddings_json(body["input"]))
        model = self.models.get(name)
        if spoken is None or model is None:
            return Response(404, Problem("model_not_found", f"There is no {path} of {name} here."))
        return Response(200, spoken.answer(await model.complete(spoken.read(body))))


def _spoken(path: str, body: Body) -> tuple[Spoken | None, str]:
    """The protocol of a path, and the model that is asked."""
    for spoken in PROTOCOLS:
        if found := spoken.path.fullmatch(path):
            return spoken, str(found.groupdict().get("model") or body.get("model"))
    return None, str(body.get("model"))


def _text(response: Response, spoken: Spoken | None) -> str:
    body = response.body
    if isinstance(body, Problem):
        body = (spoken or CHAT).problem(response.status, body)
    return body if isinstance(body, str) else json.dumps(body)


@asynccontextmanager
async def serving(stub: StubServer | None = None, *, port: int = 0) -> AsyncGenerator[StubServer]:
    """A server on 127.0.0.1, up when the block begins; its `url` is what `base_url` wants. port 0: any that is free."""
    stub = stub or StubServer()
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/{path:.+}", stub.handle)
    app.router.add_get("/{version:.+}/models", stub.list_models)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        stub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield stub
    finally:
        await runner.cleanup()


def read_log(log: Path) -> tuple[Seen, ...]:
    """The requests that a server has written down, in the order they came."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return tuple(Seen(**json.loads(line)) for line in lines)


def repeated(seen: Iterable[Seen]) -> dict[str, int]:
    """The keys that came more than once, and how often."""
    return {key: count for key, count in Counter(each.key for each in seen).items() if count > 1}
