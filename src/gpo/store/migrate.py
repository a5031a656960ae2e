"""Knows how a database file gets the tables of this version: numbered .sql files, the last number kept in the file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from gpo.core.errors import StoreError, StoreTooNew
from gpo.store.rows import stored_key


def migrate(path: Path) -> None:
    """Runs the migrations that the file lacks, all or none.

    Raises StoreTooNew where it has more than we know, StoreError where it is a database of another program.
    """
    scripts = _scripts()
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        if _version(connection, path, len(scripts)) == len(scripts):
            return  # asked without a lock: opening must not wait for a run that writes
        connection.execute("BEGIN EXCLUSIVE")
        version = _version(connection, path, len(scripts))
        if version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise StoreError(f"{path} is a database of another program. Choose another folder with --store.")
        connection.create_function("stored_key", 1, stored_key, deterministic=True)
        for script in scripts[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
        connection.execute("COMMIT")
        if version:
            _give_room_back(connection)


def check_current(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreTooNew where the file has more than we know, StoreError where it lacks what we would ask it for."""
    known = len(_scripts())
    if (version := _version(connection, path, known)) < known:
        raise StoreError(
            f"{path} was written by an older version of GPO (schema {version}, this one needs {known}) and cannot be "
            "brought up to date where it is. Copy its folder to where it can be written, and look at it there."
        )


def _give_room_back(connection: sqlite3.Connection) -> None:
    """Makes the file smaller where much of it is free; where that cannot be done now, the room is used up with time."""
    connection.execute("PRAGMA busy_timeout = 0")  # nobody is waited for
    with suppress(sqlite3.Error):
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        if free > pages / 8:
            connection.execute("VACUUM")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, those of a trigger as the one that they are."""
    statement = ""
    for piece in script.split(";")[:-1]:
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _scripts() -> tuple[str, ...]:
    """The migrations in order."""
    places = sorted((Path(__file__).parent / "migrations").glob("*.sql"))
    return tuple(place.read_text(encoding="utf-8") for place in places)


def _version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > known:
        raise StoreTooNew(
            f"{path} was written by a newer version of GPO (schema {version}, this one knows {known}). "
            "Upgrade GPO, or choose another folder with --store; `gpo export --answers NEW` takes the answers along."
        )
    return version
