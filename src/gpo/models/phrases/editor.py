"""Knows how to rewrite an instruction by moving phrases about. It is no language model, and says so.

It stands in for an optimizer model where there is none (no key, no network). It reads the same text that a real one
would read and answers in the same tags: earlier prompts with scores, solved examples, the word limit, edit or
generate. What it knows beyond the text is a bank of general phrases. The same request always gets the same answer.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random

from gpo.core.chat import Reply, Request, Usage
from gpo.core.edits import words_changed
from gpo.core.keys import content_key
from gpo.core.randomness import rng as keyed
from gpo.models.phrases.bank import bank
from gpo.models.phrases.reading import Brief, read_brief

NO_CRITIC = "No criticism: phrases is a phrase editor and cannot tell why an answer is wrong."
"""What it says where a critique is asked for."""

TRIES = 30
"""Drafts made for one answer before an unchanged instruction is given back."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*\s*|\n+")

Rewrite = Callable[[Brief, list[str], Random], list[str]]
"""(brief, sentences of the current instruction, random numbers) -> sentences."""


@dataclass(frozen=True, slots=True)
class PhraseEditor:
    """The stand-in. `complete` never fails; where it understands nothing it proposes fresh phrases."""

    name: str = "phrases"

    @property
    def address(self) -> str:
        """A hash of the phrases it knows: answers of another bank are not its own."""
        return bank().fingerprint

    async def complete(self, request: Request) -> Reply:
        """n proposals, no two alike where that can be helped."""
        brief = read_brief(request.messages)
        if brief.tag == "feedback":
            return Reply((f"<feedback>{NO_CRITIC}</feedback>",) * request.sampling.n, Usage(0, request.sampling.n))
        # By what it reads and no more: a meta-prompt that says the same in other words gets the same answers.
        key = content_key([asdict(brief), request.sampling.seed], 16)
        taken = {each.text for each in brief.earlier} | {brief.current}
        texts: list[str] = []
        for index in range(request.sampling.n):
            text = propose(brief, frozenset(taken), keyed(index, 0, f"phrases {key}"))
            taken.add(text)
            texts.append(f"<{brief.tag}>{text}</{brief.tag}>")
        asked = sum(len(message.text.split()) for message in request.messages)
        return Reply(tuple(texts), Usage(asked, sum(len(text.split()) for text in texts)))


def propose(brief: Brief, taken: frozenset[str], rng: Random) -> str:
    """A rewrite within the word limit that is not among those taken; after TRIES drafts the last that is allowed."""
    allowed = brief.current
    sentences = sentences_of(brief.current)
    for _ in range(TRIES):
        rewrites, weights = zip(*_rewrites(brief), strict=True)
        draft = "".join(rng.choices(rewrites, weights)[0](brief, list(sentences), rng)).strip()
        if not draft or any(name not in draft for name in brief.keep):
            continue
        if brief.words is not None and words_changed(brief.current, draft) > brief.words:
            continue
        allowed = draft
        if draft not in taken:
            break
    return allowed


def sentences_of(text: str) -> list[str]:
    """The sentences and line breaks of a text; joined they are the text."""
    return _SENTENCE.findall(text)


def _rewrites(brief: Brief) -> tuple[tuple[Rewrite, float], ...]:
    """What to do, and how readily: begin anew while nothing has worked, polish what has."""
    works = max([brief.score, *(each.score for each in brief.earlier)]) / 100
    anew = 0.0 if brief.again or brief.keep else (1 - works) * (0.3 if brief.edits else 1.0)
    return (
        (_anew, 3.0 * anew),
        (_other_question, 2.0 * (1 - works) + 0.2),
        (_other_phrase, 2.0),
        (_crossed, 1.5 if brief.earlier else 0.0),
        (_with_remark, 1.0),
        (_without_one, 0.7),
        (_swapped, 0.3),
    )


def _anew(brief: Brief, sentences: list[str], rng: Random) -> list[str]:
    """A fresh question, at times with a remark."""
    fresh = [bank().question(brief.shown, rng)]
    return _with_remark(brief, fresh, rng) if rng.random() < 0.4 else fresh


def _other_question(brief: Brief, sentences: list[str], rng: Random) -> list[str]:
    """One sentence replaced by a fresh question, or a question added where no sentence may go."""
    place = _any_free(brief, sentences, rng)
    question = bank().question(brief.shown, rng)
    if place is None:
        return [f"{question} ", *sentences]
    sentences[place] = question + _blank_after(sentences[place])
    return sentences


def _other_phrase(brief: Brief, sentences: list[str], rng: Random) -> list[str]:
    """One phrase replaced by another of its group, in the current instruction or in a good earlier one."""
    basis = sentences_of(_one_that_worked(brief, rng)) if rng.random() < 0.5 else sentences
    place = _any_free(brief, basis, rng)
    if place is not None:
        basis[place] = bank().other_phrase(basis[place], brief.shown, rng)
    return basis


def _crossed(brief: Brief, sentences: list[str], rng: Random) -> list[str]:
    """The beginning of the current instruction and the end of a good earlier one, or the other way round."""
    other = sentences_of(_one_that_worked(brief, rng))
    first, second = (sentences, other) if rng.random() < 0.5 else (other, sentences)
    head = first[: rng.randint(0, len(first))]
    tail = [
        each for each in second[rng.randint(0, len(second)) :] if each.strip() not in {kept.strip() for kept in head}
    ]
    return _spaced([*head, *tail])


def _with_remark(brief: Brief, sentences: list[str], rng: Random) -> list[str]:
    if rng.random() < 0.4:
        return _spaced([bank().remark("openers", brief.shown, rng), *sentences])
    return _spaced([*sentences, bank().remark("closers", brief.shown, rng)])


def _without_one(brief: Brief, sentences: list[str], rng: Random) -> list[str]:
    place = _any_free(brief, sentences, rng)
    return sentences if place is None else sentences[:place] + sentences[place + 1 :]


def _swapped(brief: Brief, sentences: list[str], rng: Random) -> list[str]:
    full = [i for i, each in enumerate(sentences) if each.strip()]
    if len(full) > 1:
        i, j = rng.sample(full, 2)
        sentences[i], sentences[j] = sentences[j], sentences[i]
    return _spaced(sentences)


def _one_that_worked(brief: Brief, rng: Random) -> str:
    """An instruction known so far, the more readily the better it scored."""
    texts = [brief.current, *(each.text for each in brief.earlier)]
    scores = [brief.score, *(each.score for each in brief.earlier)]
    return rng.choices(texts, [(5 + score) ** 2 for score in scores])[0]


def _any_free(brief: Brief, sentences: list[str], rng: Random) -> int | None:
    """The place of a sentence that holds no placeholder, or None."""
    free = [i for i, each in enumerate(sentences) if each.strip() and "{{" not in each]
    return rng.choice(free) if free else None


def _blank_after(sentence: str) -> str:
    return sentence[len(sentence.rstrip()) :]


def _spaced(sentences: list[str]) -> list[str]:
    """The sentences with a blank between any two that would run together."""
    return [f"{each} " if each[-1:] not in (" ", "\n") else each for each in sentences if each]
