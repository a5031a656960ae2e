"""What strangers import: few names, documented, cheap to load."""

import inspect
import subprocess
import sys
from importlib.resources import files

import pytest

import gpo

PUBLIC_NAMES = 30
HEAVY = {"aiohttp", "pycurl", "yaml", "jinja2", "rich", "xllamacpp", "sqlite3"}


def test_there_are_few_public_names() -> None:
    assert len(gpo.__all__) <= PUBLIC_NAMES
    assert len(set(gpo.__all__)) == len(gpo.__all__)


@pytest.mark.parametrize("name", gpo.__all__)
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    documentation = inspect.getdoc(getattr(gpo, name)) or ""
    made_by_dataclass = documentation.startswith(f"{name}(")
    assert documentation, f"gpo.{name} has no docstring"
    assert not made_by_dataclass, f"gpo.{name} has only the docstring that its dataclass made"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = gpo.nonsense  # type: ignore[attr-defined]


def test_importing_gpo_loads_the_standard_library_only() -> None:
    program = "import sys; before = set(sys.modules); import gpo; print(*(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert "gpo" in loaded
    assert loaded - {"gpo"} <= sys.stdlib_module_names
    assert not loaded & HEAVY


def test_scoring_prompts_loads_no_recipe_and_no_model_of_this_process() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import sys, gpo.cli.evaluate; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ran.stdout.split())
    assert "gpo.engine.measure" in loaded
    assert not loaded & (HEAVY - {"sqlite3"})
    assert not loaded & {"gpo.models.local", "gpo.models.phrases.editor", "gpo.engine.estimate", "importlib.metadata"}
    assert not loaded & {"gpo.engine.loop", "gpo.engine.foresight", "gpo.models.hub", "gpo.models.anthropic"}
    assert not loaded & {"gpo.tasks.program", "gpo.tasks.ready", "gpo.tasks.pictures", "gpo.observers.progress"}
    assert not {name for name in loaded if name.startswith(("gpo.search", "gpo.method.", "gpo.tasks.benchmarks"))}


def test_type_checkers_see_our_types() -> None:
    assert files("gpo").joinpath("py.typed").is_file()
