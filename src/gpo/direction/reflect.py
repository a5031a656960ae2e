"""Knows how textual gradients come about: the optimizer model reads mistakes and says what is wrong with the prompt."""

from dataclasses import replace

from gpo.core.chat import Sampling
from gpo.core.evaluation import Mistake
from gpo.core.events import Reflected, Warned
from gpo.core.lab import Lab
from gpo.core.showing import mistaken, setting
from gpo.core.together import together
from gpo.core.update import Critique, Part, Update
from gpo.core.writing import Written, write

MAX_TOKENS = 512


def reflect(
    texts: str = "gpo",
    *,
    groups: int = 1,
    errors: int | None = None,
    temperature: float = 0.0,
    max_tokens: int = MAX_TOKENS,
) -> Part:
    """A part that asks for one critique for each of `groups` groups of mistakes (paper: reflection; APO: gradients).

    texts: the folder of the meta-prompt "reflect". errors: mistakes in a group, drawn anew for each; None shows all of
    them. max_tokens ≥ 1: of a critique. Without a mistake nothing is asked. A critique that cannot be read is left out,
    and said.
    """
    how = Sampling(temperature=temperature, max_tokens=max_tokens)

    async def part(update: Update, lab: Lab) -> Update:
        if not update.mistakes:
            return replace(update, feedback=())
        about = [_drawn(update.mistakes, errors, lab, number) for number in range(groups)]
        written = await together(
            _asked(update, lab, f"{texts}/reflect", each, replace(how, seed=_seed(lab, number)))
            for number, each in enumerate(about)
        )
        read = zip(written, about, strict=True)
        feedback = tuple(Critique(said.text, mistakes) for said, mistakes in read if said.text)
        if missing := len(written) - len(feedback):
            lab.emit(Warned(lab.step, f"{missing} of {len(written)} critiques could not be read"))
        lab.emit(Reflected(lab.step, tuple(critique.text for critique in feedback)))
        unreadable = "" if feedback or not written else written[0].raw[:200] or "nothing"
        return replace(update, feedback=feedback, unreadable=unreadable)

    return part


def _drawn(mistakes: tuple[Mistake, ...], errors: int | None, lab: Lab, number: int) -> tuple[Mistake, ...]:
    if errors is None or errors >= len(mistakes):
        return mistakes
    return tuple(lab.rng(f"mistakes {number}").sample(mistakes, errors))


def _seed(lab: Lab, number: int) -> int:
    return lab.rng(f"reflect {number}").randrange(2**31)


async def _asked(update: Update, lab: Lab, text: str, about: tuple[Mistake, ...], how: Sampling) -> Written:
    values = {**setting(update, lab), "mistakes": [mistaken(update, each) for each in about]}
    return (await write(lab.optimizer_model, lab.meta_prompt(text), values, how))[0]
