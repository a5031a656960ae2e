"""Knows what the first new prompt may take to be written, before one is: the first step is rehearsed. Asks nobody."""

from typing import Any

from gpo.core.budget import Budget, Spent
from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.engine.actors import Actors, Habits
from gpo.engine.config import RunConfig
from gpo.engine.rehearsal import RehearsalLab, rehearse
from gpo.engine.texts import texts
from gpo.models.dialect import estimated
from gpo.models.overhead import Overhead
from gpo.models.prices import price_of


async def writing(config: RunConfig, task: Task, optimizer: Optimizer[Any]) -> Spent:
    """What the optimizer model takes until the first new prompt: the largest request at what is reserved for it, the
    others at what they mostly take. One call, and nothing else, where neither tokens nor dollars are limited.
    """
    if not any(_is_metered(each) for each in (config.budget, *config.budget.roles.values())):
        return Spent(1)
    actors = Actors(task, Habits(), Habits())
    own = texts(config.own_texts)
    await rehearse(optimizer, RehearsalLab(actors, texts=own, seed=config.seed), most_steps=1)
    asked, price = actors.first_requests, price_of(config.writer, config.prices)
    most = {request: Overhead().most(request) for request in asked}
    largest = max(most, key=lambda request: most[request].tokens, default=None)
    taken = [most[each] if each == largest else estimated(each, said.texts) for each, said in asked.items()]
    spent = (Spent(1, usage.tokens, usd=price.of(usage) if price else 0.0) for usage in taken)
    return sum(spent, Spent())


def _is_metered(budget: Budget) -> bool:
    return budget.tokens is not None or budget.usd is not None
