"""How long `import gpo` takes: the median of fresh processes, in seconds and as a multiple of an empty program.

    python benchmarks/import_time.py

The aim is 0.2 s at most on an idle machine. Modules are compiled by the run that does not count, also where the
environment keeps Python from it: nobody compiles them each time. Nothing is asserted: a busy machine is no defect.
"""

import os
import subprocess
import sys
import tempfile
from statistics import median
from time import perf_counter

RUNS = 10


def seconds(program: str) -> float:
    """Median wall time of a fresh interpreter that runs the program; one run to warm the disk does not count."""
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": compiled}
        return median([_once(program, environment) for _ in range(RUNS + 1)][1:])


def _once(program: str, environment: dict[str, str]) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    return perf_counter() - start


def main() -> None:
    """Prints a line for the package, and one for its entry point, which loads what `import gpo` leaves for later."""
    bare = seconds("pass")
    print(f"bare interpreter             {bare:.3f} s")
    for program in ("import gpo", "from gpo import optimize"):
        took = seconds(program)
        print(f"{program:28} {took:.3f} s, {took - bare:.3f} s more, {took / bare:.2f} times the bare interpreter")


if __name__ == "__main__":
    main()
