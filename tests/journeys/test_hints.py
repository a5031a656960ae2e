"""What the command line says besides results: hints that can be typed, remarks, where the stand-in is named."""

import json
import os
from pathlib import Path

import pytest

from gpo.cli.listing import NEWEST
from gpo.cli.main import main
from gpo.core.meant import did_you_mean
from gpo.engine.places import command
from gpo.engine.sitting import opened
from gpo.models.phrases import DISCLOSURE
from gpo.store.sqlite import open_to_read
from journeys.inside import Inside

pytest.importorskip("xllamacpp", reason="the pocket model needs the extra `local`")

SMALL = ("--set", "gpo.steps=1", "--set", "gpo.candidates=2", "--train", "8", "--selection", "8", "--test", "8")
POCKET = ("optimize", "pocket/last_word", "--task-model", "pocket")


def test_hints_name_a_store_that_is_elsewhere_as_a_shell_wants_it(inside: Inside) -> None:
    ran = inside.gpo(*POCKET, *SMALL, "-q", "--store", "my runs")
    assert ran.code == 0, ran.err
    assert "--store 'my runs'" in ran.out
    assert "--store" not in inside.gpo(*POCKET, *SMALL, "-q").out


def test_a_hint_leaves_out_the_store_that_gpo_home_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPO_COMMAND", raising=False)
    folder = tmp_path / "runs" / "x"
    assert command("show", "x", folder) == f"gpo show x --store {tmp_path}"
    monkeypatch.setenv("GPO_HOME", str(tmp_path))
    assert command("show", "x", folder) == "gpo show x"


def test_a_run_is_listed_with_its_whole_id_in_any_width(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = inside.gpo(*POCKET, *SMALL, "-q", "--json").json["run_id"]
    for columns in ("80", "60", ""):
        monkeypatch.setenv("COLUMNS", columns)
        lines = inside.gpo("list").out.splitlines()
        assert any(line.startswith(run_id) for line in lines)
        assert all(line == line.rstrip() for line in lines)
        assert max(map(len, lines)) <= int(columns or 160)
        assert columns == "60" or any("pocket/last_word" in line for line in lines), "at eighty columns all fits"


def test_the_stand_in_is_called_so_wherever_it_writes(inside: Inside) -> None:
    assert DISCLOSURE in inside.gpo(*POCKET, "--dry-run", "--json").json["warnings"]
    ran = inside.gpo(*POCKET, *SMALL, "--json")
    assert DISCLOSURE in ran.json["warnings"]
    assert DISCLOSURE in ran.err
    exported = json.loads(inside.gpo("export", "--format", "json").out)
    assert exported["warnings"].count(DISCLOSURE) == 1
    unknown = inside.gpo(*POCKET[:2], "--task-model", "qqqqqq/x").err
    assert "phrases (stand-in, not a language model)" in unknown


def test_a_file_may_hold_options_of_several_algorithms(inside: Inside) -> None:
    (inside.folder / "gpo.yaml").write_text(
        "task: pocket/last_word\ntask_model: pocket\nalgorithm: gpo-paper\ngpo: {candidates: 4}\n"
    )
    planned = inside.gpo("optimize", "-c", "gpo.yaml", "--dry-run", "--json")
    assert planned.code == 0, planned.err
    assert "the section gpo is not used: the algorithm is gpo-paper" in planned.json["warnings"]
    refused = inside.gpo("optimize", "-c", "gpo.yaml", "--set", "gpo.candidates=4", "--dry-run")
    assert (refused.code, "the algorithm is gpo-paper" in refused.err) == (2, True)
    unknown = inside.gpo("optimize", "-c", "gpo.yaml", "--set", "gpoo.candidates=4", "--dry-run")
    assert (unknown.code, 'unknown setting "gpoo"' in unknown.err) == (2, True)
    beside = inside.gpo(*POCKET, "--set", "steps=2", "--dry-run")
    assert (beside.code, "--set gpo.steps=" in beside.err) == (2, True)


def test_an_empty_seed_prompt_is_refused_before_a_run_begins(inside: Inside) -> None:
    ran = inside.gpo(*POCKET, "--prompt", "  ")
    assert (ran.code, "seed prompt is empty" in ran.err) == (2, True)
    assert not (inside.folder / ".gpo").exists()
    assert inside.gpo(*POCKET, "--prompt", "", "--algorithm", "nothing", "--dry-run").code == 0


def test_a_step_whose_proposals_were_all_refused_says_why_and_what_helps(inside: Inside) -> None:
    tight = ("--set", "gpo.step_size={schedule: fixed, start: 1, enforce: refuse}", "--set", "gpo.steps=2")
    ran = inside.gpo(
        *POCKET, *tight, "--set", "gpo.candidates=2", "--prompt", "Do some thing, if you please, at last now."
    )
    assert ran.code == 0, ran.err
    if "all proposals were refused" in ran.err:
        assert "steps all proposals were refused" in ran.out
        assert "What helps: " in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--task-model", "poket"), "Did you mean"),
        (("--task-model", "local/none.gguf"), "none.gguf"),
        (("--task-model", "openai/m", "--base-url", "http://x/v1", "--max-usd", "1"), "price"),
        (("--task-model", "pocket", "-o", "nowhere/result.json"), "no folder"),
        (("--task-model", "pocket", "--store", "file"), "is a file"),
        (("--task-model", "pocket", "--set", "meta_prompts=none"), "no folder"),
        (("--task-model", "pocket", "--set", "meta_prompts=texts"), "header"),
    ],
)
def test_a_dry_run_finds_what_the_run_would_stumble_over(
    inside: Inside, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    (inside.folder / "file").write_text("")
    (inside.folder / "texts" / "gpo").mkdir(parents=True)
    (inside.folder / "texts" / "gpo" / "generate.md").write_text("no header\n")
    for dry in (("--dry-run",), ()):
        ran = inside.gpo("optimize", "pocket/last_word", *arguments, *dry)
        assert (ran.code, said in ran.err) == (2, True), ran.err
    assert not os.path.exists(inside.folder / ".gpo" / "runs")


def test_a_dry_run_needs_no_key_and_says_that_the_run_does(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    keyless = ("optimize", inside.rows(), "--task-model", "openai/gpt-5-mini")
    refused, ran = inside.gpo(*keyless), inside.gpo(*keyless, "--dry-run")
    assert refused.code == 2
    assert ran.code == 0, ran.err
    assert f"! {refused.err.removeprefix('error: ')}" in ran.out, "in the words of the error"
    assert ran.out.count("OPENAI_API_KEY is not set") == 1, "once, though two models want it"
    assert "Without --dry-run it begins" not in ran.out
    (lacks,) = inside.gpo(*keyless, "--dry-run", "--json").json["lacks"]
    assert lacks.startswith("OPENAI_API_KEY is not set")
    of_the_writer = inside.gpo(*keyless, "--dry-run", "--optimizer-model", "anthropic/claude-sonnet-4-5").out
    assert "ANTHROPIC_API_KEY is not set: the optimizer model needs it" in of_the_writer
    priceless = inside.gpo("optimize", "rows.jsonl", "--task-model", "openai/mine", "--max-usd", "1", "--dry-run")
    assert (priceless.code, "price" in priceless.err) == (2, True), "all else is looked at as ever"


@pytest.mark.parametrize("command", ["optimize", "estimate", "eval", "doctor"])
def test_a_settings_file_that_is_typed_as_the_task_is_known_for_one(inside: Inside, command: str) -> None:
    inside.write("my settings.yaml", "task: pocket/last_word\ntask_model: pocket\n")
    ran = inside.gpo(command, "my settings.yaml")
    assert ran.code == 2
    assert f"looks like a settings file, not a task: `gpo {command} -c 'my settings.yaml'`." in ran.err + ran.out
    inside.rows()
    inside.write("task.yaml", "data: rows.jsonl\n")
    assert inside.gpo("optimize", "task.yaml", "--task-model", "phrases", "--dry-run").code == 0


def test_a_dry_run_says_what_the_run_would_take(inside: Inside) -> None:
    planned = inside.gpo(*POCKET, *SMALL, "--dry-run", "--json").json
    assert planned["would_take"]["test"]["task"]["calls"] == 16
    assert planned["would_take"]["total"]["calls"] > 16


def test_a_dry_run_is_a_page_for_people(inside: Inside) -> None:
    ran = inside.gpo(*POCKET, *SMALL, "--dry-run", "--prompt", "Say it." * 1_000)
    assert ran.code == 0, ran.err
    for said in ("1 step at most", "rows to learn from", "user: Say it.", "right answer: ", "together", DISCLOSURE):
        assert said in ran.out
    assert "characters left out" in ran.out
    assert "nothing was written. Without --dry-run it begins" in ran.out
    assert not os.path.exists(inside.folder / ".gpo")
    league = inside.gpo("league", "--algorithms", "gpo,opro", "--seeds", "1", "--dry-run")
    assert "2 algorithms × 8 tasks × 1 seed × 1 budget = 16 runs, 0 of them done" in league.out


@pytest.mark.parametrize("name", ["optimize", "eval", "resume", "league"])
def test_examples_in_help_are_whole_and_named_as_they_are_typed(
    inside: Inside, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("GPO_COMMAND", "scripts/gpo")
    _, _, examples = inside.gpo(name, "--help").out.partition("examples:\n")
    lines = examples.rstrip().splitlines()
    assert lines
    assert all(line.startswith(f"  scripts/gpo {name}") for line in lines)


def test_the_newest_of_many_runs_are_listed_and_how_many_are_not(inside: Inside) -> None:
    with opened(inside.folder / ".gpo") as store:
        ids = [store.create_run(store.new_run_id(), {"settings": {}}, "t", "gpo") for _ in range(NEWEST + 2)]
    shown = inside.gpo("list").out
    assert sum(each in shown for each in ids) == NEWEST
    assert "… and 2 more (--all)." in shown
    assert all(each in inside.gpo("list", "--all").out for each in ids)
    assert len(inside.gpo("list", "--json").json) == len(ids)


def test_the_page_of_a_run_does_not_recommend_itself(inside: Inside) -> None:
    run_id = inside.gpo(*POCKET, *SMALL, "-q", "--json").json["run_id"]
    shown = inside.gpo("show", run_id).out
    assert f"gpo show {run_id}" not in shown
    assert f"gpo diff {run_id}" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("optimise",), "Did you mean optimize?"),
        (("optimize", "x", "--optimzer-model", "y"), "Did you mean --optimizer-model?"),
        (("eval", "x", "--split", "tset"), "Did you mean test?"),
        (("optimize", "x", "--resume", "y"), "`gpo resume` goes on"),
        (("--optimise",), "Did you mean optimize?"),
        (("export", "--jsn"), "Did you mean --json?"),
        (("optimize", "x", "--steps", "5"), "--set gpo.steps="),
        (("optimize", "x", "--algorithm=opro", "--steps=5"), "--set opro.steps="),
        (("compare", "a", "b"), "`gpo eval` compares prompts"),
        (("optimize", "--train", "many"), "neither a number of rows nor a share"),
        (("optimize", "x", "--seed", "y"), "argument --seed: 'y'; expected a whole number"),
        (("optimize", "x", "--temperature", "hot"), "'hot'; expected a number"),
        (("estimate", "x", "--latency-s", "slow"), "'slow'; expected a number above 0"),
        (("league", "toy.jsonl"), "Tasks are named with --tasks: --tasks toy.jsonl"),
        (("league", "pocket/color"), "--tasks pocket/color"),
    ],
)
def test_a_mistyped_flag_or_command_gets_a_suggestion(
    inside: Inside, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_a_setting_of_another_kind_is_told_in_words(inside: Inside) -> None:
    for setting, wanted in (
        ("gpo.candidates=abc", "a whole number"),
        ("timeout_s=x", "a number"),
        ("optimizer_model=3", "text or nothing"),
        ("cache=3", "true or false"),
    ):
        said = inside.gpo(*POCKET, "--set", setting, "--dry-run").err
        assert f"; expected {wanted}." in said, said


def test_a_run_that_is_not_there_says_how_many_are_not_named(inside: Inside) -> None:
    with opened(inside.folder / ".gpo") as store:
        for number in range(10):
            store.create_run(f"20260101-{number:06}-aaaa", {}, "t", "gpo")
    said = inside.gpo("resume", "nope").err
    assert "20260101-000009-aaaa. There are 2 older ones: `gpo list` shows them." in said
    assert "20260101-000001-aaaa" not in said
    with opened(inside.folder / "few") as store:
        store.create_run("20260101-000000-aaaa", {}, "t", "gpo")
    assert "older" not in inside.gpo("resume", "nope", "--store", "few").err


def test_pocket_is_said_to_be_no_model_for_rows_of_ones_own(inside: Inside) -> None:
    said = "pocket can do the ready-made tasks only (pocket/…)"
    rows = inside.rows()
    assert said in inside.gpo("optimize", rows, "--task-model", "pocket", "--dry-run").out
    assert said in inside.gpo("doctor", rows, "--task-model", "pocket").out
    assert said in inside.gpo("eval", rows, "--task-model", "pocket", "--limit", "2").out
    assert said not in inside.gpo(*POCKET, "--dry-run").out
    assert said not in inside.gpo("optimize", rows, "--task-model", "phrases", "--dry-run").out


@pytest.mark.parametrize("name", ["pocket", "phrases", "local", "hf"])
def test_what_is_no_provider_is_said_to_be_what_it_is(inside: Inside, name: str) -> None:
    ran = inside.gpo("models", "list", name)
    assert ran.code == 2
    assert f"{name} is no provider with a list of models: " in ran.err
    assert f"-model {name}" in ran.err


def test_what_is_known_is_listed_whole_only_where_it_is_short() -> None:
    names = [f"pocket/task_{number}" for number in range(40)]
    said = did_you_mean("pocket/task_7x", names)
    assert 'Did you mean "pocket/task_7"?' in said
    assert "among 40" in said
    assert len(said) < 200


def test_a_pipeline_can_insist(inside: Inside) -> None:
    eval_ = ("eval", "pocket/last_word", "--task-model", "pocket", "-q", "--prompt", "Name the last word.")
    assert inside.gpo(*eval_, "--limit", "10", "--fail-under", "0.5").code == 0
    both = inside.gpo(*eval_, "--prompt", "Say hello.", "--limit", "10", "--fail-under", "0.5", "--json")
    assert (both.code, [each["n"] for each in both.json["prompts"]]) == (100, [10, 10])
    assert inside.gpo(*eval_, "--fail-under", "80").code == 2
    nothing = inside.gpo(*POCKET, "--algorithm", "nothing", "-q", "--fail-unless", "improved")
    assert (nothing.code, "--fail-unless improved" in nothing.err) == (100, True)


def test_a_prompt_given_twice_is_scored_once_and_that_is_said(inside: Inside) -> None:
    twice = ("--prompt", "Name the last word.") * 2
    ran = inside.gpo("eval", "pocket/last_word", "--task-model", "pocket", "--limit", "3", *twice)
    assert "2 prompts were given, 1 of them different" in ran.err


@pytest.mark.parametrize(
    ("name", "content", "arguments", "said"),
    [
        ("a.csv", "", (), "a line with the names of the columns"),
        ("a.jsonl", '{"input": "a", "target": "b"}\n{"input": "a" "target"}\n', (), "delimiter at character 15"),
        ("a.jsonl", None, ("--train", "100"), "leaves too few for selection and test"),
        ("a.jsonl", None, ("--train", "0.7", "--test", "0.7"), "add up to 1.4"),
        (
            "sp.jsonl",
            '{"input": "a", "target": "b", "split": "train"}\n',
            (),
            "sp.jsonl: no row is of the set selection",
        ),
    ],
)
def test_advice_fits_what_is_wrong(
    inside: Inside, name: str, content: str | None, arguments: tuple[str, ...], said: str
) -> None:
    rows = "".join(f'{{"input": "{number}", "target": "{number % 3}"}}\n' for number in range(80))
    (inside.folder / name).write_text(rows if content is None else content)
    ran = inside.gpo("optimize", name, "--task-model", "pocket", *arguments, "--dry-run")
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_a_store_that_cannot_be_written_can_be_read(inside: Inside) -> None:
    run_id = inside.gpo(*POCKET, *SMALL, "-q", "--json").json["run_id"]
    store = open_to_read(inside.folder / ".gpo")
    try:
        assert [row.id for row in store.runs()] == [run_id]
        assert store.events(run_id)
    finally:
        store.close()


def test_help_is_a_command_too(inside: Inside) -> None:
    assert inside.gpo("help").out == inside.gpo("--help").out
    assert inside.gpo("help", "demo").out == inside.gpo("demo", "--help").out


def test_the_demo_takes_the_bare_name_of_a_task(inside: Inside) -> None:
    assert 'Did you mean "pocket/opposite"?' in inside.gpo("demo", "oposite", "-q").err


def test_the_columns_of_a_file_that_is_checked_can_be_named(inside: Inside) -> None:
    rows = inside.write("rows.csv", "q,a\none,1\ntwo,2\nthree,3\nfour,4\n")
    assert inside.gpo("data", "check", rows).code == 2
    assert inside.gpo("data", "check", rows, "--input", "q", "--target", "a").code == 0


def test_a_budget_that_pays_for_nothing_is_not_called_used_up(inside: Inside) -> None:
    said = inside.gpo(*POCKET, "--max-tokens", "20").out
    assert "does not pay for a call" in said
    assert "used up" not in said
