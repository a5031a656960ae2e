"""Much, long, strange, and nowhere to write: handled, or refused in a paragraph that says where; nothing by halves."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gpo.core.chat import Reply, Request, Usage
from gpo.testing.server import StubServer, always
from gpo.testing.toy import KEYWORDS, ToyTaskModel, toy_task
from journeys.inside import SHORT, TOY, Inside
from journeys.terminal import Ran

posix = pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a POSIX notion")


def _rows(inside: Inside, *more: dict[str, Any]) -> str:
    splits = toy_task(5).splits
    rows = [
        {"input": each.input, "target": each.target, "split": split}
        for split in ("train", "selection", "test")
        for each in getattr(splits, split)
    ]
    return inside.write("rows.jsonl", "\n".join(json.dumps(row) for row in (*rows, *more)))


def _optimize(stub: StubServer, *more: str) -> tuple[str, ...]:
    return ("optimize", "rows.jsonl", *TOY, "--base-url", stub.url, *SHORT, "-q", *more)


def _is_one_paragraph(ran: Ran, code: int, *said: str) -> None:
    assert ran.code == code, ran.err
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert "defect" not in ran.err
    for each in said:
        assert each in ran.err


# Much


def test_many_rows_are_read_once_and_dealt_out(inside: Inside, stub: StubServer, monkeypatch: Any) -> None:
    lines = (json.dumps({"input": f"row {i} needs {KEYWORDS[i % 5]}", "target": "yes"}) for i in range(20_000))
    inside.write("rows.jsonl", "\n".join(lines))
    read: list[Path] = []
    whole = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: (read.append(path), whole(path))[1])
    started = time.process_time()
    ran = inside.gpo(*_optimize(stub, "--train", "9", "--selection", "5", "--test", "5", "--json"))
    assert ran.code == 0, ran.err
    assert [path.name for path in read] == ["rows.jsonl"]
    assert time.process_time() - started < 10, "about a second for ten thousand rows, even on a slow machine"
    assert len((inside.folder / ".gpo" / "gpo.sqlite").read_bytes()) < 500_000, "rows are not copied"


# Long


class Rewriting:
    """An optimizer model that changes twenty words of a long prompt, here and there."""

    name = "toy-writer"

    async def complete(self, request: Request) -> Reply:
        before = request.messages[0].text.split("# Current instruction\n")[1].strip().split("\n")[0].split()
        texts: list[str] = []
        for i in range(request.sampling.n):
            words, dice = list(before), random.Random(f"{request.sampling.seed} {i}")
            for _ in range(20):
                words[dice.randrange(len(words))] = dice.choice(KEYWORDS)
            texts.append(f"<prompt>{' '.join(words)}</prompt>")
        return Reply(tuple(texts), Usage(1, 1))


def test_a_prompt_of_fifty_thousand_characters(inside: Inside, stub: StubServer) -> None:
    dice = random.Random(0)
    prompt = " ".join(f"w{dice.randrange(2000)}" for _ in range(9_000))[:50_000]
    stub.models = {"toy-task": ToyTaskModel(), "toy-writer": Rewriting()}
    _rows(inside)
    inside.write("prompt.txt", prompt)
    inside.write("gpo.yaml", f"prompt: {prompt}\n")
    for given in (("--prompt", prompt), ("-c", "gpo.yaml")):
        assert inside.gpo(*_optimize(stub, *given, "--dry-run", "--json")).json["seed_prompt"] == prompt
    started = time.process_time()
    ran = inside.gpo(*_optimize(stub, "--prompt-file", "prompt.txt", "--json"))
    assert ran.code == 0, ran.err
    shown, compared = inside.gpo("show").out, inside.gpo("diff").out
    assert time.process_time() - started < 10, "the distances in words of a step take a tenth of a second"
    assert ran.json["seed_prompt"] == prompt
    assert ran.json["best_prompt"] != prompt
    assert len(ran.json["best_prompt"].split()) == len(prompt.split())
    assert len(shown) < 2 * len(prompt), "the prompt itself, and what changed in it"
    assert "characters that stayed" in shown
    assert len(compared) < 1.2 * len(prompt)
    assert max(len(data) for data in inside.files.values()) < 5_000_000


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
def test_a_row_of_five_megabytes_is_said_and_stays_unanswered_where_a_model_refuses_it(
    inside: Inside, stub: StubServer
) -> None:
    async def at_most_a_hundred_thousand(body: Any) -> Any:
        long = sum(len(message["content"]) for message in body["messages"]) > 100_000
        return await too_long(body) if long else None

    too_long = always(400, {"error": {"code": "context_length_exceeded", "message": "At most 100,000 characters."}})
    stub.fault = at_most_a_hundred_thousand
    size = 5 * 2**20
    more = [{"input": "long " * (size // 5), "target": "yes", "split": split} for split in ("train", "selection")]
    _rows(inside, *more)
    ran = inside.gpo(*_optimize(stub, "--train", "1", "--json"))  # drawn by the seed
    assert ran.code == 0, ran.err
    assert f"2 rows have more than 100,000 characters (the first is row-21, with {size - size % 5:,})" in str(ran.json)
    assert inside.gpo("show", "--json").json["seed"]["n"] == 5, "the sixth is no score"
    assert max(len(data) for name, data in inside.files.items() if name != "rows.jsonl") < 1_000_000


async def test_what_the_optimizer_model_is_shown_of_a_row_is_bounded() -> None:
    from gpo.core.brief import LONGEST_SHOWN
    from gpo.core.evaluation import Answer, Mistake
    from gpo.core.prompt import Scored
    from gpo.core.showing import mistaken, solved
    from gpo.core.task import Example
    from gpo.core.update import Update

    row = Example("1", "begin " + "x" * 10**6 + " end", ("y" * 10**6,))
    task = toy_task()
    update = Update(Scored(task.seed, 0.0, 0))
    assert len(solved(update, task, row)) < 2 * LONGEST_SHOWN + 100
    answer = Answer("1", "z" * 10**6, 0.0, feedback="f" * 10**6, trace="t" * 10**6)
    shown = mistaken(update, Mistake(row, answer))
    assert all(len(text) < LONGEST_SHOWN + 10 for text in shown.values())
    assert shown["question"].startswith("begin ")
    assert shown["question"].endswith(" end")


# Strange


STRANGE = "مرحبا بالعالم שלום 你好，世界　ｆｕｌｌ 👩‍💻🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301 \u2028 می‌خواهم"


def test_text_of_every_script_goes_the_whole_way(inside: Inside, stub: StubServer) -> None:
    (row, *_), (selected, *_), (tested, *_) = (
        getattr(toy_task(5).splits, name) for name in ("train", "selection", "test")
    )
    lines = ["\ufeff" + '"question","answer","split"']
    for split, each in (("train", row), ("selection", selected), ("test", tested)):
        lines += [f'"{STRANGE} ""{i}"";\n{each.input}","yes","{split}"' for i in range(3)]
    inside.write("rows.csv", "\r\n".join(lines))
    ran = inside.gpo("optimize", "rows.csv", *_optimize(stub, "--prompt", STRANGE, "--json")[2:])
    assert ran.code == 0, ran.err
    assert ran.json["seed_prompt"] == STRANGE
    assert inside.gpo("export").out.startswith(STRANGE)
    shown = STRANGE.replace("\u2028", "\\u2028")
    for character in "\U000e0067\U000e0062\U000e0065\U000e006e\U000e007f":
        shown = shown.replace(character, f"\\U{ord(character):08x}")
    assert shown in inside.gpo("show").out.replace("\n", "")
    assert json.loads(inside.gpo("list", "--json").out)[0]["best_prompt"].startswith(STRANGE)
    assert inside.gpo("export", "-o", "best.txt").code == 0
    assert (inside.folder / "best.txt").read_text(encoding="utf-8").startswith(STRANGE)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932"])
def test_a_terminal_that_lacks_characters_shows_their_numbers(inside: Inside, stub: StubServer, encoding: str) -> None:
    _rows(inside)
    assert inside.gpo(*_optimize(stub, "--prompt", STRANGE), encoding=encoding).code == 0
    for command in ("show", "list", "diff", "export"):
        ran = inside.gpo(command, encoding=encoding)
        assert ran.code == 0, ran.err


def test_half_a_character_in_a_models_reply_ends_nothing(inside: Inside, stub: StubServer) -> None:
    class Torn:
        name = "toy-writer"

        async def complete(self, request: Request) -> Reply:
            return Reply(("<prompt>amber \ud83d birch\x00 \ud83d\ude00</prompt>",) * request.sampling.n, Usage(1, 1))

    stub.models = {"toy-task": ToyTaskModel(), "toy-writer": Torn()}
    _rows(inside)
    assert inside.gpo(*_optimize(stub, "--prompt", "Answer.")).code == 0
    for command in (("show",), ("show", "--json"), ("diff",), ("export",), ("export", "-o", "best.txt"), ("list",)):
        ran = inside.gpo(*command)
        assert ran.code == 0, ran.err
    assert (inside.folder / "best.txt").read_text(encoding="utf-8") == "Answer.\n", "what was scored, and no other text"
    assert inside.gpo(*_optimize(stub, "--prompt-file", "best.txt")).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('prompt: "a\\0b"\n', "The prompt holds a NUL byte"),
        ('prompt: "a\\ud83d"\n', "The prompt holds half of a surrogate pair"),
        ("prompt: a\nprompt: b\n", 'not YAML: "prompt" is set twice, in line 1 and in line 2'),
        ("split: {train: 1, train: 2}\n", '"train" is set twice'),
        ("description: 2024-13-45\n", "gpo.yaml is not YAML: month must be in 1..12."),
        ("prompt: !!python/object/apply:os.system [x]\n", "gpo.yaml is not YAML: could not determine a constructor"),
        ("prompt: !!bool x\n", "gpo.yaml is not YAML"),
        ("prompt: " + "[" * 1000, "gpo.yaml is not YAML: line 1: too many lists or mappings stand within one another"),
        ("a: &a [*a]\n", "its aliases (*name) repeat holds itself"),
        (
            "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" if i else "a0: &a0 [x]\n" for i in range(9)),
            "its aliases (*name) repeat holds itself, or too much",
        ),
        ("- a\n", "expected settings such as"),
        ("\x07\n", "gpo.yaml is not YAML: unacceptable character"),
    ],
)
def test_settings_that_cannot_be_meant(inside: Inside, text: str, said: str) -> None:
    inside.write("gpo.yaml", text)
    ran = inside.gpo("optimize", "pocket/last_word", "--task-model", "pocket", "-c", "gpo.yaml", "--dry-run")
    _is_one_paragraph(ran, 2, said)


# Nowhere to write


@contextmanager
def _full_disk(at: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _halves(inside: Inside) -> list[str]:
    """Drafts that were left behind, and events that were not written to their end."""
    torn = [
        name
        for name, data in inside.files.items()
        if name.endswith("events.jsonl")
        and data
        and not (data.endswith(b"\n") and [*map(json.loads, data.splitlines())])
    ]
    return [*torn, *(name for name in inside.files if name.endswith(".part"))]


@posix
@pytest.mark.parametrize("room", [0, 5_000, 60_000, 110_000])
def test_a_disk_that_is_full_at_any_moment_leaves_nothing_by_halves(
    inside: Inside, stub: StubServer, room: int
) -> None:
    _rows(inside)
    command = _optimize(stub, "--set", "gpo.steps=8", "--set", "gpo.candidates=8", "--prompt", "Answer.")
    with _full_disk(room):
        ran = inside.gpo(*command)
    _is_one_paragraph(ran, 1, "Is the disk full")
    assert _halves(inside) == []
    runs = inside.gpo("list", "--json").json
    again = inside.gpo("resume", "latest", "-q") if runs else inside.gpo(*command)
    assert again.code == 0, again.err


@posix
@pytest.mark.parametrize("at_once", [4, 16])
def test_a_disk_that_is_full_costs_no_more_than_what_was_in_flight(
    inside: Inside, stub: StubServer, at_once: int
) -> None:
    inside.write("rows.jsonl", "\n".join(json.dumps({"input": f"{i} {'x' * 300}", "target": "a"}) for i in range(300)))
    with _full_disk(150_000):
        ran = inside.gpo("optimize", "rows.jsonl", *TOY, "--base-url", stub.url, "-j", str(at_once), "-q")
    _is_one_paragraph(ran, 1, "Is the disk full")
    with closing(sqlite3.connect(inside.folder / ".gpo" / "gpo.sqlite")) as db:
        (kept,) = db.execute("SELECT COUNT(*) FROM answers").fetchone()
        (counted,) = db.execute("SELECT SUM(calls) FROM accounts").fetchone()
    assert len(stub.seen) - at_once <= kept <= counted <= len(stub.seen)


@posix
def test_a_full_disk_leaves_the_old_file(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.write("gpo.yaml", "old")
    with _full_disk(4):
        ran = inside.gpo("init", "--force")
        new = inside.gpo("init", "new.yaml")
    _is_one_paragraph(ran, 1, "gpo.yaml cannot be written", "If the file was there before, it is unchanged")
    _is_one_paragraph(new, 1, "new.yaml cannot be written")
    assert inside.files == {"gpo.yaml": b"old"}


@posix
@pytest.mark.parametrize("room", [0, 100_000])
def test_a_full_disk_ends_a_league_that_goes_on_later(inside: Inside, stub: StubServer, room: int) -> None:
    _rows(inside)
    command = (
        "league",
        "--algorithms",
        "gpo,random",
        "--tasks",
        "rows.jsonl",
        "--seeds",
        "1",
        "--max-calls",
        "30",
        "-q",
    )
    models = (*TOY[:4], "--base-url", stub.url, "--set", "metric=exact_match")
    with _full_disk(room):
        _is_one_paragraph(inside.gpo(*command, *models), 1, "Is the disk full", "the same command goes on")
    assert _halves(inside) == []
    assert inside.gpo(*command, *models).code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_output_that_finds_no_room_is_an_error(inside: Inside) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "gpo", "cite"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    _is_one_paragraph(Ran(done.returncode, "", done.stderr), 1, "standard output cannot be written: No space left")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("optimize", "pocket/last_word", "--task-model", "pocket", "--store", "file"), 2, "a file of that name"),
        (("optimize", "pocket/last_word", "--task-model", "pocket", "--store", "/proc/store"), 2, "cannot be made"),
        (("optimize", "pocket/last_word", "--task-model", "pocket", "-o", "none/x.json"), 2, "there is no folder none"),
        (("optimize", "pocket/last_word", "--task-model", "pocket", "-o", "."), 2, "is a folder"),
        (("eval", "pocket/last_word", "--task-model", "pocket", "-o", "file/x"), 2, "there is no folder file"),
        (("init", "file/x.yaml"), 2, "there is no folder file"),
        (("init", "/proc/x.yaml"), 2, "/proc/x.yaml cannot be written"),
        (
            ("league", "--tasks", "pocket/last_word", "--seeds", "1", "--max-calls", "30", "-o", "file"),
            2,
            "cannot be made",
        ),
    ],
)
def test_a_place_where_nothing_can_be(inside: Inside, arguments: tuple[str, ...], code: int, said: str) -> None:
    inside.write("file", "kept")
    _is_one_paragraph(inside.gpo(*arguments), code, said)
    assert inside.files == {"file": b"kept"}, "nothing was begun"


def test_what_is_no_file_is_written_to_and_not_replaced(inside: Inside, stub: StubServer) -> None:
    _rows(inside)
    assert inside.gpo(*_optimize(stub)).code == 0
    (inside.folder / "link.txt").symlink_to("target.txt")
    assert inside.gpo("export", "-o", "link.txt").code == 0
    assert (inside.folder / "link.txt").is_symlink()
    assert (inside.folder / "target.txt").read_text() == inside.gpo("export").out
    if Path("/dev/null").exists():
        assert inside.gpo("export", "-o", "/dev/null").code == 0
        assert Path("/dev/null").is_char_device()
