"""Knows what a prompt is: one or several named texts. Does not know how a prompt meets an example."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from gpo.core.keys import content_key

INSTRUCTION = "instruction"
"""What the text of a prompt is called that has one."""
SYSTEM = "system"
"""What the text is called that becomes the system message."""
SHOTS = "shots"
"""What the text is called that holds solved examples for the task model."""

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """Named texts, who they descend from and what made them; equal texts have equal `id`s.

    texts: (name, text) pairs; most prompts have one text, named "instruction".
    parents: ids of the prompts it was made from. made_by: "seed" or the name of the part that wrote it.
    """

    texts: tuple[tuple[str, str], ...]
    parents: tuple[str, ...] = ()
    made_by: str = "seed"

    @classmethod
    def of(cls, text: str, parents: tuple[str, ...] = (), made_by: str = "seed") -> "Prompt":
        """A prompt of one text."""
        return cls(((INSTRUCTION, text),), parents, made_by)

    @property
    def text(self) -> str:
        """The text of a prompt that has one; several texts are joined by blank lines."""
        return "\n\n".join([text for _, text in self.texts])

    @property
    def shown(self) -> str:
        """The prompt for a reader: as it is, or each text below its name where the names say something.

        >>> print(Prompt((("system", "You count."), ("user", "How many?"))).shown)
        system:
        You count.
        <BLANKLINE>
        user:
        How many?
        """
        return self.text if self.is_one_text else "\n\n".join(f"{name}:\n{text}" for name, text in self.texts)

    @property
    def by_name(self) -> dict[str, str]:
        """The texts by name."""
        return dict(self.texts)

    @property
    def is_one_text(self) -> bool:
        """Whether there is one text, and its name says nothing: `text` is then all there is to know."""
        return [name for name, _ in self.texts] == [INSTRUCTION]

    def __getitem__(self, name: str) -> str:
        """The text of that name. Raises KeyError where there is none."""
        return self.by_name[name]

    @property
    def id(self) -> str:
        """Twelve hex digits that depend on the texts alone."""
        return _id_of(self.texts)

    def with_text(self, name: str, text: str, made_by: str) -> "Prompt":
        """A child of this prompt with one of its texts replaced."""
        texts = tuple((each, text if each == name else old) for each, old in self.texts)
        return Prompt(texts, (self.id,), made_by)

    @property
    def roles(self) -> tuple[str | None, str, str]:
        """The system message, if there is one, what is asked, and the solved examples."""
        return _roles_of(self.texts)

    @property
    def variables(self) -> frozenset[str]:
        """The names that stand as `{{name}}` in the texts."""
        return frozenset(VARIABLE.findall(self.text))


@dataclass(frozen=True, slots=True)
class Scored:
    """A prompt with its mean score in [0, 1] over n examples. unanswered: how many more were asked in vain.

    scores: of each example in order, None where there is no answer; () where that is not known. Prompts compete by
    what both answered, see core/standings.py.
    """

    prompt: Prompt
    score: float
    n: int
    unanswered: int = field(default=0, kw_only=True)
    scores: tuple[float | None, ...] = field(default=(), kw_only=True, compare=False, repr=False)

    @property
    def sure(self) -> float:
        """The mean if every missing answer were wrong: no target is reached by a call that failed. Never shown."""
        return self.score * self.n / (self.n + self.unanswered) if self.unanswered else self.score


@lru_cache(maxsize=4096)
def _id_of(texts: tuple[tuple[str, str], ...]) -> str:
    return content_key(texts, 12)


@lru_cache(maxsize=64)
def _roles_of(texts: tuple[tuple[str, str], ...]) -> tuple[str | None, str, str]:
    named = dict(texts)
    system, shots = named.pop(SYSTEM, None), named.pop(SHOTS, "")
    return system, "\n\n".join(named.values()), shots


def unreadable(text: str) -> str:
    """What no model can read in a text, in words, with the remedy; "" where there is nothing of the kind."""
    if "\x00" in text:
        return "holds a NUL byte; take it out"
    if _HALF_A_PAIR.search(text):
        return "holds half of a surrogate pair, which is no character; repair the text"
    return ""
