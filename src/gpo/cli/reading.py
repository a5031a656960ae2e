"""Knows how commands that only look open the store: it must be there already."""

import os
from contextlib import AbstractContextManager, closing
from pathlib import Path

from gpo.core.errors import RunNotFound
from gpo.engine import run
from gpo.engine.places import in_store
from gpo.store.contract import Store
from gpo.store.rows import RunRow
from gpo.store.sqlite import open_to_read


def opened(folder: str) -> AbstractContextManager[Store]:
    """The store in the folder, also a read-only one. Raises RunNotFound where there is none: looking makes nothing."""
    if not (Path(folder) / "gpo.sqlite").is_file():
        raise RunNotFound(f"There are no runs in {folder}. Begin with `gpo demo`, or name another folder with --store.")
    if os.access(Path(folder) / "gpo.sqlite", os.W_OK) and os.access(folder, os.W_OK):
        return run.opened(Path(folder))
    return closing(open_to_read(Path(folder)))


def latest_unfinished(store: Store, folder: str) -> RunRow:
    """The newest run of a search that has more to do. Raises RunNotFound where the store in the folder has none."""
    for row in store.runs():
        if row.status != "finished" and row.algorithm != run.MEASUREMENT:
            return row
    raise RunNotFound(f"There is no unfinished run to go on with; `{in_store('list', Path(folder))}` shows all runs.")
