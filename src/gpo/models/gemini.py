"""Knows Google's generateContent protocol: the model in the address, the system prompt apart, several candidates."""

import json
import re
from collections.abc import Set
from mimetypes import guess_type
from urllib.parse import quote, urlsplit

from gpo.core.chat import Message, Reply, Request, Usage
from gpo.core.errors import UnreadableReply
from gpo.models.dialect import (
    THOUGHTS,
    Body,
    Dialect,
    Place,
    count,
    data_of,
    estimated,
    filtered,
    marked,
    object_in,
    objects_in,
)
from gpo.models.failures import told

_ROLES = {"user": "user", "assistant": "model"}
_SILENT = ("STOP", "MAX_TOKENS")
"""How a candidate ends that may be empty."""
_ENDINGS = (*_SILENT, "FINISH_REASON_UNSPECIFIED", None)
"""How a candidate ends that is the model's own; all other endings are the provider's."""
_THINKING = re.compile(r"gemini-(2\.5-(pro|flash(?!-lite))|[3-9])")
"""Names of models that think first. Thoughts count towards maxOutputTokens."""
_LEVELS = {"none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium"}
_NEVER_LITTLE = re.compile(r"gemini-[3-9][\d.]*-pro")
"""Names of models that cannot think less than "low"."""
_LEAST_THOUGHT = 128
"""Tokens that gemini-2.5-pro thinks with at least."""
_MOST_THOUGHT = 24_576
_SEEDS = 2**31
_CANDIDATES = 8
"""Answers that are given to one request; `Fanned` asks for further ones."""
_STOPS = 5
"""Stop sequences that are taken; we end the answer ourselves at any further one."""


def write(model: str, request: Request, refused: Set[str]) -> Body:
    """The request as the protocol writes it; the model's name is in the address."""
    system = [{"text": message.text} for message in request.messages if message.role == "system" and message.text]
    turns = [
        {"role": _ROLES[message.role], "parts": _parts(message)}
        for message in request.messages
        if message.role != "system"
    ]
    body: Body = {"contents": turns or [{"role": "user", "parts": [{"text": "Go on."}]}]}
    if system:
        body["systemInstruction"] = {"parts": system}
    config = _config(model, request)
    body["generationConfig"] = {key: value for key, value in config.items() if key not in refused}
    return body


def _config(model: str, request: Request) -> Body:
    sampling = request.sampling
    config: Body = {"temperature": sampling.temperature, "maxOutputTokens": sampling.max_tokens}
    if sampling.n > 1:
        config["candidateCount"] = min(sampling.n, _CANDIDATES)
    if sampling.seed is not None:
        config["seed"] = sampling.seed % _SEEDS
    if sampling.stop:
        config["stopSequences"] = list(sampling.stop[:_STOPS])
    if sampling.effort:
        config["thinkingConfig"] = _thinking(model, sampling.effort)
    if sampling.schema:
        config |= {"responseMimeType": "application/json", "responseJsonSchema": json.loads(sampling.schema)}
    return config


def _thinking(model: str, effort: str) -> Body:
    """How much to think: a number of tokens for the models of 2.5, a word for newer ones."""
    if "gemini-2" in model:
        return {"thinkingBudget": min(max(THOUGHTS[effort], _thinks_least(model)), _MOST_THOUGHT)}
    level = _LEVELS.get(effort, "high")
    return {"thinkingLevel": "low" if level == "minimal" and _NEVER_LITTLE.search(model) else level}


def _parts(message: Message) -> list[Body]:
    images: list[Body] = [_picture(image) for image in message.images]
    return [*images, {"text": message.text}]


def _picture(image: str) -> Body:
    inside = data_of(image)
    if inside is None:
        kind, _ = guess_type(urlsplit(image).path)
        return {"fileData": {"mimeType": kind or "image/jpeg", "fileUri": image}}
    return {"inlineData": {"mimeType": inside[0], "data": inside[1]}}


def read(data: Body, request: Request, where: str) -> Reply:
    """A reply from the protocol's JSON, without thoughts or what was filtered. Raises UnreadableReply, ModelRefused."""
    candidates = objects_in(data.get("candidates"))
    blocked = object_in(data.get("promptFeedback")).get("blockReason")
    if blocked and not candidates:
        raise filtered(where, str(blocked))
    if failed := told(data, where):
        raise failed
    if not candidates:
        raise UnreadableReply(f"{where} answered without candidates: {str(data)[:200]!r}")
    whole = [candidate for candidate in candidates if _is_answer(candidate)]
    if not whole:
        why = next((why for each in candidates if (why := each.get("finishReason")) not in _ENDINGS), None)
        if isinstance(why, str):
            raise filtered(where, why)
        raise UnreadableReply(f"{where} answered a candidate without content: {str(data)[:200]!r}")
    texts = tuple(_text(object_in(candidate.get("content"))) for candidate in whole)
    cut = tuple(candidate.get("finishReason") == "MAX_TOKENS" for candidate in whole)
    return Reply(texts, _usage(object_in(data.get("usageMetadata")), request, texts), cut)


def _is_answer(candidate: Body) -> bool:
    ending = candidate.get("finishReason")
    return ending in _SILENT or (ending in _ENDINGS and isinstance(candidate.get("content"), dict))


def _text(content: Body) -> str:
    said = [part for part in objects_in(content.get("parts")) if not part.get("thought")]
    return "".join(str(part.get("text") or "") for part in said)


def _usage(counts: Body, request: Request, texts: tuple[str, ...]) -> Usage:
    """Their count of the candidates leaves out the thoughts; ours is of all that was written."""
    prompt = count(counts.get("promptTokenCount"))
    said = count(counts.get("candidatesTokenCount", None if any(texts) else 0))
    if prompt is None or said is None:
        return estimated(request, texts)
    thought = count(counts.get("thoughtsTokenCount")) or 0
    cached = count(counts.get("cachedContentTokenCount")) or 0
    return Usage(prompt, said + thought, cached_tokens=min(cached, prompt), reasoning_tokens=thought)


def _path(model: str) -> str:
    return f"/models/{quote(model.removeprefix('models/'))}:generateContent"


def _place(base: str, query: str) -> Place:
    """Google's own library wants the address without the version, so that both spellings are about."""
    return Place(base if re.search(r"/v\d+\w*$", base) else f"{base}/v1beta")


def _thinks(model: str) -> bool:
    return _THINKING.search(model) is not None


def _thinks_least(model: str) -> int:
    """Of 2.5 only the large model cannot be told not to think; of the newer ones none can."""
    if "gemini-2" in model:
        return _LEAST_THOUGHT if "gemini-2.5-pro" in model else 0
    if _NEVER_LITTLE.search(model):
        return THOUGHTS["low"]
    return THOUGHTS["minimal"] if _thinks(model) else 0


GEMINI = Dialect(
    write=write,
    read=read,
    path=_path,
    place=_place,
    key=("x-goog-api-key", ""),
    optional={
        "candidateCount": "[Mm]ultiple candidates|one candidate|candidate_?[Cc]ount",
        "seed": f"{marked('seed')}|[Ss]eed is",
        "temperature": "temperature",
    },
    thinks=_thinks,
    thinks_least=_thinks_least,
)
"""The generateContent protocol."""
