"""Knows what every store promises; tests/contracts/test_stores.py checks it. Knows no way to keep anything.

Answers and calls are safe at the end of the turn of the event loop in which they come; a step is written as a whole or
not at all. What `flush` has returned from survives the death of the process; what came after is at worst missing, never
torn. A store that cannot write says so at the next call and at `flush`, and keeps what it had; `put` and `record` alone
say nothing, so that no pair of them is torn: `secure` does, before the next request is sent. What they were given it
holds, until `retry` or `close` has tried once more to write it.

The order of a paid call: `Journal.secure` makes safe what came before, the request is sent, its answer arrives, `put`
keeps the answer, `Journal.record` writes the call down, and nothing is awaited between the last two. They reach the
disk as one, because either alone would lie: an answer without its call is found again on resume but was never counted
(`spent` too low, the budget overdrawn); a call without its answer is counted and asked again (paid twice). A kill
before that moment loses both: the resumed run asks again, and only the provider knows of the first time. So after a
kill `spent` holds every call whose answer the run will find, and differs from the bill by what was in flight. Each
request sent is one call; one that failed has no answer and is recorded alone, also where it is repeated.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from gpo.core.budget import Spent
from gpo.core.chat import Reply
from gpo.core.events import Event
from gpo.store.rows import Call, CallSummary, RunRow, Status


class Journal(Protocol):
    """Where the calls of one run are written down."""

    def record(self, call: Call) -> None:
        """Writes one call down, as one with the answer that was put under its key just before.

        With it the time is noted that the run has taken.
        """
        ...

    def secure(self) -> None:
        """Makes safe what came so far: to be called before a request is sent. Raises StoreError; then none may be."""
        ...


class Store(Protocol):
    """What a run needs to remember."""

    async def get(self, key: str) -> Reply | None:
        """The answer of that key, if it was ever put, also by another run.

        What another process put is found once it is in its place: at its next flush, unless something hinders it, and
        in the next turn of the event loop.
        """
        ...

    async def put(self, key: str, reply: Reply) -> None:
        """Keeps an answer; a later `get` finds it at once."""
        ...

    async def flush(self) -> None:
        """Returns once everything so far is safe. Raises StoreError where it cannot be made safe."""
        ...

    def retry(self) -> None:
        """Where writing failed: tries once more to keep the answers and calls that came last. Raises StoreError."""
        ...

    def close(self) -> None:
        """Writes what is left and lets go. Raises nothing: `flush` before it tells whether all was written."""
        ...

    def new_run_id(self) -> str:
        """An id for a run that may begin; ids sort by time. Nothing is kept before `create_run`."""
        ...

    def create_run(self, run_id: str, config: Mapping[str, Any], task: str, algorithm: str) -> str:
        """Begins a run under a new id, and gives the id back."""
        ...

    def amend_run(self, run_id: str, config: Mapping[str, Any]) -> None:
        """Writes down what a run is of anew; what was found in it stays."""
        ...

    def run(self, run_id: str) -> RunRow:
        """A run by its id, the unique beginning of its id, or "latest". Raises RunNotFound."""
        ...

    def runs(self) -> tuple[RunRow, ...]:
        """All runs, newest first."""
        ...

    def lock_run(self, run_id: str) -> AbstractContextManager[None]:
        """Holds a run for this process, until the block or the process ends. Raises StoreBusy where another has it."""
        ...

    def finish_run(self, run_id: str, status: Status, stopped_because: str, result: Mapping[str, Any]) -> None:
        """Writes down how a run stands: at its end, and again when it goes on."""
        ...

    def save_step(self, run_id: str, step: int, state: Any, events: Sequence[Event]) -> None:
        """Keeps the state after a step (JSON values) with what happened in it, as one.

        A step saved again replaces itself and whatever came after it.
        """
        ...

    def last_state(self, run_id: str) -> tuple[int, Any] | None:
        """The last step saved, and its state as JSON values; None before the first."""
        ...

    def events(self, run_id: str) -> tuple[Event, ...]:
        """Everything that happened in the saved steps of a run, in order."""
        ...

    def append_events(self, run_id: str, events: Sequence[Event]) -> None:
        """Adds events that come after the last step: the test, the end."""
        ...

    def journal(self, run_id: str, elapsed_s: Callable[[], float] | None = None) -> Journal:
        """Where the calls of a run are written down, and with them the seconds that it has taken, if somebody says."""
        ...

    def elapsed_s(self, run_id: str) -> float:
        """How long the run had taken when that was last noted, in seconds over all sittings; 0.0 before."""
        ...

    def note_elapsed(self, run_id: str, seconds: float) -> None:
        """Writes down how long the run has taken: where a sitting ends, however it does."""
        ...

    def spent(self, run_id: str) -> dict[str, Spent]:
        """What the run's calls took, by role; answers from the cache took nothing."""
        ...

    def summary(self, run_id: str) -> tuple[CallSummary, ...]:
        """The run's calls, one line for each role and model, in that order."""
        ...

    def last_call(self) -> int:
        """The number of the last call of any run; 0 before the first."""
        ...

    def refused(self, run_id: str, since: int = 0) -> dict[str, str]:
        """Why requests of the run for answers and marks were refused for good, or answered in a form that nobody can
        read, after the call of that number, by key; those that were answered later aside.
        """
        ...

    def open_test(self, run_id: str) -> int:
        """Writes down that the test set is opened, and says how many times it now has been."""
        ...

    def request_stop(self, run_id: str) -> None:
        """Asks the run to stop after its step; its process sees it wherever it was asked."""
        ...

    def stop_requested(self, run_id: str) -> bool:
        """Whether somebody asked the run to stop, and `clear_stop` was not called since."""
        ...

    def clear_stop(self, run_id: str) -> None:
        """Forgets requests to stop, wherever they were asked: a run that goes on does not obey old ones."""
        ...

    def write_best(self, run_id: str, text: str, texts: Mapping[str, str] | None = None) -> None:
        """Puts the best prompt where the user finds it (best_prompt.txt); whole or not at all.

        texts: by name, where the prompt has several (best_prompt.json).
        """
        ...

    def folder(self, run_id: str) -> Path | None:
        """Where the files of a run lie; None for a store without files."""
        ...
