"""Knows what a run will take before it is made: calls, tokens, dollars, time. Calls no model and keeps nothing.

The numbers of calls come from a rehearsal of the recipe on the task's own rows; tokens from the lengths of rows, texts
and typical replies; dollars from the price table; time from the calls in flight and a latency. What has to be assumed
stands in `Habits`, and can be set.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gpo.core.chat import Usage
from gpo.core.prompt import Prompt
from gpo.core.task import Task
from gpo.engine.actors import Actors, Asked, TaskTurns
from gpo.engine.config import RunConfig
from gpo.engine.habits import Habits
from gpo.engine.limits import TOTAL, by_role, limits_of
from gpo.engine.rehearsal import RehearsalLab, rehearse
from gpo.engine.texts import texts
from gpo.models.endpoints import thinks
from gpo.models.prices import Price, listed, price_of
from gpo.optimizers.catalog import build

EXTRACTION = TaskTurns(((30, 6),))
"""The second turn that asks for the answer alone."""
ENDS_SOONER = "A search that reaches a perfect score ends sooner; proposals that are refused cost no task calls."
_UNTOLD = (None, "", "none")


@dataclass(frozen=True, slots=True)
class Expense:
    """What the calls of one model take. usd is None where its price is unknown."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = field(default=0, kw_only=True)
    usd: float | None = field(default=0.0, kw_only=True)

    @property
    def tokens(self) -> int:
        """Of prompts and completions."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Expense") -> "Expense":
        return Expense(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            usd=None if self.usd is None or other.usd is None else self.usd + other.usd,
        )

    def times(self, count: int) -> "Expense":
        """As much, so many times."""
        usd = None if self.usd is None else count * self.usd
        return Expense(
            count * self.calls, count * self.prompt_tokens, completion_tokens=count * self.completion_tokens, usd=usd
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run takes if it makes all its steps. search: by role; test: by role as well, once, at the end.

    seconds: with the calls in flight that the settings allow. assumed: what was taken for granted of each role's model.
    unpriced: models whose price nobody knows.
    """

    steps: int
    search: Mapping[str, Expense]
    test: Mapping[str, Expense] = field(kw_only=True)
    seconds: float = field(kw_only=True)
    assumed: Mapping[str, Habits] = field(kw_only=True)
    unpriced: tuple[str, ...] = field(default=(), kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def by_role(self) -> dict[str, Expense]:
        """Search and test together."""
        roles = {**self.search, **self.test}
        return {role: self.search.get(role, Expense()) + self.test.get(role, Expense()) for role in roles}

    @property
    def total(self) -> Expense:
        """Over all roles."""
        return sum(self.by_role.values(), Expense())

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "steps": self.steps,
            "search": {role: asdict(each) for role, each in self.search.items()},
            "test": {role: asdict(each) for role, each in self.test.items()},
            "total": asdict(self.total),
            "seconds": round(self.seconds, 1),
            "assumed": {role: asdict(each) for role, each in self.assumed.items()},
            "notes": list(self.notes),
        }


async def estimate(config: RunConfig, task: Task, habits: Mapping[str, Habits]) -> Estimate:
    """What a run with these settings takes on the task. Raises ConfigError for options that a recipe does not take."""
    cut = replace(habits["task"], reply_tokens=min(habits["task"].reply_tokens, task.sampling.max_tokens))
    assumed = {**habits, "task": cut}
    models, searching, testing = config.models(task), _actors(config, task, assumed), _actors(config, task, assumed)
    optimizer = build(config.algorithm, task, config.options)
    steps = await rehearse(optimizer, RehearsalLab(searching, texts=texts(config.own_texts), seed=config.seed))
    await testing.clock.through(testing.evaluate(_finalists(task, steps, assumed), task.splits.test))
    prices = {role: price_of(model, config.prices) for role, model in models.items()}
    search, test = _expenses(searching, prices), _expenses(testing, prices)
    unpriced = tuple(dict.fromkeys(models[role] for role, each in (search | test).items() if each.usd is None))
    return Estimate(
        steps,
        search,
        test=test,
        seconds=searching.clock.now_s + testing.clock.now_s,
        assumed=assumed,
        unpriced=unpriced,
        notes=_notes(config, models, unpriced),
    )


def _actors(config: RunConfig, task: Task, habits: Mapping[str, Habits]) -> Actors:
    return Actors(
        task,
        habits["task"],
        habits["optimizer"],
        judge_habits=habits["judge"],
        texts=texts(config.own_texts),
        turns=EXTRACTION if config.task.extract else TaskTurns(),
        at_once=config.concurrency,
        embeds=config.embedding_model is not None,
    )


def _finalists(task: Task, steps: int, habits: Mapping[str, Habits]) -> tuple[Prompt, ...]:
    """The prompts that are tested: the seed prompt, and one of the usual length where there is a search."""
    found = Prompt.of("word " * habits["optimizer"].prompt_words)
    return (task.seed, found) if steps else (task.seed,)


def _expenses(actors: Actors, prices: Mapping[str, Price | None]) -> dict[str, Expense]:
    return {role: _expense(asked, prices[role]) for role, asked in actors.asked.items()}


def _expense(asked: Asked, price: Price | None) -> Expense:
    usage = Usage(round(asked.prompt_tokens), round(asked.completion_tokens))
    usd = price.of(usage) if price else None
    return Expense(asked.calls, usage.prompt_tokens, completion_tokens=usage.completion_tokens, usd=usd)


def _notes(config: RunConfig, models: Mapping[str, str], unpriced: Sequence[str]) -> tuple[str, ...]:
    """What the numbers do not say."""
    notes = [ENDS_SOONER, *price_notes(unpriced), *_sources(models.values(), config.prices)]
    told = {"task": config.task.reasoning_effort, **config.efforts}
    thinking = sorted({each for role, each in models.items() if thinks(each) or told.get(role) not in _UNTOLD})
    if thinking:
        notes.append(
            f"{' and '.join(thinking)} will think before the answer, and how much nobody knows: thoughts are paid, and "
            "not in these numbers. --reply-tokens counts them in for the task model."
        )
    if config.task.program:
        notes.append("Your program is taken to ask the task model once for each row; if it asks more often, multiply.")
    limits = [
        f"{key} {number:,.10g}{'' if role == TOTAL else f' of the {role} model'}"
        for key, limit in limits_of(config.budget).items()
        for role, number in by_role(limit).items()
    ]
    if limits:
        said = ", ".join(limits)
        notes.append(f"This is without the budget ({said}), which ends the run before it is exceeded.")
    if unpriced and "max_usd" in limits_of(config.budget):
        notes.append("With max_usd no run begins until the price of each of its models is known.")
    return tuple(notes)


def _sources(models: Iterable[str], own: Mapping[str, Any]) -> list[str]:
    """Where the prices come from that are not the user's own, and of which day they are."""
    theirs = (model for model in dict.fromkeys(models) if model not in own)
    lists = dict.fromkeys(found.where for model in theirs if (found := listed(model)))
    return [f"Dollars are by the list prices of {', '.join(lists)}; `prices` in gpo.yaml sets yours."] if lists else []


def price_notes(unpriced: Sequence[str]) -> tuple[str, ...]:
    """What there is to say about models without a price; nothing where there are none."""
    if not unpriced:
        return ()
    known, price = ("is unknown", "price") if len(unpriced) == 1 else ("are unknown", "prices")
    return (
        f"The {price} of {', '.join(unpriced)} {known}; `prices` in gpo.yaml sets them, dollars per million prompt "
        "tokens and completion tokens.",
    )
