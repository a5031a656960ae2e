"""What `gpo eval` says of prompts that got no answer, of some rows or of any, and of prompts that fill a screen."""

import json
from typing import Any

from gpo.testing.server import Response, StubServer, always, chat_json
from gpo.testing.server.spoken import Problem
from journeys.inside import TOY, Inside

ROWS = "\n".join(json.dumps({"input": f"row {number} needs amber", "target": "yes"}) for number in range(12))
SPLIT = ("--train", "2", "--selection", "2", "--test", "8", "--max-retries", "0")


def _eval(inside: Inside, stub: StubServer, *more: str) -> tuple[str, ...]:
    inside.write("rows.jsonl", ROWS)
    return ("eval", "rows.jsonl", *TOY[:2], *TOY[4:], "--base-url", stub.url, *SPLIT, "-q", *more)


def _id(inside: Inside) -> str:
    return inside.gpo("list", "--json").json[0]["run_id"]


async def _refuse(_: Any) -> Response:
    return Response(400, Problem("content_filter", "The prompt was filtered."))


async def _refuse_few(body: Any) -> Response | None:
    return await _refuse(body) if any(f"row {number} " in json.dumps(body) for number in (0, 1, 2)) else None


def test_a_prompt_that_got_no_answer_at_all_is_a_failure_with_its_reason(inside: Inside, stub: StubServer) -> None:
    stub.fault = _refuse
    command = _eval(inside, stub, "--prompt", "amber")
    ran = inside.gpo(*command)
    assert ran.code == 1
    assert "error: Nothing was measured: none of 8 rows was answered, because: " in ran.err
    assert "The prompt was filtered" in ran.err
    assert "the same command goes on" in ran.err
    assert inside.gpo("list", "--json").json[0]["status"] == "failed"
    assert "not known" in inside.gpo("show", _id(inside)).out
    stub.fault = None
    assert inside.gpo(*command, "--fail-under", "0.1").code == 0


def test_dollars_come_with_where_their_prices_are_from(inside: Inside, stub: StubServer) -> None:
    dollars = "Dollars of openai/toy-task: your own."
    command = _eval(inside, stub, "--prompt", "amber", "--set", "prices={openai/toy-task: [1, 2]}")
    assert dollars in inside.gpo(*command).out
    assert dollars in inside.gpo("show", _id(inside)).out
    assert "Dollars of" not in inside.gpo(*_eval(inside, stub, "--prompt", "amber")).out


def test_a_failure_is_no_low_score_at_a_gate(inside: Inside, stub: StubServer) -> None:
    stub.fault = _refuse
    assert inside.gpo(*_eval(inside, stub, "--prompt", "amber", "--fail-under", "0.5")).code == 1


def test_of_rows_without_an_answer_their_number_and_the_reason_are_said(inside: Inside, stub: StubServer) -> None:
    stub.fault = _refuse_few
    ran = inside.gpo(*_eval(inside, stub, "--prompt", "amber", "--split", "all"))
    assert ran.code == 0, ran.err
    assert "note: prompt 1: 3 of 12 rows got no answer, because: " in ran.out
    assert "The prompt was filtered" in ran.out
    assert inside.gpo("show", _id(inside), "--json").json["measurement"]["prompts"][0]["failures"][0][1] == 3


def test_zeros_and_answers_that_were_cut_are_told_with_what_would_help(inside: Inside, stub: StubServer) -> None:
    stub.fault = always(200, chat_json("Yes, \x1b[31mit is.", reason="length"))
    command = _eval(inside, stub, "--metric", "exact_match", "--prompt", "amber", "--prompt", "birch")
    ran = inside.gpo(*command)
    assert ran.code == 0, ran.err
    assert "note: 8 of 8 answers of prompt 1 were cut at 256 tokens (max_tokens; --answer-tokens raises it)," in ran.out
    zeros = (
        'note: all 8 answers of prompt 1 score 0 by the metric exact_match, such as "Yes, \\x1b[31mit is." where "yes"'
    )
    assert f"{zeros} is right: the right answer stands in most of them, and --metric boolean would count" in ran.out
    stub.fault = None
    again = inside.gpo(*command, "--json").json
    assert again["warnings"] == inside.gpo("show", _id(inside), "--json").json["measurement"]["warnings"]
    assert "were cut" in again["warnings"][-2], "kept answers tell it as well"
    counted = inside.gpo(*command, "--metric", "boolean").out
    assert "score 0" not in counted
    assert "were cut" not in counted, "what is right although it was cut lacks nothing"
    assert len(stub.seen) == 16


def test_all_rows_are_measured_also_where_they_cannot_be_divided(inside: Inside, stub: StubServer) -> None:
    inside.write("two.jsonl", '{"input": "a", "target": "yes"}\n{"input": "b", "target": "no"}\n')
    model = ("--task-model", "openai/toy-task", "--base-url", stub.url, "--prompt", "amber")
    ran = inside.gpo("eval", "two.jsonl", *model, "--split", "all", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["prompts"][0]["n"] == 2
    refused = inside.gpo("eval", "two.jsonl", *model)
    assert refused.code == 2
    assert "two has 2 rows, too few" in refused.err


def test_a_prompt_that_fills_a_screen_is_shortened_and_whole_in_what_is_written(
    inside: Inside, stub: StubServer
) -> None:
    long = inside.write("long.txt", "Answer the row. " * 3_000)
    ran = inside.gpo(*_eval(inside, stub, "--prompt-file", long, "-o", "found.json"))
    assert len(ran.out) < 4_000
    assert "--json has them" in ran.out
    told = inside.gpo("show", _id(inside), "--json").json["measurement"]
    assert told == json.loads((inside.folder / "found.json").read_text())
    assert len(told["prompts"][0]["prompt"]) > 47_000
