"""Knows what a program asked the task model on its way to an answer, and whether the model failed it."""

from dataclasses import dataclass, field

from gpo.core.brief import brief
from gpo.core.chat import Model, Reply, Request
from gpo.core.errors import GPOError

LONGEST = 2_000
"""Characters of one text in a transcript; what is longer loses its middle."""


@dataclass(slots=True)
class Overheard:
    """The task model as one run of a program sees it. asked: the requests in the order they were made.

    failure: the first error of the model, also where the program caught it: a failed call is never a score.
    """

    model: Model
    asked: list[Request] = field(default_factory=list[Request], init=False)
    said: dict[int, Reply] = field(default_factory=dict[int, Reply], init=False)
    failure: GPOError | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The task model's own."""
        return self.model.name

    async def complete(self, request: Request) -> Reply:
        """The task model's answer."""
        number = len(self.asked)
        self.asked.append(request)
        try:
            reply = self.said[number] = await self.model.complete(request)
        except GPOError as error:
            self.failure = self.failure or error
            raise
        return reply

    @property
    def transcript(self) -> str:
        """What was asked and said, as text for a reader."""
        return "\n".join(
            f"Step {number + 1}, asked: {_asked(request)}\nStep {number + 1}, said: {_said(self.said.get(number))}"
            for number, request in enumerate(self.asked)
        )


def _asked(request: Request) -> str:
    return " | ".join(brief(message.text, LONGEST) for message in request.messages)


def _said(reply: Reply | None) -> str:
    return " | ".join(brief(text, LONGEST) for text in reply.texts) if reply else ""
