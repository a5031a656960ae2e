"""Who may breed, and who survives."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import permutations
from random import Random

import pytest

from gpo.core.evaluation import Answer, Evaluation
from gpo.core.prompt import Prompt, Scored
from gpo.search.select import Choose, best_of, duels, first_best, fittest, nobody, tournament, uniform, wheel

Best = Callable[[Sequence[Scored]], Scored]


def _scored(*scores: float, name: str = "p") -> tuple[Scored, ...]:
    return tuple(Scored(Prompt.of(f"{name}{i}"), score, 10) for i, score in enumerate(scores))


def _marked(*texts: str) -> tuple[Scored, ...]:
    """A prompt for each text, whose last word has a mark for each row: 1 right, 0 wrong, - no answer."""
    return tuple(scored for text in texts if (scored := _evaluated(text).scored))


def _evaluated(text: str) -> Evaluation:
    """How a prompt does whose last word says that."""
    marks = enumerate(text.split()[-1])
    return Evaluation(
        Prompt.of(text), tuple(Answer(str(i), "", None if mark == "-" else float(mark)) for i, mark in marks)
    )


def _drawn(choose: Choose, scored: tuple[Scored, ...], k: int = 2_000) -> Counter[str]:
    return Counter(each.prompt.text for each in choose(scored, k, Random(0)))


@pytest.mark.parametrize("choose", [uniform, wheel, tournament])
@pytest.mark.parametrize("scores", [(0.0,), (0.0, 0.0, 0.0), (0.2, 0.4)])
def test_a_pool_has_as_many_as_asked_for_whatever_the_scores(choose: Choose, scores: tuple[float, ...]) -> None:
    scored = _scored(*scores)
    pool = choose(scored, 7, Random(1))
    assert len(pool) == 7
    assert set(pool) <= set(scored)


def test_the_wheel_draws_in_proportion_to_the_scores() -> None:
    drawn = _drawn(wheel, _scored(0.0, 0.25, 0.75))
    assert drawn["p0"] == 0
    assert 2.5 < drawn["p2"] / drawn["p1"] < 3.5


def test_the_wheel_gives_equal_chances_where_all_scores_are_zero() -> None:
    drawn = _drawn(wheel, _scored(0.0, 0.0, 0.0, 0.0))
    assert all(400 < drawn[f"p{i}"] < 600 for i in range(4))


def test_a_tournament_of_two_draws_the_better_three_times_out_of_four() -> None:
    drawn = _drawn(tournament, _scored(0.3, 0.6))
    assert 0.7 < drawn["p1"] / 2_000 < 0.8


def test_a_pool_depends_on_its_random_numbers_alone() -> None:
    scored = _scored(0.1, 0.5, 0.4)
    assert wheel(scored, 20, Random(3)) == wheel(scored, 20, Random(3))
    assert wheel(scored, 20, Random(3)) != wheel(scored, 20, Random(4))


def test_the_fittest_are_the_best_of_old_and_new_and_the_older_of_equals() -> None:
    old, (first, second) = _scored(0.5, 0.2, name="old"), (_scored(0.5, name="a"), _scored(0.1, 0.9, name="b"))
    survivors = fittest(3)(old, (first, second))
    assert [each.prompt.text for each in survivors] == ["b1", "old0", "a0"]


def test_fewer_than_wanted_all_survive() -> None:
    assert len(fittest(9)(_scored(0.5, 0.2), ())) == 2


def test_in_a_duel_the_parent_loses_only_to_a_strictly_better_child() -> None:
    members = _scored(0.5, 0.5, 0.5, 0.5)
    worse, equal, better = (_scored(score, name="child") for score in (0.4, 0.5, 0.6))
    assert duels(members, (worse, equal, better, ())) == (members[0], members[1], better[0], members[3])


def test_a_duel_needs_a_family_for_every_member() -> None:
    with pytest.raises(ValueError, match="shorter"):
        duels(_scored(0.5, 0.5), ((),))


def test_nobody_survives_where_nothing_is_to_be_learned() -> None:
    members = _scored(0.1)
    assert nobody(members, (_scored(0.9),)) == members


@pytest.mark.parametrize("best", [first_best, best_of])
@pytest.mark.parametrize(
    ("old", "new", "wins"),
    [
        ("old 11100", "new -0111", "new"),  # 3 of 4 against 2 of 4, with fewer right answers in all
        ("old 11100", "new -1110", "new"),
        ("old 11100", "new -1100", "old"),  # what it was refused is no gain of the other
        ("old 11000", "new 11-00", "old"),  # nor is it one of its own
        ("old -1100", "new 11100", "old"),
        ("old -1100", "new 10110", "old"),
        ("old -1000", "new 01100", "new"),
    ],
)
def test_the_best_is_who_is_better_on_the_rows_that_both_answered(best: Best, old: str, new: str, wins: str) -> None:
    assert best(_marked(old, new)).prompt.text.split()[0] == wins


def test_of_equals_the_shorter_is_the_best_of_all_also_where_it_was_refused_a_row() -> None:
    assert best_of(_marked("longer 11100", "short -1100")).prompt.text == "short -1100"
    assert first_best(_marked("longer 11100", "short -1100")).prompt.text == "longer 11100"


def test_others_do_not_make_a_refused_row_a_gain() -> None:
    """A third prompt gets right what the second was refused, but is no better than the first."""
    assert best_of(_marked("old 1110000", "new 111000-", "bad 1000001")).prompt.text == "old 1110000"


def test_the_fittest_are_ordered_by_what_the_others_make_of_the_rows_that_one_was_refused() -> None:
    old, child = _marked("old 111100", "bad 110000"), _marked("new -11110")
    assert fittest(2)(old, (child,)) == (*child, old[0])
    old, child = _marked("old 111100", "bad 110000"), _marked("new 11-000")
    assert fittest(2)(old, (child,)) == (old[0], child[0])


def test_in_a_duel_a_refused_row_counts_for_neither() -> None:
    members, refused, better = _marked("parent 11100"), _marked("child -1100"), _marked("child -1110")
    assert duels(members, (refused,)) == members
    assert duels(members, (better,)) == better


def test_a_wheel_gives_who_was_refused_a_row_the_chances_of_its_equal() -> None:
    drawn = _drawn(wheel, _marked("a 1100", "b 11-0"))
    assert 0.9 < drawn["a 1100"] / drawn["b 11-0"] < 1.1


def test_a_tournament_is_won_by_who_is_better_on_the_rows_that_both_answered() -> None:
    drawn = _drawn(tournament, _marked("a 11100", "b -0111"))
    assert 0.7 < drawn["b -0111"] / 2_000 < 0.8


def test_who_is_beaten_by_nobody_is_best_where_the_others_go_round_in_a_circle() -> None:
    """On the rows that both answered: the second beats the first, the third the second, the first the third."""
    halves = tuple(Answer(str(place), "", 0.5) for place in range(3))
    calm = Evaluation(Prompt.of("calm"), halves).scored
    assert calm
    for group in permutations((*_marked("a 10-", "b -10", "c 0-1"), calm)):
        assert first_best(group) == best_of(group) == calm
