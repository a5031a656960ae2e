"""Knows the chat completions protocol: OpenAI, vLLM, Ollama, llama.cpp server, OpenRouter and all that speak it."""

import json
import re
from collections.abc import Sequence, Set

from gpo.core.chat import Message, Reply, Request, Usage
from gpo.core.errors import ModelError, ModelUnavailable, UnreadableReply
from gpo.files.as_json import Json
from gpo.models.dialect import Body, Dialect, count, estimated, filtered, marked, objects_in, usage
from gpo.models.failures import told

_THINKING = re.compile(r"(.*/)?(o[1-9]\b|gpt-[5-9](?!.*chat))")
"""OpenAI's names of models that think first. What newer ones refuse they say."""
_ALSO_THINKING = re.compile(
    r"gpt-oss|deepseek-(r\d|reasoner)|qwq|qwen3(?!.*(instruct|coder))|magistral|grok-([4-9]|3-mini)"
    r"|gemini-(2\.5-(pro|flash(?!-lite))|[3-9])|thinking",
    re.IGNORECASE,
)
"""Names of others that do so behind the same protocol; they take a temperature."""
_ENDINGS = (None, "", "stop", "length", "eos", "eos_token", "end_turn", "stop_sequence", "max_tokens", "model_length")
"""How an answer ends that may be empty. All others, such as tool_calls, end something that is no answer to us."""
_TEXT_OR_NOTHING = (str, type(None))
_FAILED_FOR_NOW = ("insufficient_system_resource", "network_error")
_FAILED = (*_FAILED_FOR_NOW, "content_filter", "error", "abort", "cancelled")
"""How what was written ends where it is not the model that ended it."""
_STOPS = 4
"""Stop sequences that OpenAI and most others take; we end the answer ourselves at any further one."""


def write(model: str, request: Request, refused: Set[str]) -> Body:
    """The request as the protocol writes it; `max_tokens` by its newer name where the older one is refused."""
    sampling = request.sampling
    body: Body = {
        "model": model,
        "messages": messages_of(request),
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
    }
    if sampling.n > 1:
        body["n"] = sampling.n
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if sampling.stop:
        body["stop"] = list(sampling.stop[:_STOPS])
    if "max_tokens" in refused:
        body["max_completion_tokens"] = sampling.max_tokens
    for name in refused:
        body.pop(name, None)
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
    choices: Json = data.get("choices")
    texts: list[str] = []
    cut: list[bool] = []
    for choice in choices if isinstance(choices, list) and not data.get("error") else ():
        text = _said(choice)
        if text is not None:
            texts.append(text)
            cut.append(choice.get("finish_reason") == "length")
    if not texts:
        raise _without_answer(data, where)
    return Reply(tuple(texts), usage_of(data.get("usage"), request, texts), tuple(cut))


def _said(choice: Json) -> str | None:
    """What the model said, "" where it fell silent; None for what was filtered, broken off, or has another form."""
    if not isinstance(choice, dict):
        return None
    why: Json = choice.get("finish_reason")
    message: Json = choice.get("message")
    if not isinstance(message, dict) or not isinstance(why, _TEXT_OR_NOTHING) or why in _FAILED or choice.get("error"):
        return None
    content: Json = message.get("content")
    if isinstance(content, str) and content:
        return content
    if isinstance(content, list):
        if content and not objects_in(content):
            return None
    elif not isinstance(content, _TEXT_OR_NOTHING):
        return None
    text = _text(message)
    return text if text or (why in _ENDINGS and not message.get("tool_calls")) else None


def _without_answer(data: Body, where: str) -> ModelError:
    """What came where no choice is an answer: some gateways send the error of whom they asked with status 200."""
    given = objects_in(data.get("choices"))
    first = given[0] if given else {}
    if failed := told(data, where) or told(first, where):
        return failed
    if any(choice.get("finish_reason") == "content_filter" for choice in given):
        return filtered(where)
    if first.get("finish_reason") in _FAILED_FOR_NOW:
        return ModelUnavailable(f"{where} broke off: {first['finish_reason']}.")
    return UnreadableReply(f"{where} answered without {'text' if given else 'choices'}: {str(data)[:200]!r}")


def messages_of(request: Request) -> list[Body]:
    """The messages as the protocol writes them."""
    return [
        {"role": message.role, "content": _pictured(message) if message.images else message.text}
        for message in request.messages
    ]


def _pictured(message: Message) -> list[Body]:
    images: list[Body] = [{"type": "image_url", "image_url": {"url": image}} for image in message.images]
    return [*images, {"type": "text", "text": message.text}]


def _text(message: Body) -> str:
    """What a message says: its text, its text parts joined, or the words with which the model declined."""
    content = message.get("content") or message.get("refusal") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in objects_in(content))


def usage_of(given: Json, request: Request, texts: Sequence[str]) -> Usage:
    """The endpoint's own count, or where it gives none an estimate."""
    if not isinstance(given, dict):
        return estimated(request, texts)
    prompt, completion = count(given.get("prompt_tokens")), count(given.get("completion_tokens"))
    if completion is None and not any(texts) and "completion_tokens" not in given:
        completion = 0
    if prompt is None or completion is None:
        return estimated(request, texts)
    cached = written = thought = beside = 0
    if "prompt_cache_hit_tokens" in given:  # DeepSeek's name
        cached = count(given["prompt_cache_hit_tokens"]) or 0
    of_prompt: Json = given.get("prompt_tokens_details")
    if isinstance(of_prompt, dict):
        cached = count(of_prompt.get("cached_tokens")) or cached
        written = count(of_prompt.get("cache_write_tokens")) or 0
    of_completion: Json = given.get("completion_tokens_details")
    if isinstance(of_completion, dict):
        thought = count(of_completion.get("reasoning_tokens")) or 0
    # xAI counts thoughts beside the completion, Google in the total alone; all others within the completion.
    if (total := given.get("total_tokens")) != prompt + completion:
        beside = max(0, (count(total) or 0) - prompt - completion)
    return usage(prompt, completion + beside, cached=cached, written=written, thought=max(thought, beside))


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
        "seed": marked("seed"),
        "stop": rf"{marked('stop')}|: stop\b",
        "n": marked("n"),
    },
    refuses=refuses,
    thinks=thinks,
)
"""Chat completions."""
