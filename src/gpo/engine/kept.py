"""Knows what a run keeps for its test and under which budget that was decided, in whatever sitting. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gpo.core.budget import Budget, ByRole, Spent
from gpo.core.events import RunFinished
from gpo.core.prompt import Prompt
from gpo.engine.limits import limits_of
from gpo.store.contract import Store
from gpo.store.state import decode, encode

_KEY = "kept"
"""Where it stands in what is written down of a run."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for the test, decided under these limits. begun: whether the test was, so that some of it is spent.

    With another budget it is decided anew, unless the test was begun; a sitting that only goes on decides nothing.
    """

    limits: Mapping[str, Any]
    aside: Mapping[str, Spent]
    begun: bool = field(default=False, kw_only=True)

    def holds(self, budget: Budget) -> bool:
        """Whether it stays as it is under that budget."""
        return self.begun or self.limits == limits_of(budget)


def kept(store: Store, run_id: str) -> Kept | None:
    """What was decided last; None before anything was, and for runs of earlier versions."""
    written = store.run(run_id).config.get(_KEY)
    return None if written is None else decode(Kept, written)


def keep(store: Store, run_id: str, budget: Budget, aside: ByRole, *, begun: bool = False) -> None:
    """Writes down what is kept from now on, before anything is asked that rests on it."""
    decided = encode(Kept(limits_of(budget), aside, begun=begun))
    store.amend_run(run_id, {**store.run(run_id).config, _KEY: decided})


def has_ended_with_another(store: Store, run_id: str, seed: Prompt) -> bool:
    """Whether an earlier sitting ended with a better prompt than the seed prompt.

    Where that was within a step, the answers that say so are there, and found again for nothing.
    """
    known_as = (seed.shown, seed.text)
    return any(isinstance(event, RunFinished) and event.best_prompt not in known_as for event in store.events(run_id))
