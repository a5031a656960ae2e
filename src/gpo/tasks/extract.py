"""Knows how to read a number, an option letter, or a yes or no out of a reply. Pure.

Where a reply marks its answer ("Answer: ...", a box), that part counts alone; else what it concludes, how it begins,
or the last clear answer. Where nothing clear is there it says None: what cannot be read is told so, never guessed.

Each reader is imported where it is asked for: their many patterns take time to compile, and a task needs one of them.
"""

from typing import TYPE_CHECKING

from gpo.tasks.reply import settled

if TYPE_CHECKING:
    from fractions import Fraction


def number(reply: str, question: str = "") -> "Fraction | None":
    """The number a reply settles on: sign, decimals, thousands, fractions, powers of ten count; units do not.

    Of several numbers in a sentence the question tells which are given and no answer.
    """
    from gpo.tasks import figures

    return settled(reply, lambda text: figures.stated(text, question), lambda text: figures.told(text, question))


def choice(reply: str, question: str = "") -> str | None:
    """The option letter a reply settles on, upper-case: "(b)", "[B]", "**B**", "Option B", "B. The doctor", "B".

    A reply that names no letter may say an option in the words of the question.
    """
    from gpo.tasks import options

    return settled(reply, lambda text: options.stated(text, question), lambda text: options.told(text, question))


def boolean(reply: str, question: str = "") -> bool | None:
    """The yes, no, true or false a reply settles on; "not true" is false.

    A reply that says none of them may repeat the question as a statement, or deny it.
    """
    from gpo.tasks import truths

    return settled(reply, lambda text: truths.stated(text, question), lambda text: truths.told(text, question))
