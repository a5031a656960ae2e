"""Knows what a run's scores rest on, and what may be other than when it began. Opens nothing but what it is given."""

from typing import Any

from gpo.core.errors import ConfigError
from gpo.core.events import Evaluated
from gpo.store.contract import Store
from gpo.store.rows import RunRow
from gpo.tasks.settle import LoadedTask, fingerprint


def identity(loaded: LoadedTask) -> dict[str, Any]:
    """What scores rest on: all of it (data), the rows alone, and the user's own files that answer and grade them."""
    return {"data": loaded.fingerprint, "rows": fingerprint(loaded.task, "rows"), "code": dict(loaded.code)}


def unchanged(store: Store, row: RunRow, loaded: LoadedTask) -> tuple[str, ...]:
    """What to know where the user's metric or program was mended since the run began: it goes on with it from now on.

    Scores of two metrics are never mixed. Raises ConfigError where something was scored with the old one already, and
    where the rows are others; StoreBusy where a process is at the run.
    """
    now = identity(loaded)
    if now["data"] == row.config["data"]:
        return ()
    if now["rows"] != row.config.get("rows"):
        raise ConfigError(
            f"The data of {row.task} have changed since the run {row.id} began, so its scores would not compare. "
            "Put the old data back, or start a new run."
        )
    changed = _changed(row, loaded)
    with store.lock_run(row.id):  # whoever is at it scores with the old one
        if has_scores(store, row.id):
            again = "" if row.config["settings"].get("cache") is False else "; answers that were paid for are kept"
            raise ConfigError(
                f"{changed} since the run {row.id} began, and what was scored before would not compare. Put back what "
                f"it was, or start a new run{again}."
            )
        store.amend_run(row.id, {**row.config, **now})
    return (f"{changed} since the run began; nothing was scored before, so it goes on with what is there now",)


def has_scores(store: Store, run_id: str) -> bool:
    """Whether anything was scored that a run would go on with."""
    return store.last_state(run_id) is not None or any(isinstance(each, Evaluated) for each in store.events(run_id))


def _changed(row: RunRow, loaded: LoadedTask) -> str:
    """The files that are others now, in words; where none is, what they are for."""
    before: dict[str, str] = row.config.get("code", {})
    files = [file for file, key in loaded.code if before.get(file, key) != key]
    if not files:
        return f"How answers to {row.task} are graded has changed"
    return f"{' and '.join(files)} {'have' if files[1:] else 'has'} changed"
