"""Knows how proposals become more or fewer, blind to scores and mistakes: paraphrases, and a draw."""

from dataclasses import replace
from functools import partial

from gpo.core.events import Refused
from gpo.core.lab import Lab, side_by_side
from gpo.core.prompt import Prompt
from gpo.core.update import Part, Update
from gpo.core.writing import Written
from gpo.method.asking import Asked, drafts, values_of
from gpo.method.guard import fingerprint
from gpo.method.judge import judge
from gpo.method.manner import Manner


def paraphrase(n: int, manner: Manner | None = None, *, also_current: bool = True) -> Part:
    """A part that adds n paraphrases of every proposal and, where asked, of the current prompt."""
    how = manner or Manner()

    async def part(update: Update, lab: Lab) -> Update:
        sources = [*([update.current.prompt] if also_current else []), *(each.prompt for each in update.proposals)]
        written = await side_by_side(lab, [partial(_paraphrased, update, each, n, how) for each in sources])
        varied = judge(update, lab, how, [draft for each in written for draft in each], "paraphrase")
        # Where there was a critique, and what it led to could be read, the model does speak the format.
        heard = update.feedback and not update.unreadable
        return replace(varied, unreadable="" if heard else varied.unreadable)

    return part


def draw(n: int) -> Part:
    """A part that keeps n of the proposals, drawn at random; the others are told as refused, and may come again."""

    async def part(update: Update, lab: Lab) -> Update:
        places = range(len(update.proposals))
        drawn = frozenset(lab.rng("draw").sample(places, min(n, len(places))))
        left_out = [update.proposals[place] for place in places if place not in drawn]
        for each in left_out:
            lab.emit(Refused(lab.step, each.prompt.shown, f"not drawn: {n} of {len(places)} go on", each.distance))
        kept = tuple(update.proposals[place] for place in sorted(drawn))
        forgotten = {fingerprint(each.prompt.text) for each in left_out}
        return replace(update, proposals=kept, seen=update.seen - forgotten)

    return part


async def _paraphrased(update: Update, prompt: Prompt, n: int, how: Manner, lab: Lab) -> tuple[Written, ...]:
    source = replace(update, current=replace(update.current, prompt=prompt))
    values, text = values_of(source, lab, how), f"{how.texts}/paraphrase"
    return await drafts(Asked(source, lab, text=text, how=how, values=values, purpose="paraphrase"), n)
