"""GPO: prompt optimization that treats rewriting a prompt as gradient descent treats weights.

>>> import gpo
>>> result = gpo.optimize("mine.jsonl", task_model="openai/gpt-5-mini")  # doctest: +SKIP
>>> result.best.text, result.verdict.word  # doctest: +SKIP

Importing this package imports the standard library only; everything else is loaded where it is first needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpo.core.budget import Budget, Spent
    from gpo.core.chat import Message, Model, Reply, Request, Sampling, Usage
    from gpo.core.errors import (
        BudgetExhausted,
        ConfigError,
        GPOError,
        ModelError,
        StoreError,
        TaskError,
    )
    from gpo.core.prompt import Prompt, Scored
    from gpo.core.task import Example, Grade, Splits, Task
    from gpo.engine.api import aoptimize, optimize
    from gpo.engine.asktell import AskTell, ask_tell
    from gpo.engine.result import Result
    from gpo.evidence.verdicts import Verdict

__version__ = "0.1.0"

_HOMES = {
    "AskTell": "engine.asktell",
    "Budget": "core.budget",
    "BudgetExhausted": "core.errors",
    "ConfigError": "core.errors",
    "Example": "core.task",
    "GPOError": "core.errors",
    "Grade": "core.task",
    "Message": "core.chat",
    "Model": "core.chat",
    "ModelError": "core.errors",
    "Prompt": "core.prompt",
    "Reply": "core.chat",
    "Request": "core.chat",
    "Result": "engine.result",
    "Sampling": "core.chat",
    "Scored": "core.prompt",
    "Spent": "core.budget",
    "Splits": "core.task",
    "StoreError": "core.errors",
    "Task": "core.task",
    "TaskError": "core.errors",
    "Usage": "core.chat",
    "Verdict": "evidence.verdicts",
    "aoptimize": "engine.api",
    "ask_tell": "engine.asktell",
    "optimize": "engine.api",
}

__all__ = [
    "AskTell",
    "Budget",
    "BudgetExhausted",
    "ConfigError",
    "Example",
    "GPOError",
    "Grade",
    "Message",
    "Model",
    "ModelError",
    "Prompt",
    "Reply",
    "Request",
    "Result",
    "Sampling",
    "Scored",
    "Spent",
    "Splits",
    "StoreError",
    "Task",
    "TaskError",
    "Usage",
    "Verdict",
    "aoptimize",
    "ask_tell",
    "optimize",
]


def __getattr__(name: str) -> Any:
    """The public name, loaded from its home at first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gpo' has no attribute {name!r}")
    return getattr(import_module(f"gpo.{home}"), name)


def __dir__() -> list[str]:
    """The public names, also those that were not loaded yet."""
    return sorted([*globals(), *_HOMES])
