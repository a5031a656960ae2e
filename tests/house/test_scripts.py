"""The scripts of a checkout: they find the tool that sets things up, wherever they stand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but its scripts, and a uv of its own that says what it is asked."""
    if sys.platform == "win32":
        pytest.skip("the scripts are for a POSIX shell")
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    _write(tmp_path / ".tools" / "bin" / "uv", 'echo "own: $*"')
    return tmp_path


def test_scripts_on_the_path_do_not_call_themselves_for_ever(checkout: Path) -> None:
    other = checkout / "other" / "scripts"
    shutil.copytree(SCRIPTS, other)
    said = _uv(checkout, f"{checkout / 'scripts'}:{other}", "--version")
    assert said == f"own: --project {checkout} --version"


def test_the_uv_of_the_machine_comes_first(checkout: Path) -> None:
    _write(checkout / "machine" / "uv", 'echo "machine: $*"')
    said = _uv(checkout, f"{checkout / 'scripts'}:{checkout / 'machine'}", "--version")
    assert said == f"machine: --project {checkout} --version"


def _write(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def _uv(checkout: Path, path: str, *arguments: str) -> str:
    environment = {**os.environ, "PATH": f"{path}:/usr/bin:/bin"}
    ran = subprocess.run(
        [str(checkout / "scripts" / "uv"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("typed", "hinted"), [("scripts/gpo", "scripts/gpo"), ("scripts/demo", "scripts/gpo"), ("gpo", "gpo")]
)
def test_hints_name_the_command_as_it_was_typed(checkout: Path, typed: str, hinted: str) -> None:
    _write(checkout / ".tools" / "bin" / "uv", 'echo "$GPO_COMMAND"')
    environment = {key: value for key, value in os.environ.items() if key != "GPO_COMMAND"}
    path = f"{checkout / 'scripts'}:/usr/bin:/bin"
    shell = ["bash", "-c", typed]
    ran = subprocess.run(
        shell, cwd=checkout, env={**environment, "PATH": path}, capture_output=True, text=True, timeout=20, check=True
    )
    assert ran.stdout.strip() == hinted
