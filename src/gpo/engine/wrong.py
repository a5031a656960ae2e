"""Knows what a prompt's answers tell of the metric and of max_tokens, where they look wrong for another cause than the
prompt: what is said of that, in words. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gpo.core.brief import brief
from gpo.core.evaluation import Attempt, Evaluation
from gpo.core.task import Example, Task
from gpo.core.visible import on_one_line
from gpo.tasks.metrics import canonical, metric_named
from gpo.tasks.scoring.kinds import kind_of

FEWEST, FEWEST_CUT = 5, 3
"""Answers below which nothing is said: of those that are worth nothing, and of those that were cut."""
MANY_CUT = 0.1
"""The share of answers that is worth a word where it was cut, and is not right."""
LOOKED_AT = 100
"""Answers that another metric is tried on: some take their time to read long ones."""
LONGEST, WIDEST = 90, 120
"""Characters of a reply that are shown, and how many they may be once all that commands a terminal is spelled out."""
OF_THE_SEED = " of the seed prompt"
NOTHING, CUT = "score 0 by the metric", "were cut at"
READERS = ("choice", "number", "boolean")
"""Metrics that read one kind of answer out of a sentence, and are called as the kind is."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How a prompt was answered on these rows, and which of them were cut at max_tokens, by id. whose: how it is called
    after "answers".
    """

    task: Task
    evaluation: Evaluation
    rows: Sequence[Example] = field(kw_only=True)
    cut: frozenset[str] = field(default=frozenset(), kw_only=True)
    whose: str = field(default="", kw_only=True)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The answers that were graded."""
        return self.evaluation.attempts(self.rows)


def signs(*heard: Heard) -> tuple[str, ...]:
    """What is to be said of prompts that were answered: of the first whose answers were cut, and of the first that got
    nothing but zeros.
    """
    said = (next((sign for each in heard if (sign := look(each))), "") for look in (many_cut, all_wrong))
    return tuple(sign for sign in said if sign)


def told_before(messages: Iterable[str]) -> tuple[str, ...]:
    """The signs of the seed prompt among what was told in an earlier sitting."""
    return tuple(each for each in messages if f"{OF_THE_SEED} {NOTHING}" in each or f"{OF_THE_SEED} {CUT}" in each)


def many_cut(heard: Heard) -> str:
    """That many answers were cut; "" where few were, or those are right all the same."""
    attempts = heard.attempts
    cut = [each for each in attempts if each.example.id in heard.cut]
    wrong = sum((each.answer.score or 0.0) < 1.0 for each in cut)
    if wrong < FEWEST_CUT or wrong < MANY_CUT * len(attempts):
        return ""
    limit = f"{heard.task.sampling.max_tokens} tokens (max_tokens; --answer-tokens raises it)"
    where = "max_tokens on the way" if heard.task.answer else limit  # a program may have limits of its own
    lacking = "what the judge looks for" if heard.task.judge else "what the metric reads"
    return f"{len(cut)} of {len(attempts)} answers{heard.whose} {CUT} {where}, so they may lack {lacking}"


def all_wrong(heard: Heard) -> str:
    """That every answer scores 0, with one beside the right answer, and which metric would count most of them, if one
    does; "" where a judge marks them.
    """
    attempts, task = heard.attempts, heard.task
    if task.judge or len(attempts) < FEWEST or any(each.answer.score for each in attempts):
        return ""
    other, counted = _other_metric(task.metric_name, attempts[:LOOKED_AT])
    shown = _shown(counted or attempts)
    said = f"all {len(attempts)} answers{heard.whose} {NOTHING} {task.metric_name}, such as {shown}"
    if other:
        return f"{said}: the right answer stands in most of them, and --metric {other} would count it there"
    if 2 * sum(each.example.id in heard.cut for each in attempts) > len(attempts):
        return said  # why is said already
    return f"{said}: if that is right, its form is not what the metric reads (--metric chooses another)"


def _other_metric(metric: str, attempts: Sequence[Attempt]) -> tuple[str, list[Attempt]]:
    """A metric by which most of the answers are right, and those; "" where none is known."""
    targets = [target.strip() for each in attempts for target in each.example.targets]
    letters = targets and all(len(target) == 1 and target.isalpha() for target in targets)
    kind = "choice" if letters else kind_of(targets)
    name = kind if kind in READERS else "icontains"
    if canonical(metric) == name:
        return "", []
    grade = metric_named(name)
    counted = [
        each
        for each in attempts
        if (name in READERS or _is_named(each)) and grade(each.answer.reply, each.example).score == 1.0
    ]
    return (name, counted) if 2 * len(counted) > len(attempts) else ("", [])


def _is_named(attempt: Attempt) -> bool:
    """Whether a right answer stands in the reply as a word of its own, or as several; case aside."""
    reply = attempt.answer.reply.casefold()
    words = (target.strip().casefold() for target in attempt.example.targets)
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", reply) for each in words if each)


def _shown(attempts: Sequence[Attempt]) -> str:
    """The shortest reply that says something, beside what is right there."""
    spoken = [each for each in attempts if each.answer.reply.strip()]
    if not spoken:
        return "one that is empty"
    shortest = min(spoken, key=lambda each: len(each.answer.reply))
    right = shortest.example.target
    return f"{_quoted(shortest.answer.reply)}{f' where {_quoted(right)} is right' if right.strip() else ''}"


def _quoted(text: str) -> str:
    return f'"{on_one_line(brief(" ".join(text.split()), LONGEST), WIDEST)}"'
