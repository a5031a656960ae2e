"""How far `gpo estimate` is from what a run takes: estimate over reality, for several recipes on pocket tasks.

    python benchmarks/estimate_error.py                       # 10 recipes x 3 tasks, some minutes on two cores
    python benchmarks/estimate_error.py --recipes gpo --tasks pocket/color --steps 18
    python benchmarks/estimate_error.py --delay-ms 50         # the toy task, on a server that answers after 50 ms

Without --delay-ms both models are the bundled ones, and seconds depend on what else the machine does. A search that
finds a perfect prompt ends sooner than it might; such runs stand in the table, and the medians below it are given with
and without them.
"""

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from gpo.core.budget import Spent, over_all
from gpo.engine.config import RunConfig
from gpo.engine.estimate import Estimate, estimate
from gpo.engine.habits import habits_of
from gpo.engine.result import Result
from gpo.engine.run import start
from gpo.tasks.load import load_task
from gpo.testing.server import StubServer, serving
from gpo.testing.toy import toy_task

RECIPES = ("gpo", "gpo-paper", "sgdm", "opro", "ape", "apo", "pe2", "evoprompt-ga", "gepa", "capo")
TASKS = ("pocket/count_animals", "pocket/adjective", "pocket/category")
PRICES = {"pocket": (0.25, 2.0), "phrases": (1.25, 10.0)}
"""Dollars per million tokens, as if a small model answered and a large one wrote: the bundled ones cost nothing."""
WITHOUT_STEPS = {"gpo-paper": {"epochs": 1}}
"""Options of a recipe that does not take a number of steps."""


@dataclass(frozen=True)
class Compared:
    """An estimate, and the run that it is of."""

    recipe: str
    task: str
    expected: Estimate
    result: Result

    def ratio(self, what: str, role: str) -> float | None:
        """Estimate over reality; None where there was nothing."""
        was = getattr(self.result.cost.get(role, Spent()), what)
        return getattr(self.expected.by_role[role], what) / was if was else None

    @property
    def dollars(self) -> float | None:
        """Of both models together."""
        expected, was = self.expected.total.usd, over_all(self.result.cost).usd
        return expected / was if expected is not None and was else None

    @property
    def time(self) -> float:
        return self.expected.seconds / self.result.seconds

    @property
    def walked_all(self) -> bool:
        """Whether it took all its steps."""
        return len(self.result.history) >= self.expected.steps


async def compare(recipe: str, task: str, settings: dict[str, Any], latency_s: float | None) -> Compared:
    """One run in a store of its own, and its estimate."""
    config = RunConfig.from_mapping({**settings, "task": task, "algorithm": recipe}, "estimate_error")
    expected = await estimate(config, load_task(config.task).task, habits_of(config, latency_s=latency_s))
    with tempfile.TemporaryDirectory() as folder:
        return Compared(recipe, Path(task).stem, expected, await start(config, Path(folder)))


def options_of(recipe: str, steps: int) -> dict[str, Any]:
    return {recipe: WITHOUT_STEPS.get(recipe, {"steps": steps})}


async def on_pocket(given: argparse.Namespace) -> AsyncGenerator[Compared]:
    """Every recipe on every pocket task, with the bundled models."""
    split = {"train": given.train, "selection": given.selection, "test": given.test}
    for recipe in given.recipes:
        for task in given.tasks:
            settings = {"task_model": "pocket", "split": split, "prices": PRICES, **options_of(recipe, given.steps)}
            yield await compare(recipe, task, settings, None)


async def on_server(given: argparse.Namespace) -> AsyncGenerator[Compared]:
    """Every recipe on the toy task. Its writer knows ten words only, so many proposals are refused as duplicates."""
    os.environ.setdefault("OPENAI_API_KEY", "sk-none")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "toy.jsonl")
        splits = toy_task(given.selection).splits
        rows = [(name, row) for name in ("train", "selection", "test") for row in getattr(splits, name)]
        lines = [json.dumps({"split": name, "input": row.input, "target": row.target}) for name, row in rows]
        file.write_text("\n".join(lines) + "\n")
        async with serving(StubServer(delay_s=given.delay_ms / 1000)) as server:
            for recipe in given.recipes:
                models = {"task_model": "openai/toy-task", "optimizer_model": "openai/toy-writer"}
                how = {"base_url": server.url, "metric": "exact_match", "prompt": "Answer the row.", "concurrency": 16}
                settings = {**models, **how, **options_of(recipe, given.steps)}
                yield await compare(recipe, str(file), settings, given.delay_ms / 1000)


UNTOLD = ("task tokens", "optimizer tokens", "dollars")
"""What the toy models say nothing of: they count words for tokens and answer with one."""
Columns = Mapping[str, Callable[[Compared], float | None]]
COLUMNS: Columns = {
    "task calls": lambda each: each.ratio("calls", "task"),
    "optimizer calls": lambda each: each.ratio("calls", "optimizer"),
    "task tokens": lambda each: each.ratio("tokens", "task"),
    "optimizer tokens": lambda each: each.ratio("tokens", "optimizer"),
    "dollars": lambda each: each.dollars,
    "seconds": lambda each: each.time,
}


def line(name: str, ratios: Sequence[float | None], rest: str) -> str:
    cells = ["-" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
    return f"| {name} | {' | '.join(cells)} | {rest} |"


def middle(name: str, columns: Columns, compared: Sequence[Compared]) -> str:
    """The median of every column, and the range of its middle nine tenths."""
    cells = list[str]()
    for column in columns.values():
        ratios = sorted(ratio for each in compared if (ratio := column(each)) is not None)
        edge = len(ratios) // 20
        cells.append(f"{median(ratios):.2f} ({ratios[edge]:.2f}-{ratios[-1 - edge]:.2f})" if ratios else "-")
    return f"| **{name}** | {' | '.join(cells)} | {len(compared)} runs |"


async def measure(given: argparse.Namespace) -> None:
    columns = {name: each for name, each in COLUMNS.items() if not (given.delay_ms and name in UNTOLD)}
    print(f"| estimate / reality | {' | '.join(columns)} | real calls, end |")
    print(f"| --- |{' ---: |' * len(columns)} --- |")
    found = list[Compared]()
    async for each in on_server(given) if given.delay_ms else on_pocket(given):
        found.append(each)
        calls = sum(spent.calls for spent in each.result.cost.values())
        steps = f"{len(each.result.history)} of {each.expected.steps} steps"
        ratios = [column(each) for column in columns.values()]
        print(line(f"{each.recipe}, {each.task}", ratios, f"{calls:,} calls, {steps}"), flush=True)
    print(middle("median, all", columns, found))
    print(middle("median, all steps taken", columns, [each for each in found if each.walked_all]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipes", nargs="+", default=list(RECIPES))
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--delay-ms", type=float)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--train", type=int, default=32)
    parser.add_argument("--selection", type=int, default=24)
    parser.add_argument("--test", type=int, default=24)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
