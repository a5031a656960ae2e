"""A key is in the requests and nowhere else: not in the store, the files, what is printed, errors, cache keys."""

import base64
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gpo.testing.server import StubServer, always
from gpo.testing.toy import toy_task
from journeys.inside import SHORT, TOY, Inside
from journeys.terminal import Ran

SECRET = "canary/4815+16+2342=vault"
KEY = f"sk-{SECRET}"
FORMS = (SECRET, quote(SECRET, safe=""), base64.b64encode(KEY.encode()).decode().rstrip("=")[:-2], SECRET[7:20])


@pytest.fixture
def home(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    """A folder with the toy rows, the key in the environment, and a umask that protects nothing."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    before = os.umask(0)
    yield inside
    os.umask(before)


def _rows(inside: Inside) -> str:
    splits = toy_task(5).splits
    lines = [
        f'{{"input": "{each.input}", "target": "{each.target}", "split": "{split}"}}'
        for split in ("train", "selection", "test")
        for each in getattr(splits, split)
    ]
    return inside.write("rows.jsonl", "\n".join(lines))


def _optimize(home: Inside, stub: StubServer, *more: str) -> Ran:
    return home.gpo("optimize", _rows(home), *TOY, "--base-url", stub.url, *SHORT, *more)


def _leaks(files: dict[str, bytes], said: list[Ran]) -> list[str]:
    texts = {**files, **{f"output {i}": (ran.out + ran.err).encode() for i, ran in enumerate(said)}}
    return [name for name, data in texts.items() if any(form.encode() in data for form in FORMS)]


def test_what_runs_leave_behind_holds_no_key(home: Inside, stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash_at_the_tenth(_: Any) -> None:
        if len(stub.seen) >= 10 and not Path("crashed").exists():  # as a kill would leave it, write-ahead log and all
            shutil.copytree(".gpo", "crashed")

    stub.fault = crash_at_the_tenth
    said = [_optimize(home, stub, "-o", "result.json")]
    assert said[0].code == 0, said[0].err
    stub.fault = None
    said.append(home.gpo("resume", "latest", "--store", "crashed"))
    assert said[-1].code == 0, said[-1].err
    stub.fault = always(401, {"error": {"code": "invalid_api_key", "message": "Incorrect API key provided."}})
    said.append(_optimize(home, stub, "--seed", "1", "--no-cache"))
    assert said[-1].code == 1
    stub.fault = None
    for looking in (
        ("show",), ("show", "--json"), ("list",), ("list", "--json"), ("diff",), ("export",),
        ("export", "--format", "json", "-o", "run.json"),
        ("eval", "rows.jsonl", *TOY[:2], *TOY[4:], "--base-url", stub.url, "--prompt", "amber", "-o", "eval.json"),
        ("optimize", "rows.jsonl", *TOY, "--base-url", stub.url, "--dry-run"),
        ("league", "--algorithms", "gpo,random", "--tasks", "rows.jsonl", "--seeds", "1", "--max-calls", "30", *TOY[:4],
         "--base-url", stub.url, "--set", "metric=exact_match"),
    ):  # fmt: skip
        said.append(home.gpo(*looking))
        assert said[-1].code == 0, f"{looking}: {said[-1].err}"
    monkeypatch.setenv("GPO_DEBUG", "1")
    monkeypatch.setattr("gpo.cli.show.read_report", lambda *_: 1 / 0)
    said.append(home.gpo("show"))
    assert "Traceback" in said[-1].err
    assert {headers["Authorization"] for headers in stub.headers} == {f"Bearer {KEY}"}, "the key was in use"
    assert _leaks(dict(home.files), said) == []
    _only_the_owner_can_read(home.folder)


def _only_the_owner_can_read(folder: Path) -> None:
    """Whatever the umask says. What `rows.jsonl` may show is its writer's choice."""
    if sys.platform == "win32":
        return
    modes = {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
        if path.name != "rows.jsonl"
    }
    crashed = {name for name in modes if name.startswith("crashed")}  # made by the test
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077 and name not in crashed} == {}
    assert {".gpo", ".gpo/gpo.sqlite", "result.json", "run.json", "eval.json", "league", "league/league.md"} <= {*modes}


def test_the_key_is_no_part_of_what_an_answer_is_kept_under(
    home: Inside, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _optimize(home, stub).code == 0
    asked = len(stub.seen)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another")
    assert _optimize(home, stub).code == 0
    assert len(stub.seen) == asked


def test_an_endpoint_that_repeats_the_key_does_not_spread_it(home: Inside, stub: StubServer) -> None:
    said: list[Ran] = []
    for status, body in (
        (401, {"error": {"code": "invalid_api_key", "message": f"Incorrect API key provided: {KEY}."}}),
        (400, f"<html>Authorization: Bearer {KEY}</html>"),
        (500, {"error": f"proxy: {KEY}"}),
        (200, f"{KEY} is not JSON"),
        (200, {"choices": KEY}),
    ):
        stub.fault = always(status, body)
        said.append(_optimize(home, stub, "--max-failures", "0"))
        assert said[-1].code == 1
    said += [home.gpo("list", "--json"), home.gpo("show", "--json")]
    assert _leaks(dict(home.files), said) == []


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{KEY}@127.0.0.1:9/v1",
        f"http://{KEY}@127.0.0.1:9/v1",
        f"http://127.0.0.1:9/v1?api_key={KEY}",
        f"http://127.0.0.1:9/v1?api-version=1&key={KEY}",
        f"http://127.0.0.1:9/v1#{KEY}",
        f"http://127.0.0.1:9/v1;key={KEY}",
        f"127.0.0.1:9/v1?key={KEY}",
        f"htp://127.0.0.1:9/v1?key={KEY}",
    ],
)
def test_an_address_that_holds_a_key_is_refused_and_not_repeated(home: Inside, url: str) -> None:
    ran = home.gpo("optimize", _rows(home), *TOY, "--base-url", url, *SHORT)
    assert ran.code == 2, ran.err
    assert "base_url holds" in ran.err
    assert _leaks(dict(home.files), [ran]) == []


def test_a_key_among_the_settings_is_refused_and_not_repeated(home: Inside) -> None:
    home.write("gpo.yaml", f"task: {_rows(home)}\ntask_model: openai/toy-task\napi_key: {KEY}\n")
    ran = home.gpo("optimize", "-c", "gpo.yaml")
    assert ran.code == 2
    assert 'unknown setting "api_key"' in ran.err
    assert KEY not in ran.err + ran.out


@pytest.mark.parametrize(
    "settings",
    [
        f"task_model: {{name: openai/toy-task, api_key: {KEY}}}",
        f"task_model: {KEY}",
        f"task_model: openai/toy-task\nbase_url: [{KEY}]",
        f"task_model: openai/toy-task\n{KEY}",
        f"task_model: openai/toy-task\nkey: '{KEY}",
        f"task_model: openai/toy-task\nprices: {KEY}",
        f"task_model: openai/toy-task\nbudget: {{max_calls: {KEY}}}",
        KEY,
    ],
)
def test_a_key_in_the_wrong_place_is_not_repeated(home: Inside, settings: str) -> None:
    home.write("gpo.yaml", settings)
    ran = home.gpo("optimize", _rows(home), "-c", "gpo.yaml")
    assert ran.code == 2
    assert "error: " in ran.err
    assert _leaks({}, [ran]) == []


@pytest.mark.parametrize(
    "typed", [("--api-key", KEY), (f"--api-key={KEY}",), ("--set", KEY), ("--set", f"base_url=[{KEY}")]
)
def test_a_key_that_is_typed_in_the_wrong_place_is_not_repeated(home: Inside, typed: tuple[str, ...]) -> None:
    ran = home.gpo("optimize", _rows(home), *TOY, *typed)
    assert ran.code == 2
    assert _leaks({}, [ran]) == []


def test_a_key_in_place_of_the_file_with_the_key_is_not_repeated(home: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", KEY)
    said = [home.gpo("doctor", *TOY[:2]), home.gpo("optimize", _rows(home), *TOY, *SHORT), home.gpo("models")]
    assert [ran.code for ran in said] == [2, 2, 0]
    assert all("OPENAI_API_KEY_FILE" in ran.out + ran.err for ran in said)
    assert _leaks({}, said) == []
