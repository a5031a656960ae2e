"""Knows a table of things by name that are imported when they are taken out: whoever wants one loads no other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

K = TypeVar("K", bound=str)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Homes(Mapping[K, V]):
    """Things by name. places: name -> "module:value" in the package."""

    package: str
    places: Mapping[K, str]

    def __getitem__(self, name: K) -> V:
        module, _, value = self.places[name].partition(":")
        return getattr(import_module(f"{self.package}.{module}"), value)

    def __iter__(self) -> Iterator[K]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
