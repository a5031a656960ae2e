"""What somebody new meets who has read README and no more: what was guessed for them, and what helps next."""

from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.budget import Spent
from gpo.core.errors import ConfigError
from gpo.engine.limits import check_above
from gpo.engine.sitting import opened
from gpo.report.read import read_report
from gpo.testing.server import StubServer
from gpo.testing.toy import ToyTaskModel, toy_task
from journeys.inside import SHORT, TOY, Inside

OURS = 'seed prompt: "Let\'s think step by step." (none was given; `prompt` or --prompt names another)'
PHRASES = ("--task-model", "phrases")


def _csv(inside: Inside, head: str = "input", blank: int = 0) -> str:
    rows = "".join(f"row {number},{'ab'[number % 2]}\n" for number in range(20))
    return inside.write("mails.csv", f"{head},target\n{rows}\n" + ",\n" * blank)


def _toy(stub: StubServer, rows: str, *more: str) -> tuple[str, ...]:
    return ("optimize", rows, *TOY, "--base-url", stub.url, *SHORT, *more)


def test_a_seed_prompt_that_nobody_gave_is_told(inside: Inside, stub: StubServer) -> None:
    rows = inside.rows()
    inside.write("task.yaml", f"data: {rows}\nprompt: Answer.\n")
    dry = ("optimize", rows, *PHRASES, "--dry-run", "--json")
    assert OURS in inside.gpo(*dry).json["warnings"]
    for given in (("--prompt", "Answer."), ("--prompt", ""), ("--set", "prompts.user=Answer.")):
        assert OURS not in inside.gpo(*dry, "--algorithm", "nothing", *given).json["warnings"]
    assert OURS not in inside.gpo("optimize", "task.yaml", *dry[2:]).json["warnings"]
    assert OURS not in inside.gpo("optimize", "pocket/opposite", *dry[2:]).json["warnings"], "a ready-made task has one"
    assert OURS in inside.gpo("doctor", rows, *PHRASES).out
    eval_ = ("eval", rows, *TOY[:2], "--base-url", stub.url, "--json", "-q")
    assert OURS in inside.gpo(*eval_).json["warnings"]
    assert OURS not in inside.gpo(*eval_, "--prompt", "Answer.").json["warnings"]
    ran = inside.gpo(*_toy(stub, rows))
    assert OURS in ran.out
    assert OURS in ran.err


def test_a_row_of_blank_cells_is_a_row_wherever_it_is_read(inside: Inside) -> None:
    rows = _csv(inside, blank=3)
    assert "mails.csv: 23 rows\n    blank (3): line 23; line 24; line 25\n" in inside.gpo("data", "check", rows).out
    ran = inside.gpo("optimize", rows, *PHRASES, "--dry-run")
    assert (ran.code, ran.err.startswith("error: mails.csv:23: ")) == (2, True), ran.err


def test_a_league_takes_what_its_messages_name(inside: Inside) -> None:
    league = ("league", "--tasks", _csv(inside, "mail"), "--algorithms", "gpo,ape", *PHRASES, "--dry-run")
    assert "--input" in inside.gpo(*league).err
    ran = inside.gpo(*league, "--input", "mail", "--json")
    assert ran.code == 0, ran.err
    assert any(OURS in each for each in ran.json["warnings"])
    ours = inside.gpo(*league, "--input", "mail", "--metric", "contains", "--prompt", "Answer.", "--json").json
    assert (ours["settings"]["prompt"], ours["warnings"]) == ("Answer.", [])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("optimize", "x", "--max-call", "3"), "unrecognized arguments: --max-call 3. Did you mean --max-calls?"),
        (("list", "--stor", "x"), "unrecognized arguments: --stor x. Did you mean --store?"),
        (("estimate", "x", "--store", "y"), "neither keeps a run nor looks at one. Leave it out."),
        (("optimize", "x", "--max-calls", "1e3"), "'1e3': expected a whole number, such as 1000, or ROLE=N"),
        (("optimize", "x", "--max-calls", "task=50.5"), "'task=50.5': expected a whole number"),
        (("optimize", "x", "--max-usd", "2$"), "'2$': expected a number, such as 2.5, or ROLE=N"),
    ],
)
def test_what_is_typed_almost_right_is_refused_with_what_is_right(
    inside: Inside, typed: tuple[str, ...], said: str
) -> None:
    ran = inside.gpo(*typed)
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_a_run_is_found_by_its_folder_and_hints_name_its_store(inside: Inside, stub: StubServer) -> None:
    run_id = inside.gpo(*_toy(stub, inside.rows(), "--store", "sti", "--json", "-q")).json["run_id"]
    folder = f"sti/runs/{run_id}"
    for command in (("show",), ("diff",), ("export", "--json"), ("resume", "-q")):
        assert inside.gpo(*command, folder).code == 0, command
        assert inside.gpo(*command, f"{inside.folder}/{folder}/").code == 0, command
    assert inside.gpo("show", "sti/runs/none").code == 2
    assert "`gpo list --store sti` shows all runs" in inside.gpo("resume", "--store", "sti").err
    assert "`gpo list` shows" not in inside.gpo("resume", "--store", "sti").err


def test_a_limit_below_what_is_spent_is_refused(inside: Inside, stub: StubServer) -> None:
    stopped = inside.gpo(*_toy(stub, inside.rows(), "--max-calls", "60", "--json", "-q")).json
    gone = sum(each["calls"] for each in stopped["cost"].values())
    assert not stopped["complete"]
    ran = inside.gpo("resume", "--max-calls", str(gone - 1))
    assert (ran.code, f"the run has spent {gone} already" in ran.err) == (2, True), ran.err
    assert inside.gpo("resume", "-q", "--max-calls", str(gone)).code == 0


def test_limits_of_roles_are_held_against_what_the_roles_spent() -> None:
    spent = {"task": Spent(90, 900, usd=None), "optimizer": Spent(10, 100, usd=None)}
    check_above(spent, {"max_calls": [{"optimizer": 10}, {"task": 95}, 100], "max_usd": 0.1, "max_seconds": 0.0})
    with pytest.raises(ConfigError, match=r"max_calls of the optimizer model is 9, and the run has spent 10 already"):
        check_above(spent, {"max_calls": {"optimizer": 9}})


def test_a_gate_names_the_prompts_that_fail(inside: Inside, stub: StubServer) -> None:
    eval_ = ("eval", inside.rows(), *TOY[:2], "--base-url", stub.url, "-q", "--metric", "exact_match")
    alone = inside.gpo(*eval_, "--prompt", "Hi.", "--fail-under", "1")
    assert (alone.code, "--fail-under 1: the prompt scores 0." in alone.err) == (100, True), alone.err
    both = inside.gpo(*eval_, "--prompt", "Hi.", "--prompt", "Ho.", "--fail-under", "1")
    assert "prompt 1 scores 0." in both.err
    assert "prompt 2 scores 0." in both.err


def test_a_stand_in_that_answers_no_rows_is_told(inside: Inside) -> None:
    dry = ("--dry-run", "--json")
    said = inside.gpo("optimize", inside.rows(), *PHRASES, *dry).json["warnings"]
    assert any("phrases writes prompts and answers no rows" in each for each in said)
    ran = inside.gpo("eval", "rows.jsonl", *PHRASES, "-q")
    assert "phrases writes prompts and answers no rows" in ran.out


def test_a_price_can_be_typed_as_the_message_says(inside: Inside) -> None:
    dollars = ("optimize", inside.rows(), "--task-model", "openai/mine", "--max-usd", "1", "--dry-run")
    said = inside.gpo(*dollars).err
    assert "--set 'prices={openai/mine: [IN, OUT]}'" in said
    assert inside.gpo(*dollars, "--set", "prices={openai/mine: [0.25, 2]}").code == 0


def test_too_few_rows_for_the_sizes_that_were_asked_for(inside: Inside) -> None:
    said = inside.gpo("optimize", _csv(inside), *PHRASES, "--selection", "200", "--dry-run").err
    assert "Bring more rows (at least 202)" in said
    assert inside.gpo("optimize", "mails.csv", *PHRASES, "--selection", "18", "--dry-run").code == 0
    assert "(at least 21, better 200)" in inside.gpo("optimize", "mails.csv", *PHRASES, "--selection", "19").err
    assert "Bring more rows, or" in inside.gpo("optimize", "mails.csv", *PHRASES, "--selection", "0.01").err


def test_an_optimizer_model_that_reads_too_little_is_named_and_no_resume_promised(inside: Inside) -> None:
    pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")
    prompt = ("--prompt", "Think of the last word and of nothing else. " * 20, "--set", "gpo.steps=1")
    ran = inside.gpo("optimize", inside.rows(), "--task-model", "pocket", "--optimizer-model", "pocket", "-q", *prompt)
    assert ran.code == 1
    assert "The optimizer model pocket refused a request: try another (--optimizer-model)." in ran.err
    assert "would ask the same again: begin a new run with another model." in ran.err
    assert "goes on from there" not in ran.err


async def test_rows_from_python_have_a_name(tmp_path: Path) -> None:
    with pytest.raises(gpo.TaskError, match=r"^the list of rows has 2 rows, too few"):
        await gpo.aoptimize([("a", "b"), ("c", "d")], task_model="phrases", store=tmp_path)


async def test_only_what_was_refused_in_barren_steps_is_counted_there(tmp_path: Path) -> None:
    class Writer:
        """Eight prompts, three of them alike; then the same one eight times."""

        name, asked = "writer", 0

        async def complete(self, request: gpo.Request) -> gpo.Reply:
            self.asked += 1
            texts = [f"Say b {number}." for number in (0, 1, 2, 3, 4, 4, 4, 4)]
            return gpo.Reply(tuple(f"<prompt>{text}</prompt>" for text in texts))

    options = {"steps": 2}
    models: dict[str, Any] = {"task_model": ToyTaskModel(), "optimizer_model": Writer()}
    result = await gpo.aoptimize(toy_task(), **models, options=options, store=tmp_path)
    refused = [each.refused for each in result.history]
    with opened(tmp_path) as store:
        warnings = read_report(store, result.run_id).warnings
    (said,) = (each for each in warnings if "all proposals were refused" in each)
    assert refused == [3, 8]
    assert said.startswith("at 1 of 2 steps all proposals were refused: duplicate (8).")
