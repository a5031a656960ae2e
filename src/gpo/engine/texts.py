"""Knows which meta-prompts a run reads, and keeps a copy of each: a run goes on with the texts it began with."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from gpo import __version__
from gpo.core.errors import ConfigError, MetaPromptError
from gpo.core.keys import content_key
from gpo.core.writing import MetaPrompt
from gpo.meta_prompts.load import meta_prompt, names, source_of
from gpo.store.files import private_folder

Texts = Callable[[str], MetaPrompt]
"""Name -> text."""


def texts(own: Path | None = None) -> Texts:
    """The user's own texts where the folder has one, else the package's."""
    return lambda name: meta_prompt(name, own)


@cache
def edition() -> str:
    """The version of GPO, and what the texts of its recipes say: runs of two editions are not of one league."""
    recipes = [name for name in sorted(names()) if not name.startswith("judge/")]
    return f"{__version__} {content_key([source_of(name, None) for name in recipes], 8)}"


def check_texts(own: Path | None) -> None:
    """Reads all texts of the user's own, before anything is paid. None: there are none.

    Raises ConfigError where there is no such folder, MetaPromptError for a text that cannot be read or wants a value
    that it will not get.
    """
    if own is None:
        return
    if not own.is_dir():
        raise ConfigError(f"meta_prompts is {own}, which is no folder. Name the one with your texts, or leave it out.")
    for file in sorted(own.glob("*/*.md")):
        name = file.relative_to(own).with_suffix("").as_posix()
        wanted = set(meta_prompt(name, own).inputs)
        if name in names() and (more := sorted(wanted - set(meta_prompt(name).inputs))):
            raise MetaPromptError(
                f"{file}: there is no value {', '.join(more)} for this text; take it out of `inputs`."
            )


def kept_texts(own: Path | None, folder: Path, write: Callable[[Path, str], None]) -> Texts:
    """The same, with a copy of each text that is used in the folder of the run.

    Raises ConfigError where a text is no longer what the run began with.
    """

    def named(name: str) -> MetaPrompt:
        text, copy = source_of(name, own), folder / "meta_prompts" / f"{name.replace('/', '-')}.md"
        if not copy.is_file():
            write(private_folder(copy.parent) / copy.name, text)
        elif copy.read_text(encoding="utf-8") != text:
            raise ConfigError(
                f'The meta-prompt "{name}" has changed since this run began; {copy} is what it began with. '
                "Put the old text back (`meta_prompts` in gpo.yaml names the folder), or start a new run."
            )
        return meta_prompt(name, own)

    return named
