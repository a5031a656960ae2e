"""Unions: which pairs can be united, text by text, and on which rows the child is tried."""

from random import Random

import pytest

from gpo.core.evaluation import Answer, Evaluation
from gpo.core.prompt import Prompt, Scored
from gpo.search.frontier import Member, members
from gpo.search.merge import ROWS, rows_to_try, unions


def _member(system: str, user: str, score: float, *parents: Prompt) -> Member:
    prompt = Prompt((("system", system), ("user", user)), tuple(parent.id for parent in parents))
    return Member(Scored(prompt, score, 4), (score,) * 4)


SEED = _member("s", "u", 0.1)
ONE = _member("S", "u", 0.3, SEED.at.prompt)
OTHER = _member("s", "U", 0.4, SEED.at.prompt)


def test_the_union_takes_from_each_side_what_it_changed() -> None:
    (union,) = unions([SEED, ONE, OTHER], [1, 2], Random(0))
    assert (union.one, union.other) == (1, 2)
    assert union.child.by_name == {"system": "S", "user": "U"}
    assert union.child.parents == (ONE.at.prompt.id, OTHER.at.prompt.id)
    assert union.child.made_by == "merge"


def test_where_both_changed_a_text_the_better_prompt_is_taken() -> None:
    three = Prompt((("a", "0"), ("b", "0"), ("c", "0")))
    left = Prompt((("a", "1"), ("b", "1"), ("c", "0")), (three.id,))
    right = Prompt((("a", "0"), ("b", "2"), ("c", "0")), (three.id,))
    pool = [Member(Scored(prompt, score, 1), (score,)) for prompt, score in ((three, 0.0), (left, 0.2), (right, 0.3))]
    (union,) = unions(pool, [1, 2], Random(0))
    assert union.child.by_name == {"a": "1", "b": "2", "c": "0"}


def test_a_refused_row_makes_nobody_the_better_prompt() -> None:
    def member(prompt: Prompt, *scores: float | None) -> Member:
        (made,) = members([Evaluation(prompt, tuple(Answer("", "", score) for score in scores))])
        return made

    three = Prompt((("a", "0"), ("b", "0"), ("c", "0")))
    left = Prompt((("a", "1"), ("b", "1"), ("c", "0")), (three.id,))
    right = Prompt((("a", "0"), ("b", "2"), ("c", "0")), (three.id,))
    pool = [member(three, 0.0, 0.0, 1.0), member(left, 1.0, 0.0, None), member(right, 1.0, 0.0, 1.0)]
    taken = {unions(pool, [1, 2], Random(seed))[0].child.by_name["b"] for seed in range(20)}
    assert taken == {"1", "2"}  # they are equal; so either
    pool[1] = member(left, 1.0, 1.0, None)
    assert {unions(pool, [1, 2], Random(seed))[0].child.by_name["b"] for seed in range(20)} == {"1"}


@pytest.mark.parametrize(
    ("pool", "among"),
    [
        ([SEED, ONE], [0, 1]),  # one descends from the other
        ([SEED, ONE, OTHER], [1]),  # the other is not on the frontier
        ([_member("s", "u", 0.35), _member("S", "u", 0.3, SEED.at.prompt), OTHER], [1, 2]),  # the ancestor is better
        ([SEED, ONE, _member("S2", "u", 0.4, SEED.at.prompt)], [1, 2]),  # both changed the same text
        ([SEED, ONE, _member("s", "U", 0.4)], [1, 2]),  # no common ancestor
    ],
)
def test_a_pair_that_cannot_be_united_is_not(pool: list[Member], among: list[int]) -> None:
    assert unions(pool, among, Random(0)) == ()


def test_prompts_of_one_text_are_never_united() -> None:
    seed = Prompt.of("seed")
    pool = [Member(Scored(prompt, 0.5, 1), (0.5,)) for prompt in (seed, seed.with_text("instruction", "a", ""))]
    pool.append(Member(Scored(seed.with_text("instruction", "b", ""), 0.5, 1), (0.5,)))
    assert unions(pool, [1, 2], Random(0)) == ()


def test_rows_to_try_are_drawn_from_what_each_does_better_and_from_the_rest() -> None:
    one = (1.0,) * 6 + (0.0,) * 6 + (0.5,) * 6 + (None,)
    other = (0.0,) * 6 + (1.0,) * 6 + (0.5,) * 6 + (1.0,)
    for seed in range(30):
        drawn = rows_to_try(one, other, Random(seed))
        assert len(drawn) == len(set(drawn)) == ROWS
        assert [sum(start <= each < start + 6 for each in drawn) for start in (0, 6, 12)] == [2, 2, 1]


def test_where_rows_are_few_all_that_both_answered_are_tried() -> None:
    assert rows_to_try((1.0, None, 0.0), (0.0, 1.0, 0.0), Random(0)) == (0, 2)
    assert rows_to_try((None,), (1.0,), Random(0)) == ()
    assert len(rows_to_try((0.0,) * 20, (0.0,) * 20, Random(0))) == ROWS
