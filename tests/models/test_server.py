"""The stand-in server as a process of its own: it counts what it is asked, whatever becomes of those who ask."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from gpo.testing.server import FAULTS, read_log, repeated


def _post(url: str, text: str) -> tuple[int, dict[str, object]]:
    body = {"model": "toy-task", "messages": [{"role": "user", "content": text}], "max_tokens": 3}
    request = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_bare_it_says_yes_to_all_after_a_while() -> None:
    command = [sys.executable, "-m", "gpo.testing.server", "--bare", "--delay-ms", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            start = time.monotonic()
            for text in ("amber", "long " * 20_000):
                assert _post(url, text)[1]["choices"][0]["message"]["content"] == "yes"  # type: ignore[index]
            assert time.monotonic() - start >= 0.06
        finally:
            process.kill()


def test_it_writes_a_line_for_every_request(tmp_path: Path) -> None:
    log = tmp_path / "seen.jsonl"
    command = [sys.executable, "-m", "gpo.testing.server", "--log", str(log), "--fault", "500", "--times", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert _post(url, "amber\nrow needs amber")[0] == 500
            assert _post(url, "amber\nrow needs amber")[0] == 200
            assert _post(url, "amber\nrow needs cedar")[1]["choices"][0]["message"]["content"] == "no"  # type: ignore[index]
        finally:
            process.kill()
    seen = read_log(log)
    assert [each.model for each in seen] == ["toy-task"] * 3
    assert list(repeated(seen).values()) == [2]


def test_its_faults_are_known_by_name() -> None:
    wanted = {"401", "404", "429", "500", "ignores-n", "untagged", "empty", "not-json", "hangs"}
    assert wanted <= set(FAULTS)


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert read_log(tmp_path / "none") == ()
