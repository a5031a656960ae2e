"""Knows in which order (prompt, example) pairs are best asked: those that begin alike together, for prefix caches."""

from collections.abc import Iterator, Sequence
from itertools import product, takewhile

from gpo.core.prompt import Prompt
from gpo.core.task import Example, Task

COMPARED = 10_000
"""Characters of a chat that are looked at: what is longer and equal is alike enough."""


def in_order(task: Task, prompts: Sequence[Prompt], rows: Sequence[Example]) -> Iterator[tuple[int, int]]:
    """All pairs, as places in `prompts` and `rows`: prompt by prompt, or row by row where the row comes first."""
    if rows_come_first(task, prompts, rows):
        return ((i, j) for j, i in product(range(len(rows)), range(len(prompts))))
    return product(range(len(prompts)), range(len(rows)))


def rows_come_first(task: Task, prompts: Sequence[Prompt], rows: Sequence[Example]) -> bool:
    """Whether two prompts on a row begin more alike than one prompt on two rows. A program asks in its own way."""
    if task.answer or len(prompts) < 2 or len(rows) < 2:
        return False
    chat = _said(task, prompts[0], rows[0])
    return _alike(chat, _said(task, prompts[1], rows[0])) > _alike(chat, _said(task, prompts[0], rows[1]))


def _alike(one: str, other: str) -> int:
    """Characters with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _said(task: Task, prompt: Prompt, row: Example) -> str:
    return "\n".join(f"{message.role}: {message.text[:COMPARED]}" for message in task.render(prompt, row))[:COMPARED]
