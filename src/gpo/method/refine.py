"""Knows how an update gets its proposals: asked for by editing or generating, once or for every critique."""

from functools import partial

from gpo.core.chat import Message
from gpo.core.lab import Lab, side_by_side
from gpo.core.showing import mistaken
from gpo.core.update import Critique, Part, Update
from gpo.core.writing import Written
from gpo.method.asking import Asked, drafts, take_drafts, values_of
from gpo.method.judge import Judging, judge
from gpo.method.manner import Manner, Style


def refine(style: Style, n: int, manner: Manner | None = None) -> Part:
    """A part that asks for n prompts and keeps the good ones (paper, section 3.3).

    style: "edit" the current prompt or "generate" a new one. One that moves too far is asked for once more where the
    step size says "reask".
    """
    how = manner or Manner()

    async def part(update: Update, lab: Lab) -> Update:
        text = f"{how.texts}/{style}"
        judging = Judging(update, lab, how, style)
        asked = Asked(update, lab, text=text, how=how, values=values_of(update, lab, how))
        await take_drafts(asked, n, judging.take)
        return judging.update

    return part


def refine_each(style: Style, n: int, manner: Manner | None = None, *, go_on: bool = False) -> Part:
    """A part that asks for n prompts for every critique of the update, shown with the mistakes it is about.

    go_on: in the chat in which the critique was written, with the meta-prompt "reflect" of the same folder; else in a
    chat of its own. Without a critique there is nothing to ask for.
    """
    how = manner or Manner()

    async def part(update: Update, lab: Lab) -> Update:
        if not update.feedback:
            return update
        every = [partial(_drafted, update, critique, style, n, how, go_on) for critique in update.feedback]
        written = await side_by_side(lab, every)
        return judge(update, lab, how, [draft for each in written for draft in each], style)

    return part


async def _drafted(
    update: Update, critique: Critique, style: Style, n: int, how: Manner, go_on: bool, lab: Lab
) -> tuple[Written, ...]:
    about = {"feedback": [critique.text], "mistakes": [mistaken(update, each) for each in critique.about]}
    values = {**values_of(update, lab, how), **about}
    before: tuple[Message, ...] = ()
    if go_on:
        reflect = lab.meta_prompt(f"{how.texts}/reflect").render(values)
        before = (Message("user", reflect), Message("assistant", critique.text))
    return await drafts(Asked(update, lab, text=f"{how.texts}/{style}", how=how, values=values, before=before), n)
