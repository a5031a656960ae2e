"""APO: what a step costs, what the optimizer model is shown, and how a short list is made of many proposals."""

import re
from itertools import count, pairwise
from typing import Any

import pytest

from gpo.core.chat import Reply, Request
from gpo.core.errors import ConfigError, UnreadableReply
from gpo.core.events import Evaluated, Refused
from gpo.optimizers.catalog import build
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import ToyTaskModel, ToyWriter, toy_task, toy_task_of_two_texts
from gpo.testing.walk import Models, Walked, walk_in_memory

ROWS = 80


def _inventive() -> ScriptedModel:
    """Never says the same twice, and nothing that helps."""
    numbers = count()

    def script(request: Request) -> Reply:
        tag = re.findall(r"between <(\w+)> and", request.messages[-1].text)[-1]
        return Reply(tuple(f"<{tag}>{tag} {next(numbers)}</{tag}>" for _ in range(request.sampling.n)))

    return ScriptedModel(script)


async def _walk(options: dict[str, Any], rows: int = ROWS) -> tuple[Walked, ScriptedModel, ToyTaskModel]:
    task, writer, solver = toy_task(rows), _inventive(), ToyTaskModel()
    return await walk_in_memory(build("apo", task, options), task, Models(solver, writer)), writer, solver


def _texts(writer: ScriptedModel, saying: str) -> list[str]:
    return [text for request in writer.calls if saying in (text := request.messages[0].text)]


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_a_member_takes_thirteen_requests_a_step(steps: int) -> None:
    _, writer, _ = await _walk({"steps": steps})
    members = [1, 4, 4][:steps]
    assert len(writer.calls) == 13 * sum(members)
    assert len(_texts(writer, "Give one reason")) == 4 * sum(members)
    assert len(_texts(writer, "You repair an instruction")) == 4 * sum(members)
    assert len(_texts(writer, "Word it differently")) == 5 * sum(members)
    assert {request.sampling.n for request in writer.calls} == {1, 2}
    assert sum(request.sampling.n for request in writer.calls) == 18 * sum(members)


@pytest.mark.parametrize(("gradients", "paraphrases"), [(1, 2), (3, 1), (2, 3)])
async def test_requests_and_texts_follow_from_the_numbers_of_gradients_and_paraphrases(
    gradients: int, paraphrases: int
) -> None:
    _, writer, _ = await _walk({"steps": 2, "gradients": gradients, "paraphrases": paraphrases, "beam": 2})
    members = 1 + 2
    assert len(writer.calls) == members * (3 * gradients + 1)
    texts = 2 * gradients + paraphrases * (gradients + 1)
    assert sum(request.sampling.n for request in writer.calls) == members * texts


async def test_few_new_prompts_are_scored_without_a_trial() -> None:
    _, _, solver = await _walk({"steps": 1, "batch": 16, "expansions": 4})
    assert len(solver.calls) == ROWS + 16 + 4 * ROWS


@pytest.mark.parametrize("rank", ["ucb", "ucb-e"])
@pytest.mark.parametrize("calls", [300, 2048])
async def test_task_calls_are_the_minibatches_the_trial_and_the_short_list(rank: str, calls: int) -> None:
    _, _, solver = await _walk({"steps": 2, "rank": rank, "calls": calls, "batch": 16})
    total, pull = ROWS, ROWS // 8
    for members in (1, 4):
        trial = min(calls, (8 * members - 4) * ROWS // 2)
        total += 16 * members + trial // pull * pull + 4 * ROWS
    assert len(solver.calls) == total


@pytest.mark.parametrize("rank", ["sh", "sr"])
async def test_halving_and_rejects_take_no_more(rank: str) -> None:
    _, _, solver = await _walk({"steps": 2, "rank": rank, "batch": 16})
    base = ROWS + 16 * 5 + 2 * 4 * ROWS
    assert base < len(solver.calls) <= base + (4 + 28) * ROWS // 2


async def test_all_scores_every_expansion_on_every_row() -> None:
    walked, _, solver = await _walk({"steps": 2, "rank": "all", "batch": 16})
    assert len(solver.calls) == ROWS + 16 * 5 + (8 + 32) * ROWS
    assert len(walked.states[-1].found) == 1 + 8 + 32


async def test_critiques_show_four_mistakes_each_drawn_anew() -> None:
    _, writer, _ = await _walk({"steps": 1})
    shown = [re.findall(r"^row train \d+", text, re.M) for text in _texts(writer, "Give one reason")]
    assert [len(set(each)) for each in shown] == [4] * 4
    assert len({tuple(each) for each in shown}) == 4


async def test_an_edit_is_asked_for_with_one_critique_and_the_mistakes_that_it_is_about() -> None:
    _, writer, _ = await _walk({"steps": 1})
    critiques = _texts(writer, "Give one reason")
    for number, text in enumerate(_texts(writer, "You repair an instruction")):
        assert re.findall(r"^feedback \d+$", text, re.M) == [f"feedback {number}"]
        assert re.findall(r"^row train .*", text, re.M) == re.findall(r"^row train .*", critiques[number], re.M)


async def test_paraphrases_see_the_prompt_alone_and_are_made_of_each_edit_and_of_the_prompt_itself() -> None:
    _, writer, _ = await _walk({"steps": 1})
    texts = _texts(writer, "Word it differently")
    assert not any("Example" in text or "feedback" in text.split("Answer with")[0] for text in texts)
    sources = [re.findall(r"# Current instruction\n\n(.*)", text)[0] for text in texts]
    assert sources == ["Answer the row.", *(f"prompt {number}" for number in range(4, 8))]


async def test_every_member_has_a_minibatch_of_its_own_drawn_from_all_training_rows() -> None:
    _, _, solver = await _walk({"steps": 2, "batch": 20, "rank": "all", "expansions": 1})
    rows = [int(re.findall(r"train (\d+) ", text)[0]) for text in solver.calls if "train" in text]
    drawn = [set(rows[start : start + 20]) for start in range(0, len(rows), 20)]
    assert [len(each) for each in drawn] == [20] * 3  # the seed prompt, then it and its child: no row twice
    assert not any(one <= other for one, other in pairwise(drawn))
    assert max(rows) >= 64  # where batches followed each other in file order, the rows behind the last were never seen


async def test_where_there_are_no_more_rows_than_a_minibatch_takes_all_are_tried() -> None:
    _, _, solver = await _walk({"steps": 1}, rows=10)
    assert sum("train" in text for text in solver.calls) == 10


async def test_critiques_and_edits_know_of_the_texts_that_stay_as_they_are() -> None:
    task, writer = toy_task_of_two_texts(ROWS), _inventive()
    await walk_in_memory(build("apo", task, {"steps": 1}), task, Models(ToyTaskModel(), writer))
    told = [*_texts(writer, "Give one reason"), *_texts(writer, "You repair an instruction")]
    assert len(told) == 8
    assert all("\nuser: Answer the row.\n" in text for text in told)


async def test_eight_of_fourteen_proposals_go_on_and_the_others_are_told() -> None:
    walked, _, _ = await _walk({"steps": 1, "rank": "all"})
    refused = [event.reason for event in walked.events if isinstance(event, Refused)]
    assert refused == ["not drawn: 8 of 14 go on"] * 6
    scored = [event for event in walked.events if isinstance(event, Evaluated) and event.n == ROWS]
    assert len(scored) == 1 + 8


async def test_a_prompt_without_mistakes_is_paraphrased_and_not_criticized() -> None:
    class Right(ToyTaskModel):
        async def complete(self, request: Request) -> Reply:
            await super().complete(request)
            return Reply(("yes" if "train" in request.messages[-1].text else "no",))

    task, writer = toy_task(), _inventive()
    walked = await walk_in_memory(build("apo", task, {"steps": 1}), task, Models(Right(), writer))
    assert len(writer.calls) == len(_texts(writer, "Word it differently")) == 1
    assert len(walked.states[-1].found) == 1 + 2


async def test_gradients_and_paraphrases_can_each_be_left_out() -> None:
    _, only_paraphrases, _ = await _walk({"steps": 1, "gradients": 0})
    assert len(only_paraphrases.calls) == len(_texts(only_paraphrases, "Word it differently")) == 1
    _, only_edits, _ = await _walk({"steps": 1, "paraphrases": 0})
    assert len(only_edits.calls) == 4 + 4


@pytest.mark.parametrize("name", ["beam", "batch", "errors", "expansions", "pull"])
def test_a_count_of_zero_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"apo.{name} is 0"):
        build("apo", toy_task(), {name: 0})


def test_neither_gradients_nor_paraphrases_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"apo\.gradients and apo\.paraphrases are both 0"):
        build("apo", toy_task(), {"gradients": 0, "paraphrases": 0})


@pytest.mark.parametrize("tag", ["feedback", "prompt", "none"])
async def test_a_model_that_does_not_speak_the_format_stops_the_run_unless_it_speaks_half_of_it(tag: str) -> None:
    numbers = count()

    def script(request: Request) -> Reply:
        asked = f"between <{tag}>" in request.messages[-1].text
        return Reply((f"<{tag}>{tag} {next(numbers)}</{tag}>" if asked else "No.",) * request.sampling.n)

    task = toy_task()
    walk = walk_in_memory(build("apo", task, {"steps": 4}), task, Models(ToyTaskModel(), ScriptedModel(script)))
    if tag == "prompt":  # paraphrases can be read
        assert (await walk).finished == "all 4 steps done"
    else:
        with pytest.raises(UnreadableReply, match="No"):
            await walk


async def test_of_two_texts_one_is_rewritten_a_step() -> None:
    task = toy_task_of_two_texts()
    optimizer = build("apo", task, {"steps": 4, "rank": "all"})
    walked = await walk_in_memory(optimizer, task, Models(ToyTaskModel(), ToyWriter()))
    assert dict(walked.states[1].beam[0].at.prompt.texts)["user"] == "Answer the row."
    assert walked.states[-1].best.score > walked.states[1].best.score
