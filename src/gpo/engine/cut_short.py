"""Knows what is noted and said of a run that was cut short: how far it is, what is kept, and what to type."""

from contextlib import suppress

from gpo.core.budget import Spent
from gpo.core.errors import GPOError
from gpo.core.events import Evaluated, StepFinished
from gpo.engine.places import command
from gpo.observers.board import Board, summary
from gpo.store.contract import Store
from gpo.store.rows import Status


def broken_off(store: Store, run_id: str, status: Status, why: str) -> None:
    """Notes how a run ended early. Where the store itself is what failed, there is nothing more to note."""
    with suppress(GPOError):
        store.finish_run(run_id, status, why, {})


def how_to_go_on(store: Store, run_id: str, *, keeps: bool = True, is_broken: bool = True) -> str:
    """What is found and kept, and what to type; nothing is promised of answers where none came, or none could be kept.

    is_broken: whether something is to be mended first; nothing is where the user stopped the run.
    """
    folder = store.folder(run_id)
    go_on = f"`{command('resume', run_id, folder)}`"
    if not any(each.cached or each.latency_s is not None for each in store.summary(run_id)):
        first = f"Once that is mended, {go_on}" if is_broken else go_on
        return f"No model has answered yet. {first} begins again."
    best = folder / "best_prompt.txt" if folder else None
    kept = f"The best prompt so far is in {best}. " if best and best.is_file() else ""
    if store.last_state(run_id) is None:
        kept = "No prompt is scored yet. "
    kept = f"{so_far(store, run_id)} {kept}"
    if not keeps:
        return f"{kept}{go_on} goes on from what was saved; answers that came after it are asked for again."
    return f"{kept}Nothing that was paid for is lost: {go_on} goes on from there."


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
