"""Knows how a server speaks Google's generateContent protocol."""

import json
import re

from gpo.core.chat import Message, Reply, Request, Role, Sampling
from gpo.testing.server.spoken import Body, Problem, Spoken, text_of

_ROLES: dict[str, Role] = {"user": "user", "model": "assistant"}


def read(body: Body) -> Request:
    """What is asked."""
    config = body.get("generationConfig", {})
    system = tuple(Message("system", part["text"]) for part in body.get("systemInstruction", {}).get("parts", ()))
    schema, thinking = config.get("responseJsonSchema"), config.get("thinkingConfig", {})
    sampling = Sampling(
        temperature=config.get("temperature", 1.0),
        max_tokens=config.get("maxOutputTokens", 16),
        n=config.get("candidateCount", 1),
        seed=config.get("seed"),
        stop=tuple(config.get("stopSequences", ())),
        schema=json.dumps(schema) if schema else "",
        effort=str(thinking.get("thinkingLevel", thinking.get("thinkingBudget", ""))),
    )
    return Request((*system, *(_message(each) for each in body["contents"])), sampling)


def _message(given: Body) -> Message:
    images = tuple(image for part in given["parts"] if (image := _image(part)))
    return Message(_ROLES[given["role"]], text_of(given["parts"]), images=images)


def _image(part: Body) -> str:
    if "fileData" in part:
        return part["fileData"]["fileUri"]
    inside = part.get("inlineData")
    return f"data:{inside['mimeType']};base64,{inside['data']}" if inside else ""


def answer(reply: Reply) -> Body:
    """A reply as it is sent: each candidate thinks, then speaks; thoughts are counted apart."""
    usage = reply.usage
    return {
        "candidates": [
            {
                "index": i,
                "content": {"role": "model", "parts": [{"text": "Hm.", "thought": True}, {"text": text}]},
                "finishReason": "MAX_TOKENS" if reply.is_cut(i) else "STOP",
            }
            for i, text in enumerate(reply.texts)
        ],
        "usageMetadata": {
            "promptTokenCount": usage.prompt_tokens,
            "cachedContentTokenCount": usage.cached_tokens,
            "candidatesTokenCount": usage.completion_tokens - usage.reasoning_tokens,
            "thoughtsTokenCount": usage.reasoning_tokens,
        },
    }


def problem(status: int, problem: Problem) -> Body:
    """A problem as it is sent; a wrong key is a bad request there."""
    kind = _KINDS.get(status, "INTERNAL")
    details = [{"reason": "API_KEY_INVALID"}] if problem.code == "invalid_api_key" else []
    return {"error": {"code": status, "message": problem.message, "status": kind, "details": details}}


_KINDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}

GEMINI = Spoken(path=re.compile(r"models/(?P<model>[^/:]+):generateContent"), read=read, answer=answer, problem=problem)
"""The generateContent protocol."""
