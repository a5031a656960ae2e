"""Knows how a column of a task becomes pictures that a model is shown: addresses as they are, files as data URIs."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os.path import abspath
from pathlib import Path
from typing import Any, cast

from gpo.core.errors import TaskError
from gpo.core.meant import did_you_mean
from gpo.core.task import Example, Splits
from gpo.tasks.jsontext import plain_json
from gpo.tasks.split import NAMES

LARGEST = 10 * 2**20
"""Bytes of one file. Most providers refuse larger ones."""
ALL = 1024 * 2**20
"""Bytes of all files together: they are held in memory."""
MOST = 16
"""Pictures of one row."""
ADDRESSES = ("https://", "http://", "data:image/")
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}


@dataclass(slots=True)
class Album:
    """The pictures of a task's rows, each file read once."""

    column: str
    _read: dict[Path, str] = field(default_factory=dict[Path, str], init=False)
    _bytes: int = field(default=0, init=False)

    def shown(self, example: Example, folder: Path) -> Example:
        """The example with its pictures; relative paths are seen from the folder.

        Raises TaskError, naming the row, for what is no picture.
        """
        text = dict(example.fields).get(self.column, "").strip()
        named = _named(text)
        if len(named) > MOST:
            raise TaskError(f'The row {example.id}: "{self.column}" names {len(named)} pictures; {MOST} at most.')
        return replace(example, images=tuple(self._picture(each, example, folder) for each in named))

    def _picture(self, name: str, example: Example, folder: Path) -> str:
        if name.startswith(ADDRESSES):
            return name
        path = Path(abspath(folder / name))
        if path not in self._read:
            try:
                # Links are followed first: rows, and the links beside them, may have been made by others.
                there = path.resolve()
                if not (path.is_relative_to(abspath(folder)) and there.is_relative_to(folder.resolve())):
                    raise ValueError("it lies outside of the folder of the rows, and rows may not send what is yours")
                self._read[path] = self._data(there)
            except (OSError, ValueError, RuntimeError) as error:  # the last one for links that lead in a circle
                why = error.strerror if isinstance(error, OSError) else str(error)
                raise TaskError(
                    f'The row {example.id}: the picture "{name[:200]}" (column "{self.column}") cannot be shown: '
                    f"{why}. Expected a PNG, JPEG, GIF or WebP file, or an address: https: or data:image/…;base64,…"
                ) from error
        return self._read[path]

    def _data(self, path: Path) -> str:
        """A file as a data URI. Raises OSError, ValueError with a reason."""
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError(f"it has more than {LARGEST // 2**20} MB")
        kind = _kind(data)
        if not kind:
            raise ValueError("it is no picture")
        self._bytes += len(data)
        if self._bytes > ALL:
            raise ValueError(
                f"with it all pictures have more than {ALL // 2**20} MB; name addresses, or take fewer rows"
            )
        return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def with_pictures(splits: Splits, column: str, files: Mapping[str | None, Path]) -> Splits:
    """The sets whose examples show what the column names.

    A row may name one picture or a list of them, or leave the column empty. files: those of the rows, by set, or under
    None; relative paths are seen from their folders. Raises TaskError where no row has the column, or a picture cannot
    be shown.
    """
    rows = {name: cast(tuple[Example, ...], getattr(splits, name)) for name in NAMES}
    names = dict.fromkeys(name for examples in rows.values() for each in examples for name, _ in each.fields)
    if column not in names:
        raise TaskError(f'There is no column "{column}" with pictures (images).{did_you_mean(column, names)}')
    album = Album(column)
    return Splits(
        *(
            tuple(album.shown(each, (files.get(name) or files[None]).parent) for each in examples)
            for name, examples in rows.items()
        )
    )


def _named(text: str) -> list[str]:
    """The names in a cell: one, or those of a JSON list."""
    if not text.startswith("["):
        return [text] if text else []
    try:
        listed: Any = plain_json(text)
    except ValueError:
        return [text]
    return [str(each).strip() for each in listed if str(each).strip()]


def _kind(data: bytes) -> str:
    """What kind of picture it is by its first bytes; "" for none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in _KINDS.items() if data.startswith(start)), "")
