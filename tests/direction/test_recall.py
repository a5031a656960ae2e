"""Which earlier points are recalled, and in which order."""

from dataclasses import replace

from gpo.core.prompt import Prompt, Scored
from gpo.core.trajectory import Point, Trajectory
from gpo.direction.recall import by_importance, by_recency, by_relevance
from gpo.direction.similarity import lexical


async def _similarity(text: str, others: tuple[str, ...]) -> tuple[float, ...]:
    return lexical(text, others)


def _trajectory(*scored: tuple[str, float]) -> Trajectory:
    return tuple(Point(i, Scored(Prompt.of(text), score, 10)) for i, (text, score) in enumerate(scored))


WALK = _trajectory(
    ("Think step by step.", 0.1),
    ("Count the animals in the list.", 0.8),
    ("Sort the words.", 0.8),
    ("Count words.", 0.3),
)


def _texts(points: Trajectory) -> list[str]:
    return [point.at.prompt.text for point in points]


async def test_recency_is_newest_first() -> None:
    assert _texts(await by_recency(WALK, Prompt.of("Count words."), 2, _similarity)) == [
        "Count words.",
        "Sort the words.",
    ]


async def test_importance_is_best_first_and_newer_first_among_equals() -> None:
    recalled = await by_importance(WALK, Prompt.of("Count words."), 3, _similarity)
    assert _texts(recalled) == ["Sort the words.", "Count the animals in the list.", "Count words."]


async def test_importance_compares_the_answers_there_are() -> None:
    marks = {"a": "1100", "b": "-110", "c": "1---", "d": "0000"}
    rows = {name: tuple(None if mark == "-" else float(mark) for mark in said) for name, said in marks.items()}
    walk = tuple(
        Point(i, replace(scored, scores=rows[name]))
        for i, (name, scored) in enumerate(
            (name, Scored(Prompt.of(name), score, 4 - unanswered, unanswered=unanswered))
            for name, score, unanswered in (("a", 0.5, 0), ("b", 2 / 3, 1), ("c", 1.0, 3), ("d", 0.0, 0))
        )
    )
    assert _texts(await by_importance(walk, Prompt.of("d"), 4, _similarity)) == ["b", "c", "a", "d"]


async def test_relevance_is_the_current_prompt_then_the_most_similar() -> None:
    recalled = await by_relevance(WALK, Prompt.of("Count words."), 3, _similarity)
    assert _texts(recalled) == ["Count words.", "Sort the words.", "Count the animals in the list."]


async def test_relevance_shows_equal_texts_once() -> None:
    walk = (*WALK, *_trajectory(("Count words.", 0.5)))
    recalled = await by_relevance(walk, Prompt.of("Count words."), 5, _similarity)
    assert _texts(recalled).count("Count words.") == 1
    assert recalled[0].at.score == 0.5


def test_lexical_similarity_is_one_for_equal_texts_and_zero_for_strangers_and_blanks() -> None:
    same, stranger, blank = lexical("Count words.", ("count  WORDS.", "Xyz!", "  "))
    assert same > 0.999
    assert stranger == 0.0
    assert blank == 0.0
