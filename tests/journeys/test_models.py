"""`gpo models` and `gpo doctor` as one types them, and models of two servers in one run."""

from pathlib import Path

import pytest

from gpo.core.chat import Reply, Request, Sampling
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import StubServer
from journeys.inside import Inside, serving_aside
from journeys.terminal import Serve, Terminal


def test_models_lists_what_there_is_and_what_is_lacking(terminal: Terminal) -> None:
    ran = terminal.gpo("models", ANTHROPIC_API_KEY="sk-secret-1", GEMINI_API_KEY="")
    assert ran.code == 0
    assert "key in ANTHROPIC_API_KEY" in ran.out
    assert "set GEMINI_API_KEY or GOOGLE_API_KEY" in ran.out
    assert "sk-secret-1" not in ran.out + ran.err
    rows = {row["name"]: row["ready"] for row in terminal.gpo("models", "--json").json}
    assert rows["openai/<name>"]
    assert not rows["mistral/<name>"]


def test_models_of_a_server_are_listed_by_the_names_one_types(terminal: Terminal, serve: Serve) -> None:
    with serve() as server:
        ran = terminal.gpo("models", "list", "vllm", "--base-url", server.url)
    assert ran.out.split() == ["vllm/toy-judge", "vllm/toy-task", "vllm/toy-writer"]
    misspelled = terminal.gpo("models", "list", "olama")
    assert misspelled.code == 2
    assert 'Did you mean "ollama"' in misspelled.err
    assert terminal.gpo("models", "get", "openai/x").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 0, "Nothing is wrong; 1 line marked ! to look at."),
        (["--task-model", "phrases"], 0, "answers no rows: as the task model it is wrong everywhere"),
        (["--task-model", "anthropic/claude-x"], 2, "ANTHROPIC_API_KEY is not set"),
        (["--task-model", "antropic/claude-x"], 2, 'Did you mean "anthropic/claude-x"'),
        (["--task-model", "phrases", "--api-key-env", "sk-abc"], 2, "names the environment variable"),
        (["none.jsonl", "--task-model", "phrases"], 2, "none.jsonl"),
        (["--metric", "f1"], 2, "task_model is missing"),
        (["-c", "none.yaml"], 2, "none.yaml cannot be read"),
        (["--task-model", "openai/x", "--base-url", "http://127.0.0.1:9/v1"], 1, "No answer from openai/x"),
    ],
)
def test_the_doctor_says_what_is_lacking_and_how_bad_it_is(
    terminal: Terminal, arguments: list[str], code: int, said: str
) -> None:
    ran = terminal.gpo("doctor", *arguments)
    assert ran.code == code, ran.out + ran.err
    assert said in " ".join(ran.out.split())
    assert "Traceback" not in ran.err
    assert "sk-abc" not in ran.out


def test_the_doctor_says_where_all_is_well(terminal: Terminal, serve: Serve) -> None:
    with serve() as server:
        ran = terminal.gpo("doctor", "--task-model", "vllm/toy-task", "--base-url", server.url)
    assert (ran.code, ran.out.rstrip().endswith("All is well.")) == (0, True), ran.out


def test_the_doctor_asks_with_the_room_of_a_run_also_where_only_models_are_named(inside: Inside) -> None:
    def thinks(request: Request) -> Reply:
        said = "yes" if request.sampling.max_tokens >= Sampling().max_tokens else ""
        return Reply((said,), cut=(not said,))

    with serving_aside(StubServer({"thinker": ScriptedModel(thinks)})) as server:
        models = ("--task-model", "vllm/thinker", "--base-url", server.url)
        usual, short = (inside.gpo("doctor", *models, *more) for more in ((), ("--answer-tokens", "20")))
    assert (usual.code, usual.out.rstrip().endswith("All is well.")) == (0, True), usual.out
    assert (short.code, "All is well." in short.out) == (0, False), short.out
    assert "raise max_tokens (--answer-tokens)" in " ".join(short.out.split())


def test_the_doctor_speaks_json(terminal: Terminal) -> None:
    found = terminal.gpo("doctor", "--task-model", "phrases", "--json").json
    assert found["exit_code"] == 0
    assert {"what", "mark", "said", "code"} == set(found["findings"][0])


@pytest.mark.parametrize(
    ("task_model", "optimizer_model"),
    [("anthropic/toy-task", "gemini/toy-writer"), ("openai-responses/toy-task", "anthropic/toy-writer")],
)
def test_a_run_goes_through_whatever_is_spoken(
    terminal: Terminal, serve: Serve, task_model: str, optimizer_model: str
) -> None:
    with serve() as server:
        ran = terminal.gpo(
            *("optimize", "pocket/last_word", "--task-model", task_model, "--base-url", server.url),
            *("--optimizer-model", optimizer_model, "--optimizer-base-url", server.url, "--json"),
            *("--train", "6", "--selection", "6", "--test", "6", "--set", "gpo.steps=1", "--set", "gpo.candidates=3"),
            ANTHROPIC_API_KEY="sk-a",
            GEMINI_API_KEY="sk-g",
        )
        assert ran.code == 0, ran.err
        assert {each.model for each in server.seen} == {"toy-task", "toy-writer"}
    cost = ran.json["cost"]
    assert cost["task"]["calls"] + cost["optimizer"]["calls"] == len(server.seen)


def test_a_run_may_ask_two_servers_with_two_keys_and_leaves_neither_behind(
    terminal: Terminal, serve: Serve, tmp_path: Path
) -> None:
    with serve() as tasks, serve() as writers:
        ran = terminal.gpo(
            *("optimize", "pocket/last_word", "--task-model", "vllm/toy-task", "--base-url", tasks.url),
            *("--api-key-env", "TASK_KEY", "--optimizer-model", "openai/toy-writer"),
            *("--optimizer-base-url", writers.url, "--optimizer-api-key-env", "WRITER_KEY"),
            *("--train", "6", "--selection", "6", "--test", "6", "--set", "gpo.steps=1", "--set", "gpo.candidates=2"),
            "--json",
            TASK_KEY="sk-secret-task",
            WRITER_KEY="sk-secret-writer",
        )
        assert ran.code == 0, ran.err
        assert {each.model for each in tasks.seen} == {"toy-task"}
        assert {each.model for each in writers.seen} == {"toy-writer"}
    left = b"".join(path.read_bytes() for path in terminal.folder.rglob("*") if path.is_file())
    assert b"TASK_KEY" in left
    assert b"sk-secret" not in left
    assert "sk-secret" not in ran.out + ran.err
