"""Knows how the optimizer model is shown a prompt, rows and answers: as values of a meta-prompt. Words nothing."""

from typing import Any

from gpo.core.brief import brief
from gpo.core.evaluation import Attempt, Mistake
from gpo.core.lab import Lab
from gpo.core.layout import is_before, join
from gpo.core.prompt import VARIABLE, Prompt
from gpo.core.task import ANY_INPUT, SLOT, Example, Task
from gpo.core.update import Update

SYSTEM = "system"
NO_ONE_ANSWER = "(there is no one right answer)"
"""What stands for the right answer of a row that has none, because a judge marks answers."""


def setting(update: Update, lab: Lab) -> dict[str, Any]:
    """What every meta-prompt may say of the text that is rewritten, and of the task.

    slot: what stands for the text in the examples; "" where it does not simply stand before or behind the input.
    place, scoring: clauses that say where it stands, and when an answer is right; texts of their own.
    """
    task, text, prompt = lab.task, update.text, update.current.prompt
    where = {
        "program": task.answer is not None,
        "filled": bool(VARIABLE.search(text)),
        "system": update.name == SYSTEM,
        "beside": bool(prompt.variables),
        "position": "before" if is_before(task.position) else "after",
    }
    return {
        "slot": _slot(update, task),
        "place": lab.meta_prompt("shared/place").render(where),
        "scoring": _scoring(task, lab),
        "position": "around" if where["filled"] else where["position"],
        "current": text,
        "others": [{"name": name, "text": other} for name, other in update.others],
        "required": [f"{{{{{name}}}}}" for name in sorted(set(VARIABLE.findall(text)))],
        "template": _posed(update, task, ANY_INPUT),
    }


def _scoring(task: Task, lab: Lab) -> str:
    if task.judge:
        return lab.meta_prompt("judge/scoring").render({"rubric": brief(task.judge.rubric)})
    return lab.meta_prompt("shared/scoring").render({"metric": task.metric_name})


def solved(update: Update, task: Task, example: Example) -> str:
    """An example with the right answer, and the slot where the text stands."""
    return f"{_posed(update, task, example)}\nOutput: {expected(example)}"


def mistaken(update: Update, mistake: Mistake) -> dict[str, str]:
    """A wrong answer: the question, how the answer came about (of a program), the answer, the right one, and what the
    metric remarks.
    """
    example, answer = mistake.example, mistake.answer
    return {
        "question": brief(inserted(update.current.prompt, example)),
        "steps": brief(answer.trace),
        "answer": brief(answer.reply.strip()),
        "expected": expected(example),
        "remark": brief(answer.feedback),
    }


def expected(example: Example) -> str:
    """The right answer, or that there is none."""
    return brief(example.target) if example.targets else NO_ONE_ANSWER


def attempted(update: Update, attempt: Attempt) -> dict[str, str]:
    """The same of an answer that may be right, and what it is worth."""
    score = attempt.answer.score or 0.0
    worth = "right" if score >= 1.0 else "wrong" if score <= 0.0 else f"{100 * score:.4g} of 100"
    return {**mistaken(update, Mistake(attempt.example, attempt.answer)), "worth": worth}


def inserted(prompt: Prompt, example: Example) -> str:
    """What a prompt inserts of an example: its input, or the columns that stand as `{{column}}` in the prompt.

    Several columns are named, in the order in which the prompt has them.
    """
    values = {"input": example.input, **dict(example.fields)}
    known = [name for name in dict.fromkeys(VARIABLE.findall(prompt.text)) if name in values]
    if len(known) < 2:
        return values[known[0]] if known else example.input
    return "\n".join(f"{name}: {values[name]}" for name in known)


def _posed(update: Update, task: Task, example: Example) -> str:
    shown, slot = brief(inserted(update.current.prompt, example)), _slot(update, task)
    return join(slot, shown, task.position, marks=task.marks) if slot else shown


def _slot(update: Update, task: Task) -> str:
    placed = task.answer is None and update.name != SYSTEM and not update.current.prompt.variables
    return SLOT if placed else ""
