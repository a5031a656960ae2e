"""Knows Anthropic's messages protocol: the system prompt apart, one answer a request, no seed."""

import json
import re
from collections.abc import Iterable, Set

from gpo.core.chat import Message, Reply, Request, Sampling, Usage
from gpo.core.errors import ModelRefused, UnreadableReply
from gpo.models.dialect import (
    THOUGHTS,
    Body,
    Dialect,
    Place,
    count,
    data_of,
    estimated,
    filtered,
    object_in,
    objects_in,
    usage,
)
from gpo.models.failures import told

VERSION = "2023-06-01"
HOTTEST = 1.0
"""The highest temperature that is taken; other providers go to 2."""
_THINKING = re.compile(r"claude-(opus-4-[7-9]|(opus|sonnet|haiku|fable|mythos)-[5-9])")
"""Names of models that think first, and take no temperature. Newer ones say so."""
_ADAPTIVE = re.compile(r"claude-((opus|sonnet)-4-[6-9]|[a-z]+-[5-9])")
"""Names of models that decide themselves how much to think, within an effort."""
_NEVER_THINKING = re.compile(r"claude-(instant|[12]\b|3-(?!7))")
"""Names of models that cannot think first, and do not know the parameter."""
_UNTHINKING = {"type": "disabled"}
LEAST_THOUGHT = 1024
"""Tokens; a smaller number is refused."""
_CUT = ("max_tokens", "model_context_window_exceeded")
_ENDINGS = (None, "end_turn", "stop_sequence", *_CUT)
"""How an answer ends that may be empty. Others, such as tool_use, end something that is no answer to us."""


def write(model: str, request: Request, refused: Set[str]) -> Body:
    """The request as the protocol writes it."""
    sampling, system = request.sampling, "\n\n".join(_texts(request, system=True))
    body: Body = {"model": model, "max_tokens": sampling.max_tokens, "messages": _turns(request.messages)}
    if system:
        body["system"] = system
    body |= _thinking(model, sampling)
    if "temperature" not in refused and body.get("thinking", _UNTHINKING) == _UNTHINKING:
        body["temperature"] = min(sampling.temperature, HOTTEST)
    stop = [each for each in sampling.stop if each.strip()]  # blank ones are refused; we end the answer ourselves
    if stop:
        body["stop_sequences"] = stop
    if sampling.schema:
        form = {"type": "json_schema", "schema": json.loads(sampling.schema)}
        body["output_config"] = {**body.get("output_config", {}), "format": form}
    return body


def _thinking(model: str, sampling: Sampling) -> Body:
    """What tells a model how much to think: newer ones a word, older ones a number of tokens within max_tokens."""
    if not sampling.effort:
        return {}
    if _NEVER_THINKING.search(model):
        if sampling.effort == "none":
            return {}
        raise ModelRefused(f"{model} cannot think before it answers. Leave the setting reasoning_effort out.")
    if sampling.effort == "none":
        return {"thinking": _UNTHINKING}
    if _ADAPTIVE.search(model):
        effort = "low" if sampling.effort == "minimal" else sampling.effort
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}}
    tokens, most = THOUGHTS[sampling.effort], sampling.max_tokens
    within = tokens if tokens < most else max(LEAST_THOUGHT, most // 2)
    return {"thinking": {"type": "enabled", "budget_tokens": within}}


def _texts(request: Request, *, system: bool) -> list[str]:
    return [message.text for message in request.messages if (message.role == "system") == system and message.text]


def _turns(messages: Iterable[Message]) -> list[Body]:
    """The turns after the system prompt; where there is nothing but that, a turn that says go on."""
    turns = [{"role": each.role, "content": _content(each)} for each in messages if each.role != "system"]
    return turns or [{"role": "user", "content": "Go on."}]


def _content(message: Message) -> str | list[Body]:
    if not message.images:
        return message.text
    images: list[Body] = [{"type": "image", "source": _source(image)} for image in message.images]
    return [*images, {"type": "text", "text": message.text}] if message.text else images


def _source(image: str) -> Body:
    inside = data_of(image)
    if inside is None:
        return {"type": "url", "url": image}
    return {"type": "base64", "media_type": inside[0], "data": inside[1]}


def read(data: Body, request: Request, where: str) -> Reply:
    """A reply from the protocol's JSON; thoughts are not part of it. Raises UnreadableReply, ModelRefused."""
    blocks, ending = data.get("content"), data.get("stop_reason")
    if ending == "refusal":
        raise filtered(where, "refusal")
    if failed := told(data, where):
        raise failed
    if not isinstance(blocks, list):
        raise UnreadableReply(f"{where} answered without content: {str(data)[:200]!r}")
    text = "".join(str(block.get("text") or "") for block in objects_in(data.get("content")))
    if ending == "pause_turn" or not isinstance(ending, str | None) or (not text and ending not in _ENDINGS):
        raise UnreadableReply(f"{where} did not end its answer: {str(data)[:200]!r}")
    return Reply((text,), _usage(object_in(data.get("usage")), request, text), (ending in _CUT,))


def _usage(counts: Body, request: Request, text: str) -> Usage:
    """Their prompt count leaves out what went into or came out of their cache; ours is of all tokens."""
    fresh, completion = count(counts.get("input_tokens")), count(counts.get("output_tokens"))
    if fresh is None or completion is None:
        return estimated(request, (text,))
    kept, known = (count(counts.get(f"cache_{way}_input_tokens")) or 0 for way in ("creation", "read"))
    thought = count(object_in(counts.get("output_tokens_details")).get("thinking_tokens")) or 0
    return usage(fresh + kept + known, completion, cached=known, written=kept, thought=thought)


def _place(base: str, query: str) -> Place:
    """Anthropic's own library wants the address without the version, so that both spellings are about."""
    return Place(base if re.search(r"/v\d+$", base) else f"{base}/v1")


def _thinks(model: str) -> bool:
    return _THINKING.search(model) is not None


def _refuses(model: str) -> frozenset[str]:
    return frozenset({"temperature"}) if _thinks(model) else frozenset()


def _path(_: str) -> str:
    return "/messages"


ANTHROPIC = Dialect(
    write=write,
    read=read,
    path=_path,
    place=_place,
    key=("x-api-key", ""),
    headers={"anthropic-version": VERSION},
    optional={"temperature": "temperature"},
    refuses=_refuses,
    thinks=_thinks,
    gives_several=False,
)
"""The messages protocol."""
