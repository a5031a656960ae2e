"""Knows what tokens cost: the user's own prices, then a dated table. An unknown price is unknown, never zero."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from gpo.core.chat import Usage
from gpo.core.errors import ConfigError
from gpo.models.providers import BY_NAME, parted

_ELSEWHERE = re.compile(r"[:-]cloud$")
"""How Ollama names models that it passes on to its cloud."""
WRITTEN = 0.25
"""By so much more is charged for prompt tokens that an endpoint notes for the next time."""
_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens. cached_usd: of prompt tokens that the endpoint still knew; None: as all others.

    Prompt tokens that it notes for the next time cost a quarter more (OpenAI from GPT-5.6 on, Anthropic for five
    minutes).
    """

    prompt_usd: float
    completion_usd: float
    cached_usd: float | None = None

    def of(self, usage: Usage) -> float:
        """The dollars of a call."""
        cached = self.prompt_usd if self.cached_usd is None else self.cached_usd
        fresh = usage.prompt_tokens - usage.cached_tokens + WRITTEN * usage.written_tokens
        prompt = fresh * self.prompt_usd + usage.cached_tokens * cached
        return (prompt + usage.completion_tokens * self.completion_usd) / 1e6


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of one source, and when they were read there (YYYY-MM-DD)."""

    source: str
    as_of: str
    prices: Mapping[str, Price] = field(kw_only=True)

    @property
    def where(self) -> str:
        """Source and date in words."""
        return f"{self.source} ({self.as_of})"


FREE = Price(0.0, 0.0)


def price_of(model: str, own: Mapping[str, tuple[float, ...]], address: str = "") -> Price | None:
    """The price of `provider/name`: the user's own, zero for what runs on this machine, the table's, or None.

    A snapshot that is not listed costs what the model does that it is one of. address: where it is asked; "" for the
    provider's own.
    """
    if model in own:
        return Price(*own[model])
    if _runs_here(model, address):
        return FREE
    found = _entry(model)
    return found[0].prices[found[1]] if found else None


def listed(model: str) -> PriceList | None:
    """The list that has the price of `provider/name`, or None."""
    found = _entry(model)
    return found[0] if found else None


def unknown_price(model: str, budget: str, otherwise: str) -> ConfigError:
    """What is said where a budget of dollars meets a model without a price. otherwise: what else would do."""
    how = how_to_set(model)
    return ConfigError(f"The price of {model} is unknown, so {budget} cannot be kept. {how}, or {otherwise}.")


def how_to_set(model: str) -> str:
    """Where the price of a model is written, and how it is typed."""
    return (
        f"Set it in gpo.yaml as prices: {{{model}: [dollars per million prompt tokens, completion tokens]}} (on the "
        f"command line --set 'prices={{{model}: [IN, OUT]}}')"
    )


def source_of(model: str, own: Mapping[str, tuple[float, ...]]) -> str:
    """Where the price of `provider/name` is from, with its date, in words; "" where it costs nothing or is unknown."""
    if model in own:
        return "your own"
    found = None if price_of(model, own) == FREE else listed(model)
    return f"list price at {found.source}, {found.as_of}" if found else ""


def _entry(model: str) -> tuple[PriceList, str] | None:
    """The list that has it, by whichever protocol it is asked, and its name there: without the date of a snapshot where
    that one has no price of its own.
    """
    name = model.replace("openai-responses/", "openai/", 1)
    names = (name, re.sub(r"-\d{4}-?\d{2}-?\d{2}$", "", name))
    return next(((each, name) for name in names for each in _lists() if name in each.prices), None)


def costs_nothing(model: str, price: Price | None) -> bool:
    """Whether calls of a model on this machine are taken to be free: it has no price, and is none that is passed on."""
    return price == FREE or (price is None and not _ELSEWHERE.search(model))


def _runs_here(model: str, address: str) -> bool:
    provider = parted(model)[0]
    if provider in BY_NAME:
        is_here = not address or urlsplit(address).hostname in _HERE
        return BY_NAME[provider].own and is_here and not _ELSEWHERE.search(model)
    return provider in ("pocket", "phrases", "local", "hf")


@cache
def _lists() -> tuple[PriceList, ...]:
    text = Path(__file__).with_name("prices.toml").read_text(encoding="utf-8")
    return tuple(
        PriceList(each["source"], each["as_of"], prices={name: Price(*usd) for name, usd in each["models"].items()})
        for each in tomllib.loads(text)["lists"]
    )
