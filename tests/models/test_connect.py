"""From a name to a model: every spelling, every mistake, and what models of one connection share."""

from pathlib import Path
from typing import Any

import pytest

from gpo.core.budget import Budget, Spent
from gpo.core.chat import Message, Request
from gpo.core.errors import ConfigError, GPOError
from gpo.models import local
from gpo.models.connect import connect, connect_embedder, wrap
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import StubServer, serving

HI = Request((Message("user", "hi"),))


@pytest.mark.parametrize("spec", ["openai/toy-task", "openai:toy-task"])
async def test_a_provider_may_be_followed_by_a_slash_or_a_colon(connected: Any, spec: str) -> None:
    async with serving() as server:
        model = connect(spec, "task", connected(base_url=server.url))
        assert model.name == "openai/toy-task"
        await model.complete(HI)
    assert server.seen[0].model == "toy-task"


def test_a_name_may_hold_slashes_and_colons_itself(connected: Any) -> None:
    connection = connected(base_url="http://127.0.0.1:1/v1")
    assert connect("openai/meta/llama:8b", "task", connection).name == "openai/meta/llama:8b"


@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ("opnai/gpt-5", "openai/gpt-5"),
        ("opnai:gpt-5", "openai/gpt-5"),
        ("gpt-5-mini", "openai/gpt-5-mini"),
        ("pockt", "pocket"),
        ("phrase", "phrases"),
        ("model.gguf", "local/model.gguf"),
        ("org/repo/model.gguf", "local/org/repo/model.gguf"),
        ("openai/", "openai/<name>"),
        ("anthropc/claude-x", "anthropic/claude-x"),
        ("claude-x", "anthropic/claude-x"),
        ("google/gemini-x", "gemini/gemini-x"),
        ("gemini-x", "gemini/gemini-x"),
        ("Ollama/llama3", "ollama/llama3"),
        ("lm-studio/x", "lmstudio/x"),
        ("hf", "hf:<org>/<repo>/<file>.gguf"),
        ("local", "local/<path>.gguf"),
    ],
)
def test_an_unknown_model_is_refused_with_what_may_be_meant(connected: Any, spec: str, meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connect(spec, "task", connected())
    assert f'no model "{spec}". Did you mean "{meant}"?' in str(caught.value)


def test_where_nothing_is_near_the_known_ones_are_listed(connected: Any) -> None:
    with pytest.raises(ConfigError, match=r'"bedrock/x"\. Known: openai/<name>'):
        connect("bedrock/x", "task", connected())


def test_an_unknown_embedding_model_is_refused(connected: Any) -> None:
    with pytest.raises(ConfigError, match='no embedding model "pocket"'):
        connect_embedder("pocket", connected())


def test_a_missing_key_is_told_before_anything_is_asked(connected: Any) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set"):
        connect("openai/gpt-5-mini", "task", connected())


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "8000"])
def test_a_base_url_that_is_none_is_refused(connected: Any, url: str) -> None:
    with pytest.raises(ConfigError, match="expected a URL"):
        connect("openai/x", "task", connected(base_url=url))


@pytest.mark.parametrize(
    ("name", "value"), [("OPENAI_API_KEY", "sk-a\nsk-b"), ("OPENAI_BASE_URL", "http://u:sk-a@x/v1")]
)
def test_a_secret_in_bad_shape_or_place_is_refused_and_not_shown(
    connected: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        connect("openai/x", "task", connected())
    assert "OPENAI_API_KEY" in str(caught.value)
    assert "sk-a" not in str(caught.value)


async def test_the_base_url_may_come_from_the_environment(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
        await connect("openai/toy-task", "task", connected()).complete(HI)
    assert len(server.seen) == 1


def test_a_dollar_limit_needs_a_price(connected: Any) -> None:
    with pytest.raises(ConfigError, match=r"prices: \{scripted/model"):
        wrap(ScriptedModel([]), "task", connected(Budget(usd=1.0)))
    wrap(ScriptedModel([]), "task", connected(Budget(usd=1.0), prices={"scripted/model": (1.0, 1.0)}))


async def test_two_servers_do_not_share_answers_and_two_roles_do(connected: Any) -> None:
    async with serving() as one, serving(StubServer({"toy-task": ScriptedModel(lambda _: "other")})) as two:
        here, there = connected(base_url=one.url), connected(base_url=two.url)
        first = await connect("openai/toy-task", "task", here).complete(HI)
        other = await connect("openai/toy-task", "task", there).complete(HI)
        same = await connect("openai:toy-task", "optimizer", here).complete(HI)
    assert (first.texts, other.texts, same.texts) == (("no",), ("other",), ("no",))
    assert len(one.seen) == len(two.seen) == 1


def test_one_file_is_loaded_once_for_all_roles(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Path] = []

    class Loaded:
        path = local.POCKET

        async def aclose(self) -> None:
            loaded.remove(local.POCKET)

    def load(path: Path, *_: Any, **__: Any) -> Any:
        loaded.append(path)
        return Loaded()

    monkeypatch.setattr(local, "load", load)
    connection = connected()
    connect("pocket", "task", connection)
    connect("pocket", "optimizer", connection)
    connect(f"local/{local.POCKET}", "judge", connection)
    assert loaded == [local.POCKET]


async def test_closing_a_connection_closes_all_that_was_opened_through_it_and_once() -> None:
    from gpo.core.ledger import Ledger
    from gpo.models.connect import Connection

    closed: list[str] = []

    class Door:
        def __init__(self, name: str) -> None:
            self.name = name

        async def aclose(self) -> None:
            closed.append(self.name)

    class Deaf:
        def record(self, call: Any) -> None: ...
        def secure(self) -> None: ...

    connection = Connection(Ledger(Budget()), None, journal=Deaf())
    for name in ("a", "b", "a"):
        connection.shared(name, lambda name=name: Door(name))  # type: ignore[misc]
    await connection.aclose()
    await connection.aclose()
    assert closed == ["b", "a"]


async def test_the_phrases_stand_in_is_free_and_needs_nothing(connected: Any) -> None:
    connection = connected(Budget(usd=0.0, calls=1))
    reply = await connect("phrases", "optimizer", connection).complete(HI)
    assert reply.texts[0]
    assert connection.ledger.total.calls == 1
    assert connection.ledger.total.usd == 0.0


# --- embeddings


async def test_embeddings_are_kept_counted_and_written_down_like_everything_else(connected: Any, journal: Any) -> None:
    async with serving() as server:
        connection = connected(base_url=server.url, prices={"openai/e": (1e6, 0.0)})
        embed = connect_embedder("openai/e", connection)
        vectors = await embed(("abc", "b c", "abc", ""))
        again = await embed(("b c", "new one"))
    assert vectors[0] == vectors[2] != vectors[1] == again[0]
    assert vectors[0][:4] == (1.5, 1.5, 1.5, 0.5)
    assert len(server.seen) == 4
    assert connection.ledger.by_role == {"embedding": Spent(4, 5, usd=5.0)}
    assert [(call.role, call.cached) for call in journal].count(("embedding", True)) == 1


async def test_an_embedding_and_a_chat_with_one_name_do_not_share_answers(connected: Any) -> None:
    async with serving() as server:
        connection = connected(base_url=server.url)
        await connect_embedder("openai/toy-task", connection)(("hi",))
        from gpo.core.chat import Sampling

        chat = await connect("openai/toy-task", "task", connection).complete(
            Request((Message("user", "hi"),), Sampling(max_tokens=1))
        )
    assert chat.texts == ("no",)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"data": []},
        {"data": None},
        {"data": [{"embedding": []}]},
        {"data": [{"embedding": "AAAA"}]},
        {"data": [{"embedding": [1.0]}, {"embedding": [2.0]}]},
        {"data": [None]},
    ],
)
async def test_an_answer_without_a_vector_for_each_text_is_unreadable(connected: Any, data: Any) -> None:
    from gpo.core.errors import UnreadableReply
    from gpo.testing.server import always

    async with serving(StubServer(fault=always(200, data))) as server:
        with pytest.raises(UnreadableReply, match="embeddings for 1 texts"):
            await connect_embedder("openai/e", connected(base_url=server.url))(("a",))


async def test_vectors_of_different_lengths_are_refused(connected: Any) -> None:
    async def growing(body: Any) -> Any:
        from gpo.testing.server import Response

        return Response(200, {"data": [{"embedding": [1.0] * len(body["input"][0])}]})

    async with serving(StubServer(fault=growing)) as server:
        with pytest.raises(GPOError, match="different lengths"):
            await connect_embedder("openai/e", connected(base_url=server.url))(("a", "bb"))
