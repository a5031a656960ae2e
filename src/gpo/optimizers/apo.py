"""Knows APO, also called ProTeGi: textual gradients, edits, paraphrases, a beam and a bandit (arXiv 2305.03495).

Pryzant, Iter, Li, Lee, Zhu, Zeng, EMNLP 2023. The page docs/papers/apo.md lists where it departs from the paper and its
released code.
"""

from typing import Annotated

from gpo.core.errors import ConfigError
from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.core.terms import VoidWith
from gpo.core.update import Part, chain
from gpo.direction.mistakes import draw_mistakes
from gpo.direction.reflect import reflect
from gpo.method.manner import Manner, room
from gpo.method.refine import refine_each
from gpo.method.vary import draw, paraphrase
from gpo.optimizers.options import Count
from gpo.search.beam import Beam, BeamState
from gpo.search.ending import Ending
from gpo.search.rank import Ranking, ranking

MAX_TOKENS = 1024
"""Of all that the optimizer model writes, as in the released code."""

AS_APO = Manner(texts="apo", temperature=0.7, room=room(MAX_TOKENS))
"""The released code's temperature, for critiques as well."""

UNCRITICIZED, NO_BANDIT = VoidWith("gradients", (0,)), VoidWith("rank", ("all", "sh", "sr"))


def apo(
    task: Task,
    *,
    steps: int = 6,
    beam: Count = 4,
    batch: Annotated[Count, UNCRITICIZED] = 64,
    gradients: int = 4,
    errors: Annotated[Count, UNCRITICIZED] = 4,
    paraphrases: int = 2,
    expansions: Count = 8,
    rank: Ranking = "ucb",
    calls: Annotated[Count, VoidWith("rank", ("all",))] = 2048,
    pull: Annotated[Count, NO_BANDIT] = 32,
    explore: Annotated[float, NO_BANDIT] = 1.0,
    patience: Count | None = None,
) -> Optimizer[BeamState]:
    """APO with the defects of the released code mended.

    gradients: critiques of each prompt of the beam, each of `errors` mistakes on `batch` training rows drawn for it,
    and each followed by one edit; 0 leaves paraphrases alone. paraphrases: of each edit and of the prompt itself.
    expansions: how many of all these go on, drawn at random. rank: how the `beam` that are scored on the whole
    selection set are found among them, with at most `calls` task calls a step; "all" scores every one of them.
    pull, explore: of the bandits, see `ranking`. Raises ConfigError where neither critiques nor paraphrases are wanted.
    """
    if not gradients + paraphrases:
        raise ConfigError("apo.gradients and apo.paraphrases are both 0: nothing would be tried. Set one of them.")
    criticized: tuple[Part, ...] = (
        draw_mistakes(batch),
        reflect("apo", groups=gradients, errors=errors, temperature=AS_APO.temperature, max_tokens=MAX_TOKENS),
        refine_each("edit", 1, AS_APO),
    )
    varied = (paraphrase(paraphrases, AS_APO),) if paraphrases else ()
    part = chain(*(criticized if gradients else ()), *varied, draw(expansions))
    return Beam(part, Ending(steps, patience), width=beam, rank=ranking(rank, calls, pull, explore))
