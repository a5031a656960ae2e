"""gpo models: which models can be reached from here. Spends nothing."""

import argparse
import sys
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from gpo.cli.interrupts import to_end
from gpo.cli.output import show_json, show_page
from gpo.core.errors import ConfigError
from gpo.engine.typed import as_typed
from gpo.models.available import Available, available, listed_at
from gpo.models.endpoints import Endpoint, Reached
from gpo.models.hub import bring_all, fetched
from gpo.models.keys import checked_variable
from gpo.models.providers import BY_NAME, parted

if TYPE_CHECKING:
    from rich.console import RenderableType

TIMEOUT_S = 30.0
IN_PROCESS = {
    "pocket": "it is one model, bundled with GPO, which can do the ready-made tasks only (--task-model pocket)",
    "phrases": "it is a stand-in for an optimizer model, bundled with GPO (--optimizer-model phrases)",
    "local": "any GGUF file of yours is a model (--task-model local/PATH.gguf)",
    "hf": "any GGUF file on the Hugging Face Hub is a model (--task-model hf:ORG/REPO/FILE.gguf)",
}
"""What runs in this process, and what it is."""
HINT = "`gpo models list PROVIDER` lists what one has; `gpo doctor --task-model NAME` asks a model something."


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command with its own commands."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(metavar="ACTION")
    table = actions.add_parser("list", help="the models that a provider lists, which is free")
    table.add_argument("provider", metavar="PROVIDER", help=", ".join(BY_NAME))
    table.add_argument("--base-url", metavar="URL", help="another address than the provider's own")
    table.add_argument("--api-key-env", metavar="VARIABLE", help="the environment variable that holds the key")
    table.add_argument("--json", action="store_true", help="as JSON")
    table.set_defaults(run=run_list)
    get = actions.add_parser("get", help="fetch a GGUF file from the Hugging Face Hub")
    get.add_argument("model", metavar="hf:ORG/REPO/FILE.gguf", help="the file; what broke off is gone on with")
    get.set_defaults(run=run_get)


def run(given: argparse.Namespace) -> int:
    """Prints all ways to a model, and what is lacking."""
    found = to_end(available())
    if given.json:
        show_json([asdict(each) for each in found])
    else:
        show_page([_table(found), "", as_typed(HINT)])
    return 0


def run_list(given: argparse.Namespace) -> int:
    """Prints the names of a provider's models, one a line."""
    provider = given.provider.rstrip("/")
    if provider in IN_PROCESS:
        raise ConfigError(f"{provider} is no provider with a list of models: {IN_PROCESS[provider]}.")
    if provider not in BY_NAME:
        near = get_close_matches(provider, list(BY_NAME), n=1, cutoff=0.7)
        meant = f' Did you mean "{near[0]}"?' if near else ""
        raise ConfigError(f'There is no provider "{provider}".{meant} There are {", ".join(BY_NAME)}.')
    variable = checked_variable(given.api_key_env, "--api-key-env") if given.api_key_env else None
    reached = Reached(BY_NAME[provider], Endpoint(given.base_url, variable))
    names = to_end(listed_at(reached, TIMEOUT_S))
    if given.json:
        show_json(list(names))
    else:
        show_page([f"{provider}/{name}" for name in names])
    return 0


def run_get(given: argparse.Namespace) -> int:
    """Fetches a file and prints where it lies."""
    provider, name = parted(given.model)
    if provider != "hf":
        raise ConfigError(f'"{given.model}" does not lie on the hub; write hf:<org>/<repository>/<file>.gguf.')
    to_end(bring_all([given.model], sys.stderr))
    print(fetched(name))
    return 0


def _table(found: tuple[Available, ...]) -> "RenderableType":
    from gpo.report.tables import folded, table, whole

    listing = table(whole(), whole("model"), folded())
    for each in found:
        mark = "✓" if each.ready else "·"
        listing.add_row(mark, each.name, as_typed(each.said), style=None if each.ready else "dim")
    return listing
