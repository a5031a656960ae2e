"""Knows the presets that come with GPO, by name: in a checkout and in an installed package. Reads none of them."""

from collections.abc import Mapping
from pathlib import Path

from gpo.core.errors import ConfigError
from gpo.core.meant import did_you_mean

_INSTALLED = Path(__file__).parent / "presets"
_CHECKOUT = Path(__file__).parents[3] / "reproductions"


def presets() -> Mapping[str, Path]:
    """Where each of them lies."""
    folder = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def preset_file(given: str) -> Path:
    """The file that was named, or the preset of that name. Raises ConfigError where there is neither."""
    path, known = Path(given).expanduser(), presets()
    if path.is_file():
        return path
    found = known.get(path.stem if path.parent.name in ("", "reproductions") else given)
    if found is None:
        raise ConfigError(f"There is no file {given}, nor a preset of that name.{did_you_mean(path.stem, known)}")
    return found
