"""Whether a run could begin: everything is looked at, nothing is raised that can be told."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpo.core.chat import Reply, Sampling
from gpo.engine.checkup import Finding, checkup
from gpo.engine.config import RunConfig
from gpo.models.providers import TABLE
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import FAULTS, Response, StubServer, serving


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for provider in TABLE:
        for name in (*provider.keys, *provider.urls):
            monkeypatch.delenv(name, raising=False)
    rows = "".join(f'{{"input": "is {i} even?", "target": "{"yes" if i % 2 == 0 else "no"}"}}\n' for i in range(40))
    (tmp_path / "rows.jsonl").write_text(rows)
    monkeypatch.chdir(tmp_path)


def _config(**more: Any) -> RunConfig:
    settings = {"task": "rows.jsonl", "task_model": "openai/toy-task", "optimizer_model": "phrases", **more}
    return RunConfig.from_mapping(settings, "test")


def _by_name(found: tuple[Finding, ...]) -> Mapping[str, Finding]:
    return {each.what: each for each in reversed(found)}


async def test_all_is_well_where_it_is() -> None:
    async with serving() as server:
        embedding, prices = "openai/e", {"openai/toy-task": [1000.0, 1000.0]}
        config = _config(base_url=server.url, embedding_model=embedding, prices=prices, budget={"max_usd": 1})
        found = _by_name(await checkup(config))
    assert found["task model openai/toy-task"].said.startswith('answered "no" in ')
    assert "tokens, $0.0" in found["task model openai/toy-task"].said
    assert found["embedding model openai/e"].said.startswith("26 numbers")
    assert found["data"].said.startswith("rows: ")
    assert found["price of openai/toy-task"].said == "$1000 and $1000 per million tokens (your own)"
    assert found["price of phrases"].said == "none: it runs on your machine"
    assert found["price of openai/e"].code == 2  # a dollar limit without a price
    assert len(server.seen) == 2


async def test_nothing_is_asked_where_nothing_shall_be() -> None:
    async with serving() as server:
        known = _by_name(await checkup(_config(base_url=server.url), asks=False))
        strange = _by_name(await checkup(_config(base_url=server.url, task_model="openai/x"), asks=False))
    dead = _by_name(await checkup(_config(base_url="http://127.0.0.1:9/v1"), asks=False))
    assert known["task model openai/toy-task"].said == "not asked; its provider lists it"
    assert known["optimizer model phrases"].code == 0
    assert "does not list it (3 models: toy-judge, toy-task, toy-writer)" in strange["task model openai/x"].said
    assert (known["task model openai/toy-task"].mark, strange["task model openai/x"].mark) == ("fine", "note")
    assert dead["task model openai/toy-task"].code == 1
    assert server.seen == []


async def test_every_fault_is_found_at_once() -> None:
    found = _by_name(
        await checkup(_config(task="none.jsonl", task_model="opnai/x", optimizer_model="anthropic/claude-haiku-4-5"))
    )
    assert found["data"].code == 2
    assert "none.jsonl" in found["data"].said
    assert 'Did you mean "openai/x"?' in found["task model opnai/x"].said
    assert "ANTHROPIC_API_KEY is not set" in found["optimizer model anthropic/claude-haiku-4-5"].said
    assert "platform.claude.com" in found["price of anthropic/claude-haiku-4-5"].said


async def test_options_that_the_algorithm_has_not_are_found() -> None:
    found = _by_name(await checkup(_config(task_model="phrases", gpo={"candidate": 3})))
    assert found["algorithm"].code == 2


@pytest.mark.parametrize(("fault", "code", "said"), [("401", 1, "the key was refused"), ("500", 1, "Something broke")])
async def test_an_endpoint_that_does_not_answer_is_told(fault: str, code: int, said: str) -> None:
    async with serving(StubServer(fault=FAULTS[fault])) as server:
        finding = _by_name(await checkup(_config(base_url=server.url)))["task model openai/toy-task"]
    assert (finding.mark, finding.code) == ("wrong", code)
    assert said in finding.said


async def test_a_model_that_the_server_does_not_know_is_told_with_what_is_near() -> None:
    async with serving() as server:
        found = await checkup(_config(base_url=server.url, task_model="openai/toy-tsk"))
    assert "Near to it, openai has toy-task" in _by_name(found)["task model openai/toy-tsk"].said


async def test_a_model_that_thinks_gets_room_to_do_so_and_may_still_say_nothing() -> None:
    model = ScriptedModel(lambda _: Reply(("",), cut=(True,)), "m")
    async with serving(StubServer({"gpt-5": model})) as server:
        config = _config(base_url=server.url, task_model="openai/gpt-5", max_tokens=100)
        found = _by_name(await checkup(config))
    assert model.calls[0].sampling.max_tokens > 1000
    assert "still thinking" in found["task model openai/gpt-5"].said


async def test_a_model_that_says_nothing_within_the_room_of_a_run_is_noted_with_what_helps_it() -> None:
    """A thinking model of an unknown name, in both roles: the run would go wrong."""
    model = ScriptedModel(lambda request: Reply(("", "yes")[request.sampling.max_tokens > 600 :][:1], cut=(True,)), "m")
    async with serving(StubServer({"mine": model})) as server:
        at: dict[str, Any] = {"base_url": server.url, "task_model": "vllm/mine", "optimizer_model": "vllm/mine"}
        cut = _by_name(await checkup(_config(**at)))
        more = {"max_tokens": 2000, "optimizer_reasoning_effort": "low"}
        roomy = _by_name(await checkup(_config(**at, **more)))
    task, optimizer = (cut[f"{role} model vllm/mine"] for role in ("task", "optimizer"))
    assert (task.mark, optimizer.mark, task.code) == ("note", "note", 0)
    assert "still thinking. A row that is answered so has no score: raise max_tokens (--answer-tokens)" in task.said
    assert "(--reasoning-effort)" in task.said
    assert "choose an optimizer_reasoning_effort (--optimizer-reasoning-effort)" in optimizer.said
    assert {roomy[f"{role} model vllm/mine"].mark for role in ("task", "optimizer")} == {"fine"}


async def test_an_empty_answer_that_was_not_cut_is_noted() -> None:
    async with serving(StubServer({"mute": ScriptedModel(lambda _: "", "m")})) as server:
        found = _by_name(await checkup(_config(base_url=server.url, task_model="openai/mute")))
    assert found["task model openai/mute"].mark == "note"
    assert "empty text" in found["task model openai/mute"].said


async def test_each_model_is_asked_as_a_run_would_ask_it() -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    asked = {name: ScriptedModel(lambda _: "yes", name) for name in ("answers", "writes")}
    own = {"max_tokens": 77, "temperature": 0.4, "stop": ["###"], "schema": schema, "reasoning_effort": "none"}
    async with serving(StubServer(dict(asked))) as server:
        models = {"task_model": "vllm/answers", "optimizer_model": "vllm/writes", "optimizer_reasoning_effort": "low"}
        await checkup(_config(base_url=server.url, prompt="Go " * 300, **models, **own))
    (task,), (writer,) = (model.calls for model in asked.values())
    as_told = Sampling(temperature=0.4, max_tokens=77, stop=("###",), effort="none")
    assert replace(task.sampling, schema="") == as_told
    assert json.loads(task.sampling.schema) == schema
    assert (writer.sampling.temperature, writer.sampling.n, writer.sampling.effort) == (1.0, 1, "low")
    assert writer.sampling.max_tokens > len("Go " * 300)


async def test_where_the_data_cannot_be_loaded_models_are_asked_in_few_tokens() -> None:
    asked = ScriptedModel(lambda _: "yes", "m")
    async with serving(StubServer({"answers": asked})) as server:
        await checkup(_config(task="none.jsonl", base_url=server.url, task_model="vllm/answers"))
    assert asked.calls[0].sampling.max_tokens == 16


@pytest.mark.parametrize(
    ("setting", "sent", "said"),
    [
        ({"reasoning_effort": "low"}, "reasoning_effort", "Unrecognized request argument supplied: reasoning_effort"),
        ({"schema": {"type": "object"}}, "response_format", "response_format: 'additionalProperties' is required"),
    ],
)
async def test_what_a_run_would_stop_for_at_its_first_call_is_found(
    setting: dict[str, Any], sent: str, said: str
) -> None:
    async def refuses(body: dict[str, Any]) -> Response | None:
        return Response(400, {"error": {"message": said, "param": sent}}) if sent in body else None

    async with serving(StubServer(fault=refuses)) as server:
        found = _by_name(await checkup(_config(base_url=server.url, **setting)))
    finding = found["task model openai/toy-task"]
    assert (finding.mark, finding.code) == ("wrong", 1)
    assert said in finding.said


async def test_a_file_that_is_still_on_the_hub_is_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    found = _by_name(await checkup(_config(task_model="hf:org/repo/x.gguf", optimizer_model="hf:org/x.gguf")))
    assert found["task model hf:org/repo/x.gguf"].mark == "note"
    assert "`gpo models get hf:org/repo/x.gguf`" in found["task model hf:org/repo/x.gguf"].said
    assert found["optimizer model hf:org/x.gguf"].code == 2


async def test_each_role_is_asked_at_its_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITER_KEY", "sk-writer")
    async with serving() as one, serving() as two:
        config = _config(
            base_url=one.url,
            optimizer_model="openai/toy-writer",
            optimizer_base_url=two.url,
            optimizer_api_key_env="WRITER_KEY",
        )
        found = await checkup(config)
    assert max(each.code for each in found) == 0
    assert [server.seen[0].model for server in (one, two)] == ["toy-task", "toy-writer"]
    assert [server.headers[0].get("Authorization") for server in (one, two)] == [None, "Bearer sk-writer"]
