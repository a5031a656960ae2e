"""Knows OpenAI's responses protocol: one answer a request, no seed, no stop sequences; nothing is kept there."""

import json
from collections.abc import Set

from gpo.core.chat import Message, Reply, Request, Usage
from gpo.core.errors import ModelRefused, ModelUnavailable, UnreadableReply
from gpo.models.dialect import Body, Dialect, count, estimated, filtered, object_in, objects_in, usage
from gpo.models.failures import told
from gpo.models.openai import refuses, thinks

_FOR_NOW = ("server_error", "rate_limit_exceeded")
"""Failures that may be none the next time."""
_LIMIT = "max_output_tokens"
"""The reason for which an answer may be incomplete: it is cut."""
_LEAST_TOKENS = 16
"""Fewer are refused."""


def write(model: str, request: Request, refused: Set[str]) -> Body:
    """The request as the protocol writes it."""
    sampling = request.sampling
    body: Body = {
        "model": model,
        "input": [
            {"type": "message", "role": message.role, "content": _content(message)} for message in request.messages
        ],
        "max_output_tokens": max(_LEAST_TOKENS, sampling.max_tokens),
        "store": False,
    }
    if "temperature" not in refused:
        body["temperature"] = sampling.temperature
    if sampling.effort:
        body["reasoning"] = {"effort": sampling.effort}
    if sampling.schema:
        schema = {"type": "json_schema", "name": "answer", "schema": json.loads(sampling.schema), "strict": True}
        body["text"] = {"format": schema}
    return body


def _content(message: Message) -> list[Body]:
    images: list[Body] = [{"type": "input_image", "image_url": image} for image in message.images]
    kind = "output_text" if message.role == "assistant" else "input_text"
    return [*images, {"type": kind, "text": message.text}]


def read(data: Body, request: Request, where: str) -> Reply:
    """A reply from the protocol's JSON. Output that is empty, or only thought, is an empty answer.

    Raises UnreadableReply where there is no output, ModelRefused or ModelUnavailable where it failed.
    """
    why = object_in(data.get("incomplete_details")).get("reason")
    if why == "content_filter":
        raise filtered(where)
    if data.get("status") == "failed":
        error = object_in(data.get("error"))
        said = f"{where} failed at this request: {str(error.get('message'))[:300]}"
        if error.get("code") in _FOR_NOW:
            raise ModelUnavailable(said, busy=error.get("code") == "rate_limit_exceeded")
        raise ModelRefused(said, fatal=False)
    if failed := told(data, where):
        raise failed
    if not isinstance(data.get("output"), list):
        raise UnreadableReply(f"{where} answered without output: {str(data)[:200]!r}")
    status = data.get("status")
    if status not in (None, "completed", "incomplete") or why != (_LIMIT if status == "incomplete" else why and _LIMIT):
        raise UnreadableReply(f"{where} did not end its answer: {status!r:.50}, {why!r:.100}")
    items = objects_in(data.get("output"))
    said = [item for item in items if item.get("type") == "message"]
    if not said and any(item.get("type") != "reasoning" for item in items):
        raise UnreadableReply(f"{where} answered without a message: {str(data)[:200]!r}")
    parts = [part for item in said for part in objects_in(item.get("content"))]
    text = "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)
    return Reply((text,), _usage(object_in(data.get("usage")), request, text), (why == _LIMIT,))


def _usage(counts: Body, request: Request, text: str) -> Usage:
    prompt, completion = count(counts.get("input_tokens")), count(counts.get("output_tokens"))
    if prompt is None or completion is None:
        return estimated(request, (text,))
    details = object_in(counts.get("input_tokens_details"))
    cached, written = (count(details.get(name)) or 0 for name in ("cached_tokens", "cache_write_tokens"))
    thought = count(object_in(counts.get("output_tokens_details")).get("reasoning_tokens")) or 0
    return usage(prompt, completion, cached=cached, written=written, thought=thought)


def _refuses(model: str) -> frozenset[str]:
    return frozenset({"temperature"}) if "temperature" in refuses(model) else frozenset()


def _path(_: str) -> str:
    return "/responses"


RESPONSES = Dialect(
    write=write,
    read=read,
    path=_path,
    optional={"temperature": "temperature"},
    refuses=_refuses,
    thinks=thinks,
    gives_several=False,
)
"""The responses protocol."""
