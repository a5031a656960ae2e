"""Knows how a name becomes a model with everything around it: "openai/gpt-5-mini", "local/path.gguf", "pocket"."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from gpo.core.chat import Embedder, Model
from gpo.core.ledger import Ledger
from gpo.files.exchange import Head
from gpo.files.proxies import is_here
from gpo.models.account import Account, CallJournal
from gpo.models.checked import Checked
from gpo.models.client import Client
from gpo.models.effort import Thoughtful
from gpo.models.embed import Embeddings, embedder
from gpo.models.endpoints import Endpoint, Reached
from gpo.models.failures import retry_after_s
from gpo.models.headers import RATE_LIMIT, closed_s
from gpo.models.http import Http, Told
from gpo.models.openai import thinks
from gpo.models.pace import LONGEST_S, PATIENCE_S, Limits, Pace
from gpo.models.prices import costs_nothing, price_of, unknown_price
from gpo.models.providers import BY_NAME, Provider, embeds, parted, unknown
from gpo.models.retrying import Retrying, waits_s
from gpo.models.role import InRole
from gpo.models.waiting import Limited, Paced
from gpo.models.wrappers import AnswerCache, Cached, Fanned, Metered, Recorded

if TYPE_CHECKING:
    from gpo.models.here import Here


ANSWERING = ("task", "judge")
"""Roles whose refusals leave a row unanswered; those of others end a step, which is tried again."""
LONG_S = 30.0
"""For how long an endpoint may have nothing left before the user is told so."""
_RETRY_AFTER = "retry-after"
_HEEDED = (RATE_LIMIT.encode(), _RETRY_AFTER.encode())
"""What the heads of most answers do not say."""


def _nobody(_: str) -> None:
    """Is told, and tells nobody."""


class Closable(Protocol):
    """Something that holds connections or threads."""

    async def aclose(self) -> None:
        """Lets go of them."""
        ...


C = TypeVar("C", bound=Closable)


@runtime_checkable
class Addressed(Protocol):
    """A model whose name does not say all: the address tells apart what else answers under that name."""

    @property
    def address(self) -> str:
        """A URL, the hash of a file: part of every cache key."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """What all models of a run share; it remembers what they opened, and `aclose` closes it.

    cache: None asks every request anew. concurrency: calls in flight of each model at most. requests_per_minute,
    tokens_per_minute: of each model behind an address at most; None for no limit. hedge: whether a request that takes
    far longer than others is sent a second time; None means where the address is of this machine and nothing limits the
    calls. max_retries: how often a call is repeated that got no answer for now. base_url: of the roles that `endpoints`
    says nothing of; None means the provider's own, or what its variable names. efforts: by role, how much its model is
    told to think where a request says nothing of it. prices: of the user's own, model -> dollars per million prompt and
    completion tokens, and per million cached prompt tokens where those are cheaper. refused: requests for answers and
    marks that were refused for good, by key, with the reason. own: see `Cached`. warn: is told what the user should
    know. asks: whether anything will be asked; where not, `warn` is told of a key that is missing.
    """

    ledger: Ledger
    cache: AnswerCache | None
    journal: CallJournal = field(kw_only=True)
    concurrency: int = field(default=32, kw_only=True)
    requests_per_minute: float | None = field(default=None, kw_only=True)
    tokens_per_minute: float | None = field(default=None, kw_only=True)
    hedge: bool | None = field(default=None, kw_only=True)
    max_retries: int = field(default=5, kw_only=True)
    base_url: str | None = field(default=None, kw_only=True)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict[str, Endpoint], kw_only=True)
    timeout_s: float = field(default=120.0, kw_only=True)
    efforts: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    prices: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]], kw_only=True)
    refused: dict[str, str] = field(default_factory=dict[str, str], kw_only=True)
    own: str = field(default="", kw_only=True)
    warn: Callable[[str], None] = field(default=_nobody, kw_only=True)
    asks: bool = field(default=True, kw_only=True)
    _opened: dict[str, Any] = field(default_factory=dict[str, Any], init=False, repr=False, compare=False)
    _paces: dict[tuple[str, str], Pace] = field(
        default_factory=dict[tuple[str, str], Pace], init=False, repr=False, compare=False
    )
    _closed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False, repr=False, compare=False)

    def shared(self, key: str, opening: Callable[[], C]) -> C:
        """What is open under that key; opened now if it is not, and closed with the connection."""
        if key not in self._opened:
            self._opened[key] = opening()
        return self._opened[key]

    def reached(self, provider: Provider, role: str) -> Reached:
        """How that role reaches the provider."""
        return Reached(provider, self.endpoints.get(role, Endpoint(self.base_url)), role=role)

    def pace(self, name: str, address: str) -> Pace:
        """The pace at which that model is asked at that address, whatever the role."""
        if (name, address) not in self._paces:
            limits = Limits(
                self.concurrency,
                self.requests_per_minute,
                tokens_per_minute=self.tokens_per_minute,
                patience_s=max(PATIENCE_S, 2 * waits_s(self.max_retries)),
            )
            self._paces[name, address] = Pace(limits)
        return self._paces[name, address]

    def closes(self, name: str, address: str, seconds: float) -> None:
        """Warns, once, where that model says at that address that it takes nothing for long."""
        if seconds > LONG_S and (name, address) not in self._closed:
            self._closed.add((name, address))
            again_s = min(seconds, LONGEST_S)
            self.warn(f"{name} says that it takes nothing for {seconds:,.0f} s; asking again in {again_s:.0f} s")

    async def aclose(self) -> None:
        """Closes what was opened, the last first. Models connected through it answer no more."""
        while self._opened:
            _, opened = self._opened.popitem()
            await opened.aclose()


def connect(spec: str, role: str, connection: Connection) -> Model:
    """The model of that name, with everything around it; role: "task", "optimizer" or "judge".

    Raises ConfigError for an unknown name, a missing key, a file that is no model, an unknown price with a limit.
    """
    client, effort = _chat(spec, role, connection), connection.efforts.get(role, "")
    model = wrap(client, role, connection)
    if not isinstance(client, Client):
        return Thoughtful(model, effort, thinks=thinks(client.name))
    speaks, name = client.dialect, client.model
    return Thoughtful(model, effort, thinks=speaks.thinks(name), least=speaks.thinks_least(name))


def connect_embedder(spec: str, connection: Connection) -> Embedder:
    """The embedding model of that name, with the same around it as all others. Raises ConfigError."""
    return embedder(wrap(_embedding(spec, connection), "embedding", connection))


def wrap(client: Model, role: str, connection: Connection) -> Model:
    """Any model with everything around it, in the order of the design.

    Raises ConfigError where there is a dollar limit and no price.
    """
    address = client.address if isinstance(client, Addressed) else ""
    price = price_of(client.name, connection.prices, address)
    if price is None and any(limits.usd is not None for limits in connection.ledger.budget.of(role)):
        raise unknown_price(client.name, "max_usd", "drop max_usd")
    account = Account(
        role,
        client.name,
        address=address,
        price=price,
        ledger=connection.ledger,
        journal=connection.journal,
    )
    cached = Cached(
        Retrying(_held_back(client, account, connection), connection.max_retries),
        connection.cache,
        key=account.key,
        refused=connection.refused if role in ANSWERING else None,
        own=connection.own,
    )
    model = Fanned(Recorded(cached, account))
    return model if role == "task" else InRole(model, role)


def _held_back(client: Model, account: Account, connection: Connection) -> Model:
    """A model that is asked no more than it takes; what runs in this process needs no pace but a number at a time."""
    if isinstance(client, Client | Embeddings):
        metered = Metered(client, account)
        pace = connection.pace(client.name, client.address)
        paced = Paced(metered, pace)
        free = costs_nothing(client.name, account.price) and is_here(client.address)
        by_itself = free and not connection.ledger.budget.of(account.role)
        hedges = by_itself if connection.hedge is None else connection.hedge
        return Paced(_hedged(metered, paced, account), pace) if hedges else paced
    return Limited(Metered(Checked(client), account), asyncio.Semaphore(connection.concurrency))


def _hedged(now: Metered, later: Paced, account: Account) -> Model:
    from gpo.models.hedge import Hedged  # for models on this machine, and for those who ask for it

    return Hedged(now, later, account=account)


def _heeding(name: str, address: str, connection: Connection) -> Told:
    """What makes a pace of the headers of answers."""
    pace = connection.pace(name, address)

    def told(head: Head) -> None:
        if not head.mentions(*_HEEDED):
            return
        headers = head.headers
        if (seconds := closed_s(headers)) > 0:
            pace.wait(seconds)
        if (longest := max(seconds, retry_after_s(headers.get(_RETRY_AFTER)) or 0.0)) > 0:
            connection.closes(name, address, longest)

    return told


def _chat(spec: str, role: str, connection: Connection) -> Model:
    provider, name = parted(spec)
    if name and provider in BY_NAME:
        reached = connection.reached(BY_NAME[provider], role)
        address, http = reached.address(name), _http(reached, connection)
        named = f"{provider}/{name}"
        told = _heeding(named, address, connection)
        return Client(named, name, dialect=reached.dialect, http=http, address=address, told=told)
    if model := _here(connection).chat(provider, name):
        return model
    raise unknown(spec)


def _embedding(spec: str, connection: Connection) -> Model:
    provider, name = parted(spec)
    if name and provider in BY_NAME and embeds(BY_NAME[provider]):
        reached = connection.reached(BY_NAME[provider], "embedding")
        http, address = _http(reached, connection), reached.address(name, "/embeddings")
        named = f"{provider}/{name}"
        told = _heeding(named, address, connection)
        return Embeddings(named, name, http=http, address=address, told=told)
    if model := _here(connection).embeddings(provider, name):
        return model
    raise unknown(spec, embedding=True)


def _here(connection: Connection) -> "Here":
    from gpo.models.here import Here  # llama.cpp's side of the house: nothing for who asks an endpoint

    return Here(connection.shared, connection.concurrency)


def _http(reached: Reached, connection: Connection) -> Http:
    """A session with the key, if there is one; roles that are reached the same way share it."""
    shared = f"http {reached.provider.speaks} {reached.variables} {reached.base}"

    def opened() -> Http:
        return Http(connection.timeout_s, _headers(reached, connection), advice=reached.advice)

    return connection.shared(shared, opened)


def _headers(reached: Reached, connection: Connection) -> dict[str, str]:
    """Those of every request. Raises ConfigError where the key is missing and something will be asked."""
    if connection.asks or not reached.lacks_key:
        return reached.headers()
    connection.warn(reached.how_to_set_a_key())
    return {}
