"""Knows how a server speaks chat completions and embeddings."""

import json
import re

from gpo.core.chat import Message, Reply, Request, Sampling
from gpo.testing.server.spoken import Body, Spoken, parts_of, text_of


def read(body: Body) -> Request:
    """What is asked."""
    limit = body.get("max_tokens") or body.get("max_completion_tokens") or 16
    wanted = body.get("response_format", {}).get("json_schema")
    sampling = Sampling(
        temperature=body.get("temperature", 1.0),
        max_tokens=limit,
        n=body.get("n", 1),
        seed=body.get("seed"),
        stop=tuple(body.get("stop", ())),
        schema=json.dumps(wanted["schema"]) if wanted else "",
        effort=body.get("reasoning_effort", ""),
    )
    return Request(tuple(_message(each) for each in body["messages"]), sampling)


def _message(given: Body) -> Message:
    parts = parts_of(given["content"])
    images = tuple(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
    return Message(given["role"], text_of(parts), images=images)


def answer(reply: Reply) -> Body:
    """A reply as it is sent."""
    usage = reply.usage
    sent = chat_json(*reply.texts, prompt=usage.prompt_tokens, completion=usage.completion_tokens)
    for i, choice in enumerate(sent["choices"]):
        choice["finish_reason"] = "length" if reply.is_cut(i) else "stop"
    if usage.cached_tokens:
        sent["usage"]["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.reasoning_tokens:
        sent["usage"]["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return sent


def chat_json(*texts: str | None, reason: str = "stop", prompt: int = 10, completion: int = 5) -> Body:
    """An answer of the chat completions protocol."""
    return {
        "object": "chat.completion",
        "choices": [
            {"index": i, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
            for i, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
    }


def embeddings_json(texts: list[str]) -> Body:
    """An answer of the embeddings protocol; a text's vector counts its letters, so that like texts lie near."""
    rows = [
        {"index": i, "embedding": [text.lower().count(letter) + 0.5 for letter in "abcdefghijklmnopqrstuvwxyz"]}
        for i, text in enumerate(texts)
    ]
    # Back to front: the protocol orders by index, not by place.
    return {"data": rows[::-1], "usage": {"prompt_tokens": sum(len(text.split()) for text in texts)}}


CHAT = Spoken(path=re.compile(r"(deployments/(?P<model>[^/]+)/)?chat/completions"), read=read, answer=answer)
"""Chat completions, also by Azure's dated addresses."""
