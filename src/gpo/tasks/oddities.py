"""Knows what may be wrong with rows: blank, unanswerable, repeated, contradicting. Rules and no list of rows. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from gpo.core.prompt import unreadable
from gpo.tasks.columns import LONG_INPUT, Columns, is_missing, text_of
from gpo.tasks.offered import ends_with_option, options_of
from gpo.tasks.rows import Row
from gpo.tasks.scoring.kinds import FITTING, kind_of
from gpo.tasks.split import NAMES


@dataclass(frozen=True, slots=True)
class Place:
    """A row as it is checked. name: what it is called, such as "test-58" or "line 58"; set: the one that it is in."""

    name: str
    set: str
    input: str = field(kw_only=True)
    targets: tuple[str, ...] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that is odd about rows. kind: one of KINDS; rows: their names, those that belong together by "="; where
    a set has none, its name.
    """

    kind: str
    rows: tuple[str, ...]


UNMARKED = "no answers"
KINDS = {
    "too few": "too few different inputs: a run needs one each for train, selection and test, and better 200 in all",
    "no rows of": "rows name their set, and no row this one: a run needs some of each of train, selection and test",
    "blank": "the input or the right answer is blank or NaN: no model can answer, or no metric can tell",
    "not an answer": "the right answer is not of the kind that nearly all others are",
    "not an option": "the right answer is none of the options of the question",
    "one option": "the question offers one option: it was cut, or its options were not divided",
    "option of several lines": "the last line of the question is part of an option, and no option by itself",
    "not text": "it holds a NUL byte or half of a character: a run refuses it",
    "very long": f"the input has more than {LONG_INPUT:,} characters: few models read so much",
    "padded": "the input begins or ends with blanks",
    "across sets": "the input stands in more than one set: the test is easier than it looks",
    "within a set": "the input stands more than once within a set",
    "conflicting": "the same input has different right answers: no prompt can get all of them right",
    UNMARKED: "no column holds right answers: a model has to mark them (--metric judge:<what a good answer is>)",
    "one answer": "one answer is right in every row of the set: any prompt that always says it wins",
}
"""What is looked for, and what it means."""
FEWEST = 10
"""Rows of one set among others: the answers of fewer, such as those of a few demonstrations, may be alike by chance."""


def oddities(sets: Mapping[str, Mapping[str, Row]], columns: Columns) -> tuple[Oddity, ...]:
    """What is odd about the rows of a dataset, in the order of KINDS. sets: by name, with their rows by name."""
    places = [_place(name, part, row, columns) for part, rows in sets.items() for name, row in rows.items()]
    of_all = {"too few": _too_few(places), "no rows of": _missing(places), "one answer": _unvaried(places)}
    found = {**of_all, **_alone(places, judged=columns.judged), **_together(places)}
    return tuple(Oddity(kind, tuple(found[kind])) for kind in KINDS if found.get(kind))


def _place(name: str, part: str, row: Row, columns: Columns) -> Place:
    target = row.values.get(columns.target)
    targets = cast(list[Any], target) if isinstance(target, list) else [target]
    read = _text(row.values.get(columns.input))
    return Place(name, part, input=read, targets=tuple(_text(each) for each in targets))


def _text(value: Any) -> str:
    return "" if is_missing(value) else text_of(value)


def _too_few(places: Sequence[Place]) -> list[str]:
    """All rows, where their inputs cannot be divided into the sets of a run."""
    return [] if len({place.input for place in places}) >= len(NAMES) else [place.name for place in places]


def _missing(places: Sequence[Place]) -> list[str]:
    """The sets that no row is of, where rows name theirs."""
    named = {place.set for place in places}
    return [name for name in NAMES if name not in named] if named & set(NAMES) else []


def _alone(places: Sequence[Place], *, judged: bool) -> dict[str, list[str]]:
    """What is odd about a row by itself, or as one of its kind. judged: whether it needs no right answer."""
    kind = kind_of([target for place in places for target in place.targets if target.strip()])
    rules: dict[str, Callable[[Place], bool]] = {
        "blank": lambda place: not place.input.strip() or not (judged or any(map(str.strip, place.targets))),
        "not an answer": lambda place: any(target.strip() and not _fits(target, kind) for target in place.targets),
        "not text": lambda place: any(unreadable(text) for text in (place.input, *place.targets)),
        "very long": lambda place: len(place.input) > LONG_INPUT,
        "padded": lambda place: bool(place.input.strip()) and place.input != place.input.strip(),
    }
    if kind == "choice":
        del rules["not an answer"]  # it is no option either
        rules["not an option"] = _is_no_option
        rules["one option"] = lambda place: len(options_of(place.input)) == 1
        rules["option of several lines"] = _goes_on
    return {name: [place.name for place in places if is_odd(place)] for name, is_odd in rules.items()}


def _fits(target: str, kind: str) -> bool:
    pattern = next((pattern for name, pattern, _ in FITTING if name == kind), None)
    return pattern is None or kind == "text" or pattern.fullmatch(target.strip()) is not None


def _is_no_option(place: Place) -> bool:
    letters = options_of(place.input)
    if not letters:
        return not all(_fits(target, "choice") for target in place.targets)
    return not any(target.strip(" ()[]").upper() in letters for target in place.targets)


def _goes_on(place: Place) -> bool:
    return bool(options_of(place.input)) and not ends_with_option(place.input)


def _together(places: Sequence[Place]) -> dict[str, list[str]]:
    """Inputs that are the same but for blanks."""
    alike: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.input.strip():
            alike[" ".join(place.input.split())].append(place)
    found: dict[str, list[str]] = {}
    for same in (each for each in alike.values() if len(each) > 1):
        for kind in _kinds_of(same):
            found.setdefault(kind, []).append(" = ".join(place.name for place in same))
    return found


def _kinds_of(same: Sequence[Place]) -> Iterator[str]:
    yield "across sets" if len({place.set for place in same}) > 1 else "within a set"
    if not _shared(same):
        yield "conflicting"


def _unvaried(places: Sequence[Place]) -> list[str]:
    """The sets in which nothing is to be found out, since one answer is right everywhere."""
    sets: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        sets[place.set].append(place)
    fewest = FEWEST if len(sets) > 1 else 2
    alike = [each for each in sets.values() if len(each) >= fewest and _shared(each) and any(each[0].targets)]
    return [" = ".join(place.name for place in each) for each in alike]


def _shared(places: Sequence[Place]) -> bool:
    """Whether one answer is right for all of them."""
    return any(all(target in place.targets for place in places) for target in places[0].targets)
