"""Knows how flags and a config file become settings. The flags themselves are in flags.py."""

import argparse
import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from gpo.cli.flags import ANSWERS, BUDGET, FLAGS, LIMITS, MODELS, PACE, SEARCH, TASK, add_budget, add_flags, typed
from gpo.core.concealed import concealed, shown
from gpo.core.errors import ConfigError
from gpo.engine.limits import by_role, limits_over
from gpo.engine.places import RUNS, default_store, seen_from_folder
from gpo.optimizers.catalog import RECIPES, algorithms
from gpo.tasks.spec import SEEDS
from gpo.tasks.yamltext import plain_values

SPLITS = {
    "train": "rows that the optimizer model is shown",
    "selection": "rows that score every prompt: each costs a call for each prompt that is tried",
    "test": "rows of the sealed test set: seed and best prompt are asked about them once, at the end",
}

OF_SETTINGS = {"task", "task_model"}
"""What stands in a file of settings, and in none that names rows."""


class _Run(argparse.Action):
    """A run by its id or, as results name it, by its folder, which says its store as well."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        folder = Path(values or "")
        if os.sep in str(values) and folder.is_dir() and folder.resolve().parent.name == RUNS:
            folder = folder.resolve()
            namespace.store, values = str(folder.parent.parent), folder.name
        setattr(namespace, self.dest, values)


def add_run(parser: argparse.ArgumentParser, default: str | None = "latest", said: str = "that searched") -> None:
    """The run that is meant; said: which of them is the latest."""
    said = f"its id, its beginning, or its folder; default: the latest {said}"
    parser.add_argument("run_id", metavar="RUN", nargs="?", default=default, action=_Run, help=said)


def add_store(parser: argparse.ArgumentParser) -> None:
    """--store."""
    default = default_store()
    parser.add_argument("--store", metavar="FOLDER", default=default, help="where runs are kept; default: %(default)s")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The task and the flags for it, its models, the pace and the budget; any other setting with --set."""
    parser.usage = "%(prog)s [TASK] [-c FILE] [options]"  # all of them would fill the screen, at every slip
    parser.set_defaults(command=parser.prog.rpartition(" ")[2])
    parser.add_argument("task", metavar="TASK", nargs="?", help="a .jsonl, .csv, .json or .yaml file, or pocket/<task>")
    parser.add_argument("-c", "--config", metavar="FILE", help="settings in YAML, as `gpo init` writes; flags win")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any setting of gpo.yaml, such as gpo.k=5"
    )
    add_flags(parser, "task", TASK)
    sizes = parser.add_argument_group("how rows are divided (a number, or a share below 1)")
    for name, said in SPLITS.items():
        sizes.add_argument(f"--{name}", dest=f"split_{name}", type=_size, metavar="N", help=said)
    sizes.add_argument("--split-seed", type=int, metavar="N", help="divides them in another way; default: 0")
    add_flags(parser, "models", MODELS)
    add_flags(parser, "answers of the task model", ANSWERS)
    add_flags(parser, "calls", PACE)
    add_budget(parser)


def add_search(parser: argparse.ArgumentParser) -> None:
    """The prompt that a search starts from, the algorithm and its seed."""
    group = parser.add_argument_group("search")
    add_seed(group)
    replace(SEARCH["algorithm"], said=f"{', '.join(RECIPES)}; default: gpo").add_to(group, "algorithm")
    SEARCH["seed"].add_to(group, "seed")


def add_seed(group: Any) -> None:
    """The prompt that a search starts from."""
    prompt = group.add_mutually_exclusive_group()
    prompt.add_argument("--prompt", help="the seed prompt")
    prompt.add_argument("--prompt-file", metavar="FILE", help="the seed prompt in a file (.json: texts by name)")


def chosen(given: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """All settings of a command with `add_settings` (and `add_search`), and what to call their origin in errors."""
    _check_task(given)
    merged, origin = settings(given)
    merged = overridden(seeded(merged, given), given.set)
    check_sections(merged, given.set)
    return merged, origin


def _check_task(given: argparse.Namespace) -> None:
    """Raises ConfigError where what was typed as the task is a file of settings."""
    path = Path(given.task or "")
    if given.config is None and path.suffix.lower() in (".yaml", ".yml") and path.is_file():
        try:
            found = plain_values(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError):
            return  # what reads it as a task says what is wrong with it
        if isinstance(found, Mapping) and OF_SETTINGS & {str(key) for key in cast(Mapping[Any, Any], found)}:
            raise ConfigError(
                f"{path} looks like a settings file, not a task: `gpo {given.command} -c {shlex.quote(str(path))}`."
            )


def seeded(merged: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    """The settings with the seed prompt that was typed, if one was, in place of any other."""
    prompt = typed(given, ("prompt", "prompt_file"))
    return {**{key: value for key, value in merged.items() if key not in SEEDS}, **prompt} if prompt else merged


def settings(given: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """The settings of the config file with the flags over them, and what to call their origin in errors."""
    origin = given.config or "command line"
    merged = _read(Path(given.config)) if given.config else {}
    flags = typed(given, ("task", *FLAGS))
    if flags.get("metric", merged.get("metric")) != merged.get("metric"):
        merged.pop("metric_options", None)  # those of another metric
    merged |= flags
    merged = _over(merged, "split", typed(given, (*SPLITS, "seed"), "split_"))
    if limits := typed(given, LIMITS, BUDGET):
        merged["budget"] = limits_over(merged.get("budget"), limits)
    return merged, origin


def overridden(merged: dict[str, Any], assignments: list[str]) -> dict[str, Any]:
    """The settings with `section.key=value` assignments over them; values are read as YAML."""
    result = dict(merged)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path.strip():
            raise ConfigError(f"--set {concealed(assignment)}: write section.key=value, such as gpo.k=5.")
        *sections, key = path.strip().split(".")
        place = result
        for depth, section in enumerate(sections):
            inner = place.get(section)
            limit = inner is not None and depth == 1 and sections[0] == "budget"
            place[section] = place = by_role(inner) if limit else _values(inner)
        try:
            place[key] = plain_values(text)
        except ValueError as error:
            raise ConfigError(f"--set {path:.100}: {shown(text)} is not a YAML value: {error}.") from error
    return result


def _values(section: Any) -> dict[str, Any]:
    return dict(cast(Mapping[str, Any], section)) if isinstance(section, Mapping) else {}


def check_sections(merged: Mapping[str, Any], assignments: list[str]) -> None:
    """Raises ConfigError where --set gives an option to another algorithm than the one that will run."""
    algorithm = str(merged.get("algorithm", "gpo"))
    for assignment in assignments:
        section, dot, option = assignment.partition("=")[0].strip().partition(".")
        if dot and section != algorithm and section in algorithms():
            raise ConfigError(
                f"--set {concealed(assignment)} sets an option of {section}, but the algorithm is {algorithm}: write "
                f"{algorithm}.{option}=…, or --algorithm {section}."
            )


def _over(merged: dict[str, Any], section: str, said: Mapping[str, Any]) -> dict[str, Any]:
    if not said:
        return merged
    return {**merged, section: {**_values(merged.get(section)), **said}}


def _read(path: Path) -> dict[str, Any]:
    try:
        given = plain_values(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}. `gpo init {path}` writes a commented one."
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    if not isinstance(given, Mapping):
        found = "is empty" if given is None else f"holds {shown(str(given))}"
        raise ConfigError(f"{path} {found}; expected settings such as `task_model: pocket`.")
    settings = {str(key): value for key, value in cast(Mapping[Any, Any], given).items() if value is not None}
    return seen_from_folder(settings, path.resolve().parent)


def _size(text: str) -> int | float:
    try:
        return float(text) if "." in text else int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of rows nor a share such as 0.25") from error
