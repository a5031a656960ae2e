"""What the pages of the commands say, on any width: nothing twice, nothing cut, nothing that cannot be typed."""

import json
from pathlib import Path
from typing import Any

import pytest

from gpo.testing.server import Response
from gpo.testing.server.spoken import Problem
from journeys.inside import SHORT, TOY, Inside, StubServer

POCKET = ("pocket/last_word", "--task-model", "pocket")
FEW = "".join(f'{{"input": "row {n}", "target": "{n % 2}"}}\n' for n in range(3))


@pytest.fixture
def pocket() -> None:
    pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")


@pytest.mark.usefixtures("pocket")
def test_prompts_of_several_texts_are_told_apart_and_a_measurement_can_be_shown_again(inside: Inside) -> None:
    inside.write("texts.json", '{"system": "Be brief.", "user": "Name the last word. {{input}}"}')
    ran = inside.gpo("eval", *POCKET, "--prompt-file", "texts.json", "--prompt", "Say hello.", "--limit", "5", "-q")
    assert ran.code == 0, ran.err
    assert "Prompt 1\nsystem:\nBe brief.\n\nuser:\nName the last word. {{input}}\n\nPrompt 2\nSay hello." in ran.out
    run_id = inside.gpo("list", "--json").json[0]["run_id"]
    shown = inside.gpo("show", run_id)
    assert (shown.code, f"run {run_id}" in shown.out) == (0, True)
    assert shown.out.replace(f" · run {run_id}", "") == ran.out
    assert inside.gpo("show", run_id, "--json").json["measurement"]["prompts"][0]["n"] == 5
    assert "measured" in inside.gpo("list").out
    refused = inside.gpo("export", run_id)
    assert (refused.code, f"`gpo show {run_id}`" in refused.err) == (2, True)


def test_an_unfinished_run_is_the_one_to_go_on_with(inside: Inside, stub: StubServer) -> None:
    toy = (inside.write("rows.jsonl", _toy_rows()), *TOY, *SHORT, "--prompt", "Answer the row.", "-q")
    assert "no unfinished run" not in inside.gpo("resume").err
    first = inside.gpo("optimize", *toy, "--base-url", stub.url, "--max-calls", "40", "--json").json
    second = inside.gpo("optimize", *toy, "--base-url", stub.url, "--seed", "2", "--json").json
    assert (first["complete"], second["complete"]) == (False, True)
    went_on = inside.gpo("resume", "--max-calls", "5000", "-q", "--json")
    assert went_on.json["run_id"] == first["run_id"]
    assert went_on.json["complete"]
    assert [word for word in went_on.json["warnings"] if "no verdict" in word] == []
    none = inside.gpo("resume")
    assert (none.code, "no unfinished run" in none.err) == (2, True)


def test_why_a_run_stopped_is_said_once_on_its_page_and_the_limit_that_was_met_is_named(
    inside: Inside, stub: StubServer
) -> None:
    rows = inside.write("rows.jsonl", _toy_rows())
    two = inside.write("two.json", '{"system": "You read rows.", "user": "Answer the row.\\n\\n{{input}}"}')
    ran = inside.gpo("optimize", rows, *TOY, *SHORT, "--prompt-file", two, "--base-url", stub.url, "--max-calls", "40")
    assert ran.code == 0, ran.err
    assert ran.out.count("The budget of 40 calls is used up") == 1
    assert "best_prompt.txt, best_prompt.json, events.jsonl" in ran.out
    assert "(--max-calls raises the limit)" in ran.out
    assert "your own data and model" not in ran.out


def test_so_few_rows_are_said_to_be_few_at_the_beginning_and_with_the_verdict(inside: Inside, stub: StubServer) -> None:
    ran = inside.gpo("optimize", inside.write("few.jsonl", FEW), *TOY, *SHORT, "--base-url", stub.url)
    assert ran.code == 0, ran.err
    assert ran.err.count("there is only 1 test row: no gain at all can be told from luck") == 1
    assert "1 test row proves no gain" in ran.out or "No better prompt was found" in ran.out
    planned = inside.gpo("optimize", "few.jsonl", *TOY, "--base-url", stub.url, "--dry-run", "--json").json
    assert any("1 test row" in word for word in planned["warnings"])


@pytest.mark.usefixtures("pocket")
def test_a_prompt_that_is_refused_on_some_rows_is_said_to_be_wherever_the_verdict_stands(
    inside: Inside, stub: StubServer
) -> None:
    async def refused(body: Any) -> Response | None:
        prompt, _, row = body["messages"][-1]["content"].rpartition("\n")
        filtered = row.endswith(" ember") and prompt not in ("", "Answer the row.")
        return Response(400, Problem("content_filter", "The prompt was filtered.")) if filtered else None

    stub.fault = refused
    toy = (inside.rows(), *TOY, *SHORT, "--prompt", "Answer the row.", "--max-failures", "1000", "-q")
    ran = inside.gpo("optimize", *toy, "--base-url", stub.url, "-o", "result.json")
    assert ran.code == 0, ran.err
    left_out = "4 of 20 test rows are left out of both sides of the comparison: no answer came for 4 of 20 with the "
    for shown in (ran.out, inside.gpo("show").out, inside.gpo("resume", "latest", "-q").out):
        assert ", 16 of 20 sealed test rows\n" in shown
        assert f"{left_out}best prompt, because: " in shown
        assert "The prompt was filtered" in shown
        assert "The best prompt got no answer for 2 of 10 selection rows" in shown
    told, report = json.loads(inside.files["result.json"]), inside.gpo("show", "--json").json
    for verdict in (told["verdict"], report["verdict"]):
        assert (verdict["n"], verdict["unanswered"]) == (16, 4)
    assert (told["selection_rows"], report["best"]["n"], report["best"]["unanswered"]) == ([8, 2], 8, 2)
    assert told["test_failures"] == report["test_failures"]
    assert told["test_failures"][0][1] == 4


def test_commands_are_named_as_they_are_typed(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPO_COMMAND", "scripts/gpo")
    monkeypatch.delenv("GPO_DATA_DIR", raising=False)
    said = [
        inside.gpo("init").out,
        inside.gpo("list").err,
        inside.gpo("models").out,
        inside.gpo("doctor").out,
        inside.gpo("data", "list").out,
        inside.gpo("optimize", "--help").out,
        inside.gpo("optimize", "bbh/navigate", "--task-model", "pocket", "--data-dir", "nowhere").err,
        inside.gpo("reproduce").out,
        inside.gpo("optimize", *POCKET, *SHORT, "-q").out,
    ]
    for each in said:
        assert "scripts/gpo " in each
        assert "`gpo " not in each
        assert "\ngpo " not in each


@pytest.mark.usefixtures("pocket")
@pytest.mark.parametrize("columns", ["80", "120", ""])
def test_names_and_numbers_are_whole_on_any_width(
    inside: Inside, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.delenv("GPO_DATA_DIR", raising=False)
    model = "openai/gpt-5-mini"
    costs = inside.gpo("estimate", "pocket/last_word", "--task-model", model, "--optimizer-model", model)
    assert [model in line for line in costs.out.splitlines()[3:6]] == [True] * 3, costs.out
    assert "bbh-lite" in (listed := inside.gpo("data", "list").out)
    assert "`gpo data get " in listed
    assert all(len(line) <= int(columns or 10_000) for line in costs.out.splitlines())


def test_without_a_width_no_line_is_folded(inside: Inside, stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    long = " ".join(["Answer the row with much care."] * 60)
    file = inside.write("rows.jsonl", _toy_rows())
    ran = inside.gpo("eval", file, *TOY[:2], "--metric", "exact_match", "--prompt", long, "--base-url", stub.url, "-q")
    assert f"\n{long}\n" in ran.out


def test_a_prompt_that_is_not_there_is_no_lack_of_data(inside: Inside) -> None:
    ran = inside.gpo("optimize", inside.write("rows.jsonl", _toy_rows()), *TOY, "--prompt-file", "nope.txt")
    assert ran.code == 2
    assert "There is no file nope.txt" in ran.err
    assert "--prompt-file" in ran.err
    assert "pocket/<task>" not in ran.err


def test_nothing_is_promised_of_answers_where_none_came(inside: Inside) -> None:
    file, nobody = inside.write("rows.jsonl", _toy_rows()), "http://127.0.0.1:9/v1"
    ran = inside.gpo("optimize", file, *TOY, *SHORT, "--base-url", nobody)
    assert ran.code == 1
    assert "paid for" not in ran.err
    assert "`gpo resume " in ran.err


def test_all_of_a_run_is_exported_with_either_flag(inside: Inside, stub: StubServer) -> None:
    file = inside.write("rows.jsonl", _toy_rows())
    assert inside.gpo("optimize", file, *TOY, *SHORT, "--base-url", stub.url, "-q").code == 0
    assert inside.gpo("export", "--json").out == inside.gpo("export", "--format", "json").out
    assert json.loads((Path(inside.folder) / "rows.jsonl").read_text().splitlines()[0])


def _toy_rows() -> str:
    words = ("amber", "birch", "cedar", "delta", "ember")
    lines = (f'{{"input": "row {n} needs {words[n % 5]}", "target": "yes"}}' for n in range(40))
    return "\n".join(lines) + "\n"
