"""Where each role's model is asked, with whose key, and what is never shown of it."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gpo.core.chat import Message, Request
from gpo.core.errors import ConfigError, ModelRefused
from gpo.models.connect import Connection, connect, connect_embedder
from gpo.models.endpoints import Endpoint, Reached, endpoints
from gpo.models.keys import checked_variable, key_in
from gpo.models.providers import BY_NAME
from gpo.testing.server import FAULTS, StubServer, serving

Connected = Callable[..., Connection]
HI = Request((Message("user", "hi"),))
HERE, THERE = "http://here/v1", "http://there/v1"


def _address(provider: str, base_url: str | None = None, path: str | None = None) -> str:
    return Reached(BY_NAME[provider], Endpoint(base_url)).address("a/b", path)


@pytest.mark.parametrize(
    ("provider", "base_url", "address"),
    [
        ("openai", None, "https://api.openai.com/v1/chat/completions"),
        ("openai", "http://x:8000/v1/", "http://x:8000/v1/chat/completions"),
        ("openai", "http://x/v1?api-version=2", "http://x/v1/chat/completions?api-version=2"),
        ("openai-responses", None, "https://api.openai.com/v1/responses"),
        ("anthropic", None, "https://api.anthropic.com/v1/messages"),
        ("anthropic", "http://proxy/claude", "http://proxy/claude/v1/messages"),
        ("anthropic", "http://proxy/v1", "http://proxy/v1/messages"),
        ("gemini", None, "https://generativelanguage.googleapis.com/v1beta/models/a/b:generateContent"),
        ("gemini", "http://proxy", "http://proxy/v1beta/models/a/b:generateContent"),
        ("azure", "https://r.openai.azure.com/", "https://r.openai.azure.com/openai/v1/chat/completions"),
        ("azure", "https://r.openai.azure.com/openai/v1", "https://r.openai.azure.com/openai/v1/chat/completions"),
        (
            "azure",
            "https://r.openai.azure.com?api-version=2024-10-21",
            "https://r.openai.azure.com/openai/deployments/a/b/chat/completions?api-version=2024-10-21",
        ),
        ("ollama", None, "http://localhost:11434/v1/chat/completions"),
        ("openrouter", None, "https://openrouter.ai/api/v1/chat/completions"),
    ],
)
def test_each_provider_is_asked_at_its_address(provider: str, base_url: str | None, address: str) -> None:
    assert _address(provider, base_url) == address


def test_azures_dated_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com")
    assert _address("azure") == "https://r.openai.azure.com/openai/v1/chat/completions"
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    dated = "https://r.openai.azure.com/openai/deployments/a/b/embeddings?api-version=2024-10-21"
    assert _address("azure", path="/embeddings") == dated


def test_azure_has_no_address_that_all_share(connected: Connected) -> None:
    with pytest.raises(ConfigError, match=r"AZURE_OPENAI_ENDPOINT.*https://my-resource"):
        connect("azure/x", "task", connected())


@pytest.mark.parametrize("dated", [False, True])
async def test_azure_is_asked_either_way(connected: Connected, monkeypatch: pytest.MonkeyPatch, dated: bool) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "sk-a")
    async with serving() as server:
        root = server.url.removesuffix("/v1") + ("?api-version=2024-10-21" if dated else "")
        reply = await connect("azure/toy-task", "task", connected(base_url=root)).complete(HI)
        vectors = await connect_embedder("azure/e", connected(base_url=root))(("a", "b"))
    assert reply.texts == ("no",)
    assert len(vectors) == 2
    assert server.seen[0].model == "toy-task"
    assert ("deployments" in server.seen[0].path) == dated


@pytest.mark.parametrize(
    "url",
    [
        "http://u:sk-abcdefgh@x/v1",
        "http://u%3Ask-abcdefgh%40x/v1",
        "http://x/v1?api_key=sk-abcdefgh",
        "http://x/v1?a=1&Token=sk-abcdefgh",
        "http://x/v1?api-version=2&k=sk-abcdefgh",
        "http://x/v1?sk-abcdefgh",
        "http://x/v1;key=sk-abcdefgh",
        "http://x/v1%3Bkey%3Dsk-abcdefgh",
        "http://x/v1#sk-abcdefgh",
        "127.0.0.1:9/v1?key=sk-abcdefgh",
        "htp://x/v1?key=sk-abcdefgh",
    ],
)
def test_an_address_that_holds_a_secret_is_refused_and_not_shown(connected: Connected, url: str) -> None:
    with pytest.raises(ConfigError, match=r"Put the key into (OPENAI_API_KEY|a variable)") as caught:
        connect("openai/x", "task", connected(base_url=url))
    assert "sk-abc" not in str(caught.value)


@pytest.mark.parametrize("url", ["sk-abcdefgh", "http://x:sk-abcdefgh/v1", "htp://x/sk-abcdefgh"])
def test_what_is_no_address_is_told_without_what_may_be_a_key(connected: Connected, url: str) -> None:
    with pytest.raises(ConfigError, match=r"base_url is \".*….*\"; expected a URL") as caught:
        connect("openai/x", "task", connected(base_url=url))
    assert "sk-abc" not in str(caught.value)


# --- roles


@pytest.mark.parametrize(
    ("models", "given", "found"),
    [
        # What is said of the task model holds for the others.
        (("openai/a", "openai/b"), {"task": Endpoint(HERE, "K")}, Endpoint(HERE, "K")),
        (("openai/a", "openai-responses/b"), {"task": Endpoint(HERE, "K")}, Endpoint(HERE, "K")),
        (("pocket", "openai/b"), {"task": Endpoint(HERE, "K")}, Endpoint(HERE, "K")),
        # Unless it is asked elsewhere.
        (("ollama/a", "openai/b"), {"task": Endpoint(HERE, "K")}, Endpoint()),
        (("openai/a", "anthropic/b"), {"task": Endpoint(HERE, "K")}, Endpoint()),
        # An address of its own gets no key but its own.
        (("openai/a", "openai/b"), {"task": Endpoint(HERE, "K"), "optimizer": Endpoint(THERE)}, Endpoint(THERE)),
        (
            ("openai/a", "openai/b"),
            {"task": Endpoint(HERE, "K"), "optimizer": Endpoint(THERE, "L")},
            Endpoint(THERE, "L"),
        ),
        (
            ("openai/a", "openai/b"),
            {"task": Endpoint(HERE, "K"), "optimizer": Endpoint(None, "L")},
            Endpoint(HERE, "L"),
        ),
    ],
)
def test_a_role_is_asked_where_the_task_model_is_if_nothing_speaks_against_it(
    models: tuple[str, str], given: dict[str, Endpoint], found: Endpoint
) -> None:
    assert endpoints({"task": models[0], "optimizer": models[1]}, given)["optimizer"] == found


async def test_each_role_is_asked_at_its_server_with_its_key(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASK_KEY", "sk-task")
    monkeypatch.setenv("OPTIMIZER_KEY", "sk-optimizer")
    async with serving() as one, serving() as two, serving() as three:
        connection = connected(
            endpoints={
                "task": Endpoint(one.url, "TASK_KEY"),
                "optimizer": Endpoint(two.url, "OPTIMIZER_KEY"),
                "embedding": Endpoint(three.url),
            }
        )
        await connect("openai/toy-task", "task", connection).complete(HI)
        await connect("openai/toy-task", "optimizer", connection).complete(HI)
        await connect_embedder("openai/e", connection)(("a",))
    assert [len(server.seen) for server in (one, two, three)] == [1, 1, 1]
    sent = [server.headers[0].get("Authorization") for server in (one, two, three)]
    assert sent == ["Bearer sk-task", "Bearer sk-optimizer", None]


# --- keys


def test_a_key_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-file\n")
    monkeypatch.setenv("A_KEY_FILE", str(file))
    assert key_in(["A_KEY"]) == "sk-file"
    monkeypatch.setenv("A_KEY", "sk-variable")
    assert key_in(["A_KEY"]) == "sk-variable"
    assert key_in(["NOT_SET", "A_KEY"]) == "sk-variable"
    assert key_in(["NOT_SET"]) == ""


@pytest.mark.parametrize("held", ["sk-abcdefgh", "/nowhere/sk-abcdefgh", "~nobody-sk-abcdefgh/key", "sk-abc" * 1000])
def test_a_key_file_that_is_not_there_is_told_and_what_may_be_the_key_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    monkeypatch.setenv("A_KEY_FILE", held)
    with pytest.raises(
        ConfigError, match=r"The file that A_KEY_FILE names cannot be read: .*belongs into A_KEY\."
    ) as caught:
        key_in(["A_KEY"])
    assert "sk-abc" not in "".join(traceback.format_exception(caught.value)), "nor is it in what led to the error"


def test_a_file_that_is_no_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("first line\nsk-second")
    monkeypatch.setenv("A_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ConfigError) as caught:
        key_in(["A_KEY"])
    assert "sk-second" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-proj-abc123", "AIzaSyExample", "gsk_abc", "hf_abc", "", "$OPENAI_API_KEY"])
def test_a_key_where_its_variables_name_belongs_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError, match="names the environment variable") as caught:
        checked_variable(key, "gpo.yaml: api_key_env")
    assert not key or key not in str(caught.value)
    assert checked_variable("MY_KEY_2", "x") == "MY_KEY_2"


def test_a_named_variable_that_is_not_set_is_told(connected: Connected) -> None:
    connection = connected(endpoints={"task": Endpoint(HERE, "MY_KEY")})
    with pytest.raises(ConfigError, match="MY_KEY is not set") as caught:
        connect("openai/x", "task", connection)
    assert '(on the command line --base-url, in Python settings={"base_url": …})' in str(caught.value)


async def test_where_nothing_will_be_asked_a_missing_key_is_told_once_and_all_else_refused(
    connected: Connected,
) -> None:
    told: list[str] = []
    of_both = dict.fromkeys(("task", "optimizer"), Endpoint(HERE, "MY_KEY"))
    connection = connected(endpoints=of_both, asks=False, warn=told.append)
    for role in of_both:
        connect("openai/x", role, connection)
    assert [each[:18] for each in told] == ["MY_KEY is not set."]
    with pytest.raises(ConfigError, match="expected a URL"):
        connect("openai/x", "task", connected(endpoints={"task": Endpoint("no url", "MY_KEY")}, asks=False))


async def test_a_server_of_ones_own_is_not_sent_the_key_of_a_provider(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    async with serving() as server:
        await connect("ollama/toy-task", "task", connected(base_url=server.url)).complete(HI)
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini", "azure"])
async def test_no_key_is_in_what_is_shown_kept_or_compared(
    connected: Connected, monkeypatch: pytest.MonkeyPatch, provider: str, journal: Any, cache: Any
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret")
    async with serving(StubServer(fault=FAULTS["401"], times=1)) as server:
        connection = connected(endpoints={"task": Endpoint(server.url, "MY_KEY")}, max_retries=0)
        model = connect(f"{provider}/toy-task", "task", connection)
        with pytest.raises(ModelRefused) as caught:
            await model.complete(HI)
        await model.complete(HI)
    left = [caught.value, connection, model, list(journal), dict(cache), connection._opened]
    assert "sk-secret" not in "".join(map(repr, left)) + str(caught.value)
    assert "sk-secret" in str(server.headers[0])
