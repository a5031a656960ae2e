"""Knows how the optimizer model is asked for proposals: the values of the text, the requests, the second try."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gpo.core.chat import Message, Sampling
from gpo.core.edits import words_changed
from gpo.core.events import Refused
from gpo.core.lab import Lab
from gpo.core.showing import attempted, mistaken, setting, solved
from gpo.core.together import in_order
from gpo.core.update import Update
from gpo.core.writing import Written, write_on
from gpo.method.guard import first_objection, over_step_size
from gpo.method.manner import Manner


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for proposals under way. text: the meta-prompt's name. purpose: what its randomness is keyed by.

    before: the turns of the chat that the request goes on from; most requests begin one.
    """

    update: Update
    lab: Lab
    text: str = field(kw_only=True)
    how: Manner = field(kw_only=True)
    values: Mapping[str, Any] = field(kw_only=True)
    purpose: str = field(default="refine", kw_only=True)
    before: tuple[Message, ...] = field(default=(), kw_only=True)

    @property
    def chat(self) -> tuple[Message, ...]:
        """What the optimizer model is sent."""
        return (*self.before, Message("user", self.lab.meta_prompt(self.text).render(self.values)))


def values_of(update: Update, lab: Lab, how: Manner) -> dict[str, Any]:
    """All that a meta-prompt may say of an update; each text uses what it declares."""
    return {
        **setting(update, lab),
        "memories": [
            {"text": update.text_of(each.at.prompt), "score": how.show_score(each.at.score)} for each in update.memories
        ],
        "current_score": how.show_score(update.current.score),
        "mates": [update.text_of(mate) for mate in update.mates],
        "feedback": [update.momentum] if update.momentum else [each.text for each in update.feedback],
        "earlier_feedback": list(update.earlier),
        "mistakes": [mistaken(update, each) for each in update.mistakes],
        "attempts": [attempted(update, each) for each in update.attempts],
        "demos": [solved(update, lab.task, example) for example in update.demos],
        "words": update.step_size.words if update.step_size else None,
        "longest": how.longest,
    }


async def drafts(asked: Asked, n: int) -> tuple[Written, ...]:
    """n answers, in order; see `take_drafts`."""
    taken: list[Written] = []
    await take_drafts(asked, n, taken.append)
    return tuple(taken)


async def take_drafts(asked: Asked, n: int, take: Callable[[Written], object]) -> None:
    """n answers, in one request or in n, each asked for once more where it moves too far and the step size says so.

    `take` is given each as soon as it and all before it are there.
    """
    lab, how = asked.lab, asked.how
    rng, meta = lab.rng(asked.purpose), lab.meta_prompt(asked.text)
    seed, most = rng.randrange(2**31), how.room(asked.update.text)
    sampling = Sampling(temperature=how.temperature, max_tokens=most, n=n, seed=seed)

    def told(draft: tuple[Written, Refused | None]) -> None:
        if draft[1]:
            lab.emit(draft[1])
        take(draft[0])

    async def one(number: int, sampling: Sampling) -> tuple[Written, Refused | None]:
        written = await write_on(lab.optimizer_model, meta, asked.chat, sampling)
        return await _closer(asked, number, written[0])

    if how.requests == "one":
        written = await write_on(lab.optimizer_model, meta, asked.chat, sampling)
        await in_order((_closer(asked, number, draft) for number, draft in enumerate(written)), told)
    else:
        single = [replace(sampling, seed=rng.randrange(2**31)) for _ in range(n)]
        await in_order((one(number, each) for number, each in enumerate(single)), told)


async def _closer(asked: Asked, number: int, draft: Written) -> tuple[Written, Refused | None]:
    """The draft itself, or where it is good but moves too far and may be asked again, the second try and why."""
    update, lab, how = asked.update, asked.lab, asked.how
    limit, text = update.step_size, how.tidy(draft.text or "")
    if limit is None or limit.enforce != "reask" or over_step_size(text, update.text, limit) is None:
        return draft, None
    if first_objection(text, update, how.guards):
        return draft, None
    moved = words_changed(update.text, text)
    again = lab.meta_prompt(f"{how.reask}/reask")
    chat = (
        *asked.chat,
        Message("assistant", draft.raw),
        Message("user", again.render({"distance": moved, "words": limit.words, "current": update.text})),
    )
    seed = lab.rng(f"{asked.purpose}: ask {number} again").randrange(2**31)
    sampling = Sampling(temperature=how.temperature, max_tokens=how.room(update.text), seed=seed)
    refused = Refused(lab.step, text, "asked again: over the step size", moved, limit.words)
    return (await write_on(lab.optimizer_model, again, chat, sampling))[0], refused
