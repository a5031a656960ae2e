"""Knows what a run would do, without doing it: for --dry-run. Connects the models, and asks them nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gpo.core.chat import Message
from gpo.core.ledger import Ledger
from gpo.core.showing import expected
from gpo.engine.checkup import Unrecorded
from gpo.engine.clock import Clock
from gpo.engine.config import RunConfig
from gpo.engine.estimate import estimate
from gpo.engine.evaluate import READY
from gpo.engine.foresight import foreseen
from gpo.engine.habits import habits_of
from gpo.engine.prospect import Prospect
from gpo.engine.remarks import metric_said, remarks
from gpo.engine.run import check_beginning
from gpo.engine.sitting import connection_for
from gpo.models.connect import connect, connect_embedder
from gpo.models.hub import hub_file, where
from gpo.models.providers import parted
from gpo.tasks.load import load_task


async def plan(config: RunConfig) -> dict[str, Any]:
    """What is read and meant, as plain JSON values, with the first request as the task model would get it (None with a
    program, which asks in its own way), and what the run would take.

    Raises what the run itself would raise for its settings, its data and its models' names and files; which keys it
    lacks stands in "lacks".
    """
    loaded = load_task(config.task)
    task, optimizer, models = loaded.task, check_beginning(config, loaded.task), config.models(loaded.task)
    notes, lacks = await _connected(config, models)
    clock, ahead = Clock(limit_s=config.budget.seconds), READY * config.concurrency if task.judge else 0
    prospect = Prospect(
        task, Ledger(config.budget), clock=clock, foreseen=await foreseen(config, task, optimizer), ahead=ahead
    )
    short = prospect.objection(scored=False, searched=not optimizer.steps)
    splits, costs = task.splits, await estimate(config, task, habits_of(config))
    return {
        "task": task.name,
        "rows": {"train": len(splits.train), "selection": len(splits.selection), "test": len(splits.test)},
        "metric": task.metric_name,
        "graded_by": metric_said(task),
        "task_model": config.task_model,
        "optimizer_model": config.writer,
        "judge_model": models.get("judge"),
        "algorithm": config.algorithm,
        "steps_at_most": optimizer.steps,
        "seed_prompt": task.seed.text,
        "seed_texts": task.seed.by_name,
        "program": config.task.program,
        "first_request": None if config.task.program else _shown(task.render(task.seed, splits.selection[0])),
        "its_right_answer": expected(splits.selection[0]),
        "would_take": costs.to_dict(),
        "lacks": list(lacks),
        "warnings": [*remarks(config, loaded), *notes, *([short] if short else [])],
    }


def _shown(chat: Sequence[Message]) -> list[dict[str, Any]]:
    return [
        {"role": each.role, "content": each.text, **({"images": len(each.images)} if each.images else {})}
        for each in chat
    ]


async def _connected(config: RunConfig, models: Mapping[str, str]) -> tuple[Sequence[str], Sequence[str]]:
    """Connects every model once, which asks none; notes on those that a run would fetch first, and on keys that are
    missing. Raises GPOError.
    """
    notes, lacks = list[str](), list[str]()
    connection = connection_for(config, Ledger(config.budget), None, Unrecorded())
    connection = replace(connection, warn=lacks.append, asks=False)
    try:
        for role, model in models.items():
            provider, name = parted(model)
            if provider == "hf" and where(hub_file(name)) is None:
                notes.append(f"{model} is not on this machine yet: the run fetches it first")
            elif role == "embedding":
                connect_embedder(model, connection)
            else:
                connect(model, role, connection)
    finally:
        await connection.aclose()
    return notes, lacks
