"""Knows how a server speaks OpenAI's responses protocol."""

import json
import re

from gpo.core.chat import Message, Reply, Request, Sampling
from gpo.testing.server.spoken import Body, Spoken, parts_of, text_of


def read(body: Body) -> Request:
    """What is asked."""
    wanted = body.get("text", {}).get("format")
    sampling = Sampling(
        temperature=body.get("temperature", 1.0),
        max_tokens=body["max_output_tokens"],
        schema=json.dumps(wanted["schema"]) if wanted else "",
        effort=body.get("reasoning", {}).get("effort", ""),
    )
    return Request(tuple(_message(each) for each in body["input"]), sampling)


def _message(given: Body) -> Message:
    parts = parts_of(given["content"])
    images = tuple(part["image_url"] for part in parts if part["type"] == "input_image")
    return Message(given["role"], text_of(parts), images=images)


def answer(reply: Reply) -> Body:
    """A reply as it is sent: thoughts first, then the text."""
    usage, cut = reply.usage, reply.is_cut(0)
    return {
        "object": "response",
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": [
            {"type": "reasoning", "summary": []},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": reply.texts[0], "annotations": []}],
            },
        ],
        "usage": {
            "input_tokens": usage.prompt_tokens,
            "input_tokens_details": {"cached_tokens": usage.cached_tokens},
            "output_tokens": usage.completion_tokens,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        },
    }


RESPONSES = Spoken(path=re.compile("responses"), read=read, answer=answer)
"""The responses protocol."""
