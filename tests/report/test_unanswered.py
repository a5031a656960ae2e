"""Rows that got no answer are told wherever a score is: on the page, in every JSON, in the result. Else not a word."""

from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.errors import ModelRefused
from gpo.core.events import Evaluated, StepFinished, StepStarted
from gpo.core.prompt import Prompt
from gpo.engine.lacking import left_out
from gpo.evidence.verdicts import verdict
from gpo.report.data import as_data
from gpo.report.page import verdict_line
from gpo.report.read import read_report
from gpo.store.sqlite import open_store
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task
from report.shown import report_in, shown

ADDED = ("unanswered", "seed_rows", "best_rows", "test_failures", "seed_selection_rows")
"""What an earlier version did not keep."""


class Prudish(ToyTaskModel):
    """Answers no prompt about one test row, and none but the seed prompt about those that need the last word."""

    async def complete(self, request: Request) -> Reply:
        prompt, row = request.messages[-1].text.rsplit("\n", 1)
        if row.startswith("row test 3 "):
            raise ModelRefused("the content filter", fatal=False)
        if row.endswith(" ember") and prompt != toy_task().seed.text:
            raise ModelRefused("the policy", fatal=False)
        return await super().complete(request)


async def _optimized(folder: Path, solver: Any, **more: Any) -> gpo.Result:
    return await gpo.aoptimize(
        toy_task(),
        task_model=solver,
        optimizer_model=ToyWriter(),
        options={"steps": 4},
        seed=3,
        store=folder,
        settings={"max_failures": 1000},
        **more,
    )


async def test_a_result_counts_them_beside_those_that_were_answered(tmp_path: Path) -> None:
    result = await _optimized(tmp_path, Prudish())
    assert result.verdict
    assert result.best.id != result.seed.prompt.id
    assert (result.verdict.n, result.verdict.unanswered) == (15, 5)
    assert (result.verdict.before.n, result.verdict.before.unanswered) == (19, 1)
    assert (result.verdict.after.n, result.verdict.after.unanswered) == (15, 5)
    assert (result.scored.n, result.scored.unanswered) == (8, 2)
    assert result.test_failures == (("the policy", 4), ("the content filter", 2))
    told = result.to_dict()
    assert (told["seed_selection_rows"], told["selection_rows"]) == ([10, 0], [8, 2])
    assert {key: told["verdict"][key] for key in ("n", "unanswered", "seed_rows", "best_rows")} == {
        "n": 15, "unanswered": 5, "seed_rows": [19, 1], "best_rows": [15, 5],
    }  # fmt: skip
    assert told["test_failures"] == [["the policy", 4], ["the content filter", 2]]


async def test_a_result_that_is_looked_up_is_the_one_that_was_given(tmp_path: Path) -> None:
    first = await _optimized(tmp_path, Prudish())
    again = await _optimized(tmp_path, Prudish(), resume=first.run_id)
    assert (again.verdict, again.test_failures) == (first.verdict, first.test_failures)
    assert again.to_dict() == first.to_dict()


async def test_the_page_says_how_many_with_which_prompt_why_and_that_they_are_left_out(tmp_path: Path) -> None:
    await _optimized(tmp_path, Prudish())
    said = shown(report_in(tmp_path))
    assert ", 15 of 20 sealed test rows\n" in said
    assert "(n = 8, 2 unanswered)" in said
    assert "(n = 15, 5 unanswered)" in said
    assert (
        "5 of 20 test rows are left out of both sides of the comparison: no answer came for 1 of 20 with the seed "
        "prompt and 5 of 20 with the best prompt, most often (4×): the policy.\n"
    ) in said
    assert "The best prompt got no answer for 2 of 10 selection rows: its score there is of the others." in said


async def test_a_report_as_json_counts_them(tmp_path: Path) -> None:
    await _optimized(tmp_path, Prudish())
    told = as_data(report_in(tmp_path))
    assert (told["seed"]["unanswered"], told["best"]["n"], told["best"]["unanswered"]) == (0, 8, 2)
    assert (told["verdict"]["n"], told["verdict"]["unanswered"]) == (15, 5)
    assert (told["verdict"]["before"]["unanswered"], told["verdict"]["after"]["unanswered"]) == (1, 5)
    assert told["test_failures"][0] == ["the policy", 4]


async def test_where_all_was_answered_not_a_word_is_said(tmp_path: Path) -> None:
    result = await _optimized(tmp_path, ToyTaskModel())
    said = shown(report_in(tmp_path))
    assert ", 20 sealed test rows\n" in said
    assert not [word for word in ("unanswered", "no answer", "left out") if word in said]
    assert (result.test_failures, result.to_dict()["verdict"]["unanswered"]) == ((), 0)


async def test_what_an_earlier_version_kept_is_read_and_shown(tmp_path: Path) -> None:
    first = await _optimized(tmp_path, Prudish())
    store = open_store(tmp_path)
    row = store.run("latest")
    kept = {key: value for key, value in row.result.items() if key not in ADDED}
    kept["verdict"] = {key: value for key, value in row.result["verdict"].items() if key not in ADDED}
    store.finish_run(row.id, row.status, row.stopped_because, kept)
    store.close()
    assert ", 15 sealed test rows\n" in shown(report_in(tmp_path))
    again = await _optimized(tmp_path, Prudish(), resume=first.run_id)
    assert again.verdict
    assert (again.verdict.word, again.verdict.n, again.test_failures) == ("improved", 15, ())


def test_a_run_under_way_shows_those_of_the_best_prompt_so_far(tmp_path: Path) -> None:
    prompt, store = Prompt.of("Be short."), open_store(tmp_path)
    run_id = store.create_run(store.new_run_id(), {"seed_prompt": "Go."}, "t", "gpo")
    events = (
        Evaluated(0, Prompt.of("Go.").id, "Go.", "selection", 0.2, 9, 1),
        StepStarted(1, Prompt.of("Go.").id, "Go.", 0.2),
        Evaluated(1, prompt.id, prompt.text, "selection", 1.0, 3, 0),
        Evaluated(1, prompt.id, prompt.text, "selection", 0.5, 6, 4),
        StepFinished(1, prompt.id, prompt.text, 0.5),
    )
    store.append_events(run_id, events)
    report = read_report(store, run_id)
    store.close()
    assert (report.seed.n, report.seed.unanswered) == (9, 1)
    assert (report.best.n, report.best.unanswered) == (6, 4)
    assert "The best prompt got no answer for 4 of 10 selection rows" in shown(report_in(tmp_path))


@pytest.mark.parametrize(
    ("seed", "best", "same", "said"),
    [
        ([1.0, 1.0], [1.0, 0.0], False, ""),
        ([1.0, None], [1.0, None], True, "1 of 2 test rows got no answer, because: away"),
        (
            [1.0, 1.0],
            [1.0, None],
            False,
            "1 of 2 test rows is left out of both sides of the comparison: no answer came for 1 of 2 with the best "
            "prompt, because: away",
        ),
    ],
)
def test_how_it_is_said(seed: list[float | None], best: list[float | None], same: bool, said: str) -> None:
    found = verdict(seed, best)
    assert left_out(found, (("away", 1),), same=same) == said
    assert (" of 2 sealed" in verdict_line(found)) == bool(said)
