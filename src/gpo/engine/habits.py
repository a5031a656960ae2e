"""Knows how models are expected to answer, before any is asked: how long, how fast, how many at a time."""

from dataclasses import dataclass, field, replace

from gpo.engine.config import RunConfig
from gpo.models.endpoints import gives_several


@dataclass(frozen=True, slots=True)
class Habits:
    """How a model is expected to answer.

    chars_per_token > 0; overhead: tokens that a chat template adds to a message; reply_tokens: of a task model's
    answer, or of an optimizer model's critique; prompt_words: of a prompt that an optimizer model writes. latency_s: of
    one call. together: whether one call gives several answers. right: share of right answers of the task model.
    """

    chars_per_token: float = 4.0
    overhead: int = 4
    reply_tokens: float = field(default=100.0, kw_only=True)
    prompt_words: int = field(default=24, kw_only=True)
    latency_s: float = field(default=1.0, kw_only=True)
    together: bool = field(default=True, kw_only=True)
    right: float = field(default=0.5, kw_only=True)


KNOWN_HABITS = {
    "pocket": Habits(2.75, 0, reply_tokens=2.4, latency_s=0.1, together=False, right=0.35),
    "phrases": Habits(6.0, 0, reply_tokens=1, prompt_words=7, latency_s=0.001),
}
"""The bundled models'; benchmarks/estimate_error.py measures how far they lead from what runs take."""
TASK_HABITS = Habits(reply_tokens=100)
OPTIMIZER_HABITS = Habits(reply_tokens=150)
JUDGE_HABITS = Habits(reply_tokens=60)
"""Of any other model: about four characters of English a token; a reply of some sentences."""


def habits_of(
    config: RunConfig, *, reply_tokens: float | None = None, latency_s: float | None = None
) -> dict[str, Habits]:
    """What is assumed of the models; the arguments replace what is assumed of replies of the task model, and of the
    latency of all.
    """
    given = {
        "task": (config.task_model, TASK_HABITS),
        "optimizer": (config.writer, OPTIMIZER_HABITS),
        "judge": (config.judge, JUDGE_HABITS),
    }
    habits = {role: _habits(model, usual) for role, (model, usual) in given.items()}
    if reply_tokens is not None:
        habits["task"] = replace(habits["task"], reply_tokens=reply_tokens)
    if latency_s is not None:
        habits = {role: replace(each, latency_s=latency_s) for role, each in habits.items()}
    return habits


def _habits(model: str, usual: Habits) -> Habits:
    return KNOWN_HABITS.get(model, replace(usual, together=gives_several(model)))
