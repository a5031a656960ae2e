"""What a user may give as the options of a recipe, and how a value that does not fit is refused."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from gpo.core.errors import ConfigError
from gpo.core.task import Task
from gpo.optimizers.options import AtLeast, Count, checked, options_of


@dataclass(frozen=True)
class Pace:
    """Several options under one name."""

    start: int = 50
    unit: Literal["words", "percent"] = "words"


def recipe(
    task: Task,
    *,
    width: int = 4,
    share: float = 0.5,
    patience: int | None = None,
    style: Literal["edit", "generate"] = "edit",
    keep: bool = True,
    pace: Pace = Pace(),
    tries: Count = 3,
    pause: Count | None = None,
    pair: Annotated[int, AtLeast(2)] = 2,
) -> None:
    """A recipe with an option of every kind."""


def test_the_options_of_a_recipe_are_its_keyword_only_parameters() -> None:
    assert list(options_of(recipe)) == ["width", "share", "patience", "style", "keep", "pace", "tries", "pause", "pair"]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"width": 3}, {"width": 3}),
        ({"share": 1}, {"share": 1.0}),
        ({"patience": None}, {"patience": None}),
        ({"patience": 5}, {"patience": 5}),
        ({"style": "generate"}, {"style": "generate"}),
        ({"keep": False}, {"keep": False}),
        ({"pace": {"start": 9}}, {"pace": Pace(9)}),
        ({"pace": Pace(9)}, {"pace": Pace(9)}),
        ({"tries": 1}, {"tries": 1}),
        ({"pause": 1}, {"pause": 1}),
        ({"pause": None}, {"pause": None}),
        ({"pair": 2}, {"pair": 2}),
    ],
)
def test_a_value_that_fits_is_taken(given: dict[str, Any], taken: dict[str, Any]) -> None:
    assert repr(checked(recipe, given, "mine")) == repr(taken)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"widht": 3}, r'mine: unknown option "widht"\. Did you mean "width"'),
        ({"width": "wide"}, r"mine\.width is 'wide'; expected a whole number\."),
        ({"width": 2.5}, r"mine\.width is 2\.5; expected a whole number\."),
        ({"width": True}, r"mine\.width is True; expected a whole number\."),
        ({"width": -1}, r"mine\.width is -1; it must not be negative"),
        ({"share": -0.1}, r"mine\.share is -0\.1; it must not be negative"),
        ({"keep": 1}, r"mine\.keep is 1; expected true or false"),
        ({"style": "rewrite"}, r"mine\.style is 'rewrite'; allowed: edit, generate"),
        ({"pace": {"strat": 9}}, r'mine\.pace: unknown option "strat"\. Did you mean "start"'),
        ({"pace": {"unit": "lines"}}, r"mine\.pace\.unit is 'lines'; allowed: words, percent"),
        ({"pace": "slow"}, r"mine\.pace is 'slow'"),
        ({"tries": 0}, r"mine\.tries is 0; it must be at least 1"),
        ({"tries": -3}, r"mine\.tries is -3; it must be at least 1"),
        ({"tries": 1.5}, r"mine\.tries is 1\.5; expected a whole number\."),
        ({"tries": None}, r"mine\.tries is None; expected a whole number\."),
        ({"pause": 0}, r"mine\.pause is 0; it must be at least 1"),
        ({"pause": "long"}, r"mine\.pause is 'long'; expected a whole number or nothing"),
        ({"pair": 1}, r"mine\.pair is 1; it must be at least 2"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked(recipe, given, "mine")
