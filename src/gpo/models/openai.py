"""Knows the chat completions protocol: OpenAI, vLLM, Ollama, llama.cpp server, OpenRouter and all that speak it."""

import json
import re
from collections.abc import Set
from typing import Any

from gpo.core.chat import Message, Reply, Request, Usage
from gpo.core.errors import UnreadableReply
from gpo.models.dialect import Body, Dialect, count, estimated, filtered, object_in, objects_in, quoted
from gpo.models.failures import failure

_THINKING = re.compile(r"(.*/)?(o[1-9]\b|gpt-[5-9](?!.*chat))")
"""OpenAI's names of models that think first. What newer ones refuse they say."""
_ALSO_THINKING = re.compile(
    r"gpt-oss|deepseek-(r\d|reasoner)|qwq|qwen3(?!.*(instruct|coder))|magistral|grok-([4-9]|3-mini)"
    r"|gemini-(2\.5-(pro|flash(?!-lite))|[3-9])|thinking",
    re.IGNORECASE,
)
"""Names of others that do so behind the same protocol; they take a temperature."""


def write(model: str, request: Request, refused: Set[str]) -> Body:
    """The request as the protocol writes it; `max_tokens` by its newer name where the older one is refused."""
    sampling = request.sampling
    limit = "max_completion_tokens" if "max_tokens" in refused else "max_tokens"
    body: Body = {"model": model, "messages": messages_of(request), limit: sampling.max_tokens}
    if "temperature" not in refused:
        body["temperature"] = sampling.temperature
    if sampling.n > 1 and "n" not in refused:
        body["n"] = sampling.n
    if sampling.seed is not None and "seed" not in refused:
        body["seed"] = sampling.seed
    if sampling.stop and "stop" not in refused:
        body["stop"] = list(sampling.stop)
    if sampling.effort:
        body["reasoning_effort"] = sampling.effort
    if sampling.schema:
        schema = {"name": "answer", "schema": json.loads(sampling.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def read(data: Body, request: Request, where: str) -> Reply:
    """A reply from the protocol's JSON, without choices that were filtered out. Raises UnreadableReply, ModelRefused.

    A choice without text is an empty answer: a model that reasons until its token limit says nothing, and is cut.
    """
    given = objects_in(data.get("choices"))
    if not given or given[0].get("error"):
        raise _without_choices(given[0] if given else data, where)
    choices = [choice for choice in given if choice.get("finish_reason") != "content_filter"]
    if not choices:
        raise filtered(where)
    texts = tuple(_text(object_in(choice.get("message"))) for choice in choices)
    cut = tuple(choice.get("finish_reason") == "length" for choice in choices)
    return Reply(texts, usage_of(data.get("usage"), request, texts), cut)


def _without_choices(data: Body, where: str) -> Exception:
    """What an answer without a choice is: some gateways send the error of whom they asked with status 200."""
    code = count(object_in(data.get("error")).get("code"))
    if code is not None and code >= 300:
        return failure(code, json.dumps(data).encode(), {}, where)
    return UnreadableReply(f"{where} answered without choices: {str(data)[:200]!r}")


def messages_of(request: Request) -> list[Body]:
    """The messages as the protocol writes them."""
    return [{"role": message.role, "content": _content(message)} for message in request.messages]


def _content(message: Message) -> str | list[Body]:
    if not message.images:
        return message.text
    images: list[Body] = [{"type": "image_url", "image_url": {"url": image}} for image in message.images]
    return [*images, {"type": "text", "text": message.text}]


def _text(message: Body) -> str:
    """What a message says: its text, its text parts joined, or the words with which the model declined."""
    content = message.get("content") or message.get("refusal") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in objects_in(content))


def usage_of(given: Any, request: Request, texts: tuple[str, ...]) -> Usage:
    """The endpoint's own count, or where it gives none an estimate of a token per four bytes."""
    counts = object_in(given)
    prompt, completion = count(counts.get("prompt_tokens")), count(counts.get("completion_tokens", 0))
    if prompt is None or completion is None:
        return estimated(request, texts)
    cached = count(object_in(counts.get("prompt_tokens_details")).get("cached_tokens")) or 0
    thought = count(object_in(counts.get("completion_tokens_details")).get("reasoning_tokens")) or 0
    if counts.get("total_tokens") == prompt + completion + thought:
        completion += thought  # xAI counts thoughts beside the completion, all others within it
    return Usage(prompt, completion, cached_tokens=min(cached, prompt), reasoning_tokens=min(thought, completion))


def thinks(model: str) -> bool:
    """Whether a model of that name is known to think first, and to count its thoughts as part of the answer."""
    return _THINKING.match(model) is not None or _ALSO_THINKING.search(model) is not None


def refuses(model: str) -> frozenset[str]:
    """What OpenAI's models that think first are known to refuse."""
    return frozenset({"temperature", "max_tokens"}) if _THINKING.match(model) else frozenset()


def _path(_: str) -> str:
    return "/chat/completions"


CHAT = Dialect(
    write=write,
    read=read,
    path=_path,
    optional={
        "max_tokens": "max_completion_tokens|max_tokens",
        "temperature": "temperature",
        "seed": quoted("seed"),
        "stop": rf"{quoted('stop')}|: stop\b",
        "n": quoted("n"),
    },
    refuses=refuses,
    thinks=thinks,
)
"""Chat completions."""
