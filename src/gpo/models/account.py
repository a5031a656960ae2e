"""Knows on whose account a call goes: its key, its price, the ledger that pays it and the journal it stands in."""

from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

from gpo.core.budget import Spent
from gpo.core.chat import Reply, Request, Sampling, Usage
from gpo.core.errors import StoreError
from gpo.core.keys import canonical, listed, quoted, text_key
from gpo.core.ledger import Ledger
from gpo.models.prices import Price

HEDGED = "hedged: sent twice, and the other request was answered first"
"""What stands as the failure of a request that was given up because another for the same answer won."""


class CallRecord(NamedTuple):
    """One request as it is written down, or one answer found in the cache.

    usd is None where the price is unknown; failure is "" where it was answered. latency_s: of an answer, seconds from
    the question on, waiting and repeating included; of a failure, seconds of that one request.
    """

    role: str
    model: str
    key: str
    cached: bool
    usage: Usage
    usd: float | None
    latency_s: float
    failure: str


class CallJournal(Protocol):
    """Where calls are written down."""

    def record(self, call: CallRecord) -> None:
        """Writes one call down."""
        ...

    def secure(self) -> None:
        """Makes safe what came so far, before the next request is sent. Raises StoreError; then none is."""
        ...


def request_key(model: str, address: str, request: Request) -> str:
    """The cache key of a request: depends on what answers (its name, its address) and on the whole request, no more."""
    chat = [listed(map(quoted, (each.role, each.text, *each.images))) for each in request.messages]
    return text_key(listed((*_asked(model, address), listed(chat), _drawn(request.sampling))))


@lru_cache(maxsize=64)
def _asked(model: str, address: str) -> tuple[str, str]:
    return quoted(model), quoted(address)


@lru_cache(maxsize=64)
def _drawn(sampling: Sampling) -> str:
    """How an answer is drawn, as it stands in a key. A run has few of these, and many requests.

    What came to be later is left out where it says nothing, so that answers that were kept before stay known.
    """
    drawn = asdict(sampling).items()
    return canonical({name: value for name, value in drawn if value or name not in ("stop", "schema", "effort")})


@dataclass(frozen=True, slots=True)
class Account:
    """On whose account the calls of a model go: its role, its price, where it is paid and written down.

    address: what tells two models of the same name apart, such as the URL or the content of a file.
    """

    role: str
    model: str
    address: str = field(default="", kw_only=True)
    price: Price | None = field(kw_only=True)
    ledger: Ledger = field(kw_only=True)
    journal: CallJournal = field(kw_only=True)

    def key(self, request: Request) -> str:
        """The cache key of a request to this model."""
        return request_key(self.model, self.address, request)

    def spent(self, usage: Usage) -> Spent:
        """What a request with that usage takes."""
        return Spent(1, usage.tokens, usd=self._usd(usage))

    def _usd(self, usage: Usage) -> float | None:
        return self.price.of(usage) if self.price else None

    async def reserve(self, upper: Spent) -> None:
        """Reserves the most that a request may take, once the answers before it are safe.

        Raises BudgetExhausted, StoreError; then nothing is reserved, and nothing may be sent.
        """
        await self.ledger.reserve(self.role, upper)
        try:
            self.journal.secure()
        except StoreError:
            self.ledger.settle(self.role, upper, Spent())
            raise

    def answered(self, key: str, reply: Reply, cached: bool, latency_s: float) -> None:
        """Writes the answer of that key down; what came from the cache costs nothing."""
        usd = 0.0 if cached else self._usd(reply.usage)
        self.journal.record(CallRecord(self.role, self.model, key, cached, reply.usage, usd, latency_s, ""))

    def failed(self, request: Request, why: str, latency_s: float, usage: Usage) -> None:
        """Writes a request down that got no answer. usage: what it is taken to have cost."""
        key, usd = self.key(request), self._usd(usage)
        self.journal.record(CallRecord(self.role, self.model, key, False, usage, usd, latency_s, why[:500]))
