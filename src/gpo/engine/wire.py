"""Knows how settings become a wired run: models, lab, optimizer. The one place that builds."""

from gpo.core.task import Task
from gpo.engine.ahead import ample
from gpo.engine.config import RunConfig
from gpo.engine.evaluate import Evaluator
from gpo.engine.lab import LiveLab
from gpo.engine.loop import Run
from gpo.engine.sitting import Cast, Sitting, judged
from gpo.engine.texts import kept_texts, texts
from gpo.optimizers.catalog import build
from gpo.store.files import write_whole


def wire(config: RunConfig, task: Task, cast: Cast, sitting: Sitting) -> Run:
    """A run, ready to walk."""
    own, folder = config.own_texts, sitting.store.folder(sitting.run_id)
    read = kept_texts(own, folder, write_whole) if folder else texts(own)
    task, roles = judged(task, cast.judge, read), ("task", "judge") if task.judge else ("task",)
    least = ample(sitting.ledger, roles)
    evaluator = Evaluator(task, cast.task, config.max_failures, at_once=config.concurrency, ample=least)
    lab = LiveLab(
        task,
        cast.optimizer,
        evaluator=evaluator,
        tell=sitting.scribe.tell,
        texts=read,
        seed=config.seed,
        embedder=cast.embedder,
    )
    return Run(
        sitting.run_id,
        build(config.algorithm, task, config.options),
        lab=lab,
        evaluator=evaluator,
        store=sitting.store,
        scribe=sitting.scribe,
        ledger=sitting.ledger,
        clock=sitting.clock,
        algorithm=config.algorithm,
    )
