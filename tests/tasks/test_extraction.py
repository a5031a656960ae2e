"""The second turn: what it asks for by kind of answer, what it costs, and that its reply is what counts."""

from pathlib import Path

import pytest

from gpo.core.budget import Budget
from gpo.core.chat import Message, Request, Sampling
from gpo.core.errors import BudgetExhausted, ConfigError
from gpo.core.ledger import Ledger
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Splits, Task, lift
from gpo.models.account import Account
from gpo.models.wrappers import Metered
from gpo.tasks.extraction import MAX_TOKENS, extracting, request_for
from gpo.tasks.load import load_task
from gpo.tasks.scoring.kinds import Answers
from gpo.tasks.scoring.strict import strict_metric
from gpo.tasks.spec import TaskSpec
from gpo.testing.scripted import ScriptedModel

QUESTION = Example("1", "Which bird is red?\nOptions:\n(A) crow\n(B) robin\n(C) gull", ("(B)",))
CHOICE = Answers("choice")


class Silent:
    """A journal that nobody reads."""

    def record(self, record: object) -> None:
        pass

    def secure(self) -> None:
        pass


def _task(example: Example = QUESTION) -> Task:
    return Task("birds", Splits((example,), (example,), (example,)), lift(strict_metric("choice")), position="after")


async def test_the_same_chat_goes_on_and_the_second_reply_counts() -> None:
    model = ScriptedModel(["A robin has a red breast.", "(B)"])
    task = _task()
    said = await extracting(task, CHOICE)(Prompt.of("Think."), QUESTION, model)
    first, second = model.calls
    assert said == "(B)"
    assert (await task.grade(said, QUESTION)).score == 1.0
    assert first == Request(task.render(Prompt.of("Think."), QUESTION), task.sampling)
    assert second.messages[:-1] == (*first.messages, Message("assistant", "A robin has a red breast."))
    assert second.messages[-1].role == "user"
    assert second.sampling == Sampling(max_tokens=MAX_TOKENS)


@pytest.mark.parametrize("instruction", ["", "Think.", "(A) is a letter.\nSo is (Z)."])
async def test_the_range_of_letters_is_the_questions_whatever_the_instruction_is(instruction: str) -> None:
    model = ScriptedModel(["Hm.", "(B)"])
    await extracting(_task(), CHOICE)(Prompt.of(instruction), QUESTION, model)
    assert "one of (A) to (C)." in model.calls[1].messages[-1].text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (CHOICE, "one of (A) to (C)"),
        (Answers("boolean", ("No", "Yes")), "No or Yes"),
        (Answers("label", ("valid", "invalid")), "valid or invalid"),
        (Answers("number"), "a single number"),
        (Answers("brackets"), "only the closing brackets that you add"),
        (Answers("sorting"), "sorted words in one line"),
        (Answers("words"), "without any explanation"),
    ],
)
def test_every_kind_of_answer_is_asked_for_in_its_own_words(answers: Answers, said: str) -> None:
    assert said in request_for(answers, QUESTION)


def test_a_question_without_options_gets_an_example_of_a_letter() -> None:
    assert "such as (A)" in request_for(CHOICE, Example("1", "Crow or robin?", ("(B)",)))


async def test_both_calls_are_counted_and_none_is_sent_beyond_the_budget() -> None:
    ledger = Ledger(Budget(calls=3))
    inner = ScriptedModel(lambda request: "(B)")
    model = Metered(inner, Account("task", "scripted/model", price=None, ledger=ledger, journal=Silent()))
    answer = extracting(_task(), CHOICE)
    await answer(Prompt.of("Think."), QUESTION, model)
    assert ledger.by_role["task"].calls == 2
    with pytest.raises(BudgetExhausted):
        await answer(Prompt.of("Think."), QUESTION, model)
    assert len(inner.calls) == ledger.total.calls == 3


def _file(folder: Path, text: str) -> str:
    (folder / "rows.jsonl").write_text("".join(f'{{"input": "{i} plus 1?", "target": "{i + 1}"}}\n' for i in range(9)))
    (folder / "task.yaml").write_text(f"data: rows.jsonl\n{text}")
    return str(folder / "task.yaml")


async def test_it_is_switched_on_in_a_task_file_and_says_what_it_costs(tmp_path: Path) -> None:
    loaded = load_task(TaskSpec(_file(tmp_path, "extract: true\n")))
    task, model = loaded.task, ScriptedModel(["I get 5, or rather 6.", "6"])
    assert task.answer is not None
    assert await task.answer(task.seed, task.splits.test[0], model) == "6"
    assert "a single number" in model.calls[1].messages[-1].text
    assert any("two calls of the task model" in each for each in loaded.warnings)
    assert load_task(TaskSpec(_file(tmp_path, ""))).task.answer is None


def test_it_makes_no_sense_for_texts_and_beside_a_program(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="answers of this task are texts"):
        extracting(_task(), Answers("text"))
    (tmp_path / "own.py").write_text("async def answer(prompt, example, ask):\n    return ''\n")
    program = f"extract: true\nprogram: python:{tmp_path / 'own.py'}:answer\n"
    with pytest.raises(ConfigError, match="extract and program are both set"):
        load_task(TaskSpec(_file(tmp_path, program)))
