"""Knows how what a user says of a task becomes a Task, with warnings and a fingerprint of its data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from gpo.core.errors import GPOError, TaskError
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Splits, Task, lift
from gpo.tasks.columns import LONG_INPUT, Columns, example_of, find_columns, id_of, split_of
from gpo.tasks.fitting import answers_in, guess, unreadable_targets
from gpo.tasks.grades import exact_match
from gpo.tasks.judge import JUDGE, is_judge
from gpo.tasks.metrics import canonical
from gpo.tasks.rows import Row, read_rows
from gpo.tasks.seed import SEED_PROMPT, check_variables, names_seed, seed_prompt, seen_with
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
    if spec.source.startswith(POCKET) or not path.exists():
        from gpo.tasks.ready import ready_made  # a world and a catalog: nothing for whoever brings rows

        if (ready := ready_made(spec)) is not None:
            return ready
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
    if spec.images is not None:
        from gpo.tasks.pictures import with_pictures

        splits = with_pictures(splits, spec.images, sources.files)
    task = Task(name, splits, lift(exact_match), seed=prompt)
    warnings = (*warnings, *duplicates(splits, seen))
    found = settled(spec, Draft(task, metric, warnings=warnings, answers=answers_in(every)))
    return replace(found, seed_note="" if names_seed(spec) else OURS)


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
