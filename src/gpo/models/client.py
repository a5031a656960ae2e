"""Knows how a model behind an address is asked, whatever is spoken there: without what the endpoint refuses."""

from dataclasses import dataclass, field

from gpo.core.chat import Reply, Request
from gpo.core.errors import ModelError, ModelRefused, ParameterRefused, UnreadableReply
from gpo.models.dialect import Dialect, ended, own_words
from gpo.models.http import Http, Told


@dataclass(frozen=True, slots=True)
class Client:
    """A model behind an address.

    Parameters that the endpoint refuses by name are left out from then on, or go by the name that it wants. A request
    that is refused is a call like any other: who asks (`Retrying`) repeats it, and it is reserved and counted again.
    Settings with which it has answered once are not what it refuses another request for.
    """

    name: str
    model: str
    dialect: Dialect = field(kw_only=True)
    http: Http = field(kw_only=True)
    address: str = field(kw_only=True)
    told: Told | None = field(default=None, kw_only=True)
    _refused: set[str] = field(default_factory=set[str], init=False)
    _taken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False)

    def __post_init__(self) -> None:
        self._refused.update(self.dialect.refuses(self.model))

    async def complete(self, request: Request) -> Reply:
        """The answers of one request; fewer than n where the endpoint gives fewer.

        Raises ParameterRefused where it will be sent otherwise the next time, and what Http and the dialect raise.
        """
        sampling, refused = request.sampling, frozenset(self._refused)
        settings = sampling.effort, sampling.schema
        body = self.dialect.write(self.model, request, refused)
        try:
            data = await self.http.post(self.address, body, self.name, self.told)
        except UnreadableReply as failure:
            failure.maybe_paid = True
            raise
        except ModelRefused as refusal:
            if refusal.fatal:
                raise
            said = own_words(str(refusal), request)
            setting = None if settings in self._taken else self.dialect.wanted(said, sampling)
            if setting:
                raise ModelRefused(
                    f"{refusal}. That is the setting {setting}: change it, or leave it out."
                ) from refusal
            parameter = self.dialect.blamed(said)
            if parameter is None or parameter in refused:
                raise
            self._refused.add(parameter)
            raise ParameterRefused(str(refusal)) from refusal
        self._taken.add(settings)
        try:
            reply = self.dialect.read(data, request, self.name)
        except ModelError as failure:
            failure.maybe_paid = True
            raise
        except RecursionError as error:  # as deep as it could just be parsed, too deep to be shown
            failure = UnreadableReply(f"{self.name} answered JSON that is nested too deeply.")
            failure.maybe_paid = True
            raise failure from error
        return ended(reply, sampling.stop) if sampling.stop else reply
