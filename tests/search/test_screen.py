"""Proposals that are tried on a few rows first: fewer calls a step, and what is kept was scored on all rows."""

from typing import Any

import pytest

from gpo.core.errors import ConfigError
from gpo.core.events import Evaluated, Event, Kept, Proposed
from gpo.optimizers.catalog import build
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from gpo.testing.walk import Models, walk_in_memory

ROWS, STEPS, CANDIDATES = 40, 3, 8


async def _walked(**screen: Any) -> tuple[tuple[Event, ...], int]:
    task, solver = toy_task(ROWS), ToyTaskModel()
    optimizer = build("gpo", task, {"steps": STEPS, "candidates": CANDIDATES, "screen": screen})
    walked = await walk_in_memory(optimizer, task, Models(solver, ToyWriter()))
    return walked.events, len(solver.calls)


async def test_one_proposal_a_step_is_scored_on_all_rows_and_it_is_the_one_moved_to() -> None:
    events, calls = await _walked(rank="sh", keep=1, calls=64)
    whole = [each for each in events if isinstance(each, Evaluated) and each.n == ROWS]
    kept = [each.prompt for each in events if isinstance(each, Kept)]
    assert [each.prompt for each in whole[1:]] == kept
    assert len(kept) == STEPS
    assert calls <= ROWS + STEPS * (64 + ROWS)


async def test_the_same_calls_try_more_prompts() -> None:
    whole, calls = await _walked()
    screened, fewer = await _walked(rank="sh")
    proposed = [sum(isinstance(each, Proposed) for each in events) for events in (whole, screened)]
    assert proposed[0] / calls < proposed[1] / fewer


@pytest.mark.parametrize(
    ("screen", "said"),
    [
        ({"rank": "sh", "keep": 0}, r"keep is 0; it must be at least 1"),
        ({"calls": 10}, r"screen\.calls is 10, but screen\.rank is all"),
        ({"rank": "best"}, r"gpo\.screen\.rank is 'best'; allowed: ucb, ucb-e, sh, sr, all"),
        ({"rank": "sh", "keep": 8}, r"screen\.keep is 8 and candidates is 8, so that nobody would be left out"),
        ({"width": 2}, r'gpo\.screen: unknown option "width"'),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(screen: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        build("gpo", toy_task(ROWS), {"screen": screen})
