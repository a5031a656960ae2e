"""Whether a run survives kill -9: killed at random moments, resumed until it ends, compared with one left alone.

    python benchmarks/crash.py                 # 200 kills over eight algorithms
    python benchmarks/crash.py --kills 20 --algorithms gpo,capo
    python benchmarks/crash.py --kills 40 --judged   # a model marks the answers

A stub server in a process of its own counts what it is asked: it outlives the runs. For every algorithm the calm run
and the killed ones must end with the same prompt, verdict, scores and history, and a killed run may ask again only
what was in flight when it died, of each model. The budgets of calls end within steps, so that what counts of such a
step is compared as well; no request is sent twice on purpose (`hedge: false`): how often that happens depends on the
moment. Exits with 1 where one of them does not.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gpo.testing.server import Seen, read_log, repeated

ALGORITHMS = ("gpo", "opro", "ape", "apo", "evoprompt-de", "sgdm", "capo", "gepa")
IN_FLIGHT = 4
"""Of each model."""
ROWS = 40
DELAY_MS = 5
KEYWORDS = ("amber", "birch", "cedar", "delta", "ember")
LIMIT_CALLS = (230, 310, 470)
"""Taken in turn: a run that its budget ends, within whatever, must end at the same place."""


@dataclass(frozen=True)
class Outcome:
    """What must not depend on whether a run was killed."""

    prompt: str
    shown: Any


@dataclass(frozen=True)
class Tally:
    """What became of one algorithm's killed runs. repeats: requests that were asked more than once."""

    runs: int
    kills: int
    different: int
    repeats: int
    too_many: int


@contextmanager
def serve(folder: Path) -> Generator[tuple[str, Path]]:
    """The URL of a stub server, and the file in which it writes down what it is asked."""
    log = folder / "seen.jsonl"
    command = [sys.executable, "-m", "gpo.testing.server", "--log", str(log), "--delay-ms", str(DELAY_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else "", log
        finally:
            process.kill()


def begin(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """A gpo process in that folder; what it prints is lost."""
    return subprocess.Popen(
        [sys.executable, "-m", "gpo", *arguments],
        cwd=folder,
        env={**os.environ, "OPENAI_API_KEY": "none"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def gpo_json(folder: Path, *arguments: str) -> Any:
    """What a command says as JSON."""
    command = [sys.executable, "-m", "gpo", *arguments, "--json"]
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True).stdout)


def settings(folder: Path, url: str, algorithm: str, calls: int, *, judged: bool) -> list[str]:
    """The command line of a run on a little task of its own."""
    folder.mkdir(parents=True)
    words = [KEYWORDS[number % len(KEYWORDS)] for number in range(ROWS)]
    rows = [{"input": f"row {number} needs {word}", "target": "yes"} for number, word in enumerate(words)]
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    models = ["--task-model", "openai/toy-task", "--optimizer-model", "openai/toy-writer", "--base-url", url]
    judge = ["--metric", "judge:The answer is yes.", "--judge-model", "openai/toy-judge"]
    limits = ["-j", str(IN_FLIGHT), "--max-calls", str(calls), "--set", "hedge=false"]
    task = ["rows.jsonl", *(judge if judged else ["--metric", "exact_match"]), "--prompt", "Answer the row."]
    return ["optimize", *task, "--algorithm", algorithm, *models, *limits, "-q"]


def outcome(folder: Path) -> Outcome:
    """What a run that ended came to."""
    (run,) = (folder / ".gpo" / "runs").iterdir()
    shown = gpo_json(folder, "show")
    return Outcome((run / "best_prompt.txt").read_text(), (shown["steps"], shown["verdict"], shown["best"]))


def calm(folder: Path, algorithm: str, command: list[str]) -> tuple[Outcome, float]:
    """The outcome of a run that nobody disturbs, and the seconds it took."""
    started = time.monotonic()
    code = begin(folder, *command).wait()
    if code:
        raise SystemExit(f"The calm run of {algorithm} failed with {code}: gpo {' '.join(command)}")
    return outcome(folder), time.monotonic() - started


def killed(folder: Path, command: Callable[[], list[str]], moments: Iterator[float]) -> tuple[Outcome, int]:
    """The outcome of a run that is killed at those moments (seconds after each start), and how often that was.

    command: what begins it; called again where it died before it was begun.
    """
    process, kills = begin(folder, *command()), 0
    while True:
        try:
            code = process.wait(next(moments))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            begun = (folder / ".gpo" / "gpo.sqlite").is_file() and gpo_json(folder, "list")
            if not begun:
                folder.rename(folder.with_name(f"{folder.name}-unborn-{time.monotonic_ns()}"))
            process = begin(folder, *(["resume", "latest", "-q"] if begun else command()))
            continue
        if code:
            raise SystemExit(f"A killed run did not go on: exit code {code} in {folder}")
        return outcome(folder), kills


def trial(algorithm: str, kills: int, chance: random.Random, root: Path, *, judged: bool) -> Tally:
    """Killed runs of an algorithm until there were that many kills, with the budgets in turn."""
    expected: dict[int, tuple[Outcome, float]] = {}
    command_of = partial(settings, judged=judged)
    for calls in LIMIT_CALLS:
        home = _made(root / algorithm / f"calm-{calls}")
        with serve(home) as (url, _):
            expected[calls] = calm(home / "run", algorithm, command_of(home / "run", url, algorithm, calls))
    done, runs, different, repeats, too_many = 0, 0, 0, 0, 0
    while done < kills:
        calls, folder = LIMIT_CALLS[runs % len(LIMIT_CALLS)], _made(root / algorithm / f"killed-{runs}")
        wanted, seconds = expected[calls]
        # Now and then at the very start, mostly on the way; never so early that a run cannot end.
        moments = iter(partial(chance.uniform, 0.05, 0.15 + 0.7 * seconds), None)
        with serve(folder) as (url, log):
            command = partial(command_of, folder / "run", url, algorithm, calls)
            found, more = killed(folder / "run", command, moments)
            again = asked_again(read_log(log))
        done, runs, repeats = done + more, runs + 1, repeats + again.total()
        different += found != wanted
        too_many += max(again.values(), default=0) > more * IN_FLIGHT
        if found != wanted:
            print(f"\n{algorithm}, {calls} calls:\n  calm   {wanted}\n  killed {found}\n", file=sys.stderr, flush=True)
    return Tally(runs, done, different, repeats, too_many)


def asked_again(seen: Sequence[Seen]) -> Counter[str]:
    """How many requests were sent once more to each model."""
    model_of = {each.key: each.model for each in seen}
    return sum((Counter({model_of[key]: times - 1}) for key, times in repeated(seen).items()), Counter[str]())


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a row for every algorithm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="over all algorithms, at least")
    parser.add_argument("--algorithms", default=",".join(ALGORITHMS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--judged", action="store_true", help="a model marks the answers")
    given = parser.parse_args(arguments)
    names, chance = given.algorithms.split(","), random.Random(given.seed)
    print("| algorithm | runs | kills | other outcome | asked again | more than in flight |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    tallies: list[Tally] = []
    with tempfile.TemporaryDirectory() as root:
        for name in names:
            tally = trial(name, -(-given.kills // len(names)), chance, Path(root), judged=given.judged)
            tallies.append(tally)
            row = (tally.runs, tally.kills, tally.different, tally.repeats, tally.too_many)
            print(f"| `{name}` | {' | '.join(map(str, row))} |", flush=True)
    print(f"\n{sum(each.kills for each in tallies)} kills; in flight at each at most {IN_FLIGHT} of a model.")
    return int(any(each.different or each.too_many for each in tallies))


if __name__ == "__main__":
    sys.exit(main())
