"""Knows how examples are divided into three sets, and finds those that stand in more than one. Pure."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence

from gpo.core.errors import TaskError
from gpo.core.task import Example, Splits
from gpo.tasks.spec import Size, SplitSpec

NAMES = ("train", "selection", "test")
WEIGHTS = {"train": 1, "selection": 1, "test": 2}
AT_MOST = {"train": 100, "selection": 100, "test": 500}
"""Rows of a set whose size nobody set: every row of the selection set costs a call for every prompt that is tried."""

Seen = Callable[[Example], str]
"""What a model sees of an example. Two examples of which it sees the same are duplicates."""


def divide(examples: Sequence[Example], spec: SplitSpec, origin: str, seen: Seen) -> tuple[Splits, tuple[str, ...]]:
    """The three sets, drawn by the spec's seed, and warnings about rows that are in none.

    Examples that look the same to the model stay together, so that no test row was seen before: a warning would leave
    the user with a test that is easier than it looks. Sizes are therefore upper bounds where rows repeat.
    Raises TaskError where a set would be empty or rows do not suffice.
    """
    rng = random.Random(f"{spec.seed}:split")
    order = list(examples)
    rng.shuffle(order)
    alike: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(order):
        alike[seen(example)].append(place)
    sizes = _sizes(len(order), spec, origin)
    if len(alike) < len(NAMES):
        raise TaskError(
            f"{origin} has {len(order)} rows but only {len(alike)} different inputs. The same input may stand in one "
            "set only, and each of train, selection and test needs one: bring more rows."
        )
    dealt = _deal(sorted(alike.values(), key=len, reverse=True), sizes)
    splits = Splits(*(tuple(order[place] for place in sorted(dealt[name])) for name in NAMES))
    return splits, _unused(len(order), splits, spec)


def _deal(groups: Sequence[Sequence[int]], sizes: dict[str, int]) -> dict[str, list[int]]:
    """The groups, largest first, dealt out: one of the smallest to each set, the others where most room is left.

    One that fits nowhere is left out.
    """
    rest, smallest = groups[: -len(sizes)], reversed(groups[-len(sizes) :])
    dealt = {
        name: list(group) for name, group in zip(sorted(sizes, key=lambda each: sizes[each]), smallest, strict=True)
    }
    for group in rest:
        name = max(sizes, key=lambda each: sizes[each] - len(dealt[each]))
        if len(group) <= sizes[name] - len(dealt[name]):
            dealt[name].extend(group)
    return dealt


def _sizes(rows: int, spec: SplitSpec, origin: str) -> dict[str, int]:
    """How many rows each set gets: what was asked for, and for the others what is left, by weight."""
    asked: dict[str, Size] = {name: getattr(spec, name) for name in NAMES}
    sizes = {name: _rows_of(size, rows) for name, size in asked.items() if size is not None}
    shares = [size for size in asked.values() if isinstance(size, float)]
    if len(shares) == len(NAMES) and abs(sum(shares) - 1) < 1e-9:  # all rows are meant, whatever rounding leaves
        sizes["test"] = rows - sizes["train"] - sizes["selection"]
    if sum(shares) > 1 + 1e-9:
        raise TaskError(
            f"{origin}: the shares of `split` add up to {sum(shares):g}; together they are at most 1, all rows. "
            "Set smaller ones."
        )
    open_ = [name for name in NAMES if name not in sizes]
    left = rows - sum(sizes.values())
    for name in open_:
        share = left * WEIGHTS[name] // sum(WEIGHTS[each] for each in open_)
        sizes[name] = min(AT_MOST[name], max(share, 1))
    if open_:  # the last one takes what rounding left over
        sizes[open_[-1]] = min(AT_MOST[open_[-1]], left - sum(sizes[name] for name in open_[:-1]))
    if min(sizes.values()) < 1 or left < 0:
        raise TaskError(
            f"{origin} has {_count(rows)}, too few for this split: {_wanted(asked, sizes)}. Each set needs at least "
            f"one row. Bring more rows{_least(asked)}, or set smaller sizes with `split`."
        )
    return {name: sizes[name] for name in NAMES}


def _wanted(asked: dict[str, Size], sizes: dict[str, int]) -> str:
    """The sizes that were asked for, and what that leaves for the other sets."""
    said = ", ".join(f"{name} {size}" for name, size in asked.items() if size is not None)
    others = [name for name, size in asked.items() if size is None]
    if not said or not others:
        return said or ", ".join(f"{name} {max(size, 0)}" for name, size in sizes.items())
    return f"{said}, which leaves too few for {' and '.join(others)}"


def _least(asked: dict[str, Size]) -> str:
    """How many rows would do; "" where that depends on shares of them."""
    if any(isinstance(size, float) for size in asked.values()):
        return ""
    least = max(4, sum(int(size or 1) for size in asked.values()))
    return f" (at least {least:,}{', better 200' if least < 100 else ''})"


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _rows_of(size: int | float, rows: int) -> int:
    return size if isinstance(size, int) else int(size * rows + 1e-9)


def _unused(rows: int, splits: Splits, spec: SplitSpec) -> tuple[str, ...]:
    counts = {name: len(getattr(splits, name)) for name in NAMES}
    left = rows - sum(counts.values())
    if not left or all(getattr(spec, name) is not None for name in NAMES):
        return ()
    used = ", ".join(f"{count:,} for {name}" for name, count in counts.items())
    return (f"{left:,} of {rows:,} rows are not used ({used}). Set `split` to use more.",)


def cut(splits: Splits, spec: SplitSpec, origin: str) -> tuple[Splits, tuple[str, ...]]:
    """Sets that are divided already, each with at most as many rows as the spec says, drawn by its seed, and warnings.

    A share says how to divide, so it says nothing here.
    """
    said: list[str] = []
    for name in NAMES:
        size, rows = getattr(spec, name), len(getattr(splits, name))
        if isinstance(size, int) and size > rows:
            said.append(f"split.{name} is {size}, but the {name} set of {origin} has {_count(rows)}")
    return Splits(*(_drawn(getattr(splits, name), getattr(spec, name), name, spec.seed) for name in NAMES)), tuple(said)


def _drawn(rows: tuple[Example, ...], size: Size, name: str, seed: int) -> tuple[Example, ...]:
    if not isinstance(size, int) or size >= len(rows):
        return rows
    kept = random.Random(f"{seed}:cut:{name}").sample(range(len(rows)), size)
    return tuple(rows[place] for place in sorted(kept))


def duplicates(splits: Splits, seen: Seen) -> tuple[str, ...]:
    """Warnings: how many inputs stand in more than one set, twice within a set, and with different answers."""
    places: dict[str, list[tuple[str, Example]]] = defaultdict(list)
    for name in NAMES:
        for example in getattr(splits, name):
            places[seen(example)].append((name, example))
    repeated = [found for found in places.values() if len(found) > 1]
    across = [found for found in repeated if len({name for name, _ in found}) > 1]
    within = [found for found in repeated if len({name for name, _ in found}) == 1]
    conflicting = [found for found in repeated if not _agree([example for _, example in found])]
    return (
        *_said(across, "in more than one of train, selection and test: the test is easier than it looks"),
        *_said(within, "more than once within a set"),
        *_said(conflicting, "with different right answers in different rows: no prompt can get all of them right"),
    )


def _agree(examples: Sequence[Example]) -> bool:
    """Whether one answer is right for all of them that have any."""
    known = [each.targets for each in examples if each.targets]
    return not known or any(all(target in targets for targets in known) for target in known[0])


def _said(found: Sequence[Sequence[tuple[str, Example]]], what: str) -> tuple[str, ...]:
    if not found:
        return ()
    count = f"{len(found)} input stands" if len(found) == 1 else f"{len(found)} inputs stand"
    (one, first), (other, second) = found[0][:2]
    return (f"{count} {what} (such as the rows {first.id} of {one} and {second.id} of {other})",)
