"""Knows how much a model is told to think, and that its thoughts get room beside its answer. Asks nobody itself."""

from dataclasses import dataclass, field, replace

from gpo.core.chat import Model, Reply, Request
from gpo.models.dialect import THOUGHTS


@dataclass(frozen=True, slots=True)
class Thoughtful:
    """A model that may think first: `max_tokens` of a request are for the answer, and thoughts come on top.

    effort: where a request says nothing of it; "" leaves it to the model. thinks: whether it is known to think unasked.
    least: tokens that its thoughts take at least, whatever it is told; 0 where it may be told to have none.
    """

    inner: Model
    effort: str = ""
    thinks: bool = field(default=False, kw_only=True)
    least: int = field(default=0, kw_only=True)

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer."""
        sampling = request.sampling
        effort = sampling.effort or self.effort
        room = max(THOUGHTS[effort or ("medium" if self.thinks else "none")], self.least)
        if effort == sampling.effort and not room:
            return await self.inner.complete(request)
        more = replace(sampling, effort=effort, max_tokens=sampling.max_tokens + room)
        return await self.inner.complete(replace(request, sampling=more))
