"""What is said where all answers score 0, or where many were cut: once in a run, with a reply beside what is right."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpo
from gpo.core.chat import Reply, Request
from gpo.core.evaluation import Answer, Evaluation
from gpo.core.events import Event, Warned
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Task
from gpo.engine.wrong import Heard, all_wrong, many_cut, signs
from gpo.tasks.judge import Rubric
from gpo.tasks.metrics import metric_named
from gpo.testing.scripted import ScriptedModel
from gpo.testing.toy import ToyJudge, ToyTaskModel, ToyWriter, toy_task

LABELS = ("billing", "sales", "technical issue")
CUT_ALL = "10 of 10 answers of the seed prompt were cut at 256 tokens (max_tokens; --answer-tokens raises it)"
ZEROS = "all 10 answers of the seed prompt score 0 by the metric exact_match"


def _heard(
    replies: list[str], targets: list[str], *, metric: str = "exact_match", task: Task | None = None, cut: int = 0
) -> Heard:
    """These replies, graded by the metric; the first `cut` of them were cut."""
    grade = metric_named(metric)
    rows = [Example(str(place), "a row", (target,) if target else ()) for place, target in enumerate(targets)]
    answers = [Answer(row.id, said, grade(said, row).score) for row, said in zip(rows, replies, strict=True)]
    task = task or replace(toy_task(), metric_name=metric)
    ids = frozenset(row.id for row in rows[:cut])
    return Heard(task, Evaluation(Prompt.of("Answer."), tuple(answers)), rows=rows, cut=ids)


def _labeled(form: str, count: int = 9, **more: Any) -> Heard:
    targets = [LABELS[place % 3] for place in range(count)]
    return _heard([form.format(target) for target in targets], targets, **more)


def test_right_answers_in_a_sentence_are_shown_with_the_metric_that_counts_them() -> None:
    said = all_wrong(_labeled("The queue is **{}**."))
    assert said == (
        'all 9 answers score 0 by the metric exact_match, such as "The queue is **sales**." where "sales" is right: '
        "the right answer stands in most of them, and --metric icontains would count it there"
    )


@pytest.mark.parametrize(
    ("form", "targets", "metric", "better"),
    [
        ("I would go for option ({}) here.", "ABCDABCD", "exact_match", "choice"),
        ("I would go for option ({}) here.", "abcdabcd", "exact_match", "choice"),
        ("That is a reply which says nothing of it.", "aaaaaa", "exact_match", ""),
        ("The answer is {} apples, I think so.", ["7", "12", "1,000", "3", "9"], "exact_match", "number"),
        ("I think the answer is {}, as it was said.", ["yes", "no", "no", "yes", "no"], "exact_match", "boolean"),
        ("Rather sales!", ["Sales"] * 5, "contains", "icontains"),
        ("It may be {}s or another thing.", LABELS * 2, "exact_match", ""),
        ("I cannot say, {}", [""] * 6, "is_json", ""),
    ],
)
def test_the_metric_that_is_named_is_one_that_counts_what_was_said(
    form: str, targets: list[str], metric: str, better: str
) -> None:
    said = all_wrong(_heard([form.format(target) for target in targets], list(targets), metric=metric))
    form_alone = "if that is right, its form is not what the metric reads (--metric chooses another)"
    assert said.endswith(f"and --metric {better} would count it there" if better else form_alone)


def test_what_is_right_by_chance_in_few_answers_names_no_metric() -> None:
    replies = ["It is billing.", "It is sales.", "No.", "No.", "No.", "No."]
    assert "icontains" not in all_wrong(_heard(replies, ["billing", "sales", *["technical issue"] * 4]))


def test_nothing_is_said_of_few_answers_of_one_that_scores_nor_where_a_judge_marks() -> None:
    assert all_wrong(_labeled("It is {}.", 4)) == ""
    assert all_wrong(_heard(["It is billing."] * 8 + ["billing"], ["billing"] * 9)) == ""
    assert all_wrong(_labeled("It is {}.", task=replace(toy_task(), judge=Rubric("Be kind.")))) == ""


def test_a_row_that_got_no_answer_is_no_zero_and_hides_none() -> None:
    heard = _labeled("It is {}.", 6)
    lacking = tuple(replace(each, score=None, failure="refused") for each in heard.evaluation.answers[:2])
    prompt, answers = heard.evaluation.prompt, heard.evaluation.answers
    assert all_wrong(replace(heard, evaluation=Evaluation(prompt, (*lacking[:1], *answers[1:])))).startswith("all 5 ")
    assert all_wrong(replace(heard, evaluation=Evaluation(prompt, (*lacking, *answers[2:])))) == ""


def test_what_is_shown_is_short_and_harmless() -> None:
    wild = "\x1b[2J\x1b[31mred\n\n" + "words and words " * 5_000 + "\u202eend"
    said = all_wrong(_heard([wild] * 6, ["\x1b[0m" * 200] * 6))
    assert said.isprintable()
    assert len(said) < 500
    assert "\\x1b[2J" in said
    assert all_wrong(_heard([" "] * 6, ["a"] * 6)).count("such as one that is empty: ") == 1


def test_many_answers_that_were_cut_are_told_with_the_limit() -> None:
    assert many_cut(_labeled("Well, {}", 20, cut=3)) == (
        "3 of 20 answers were cut at 256 tokens (max_tokens; --answer-tokens raises it), so they may lack what the "
        "metric reads"
    )
    judged = replace(toy_task(), judge=Rubric("Be kind."))
    assert many_cut(_labeled("Well, {}", cut=9, task=judged)).endswith("so they may lack what the judge looks for")


@pytest.mark.parametrize(("form", "count", "cut"), [("Well, {}", 9, 2), ("Well, {}", 31, 3), ("{}", 20, 20)])
def test_few_that_were_cut_and_such_as_are_right_all_the_same_are_not_told(form: str, count: int, cut: int) -> None:
    assert many_cut(_labeled(form, count, cut=cut)) == ""


def test_of_several_prompts_the_first_of_its_kind_is_told() -> None:
    whole, wordy, cut = _labeled("{}"), _labeled("Well, {}"), _labeled("Let me think", cut=9)
    named = [replace(each, whose=f" of prompt {place}") for place, each in enumerate((whole, cut, wordy, wordy), 1)]
    first, second = signs(*named)
    assert first.startswith("9 of 9 answers of prompt 2 were cut at 256 tokens")
    assert second.endswith(
        'prompt 2 score 0 by the metric exact_match, such as "Let me think" where "billing" is right'
    )
    first, second = signs(whole, named[2], named[1], named[3])
    assert first.startswith("9 of 9 answers of prompt 2 were cut at 256 tokens")
    assert second.startswith("all 9 answers of prompt 3 score 0")
    assert signs(whole) == ()


class Saying(ToyTaskModel):
    """Says what the toy task model says in another form, and is killed at a call if it is told so."""

    killed_at = 0
    cut = False

    async def complete(self, request: Request) -> Reply:
        reply = await super().complete(request)
        if len(self.calls) == self.killed_at:
            raise asyncio.CancelledError
        said = f"Let me think about {reply.texts[0]}" if self.cut else f"I say **{reply.texts[0]}**."
        return Reply((said,), reply.usage, (self.cut,))


async def _run(folder: Path, solver: ToyTaskModel, **more: Any) -> tuple[gpo.Result, list[str]]:
    told, task = list[Event](), more.pop("task", toy_task())
    given: dict[str, Any] = {"settings": {"concurrency": 4, "max_retries": 0}, **more}
    result = await gpo.aoptimize(
        task,
        task_model=solver,
        optimizer_model=ToyWriter(),
        judge_model=ToyJudge() if task.judge else None,
        options={"steps": 3},
        store=folder,
        seed=3,
        observers=[told.append],
        **given,
    )
    return result, [event.message for event in told if isinstance(event, Warned)]


async def test_a_run_whose_answers_are_all_cut_says_so_once_and_first(tmp_path: Path) -> None:
    solver = Saying()
    solver.cut = True
    result, told = await _run(tmp_path, solver)
    assert [each for each in told if "were cut" in each] == [f"{CUT_ALL}, so they may lack what the metric reads"]
    assert told[0] in result.warnings
    again, told_again = await _run(tmp_path, solver)
    assert len(solver.calls) == result.cost["task"].calls, "all answers of the second run are kept ones"
    assert (again.warnings, told_again) == (result.warnings, told)


async def test_a_run_of_zeros_says_so_once_and_a_run_that_scores_does_not(tmp_path: Path) -> None:
    result, told = await _run(tmp_path / "toy", Saying())
    (said,) = (each for each in told if ZEROS in each)
    assert 'such as "I say **no**." where "yes" is right: if that is right, its form is not what' in said
    assert said in result.warnings
    scoring = replace(toy_task(), seed=Prompt.of("Answer amber"))
    _, told = await _run(tmp_path / "scoring", ToyTaskModel(), task=scoring)
    assert told == []


async def test_where_a_judge_marks_only_what_was_cut_is_told(tmp_path: Path) -> None:
    judged = replace(toy_task(), judge=Rubric("The answer is yes."), metric_name="judge")
    _, told = await _run(tmp_path / "whole", Saying(), task=judged)
    assert [each for each in told if "answers of the seed" in each] == []
    solver = Saying()
    solver.cut = True
    _, told = await _run(tmp_path / "cut", solver, task=judged)
    assert f"{CUT_ALL}, so they may lack what the judge looks for" in told


@pytest.mark.parametrize("killed_at", [7, 31])
async def test_a_run_that_goes_on_tells_it_no_second_time_and_ends_with_the_same_warnings(
    tmp_path: Path, killed_at: int
) -> None:
    calm, _ = await _run(tmp_path / "calm", Saying())
    solver = Saying()
    solver.killed_at = killed_at
    with pytest.raises(asyncio.CancelledError):
        await _run(tmp_path / "cut", solver)
    found, told = await _run(tmp_path / "cut", solver, resume="latest")
    assert any(ZEROS in each for each in told) == (killed_at < 10), "before the first state was saved, or after it"
    assert (found.warnings, found.best, found.scored, found.verdict) == (
        calm.warnings, calm.best, calm.scored, calm.verdict,
    )  # fmt: skip
    assert sum(ZEROS in each for each in found.warnings) == 1


async def test_it_is_told_also_where_the_budget_ends_at_the_seed_prompt(tmp_path: Path) -> None:
    first, told = await _run(tmp_path, Saying(), budget=gpo.Budget(calls=10))
    assert sum(ZEROS in each for each in told) == sum(ZEROS in each for each in first.warnings) == 1
    later, told = await _run(tmp_path, Saying(), resume="latest", budget=gpo.Budget(calls=500))
    assert [each for each in told if ZEROS in each] == []
    assert sum(ZEROS in each for each in later.warnings) == 1


async def test_what_is_cut_within_a_program_is_told_without_a_limit(tmp_path: Path) -> None:
    async def program(prompt: Prompt, example: Example, model: Any) -> str:
        await model.complete(Request(toy_task().render(prompt, example)))
        return "no"

    solver = Saying()
    solver.cut = True
    _, told = await _run(tmp_path, solver, task=replace(toy_task(), answer=program))
    said = "10 of 10 answers of the seed prompt were cut at max_tokens on the way, so"
    assert any(each.startswith(said) for each in told)


async def test_of_rows_with_labels_a_default_run_names_the_metric_that_counts_the_answers(tmp_path: Path) -> None:
    rows = [{"input": f"mail {place}", "target": LABELS[place % 2]} for place in range(40)]
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    answers = {row["input"]: row["target"] for row in rows}

    def reply(request: Request) -> str:
        asked = request.messages[-1].text.splitlines()
        return f"The queue is **{answers[next(line for line in asked if line in answers)]}**."

    result = await gpo.aoptimize(
        str(tmp_path / "rows.jsonl"),
        task_model=ScriptedModel(reply),
        optimizer_model=ToyWriter(),
        options={"steps": 1, "candidates": 2},
        store=tmp_path / "store",
    )
    assert result.seed.score == 0.0
    assert any(each.endswith("and --metric icontains would count it there") for each in result.warnings)
