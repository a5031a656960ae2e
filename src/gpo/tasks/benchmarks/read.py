"""Knows how the files of a dataset become a task, with the paper's division, examples and demonstrations."""

from dataclasses import dataclass
from pathlib import Path

from gpo.core.chat import Sampling
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Splits, Task, lift
from gpo.tasks.benchmarks.catalog import FILES, Dataset
from gpo.tasks.benchmarks.folders import differing
from gpo.tasks.columns import Columns, example_of
from gpo.tasks.grades import exact_match
from gpo.tasks.rows import Row, read_rows
from gpo.tasks.seed import SEED_PROMPT

MAX_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A task of a benchmark, not yet graded; the demonstrations it may show; what is odd about its files."""

    task: Task
    demonstrations: tuple[Example, ...]
    warnings: tuple[str, ...]


def read_benchmark(dataset: Dataset, folder: Path) -> Benchmark:
    """What the five files of a folder hold. Raises TaskError naming file and line.

    The task is asked as the paper asks it: the instruction after the question, at most 256 tokens, temperature 0,
    beginning with the zero-shot chain-of-thought sentence.
    """
    examples = {part: _examples(dataset, part, folder) for part in FILES}
    task = Task(
        dataset.name,
        Splits(examples["train"], examples["selection"], examples["test"]),
        lift(exact_match),
        seed=Prompt.of(SEED_PROMPT),
        position="after",
        shown=examples["format"],
        sampling=Sampling(temperature=0.0, max_tokens=MAX_TOKENS),
    )
    changed = differing(dataset, folder)
    differs = (f"not the published file: {', '.join(changed)} in {folder}",) if changed else ()
    return Benchmark(task, examples["few_shot"], differs)


def rows_of(dataset: Dataset, folder: Path) -> dict[str, tuple[Row, ...]]:
    """The rows of every file by what it holds. Raises TaskError naming file and line."""
    return {part: read_rows(folder / name) for part, name in FILES.items()}


def _examples(dataset: Dataset, part: str, folder: Path) -> tuple[Example, ...]:
    columns = Columns(dataset.input, dataset.target)
    rows = read_rows(folder / FILES[part])
    return tuple(example_of(row, columns, f"{part}-{number}") for number, row in enumerate(rows, 1))
