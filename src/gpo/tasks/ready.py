"""Knows the tasks that need no rows of the user's: those of the pocket world, and the benchmarks."""

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from gpo.core.errors import ConfigError, TaskError
from gpo.core.meant import did_you_mean
from gpo.tasks.benchmarks.catalog import Dataset, groups, is_benchmark, named
from gpo.tasks.benchmarks.folders import find
from gpo.tasks.benchmarks.read import read_benchmark
from gpo.tasks.columns import Columns
from gpo.tasks.fitting import answers_in, unreadable_targets
from gpo.tasks.pocket import POCKET_TASKS, pocket_task
from gpo.tasks.scoring.kinds import Answers
from gpo.tasks.seed import check_variables, seed_prompt, seen_with
from gpo.tasks.settle import Draft, LoadedTask, settled
from gpo.tasks.spec import POCKET, TaskSpec
from gpo.tasks.split import cut, duplicates


def ready_made(spec: TaskSpec) -> LoadedTask | None:
    """The task of that name; None where the name is that of a file. Raises TaskError where it is neither."""
    ours = spec.source.startswith(POCKET)
    if not ours and not is_benchmark(spec.source):
        if Path(spec.source).suffix:
            return None
        bare = {name.removeprefix(POCKET): name for name in (*POCKET_TASKS, *groups())}
        near = get_close_matches(spec.source, bare, n=1)  # without the prefix, which would make all of them alike
        nearest = did_you_mean(bare[near[0]] if near else spec.source, bare.values())
        raise TaskError(f'There is neither a file nor a ready-made task "{spec.source}".{nearest}')
    if spec.images is not None:
        raise ConfigError(f"images names a column of rows of your own; {spec.source} shows no pictures. Leave it out.")
    return _pocket(spec) if ours else _benchmark(spec, named(spec.source))


def _pocket(spec: TaskSpec) -> LoadedTask:
    task = pocket_task(spec.source, spec.split.seed)
    prompt = seed_prompt(spec, task.seed)
    braces = check_variables(prompt, task.splits.train, Columns("input", "target"))
    splits, short = cut(task.splits, spec.split, spec.source)
    task, answers = replace(task, splits=splits, seed=prompt), answers_in(splits.train)
    return settled(spec, Draft(task, spec.metric or task.metric_name, warnings=(*braces, *short), answers=answers))


def _benchmark(spec: TaskSpec, dataset: Dataset) -> LoadedTask:
    found = read_benchmark(dataset, find(dataset, spec.data_dir))
    prompt = seed_prompt(spec, found.task.seed)
    braces = check_variables(prompt, found.task.splits.train, Columns(dataset.input, dataset.target))
    repeated = duplicates(found.task.splits, seen_with(prompt))
    every = (*found.task.splits.train, *found.task.splits.selection, *found.task.splits.test)
    unanswerable = unreadable_targets(dataset.answers, every)
    splits, short = cut(found.task.splits, spec.split, dataset.name)
    labels = dataset.labels or (answers_in(splits.train).labels if dataset.answers == "boolean" else ())
    draft = Draft(
        replace(found.task, splits=splits, seed=prompt),
        spec.metric or "strict",
        warnings=(*found.warnings, *braces, *unanswerable, *repeated, *short),
        answers=Answers(dataset.answers, labels),
        pool=found.demonstrations,
    )
    return settled(spec, draft)
