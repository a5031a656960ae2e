"""How long recall takes in a long run: a trajectory of 2,000 prompts scored on 100 rows, one more at every step.

Of one prompt in a hundred a row has no answer.

    python benchmarks/recall_speed.py

Medians over the steps, in milliseconds; the aim is 10. Nothing is asserted: a busy machine is no defect.
"""

import asyncio
import random
from statistics import median
from time import perf_counter

from gpo.core.prompt import Prompt, Scored
from gpo.core.trajectory import Point, Trajectory
from gpo.direction.recall import RECALLS
from gpo.direction.similarity import lexical

POINTS, STEPS, WORDS, ROWS, REFUSED = 2_000, 15, 40, 100, 0.01
SAID = (
    "answer the question count every animal in list name first word think step by step give only number write short "
    "reply read carefully input below look at each item decide whether it is fruit or tool then say how many there are"
)


def prompt(chance: random.Random) -> Prompt:
    """A made-up instruction."""
    return Prompt.of(" ".join(chance.choices(SAID.split(), k=WORDS)))


def scored(made: Prompt, chance: random.Random) -> Scored:
    """The prompt with made-up answers; here and there one is missing."""
    scores: list[float | None] = [float(chance.random() < 0.5) for _ in range(ROWS)]
    if chance.random() < REFUSED:
        scores[chance.randrange(ROWS)] = None
    known = [score for score in scores if score is not None]
    return Scored(made, sum(known) / len(known), len(known), unanswered=ROWS - len(known), scores=tuple(scores))


async def alike(text: str, others: tuple[str, ...]) -> tuple[float, ...]:
    """By their letters."""
    return lexical(text, others)


async def measure(rule: str) -> float:
    """Median milliseconds of a step's recall."""
    chance = random.Random(0)
    trajectory: Trajectory = tuple(Point(i, scored(prompt(chance), chance)) for i in range(POINTS))
    took: list[float] = []
    for step in range(STEPS + 1):
        current = prompt(chance)
        trajectory = (*trajectory, Point(POINTS + step, scored(current, chance)))
        start = perf_counter()
        await RECALLS[rule](trajectory, current, 5, alike)
        took.append(1000 * (perf_counter() - start))
    return median(took[1:])  # the first step meets 2,000 prompts that it never saw; a run meets them one by one


def main() -> None:
    """Prints a line for every rule."""
    for rule in RECALLS:
        print(f"{rule:<12} {asyncio.run(measure(rule)):6.1f} ms a step at {POINTS:,} points")


if __name__ == "__main__":
    main()
