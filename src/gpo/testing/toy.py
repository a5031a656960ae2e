"""Knows a task with a known optimum, and scripted stand-ins for its models. Says nothing about real ones.

Each example needs one keyword; the toy task model answers it rightly when the instruction holds that keyword. The
score of a prompt is therefore the share of the keywords in it, and the best prompt holds them all. With two texts, each
of them needs keywords of its own.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gpo.core.chat import Reply, Request, Usage
from gpo.core.keys import content_key
from gpo.core.prompt import Prompt
from gpo.core.randomness import rng
from gpo.core.task import Example, Grade, Splits, Task, lift

KEYWORDS = ("amber", "birch", "cedar", "delta", "ember")
NOISE = ("please", "now", "kindly", "then", "carefully")


OF_THE_SYSTEM = KEYWORDS[:2]
"""The keywords that a prompt of two texts needs in its system text; the others belong into its user text."""


def toy_task(rows: int = 10) -> Task:
    """A task of `rows` training and selection rows and twice as many test rows; the seed prompt scores 0."""
    return _task("toy", rows, {}, Prompt.of("Answer the row."))


def toy_task_of_two_texts(rows: int = 10) -> Task:
    """The same with a system and a user text, where a keyword in the wrong one does nothing."""
    places = {word: "system " if word in OF_THE_SYSTEM else "user " for word in KEYWORDS}
    seed = Prompt((("system", "You read rows."), ("user", "Answer the row.")))
    return _task("toy of two texts", rows, places, seed)


def _task(task: str, rows: int, places: Mapping[str, str], seed: Prompt) -> Task:
    def split(name: str, count: int) -> tuple[Example, ...]:
        words = [KEYWORDS[i % len(KEYWORDS)] for i in range(count)]
        return tuple(
            Example(f"{name}-{i}", f"row {name} {i} needs {places.get(word, '')}{word}", ("yes",))
            for i, word in enumerate(words)
        )

    def exact(reply: str, example: Example) -> Grade:
        return Grade(float(reply == example.target))

    splits = Splits(split("train", rows), split("selection", rows), split("test", 2 * rows))
    return Task(task, splits, lift(exact), seed=seed, metric_name="exact_match")


@dataclass(slots=True)
class ToyTaskModel:
    """Says "yes" where the line above the row, or the system text if it asks for that, holds the keyword that the row
    needs. Counts its calls.
    """

    name: str = "toy/task"
    shuffle: int | None = None
    calls: list[str] = field(default_factory=list[str], kw_only=True)

    async def complete(self, request: Request) -> Reply:
        """One reply; with `shuffle` set, after a wait that differs from call to call, so that replies change places."""
        await _wait(request, self.shuffle)
        text = request.messages[-1].text
        self.calls.append(text)
        instruction, _, row = text.rpartition("\n")
        place, needed = ["", "", *row.split()][-2:]
        looked_at = request.messages[0].text if place == "system" else instruction
        return Reply(("yes" if needed in looked_at.split() else "no",), Usage(len(text.split()), 1))


@dataclass(slots=True)
class ToyWriter:
    """Answers a meta-prompt with one of its instructions plus a word drawn by the request's seed.

    The instruction is the current one; where there is none the one with the best score, and without scores the first.
    """

    name: str = "toy/writer"
    shuffle: int | None = None
    calls: list[str] = field(default_factory=list[str], kw_only=True)

    async def complete(self, request: Request) -> Reply:
        """n replies in the tags that the meta-prompts ask for."""
        await _wait(request, self.shuffle)
        text = request.messages[0].text
        self.calls.append(text)
        asked = re.findall(r"between <(\w+)> and </", request.messages[-1].text)
        current, tag = _basis(text), asked[-1] if asked else "prompt"
        draw = rng(request.sampling.seed or 0, len(request.messages), "toy")
        texts = tuple(f"<{tag}>{current} {draw.choice(KEYWORDS + NOISE)}</{tag}>" for _ in range(request.sampling.n))
        return Reply(texts, Usage(len(text.split()), 8 * len(texts)))


@dataclass(slots=True)
class ToyJudge:
    """Gives the best mark to the answer "yes", which is the right one on every row of the toy task, and 0 to others."""

    name: str = "toy/judge"
    shuffle: int | None = None
    calls: list[str] = field(default_factory=list[str], kw_only=True)

    async def complete(self, request: Request) -> Reply:
        """n marks in the tags that are asked for."""
        await _wait(request, self.shuffle)
        text = request.messages[0].text
        self.calls.append(text)
        said, best = re.search(r"<answer-(\w+)>\n(.*?)\n</answer-\1>", text, re.S), re.search(r" to (\d+) \(", text)
        right = said is not None and said[2] == "yes"
        mark = best[1] if right and best else int(right)
        reply = f"The answer {'lacks nothing' if right else 'is not yes'}.\n<score>{mark}</score>"
        return Reply((reply,) * request.sampling.n, Usage(len(text.split()), 8 * request.sampling.n))


def _basis(text: str) -> str:
    current = re.search(r"# Current instruction\n+(.*?)(?:\n|\Z)", text)
    scored: list[tuple[str, str]] = re.findall(r"^Instruction: (.*)\nScore: ([\d.]+)$", text, re.M)
    if current or not scored:
        found = current or re.search(r"^Instruction: (.*)", text, re.M)
        return found[1] if found else ""
    return max(scored, key=lambda pair: float(pair[1]))[0]


async def _wait(request: Request, shuffle: int | None) -> None:
    if shuffle is not None:
        key = content_key([shuffle, *(message.text for message in request.messages)], 8)
        await asyncio.sleep(int(key, 16) % 7 / 1000)
