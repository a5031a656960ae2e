"""Knows the most that a request may take, and learns what an endpoint adds to it. Sends nothing.

A byte-level tokenizer never makes more tokens than bytes. To these come the chat template, a system prompt of the
server's own, thoughts that do not count as the answer: what they take is seen in the first answers.
"""

from dataclasses import dataclass

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


@dataclass(slots=True)
class Overhead:
    """What an endpoint adds: the most seen so far, in tokens. prompt: None until it has answered.

    completion: an answer that went beyond max_tokens was added to, by no more than all that was counted.
    """

    prompt: int | None = None
    completion: int = UNKNOWN

    def most(self, request: Request) -> Usage:
        """The most that a request may take, as far as it is known."""
        sampling, marks = request.sampling, OF_A_MESSAGE * len(request.messages)
        added, (size, images) = UNKNOWN if self.prompt is None else self.prompt, _measures(request)
        prompt = size + max(marks, added) + images * MOST_OF_AN_IMAGE
        return Usage(prompt, sampling.n * sampling.max_tokens + self.completion, written_tokens=prompt)

    def learn(self, request: Request, usage: Usage) -> None:
        """Takes note of what a request took, as the endpoint counts it. Pictures hide what else was added."""
        size, images = _measures(request)
        added = 0 if images else usage.prompt_tokens - size // MOST_BYTES_A_TOKEN
        self.prompt = max(self.prompt or 0, added)
        sampling = request.sampling
        if usage.completion_tokens > sampling.n * sampling.max_tokens:
            self.completion = max(self.completion, usage.completion_tokens)


def _measures(request: Request) -> tuple[int, int]:
    """The bytes of a request's texts, and how many pictures it has."""
    size, images = _size(request.sampling.schema), 0
    for message in request.messages:
        size += _size(message.text)
        images += len(message.images)
    return size, images


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
