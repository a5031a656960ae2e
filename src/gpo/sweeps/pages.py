"""Knows how the standings of a league are written: Markdown, CSV, JSON. Computes nothing but what it shows."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import asdict, dataclass, field
from typing import Any

from gpo.core.visible import visible
from gpo.evidence.intervals import Estimate
from gpo.models.phrases import DISCLOSURE
from gpo.report.markdown import code, inline
from gpo.sweeps.compare import BASELINE, Against, Mean, Standing, Table
from gpo.sweeps.plan import League
from gpo.sweeps.results import Finished

SCHEMA = 1
OPTIMIZER, TASK = "optimizer", "task"


@dataclass(frozen=True, slots=True)
class Account:
    """What a reader must know about how the numbers came to be. shared: whether the runs shared answers."""

    command: str
    version: str
    task_model: str = field(kw_only=True)
    optimizer_model: str = field(kw_only=True)
    done: int = field(kw_only=True)
    size: int = field(kw_only=True)
    shared: bool = field(kw_only=True)
    failures: Mapping[str, str] = field(kw_only=True)
    warnings: tuple[str, ...] = field(kw_only=True)


def markdown(league: League, tables: Sequence[Table], account: Account) -> str:
    """The league as a page: a table for each budget, one for each budget by task, and what to know when reading."""
    parts = [_head(league, account), *(_section(league, table) for table in tables), _notes(league, tables, account)]
    return "\n\n".join(parts) + "\n"


def as_json(league: League, tables: Sequence[Table], account: Account, outcomes: Sequence[Finished]) -> str:
    """All of it with one line per run; scores in [0, 1]. The schema number grows when a key changes its meaning."""
    value = {
        "schema": SCHEMA,
        "algorithms": [asdict(entrant) for entrant in league.entrants],
        "tasks": list(league.tasks),
        "seeds": list(league.seeds),
        "budgets": [{**asdict(limit), "label": limit.label} for limit in league.limits],
        "settings": dict(league.settings),
        "account": asdict(account),
        "tables": [asdict(table) for table in tables],
    }
    whole, end = json.dumps(value, indent=1), "\n}"
    runs = ",\n  ".join(json.dumps(run_as_data(each)) for each in outcomes)
    return f'{whole.removesuffix(end)},\n "runs": [\n  {runs}\n ]{end}\n'


def as_csv(outcomes: Sequence[Finished]) -> str:
    """One line per run, for whoever wants to compute something else."""
    rows = [_flat(run_as_data(each)) for each in outcomes]
    # Roles differ between runs: a column for each that any run has.
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def run_as_data(run: Finished) -> dict[str, Any]:
    """One run as plain JSON values, without its single answers."""
    found = run.verdict
    return {
        "id": run.id,
        "algorithm": run.entrant,
        "task": run.task,
        "seed": run.seed,
        "budget": run.limit.label,
        "seed_prompt_test": found.before.mean,
        "test": found.after.mean,
        "test_rows": found.n,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "verdict": found.word,
        "selection": run.selection,
        "steps": run.steps,
        "complete": run.complete,
        "words": run.words,
        "seconds": run.seconds,
        "cost": {role: asdict(spent) for role, spent in run.cost.items()},
        "prompt": run.prompt,
        "stopped_because": run.stopped_because,
    }


def _flat(run: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in run.items() if key not in ("cost", "prompt", "stopped_because")}
    costs = {f"{role}_{what}": value for role, spent in run["cost"].items() for what, value in spent.items()}
    return {**plain, **costs, "prompt": _as_text(run["prompt"])}


def _as_text(prompt: str) -> str:
    """A prompt that no spreadsheet takes for a formula; league.json has it as it is."""
    return f"'{prompt}" if prompt.lstrip()[:1] in ("=", "+", "-", "@") else prompt


def _head(league: League, account: Account) -> str:
    budgets = " and ".join(limit.label for limit in league.limits)
    runs = f"{account.done:,} runs" if account.done == account.size else f"{account.done:,} of {account.size:,} runs"
    command = visible(" ".join(account.command.splitlines()))
    sizes = (
        _counted(league.entrants, "algorithm"),
        _counted(league.tasks, "task"),
        _counted(league.seeds, "seed"),
        _counted(league.limits, "budget"),
    )
    return (
        f"# League\n\n{' × '.join(sizes)} ({budgets}): {runs}. Task model {code(account.task_model)}, optimizer model "
        f"{code(account.optimizer_model)}, GPO {account.version}.\n\n    {command}"
    )


COLUMNS: Mapping[str, Callable[[Standing], str]] = {
    "algorithm": lambda each: code(each.entrant),
    "test, % [95 %]": lambda each: _estimate(each.score),
    "mean rank": lambda each: "-" if each.rank is None else f"{each.rank:.2f}",
    "beats seed": lambda each: _share(each.beats_seed),
    "improved": lambda each: _share(each.improved),
    "worse": lambda each: _share(each.worse),
    f"points over `{BASELINE}` [95 %]": lambda each: _points(each.against_random),
    f"beats `{BASELINE}`": lambda each: _share(each.against_random.win_rate) if each.against_random else "-",
    "words": lambda each: f"{each.words:g}",
    "calls: task": lambda each: _calls(each, TASK),
    "calls: optimizer": lambda each: _calls(each, OPTIMIZER),
    "tokens: task": lambda each: _tokens(each, TASK),
    "tokens: optimizer": lambda each: _tokens(each, OPTIMIZER),
    "spent": lambda each: "-" if each.used is None else _share(each.used),
    "s": lambda each: f"{each.seconds:.1f}",
    "ended by itself": lambda each: _share(each.complete),
}


def _section(league: League, table: Table) -> str:
    shown = {
        name: show
        for name, show in COLUMNS.items()
        if BASELINE not in name or any(each.against_random for each in table.standings)
    }
    rows = [[str(place), *(show(each) for show in shown.values())] for place, each in enumerate(table.standings, 1)]
    rows.append(["", "seed prompt", _estimate(table.seed_prompt), *[""] * (len(shown) - 2)])
    by_task = [
        [
            code(each.entrant),
            *(_estimate(each.by_task[task]) if task in each.by_task else "-" for task in league.tasks),
        ]
        for each in table.standings
    ]
    return "\n\n".join(
        (
            f"## {table.limit.label}",
            _grid(["", *shown], rows),
            _grid(["test, % [95 %]", *(code(task) for task in league.tasks)], by_task),
        )
    )


def _notes(league: League, tables: Sequence[Table], account: Account) -> str:
    notes = [
        "Every search of a table may spend the same, the optimizer model's calls counted in. The test rows are not "
        "there while it searches (an algorithm that would look at them on its way finds none, and pays nothing); the "
        "test is made afterwards, on top of the budget.",
        "*test*: the best prompt on the sealed test rows. The mean over tasks, each counting the same; intervals by "
        "hierarchical bootstrap over seeds and rows (the tasks are taken as given). All algorithms meet on the same "
        "rows; each seed draws or divides them anew, unless a file divides them or `split.seed` is set.",
        "*beats seed*: share of the runs whose best prompt scores higher on the test rows than the seed prompt, a tie "
        "counting as half. *improved*, *worse*: those whose paired 95 % interval against it excludes zero. "
        "*mean rank*: over the tasks, 1 is best. *words*, *s*: medians of a run; calls and tokens: means of a run.",
        "Where the budget ends within a step, those of its prompts that were already scored on the whole selection set "
        "count, and the other calls of the step are lost. *ended by itself*: share of the runs that were done before. "
        "*spent*: share of the budget. A call is sent only where the most that it may take still fits: with limits on "
        "tokens or dollars, algorithms that ask for many texts at once stop earlier. Give budgets many calls large.",
    ]
    if any(entrant.algorithm == "capo" and entrant.options.get("shots") != 0 for entrant in league.entrants):
        notes.append("`capo` may put solved training examples into its prompt; the others change instructions only.")
    if left_out := sum(table.left_out for table in tables):
        stand = "1 run stands" if left_out == 1 else f"{left_out:,} runs stand"
        notes.append(f"{stand} in no mean: not every algorithm has one on the same task and seed yet.")
    if any(entrant.algorithm == BASELINE for entrant in league.entrants):
        notes.append(f"*beats `{BASELINE}`*: share of the (task, seed) pairs; a tie counts as half.")
    else:
        notes.append(f"`{BASELINE}` (random search) does not take part, so nothing is held against it.")
    if account.shared:
        notes.append(
            "The runs shared the answers of the task model, which are the same whoever asks (temperature 0). Every run "
            "was charged for each of its calls all the same: budgets, calls and tokens are as without sharing. "
            "Seconds are not: they say how long this league took, not how long such a run takes."
        )
    if account.optimizer_model == "phrases":
        notes.append(
            f"{DISCLOSURE} It cannot read critiques, so what an algorithm tells its optimizer model beyond prompts, "
            "scores and examples makes little difference: the table compares searches, not ways of giving feedback."
        )
    if account.failures:
        notes.append(
            f"{_counted(account.failures, 'run')} broke off, in no mean (the same command goes on there): "
            + inline("; ".join(dict.fromkeys(account.failures.values()))[:600])
        )
    return "## How to read this\n\n" + "\n".join(f"- {note}" for note in (*notes, *map(inline, account.warnings)))


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _estimate(score: Estimate) -> str:
    return f"{100 * score.mean:.1f} [{100 * score.low:.1f}, {100 * score.high:.1f}]"


def _points(against: Against | None) -> str:
    if against is None:
        return "-"
    change = against.difference
    return f"{100 * change.mean:+.1f} [{100 * change.low:+.1f}, {100 * change.high:+.1f}]"


def _counted(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def _of(each: Standing, role: str) -> Mean:
    return each.spent.get(role, Mean(0.0, 0.0, usd=0.0))


def _calls(each: Standing, role: str) -> str:
    return f"{_of(each, role).calls:,.0f}"


def _tokens(each: Standing, role: str) -> str:
    return f"{_of(each, role).tokens:,.0f}"
