"""Knows what a run will take that nobody has paid for yet: its first step is rehearsed. Asks nobody."""

from dataclasses import dataclass, field
from typing import Any

from gpo.core.budget import Budget, ByRole, Spent
from gpo.core.chat import Usage
from gpo.core.optimizer import Optimizer
from gpo.core.task import Task
from gpo.engine.actors import Actors, Asked
from gpo.engine.config import RunConfig
from gpo.engine.habits import habits_of
from gpo.engine.rehearsal import RehearsalLab, rehearse
from gpo.engine.texts import texts
from gpo.models.dialect import estimated
from gpo.models.overhead import Extent, Overhead
from gpo.models.prices import price_of


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is foreseen before the first call.

    writing: what the optimizer model may take until the first new prompt. requests: those to the optimizer model until
    a new prompt is scored. answers: those of the task model until then, besides the ones to the seed prompt on the
    selection set; 0 where that is not foreseen. usual: what a call for an answer, and one for its mark, usually take,
    by role. marks_each ≥ 1: calls of the judge model for one mark.
    """

    writing: Spent = field(default=Spent(1))
    requests: int = field(default=0, kw_only=True)
    answers: int = field(default=0, kw_only=True)
    usual: ByRole = field(default_factory=dict[str, Spent], kw_only=True)
    marks_each: float = field(default=1.0, kw_only=True)


async def foreseen(config: RunConfig, task: Task, optimizer: Optimizer[Any]) -> Foreseen:
    """What the first step of a run takes, where its budget limits more than its time, or a model judges: the largest
    request to the optimizer model at what is reserved for it, everything else at what it mostly takes.
    """
    if not task.judge and not any(_is_limited(each) for each in (config.budget, *config.budget.roles.values())):
        return Foreseen()
    habits, read = habits_of(config), texts(config.own_texts)
    actors = Actors(task, habits["task"], habits["optimizer"], judge_habits=habits["judge"], texts=read)
    await rehearse(optimizer, RehearsalLab(actors, texts=read, seed=config.seed), most_steps=1)
    prices = {role: price_of(model, config.prices) for role, model in config.models(task).items()}

    def spent(role: str, usage: Usage) -> Spent:
        price = prices[role]
        return Spent(1, usage.tokens, usd=price.of(usage) if price else 0.0)

    asked = actors.first_requests
    most = {request: Overhead().most(Extent.of(request)) for request in asked}
    largest = max(most, key=lambda request: most[request].tokens, default=None)
    taken = [most[each] if each == largest else estimated(each, said.texts) for each, said in asked.items()]
    usual = {
        role: spent(role, Usage(round(each.prompt_tokens / each.calls), round(each.completion_tokens / each.calls)))
        for role, each in actors.asked.items()
        if role in ("task", "judge")
    }
    answered, marked = (actors.asked.get(role, Asked()).calls for role in ("task", "judge"))
    marks_each = max(1.0, marked / answered) if answered else 1.0
    rows = len(task.splits.selection)
    requests, answers = actors.until_scored or (0, rows)
    writing = sum((spent("optimizer", usage) for usage in taken), Spent())
    return Foreseen(writing, requests=requests, answers=answers - rows, usual=usual, marks_each=marks_each)


def _is_limited(budget: Budget) -> bool:
    return (budget.calls, budget.tokens, budget.usd) != (None, None, None)
