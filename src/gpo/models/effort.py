"""Knows how much a model is told to think, and that its thoughts get room beside its answer. Asks nobody itself."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from gpo.core.chat import Model, Reply, Request, Sampling
from gpo.models.dialect import THOUGHTS


@dataclass(slots=True)
class Thoughtful:
    """A model that may think first: `max_tokens` of a request are for the answer, and thoughts come on top.

    effort: where a request says nothing of it; "" leaves it to the model. thinks: whether it is known to think unasked.
    least: tokens that its thoughts take at least, whatever it is told; 0 where it may be told to have none.
    """

    inner: Model
    effort: str = ""
    thinks: bool = field(default=False, kw_only=True)
    least: int = field(default=0, kw_only=True)
    _room: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._room = {effort: max(tokens, self.least) for effort, tokens in THOUGHTS.items()}
        self._room[""] = self._room["medium" if self.thinks else "none"]

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer."""
        sampling = request.sampling
        effort = sampling.effort or self.effort
        room = self._room[effort]
        if room or effort != sampling.effort:
            request = replace(request, sampling=_with_room(sampling, effort, room))
        return await self.inner.complete(request)


@lru_cache(maxsize=64)
def _with_room(sampling: Sampling, effort: str, room: int) -> Sampling:
    """The same with room for thoughts. A run has few of these, and many requests."""
    return replace(sampling, effort=effort, max_tokens=sampling.max_tokens + room)
