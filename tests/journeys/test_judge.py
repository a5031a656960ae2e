"""A user without right answers: a rubric instead, a judge of its own address and key, and caps that hold for it."""

import json
from collections import Counter

import pytest

from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import StubServer
from gpo.testing.toy import toy_task
from journeys.inside import SHORT, Inside, serving_aside

RUBRIC = "judge:The answer is yes."
TOY = ("--task-model", "openai/toy-task", "--optimizer-model", "openai/toy-writer", "--judge-model", "openai/toy-judge")


@pytest.fixture
def rows(inside: Inside) -> str:
    """The toy task without its answers."""
    splits = toy_task().splits
    rows = (*splits.train, *splits.selection, *splits.test)
    return inside.write("open.jsonl", "".join(json.dumps({"input": row.input}) + "\n" for row in rows))


def _asked(stub: StubServer) -> Counter[str]:
    return Counter(each.model for each in stub.seen)


def test_rows_without_right_answers_are_optimized_by_a_rubric(
    inside: Inside, stub: StubServer, rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGES_KEY", "sk-judge")
    with serving_aside(StubServer()) as bench:
        at = ("--base-url", stub.url, "--judge-base-url", bench.url, "--judge-api-key-env", "JUDGES_KEY")
        ran = inside.gpo(
            "optimize", rows, *TOY, *at, "--metric", RUBRIC, "--prompt", "Answer the row.", *SHORT, "--json"
        )
        assert ran.code == 0, ran.err
        assert set(_asked(bench)) == {"toy-judge"}
        assert set(_asked(stub)) == {"toy-task", "toy-writer"}
        assert {each["Authorization"] for each in bench.headers} == {"Bearer sk-judge"}
        assert {each["Authorization"] for each in stub.headers} == {"Bearer sk-test"}
        told = json.loads(ran.out)
        assert told["verdict"]["word"] in ("improved", "not proven")
        assert told["cost"]["judge"]["calls"] == len(bench.seen)
    shown = inside.gpo("show").out
    assert "openai/toy-judge" in shown
    assert not [name for name, left in inside.files.items() if b"sk-judge" in left]


def test_a_cap_on_the_judge_holds_at_its_server(inside: Inside, stub: StubServer, rows: str) -> None:
    given = (rows, *TOY, "--base-url", stub.url, "--metric", RUBRIC, *SHORT)
    ran = inside.gpo("optimize", *given, "--max-calls", "judge=15", "-q")
    assert _asked(stub)["toy-judge"] <= 15
    assert "of the judge model" in ran.out


def test_prompts_are_compared_by_a_rubric_of_several_lines(inside: Inside, stub: StubServer, rows: str) -> None:
    settings = f"""
task: {rows}
task_model: openai/toy-task
judge_model: openai/toy-judge
base_url: {stub.url}
metric: judge
metric_options:
  rubric: |
    The answer is yes.
    Nothing else counts.
  points: 2
"""
    config = inside.write("gpo.yaml", settings)
    prompts = ("--prompt", "Answer the row.", "--prompt", "Answer amber birch cedar delta ember")
    ran = inside.gpo("eval", "-c", config, *prompts, "--json", "-q")
    first, second = json.loads(ran.out)["prompts"]
    assert (first["score"], second["score"]) == (0.0, 1.0)
    assert _asked(stub)["toy-writer"] == 0
    again = inside.gpo("eval", "-c", config, *prompts, "--json", "-q", "--answers", "marks.jsonl")
    marks = [json.loads(line) for line in inside.files["marks.jsonl"].splitlines()]
    assert [(each["prompt"], each["score"]) for each in marks] == [(1, 0.0)] * 20 + [(2, 1.0)] * 20
    assert {each["feedback"] for each in marks} == {"The answer is not yes.", "The answer lacks nothing."}
    assert json.loads(again.out)["cost"].get("judge", {"calls": 0})["calls"] == 0, "marks are kept like answers"


def test_a_doctor_sees_whether_a_judge_can_mark(inside: Inside, stub: StubServer, rows: str) -> None:
    given = (rows, "--task-model", "openai/toy-task", "--base-url", stub.url, "--metric", RUBRIC)
    fine = inside.gpo("doctor", *given, "--judge-model", "openai/toy-judge")
    assert fine.code == 0
    assert 'marked "2 + 2 = 4" with 0.00' in fine.out
    cannot = inside.gpo("doctor", *given, "--judge-model", "openai/toy-task")
    assert cannot.code == 1
    assert "gave no mark from 0 to 5" in cannot.out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--metric", "judge"), "needs a rubric"),
        (("--metric", "judge:"), "needs a rubric"),
        (("--metric", RUBRIC, "--set", "metric_options={points: 0}"), "points is 0"),
        (("--metric", RUBRIC, "--judge-model", "pocket"), "pocket cannot judge"),
        (("--metric", RUBRIC, "--judge-model", "openai/no-such"), "no-such"),
        (("--metric", RUBRIC, "--demonstrations", "2"), "demonstrations show right answers"),
        (("--metric", RUBRIC, "--max-usd", "1"), "price of openai/toy-task is unknown"),
        ((), "graded by a model: --metric judge:"),
    ],
)
def test_what_cannot_be_judged_is_told(
    inside: Inside, stub: StubServer, rows: str, more: tuple[str, ...], said: str
) -> None:
    ran = inside.gpo("optimize", rows, *TOY, "--base-url", stub.url, *SHORT, *more)
    assert ran.code in (1, 2)
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_doctor_shows_no_escapes_and_a_slip_in_the_rubric_no_keys(
    inside: Inside, stub: StubServer, rows: str
) -> None:
    stub.models = {"toy-task": ScriptedModel(lambda _: "x\x1b[31m")}
    sick = inside.gpo("doctor", rows, "--task-model", "openai/toy-task", "--base-url", stub.url, "--metric", RUBRIC)
    assert "\x1b" not in sick.out
    key = "sk-JUDGESECRET0123456789abcdef"
    for slip in ("metric_options={rubric: Kind., %s: 1}", "metric='juge: kind, api_key %s'"):
        ran = inside.gpo("optimize", rows, *TOY, "--metric", "judge", "--set", slip % key)
        assert ran.code == 2
        assert key not in ran.err + ran.out
    assert inside.gpo("optimize", rows, *TOY, "--metric", "judge:Be \x00 kind").code == 2
