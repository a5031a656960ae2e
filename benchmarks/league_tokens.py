"""What the algorithms take of the optimizer model in as many steps: a table of a league whose runs had equal steps.

    python benchmarks/league_tokens.py              # of benchmarks/league/tokens

Means over tasks and seeds with 95 % intervals by the bootstrap over seeds; the ratio is to `gpo` on the same task with
the same seed. How the league is made stands in benchmarks/league/README.md.
"""

import csv
import sys
from pathlib import Path
from random import Random

from gpo.evidence.bootstrap import bootstrap
from gpo.evidence.intervals import Estimate

LEAGUE = Path(__file__).parent / "league" / "tokens"
REFERENCE = "gpo"
Runs = dict[tuple[str, str], dict[str, float]]
"""By task and seed, then by algorithm."""


def runs_of(folder: Path, column: str) -> Runs:
    """That column of a league."""
    found: Runs = {}
    with (folder / "league.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["task"], row["seed"]), {})[row["algorithm"]] = float(row[column])
    return found


def mean(values: dict[tuple[str, str], float]) -> Estimate:
    """The mean over tasks, each counting the same."""
    tasks = sorted({task for task, _ in values})
    groups = [[[(value,)] for (of, _), value in sorted(values.items()) if of == task] for task in tasks]
    return bootstrap(groups, Random(0)).overall


def shown(runs: Runs, algorithm: str) -> str:
    """Its mean with the interval."""
    found = mean({place: run[algorithm] for place, run in runs.items()})
    return f"{found.mean:,.0f} [{found.low:,.0f}, {found.high:,.0f}]"


def main() -> None:
    """Prints the table, the most frugal first."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else LEAGUE
    optimizer, steps, task = (runs_of(folder, each) for each in ("optimizer_tokens", "steps", "task_tokens"))
    requests = runs_of(folder, "optimizer_calls")
    names = sorted(next(iter(optimizer.values())), key=lambda name: sum(run[name] for run in optimizer.values()))
    print(
        "| | steps | tokens of the optimizer model | times those of `gpo` | its requests | tokens of the task model |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in names:
        ratio = mean({place: run[name] / run[REFERENCE] for place, run in optimizer.items()})
        each = f"{mean({place: run[name] for place, run in steps.items()}).mean:.1f}"
        times = f"{ratio.mean:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"
        asked = f"{mean({place: run[name] for place, run in requests.items()}).mean:,.0f}"
        print(f"| `{name}` | {each} | {shown(optimizer, name)} | {times} | {asked} | {shown(task, name)} |")


if __name__ == "__main__":
    main()
