"""Knows how a server speaks Anthropic's messages protocol, and what it refuses."""

import json
import re

from gpo.core.chat import Message, Reply, Request, Sampling
from gpo.testing.server.spoken import Body, Problem, Spoken, parts_of, text_of


def read(body: Body) -> Request:
    """What is asked."""
    system = (Message("system", body["system"]),) if body.get("system") else ()
    wanted = body.get("output_config", {}).get("format")
    sampling = Sampling(
        temperature=body.get("temperature", 1.0),
        max_tokens=body["max_tokens"],
        stop=tuple(body.get("stop_sequences", ())),
        schema=json.dumps(wanted["schema"]) if wanted else "",
        effort=_effort(body),
    )
    return Request((*system, *(_message(each) for each in body["messages"])), sampling)


def _effort(body: Body) -> str:
    """A word, or where thoughts are counted in tokens their number."""
    thinking = body.get("thinking", {})
    if thinking.get("type") == "disabled":
        return "none"
    return body.get("output_config", {}).get("effort", "") or str(thinking.get("budget_tokens", ""))


def _message(given: Body) -> Message:
    parts = parts_of(given["content"])
    images = tuple(_image(part["source"]) for part in parts if part["type"] == "image")
    return Message(given["role"], text_of(parts), images=images)


def _image(source: Body) -> str:
    return source.get("url") or f"data:{source['media_type']};base64,{source['data']}"


def answer(reply: Reply) -> Body:
    """A reply as it is sent: thoughts first, then the text; tokens from its cache are counted apart."""
    usage = reply.usage
    return {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": reply.texts[0]}],
        "stop_reason": "max_tokens" if reply.is_cut(0) else "end_turn",
        "usage": {
            "input_tokens": usage.prompt_tokens - usage.cached_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": usage.cached_tokens,
            "output_tokens": usage.completion_tokens,
        },
    }


def problem(status: int, problem: Problem) -> Body:
    """A problem as it is sent."""
    return {"type": "error", "error": {"type": _TYPES.get(status, problem.code), "message": problem.message}}


_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}

ANTHROPIC = Spoken(path=re.compile("messages"), read=read, answer=answer, problem=problem)
"""The messages protocol."""
