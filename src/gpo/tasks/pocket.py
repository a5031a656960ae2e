"""Knows the ready-made tasks of the pocket world: rows made by seed from inputs that the pocket model never saw."""

import random
from difflib import get_close_matches

from gpo.core.chat import Sampling
from gpo.core.errors import TaskError
from gpo.core.meant import did_you_mean
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Splits, Task, lift
from gpo.tasks.grades import exact_match
from gpo.tasks.seed import SEED_PROMPT
from gpo.tasks.world import OFFERED, make_examples

TRAIN, SELECTION, TEST = 50, 50, 200
POCKET_TASKS = tuple(f"pocket/{name}" for name in OFFERED)


def pocket_task(name: str, seed: int = 0) -> Task:
    """The task `pocket/<skill>`: 50 training, 50 selection and 200 test rows with different inputs.

    Raises TaskError for an unknown name.
    """
    skill = name.removeprefix("pocket/")
    if skill not in OFFERED:
        near = get_close_matches(skill, OFFERED, n=1)  # without the prefix, which would make all of them alike
        hint = did_you_mean(f"pocket/{near[0]}" if near else skill, POCKET_TASKS)
        raise TaskError(f'There is no task "{name}".{hint}')
    rows = make_examples(skill, TRAIN + SELECTION + TEST, random.Random(f"{seed}:{skill}"), set())
    examples = [Example(f"{skill}-{i}", text, (target,)) for i, (text, target) in enumerate(rows)]
    splits = Splits(
        tuple(examples[:TRAIN]), tuple(examples[TRAIN : TRAIN + SELECTION]), tuple(examples[TRAIN + SELECTION :])
    )
    return Task(
        f"pocket/{skill}",
        splits,
        lift(exact_match),
        seed=Prompt.of(SEED_PROMPT),
        position="before",
        sampling=Sampling(temperature=0.0, max_tokens=64),
        metric_name="exact_match",
    )
