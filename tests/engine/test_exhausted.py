"""Where a budget ends within a step: what counts of it does not depend on the moment at which replies arrive."""

from pathlib import Path

import pytest

import gpo
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task


async def _ended(folder: Path, algorithm: str, calls: int, shuffle: int | None) -> tuple[str, float, int]:
    """The best prompt, its score and the calls made, where replies come in another order for every `shuffle`."""
    result = await gpo.aoptimize(
        toy_task(),
        task_model=ToyTaskModel(shuffle=shuffle),
        optimizer_model=ToyWriter(shuffle=shuffle),
        store=folder / f"{shuffle}",
        algorithm=algorithm,
        budget=gpo.Budget(calls=calls),
        settings={"concurrency": 16},
    )
    assert "max_calls" in result.stopped_because
    return result.best.text, result.scored.score, sum(spent.calls for spent in result.cost.values())


@pytest.mark.parametrize(("algorithm", "calls"), [("ape", 110), ("apo", 190), ("pe2", 110), ("evoprompt-de", 150)])
async def test_the_order_in_which_replies_arrive_decides_nothing(tmp_path: Path, algorithm: str, calls: int) -> None:
    ends = {await _ended(tmp_path, algorithm, calls, shuffle) for shuffle in (None, 1, 2, 3, 4, 5)}
    assert len(ends) == 1
