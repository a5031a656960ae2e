"""Knows where a provider's models answer and with which key: from the settings, the environment and the table."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from gpo.core.errors import ConfigError
from gpo.core.homes import Homes
from gpo.models.addresses import check_address
from gpo.models.dialect import Dialect, Place
from gpo.models.failures import Advice
from gpo.models.keys import key_in
from gpo.models.providers import BY_NAME, Provider, Speech, parted, same_house

DIALECTS = Homes[Speech, Dialect](
    "gpo.models",
    {
        "chat": "openai:CHAT",
        "responses": "responses:RESPONSES",
        "anthropic": "anthropic:ANTHROPIC",
        "gemini": "gemini:GEMINI",
        "azure": "azure:AZURE",
    },
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the user may say of where a role's model is asked: an address, the variable that holds the key."""

    base_url: str | None = None
    key_env: str | None = None


def endpoints(models: Mapping[str, str], given: Mapping[str, Endpoint]) -> dict[str, Endpoint]:
    """Where the model of each role is asked, by role. models: the name of each role's model; given: what the user says.

    What is said of the task model holds for the others as well, unless it is asked at another provider than they are.
    A role with an address of its own does not get the task model's key: keys go to whom they are meant for.
    """
    shared, task = given["task"], parted(models["task"])[0]
    found = {"task": shared}
    for role, model in models.items():
        own, provider = given.get(role, Endpoint()), parted(model)[0]
        if own.base_url or not (task not in BY_NAME or same_house(provider, task)):
            found[role] = own
        else:
            found[role] = Endpoint(shared.base_url, own.key_env or shared.key_env)
    return found


def thinks(model: str) -> bool:
    """Whether a model, by its whole name, is known to think before it answers."""
    provider, name = parted(model)
    return provider in BY_NAME and DIALECTS[BY_NAME[provider].speaks].thinks(name)


def gives_several(model: str) -> bool:
    """Whether one request to a model, by its whole name, may bring several answers."""
    provider, _ = parted(model)
    return provider in BY_NAME and DIALECTS[BY_NAME[provider].speaks].gives_several


@dataclass(frozen=True, slots=True)
class Reached:
    """A provider as one user reaches it for a role. The key itself is looked up when a request is to be sent."""

    provider: Provider
    endpoint: Endpoint = field(default=Endpoint())
    role: str = field(default="task", kw_only=True)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that may hold the key."""
        return (self.endpoint.key_env,) if self.endpoint.key_env else self.provider.keys

    @property
    def needs_key(self) -> bool:
        """Whether nothing is answered without a key: a server at another address may want none."""
        provider = self.provider
        at_home = not provider.url or self.base == provider.url
        return self.endpoint.key_env is not None or (at_home and not provider.own)

    @property
    def lacks_key(self) -> bool:
        """Whether it needs a key and there is none."""
        return not key_in(self.variables) and self.needs_key

    @property
    def base(self) -> str:
        """The address that the paths of the protocol follow, without a slash at its end. Raises ConfigError."""
        return self._place.base

    @property
    def _place(self) -> Place:
        given, named_by = self._given()
        _check(given, named_by, self.provider)
        parts = urlsplit(given)
        base = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
        return self.dialect.place(base, parts.query)

    def _given(self) -> tuple[str, str]:
        """The address as it was given, and by what."""
        if self.endpoint.base_url:
            return self.endpoint.base_url, self._setting
        for name in self.provider.urls:
            if value := os.environ.get(name, "").strip():
                return value, name
        return self.provider.url, self._setting

    @property
    def _setting(self) -> str:
        """What an address is set by."""
        return "base_url" if self.role == "task" else f"{self.role}_base_url (or base_url)"

    def address(self, model: str, path: str | None = None) -> str:
        """The URL that a request to that model is posted to; path: another than the protocol's own."""
        place = self._place
        named = f"/deployments/{quote(model)}" if place.names_model else ""
        return f"{place.base}{named}{path or self.dialect.path(model)}{place.query}"

    @property
    def dialect(self) -> Dialect:
        """What is spoken there."""
        return DIALECTS[self.provider.speaks]

    def headers(self) -> dict[str, str]:
        """The headers of every request, the key among them. Raises ConfigError where it is missing."""
        if self.lacks_key:
            raise ConfigError(self.how_to_set_a_key())
        return self.dialect.authorized(key_in(self.variables))

    def how_to_set_a_key(self) -> str:
        """What a user without a key should know."""
        named, provider = " or ".join(self.variables), self.provider
        made = f" (a key is made at {provider.how})" if provider.how and not provider.own else ""
        whose, flag = ("", "") if self.role == "task" else (f": the {self.role} model needs it", f"{self.role}-")
        setting = f"{flag}base_url".replace("-", "_")
        keyless = "local/<path>.gguf or pocket" if self.role == "task" else "local/<path>.gguf"
        return (
            f"{named} is not set{whose}. Set it{made}, or {self.variables[0]}_FILE to a file that holds the key, or "
            f"name another server with {setting} (on the command line --{flag}base-url, in Python "
            f'settings={{"{setting}": …}}), or use a model without a key: ollama/<name>, {keyless}.'
        )

    @property
    def advice(self) -> Advice:
        """What helps where it refuses."""
        starts = f"`{self.provider.how}` starts it." if self.provider.own else ""
        ends = urlsplit(self.provider.url).path or Advice.ends
        return Advice(" or ".join(self.variables), self.provider.lacks, starts, self._given()[1], ends)


def _check(url: str, named_by: str, provider: Provider) -> None:
    if not url:
        where = " or ".join(("base_url", *provider.urls))
        raise ConfigError(
            f"{provider.name}/<name> has no address of its own: set {where} to the one of your resource, such as "
            "https://my-resource.openai.azure.com."
        )
    check_address(url, named_by, provider.keys[0] if provider.keys else "a variable (api_key_env)")
