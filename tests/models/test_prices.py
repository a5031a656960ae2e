"""What calls cost."""

import math
from datetime import date

import pytest

from gpo.core.chat import Usage
from gpo.core.errors import ConfigError
from gpo.engine.config import RunConfig
from gpo.models.prices import FREE, Price, listed, price_of


def test_a_price_is_dollars_per_million_tokens() -> None:
    assert Price(2.0, 8.0).of(Usage(1_000_000, 500_000)) == pytest.approx(6.0)


def test_a_listed_model_has_a_price_and_an_unlisted_one_none() -> None:
    listed = price_of("openai/gpt-4o-mini", {})
    assert listed
    assert listed.of(Usage(1000, 1000)) > 0
    assert price_of("openai/never-heard-of", {}) is None
    assert price_of("scripted/model", {}) is None


@pytest.mark.parametrize("name", ["pocket", "phrases", "local/any.gguf"])
def test_what_runs_in_this_process_is_free(name: str) -> None:
    assert price_of(name, {}) == FREE
    assert FREE.of(Usage(10**9, 10**9)) == 0.0


def test_the_users_own_price_comes_first() -> None:
    own = {"openai/gpt-4o-mini": (1.0, 2.0), "pocket": (3.0, 4.0)}
    assert price_of("openai/gpt-4o-mini", own) == Price(1.0, 2.0)
    assert price_of("pocket", own) == Price(3.0, 4.0)


def test_every_listed_price_is_a_number_of_dollars() -> None:
    for name in ("gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-4.1", "gpt-4o", "text-embedding-3-small"):
        price = price_of(f"openai/{name}", {})
        assert price
        assert 0 < price.prompt_usd < 100
        assert math.isfinite(price.completion_usd)


def test_cached_tokens_cost_what_they_cost_where_that_is_known() -> None:
    usage = Usage(1_000_000, 0, cached_tokens=400_000)
    assert Price(2.0, 8.0, 0.5).of(usage) == pytest.approx(0.6 * 2.0 + 0.4 * 0.5)
    assert Price(2.0, 8.0).of(usage) == pytest.approx(2.0)


@pytest.mark.parametrize("prices", [[1, 1, 2], [1, float("inf")], [1], [-1, 1]])
def test_a_price_that_makes_no_sense_is_refused(prices: list[float]) -> None:
    given = {"task": "pocket/opposite", "task_model": "openai/m", "prices": {"openai/m": prices}}
    with pytest.raises(ConfigError, match=r"prices: openai/m is .*; expected"):
        RunConfig.from_mapping(given, "test")


def test_what_is_noted_in_a_cache_costs_a_quarter_more() -> None:
    usage = Usage(1_000_000, 0, cached_tokens=200_000, written_tokens=400_000)
    assert Price(2.0, 8.0, 0.5).of(usage) == pytest.approx(0.8 * 2.0 + 0.2 * 0.5 + 0.25 * 0.4 * 2.0)


@pytest.mark.parametrize(
    ("name", "as_listed"),
    [
        ("openai/gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini"),
        ("openai-responses/gpt-5", "openai/gpt-5"),
        ("anthropic/claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5"),
    ],
)
def test_a_snapshot_and_another_protocol_cost_the_same(name: str, as_listed: str) -> None:
    assert price_of(name, {}) == price_of(as_listed, {}) is not None


def test_a_snapshot_that_is_listed_costs_its_own_price() -> None:
    assert price_of("openai/gpt-4o-2024-05-13", {}) == Price(5.0, 15.0)
    assert price_of("openai/gpt-4o-2024-08-06", {}) == price_of("openai/gpt-4o", {})


@pytest.mark.parametrize(
    ("name", "address", "free"),
    [
        ("ollama/llama3", "http://localhost:11434/v1/chat/completions", True),
        ("vllm/x", "http://127.0.0.1:8000/v1/chat/completions", True),
        ("lmstudio/x", "", True),
        ("vllm/x", "https://api.example.com/v1/chat/completions", False),
        ("openai/x", "http://localhost:8000/v1/chat/completions", False),
        ("hf/org/repo/file.gguf", "", True),
        ("ollama/gpt-oss:120b-cloud", "http://localhost:11434/v1/chat/completions", False),
    ],
)
def test_what_runs_on_this_machine_is_free_and_elsewhere_unknown(name: str, address: str, free: bool) -> None:
    assert price_of(name, {}, address) == (FREE if free else None)


def test_every_list_says_where_and_when_it_was_read() -> None:
    for model in ("openai/gpt-5", "openai/gpt-5.4", "anthropic/claude-sonnet-5", "gemini/gemini-2.5-flash"):
        found = listed(model)
        assert found
        assert found.source
        assert date.fromisoformat(found.as_of) > date(2025, 1, 1)
    assert listed("openai/never-heard-of") is None
