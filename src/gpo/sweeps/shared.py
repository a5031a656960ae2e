"""Knows how runs share the answers of one task model, for speed: each run still counts every call as its own.

The shared model stands below the run's own wrappers, where the endpoint would be. So the ledger of a run books each of
its calls as if nobody had asked before, and the budget means the same with and without; only the clock does not. Sound
where an answer depends on the request alone: at temperature 0.
"""

from dataclasses import dataclass, field

from gpo.core.budget import Budget
from gpo.core.chat import Model, Reply
from gpo.core.ledger import Ledger
from gpo.engine.config import RunConfig
from gpo.models.account import CallJournal, CallRecord
from gpo.models.connect import Connection, connect
from gpo.models.wrappers import AnswerCache

KEPT = 200_000
"""Answers in memory at most, about 100 MB: more than the runs that stand side by side ask for."""


@dataclass(slots=True)
class Memory:
    """Answers in memory; beyond `kept` of them the oldest go."""

    kept: int = KEPT
    found: int = field(default=0, kw_only=True)
    answers: dict[str, Reply] = field(default_factory=dict[str, Reply], kw_only=True)

    async def get(self, key: str) -> Reply | None:
        """The answer of that key, or None."""
        reply = self.answers.get(key)
        self.found += reply is not None
        return reply

    async def put(self, key: str, reply: Reply) -> None:
        """Keeps an answer."""
        self.answers[key] = reply
        if len(self.answers) > self.kept:
            del self.answers[next(iter(self.answers))]


class Unrecorded:
    """A journal that keeps nothing: every run has one of its own."""

    def record(self, call: CallRecord) -> None:
        """Nothing."""

    def secure(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class SharedModel:
    """A task model for several runs at a time."""

    model: Model
    connection: Connection

    @property
    def asked(self) -> int:
        """Calls that no earlier answer spared: what really went to the model."""
        return self.connection.ledger.total.calls

    async def aclose(self) -> None:
        """Lets go of the model."""
        await self.connection.aclose()


def shared_model(config: RunConfig, at_once: int, cache: AnswerCache, journal: CallJournal) -> SharedModel:
    """The task model of the settings with a cache that outlives the runs, `at_once` of them. Raises ConfigError.

    It retries nothing: that is for the runs, which count what they try.
    """
    connection = Connection(
        Ledger(Budget()),
        cache,
        journal=journal,
        concurrency=at_once * config.concurrency,
        requests_per_minute=config.requests_per_minute,
        tokens_per_minute=config.tokens_per_minute,
        hedge=config.hedge,
        max_retries=0,
        endpoints=config.endpoints,
        timeout_s=config.timeout_s,
        prices=config.prices,
    )
    return SharedModel(connect(config.task_model, "task", connection), connection)
