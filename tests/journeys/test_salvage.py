"""A store that cannot be opened any more: what was paid is taken along, and not paid again."""

import json

from gpo.testing.server import StubServer
from journeys.inside import SHORT, TOY, Inside


def test_the_answers_of_a_damaged_store_are_not_paid_again(inside: Inside, stub: StubServer) -> None:
    rows = [{"input": f"row {i} needs amber", "target": "yes"} for i in range(30)]
    inside.write("rows.jsonl", "\n".join(map(json.dumps, rows)))
    command = ("optimize", "rows.jsonl", *TOY, "--base-url", stub.url, *SHORT, "-q", "--json")
    first = inside.gpo(*command)
    assert first.code == 0, first.err
    asked = len(stub.seen)
    file = inside.folder / ".gpo" / "gpo.sqlite"
    file.write_bytes(b"\xff" * 4096 + file.read_bytes()[4096:])

    refused = inside.gpo(*command)
    assert refused.code == 1
    assert "gpo export --answers NEW" in refused.err
    saved = inside.gpo("export", "--answers", "new")
    assert saved.code == 0, saved.err
    assert f"{asked} answers are in new" in saved.out
    again = inside.gpo(*command, "--store", "new")
    assert again.code == 0, again.err
    assert json.loads(again.out)["best_prompt"] == json.loads(first.out)["best_prompt"]
    assert len(stub.seen) == asked, "nothing is asked a second time"


def test_where_there_is_no_store_there_are_no_answers(inside: Inside) -> None:
    assert inside.gpo("export", "--answers", "new").code == 2
    assert not (inside.folder / "new").exists()
