"""Knows how a model marks answers by a rubric: what it is asked, and how its mark is read. Knows no model by name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from gpo.core.brief import brief
from gpo.core.chat import Message, Model, Reply, Request, Sampling
from gpo.core.concealed import concealed, kind, shown
from gpo.core.errors import ConfigError, UnreadableReply
from gpo.core.keys import content_key
from gpo.core.meant import did_you_mean
from gpo.core.prompt import unreadable
from gpo.core.task import Example, Grade, Grader
from gpo.core.writing import MetaPrompt
from gpo.tasks.reply import spoken

JUDGE = "judge"
"""The metric that is a model: judge:<rubric>, or judge with the rubric among its options."""
_ALSO = "llm_rubric"
"""What promptfoo calls it."""
LONGEST_RUBRIC = 20_000
"""Characters. It is sent with every answer, and the optimizer model reads it as well."""
_OPENING = re.compile(r"<\w+>\s*\Z")
_POINTS = re.compile(r"(?P<points>\d+(?:\.\d+)?)(?: ?(?:/|of|out of) ?(?P<whole>\d+))?(?: points?)?")


@dataclass(frozen=True, slots=True)
class Rubric:
    """A judge that marks answers with 0 to `points` points; the score of an answer is its share of them.

    rubric: what a good answer is. points, 1 to 100: 1 passes or fails. repeats, 1 to 20: how often an answer is marked,
    for the mean of its marks; one mark is drawn at temperature 0, several at 1. max_tokens ≥ 16: of what the judge
    model says of an answer; thoughts come on top.
    """

    rubric: str
    points: int = 5
    repeats: int = field(default=1, kw_only=True)
    max_tokens: int = field(default=512, kw_only=True)

    def grader(self, model: Model, texts: Callable[[str], MetaPrompt]) -> Grader:
        """The grader. What the judge says before its mark is the feedback. A mark that cannot be read is asked for once
        more. It raises UnreadableReply where that helps nothing, and whatever the model raises.
        """
        asks, again = texts("judge/mark"), texts("judge/again")

        async def ask(text: MetaPrompt, chat: tuple[Message, ...], count: int) -> Reply:
            request = Request(chat, self._sampling(count), worth_keeping=lambda reply: bool(self._read(text, reply)))
            return await model.complete(request)

        async def grade(reply: str, example: Example) -> Grade:
            chat = (Message("user", asks.render(self._values(reply, example)), images=example.images),)
            said = await ask(asks, chat, self.repeats)
            marked = self._read(asks, said)
            if not marked and (raw := said.texts[0] if said.texts else "").strip():
                chat = (*chat, Message("assistant", raw), Message("user", again.render({"points": self.points})))
                marked = self._read(again, await ask(again, chat, 1))
            if not marked:
                raise UnreadableReply(self._unmarked(model, said))
            return Grade(sum(mark for mark, _ in marked) / len(marked), marked[0][1])

        return grade

    def _sampling(self, count: int) -> Sampling:
        return Sampling(temperature=0.0 if count == 1 else 1.0, max_tokens=self.max_tokens, n=count)

    def _values(self, reply: str, example: Example) -> dict[str, Any]:
        """What the text for the judge says. fence: depends on what it fences, so that nothing inside can hold it."""
        return {
            "rubric": self.rubric,
            "points": self.points,
            "fence": content_key([self.rubric, example.input, *example.targets, reply], 32),
            "input": brief(example.input),
            "references": [brief(target) for target in example.targets],
            "reply": brief(reply),
        }

    def _read(self, text: MetaPrompt, said: Reply) -> list[tuple[float, str]]:
        """The marks that can be read, each as a score in [0, 1] with what was said before it."""
        heard = [(each, text.read(each)) for each in map(spoken, said.texts)]
        marks = [(self._mark(mark), _before(mark, each)) for each, mark in heard if mark]
        return [(mark / self.points, why) for mark, why in marks if mark is not None]

    def _mark(self, said: str | None) -> float | None:
        """The points, if what was said is a number of them and no more: "4", "4/5", "4 of 5 points"."""
        found = _POINTS.fullmatch((said or "").strip(" *_`.\n"))
        if found is None or found["whole"] not in (None, str(self.points)):
            return None
        points = float(found["points"])
        return points if points <= self.points else None

    def _unmarked(self, model: Model, said: Reply) -> str:
        begins = shown(said.texts[0]) if said.texts and said.texts[0].strip() else "nothing"
        room = f" It was cut at max_tokens ({self.max_tokens}, an option of the metric)." if said.is_cut(0) else ""
        return f"The judge model {model.name} gave no mark from 0 to {self.points}; it said {begins}.{room}"


def _before(mark: str, said: str) -> str:
    """What stands before the mark and the tag that opens it."""
    return _OPENING.sub("", said[: said.rfind(mark)]).strip()


def rubric_of(name: str, options: Mapping[str, Any]) -> Rubric | None:
    """The judge that a metric's name and options ask for, or None where the metric is another.

    Raises ConfigError where the rubric is missing, or an option is unknown or out of range.
    """
    if not is_judge(name):
        return None
    given = dict(options)
    if said := name.partition(":")[2].strip():
        if "rubric" in given:
            raise ConfigError(
                "metric judge: the rubric is given twice, in the name and as an option. Keep one of them."
            )
        given["rubric"] = said
    known = [each.name for each in fields(Rubric)]
    for key in given:
        if key not in known:
            raise ConfigError(f'metric judge: unknown option "{concealed(key)}".{did_you_mean(key, known)}')
    rubric = given.pop("rubric", None)
    if rubric is not None and not isinstance(rubric, str):
        raise ConfigError(f"metric judge: the rubric is {kind(rubric)}; expected text, in quotes if need be.")
    if rubric and _is_file(rubric):
        raise ConfigError(
            f"metric judge: the rubric is the name of a file, {shown(rubric)}. The text itself is wanted: copy it to "
            "where `metric_options:` says `rubric: |`."
        )
    if not rubric or not rubric.strip():
        raise ConfigError(
            "metric judge needs a rubric, which says what a good answer is: write the metric as judge:<rubric>, such "
            'as "judge:The reply is polite and answers the question", or metric_options: {rubric: …}.'
        )
    if problem := unreadable(rubric):
        raise ConfigError(f"metric judge: the rubric {problem}.")
    if len(rubric) > LONGEST_RUBRIC:
        raise ConfigError(f"metric judge: the rubric has {len(rubric):,} characters; at most {LONGEST_RUBRIC:,}.")
    for key, (least, most) in _RANGES.items():
        value = given.get(key, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ConfigError(f"metric judge: {key} is {shown(value)}; expected a whole number from {least} to {most}.")
    return Rubric(rubric.strip(), **given)


def _is_file(rubric: str) -> bool:
    """Whether somebody wrote where the rubric lies instead of what it says: one word, and there is such a file."""
    said = rubric.strip().removeprefix("@")
    return "." in said and not any(map(str.isspace, said)) and len(said) < 200 and Path(said).expanduser().is_file()


def is_judge(name: str) -> bool:
    """Whether a metric of that name is a model."""
    return name.strip().lower().replace("-", "_").partition(":")[0] in (JUDGE, _ALSO)


_RANGES = {"points": (1, 100), "repeats": (1, 20), "max_tokens": (16, 100_000)}
