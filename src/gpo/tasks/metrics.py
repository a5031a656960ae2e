"""Knows the metrics by name, and what a name may carry: a pattern, a file, a kind of answer."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from gpo.core.concealed import concealed
from gpo.core.errors import ConfigError
from gpo.core.meant import did_you_mean
from gpo.core.task import Example, Grade, Metric
from gpo.tasks.custom import adapt, function_at
from gpo.tasks.grades import (
    boolean,
    choice,
    contains,
    exact_match,
    f1,
    icontains,
    is_json,
    number,
    regex,
    rouge_l,
)
from gpo.tasks.scoring.kinds import KINDS, kind_of
from gpo.tasks.scoring.translation import TEXT_METRICS, text_metric
from gpo.tasks.spec import PYTHON

REGEX = "regex:"
"""How the name of a metric begins that is a pattern: regex:<pattern>."""
BY_KIND = ("paper", "strict")
"""The metrics that need to know what kind of answer a task has: the option `kind`; without it, the targets tell."""

METRICS: dict[str, Metric] = {
    "exact_match": exact_match,
    "choice": choice,
    "number": number,
    "boolean": boolean,
    "contains": contains,
    "icontains": icontains,
    "f1": f1,
    "rouge_l": rouge_l,
    "is_json": is_json,
}
ALIASES = {
    "equals": "exact_match",
    "exact": "exact_match",
    "rouge": "rouge_l",
    "numeric": "number",
    "bool": "boolean",
    "multiple_choice": "choice",
}
"""Other names, also promptfoo's; a dash is read as an underscore."""


def metric_named(name: str, options: Mapping[str, Any] | None = None) -> Metric:
    """The metric of that name: one of METRICS, "paper" or "strict" with the options `kind` and `labels`, "regex" with
    the option `pattern`, "regex:<pattern>", or "python:<file>.py:<function>", whose options are its keyword arguments.

    Raises ConfigError for what is unknown, or cannot be loaded.
    """
    given = dict(options or {})
    if name.startswith(PYTHON):
        return adapt(function_at(name.removeprefix(PYTHON)), name.removeprefix(PYTHON), given)
    if name.startswith(REGEX):
        name, given = "regex", {"pattern": name.removeprefix(REGEX), **given}
    if name == "regex":
        if set(given) != {"pattern"} or not isinstance(given["pattern"], str):
            raise ConfigError(
                "metric regex takes exactly one option, the pattern: write the metric as regex:<pattern>."
            )
        return regex(given["pattern"])
    known = canonical(name)
    if known in BY_KIND:
        return _by_kind(known, given)
    if known not in METRICS and known not in TEXT_METRICS:
        named = [*METRICS, *BY_KIND, *TEXT_METRICS, "judge:<rubric>", "regex:<pattern>", "python:<file>.py:<function>"]
        raise ConfigError(f'There is no metric "{concealed(name[:60])}".{did_you_mean(name[:60], named)}')
    if given:
        raise ConfigError(f"metric {name} takes no options, but got {concealed(', '.join(given))}.")
    return METRICS[known] if known in METRICS else text_metric(known)


def canonical(name: str) -> str:
    """The one name of a metric that has several; any other name as it is."""
    known = name.strip().lower().replace("-", "_")
    known = ALIASES.get(known, known)
    return known if known in (*METRICS, *BY_KIND, *TEXT_METRICS) else name


def _by_kind(name: str, options: Mapping[str, Any]) -> Metric:
    for key in options:
        if key not in ("kind", "labels"):
            raise ConfigError(
                f'metric {name}: unknown option "{concealed(key)}".{did_you_mean(key, ("kind", "labels"))}'
            )
    kind, labels = options.get("kind"), _labels(name, options.get("labels", ()))
    if kind is not None and kind not in KINDS:
        raise ConfigError(f"metric {name}: kind is {kind!r}; what are the answers?{did_you_mean(str(kind), KINDS)}")
    if kind == "label" and not labels:
        raise ConfigError(f"metric {name}: of the kind label, it needs `labels`, such as [valid, invalid].")

    from gpo.tasks.scoring.paper import paper_metric  # readers of many kinds, for those who ask for them
    from gpo.tasks.scoring.strict import strict_metric

    @cache
    def of(kind: str) -> Metric:
        return paper_metric(kind) if name == "paper" else strict_metric(kind, labels)

    def grade(reply: str, example: Example) -> Grade:
        return of(kind or kind_of(example.targets))(reply, example)

    return grade


def _labels(name: str, given: Any) -> tuple[str, ...]:
    labels = cast(Sequence[Any], given) if isinstance(given, list | tuple) else ("",)
    if not all(isinstance(each, str) and each.strip() for each in labels):
        raise ConfigError(f"metric {name}: labels is {given!r}; expected a list of words, such as [valid, invalid].")
    return tuple(labels)
