"""Knows in which role a model is asked, and says so where it refuses a request. Sends nothing itself."""

from dataclasses import dataclass

from gpo.core.chat import Model, Reply, Request
from gpo.core.errors import ModelRefused


@dataclass(frozen=True, slots=True)
class InRole:
    """A model that is asked in a role other than the task model's, whose refusals are told row by row."""

    inner: Model
    role: str

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self.inner.name

    async def complete(self, request: Request) -> Reply:
        """The inner model's answer. Where it refused this request alone, the error names the role."""
        try:
            return await self.inner.complete(request)
        except ModelRefused as error:
            if error.fatal:
                raise
            said = f"The {self.role} model {self.name} refused a request: try another (--{self.role}-model). {error}"
            raise ModelRefused(said, fatal=False) from error
