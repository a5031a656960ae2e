"""Knows how a league is checked before anything is spent: every task loads, every algorithm builds on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from gpo.core.errors import ConfigError
from gpo.core.task import Task
from gpo.engine.config import RunConfig
from gpo.engine.remarks import seed_notes
from gpo.engine.texts import edition
from gpo.models.prices import price_of, unknown_price
from gpo.optimizers.catalog import build
from gpo.optimizers.meaning import embeds
from gpo.sweeps.local import ORIGIN
from gpo.sweeps.plan import League, Planned, plan, settings_of
from gpo.tasks.load import load_task
from gpo.tasks.settle import LoadedTask

_OTHERWISE = "limit calls or tokens instead (--max-calls, --max-tokens)"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A league whose runs can begin. tasks: by name and seed. warnings: what there is to say about the data."""

    plan: tuple[Planned, ...]
    tasks: Mapping[tuple[str, int], Task]
    warnings: tuple[str, ...] = field(kw_only=True)


def prepare(league: League) -> Prepared:
    """The runs of a league with their tasks. Raises ConfigError and TaskError for what cannot be. Calls no model."""
    _check(league)
    loaded = {(task, seed): _loaded(league, task, seed) for task, seed in product(league.tasks, league.seeds)}
    for (task, _), found in loaded.items():
        if found.task.judge:
            raise ConfigError(
                f"{task}: the metric is a judge, and the table of a league has no place for what a judge takes. Choose "
                "a metric that is a function (--set metric=…)."
            )
    _check_dollars(league, next(iter(loaded.values())).task)
    for (task, seed), entrant in product(loaded, league.entrants):
        if seed == league.seeds[0]:
            build(entrant.algorithm, loaded[task, seed].task, entrant.options)
    notes = ((task, each) for (task, _), found in loaded.items() for each in (*seed_notes(found), *found.warnings))
    warnings = dict.fromkeys(f"{task}: {each}" for task, each in notes)
    idle = league.settings.get("embedding_model") and not any(
        embeds(each.algorithm, each.options) for each in league.entrants
    )
    return Prepared(
        plan(league, {cell: each.fingerprint for cell, each in loaded.items()}, edition()),
        {cell: each.task for cell, each in loaded.items()},
        warnings=(
            *warnings,
            *(("embedding_model is not used: none of the algorithms compares texts",) if idle else ()),
        ),
    )


def _loaded(league: League, task: str, seed: int) -> LoadedTask:
    settings = settings_of(league, league.entrants[0], task, seed, league.limits[0])
    return load_task(RunConfig.from_mapping(settings, ORIGIN).task)


def _check(league: League) -> None:
    """Raises ConfigError where a league lacks something or holds it twice."""
    parts = {
        "algorithm": [entrant.name for entrant in league.entrants],
        "task": league.tasks,
        "seed": league.seeds,
        "budget": [limit.label for limit in league.limits],
    }
    for what, names in parts.items():
        if not names:
            raise ConfigError(f"A league needs at least one {what}, and none is given.")
        twice = [str(name) for name in names if list(names).count(name) > 1]
        if twice:
            raise ConfigError(f"The {what} {twice[0]} is given twice; each takes part once.")


def _check_dollars(league: League, task: Task) -> None:
    """Raises ConfigError for a budget of dollars that nobody can keep, or that no run would ever come to."""
    limit = next((each for each in league.limits if each.kind == "usd" and each.amount is not None), None)
    if limit is None:
        return
    settings = settings_of(league, league.entrants[0], league.tasks[0], league.seeds[0], limit)
    config = RunConfig.from_mapping(settings, ORIGIN)
    models = config.models(task)
    prices = {
        model: price_of(model, config.prices, config.endpoints[role].base_url or "") for role, model in models.items()
    }
    unknown = [model for model, price in prices.items() if price is None]
    if unknown:
        raise unknown_price(unknown[0], f"a budget of {limit.label}", _OTHERWISE)
    if not any(price and (price.prompt_usd or price.completion_usd) for price in prices.values()):
        free = " and ".join(prices)
        costs = "costs" if len(prices) == 1 else "cost"
        raise ConfigError(
            f"No run would ever come to a budget of {limit.label}, for {free} {costs} nothing: {_OTHERWISE}."
        )
