"""Knows APE: induce instructions from solved examples, keep the best (Zhou et al., ICLR 2023, arXiv 2211.01910)."""

from typing import Annotated, Literal

from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.core.terms import VoidWith
from gpo.method.breed import breed
from gpo.method.manner import Manner
from gpo.optimizers.options import Count
from gpo.search.ending import Ending
from gpo.search.mating import each_alone, the_first
from gpo.search.population import Generation, Population, PopulationState
from gpo.search.select import fittest

AS_APE = Manner(temperature=0.9)
ROUNDS = 10
ONCE = VoidWith("variant", ("one-shot",))
"""Options of the rounds that only the iterative variant has."""


def ape(
    task: Task,
    *,
    variant: Literal["one-shot", "iterative"] = "iterative",
    queries: Count = 5,
    candidates: Count = 10,
    demos: Count = 5,
    survivors: Annotated[Count, ONCE] = 5,
    paraphrases: Annotated[Count, ONCE] = 2,
    steps: Annotated[int | None, ONCE] = None,
    patience: Count | None = None,
) -> Optimizer[PopulationState]:
    """APE with execution accuracy: every candidate is scored on the whole selection set.

    At each of the first `queries` steps one request shows `demos` solved examples and asks for `candidates`
    instructions. "one-shot" ends there. "iterative" goes on (Monte Carlo search): at every later step each of the
    `survivors` best is paraphrased `paraphrases` times, ROUNDS times where steps is None.
    """
    keep = fittest(survivors)
    induce = Generation(the_first(1), breed("ape/induce", candidates, demos=demos, manner=AS_APE), survive=keep)
    resample = Generation(each_alone, breed("ape/paraphrase", paraphrases, manner=AS_APE), survive=keep)
    rounds = 0 if variant == "one-shot" else ROUNDS
    return Population((*[induce] * queries, resample), Ending(queries + rounds if steps is None else steps, patience))
