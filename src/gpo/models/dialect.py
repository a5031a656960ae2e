"""Knows what a protocol is to us: how a request is written, how an answer is read, what may be left out. No network."""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gpo.core.chat import Reply, Request, Sampling, Usage
from gpo.core.errors import ModelRefused
from gpo.files.as_json import Json

Body = dict[str, Any]
_REFUSING = re.compile(
    "unsupported|not support|deprecated|not permitted|not allowed|not enabled|unknown|unrecognized|unexpected"
    r"|extra (inputs|fields)|array too long|only the default|must be 1|at most 1\b|only one|cannot be (set|used)",
    re.IGNORECASE,
)
"""How an endpoint says that it does not take a parameter at all, rather than not with that value."""

_EFFORT = re.compile("effort|thinking|reasoning|budget_tokens", re.IGNORECASE)
_SCHEMA = re.compile("response_?format|schema|output_config|output_format|text.format|response_?mime", re.IGNORECASE)
_OF_THIS_REQUEST = re.compile(
    r"context_length_exceeded|maximum context length|invalid_prompt|content_(filter|policy)|flagged", re.IGNORECASE
)
"""How an endpoint says that it refuses what a request asks, or how long it is, whatever settings it names besides."""
_ADDRESS = re.compile(r"https?://\S+")

_ECHO = 16
"""Characters; so many in a row that the request holds as well are the request's own, repeated."""

THOUGHTS = {"none": 0, "minimal": 1024, "low": 2048, "medium": 4096, "high": 8192, "xhigh": 16_384, "max": 32_768}
"""Tokens that a model may think with at each effort, where that is told in tokens, or room is to be made for it."""
MOST = 10**7
"""Tokens of one call. Who counts more has miscounted, and would empty any budget."""
OF_A_PICTURE = 1000
"""Tokens of a picture of ordinary size, at most providers within a factor of two."""


def nothing(_: str) -> frozenset[str]:
    """No parameter is known to be refused."""
    return frozenset()


class Place(NamedTuple):
    """Where requests go: what all addresses begin and end with, and whether the model is named between."""

    base: str
    query: str = ""
    names_model: bool = False


def as_it_is(base: str, query: str) -> Place:
    """The address as it was given, with its query at the end."""
    return Place(base, f"?{query}" if query else "")


def not_at_all(_: str) -> int:
    """A model that can be told not to think."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A protocol.

    write: (name of the model, request, parameters refused so far) -> what is posted.
    read: (what came, request, where) -> the reply; raises ModelRefused, UnreadableReply.
    path: the model's name -> the end of the address. place: (address, query) as they were given -> what they mean.
    key: the header for the key, and the word before it. headers: what every request carries.
    optional: parameter -> how refusals call it, as a pattern; the answer is then drawn without.
    refuses: the model's name -> parameters that it is known to refuse.
    thinks: the model's name -> whether it is known to think before it speaks, within its max_tokens.
    thinks_least: the model's name -> tokens for the thoughts of a model that cannot be told to have none.
    gives_several: whether one request may ask for several answers.
    """

    write: Callable[[str, Request, Set[str]], Body]
    read: Callable[[Body, Request, str], Reply]
    path: Callable[[str], str]
    place: Callable[[str, str], Place] = as_it_is
    key: tuple[str, str] = ("Authorization", "Bearer ")
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    optional: Mapping[str, str]
    refuses: Callable[[str], frozenset[str]] = nothing
    thinks: Callable[[str], bool]
    thinks_least: Callable[[str], int] = not_at_all
    gives_several: bool = True

    def blamed(self, refusal: str) -> str | None:
        """The parameter that a refusal is about, if it is one that can be left out or renamed."""
        if not _REFUSING.search(refusal):
            return None
        return next((name for name, said in self.optional.items() if re.search(said, refusal)), None)

    def wanted(self, refusal: str, sampling: Sampling) -> str | None:
        """The setting of the user's own that a refusal is about: it is wanted, and so not left out in silence."""
        if _OF_THIS_REQUEST.search(refusal):
            return None
        refusal = _ADDRESS.sub("", refusal)
        said = {"reasoning_effort": (sampling.effort, _EFFORT), "schema": (sampling.schema, _SCHEMA)}
        return next((name for name, (value, words) in said.items() if value and words.search(refusal)), None)

    def authorized(self, key: str) -> dict[str, str]:
        """The headers of a request with that key; "" for none."""
        name, word = self.key
        return {**self.headers, name: f"{word}{key}"} if key else dict(self.headers)


def own_words(refusal: str, request: Request) -> str:
    """What a refusal says of its own: without what leads up to it, and without what it repeats of the request."""
    said = " ".join(re.sub(r"^.*?\(HTTP \d+\): ", "", refusal, flags=re.DOTALL).split())
    asked = " ".join(" ".join(message.text for message in request.messages).split())
    starts = [at for at in range(len(said) - _ECHO + 1) if said[at : at + _ECHO] in asked]
    echoed = {at + i for at in starts for i in range(_ECHO)}
    return "".join(" " if at in echoed else letter for at, letter in enumerate(said))


def marked(name: str) -> str:
    """The pattern for a parameter's name where it is marked as one: 'seed', `seed`, "supplied: n, seed", body.seed."""
    name = re.escape(name)
    return rf"['\"`]{name}['\"`]|\bsupplied: (?:\w+, )*{name}\b|\bbody\.{name}\b|\b{name}: [Ee]xtra (?:inputs|fields)"


def ended(reply: Reply, stop: tuple[str, ...]) -> Reply:
    """The reply with each text up to the first stop sequence, which some endpoints do not take."""
    if not stop:
        return reply
    pattern = re.compile("|".join(map(re.escape, stop)))
    return replace(reply, texts=tuple(pattern.split(text, maxsplit=1)[0] for text in reply.texts))


def filtered(where: str, why: str = "") -> ModelRefused:
    """The provider stopped the answer; the next request may be answered."""
    return ModelRefused(
        f"{where}: the provider's content filter stopped the answer{f' ({why})' if why else ''}.", fatal=False
    )


def data_of(image: str) -> tuple[str, str] | None:
    """Media type and base64 data of a picture that is in the request itself, or None for the address of one."""
    found = re.match(r"data:([\w/+.-]+);base64,", image)
    return (found[1], image[found.end() :]) if found else None


def object_in(value: Json) -> Body:
    """The object; an empty one where it is anything else."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Json) -> list[Body]:
    """The objects in a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def count(value: Any) -> int | None:
    """A number of tokens, or None where it is none, or more than any model reads or writes in a call."""
    if type(value) is int:
        return value if 0 <= value <= MOST else None
    # 10.0: some count in a language without whole numbers
    return count(int(value)) if type(value) is float and value.is_integer() else None


def usage(prompt: int, completion: int, *, cached: int = 0, written: int = 0, thought: int = 0) -> Usage:
    """What an endpoint counted; no part of a count is larger than the whole."""
    if not (cached or written or thought):
        return Usage(prompt, completion)
    return Usage(
        prompt,
        completion,
        cached_tokens=min(cached, prompt),
        written_tokens=min(written, prompt),
        reasoning_tokens=min(thought, completion),
    )


def estimated(request: Request, texts: Sequence[str]) -> Usage:
    """Where the endpoint counts nothing: a token for four characters of ASCII or one other, more for a picture."""
    pictures = OF_A_PICTURE * sum(len(message.images) for message in request.messages)
    return Usage(pictures + sum(_tokens(message.text) for message in request.messages), sum(map(_tokens, texts)))


def _tokens(text: str) -> int:
    ascii_ = len(text.encode("ascii", "ignore"))
    return -(-ascii_ // 4) + len(text) - ascii_
