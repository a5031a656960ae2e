"""How long a fresh process takes: `gpo --help`, and `gpo eval` of 200 rows at 50 ms an answer, 64 in flight.

    python benchmarks/cold_start.py

Medians of whole processes, in seconds by the clock and of CPU, beside an empty interpreter. The endpoint alone takes
0.20 s for the 200 rows. Modules are compiled by the run that does not count, also where the environment keeps Python
from it: nobody compiles them each time. Nothing is asserted: a busy machine is no defect.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from engine_speed import serve

ROWS, DELAY_MS, IN_FLIGHT, RUNS = 200, 50, 64, 7


def seconds(command: list[str], folder: Path) -> tuple[float, float]:
    """Median wall and CPU time of the command, each time with a store of its own; the first run does not count."""
    wall, cpu = list[float](), list[float]()
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    for number in range(RUNS + 1):
        own = {"OPENAI_API_KEY": "none", "GPO_HOME": str(folder / f"{len(command)}-{number}")}
        environment = {**os.environ, **compiled, **own}
        start, before = perf_counter(), os.times()
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        wall.append(perf_counter() - start)
        cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return median(wall[1:]), median(cpu[1:])


def main() -> None:
    """Prints a line for each command."""
    server, url = serve(DELAY_MS, "--bare")
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            rows = folder / "rows.jsonl"
            lines = (json.dumps({"input": f"row {number} needs amber", "target": "yes"}) for number in range(ROWS))
            rows.write_text("\n".join(lines) + "\n")
            gpo = [sys.executable, "-m", "gpo"]
            task = [str(rows), "--split", "all", "--metric", "exact_match", "--prompt", "amber"]
            model = ["--model", "openai/toy-task", "--base-url", url, "-j", str(IN_FLIGHT), "-q"]
            commands = {
                "bare interpreter": [sys.executable, "-c", "pass"],
                "gpo --help": [*gpo, "--help"],
                f"gpo eval, {ROWS} rows": [*gpo, "eval", *task, *model],
            }
            for said, command in commands.items():
                wall, cpu = seconds(command, folder)
                print(f"{said:<20} {wall:.2f} s, {cpu:.2f} s of CPU", flush=True)
    finally:
        server.kill()


if __name__ == "__main__":
    main()
