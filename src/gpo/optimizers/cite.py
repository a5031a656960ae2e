"""Knows which papers a recipe and the parts in it come from. Pure data and one function."""

from dataclasses import dataclass

from gpo.core.errors import ConfigError
from gpo.core.meant import did_you_mean
from gpo.optimizers.choosing import AUDIBERT, AUER, BIRATTARI, BONETT, KARNIN, WILSON
from gpo.optimizers.classics import BERGSTRA, HOLLAND, KOJIMA, LOSHCHILOV, POLYAK, SPARCK_JONES, STORN, WAGNER
from gpo.optimizers.paper import Paper
from gpo.optimizers.papers import AGRAWAL, GUO, PRYZANT, TANG, YANG, YE, ZEHLE, ZHOU


@dataclass(frozen=True, slots=True)
class Citation:
    """A paper, and what of the recipe comes from it."""

    paper: Paper
    what: str


ALGORITHM = "the algorithm"
GRID = (
    (LOSHCHILOV, "the cosine decay of the step size"),
    (WAGNER, "how far a rewrite moved"),
    (SPARCK_JONES, "which earlier prompts are alike, without an embedding model"),
)
CRITIQUES = (PRYZANT, "criticism of mistakes as a textual gradient")
MOMENTUM = (POLYAK, "momentum, which merged criticism imitates")
EVERY_RUN = (
    (WILSON, "the interval of a score, in every run"),
    (BONETT, "the interval of a difference, in every verdict"),
)

CITED: dict[str, tuple[tuple[Paper, str], ...]] = {
    "ape": ((ZHOU, ALGORITHM),),
    "apo": (
        (PRYZANT, ALGORITHM),
        (AUER, "ranking by upper confidence bounds"),
        (AUDIBERT, "ranking by successive rejects"),
        (KARNIN, "ranking by successive halving"),
    ),
    "capo": ((ZEHLE, ALGORITHM), (GUO, "crossing two prompts"), (BIRATTARI, "racing")),
    "evoprompt-de": ((GUO, ALGORITHM), (STORN, "differential evolution")),
    "evoprompt-ga": ((GUO, ALGORITHM), (HOLLAND, "genetic algorithms")),
    "gepa": ((AGRAWAL, ALGORITHM),),
    "gpo": (
        (TANG, ALGORITHM),
        *GRID,
        (PRYZANT, "criticism of mistakes, where feedback is on"),
        (POLYAK, "momentum, where feedback_trajectory is summarization"),
    ),
    "gpo-paper": ((TANG, ALGORITHM), *GRID),
    "nothing": ((KOJIMA, "the seed prompt where none is given"),),
    "opro": ((YANG, ALGORITHM),),
    "pe2": ((YE, ALGORITHM), CRITIQUES, (WAGNER, "how far a rewrite moved")),
    "random": ((BERGSTRA, "random search as the baseline to beat"),),
    "sgdm": ((TANG, ALGORITHM), CRITIQUES, MOMENTUM),
}


def cite(name: str) -> tuple[Citation, ...]:
    """What to cite after a run of the recipe: its own paper first, then those of its parts, then those of every run.

    Raises ConfigError for a name that has no entry.
    """
    if name not in CITED:
        raise ConfigError(
            f'There is no bibliography of "{name}".{did_you_mean(name, CITED)} '
            "Of an algorithm that was installed besides, its author knows what to cite."
        )
    return tuple(Citation(paper, what) for paper, what in (*CITED[name], *EVERY_RUN))
