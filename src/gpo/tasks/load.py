"""Knows how what a user says of a task becomes a Task, with warnings and a fingerprint of its data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import count
from pathlib import Path

from gpo.core.errors import ConfigError, GPOError, TaskError
from gpo.core.meant import did_you_mean
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Splits, Task, lift
from gpo.tasks.benchmarks.catalog import Dataset, groups, is_benchmark, named
from gpo.tasks.benchmarks.folders import find
from gpo.tasks.benchmarks.read import read_benchmark
from gpo.tasks.columns import LONG_INPUT, Columns, example_of, find_columns, id_of, split_of
from gpo.tasks.fitting import guess, unreadable_targets
from gpo.tasks.grades import exact_match
from gpo.tasks.judge import JUDGE, is_judge
from gpo.tasks.metrics import canonical
from gpo.tasks.pictures import with_pictures
from gpo.tasks.pocket import POCKET_TASKS, SEED_PROMPT, pocket_task
from gpo.tasks.rows import Row, read_rows
from gpo.tasks.scoring.kinds import Answers, answers_of
from gpo.tasks.seed import check_variables, names_seed, seed_prompt, seen_with
from gpo.tasks.settle import Draft, LoadedTask, check_metric, settled
from gpo.tasks.spec import POCKET, PYTHON, TaskSpec, check
from gpo.tasks.split import NAMES, Seen, cut, divide, duplicates
from gpo.tasks.taskfile import Sources, read_task_file

OURS = f'seed prompt: "{SEED_PROMPT}" (none was given; `prompt` or --prompt names another)'
"""What is said where the rows are the user's, and the prompt that a search of them starts from is not."""
Placed = dict[str | None, list[Example]]
"""Examples by the set they name; None for those that name none."""


def load_task(spec: TaskSpec, *, whole: bool = False) -> LoadedTask:
    """The task that a spec names. Raises TaskError for the data and ConfigError for the settings.

    whole: whether all of its rows are wanted, of whichever set: then those that cannot be divided will do.
    """
    check(spec)
    path = Path(spec.source).expanduser()
    if spec.images is not None and (
        spec.source.startswith(POCKET) or (not path.exists() and is_benchmark(spec.source))
    ):
        raise ConfigError(f"images names a column of rows of your own; {spec.source} shows no pictures. Leave it out.")
    if spec.source.startswith(POCKET):
        return _pocket(spec)
    if not path.exists() and is_benchmark(spec.source):
        return _benchmark(spec, named(spec.source))
    if not path.suffix and not path.exists():
        bare = {name.removeprefix(POCKET): name for name in (*POCKET_TASKS, *groups())}
        near = get_close_matches(spec.source, bare, n=1)  # without the prefix, which would make all of them alike
        nearest = did_you_mean(bare[near[0]] if near else spec.source, bare.values())
        raise TaskError(f'There is neither a file nor a ready-made task "{spec.source}".{nearest}')
    if path.suffix.lower() in (".yaml", ".yml"):
        return _from_files(read_task_file(spec), path.stem, whole=whole)
    return _from_files(Sources(spec, {None: path}), path.stem, whole=whole)


def why_refused(sources: Sources, name: str, *, judged: bool) -> str:
    """Why a run would refuse the rows of these files as they are, in the words of its error; "" where it would not.

    No code of the user's own is run. judged: whether a judge marks answers, so that a row needs no right one.
    """
    spec = replace(sources.spec, program=None)
    if judged or (spec.metric or "").startswith(PYTHON):
        spec = replace(spec, metric=f"{JUDGE}:any" if judged else None, metric_options=())
    try:
        _from_files(replace(sources, spec=spec), name, whole=False)
    except GPOError as error:
        return str(error)
    return ""


def _pocket(spec: TaskSpec) -> LoadedTask:
    task = pocket_task(spec.source, spec.split.seed)
    prompt = seed_prompt(spec, task.seed)
    braces = check_variables(prompt, task.splits.train, Columns("input", "target"))
    splits, short = cut(task.splits, spec.split, spec.source)
    task, answers = replace(task, splits=splits, seed=prompt), _answers(splits.train)
    return settled(spec, Draft(task, spec.metric or task.metric_name, warnings=(*braces, *short), answers=answers))


def _benchmark(spec: TaskSpec, dataset: Dataset) -> LoadedTask:
    found = read_benchmark(dataset, find(dataset, spec.data_dir))
    prompt = seed_prompt(spec, found.task.seed)
    braces = check_variables(prompt, found.task.splits.train, Columns(dataset.input, dataset.target))
    repeated = duplicates(found.task.splits, seen_with(prompt))
    every = (*found.task.splits.train, *found.task.splits.selection, *found.task.splits.test)
    unanswerable = unreadable_targets(dataset.answers, every)
    splits, short = cut(found.task.splits, spec.split, dataset.name)
    labels = dataset.labels or (_answers(splits.train).labels if dataset.answers == "boolean" else ())
    draft = Draft(
        replace(found.task, splits=splits, seed=prompt),
        spec.metric or "strict",
        warnings=(*found.warnings, *braces, *unanswerable, *repeated, *short),
        answers=Answers(dataset.answers, labels),
        pool=found.demonstrations,
    )
    return settled(spec, draft)


def _from_files(sources: Sources, name: str, *, whole: bool) -> LoadedTask:
    spec, files = sources.spec, {place: read_rows(path) for place, path in sources.files.items()}
    every_row = [row for rows in files.values() for row in rows]
    judged = is_judge(spec.metric or "")
    if spec.metric and not spec.metric.startswith(PYTHON):
        check_metric(canonical(spec.metric), dict(spec.metric_options))
    columns = find_columns(every_row, spec.input_column, spec.target_column, judged=judged)
    placed, repeated = _placed(files, columns)
    every = [example for examples in placed.values() for example in examples]
    prompt = seed_prompt(spec, Prompt.of(SEED_PROMPT))
    braces = check_variables(prompt, every, columns)
    seen = seen_with(prompt, spec.images)
    try:
        splits, unused = _splits(placed, spec, name, seen)
    except TaskError:
        if not whole:
            raise
        splits, unused = Splits((), (), tuple(every)), ()
    metric, why = (spec.metric, "") if spec.metric else guess(every)
    guessed = (f"metric: {metric}, because {why} (guessed; `metric` or --metric names another)",) if why else ()
    warnings = (*guessed, *unreadable_targets(metric, every), *_long(every), *braces, *repeated, *unused)
    task = Task(name, with_pictures(splits, spec.images, sources.files), lift(exact_match), seed=prompt)
    warnings = (*warnings, *duplicates(splits, seen))
    found = settled(spec, Draft(task, metric, warnings=warnings, answers=_answers(every)))
    return replace(found, seed_note="" if names_seed(spec) else OURS)


def _answers(examples: Sequence[Example]) -> Answers:
    return answers_of([target for example in examples for target in example.targets])


def _long(examples: Sequence[Example]) -> tuple[str, ...]:
    """A warning that counts the rows that most models refuse."""
    long = [each for each in examples if len(each.input) > LONG_INPUT]
    if not long:
        return ()
    rows = "1 row has" if len(long) == 1 else f"{len(long)} rows have"
    return (
        f"{rows} more than {LONG_INPUT:,} characters (the first is {long[0].id}, with {len(long[0].input):,}): a model "
        "that cannot read so much refuses it, and the row stays unanswered",
    )


def _placed(files: Mapping[str | None, tuple[Row, ...]], columns: Columns) -> tuple[Placed, tuple[str, ...]]:
    """The rows as examples by the set they name, and a warning where ids repeat; a number then tells them apart."""
    placed: Placed = {}
    used: set[str] = set()
    repeated: list[str] = []
    for place, rows in files.items():
        for number, row in enumerate(rows, 1):
            own = id_of(row) or f"{place or 'row'}-{number}"
            if own in used:
                repeated.append(own)
                own = f"{own}#{next(each for each in count(len(repeated) + 1) if f'{own}#{each}' not in used)}"
            used.add(own)
            placed.setdefault(place or split_of(row), []).append(example_of(row, columns, own))
    if not repeated:
        return placed, ()
    rows_repeat = "1 row repeats" if len(repeated) == 1 else f"{len(repeated)} rows repeat"
    return placed, (f"{rows_repeat} the id of an earlier row, and got a number to it, such as {repeated[0]}#2",)


def _splits(placed: Placed, spec: TaskSpec, name: str, seen: Seen) -> tuple[Splits, tuple[str, ...]]:
    if set(placed) == {None}:
        return divide(placed[None], spec.split, name, seen)
    if None in placed:
        raise TaskError(
            f"{name}: {len(placed[None])} rows name no split (the first is {placed[None][0].id}), while others do. "
            'Fill the column "split" in every row, or take it out.'
        )
    missing = [each for each in NAMES if each not in placed]
    if missing:
        raise TaskError(
            f"{Path(spec.source).name}: no row is of the set {' or '.join(missing)}. Each of train, selection (or val) "
            'and test needs rows that name it in the column "split", or a file of its own; '
            'without a column "split" they are divided for you.'
        )
    return cut(Splits(*(tuple(placed[each]) for each in NAMES)), spec.split, name)
