"""Knows what is noted and said of a run that was cut short: how far it is, what is kept, and what to type."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from traceback import format_exception_only

from gpo.core.budget import Spent
from gpo.core.concealed import concealed
from gpo.core.errors import ConfigError, GPOError, ModelNotFound, ModelRefused, StoreError
from gpo.core.events import Evaluated, StepFinished
from gpo.engine.changed import has_scores
from gpo.engine.clock import Clock
from gpo.engine.places import command
from gpo.observers.board import Board, summary
from gpo.store.contract import Store

LONGEST = 1_000
"""Characters that are kept of what an error of somebody else's says."""


@contextmanager
def broken_off(store: Store, run_id: str, note: Callable[[Exception | None], str]) -> Generator[None]:
    """Whatever ends the block early is passed on as it is, with a note on it; how the run ended is written down.

    note: what to say of how to go on, told what is to be mended first; None where nothing is: somebody stopped the run.
    Where the store itself is what failed, it is tried once more, and that is all.
    """
    try:
        yield
    except BaseException as ending:  # also a SystemExit: what ends the process ends the run as well
        failure = ending if isinstance(ending, Exception) else None
        with suppress(GPOError):
            store.retry()
            store.finish_run(run_id, "failed" if failure else "interrupted", _why(ending), {})
        with suppress(GPOError):
            ending.add_note(note(failure))
        raise


def _why(ending: BaseException) -> str:
    """In words why a run was cut short. An error that is none of ours is told with its kind, and without keys."""
    if isinstance(ending, GPOError):
        return str(ending)
    if isinstance(ending, asyncio.CancelledError | KeyboardInterrupt):
        return "interrupted"
    said = concealed(" ".join("".join(format_exception_only(ending)).split()))
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def time_noted(store: Store, run_id: str, clock: Clock) -> None:
    """Notes how long the run has taken, so that the next sitting goes on from there. Where it cannot be, it is not."""
    with suppress(GPOError):
        store.note_elapsed(run_id, clock.elapsed_s())


def how_to_go_on(store: Store, run_id: str, error: Exception | None = None, *, in_python: bool = False) -> str:
    """What is found and kept, and what to type; nothing is promised of answers where none came, or none could be kept.

    error: what is to be mended first; None where the user stopped the run. in_python: whether it was called from there.
    """
    folder = store.folder(run_id)
    go_on = f'gpo.optimize(..., resume="{run_id}")' if in_python else f"`{command('resume', run_id, folder)}`"
    if not any(each.cached or each.latency_s is not None for each in store.summary(run_id)):
        first = f"Once that is mended, {go_on}" if error else go_on
        return f"No model has answered yet. {first} begins again."
    best = folder / "best_prompt.txt" if folder else None
    kept = f"The best prompt so far is in {best}. " if best and best.is_file() else ""
    if store.last_state(run_id) is None:
        kept = "No prompt is scored yet. "
    kept = f"{so_far(store, run_id)} {kept}"
    if not _is_safe(store, run_id):
        return f"{kept}{go_on} goes on from what was saved; answers that came after it are asked for again."
    if isinstance(error, ModelRefused) and (not error.fatal or isinstance(error, ModelNotFound)):
        return f"{kept}{go_on} would ask the same again: begin a new run with another model. No answer is paid twice."
    if isinstance(error, ConfigError) and error.own_code:
        return f"{kept}{_once_mended(store, run_id, go_on)}"
    return f"{kept}Every answer that came is kept: {go_on} goes on from there."


def _once_mended(store: Store, run_id: str, go_on: str) -> str:
    """What to do where the user's own metric or program failed: scores of the old one and of a new one never mix."""
    if not has_scores(store, run_id):
        return f"Every answer that came is kept: once that is mended, {go_on} goes on from there."
    caches = store.run(run_id).config["settings"].get("cache") is not False
    kept = " Answers that were paid for are kept for it." if caches else ""
    return (
        "Once it is mended in its own file, start a new run: scores of the old one and of the new one would not "
        f"compare.{kept} If the cause lies elsewhere, {go_on} goes on from there."
    )


def _is_safe(store: Store, run_id: str) -> bool:
    """Whether everything that came is written."""
    try:
        store.journal(run_id).secure()
    except StoreError:
        return False
    return True


def so_far(store: Store, run_id: str) -> str:
    """How good the best prompt that was saved is, and what was spent over all sittings, in a sentence."""
    score = _best_score(store, run_id)
    best = "" if score is None else f"best {100 * score:.1f} % on the selection set · "
    spent = summary(Board(), sum(store.spent(run_id).values(), Spent()), 0.0)
    return f"So far: {best}{spent}."


def _best_score(store: Store, run_id: str) -> float | None:
    """Of the last finished step; before the first one that of the seed prompt, once it is scored."""
    score = None
    for event in store.events(run_id):
        if isinstance(event, StepFinished):
            score = event.best_score
        elif isinstance(event, Evaluated) and event.split == "selection" and score is None:
            score = event.score
    return score
