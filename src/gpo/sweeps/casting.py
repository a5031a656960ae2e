"""Knows who plays the models of a published table, and remembers it in the folder of its results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gpo.core.errors import ConfigError, StoreError
from gpo.core.meant import did_you_mean
from gpo.store.files import private_folder, write_whole
from gpo.store.state import decode
from gpo.sweeps.preset import Preset

NAME = "models.json"


@dataclass(frozen=True, slots=True)
class Cast:
    """Specs such as openai/gpt-4.1 by the paper's names of the models, in either part."""

    task_models: dict[str, str] = field(default_factory=dict[str, str])
    optimizer_models: dict[str, str] = field(default_factory=dict[str, str])

    def over(self, other: "Cast") -> "Cast":
        """Who plays here, and who plays in the other where nobody does here."""
        return Cast({**other.task_models, **self.task_models}, {**other.optimizer_models, **self.optimizer_models})

    def of(self, preset: Preset) -> "Cast":
        """Those alone that the table has a part for."""
        tasks, optimizers = _parts(preset)
        return Cast(
            {name: spec for name, spec in self.task_models.items() if name in tasks},
            {name: spec for name, spec in self.optimizer_models.items() if name in optimizers},
        )


def named(preset: Preset, models: Mapping[str, str]) -> Cast:
    """Who plays the models of that name, in either part. Raises ConfigError for a model that is not in the table."""
    for name in models:
        if name not in preset.models:
            raise ConfigError(f'--model {name}=…: the table has no model "{name}".{did_you_mean(name, preset.models)}')
    return Cast(dict(models), dict(models)).of(preset)


def alone(preset: Preset, task: str | None, optimizer: str | None) -> Cast:
    """Who plays the only task model and the only optimizer model. Raises ConfigError where there are several."""
    tasks, optimizers = _parts(preset)
    return Cast(_only("--task-model", task, tasks), _only("--optimizer-model", optimizer, optimizers))


def everybody(preset: Preset, task: str, optimizer: str) -> Cast:
    """One model in all parts of a kind; `{}` in a spec stands for the paper's name."""
    tasks, optimizers = _parts(preset)
    return Cast({name: task.format(name) for name in tasks}, {name: optimizer.format(name) for name in optimizers})


def remembered(folder: Path) -> Cast:
    """Who played before in that folder; nobody where there is none. Raises StoreError for a file that is broken."""
    path = folder / NAME
    try:
        return decode(Cast, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Cast()
    except (OSError, ValueError, StoreError) as error:
        raise StoreError(
            f"{path} cannot be read: {error}. Delete it, and name the models again with --model."
        ) from error


def remember(folder: Path, cast: Cast) -> None:
    """Writes down who plays. Raises StoreError where that cannot be."""
    write_whole(private_folder(folder) / NAME, json.dumps(asdict(cast), indent=1) + "\n")


def _parts(preset: Preset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paper's names of task models and of optimizer models, each once."""
    tasks = dict.fromkeys(column.task_model for column in preset.columns)
    return tuple(tasks), tuple(dict.fromkeys(column.optimizer_model for column in preset.columns))


def _only(flag: str, spec: str | None, names: Sequence[str]) -> dict[str, str]:
    if spec is None:
        return {}
    if len(names) > 1:
        raise ConfigError(
            f"{flag} {spec} stands for one model, but the table has {', '.join(names)}. Say for each who plays it, "
            f'such as --model "{names[0]}={spec}", or choose columns with --columns.'
        )
    return {names[0]: spec}
