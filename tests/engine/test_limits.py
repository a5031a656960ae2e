"""Limits of a budget as users write them."""

from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.errors import ConfigError
from gpo.engine.limits import budget_of
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task


@pytest.mark.parametrize("number", [nan, inf, -1, "7", True])
@pytest.mark.parametrize("limit", ["max_calls", "max_usd", "max_seconds"])
def test_what_limits_nothing_is_no_limit(limit: str, number: Any) -> None:
    with pytest.raises(ConfigError, match=rf"gpo.yaml: {limit} is .*; expected a number of at least 0"):
        budget_of({limit: number}, "gpo.yaml")


async def test_python_is_told_as_well_where_a_limit_is_below_what_is_spent(tmp_path: Path) -> None:
    given: dict[str, Any] = {"task_model": ToyTaskModel(), "optimizer_model": ToyWriter(), "store": tmp_path}
    first = await gpo.aoptimize(toy_task(), **given, budget={"max_calls": 60})
    assert not first.complete
    with pytest.raises(ConfigError, match=r"max_calls is 9, and the run has spent 60 already"):
        await gpo.aoptimize(toy_task(), **given, budget={"max_calls": 9}, resume="latest")
