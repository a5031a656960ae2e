"""Knows the most that a request may take, and learns what an endpoint adds to it. Sends nothing.

A byte-level tokenizer never makes more tokens than bytes. To these come the chat template, a system prompt of the
server's own, thoughts that do not count as the answer: what they take is seen in the first answers.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gpo.core.chat import Request, Usage

UNKNOWN = 256
"""Tokens reserved for what an endpoint adds to a request until it has answered one, and always for what it adds to an
answer beyond max_tokens: that shows in long answers only. What is not taken is free again once a request is answered.
"""
OF_A_MESSAGE = 16
"""Tokens reserved for a chat template's marks around each message, also where nothing more was seen."""
MOST_OF_AN_IMAGE = 50_000
"""Tokens that a picture is reserved at: no provider's tiles come to more. What it really took is settled afterwards."""
MOST_BYTES_A_TOKEN = 6
"""Of a whole text, on average. So what an endpoint adds is seen too large rather than too small."""


class Extent(NamedTuple):
    """How large a request is: the bytes of its texts, its messages, its pictures, and the tokens that are asked for."""

    text: int
    messages: int
    images: int
    answers: int

    @staticmethod
    def of(request: Request) -> "Extent":
        """That of a request."""
        sampling, images = request.sampling, 0
        size = _bytes(sampling.schema) if sampling.schema else 0
        for message in request.messages:
            size += _bytes(message.text)
            images += len(message.images)
        return Extent(size, len(request.messages), images, sampling.n * sampling.max_tokens)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class Overhead:
    """What an endpoint adds: the most seen so far, in tokens. prompt: None until it has answered.

    completion: an answer that went beyond max_tokens was added to, by no more than all that was counted.
    """

    prompt: int | None = None
    completion: int = UNKNOWN

    def most(self, size: Extent) -> Usage:
        """The most that a request of that size may take, as far as it is known."""
        added = UNKNOWN if self.prompt is None else self.prompt
        prompt = size.text + max(OF_A_MESSAGE * size.messages, added) + size.images * MOST_OF_AN_IMAGE
        return Usage(prompt, size.answers + self.completion, written_tokens=prompt)

    def learn(self, size: Extent, usage: Usage) -> None:
        """Takes note of what a request took, as the endpoint counts it. Pictures hide what else was added."""
        added = 0 if size.images else usage.prompt_tokens - size.text // MOST_BYTES_A_TOKEN
        if self.prompt is None or added > self.prompt:
            self.prompt = max(0, added)
        if usage.completion_tokens > size.answers:
            self.completion = max(self.completion, usage.completion_tokens)
