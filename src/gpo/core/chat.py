"""Knows what is said to a language model and what comes back. Does not know any provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How much a model may be told to think before it answers. Few models know all of them."""
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat. images: pictures shown before the text, as addresses: https: or data:image/…;base64,…"""

    role: Role
    text: str
    images: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How an answer is drawn. temperature ≥ 0; max_tokens ≥ 1 per answer; n ≥ 1 answers; seed tells repeats apart.

    stop: texts before which an answer ends. schema: a JSON schema, as JSON text, that the answer must fit; "" for none.
    effort: how much a reasoning model thinks first, one of EFFORTS; "" leaves it to the model.
    """

    temperature: float = 0.0
    max_tokens: int = 256
    n: int = 1
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: str = ""
    effort: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Everything an answer depends on besides the model: hashable, so it is its own cache key.

    worth_keeping: whether a reply is for other runs as well; one that cannot be read may be another the next time. None
    where every reply is.
    """

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    worth_keeping: "Callable[[Reply], bool] | None" = field(default=None, kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the endpoint counts them (all n answers together).

    cached_tokens: those of the prompt that the endpoint still knew, which are cheaper. written_tokens: those that it
    noted to know them the next time, for which some charge more. reasoning_tokens: those of the completion that were
    thought and not said.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = field(default=0, kw_only=True)
    written_tokens: int = field(default=0, kw_only=True)
    reasoning_tokens: int = field(default=0, kw_only=True)

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            written_tokens=self.written_tokens + other.written_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The answers of one call and what they took. `cut[i]` is true where answer i ended at the token limit."""

    texts: tuple[str, ...]
    usage: Usage = Usage()
    cut: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.texts, str):
            raise TypeError(f"A reply holds a tuple of texts, one for each answer: Reply(({self.texts[:40]!r},)).")

    def is_cut(self, index: int) -> bool:
        """Whether answer `index` ended at the token limit; False where the endpoint does not say."""
        return index < len(self.cut) and self.cut[index]


class Model(Protocol):
    """A language model: a request in, a reply out. Raises `ModelError`s and `BudgetExhausted` only."""

    @property
    def name(self) -> str:
        """`provider/name`, as the user wrote it; part of every cache key."""
        ...

    async def complete(self, request: Request) -> Reply:
        """The answers to one request."""
        ...


Embedder = Callable[[tuple[str, ...]], Awaitable[tuple[tuple[float, ...], ...]]]
"""Texts in, one vector for each out, in order; all vectors of one embedder have the same length."""
