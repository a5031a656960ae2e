"""Files of the Hugging Face Hub: their names, where they lie, and how they come here."""

import hashlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gpo.core.errors import ConfigError, FetchError
from gpo.models.connect import Connection, connect
from gpo.models.hub import bring, bring_all, fetched, hub_file, models_folder, where

DATA = b"GGUF" + bytes(100_000)
NAME = "org/repo-GGUF/small.q4.gguf"


@dataclass
class Hub:
    """A hub of one repository. It sends files on to a second host, as the real one does."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: {"small.q4.gguf": DATA})
    stated: str | None = None
    states: bool = True
    asked: list[str] = field(default_factory=list[str])
    tokens: dict[str, list[str]] = field(default_factory=lambda: {"hub": [], "store": []})


@asynccontextmanager
async def hub_of(hub: Hub) -> AsyncIterator[Hub]:
    async def send(request: web.Request) -> web.Response:
        if request.match_info["repository"] != "org/repo-GGUF":
            return web.Response(status=401, headers={"X-Error-Code": "RepoNotFound"})
        hub.asked.append(f"{request.method} {request.match_info['path']}")
        hub.tokens["hub"].append(request.headers.get("Authorization", ""))
        data = hub.files.get(request.match_info["path"])
        if data is None:
            return web.Response(status=404, headers={"X-Error-Code": "EntryNotFound"})
        sha = hub.stated or hashlib.sha256(data).hexdigest()
        to = hub.url.replace("127.0.0.1", "localhost") + f"/store/{request.match_info['path']}"
        headers = {"X-Linked-Etag": f'"{sha}"'} if hub.states else {}
        return web.Response(status=302, headers={**headers, "Location": to})

    async def store(request: web.Request) -> web.Response:
        hub.tokens["store"].append(request.headers.get("Authorization", ""))
        begin = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        return web.Response(status=206 if begin else 200, body=hub.files[request.match_info["path"]][begin:])

    async def listing(_: web.Request) -> web.Response:
        return web.json_response({"siblings": [{"rfilename": name} for name in (*hub.files, "README.md")]})

    app = web.Application()
    app.router.add_get("/store/{path:.+}", store)
    app.router.add_get("/api/models/{repository:.+}", listing)
    app.router.add_route("*", "/{repository:[^/]+/[^/]+}/resolve/{revision}/{path:.+}", send)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield hub
    finally:
        await runner.cleanup()


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    async with hub_of(Hub()) as opened:
        monkeypatch.setenv("HF_ENDPOINT", opened.url)
        yield opened


async def test_a_file_comes_once_and_lies_under_its_name(hub: Hub) -> None:
    place = await bring(NAME)
    assert place.read_bytes() == DATA
    assert place == models_folder() / "org/repo-GGUF/main/small.q4.gguf" == fetched(NAME)
    assert await bring(NAME) == place
    assert hub.asked == ["HEAD small.q4.gguf", "GET small.q4.gguf"]


async def test_the_token_opens_the_hub_and_goes_nowhere_else(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    await bring(NAME)
    assert hub.tokens == {"hub": ["Bearer hf_secret"] * 2, "store": [""]}


async def test_what_broke_off_is_gone_on_with(hub: Hub) -> None:
    place = hub_file(NAME).place
    place.parent.mkdir(parents=True)
    (place.parent / f".{place.name}.part").write_bytes(DATA[:50_000])
    assert (await bring(NAME)).read_bytes() == DATA


async def test_a_file_that_is_not_what_the_hub_says_is_not_kept(hub: Hub) -> None:
    hub.stated = "0" * 64
    with pytest.raises(FetchError, match="is not the published file"):
        await bring(NAME)
    assert where(hub_file(NAME)) is None


async def test_a_file_whose_checksum_the_hub_does_not_state_comes_with_a_warning(hub: Hub) -> None:
    stream: Any = io.StringIO()
    await bring_all([f"hf:{NAME}"], stream)
    assert stream.getvalue() == "", "what is checked needs no words"
    hub.states, another = False, "org/repo-GGUF/another.gguf"
    hub.files["another.gguf"] = DATA
    await bring_all([f"hf:{another}"], stream)
    assert stream.getvalue() == f"warning: hf:{another} is not checked: the hub states no SHA-256 of it\n"
    assert fetched(another).read_bytes() == DATA


@pytest.mark.parametrize("named", ["http://user:{}@127.0.0.1:9", "127.0.0.1:9?key={}", "http://127.0.0.1:9;{}", "{}"])
async def test_an_address_of_a_hub_that_holds_a_key_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", named.format("sk-abcdefgh"))
    with pytest.raises(ConfigError, match="HF_ENDPOINT") as caught:
        await bring(NAME)
    assert "sk-abc" not in str(caught.value)


async def test_a_file_that_the_repository_lacks_is_told_with_what_it_has(hub: Hub) -> None:
    with pytest.raises(ConfigError, match=r'no file smal\.q4\.gguf\. Did you mean "small\.q4\.gguf"'):
        await bring("org/repo-GGUF/smal.q4.gguf")


async def test_a_repository_that_is_not_there_or_closed_is_told(hub: Hub) -> None:
    with pytest.raises(ConfigError, match=r"hf:org/other/x\.gguf cannot be had .*does not exist.*HF_TOKEN"):
        await bring("org/other/x.gguf")


async def test_a_hub_out_of_reach_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FetchError, match="cannot be reached"):
        await bring(NAME)


async def test_a_file_in_pieces_comes_in_pieces(hub: Hub) -> None:
    hub.files = {f"big-0000{i}-of-00003.gguf": DATA + bytes(i) for i in (1, 2, 3)}
    first = await bring("org/repo-GGUF/big-00001-of-00003.gguf")
    assert sorted(path.name for path in first.parent.iterdir()) == sorted(hub.files)
    (first.parent / "big-00002-of-00003.gguf").unlink()
    assert where(hub_file("org/repo-GGUF/big-00001-of-00003.gguf")) is None
    hub.asked.clear()
    await bring("org/repo-GGUF/big-00001-of-00003.gguf")
    assert hub.asked == ["HEAD big-00002-of-00003.gguf", "GET big-00002-of-00003.gguf"]


def test_what_their_own_library_has_fetched_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--org--repo-GGUF"
    place = folder / "snapshots" / "abc123" / "small.q4.gguf"
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc123")
    assert fetched(NAME) == place == fetched("org/repo-GGUF@abc123/small.q4.gguf")


@pytest.mark.parametrize(
    "name",
    ["", "org", "org/repo", "org/repo/file.bin", "org/repo/../x.gguf", "org/../x.gguf", "a b/c/d.gguf", "/x/y.gguf"],
)
def test_what_is_no_file_of_a_repository_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="expected hf:"):
        hub_file(name)


def test_a_revision_and_a_folder_may_be_named() -> None:
    file = hub_file("org/repo@v1/deep/x.gguf")
    assert (file.repository, file.revision, file.path) == ("org/repo", "v1", "deep/x.gguf")
    assert file.url == "https://huggingface.co/org/repo/resolve/v1/deep/x.gguf"
    assert file.name == "hf:org/repo@v1/deep/x.gguf"


def test_a_model_that_is_not_here_yet_says_how_it_is_had(connected: Callable[..., Connection]) -> None:
    for spec in (f"hf:{NAME}", f"hf/{NAME}"):
        with pytest.raises(ConfigError, match=f"`gpo models get hf:{NAME}` fetches it"):
            connect(spec, "task", connected())


async def test_a_fetched_model_answers(connected: Callable[..., Connection], hub: Hub) -> None:
    pytest.importorskip("xllamacpp", reason="in-process models need the extra `local`")
    from gpo.core.chat import Message, Request, Sampling
    from gpo.models.local import POCKET

    hub.files["small.q4.gguf"] = POCKET.read_bytes()
    stream: Any = io.StringIO()
    await bring_all([f"hf:{NAME}", "openai/x", f"hf:{NAME}"], stream)
    assert stream.getvalue() == ""  # nobody watches
    model = connect(f"hf:{NAME}", "task", connected())
    reply = await model.complete(Request((Message("user", "hi"),), Sampling(max_tokens=4)))
    assert model.name == f"hf/{NAME}"
    assert len(reply.texts) == 1


def test_progress_is_shown_where_somebody_watches() -> None:
    from gpo.files.shown import shown_on

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    told = shown_on(stream, "x.gguf")
    told(1_000_000, 4_000_000)
    told(4_000_000, 4_000_000)
    assert "25% of 4 MB" in stream.getvalue()
    assert stream.getvalue().endswith("100% of 4 MB\n")
