"""The stand-in for an optimizer model: it reads what a real one reads, and obeys it."""

from typing import Any

import pytest

from gpo.core.chat import Message, Request, Sampling
from gpo.core.edits import words_changed
from gpo.meta_prompts.load import meta_prompt
from gpo.models.phrases.bank import Shown, bank
from gpo.models.phrases.editor import PhraseEditor, sentences_of
from gpo.models.phrases.reading import read_brief

VALUES: dict[str, Any] = {
    "slot": "<PROMPT>",
    "memories": [
        {"text": "Name the last word.", "score": "88"},
        {"text": "Let's think step by step.\nThen answer.", "score": "10"},
    ],
    "current": "Name the last word.",
    "current_score": "88",
    "others": [],
    "feedback": [],
    "earlier_feedback": [],
    "required": [],
    "demos": ["<PROMPT>\nWords: cat, pear\nOutput: pear", "<PROMPT>\nWords: saw, cat, dog\nOutput: dog"],
    "place": "It is put before the input",
    "scoring": "An answer counts only if it equals the expected output",
    "words": 6,
}


def _chat(name: str = "gpo/generate", **more: Any) -> tuple[Message, ...]:
    return (Message("user", meta_prompt(name).render({**VALUES, **more})),)


async def _texts(messages: tuple[Message, ...], n: int = 8, seed: int = 0) -> list[str]:
    reply = await PhraseEditor().complete(Request(messages, Sampling(n=n, seed=seed)))
    assert len(reply.texts) == n
    assert reply.usage.tokens > 0
    read = [meta_prompt("gpo/generate").read(text) for text in reply.texts]
    assert None not in read
    return [text for text in read if text is not None]


def test_it_reads_what_stands_in_the_meta_prompt() -> None:
    brief = read_brief(_chat())
    assert (brief.current, brief.score, brief.words, brief.edits) == ("Name the last word.", 88.0, 6, False)
    assert [(each.text, each.score) for each in brief.earlier] == [("Let's think step by step.\nThen answer.", 10.0)]
    assert brief.shown[1] == Shown("Words: saw, cat, dog", "dog")
    assert read_brief(_chat("gpo/edit")).edits
    alone = read_brief(_chat(memories=[], current_score="12.5", words=None))
    assert (alone.current, alone.score, alone.words, alone.earlier) == ("Name the last word.", 12.5, None, ())


@pytest.mark.parametrize("words", [1, 3, 10])
@pytest.mark.parametrize("name", ["gpo/generate", "gpo/edit"])
async def test_it_keeps_to_the_word_limit(name: str, words: int) -> None:
    for text in await _texts(_chat(name, words=words), n=32):
        assert words_changed("Name the last word.", text) <= words


async def test_proposals_differ_and_the_same_request_gives_the_same() -> None:
    texts = await _texts(_chat(words=50), n=16)
    assert len(set(texts)) == 16
    assert await _texts(_chat(words=50), n=16) == texts
    assert await _texts(_chat(words=50), n=16, seed=1) != texts


async def test_it_keeps_placeholders() -> None:
    current = "Look well.\nWhat is the last word of {{input}}? Be brief."
    for text in await _texts(_chat(current=current, required=["{{input}}"], words=12), n=32):
        assert text.count("{{input}}") == 1


async def test_asked_again_it_stays_closer() -> None:
    values = {"distance": 9, "words": 2, "current": "Name the last word."}
    again = Message("user", meta_prompt("gpo/reask").render(values))
    chat = (*_chat(words=50), Message("assistant", "<prompt>far away from it all</prompt>"), again)
    assert all(words_changed("Name the last word.", text) <= 2 for text in await _texts(chat))


async def test_a_text_it_does_not_understand_still_gets_an_answer_in_tags() -> None:
    reply = await PhraseEditor().complete(Request((Message("user", "Hello?"),), Sampling(n=2)))
    assert all(text.startswith("<prompt>") and text.endswith("</prompt>") for text in reply.texts)


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        (Shown("Words: cat, pear", "2"), "number"),
        (Shown("Words: cat, pear", "pear"), "span"),
        (Shown("The soup was awful", "negative"), "label"),
        (Shown("Phrase: big red apple", "a"), "letter"),
        (Shown("a b", "It is a long answer in words"), "text"),
    ],
)
def test_what_kind_of_question_it_asks_follows_from_the_looks_of_the_answers(shown: Shown, kind: str) -> None:
    from random import Random

    asked = bank().asks[kind]
    heads = {pattern.split("{")[0].split(" ")[0] for pattern in asked}
    questions = [bank().question((shown, shown, shown), Random(seed)) for seed in range(60)]
    gives = set(bank().groups["give"])
    fits = sum(
        question.split(" ")[0] in heads or any(question.startswith(give) for give in gives) for question in questions
    )
    assert fits > 36, "more than three in five: other kinds may look alike"


@pytest.mark.parametrize("text", ["One. Two?\n\nThree", "no end", "", "…", "{{a}}. b!!! c"])
def test_sentences_make_up_the_text(text: str) -> None:
    assert "".join(sentences_of(text)) == text or text.strip(".!? ") in "".join(sentences_of(text))
