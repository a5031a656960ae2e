"""Knows how a meta-prompt file becomes a MetaPrompt: a header, a Jinja body, a way to read the answer.

A candidate prompt or a row is a value that is inserted; it is never rendered as a template.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from gpo.core.errors import MetaPromptError
from gpo.core.keys import content_key
from gpo.core.meant import did_you_mean
from gpo.core.writing import MetaPrompt, between_tags, between_tags_leniently

_HERE = Path(__file__).parent
_READERS = {"strict": between_tags, "lenient": between_tags_leniently}
_HEADER = frozenset({"inputs", "answer", "reading", "source", "deviations"})


def names() -> tuple[str, ...]:
    """The names of all texts in the package, such as "gpo/generate"."""
    return tuple(sorted(path.relative_to(_HERE).with_suffix("").as_posix() for path in _HERE.glob("*/*.md")))


@cache
def meta_prompt(name: str, folder: Path | None = None) -> MetaPrompt:
    """The text of that name, from the user's folder where it has one, else from the package.

    Raises MetaPromptError for an unknown name and for a file that cannot be read.
    """
    return parse(name, source_of(name, folder), str(_place(name, folder)))


def source_of(name: str, folder: Path | None = None) -> str:
    """The file of that text as it stands, header and body.

    Raises MetaPromptError for an unknown name and for a file that cannot be read.
    """
    path = _place(name, folder)
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MetaPromptError(f"{path} cannot be read: {error}.") from error


def _place(name: str, folder: Path | None) -> Path:
    own = folder / f"{name}.md" if folder else None
    path = own if own and own.is_file() else _HERE / f"{name}.md"
    if not path.is_file():
        raise MetaPromptError(f'There is no meta-prompt "{name}".{did_you_mean(name, names())}')
    return path


def parse(name: str, source: str, origin: str) -> MetaPrompt:
    """A MetaPrompt from the text of its file; `origin` names the file in errors."""
    header, body = _split(source, origin)
    inputs = tuple(str(each) for each in cast(list[Any], header["inputs"]))
    reader = _READERS.get(str(header.get("reading", "strict")))
    if reader is None:
        raise MetaPromptError(f'{origin}: reading is "{header["reading"]}"; allowed: {", ".join(_READERS)}.')
    return MetaPrompt(
        name=name,
        inputs=inputs,
        render=_renderer(name, body, inputs),
        read=reader(str(header["answer"])),
        fingerprint=content_key(source, 16),
    )


def _split(source: str, origin: str) -> tuple[dict[str, Any], str]:
    import yaml

    parts = source.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise MetaPromptError(f"{origin}: a meta-prompt begins with a header between two lines of three dashes.")
    try:
        given: Any = yaml.safe_load(parts[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MetaPromptError(f"{origin}: the header is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(given, dict) or not isinstance(cast(dict[str, Any], given).get("inputs", []), list):
        raise MetaPromptError(f"{origin}: the header needs lines such as `inputs: [current]` and `answer: prompt`.")
    header = cast(dict[str, Any], given)
    for key in ("inputs", "answer"):
        if key not in header:
            raise MetaPromptError(f'{origin}: the header lacks "{key}".')
    for key in header:
        if key not in _HEADER:
            raise MetaPromptError(f'{origin}: unknown header key "{key}".{did_you_mean(key, _HEADER)}')
    return header, parts[2]


def _renderer(name: str, body: str, inputs: tuple[str, ...]) -> Any:
    from gpo.meta_prompts.sandbox import FAULTS, filler

    try:
        fill = filler(body)
    except FAULTS as error:
        raise MetaPromptError(f'The meta-prompt "{name}" is not a valid template: {_why(error)}.') from error

    def render(values: Mapping[str, Any]) -> str:
        missing = [each for each in inputs if each not in values]
        if missing:
            raise MetaPromptError(f'The meta-prompt "{name}" needs a value for {", ".join(missing)}.')
        try:
            return fill({each: values[each] for each in inputs}).strip()
        except FAULTS as error:
            raise MetaPromptError(f'The meta-prompt "{name}" cannot be filled: {_why(error)}.') from error

    return render


def _why(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it takes more memory than there is"
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
