"""Limits of a budget as users write them."""

from math import inf, nan
from typing import Any

import pytest

from gpo.core.errors import ConfigError
from gpo.engine.limits import budget_of


@pytest.mark.parametrize("number", [nan, inf, -1, "7", True])
@pytest.mark.parametrize("limit", ["max_calls", "max_usd", "max_seconds"])
def test_what_limits_nothing_is_no_limit(limit: str, number: Any) -> None:
    with pytest.raises(ConfigError, match=rf"gpo.yaml: {limit} is .*; expected a number of at least 0"):
        budget_of({limit: number}, "gpo.yaml")
