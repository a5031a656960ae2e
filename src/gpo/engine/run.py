"""Knows a run from its settings to its result: the call that the command line and the Python entry points share."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from gpo.core.budget import Spent
from gpo.core.errors import ConfigError
from gpo.core.events import RunFinished
from gpo.core.ledger import Ledger
from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.engine.changed import identity, unchanged
from gpo.engine.clock import Clock
from gpo.engine.config import RunConfig
from gpo.engine.cut_short import broken_off, how_to_go_on, time_noted
from gpo.engine.foresight import foreseen
from gpo.engine.history import history_of, result_of, seed_of
from gpo.engine.limits import check_above, limits_over
from gpo.engine.loop import Outcome, Run, walk, write_best
from gpo.engine.places import seen_from_folder
from gpo.engine.remarks import remarks
from gpo.engine.result import Result
from gpo.engine.saved import Saved
from gpo.engine.sitting import MEASUREMENT, Audience, Brought, Cast, Sitting, connected, opened, priced
from gpo.engine.texts import check_texts
from gpo.engine.wire import wire
from gpo.observers.jsonl import jsonl
from gpo.observers.shield import shielded
from gpo.optimizers.catalog import build
from gpo.store.contract import Store
from gpo.store.rows import RunRow, Status
from gpo.tasks.load import load_task
from gpo.tasks.seed import SEED_PROMPT
from gpo.tasks.settle import LoadedTask, fingerprint

_ROLES = ("", "optimizer_", "judge_", "embedding_")
PLACES = tuple(f"{role}{what}" for what in ("base_url", "api_key_env") for role in _ROLES)
"""Settings that say where models are asked, and with whose key."""
ON_RESUME = (
    "budget",
    *PLACES,
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "hedge",
    "max_failures",
    "max_retries",
    "timeout_s",
)
"""Settings that may change when a run goes on: they decide what it may take and where, not what it looks for."""


async def start(
    config: RunConfig, store_dir: Path, brought: Brought | None = None, *, audience: Audience | None = None
) -> Result:
    """A new run. Raises GPOError; what was found before stays in the store, and a note on the error says where.

    A run begins once its settings, its data and its models are known to be usable.
    """
    given = brought or Brought()
    loaded = loaded_task(config, given)
    loaded = replace(loaded, warnings=remarks(config, loaded))
    task = loaded.task
    check_beginning(config, task)
    with opened(store_dir) as store:
        sitting = _sitting(config, store, store.new_run_id())
        async with connected(config, task, given, sitting) as cast:
            record = {
                "settings": config.to_dict(),
                "brought": list(given.names),
                **identity(loaded),
                "seed_prompt": task.seed.text,
                "seed_texts": task.seed.by_name,
                "folder": str(Path.cwd()),
                "prices": priced(config, task),
            }
            store.create_run(sitting.run_id, record, task.name, config.algorithm)
            return await _sit(config, loaded, cast, sitting, audience or Audience())


async def resume(
    run_id: str,
    store_dir: Path,
    changes: Mapping[str, Any] | None = None,
    brought: Brought | None = None,
    *,
    audience: Audience | None = None,
) -> Result:
    """A run that goes on from its last step; `changes` to ON_RESUME settings only, such as a larger budget.

    A finished run has nothing more to do: its result is given back as it is, and the test set stays closed.

    Raises ConfigError where the data changed since it began, or the metric with which something was scored, where
    objects that it was started with are not brought, and for a limit below what is spent already.
    """
    given = brought or Brought()
    with opened(store_dir) as store:
        row = store.run(run_id)
        if row.status == "finished" and row.algorithm != MEASUREMENT:
            return result_of(row, store.spent(row.id), store.events(row.id), store.folder(row.id))
        if row.algorithm == MEASUREMENT:
            raise ConfigError(
                f"{row.id} is a measurement, not a run: type the same `gpo eval` again; answers are kept."
            )
        check_above(store.spent(row.id), (changes or {}).get("budget", {}))
        before = settings_of(row)
        config = _changed(before, changes or {}, row.id)
        _check_brought(row, given)
        loaded = loaded_task(config, given)
        mended = unchanged(store, row, loaded)
        loaded = replace(loaded, warnings=(*remarks(config, loaded), *_moved(before, config, loaded.task), *mended))
        sitting, task = _sitting(config, store, row.id, since=_since(store, row)), loaded.task
        async with connected(config, task, given, sitting) as cast:
            return await _sit(config, loaded, cast, sitting, audience or Audience())


def loaded_task(config: RunConfig, brought: Brought) -> LoadedTask:
    """The task of the settings, or the one that was brought."""
    if brought.task is None:
        return load_task(config.task)
    return LoadedTask(brought.task, (), fingerprint=fingerprint(brought.task))


def check_beginning(config: RunConfig, task: Task) -> Optimizer[Any]:
    """The optimizer of a run that could begin. Raises ConfigError for options it does not take and for a seed prompt
    without a word, MetaPromptError for texts of the user's own that cannot be used.
    """
    optimizer = build(config.algorithm, task, config.options)
    if optimizer.steps and not any(character.isalnum() for character in task.seed.text):
        raise ConfigError(
            "The seed prompt is empty, and a search rewrites the prompt that it has. Begin with a few words, such as "
            f'"{SEED_PROMPT}" (--prompt); `gpo eval --prompt ""` tells what the model does unasked.'
        )
    check_texts(config.own_texts)
    return optimizer


def settings_of(row: RunRow) -> RunConfig:
    """The settings that a run was started with, its paths seen from where that was."""
    settings = seen_from_folder(row.config["settings"], Path(row.config["folder"]))
    return RunConfig.from_mapping(settings, f"run {row.id}")


def _changed(config: RunConfig, changes: Mapping[str, Any], run_id: str) -> RunConfig:
    for key in changes:
        if key not in ON_RESUME:
            raise ConfigError(
                f"{key} cannot change when a run goes on; only {', '.join(ON_RESUME)} can. Start a new run instead."
            )
    merged = {**config.to_dict(), **changes}
    if "budget" in changes:
        merged["budget"] = limits_over(config.to_dict().get("budget"), changes["budget"])
    return RunConfig.from_mapping(merged, f"run {run_id}")


def _moved(before: RunConfig, now: RunConfig, task: Task) -> tuple[str, ...]:
    """What to know where models are asked elsewhere than when the run began: answers are kept by their address."""
    asked = now.models(task)
    moved = [
        f"{role} at {endpoint.base_url or 'its provider'}"
        for role, endpoint in now.endpoints.items()
        if endpoint.base_url != before.endpoints[role].base_url and role in asked
    ]
    again = "what they answered there within a step that was not finished is asked again"
    return (f"models are asked elsewhere than before ({', '.join(moved)}): {again}",) if moved else ()


def _check_brought(row: RunRow, given: Brought) -> None:
    lacking = [name for name in row.config["brought"] if name not in given.names]
    if lacking:
        raise ConfigError(
            f"The run {row.id} was started from Python with its own {', '.join(lacking)}: resume it there, "
            f'with gpo.optimize(..., resume="{row.id}").'
        )


def _since(store: Store, row: RunRow) -> int:
    """From which call on what a run met still holds: where it failed, somebody may have mended the cause."""
    config = store.run(row.id).config
    if row.status != "failed":
        return config.get("since", 0)
    store.amend_run(row.id, {**config, "since": (since := store.last_call())})
    return since


def _sitting(config: RunConfig, store: Store, run_id: str, *, since: int = 0) -> Sitting:
    """A sitting that goes on where the last one ended, in time and in money."""
    saved = store.last_state(run_id)
    stepped_s = Saved.read(saved[1]).elapsed_s if saved else 0.0  # all there is in a store of an earlier version
    clock = Clock(max(stepped_s, store.elapsed_s(run_id)), config.budget.seconds)
    ledger = Ledger(config.budget, spent=store.spent(run_id), elapsed_s=clock.elapsed_s)
    refused = store.refused(run_id, since)
    return Sitting(run_id, store, ledger=ledger, clock=clock, since=since, refused=refused)


async def _sit(config: RunConfig, loaded: LoadedTask, cast: Cast, sitting: Sitting, audience: Audience) -> Result:
    """One sitting of a run: from where it stands to its end, or to the first error."""
    store, run_id = sitting.store, sitting.run_id
    with store.lock_run(run_id), ExitStack() as stack:
        store.clear_stop(run_id)
        store.finish_run(run_id, "running", "", {})
        stack.callback(time_noted, store, run_id, sitting.clock)
        watching = [stack.enter_context(watch(lambda: sitting.ledger.by_role)) for watch in audience.watches]
        folder = store.folder(run_id)
        log = [jsonl(folder / "events.jsonl")] if folder else []
        sitting.scribe.observers = [shielded(each) for each in (*watching, *log, *audience.observers)]
        run = wire(config, loaded.task, cast, sitting)
        run.evaluator.stopped = audience.stopped
        with broken_off(store, run_id, partial(how_to_go_on, store, run_id, in_python=audience.in_python)):
            run = replace(run, foreseen=await foreseen(config, loaded.task, run.optimizer))
            outcome = await walk(run, loaded.warnings)
            return await _ended(run, outcome, loaded.warnings)


async def _ended(run: Run, outcome: Outcome, warnings: tuple[str, ...]) -> Result:
    tested = outcome.tested
    word = tested.verdict.word if tested.verdict else ""
    run.scribe.tell(RunFinished(run.id, outcome.stopped_because, outcome.best.prompt.shown, word))
    write_best(run, outcome.best.prompt)
    run.store.append_events(run.id, run.scribe.take())
    await run.store.flush()
    events = run.store.events(run.id)
    judged = {"judge": Spent()} if run.lab.task.judge else {}
    result = Result(
        run.id,
        seed=seed_of(run.lab.task.seed, events),
        scored=outcome.best,
        verdict=tested.verdict,
        no_verdict=tested.no_verdict,
        test_failures=tested.failures,
        history=history_of(events),
        cost={"task": Spent(), "optimizer": Spent(), **judged, **run.ledger.by_role},
        stopped_because=outcome.stopped_because,
        complete=outcome.complete,
        folder=run.store.folder(run.id),
        seconds=run.clock.elapsed_s(),
        warnings=tuple(dict.fromkeys((*warnings, *run.scribe.warned))),
    )
    status: Status = "finished" if outcome.complete else "stopped"
    run.store.finish_run(run.id, status, outcome.stopped_because, result.to_dict())
    return result
