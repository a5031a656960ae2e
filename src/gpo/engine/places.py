"""Knows which settings are paths, and how to see them from the folder that they were written in."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpo.engine.typed import called
from gpo.tasks.spec import PYTHON, seen_from

FILES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".yaml", ".yml")
"""How the name of a task ends that is a file; any other is the name of a ready-made one."""
RUNS = "runs"
"""The folder in a store that holds one for each run."""
_LOCAL = "local/"


def command(action: str, run_id: str, folder: Path | None) -> str:
    """What to type to do something with a run whose files lie in the folder: with --store where it is not the default
    one, quoted for a shell. None: a run without files.
    """
    return in_store(f"{action} {run_id}", folder.parent.parent if folder else Path(default_store()))


def in_store(action: str, store: Path) -> str:
    """What to type to do something with the store in a folder: with --store where that is not the default one."""
    elsewhere = store.resolve() != Path(default_store()).resolve()
    return f"{called()} {action}" + (f" --store {shlex.quote(str(store))}" if elsewhere else "")


def default_store() -> str:
    """Where runs are kept if nothing else is said."""
    return os.environ.get("GPO_HOME") or ".gpo"


def seen_from_folder(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The settings with relative paths as a file in that folder means them; the working directory changes nothing."""
    if folder.resolve() == Path.cwd():
        return dict(settings)
    return {key: _seen(key, value, folder) for key, value in settings.items()}


def _seen(key: str, value: Any, folder: Path) -> Any:
    if not isinstance(value, str):
        return value
    if key in ("prompt_file", "meta_prompts", "data_dir") or (key == "task" and value.lower().endswith(FILES)):
        return seen_from(folder, value)
    if key in ("metric", "program") and value.startswith(PYTHON):
        file, _, function = value.removeprefix(PYTHON).rpartition(":")
        return f"{PYTHON}{seen_from(folder, file)}:{function}"
    if key.endswith("_model") and value.startswith(_LOCAL):
        return _LOCAL + seen_from(folder, value.removeprefix(_LOCAL))
    return value
