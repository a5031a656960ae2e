"""What a task says of how it is asked reaches the model in any protocol: pictures, stop texts, a schema, an effort."""

import base64
import json
from pathlib import Path

import pytest

import gpo
from gpo.testing.scripted import ScriptedModel
from gpo.testing.server import StubServer, serving

PNG = b"\x89PNG\r\n\x1a\nrest"
URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
STOPS = {"openai": ("END",), "openai-responses": (), "anthropic": ("END",), "gemini": ("END",)}


def _rows(folder: Path) -> str:
    (folder / "cat.png").write_bytes(PNG)
    rows = [
        {"input": f"What is it? {i}", "target": '{"a": "cat"}', "picture": "cat.png", "split": split}
        for i, split in enumerate(("train", "selection", "selection", "test"))
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(folder / "rows.jsonl")


@pytest.mark.parametrize("provider", sorted(STOPS))
async def test_a_run_asks_as_its_settings_say(tmp_path: Path, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "sk-none")
    solver = ScriptedModel(lambda _: '{"a": "cat"}END and more', "claude-sonnet-5")
    async with serving(StubServer({"claude-sonnet-5": solver})) as server:
        result = await gpo.aoptimize(
            _rows(tmp_path),
            task_model=f"{provider}/claude-sonnet-5",
            metric="exact_match",
            algorithm="random",
            store=tmp_path / "store",
            settings={
                "images": "picture",
                "stop": "END",
                "schema": SCHEMA,
                "reasoning_effort": "low",
                "base_url": server.url,
            },
        )
    assert result.scored.score == 1.0, "the answer ended before what was said after it"
    how = solver.calls[0].sampling
    assert solver.calls[0].messages[-1].images == (URI,)
    assert (json.loads(how.schema), how.stop, how.effort) == (SCHEMA, STOPS[provider], "low")
