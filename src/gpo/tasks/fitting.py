"""Knows which metric fits the right answers of a task, and which of them a metric cannot read. Pure."""

from collections.abc import Callable, Sequence
from functools import cache

from gpo.core.errors import TaskError
from gpo.core.task import Example
from gpo.tasks import extract
from gpo.tasks.metrics import canonical
from gpo.tasks.scoring.kinds import FITTING, Answers, answers_of, fitting, kind_of

_READERS: dict[str, Callable[[str], object]] = {
    "number": extract.number,
    "choice": extract.choice,
    "boolean": extract.boolean,
}
_METRICS = {"text": "rouge_l", "brackets": "strict", "words": "exact_match"}
"""The metric for a kind of answer, where it is not called as the kind is."""


def guess(examples: Sequence[Example]) -> tuple[str, str]:
    """The name of the metric that fits the right answers, and why, in words. One row in twenty may be broken."""
    targets = [target.strip() for example in examples for target in example.targets]
    kind = kind_of(targets)
    for name, pattern, what in FITTING:
        if name == kind:
            every = "every" if fitting(targets, pattern) == len(targets) else "nearly every"
            return _METRICS.get(kind, kind), f"{every} right answer is {what}"
    return _METRICS[kind], "the right answers are words"


def answers_in(examples: Sequence[Example]) -> Answers:
    """What the right answers are, as far as they tell."""
    return answers_of([target for example in examples for target in example.targets])


def unreadable_targets(metric: str, examples: Sequence[Example]) -> tuple[str, ...]:
    """A warning that counts the rows whose answer the metric cannot read. Raises TaskError where it reads none."""
    name = canonical(metric)
    if name not in _READERS:
        return ()
    read = cache(_READERS[name])  # among many rows there are few different answers
    bad = [example for example in examples if all(read(target) is None for target in example.targets)]
    if not bad:
        return ()
    such = f'such as "{bad[0].target[:60]}" in the row {bad[0].id}'
    if len(bad) == len(examples):
        raise TaskError(f"The metric {name} can read none of the right answers ({such}). Choose another with `metric`.")
    rows = "1 row has a right answer" if len(bad) == 1 else f"{len(bad)} rows have right answers"
    return (f"{rows} that the metric {name} cannot read, {such}: no reply can be right there",)
