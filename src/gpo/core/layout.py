"""Knows where an instruction stands to the question it belongs to. Reads no files, asks no model."""

from typing import Literal

Position = Literal["before", "after", "before_Q", "Q_begin", "Q_end", "A_begin"]
"""Where the instruction stands. `before` and `after` the question are the plain names of the paper's Q_begin and Q_end;
before_Q and A_begin stand outside the question and need the marks "Q:" and "A:"."""

OUTSIDE: tuple[Position, ...] = ("before_Q", "A_begin")
"""The positions that exist only where questions and answers are marked."""


def is_before(position: Position) -> bool:
    """Whether the instruction stands before the question."""
    return position in ("before", "before_Q", "Q_begin")


def join(instruction: str, question: str, position: Position, *, marks: bool = False) -> str:
    """The instruction on its own line before or after the question; an empty one drops its line.

    With marks the question begins with "Q: " and a line "A:" waits for the answer (paper, section 1.9 of the released
    code); before_Q and A_begin always have them.
    """
    if position == "before_Q":
        return _lines(instruction, f"Q: {question}", "A:")
    if position == "A_begin":
        return _lines(f"Q: {question}", f"A: {instruction}".rstrip())
    inner = _lines(instruction, question) if is_before(position) else _lines(question, instruction)
    return _lines(f"Q: {inner}", "A:") if marks else inner


def join_shots(instruction: str, shots: str, question: str, position: Position, *, marks: bool = False) -> str:
    """The same, with solved examples right before the question.

    An instruction that stands before the question as a whole comes first of all; one that is part of a marked question
    or stands behind it comes after the examples.
    """
    if not shots or position == "before_Q" or (is_before(position) and not marks):
        head = f"{instruction}\n\n{shots}" if instruction and shots else instruction or shots
        return join(head, question, position, marks=marks)
    return _lines(shots, join(instruction, question, position, marks=marks))


def _lines(*parts: str) -> str:
    return "\n".join([part for part in parts if part])
