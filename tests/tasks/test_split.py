"""How rows are divided: sizes, seeds, duplicates."""

import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpo.core.errors import TaskError
from gpo.core.task import Example, Splits
from gpo.tasks.spec import SplitSpec
from gpo.tasks.split import NAMES, cut, divide, duplicates


def _examples(inputs: Sequence[str]) -> list[Example]:
    return [Example(f"row-{i}", text, ("t",)) for i, text in enumerate(inputs)]


def _distinct(count: int) -> list[Example]:
    return _examples([f"input {i}" for i in range(count)])


def _seen(example: Example) -> str:
    return example.input


def _sizes(splits: Splits) -> tuple[int, ...]:
    return tuple(len(getattr(splits, name)) for name in NAMES)


def _divided(count: int, spec: SplitSpec) -> tuple[int, ...]:
    return _sizes(divide(_distinct(count), spec, "rows", _seen)[0])


@pytest.mark.parametrize(
    ("rows", "spec", "sizes"),
    [
        (3, SplitSpec(), (1, 1, 1)),
        (4, SplitSpec(), (1, 1, 2)),
        (10, SplitSpec(), (2, 2, 6)),
        (200, SplitSpec(), (50, 50, 100)),
        (2000, SplitSpec(), (100, 100, 500)),
        (100, SplitSpec(10, 20), (10, 20, 70)),
        (100, SplitSpec(10, 20, test=30), (10, 20, 30)),
        (100, SplitSpec(0.2, 0.3), (20, 30, 50)),
        (100, SplitSpec(0.2, 0.3, test=0.5), (20, 30, 50)),
        (10, SplitSpec(0.25, 0.25, test=0.5), (2, 2, 6)),
        (6, SplitSpec(0.5, 0.25, test=0.25), (3, 1, 2)),
        (10, SplitSpec(0.1, 0.1, test=0.3), (1, 1, 3)),
        (100, SplitSpec(test=0.4), (30, 30, 40)),
        (100, SplitSpec(test=97), (1, 2, 97)),
        (5, SplitSpec(3), (3, 1, 1)),
        (3, SplitSpec(1, 1, test=1), (1, 1, 1)),
        (5000, SplitSpec(1000, 2000), (1000, 2000, 500)),
    ],
)
def test_sizes(rows: int, spec: SplitSpec, sizes: tuple[int, ...]) -> None:
    assert _divided(rows, spec) == sizes


def test_rows_that_are_left_out_are_counted() -> None:
    _, warnings = divide(_distinct(2000), SplitSpec(), "rows", _seen)
    assert warnings == (
        "1,300 of 2,000 rows are not used (100 for train, 100 for selection, 500 for test). Set `split` to use more.",
    )
    assert divide(_distinct(100), SplitSpec(), "rows", _seen)[1] == ()
    assert divide(_distinct(100), SplitSpec(1, 1, test=1), "rows", _seen)[1] == ()


@pytest.mark.parametrize(
    ("rows", "spec", "message"),
    [
        (2, SplitSpec(), "rows has 2 rows, too few for this split: "),
        (1, SplitSpec(), "rows has 1 row, too few"),
        (
            10,
            SplitSpec(5, 5),
            "this split: train 5, selection 5, which leaves too few for test. Each set needs at least one",
        ),
        (10, SplitSpec(50), "rows has 10 rows, too few for this split: train 50"),
        (10, SplitSpec(0.5, 0.5, test=0.5), "the shares of `split` add up to 1.5"),
        (10, SplitSpec(0.01), "too few for this split: train 0.01"),
        (2, SplitSpec(0.25, 0.25, test=0.5), "too few for this split: train 0.25"),
    ],
)
def test_too_few_rows(rows: int, spec: SplitSpec, message: str) -> None:
    with pytest.raises(TaskError) as caught:
        _divided(rows, spec)
    assert message in str(caught.value)


def test_the_same_seed_draws_the_same_rows_and_another_seed_others() -> None:
    rows = _distinct(60)
    first, again, other = (divide(rows, SplitSpec(seed=seed), "rows", _seen)[0] for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert {each.id for each in first.train} != {each.id for each in other.train}


def test_the_order_of_hashes_does_not_matter() -> None:
    program = (
        "from gpo.core.task import Example; from gpo.tasks.split import divide; from gpo.tasks.spec import SplitSpec;"
        "rows = [Example(str(i), str(i % 30), ('t',)) for i in range(40)];"
        "print([e.id for e in divide(rows, SplitSpec(), 'rows', lambda e: e.input)[0].train])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs != {""}


@given(st.lists(st.sampled_from("abcdefgh"), min_size=4, max_size=60), st.integers(0, 3))
def test_no_input_stands_in_two_sets_and_no_row_in_two_places(inputs: list[str], seed: int) -> None:
    if len(set(inputs)) < 3:
        with pytest.raises(TaskError, match="different inputs"):
            divide(_examples(inputs), SplitSpec(seed=seed), "rows", _seen)
        return
    splits, _ = divide(_examples(inputs), SplitSpec(seed=seed), "rows", _seen)
    train, selection, test = (getattr(splits, name) for name in NAMES)
    assert train
    assert selection
    assert test
    inputs_of = [{each.input for each in rows} for rows in (train, selection, test)]
    assert not inputs_of[0] & inputs_of[1]
    assert not inputs_of[0] & inputs_of[2]
    assert not inputs_of[1] & inputs_of[2]
    ids = [each.id for each in (*train, *selection, *test)]
    assert len(set(ids)) == len(ids)


def test_repeated_inputs_do_not_make_a_set_larger_than_asked_for() -> None:
    rows = _examples(["a"] * 5 + ["b"] * 5 + [f"c{i}" for i in range(10)])
    splits, _ = divide(rows, SplitSpec(2, 2, test=4), "rows", _seen)
    assert _sizes(splits) == (2, 2, 4)


def test_a_set_takes_a_group_that_is_too_large_rather_than_nothing() -> None:
    splits, _ = divide(_examples(["a", "a", "b", "b", "c"]), SplitSpec(1, 1, test=3), "rows", _seen)
    assert min(_sizes(splits)) >= 1


def test_sets_that_are_divided_already_are_cut_by_seed() -> None:
    rows = _distinct(30)
    splits = Splits(tuple(rows[:10]), tuple(rows[10:20]), tuple(rows[20:]))
    assert cut(splits, SplitSpec(), "rows") == (splits, ())
    assert cut(splits, SplitSpec(0.25, 0.25, test=0.5), "rows") == (splits, ()), "a share says how to divide"
    smaller, warnings = cut(splits, SplitSpec(3, 5, seed=1), "rows")
    assert _sizes(smaller) == (3, 5, 10)
    assert warnings == ()
    assert [each.id for each in smaller.train] == [each.id for each in splits.train if each in smaller.train]
    assert smaller == cut(splits, SplitSpec(3, 5, seed=1), "rows")[0]
    assert smaller != cut(splits, SplitSpec(3, 5, seed=2), "rows")[0]
    assert cut(splits, SplitSpec(11), "rows") == (
        splits,
        ("split.train is 11, but the train set of rows has 10 rows",),
    )


def test_duplicates_are_counted_where_they_hurt() -> None:
    a, b = Example("1", "a", ("x",)), Example("2", "a", ("x",))
    c, d = Example("3", "c", ("x",)), Example("4", "c", ("y",))
    e = Example("5", "e", ("x",))
    assert duplicates(Splits((a,), (c,), (e,)), _seen) == ()
    assert duplicates(Splits((a,), (c,), (b,)), _seen) == (
        "1 input stands in more than one of train, selection and test: the test is easier than it looks "
        "(such as the rows 1 of train and 2 of test)",
    )
    within, conflict = duplicates(Splits((a, b, c, d), (), ()), _seen)
    assert within.startswith("2 inputs stand more than once within a set (such as the rows 1 of train and 2 of train)")
    assert conflict.startswith("1 input stands with different right answers in different rows")
    shared = Example("6", "a", ("y", "x"))
    assert len(duplicates(Splits((a, shared), (), ()), _seen)) == 1, "one right answer is common to both"
