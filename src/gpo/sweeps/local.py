"""Knows how the runs of a league are made in this process, several side by side; killed at any time, it goes on."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

from gpo.core.chat import Model
from gpo.core.errors import GPOError, ModelError, StoreError
from gpo.core.keys import content_key
from gpo.core.prompt import Prompt
from gpo.core.task import Task
from gpo.core.together import together
from gpo.engine.config import RunConfig
from gpo.engine.evaluate import Evaluator
from gpo.engine.result import Result
from gpo.engine.run import resume, start
from gpo.engine.sitting import Brought, opened
from gpo.models.retrying import Retrying
from gpo.sweeps.plan import Planned
from gpo.sweeps.results import Finished, finished, keep, known
from gpo.sweeps.shared import Memory, SharedModel, Unrecorded, shared_model

RUNS, EXAM = "runs", "exam"
FAILURES_IN_A_ROW = 3
ORIGIN = "gpo league"
GO_ON = "Once the cause is mended, the same command goes on."


@dataclass(frozen=True, slots=True)
class Manner:
    """How a league is made; none of it changes a score.

    at_once: runs side by side. share_answers: whether runs share the task model's answers (only at temperature 0); the
    budgets count every call all the same. keep_runs: whether the store of a run stays when its outcome is written.
    """

    at_once: int = 2
    share_answers: bool = False
    keep_runs: bool = field(default=True, kw_only=True)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a league is. done: runs there are outcomes of, `done_now` of them made in this sitting; failed: runs
    that broke off in it; last: the newest outcome, or None after a failure, which `failure` then tells.
    """

    done: int
    size: int
    done_now: int = field(kw_only=True)
    failed: int = field(kw_only=True)
    elapsed_s: float = field(kw_only=True)
    last: Finished | None = field(default=None, kw_only=True)
    failure: str = field(default="", kw_only=True)

    @property
    def seconds_left(self) -> float | None:
        """At the pace of this sitting; None where there is no pace yet."""
        tried = self.done_now + self.failed
        return (self.size - self.done - self.failed) * self.elapsed_s / tried if tried else None


Tasks = Mapping[tuple[str, int], Task]
"""The task of every name and seed: a seed may divide or draw the rows differently."""


@dataclass(slots=True)
class _Hall:
    """What the runs of one sitting have in common."""

    folder: Path
    plan: Sequence[Planned]
    tasks: Tasks = field(kw_only=True)
    manner: Manner = field(kw_only=True)
    model: SharedModel = field(kw_only=True)
    tell: Callable[[Progress], None] = field(kw_only=True)
    slots: asyncio.Semaphore = field(kw_only=True)
    outcomes: dict[str, Finished] = field(kw_only=True)
    failures: dict[str, str] = field(default_factory=dict[str, str], kw_only=True)
    failed_in_a_row: int = field(default=0, kw_only=True)
    done_before: int = field(kw_only=True)
    started: float = field(default_factory=time.monotonic, kw_only=True)

    def told(self, last: Finished | None, failure: str = "") -> None:
        done = len(self.outcomes)
        progress = Progress(
            done,
            len(self.plan),
            done_now=done - self.done_before,
            failed=len(self.failures),
            elapsed_s=time.monotonic() - self.started,
            last=last,
            failure=failure,
        )
        self.tell(progress)


async def sweep(
    plan: Sequence[Planned],
    tasks: Tasks,
    folder: Path,
    manner: Manner = Manner(),
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Mapping[str, str]:
    """Makes the runs that have no outcome yet, goes on with those under way, and tells of each when it ends.

    Gives back why runs broke off, by id: a failing model is no score. Those are tried again the next time. Three in a
    row end the sweep with the last one's error, as does at once whatever no further run would survive: a refused key,
    wrong settings, a full disk. Raises GPOError.
    """
    outcomes = dict(known(folder, plan))
    todo = [each for each in plan if each.id not in outcomes]
    if not todo:
        return {}
    async with _model_for(todo[0], folder, manner) as model:
        hall = _Hall(
            folder,
            plan,
            tasks=tasks,
            manner=manner,
            model=model,
            tell=tell,
            slots=asyncio.Semaphore(manner.at_once),
            outcomes=outcomes,
            done_before=len(outcomes),
        )
        await together(_made(hall, planned) for planned in todo)
        return hall.failures


@asynccontextmanager
async def _model_for(planned: Planned, folder: Path, manner: Manner) -> AsyncGenerator[SharedModel]:
    """The task model of the tests, and of all searches where answers are shared.

    The pocket model's answers stay in memory, for they are quickly had again; others are kept on the disk.
    """
    config = RunConfig.from_mapping(planned.settings, ORIGIN)
    with ExitStack() as stack:
        if config.task_model == "pocket":
            model = shared_model(config, manner.at_once, Memory(), Unrecorded())
        else:
            try:
                store = stack.enter_context(opened(folder / EXAM))
            except StoreError as error:
                error.add_note(GO_ON)
                raise
            model = shared_model(config, manner.at_once, store, store.journal(EXAM))
        try:
            yield model
        finally:
            await model.aclose()


async def _made(hall: _Hall, planned: Planned) -> None:
    """One run, from wherever it stands to its outcome on the disk."""
    async with hall.slots:
        try:
            outcome = await _outcome(hall, planned)
        except GPOError as error:
            hall.failed_in_a_row += 1
            if _stops_all(error) or hall.failed_in_a_row >= FAILURES_IN_A_ROW:
                # What the engine noted tells how to go on with one run, which only a league can do.
                error.__notes__ = [f"That was {planned.name}. {GO_ON}"]
                raise
            hall.failures[planned.id] = str(error)
            hall.told(None, f"{planned.name}: {error}")
            return
        keep(hall.folder, outcome)
        if not hall.manner.keep_runs:
            rmtree(_store_of(hall, planned), ignore_errors=True)
        hall.failed_in_a_row = 0
        hall.outcomes[planned.id] = outcome
        hall.told(outcome)


def _stops_all(error: GPOError) -> bool:
    """Whether every further run would end like this one."""
    return not isinstance(error, ModelError) or error.fatal


async def _outcome(hall: _Hall, planned: Planned) -> Finished:
    """The search without its test rows, under the budget; then the test, on top of it."""
    config = RunConfig.from_mapping(planned.settings, ORIGIN)
    task = hall.tasks[planned.task, planned.seed]
    result = await _searched(config, _sealed(task), _store_of(hall, planned), _searching_with(hall, task))
    model = Retrying(hall.model.model, config.max_retries)
    before, after = await _tested(task, model, config.max_failures, (result.seed.prompt, result.best))
    return finished(planned, result, before, after)


def _sealed(task: Task) -> Task:
    """The task as a search sees it: without test rows there is nothing to set aside, and nothing to peek at."""
    return replace(task, splits=replace(task.splits, test=()))


def _searching_with(hall: _Hall, task: Task) -> Model | None:
    """The shared model, where its answers depend on the request alone."""
    return hall.model.model if hall.manner.share_answers and task.sampling.temperature == 0 else None


async def _searched(config: RunConfig, task: Task, store_dir: Path, model: Model | None) -> Result:
    """A new run, or the one that is under way in the folder. Where that was asked in another place or at another pace
    (base_url, concurrency), a new one begins beside it, and finds the answers of those requests that are the same.
    """
    brought = Brought(task, model)
    if (store_dir / "gpo.sqlite").is_file():
        with opened(store_dir) as store:
            under_way = next(iter(store.runs()), None)
        if under_way and content_key(under_way.config["settings"]) == content_key(config.to_dict()):
            return await resume(under_way.id, store_dir, brought=brought)
    return await start(config, store_dir, brought)


async def _tested(
    task: Task, model: Model, max_failures: int, prompts: tuple[Prompt, Prompt]
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """The scores of both prompts on the test rows, row by row."""
    different = tuple({prompt.id: prompt for prompt in prompts}.values())
    evaluations = await Evaluator(task, model, max_failures).evaluate(different, task.splits.test)
    return evaluations[0].scores, evaluations[-1].scores


def _store_of(hall: _Hall, planned: Planned) -> Path:
    return hall.folder / RUNS / planned.id
