"""Knows how texts become vectors: an embedding model is a `Model` that answers a text with its vector, as JSON.

So whatever stands around chat models (cache, ledger, journal, repeats, limits) stands around it unchanged, and a text
is embedded once, however often it is compared.
"""

import json
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, cast

from gpo.core.chat import Embedder, Message, Model, Reply, Request, Sampling
from gpo.core.errors import UnreadableReply
from gpo.core.together import together
from gpo.models.dialect import count, objects_in
from gpo.models.http import Http, Told
from gpo.models.openai import usage_of

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """An embedding model behind an address, in the protocol of OpenAI and those that speak it."""

    name: str
    model: str
    http: Http = field(kw_only=True)
    address: str = field(kw_only=True)
    told: Told | None = field(default=None, kw_only=True)

    async def complete(self, request: Request) -> Reply:
        """One vector per message."""
        body = {"model": self.model, "input": [message.text for message in request.messages]}
        return vectors_in(await self.http.post(self.address, body, self.name, self.told), request, self.name)


def embedder(model: Model) -> Embedder:
    """A function that embeds texts through a model that answers a text with its vector; equal texts are asked once."""

    async def embed(texts: tuple[str, ...]) -> tuple[Vector, ...]:
        distinct = tuple(dict.fromkeys(texts))
        replies = await together(model.complete(_asking(text)) for text in distinct)
        known = {text: _vector(reply, model.name) for text, reply in zip(distinct, replies, strict=True)}
        if len({len(vector) for vector in known.values()}) > 1:
            raise UnreadableReply(f"{model.name} answered embeddings of different lengths.")
        return tuple(known[text] for text in texts)

    return embed


def _asking(text: str) -> Request:
    return Request((Message("user", text or " "),), Sampling(max_tokens=1))  # nobody embeds an empty text


def _vector(reply: Reply, where: str) -> Vector:
    try:
        return tuple(float(number) for number in json.loads(reply.texts[0]))
    except (IndexError, TypeError, ValueError) as error:
        raise UnreadableReply(f"{where} answered no vector: {reply.texts[:1]!r:.200}") from error


def vectors_in(data: dict[str, Any], request: Request, where: str) -> Reply:
    """The vectors of the protocol's JSON as a reply. Raises UnreadableReply where there is not one for each message."""
    rows = sorted(objects_in(data.get("data")), key=lambda row: count(row.get("index")) or 0)
    vectors = [_numbers(row.get("embedding")) for row in rows]
    wanted = len(request.messages)
    if len(vectors) != wanted or not all(vectors):
        raise UnreadableReply(f"{where} answered {len(vectors)} embeddings for {wanted} texts: {str(data)[:200]!r}")
    return Reply(tuple(json.dumps(vector) for vector in vectors), usage_of(data.get("usage"), request, ()))


def _numbers(value: Any) -> list[float]:
    """The finite numbers of a list; none where it is anything else."""
    numbers = cast(list[Any], value) if isinstance(value, list) else []
    try:
        return numbers if all(isinstance(each, int | float) and isfinite(each) for each in numbers) else []
    except OverflowError:  # a whole number of 400 digits
        return []
