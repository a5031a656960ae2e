"""gpo init: writes a commented starter config."""

import argparse
import shlex
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from gpo.cli.output import write_file
from gpo.core.errors import ConfigError
from gpo.engine.typed import as_typed


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its flags."""
    parser.add_argument("file", metavar="FILE", nargs="?", default="gpo.yaml", help="default: %(default)s")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Writes the file and says what to do with it. Raises ConfigError where one is there already."""
    if Path(given.file).exists() and not given.force:
        raise ConfigError(f"{given.file} is there already. Name another file, or overwrite it with --force.")
    write_file(given.file, (files("gpo.cli") / "starter.yaml").read_text(encoding="utf-8"))
    runs = "it runs as it is" if find_spec("xllamacpp") else "with the extra `local` it runs as it is"
    print(as_typed(f"{given.file} is written; {runs}: `gpo optimize -c {shlex.quote(given.file)}`"))
    return 0
