"""Knows which proposals are refused, and the reason in words. Pure: asks nobody, scores nothing."""

import re
from collections.abc import Callable

from gpo.core.edits import words_changed
from gpo.core.keys import content_key
from gpo.core.prompt import Prompt, unreadable
from gpo.core.task import SLOT
from gpo.core.update import StepSize, Update

Guard = Callable[[str, Update], str | None]
"""(proposed text, update) -> why it is refused, or None."""

LONGEST = 4_000
"""Characters; a longer proposal is refused unless the current prompt is itself about as long."""

_FENCED = re.compile(r"\A```\w*\n(.+)\n```\Z", re.DOTALL)
_TAG = re.compile(r"</?\s*(prompt|feedback|answer|score)\s*>", re.IGNORECASE)


def tidy(text: str) -> str:
    """A proposal without what models like to wrap around it: blanks, a code fence, bold marks, one pair of quotes."""
    fenced = _FENCED.match(text.strip())
    text = fenced[1].strip() if fenced and "```" not in fenced[1] else text.strip()
    for opening, closing in (("**", "**"), ('"', '"'), ("“", "”"), ("`", "`")):
        inside = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and inside.strip() and opening not in inside:
            text = inside.strip()
    return text


def tidy_as_the_paper(text: str) -> str:
    """A proposal normalized as in the paper's code: stripped, no double asterisks, first character upper-case."""
    text = text.strip().replace("**", "")
    return text[:1].upper() + text[1:]


def fingerprint(text: str) -> str:
    """Twelve hex digits that are equal for texts that differ in case and blanks only."""
    return content_key(" ".join(text.casefold().split()), 12)


def empty(text: str, update: Update) -> str | None:
    """Refuses a text without a letter or digit."""
    return None if any(character.isalnum() for character in text) else "empty"


def illegible(text: str, update: Update) -> str | None:
    """Refuses a text that no model can read and no file can hold, as it is refused of a seed prompt."""
    return unreadable(text).partition(";")[0] or None


def leaks_tags(text: str, update: Update) -> str | None:
    """Refuses a text that repeats the meta-prompt's own tags or the slot, which the current prompt does not have."""
    found = _TAG.search(text)
    leak = found[0] if found else SLOT if SLOT in text else None
    return f"leaks {leak} of the meta-prompt" if leak and leak not in update.text else None


def loses_variables(text: str, update: Update) -> str | None:
    """Refuses a text that lacks a `{{variable}}` of the current prompt or brings one that it does not have."""
    before, after = Prompt.of(update.text).variables, Prompt.of(text).variables
    if before - after:
        return "loses " + ", ".join(f"{{{{{name}}}}}" for name in sorted(before - after))
    if after - before:
        return "invents " + ", ".join(f"{{{{{name}}}}}" for name in sorted(after - before))
    return None


def over_long(text: str, update: Update) -> str | None:
    """Refuses a text of more than LONGEST characters, or twice the current prompt's where that is more."""
    longest = max(LONGEST, 2 * len(update.text))
    return f"too long: {len(text)} characters, at most {longest}" if len(text) > longest else None


def duplicate(text: str, update: Update) -> str | None:
    """Refuses a text that was proposed before in this run."""
    return "duplicate" if fingerprint(update.child(text, "").text) in update.seen else None


GUARDS: tuple[Guard, ...] = (empty, illegible, leaks_tags, loses_variables, over_long, duplicate)
"""All of them, in the order asked. The step size is measured last, in `over_step_size`."""

GUARDS_OF_THE_PAPER: tuple[Guard, ...] = (empty, illegible)
"""What the paper's code cannot do without: an empty prompt would drop its line from every input, and one that cannot
be written down could not be told."""


def first_objection(text: str, update: Update, guards: tuple[Guard, ...]) -> str | None:
    """The first reason any guard gives against a text, or None."""
    return next((reason for guard in guards if (reason := guard(text, update))), None)


def unfit(text: str, update: Update) -> str | None:
    """Why a text may not be tried at all, or None; one that was proposed before may."""
    return first_objection(text, update, tuple(guard for guard in GUARDS if guard is not duplicate))


def at_most(characters: int) -> Guard:
    """A guard that refuses a text of more characters, unless the current prompt is at least as long."""

    def guard(text: str, update: Update) -> str | None:
        longest = max(characters, len(update.text))
        return f"too long: {len(text)} characters, at most {longest}" if len(text) > longest else None

    return guard


def over_step_size(text: str, current: str, step_size: StepSize | None) -> str | None:
    """The reason to refuse a text that changes more words than allowed; None where it may, or is only told."""
    if step_size is None or step_size.enforce == "tell":
        return None
    moved = words_changed(current, text)
    return f"over the step size: {moved} words changed, {step_size.words} allowed" if moved > step_size.words else None
