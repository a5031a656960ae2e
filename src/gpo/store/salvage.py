"""Knows how answers that were paid are taken out of a store that cannot be used any more: damaged, or a newer one.

Reads the file by itself (pages.py), so it needs no part of the store but the pages the answers stand in.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from gpo.core.chat import Reply
from gpo.core.errors import RunNotFound, StoreError
from gpo.store.pages import rows
from gpo.store.rows import reply_from_json, stored_key
from gpo.store.sqlite import open_store

_AT_ONCE = 1_000


async def salvage(folder: Path, into: Path) -> int:
    """Puts every answer of the store in `folder` that can be read into the store in `into`, and says how many.

    Each counts once, however often it stands in the pages of the file and of its log.
    The store that is read stays as it is; the other is made if need be, and keeps what it has. Raises RunNotFound where
    there is no store, StoreError where nothing can be read or written.
    """
    path, kept = _file_apart(folder, into), set[bytes | str]()
    store = open_store(into)
    try:
        for key, reply in answers(path):
            await store.put(key, reply)
            stored = stored_key(key)
            kept.add(stored if isinstance(stored, str) else bytes(stored))
            if len(kept) % _AT_ONCE == 0:
                await store.flush()
        await store.flush()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}. {len(kept)} answers could be.") from error
    finally:
        store.close()
    return len(kept)


def answers(path: Path) -> Iterator[tuple[str, Reply]]:
    """The answers in the file of a store, with their keys; of one put again perhaps the older too, mostly first."""
    for row in rows(path):
        match row:
            case (bytes(hashed), str(text), *_) if len(hashed) == 32:
                key = hashed.hex()
            case (str(key), str(text), *_):
                pass
            case _:
                continue
        try:
            yield key, reply_from_json(json.loads(text))
        except (ValueError, StoreError):
            continue  # no answer, or half of one


def _file_apart(folder: Path, into: Path) -> Path:
    """The file of the store that is read. Raises RunNotFound, StoreError."""
    path = folder / "gpo.sqlite"
    if not path.is_file():
        raise RunNotFound(f"There is no store in {folder}: {path} is missing. Name another folder with --store.")
    if into.resolve() == folder.resolve():
        raise StoreError(f"The answers of {folder} cannot be put where they are. Name another folder.")
    return path
