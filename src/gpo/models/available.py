"""Knows what can be reached from here, and finds out without spending: keys that are set, servers that list models."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec

from gpo.core.errors import ConfigError, GPOError
from gpo.core.together import together
from gpo.models.dialect import object_in, objects_in
from gpo.models.endpoints import Reached
from gpo.models.http import Http
from gpo.models.hub import models_folder
from gpo.models.keys import variable_with_key
from gpo.models.providers import TABLE, Provider

INSTALL = "pip install 'gpo[local]'"
_LOOK_S = 1.0
"""Seconds that a server on this machine gets to answer; others are not asked."""
_SHOWN = 4
_ALL = {"gemini": "?pageSize=1000", "anthropic": "?limit=1000"}
"""How those are asked for the whole list that would give it page by page."""


@dataclass(frozen=True, slots=True)
class Available:
    """One way to a model: what to write, whether it can be reached, and why, or what is lacking."""

    name: str
    ready: bool
    said: str


async def available() -> tuple[Available, ...]:
    """All ways to a model, those in this process first. Costs nothing: only servers on this machine are asked."""
    return (*_in_process(), *await together(_served(provider) for provider in TABLE))


def _in_process() -> tuple[Available, ...]:
    engine = find_spec("xllamacpp") is not None
    lacking = f"needs the extra `local`: {INSTALL}"
    files = sorted(path.relative_to(models_folder()).as_posix() for path in models_folder().rglob("*.gguf"))
    return (
        Available("pocket", engine, "bundled" if engine else lacking),
        Available("phrases", True, "bundled: a stand-in for an optimizer model, no language model"),
        Available("local/<path>.gguf", engine, "any GGUF file, through llama.cpp" if engine else lacking),
        Available("hf:<org>/<repo>/<file>.gguf", engine, _fetched(files) if engine else lacking),
    )


def _fetched(files: Sequence[str]) -> str:
    return f"fetched: {some_of(files)}" if files else "fetched when first used, or with `gpo models get`"


async def _served(provider: Provider) -> Available:
    name, reached = f"{provider.name}/<name>", Reached(provider)
    try:
        if provider.own:
            return Available(name, True, f"at {reached.base}: {some_of(await listed_at(reached, _LOOK_S))}")
        variable = variable_with_key(reached.variables)
        if variable is None:
            lacking = " or ".join(provider.keys)
            return Available(name, False, f"set {lacking}; a key is made at {provider.how}")
        return Available(name, True, f"key in {variable}, at {reached.base}")
    except ConfigError as error:
        return Available(name, False, str(error))
    except GPOError:
        return Available(name, False, f"nothing answers at {reached.base}; `{provider.how}` starts it")


async def listed_at(reached: Reached, timeout_s: float) -> tuple[str, ...]:
    """The models that a provider lists, which costs nothing. Raises ConfigError without a key, ModelError."""
    if reached.provider.speaks == "azure":
        raise ConfigError("Azure does not list deployments; their names stand in your resource's portal.")
    http = Http(timeout_s, reached.headers(), advice=reached.advice)
    try:
        data = await http.get(f"{reached.base}/models{_ALL.get(reached.provider.speaks, '')}", reached.provider.name)
    finally:
        await http.aclose()
    named = object_in(data)
    rows = objects_in(data) or objects_in(named.get("data")) or objects_in(named.get("models"))
    return tuple(sorted(str(row.get("id") or row.get("name", "")).removeprefix("models/") for row in rows))


async def meant(model: str, reached: Reached, timeout_s: float) -> str:
    """A sentence that names what a provider calls something like a model that it does not know; "" without any."""
    try:
        near = get_close_matches(model, await listed_at(reached, timeout_s), 3, cutoff=0.5)
    except GPOError:
        return ""
    return f"Near to it, {reached.provider.name} has {', '.join(near)}." if near else ""


def some_of(names: Sequence[str]) -> str:
    """How many there are, and the first of them."""
    if not names:
        return "no models"
    more = ", …" if len(names) > _SHOWN else ""
    return f"{len(names)} {'model' if len(names) == 1 else 'models'}: {', '.join(names[:_SHOWN])}{more}"
