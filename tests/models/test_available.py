"""What can be reached, found out without spending."""

from dataclasses import replace

import pytest

from gpo.core.errors import ConfigError, GPOError
from gpo.models import available as module
from gpo.models.available import Available, available, listed_at, meant, some_of
from gpo.models.endpoints import Endpoint, Reached
from gpo.models.hub import models_folder
from gpo.models.providers import BY_NAME, TABLE
from gpo.testing.server import serving


@pytest.fixture(autouse=True)
def nobody_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers of whoever runs the tests are not looked for."""
    table = tuple(replace(each, url="http://127.0.0.1:9/v1") if each.own else each for each in TABLE)
    monkeypatch.setattr(module, "TABLE", table)


async def _found(name: str) -> Available:
    (found,) = [each for each in await available() if each.name.startswith(name)]
    return found


async def test_every_provider_is_listed_and_without_keys_says_how_it_is_had() -> None:
    found = {each.name: each for each in await available()}
    assert {f"{provider.name}/<name>" for provider in TABLE} < set(found)
    assert not found["anthropic/<name>"].ready
    assert "set ANTHROPIC_API_KEY; a key is made at https://" in found["anthropic/<name>"].said
    assert found["ollama/<name>"].said.endswith("`ollama serve` starts it")
    assert found["phrases"].ready


async def test_a_key_makes_a_provider_ready_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "sk-secret")
    found = await _found("gemini")
    assert found.ready
    assert "key in GOOGLE_API_KEY" in found.said
    assert "sk-secret" not in found.said


async def test_a_broken_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_KEY", "a\nb")
    found = await _found("xai")
    assert not found.ready
    assert "XAI_API_KEY holds characters" in found.said


async def test_a_server_of_ones_own_says_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as server:
        here = replace(BY_NAME["ollama"], url=server.url)
        monkeypatch.setattr(module, "TABLE", (here,))
        found = await _found("ollama")
    assert found.ready
    assert found.said == f"at {server.url}: 3 models: toy-judge, toy-task, toy-writer"
    assert server.seen == []  # nothing was asked that a model answers


async def test_fetched_files_are_shown() -> None:
    file = models_folder() / "org" / "repo" / "main" / "x.gguf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF")
    found = await _found("hf:")
    if found.ready:
        assert found.said == "fetched: 1 model: org/repo/main/x.gguf"


@pytest.mark.parametrize("provider", ["openai", "openai-responses", "anthropic", "gemini"])
async def test_a_provider_lists_its_models(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BY_NAME[provider].keys[0], "sk-x")
    async with serving() as server:
        reached = Reached(BY_NAME[provider], Endpoint(server.url))
        assert await listed_at(reached, 5.0) == ("toy-judge", "toy-task", "toy-writer")
        assert await meant("toy-tsk", reached, 5.0) == f"Near to it, {provider} has toy-task, toy-writer, toy-judge."
        assert await meant("zzz", reached, 5.0) == ""


async def test_a_provider_that_does_not_list_is_told() -> None:
    with pytest.raises(ConfigError, match="deployments"):
        await listed_at(Reached(BY_NAME["azure"], Endpoint("http://127.0.0.1:9")), 1.0)
    assert await meant("x", Reached(BY_NAME["openai"], Endpoint("http://127.0.0.1:9/v1")), 1.0) == ""
    with pytest.raises(GPOError, match="OPENAI_API_KEY is not set"):
        await listed_at(Reached(BY_NAME["openai"]), 1.0)


@pytest.mark.parametrize(
    ("names", "said"),
    [((), "no models"), (("a",), "1 model: a"), (tuple("abcdef"), "6 models: a, b, c, d, …")],
)
def test_a_few_of_many_are_named(names: tuple[str, ...], said: str) -> None:
    assert some_of(names) == said
