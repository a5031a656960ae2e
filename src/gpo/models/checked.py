"""Knows what a model of anybody's must give back. Knows no provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from gpo.core.chat import Model, Reply, Request
from gpo.core.errors import ConfigError, ModelUnavailable


@dataclass(frozen=True, slots=True)
class Checked:
    """A model that may be a user's own: what it gives back is a reply, or the run ends with a word about it."""

    inner: Model

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer. Raises ConfigError where that is no reply, or holds what is no text, and
        ModelUnavailable where a user's own model waited in vain or lost its connection.
        """
        try:
            given: Any = await self.inner.complete(request)
        except (TimeoutError, ConnectionError) as error:
            said = " ".join(str(error).split()) or "no message"
            raise ModelUnavailable(f"The model {self.name} raised {type(error).__name__}: {said}.") from error
        if not isinstance(given, Reply):
            raise ConfigError(
                f"The model {self.name} gave back {_shown(given)}, which is no reply. Its `complete` must return "
                "gpo.Reply((text,)): a tuple with a text for each answer that was asked for."
            )
        other = [each for each in _listed(given.texts) if not isinstance(each, str)]
        if other:
            raise ConfigError(
                f"The model {self.name} gave back a reply with {_shown(other[0])}, which is no text. Its `complete` "
                "must return gpo.Reply((text,)), each text a str."
            )
        return given


def _listed(texts: Any) -> Sequence[Any]:
    """The texts of a reply; what is no sequence stands for itself, and is found to be no text."""
    return cast(Sequence[Any], texts) if isinstance(texts, Sequence) else [texts]


def _shown(value: Any) -> str:
    return f"{value!r:.60} ({type(value).__name__})" if value is not None else "None"
