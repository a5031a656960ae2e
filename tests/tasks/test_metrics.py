"""How replies are graded: every metric by name, and users' own functions."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gpo.core.errors import ConfigError
from gpo.core.task import Example, Grade
from gpo.tasks.grades import plain
from gpo.tasks.metrics import METRICS, adapt, metric_named


def _score(metric: str, reply: str, *targets: str, **options: Any) -> float:
    return metric_named(metric, options)(reply, Example("1", "?", targets)).score


@pytest.mark.parametrize(
    ("metric", "reply", "target", "score"),
    [
        # exact_match
        ("exact_match", "Paris", "Paris", 1),
        ("exact_match", " paris. ", "Paris", 1),
        ("exact_match", '"Paris"', "Paris", 1),
        ("exact_match", "**Paris**", "Paris", 1),
        ("exact_match", "`Paris`.", "Paris", 1),
        ("exact_match", "“Paris”", "Paris", 1),
        ("exact_match", "New\n York", "new york", 1),
        ("exact_match", "The answer is Paris.", "Paris", 1),
        ("exact_match", "It has a tower. So the answer is **Paris**.", "Paris", 1),
        ("exact_match", "Answer: Paris. It has a tower.", "Paris", 1),
        ("exact_match", "Answer: Paris\nIt has a tower.", "Paris", 1),
        ("exact_match", "**Answer:** Paris", "Paris", 1),
        ("exact_match", "**Answer: Paris**", "Paris", 1),
        ("exact_match", "So: **the answer is Paris.** It has a tower.", "Paris", 1),
        ("exact_match", "<think>Rome?</think>\nParis", "Paris", 1),
        ("exact_match", "Paris\n\nIt has a tower.", "Paris", 1),
        ("exact_match", '{"answer": "Paris"}', "Paris", 1),
        ("exact_match", "\\boxed{\\text{Paris}}", "Paris", 1),
        ("exact_match", "U.S.", "U.S.", 1),
        ("exact_match", "C++", "C++", 1),
        ("exact_match", "-5", "5", 0),
        ("exact_match", "5.0", "5", 0),
        ("exact_match", "Paris is the capital", "Paris", 0),
        ("exact_match", "Rome\nParis", "Paris", 0),
        ("exact_match", "cat\ndog\nbird", "cat", 0),
        ("exact_match", "Answer: Rome. Not Paris.", "Paris", 0),
        ("exact_match", "", "Paris", 0),
        ("exact_match", "invalid", "valid", 0),
        # marks alone are compared as marks
        ("exact_match", "] ] )", "]])", 1),
        ("exact_match", "The answer is **] ]**.", "] ]", 1),
        ("exact_match", ".", ".", 1),
        ("exact_match", "> ]", ">", 0),
        ("exact_match", ") )", "] ]", 0),
        ("exact_match", "( [ ] )", "[ ]", 0),
        ("equals", "Paris", "paris", 1),
        # number: sign and decimals matter
        ("number", "The answer is 24.", "-24", 0),
        ("number", "3.7 pencils", "4", 0),
        ("number", "3.70", "3.7", 1),
        ("number", "$1,234", "1234", 1),
        ("number", "0.5", "1/2", 1),
        ("number", "fifty", "50", 1),
        ("numeric", "5 apples", "5", 1),
        # choice
        ("choice", "Among (A) and (D), I choose (C).", "(C)", 1),
        ("choice", "Option B", "(B)", 1),
        ("choice", "b)", "B", 1),
        ("choice", "[B]", "(B)", 1),
        ("choice", "The doctor", "(B)", 0),
        ("choice", "B", "Black, White", 0),
        ("multiple-choice", "(A)", "A", 1),
        # boolean
        ("boolean", "Yes, you return", "Yes", 1),
        ("boolean", "It is not true.", "False", 1),
        ("boolean", "yes", "True", 1),
        ("boolean", "no", "True", 0),
        # the others
        ("contains", "in Paris, France", "Paris", 1),
        ("contains", "in paris", "Paris", 0),
        ("icontains", "in PARIS", "Paris", 1),
        ("icontains", "in Rome", "Paris", 0),
        ("is-json", '{"a": [1, 2.5, null]}', "x", 1),
        ("is_json", "7", "x", 1),
        ("is_json", "{'a': 1}", "x", 0),
        ("is_json", "NaN", "x", 0),
        ("is_json", 'Here: {"a": 1}', "x", 0),
        ("is_json", "[" * 100_000, "x", 0),
        ("regex:\\d+", "no 7", "x", 1),
        ("regex:\\d+", "none", "x", 0),
        ("regex:Answer: (\\w+)", "Answer: a. Answer: b.", "B", 1),
        ("regex:Answer: (\\w+)", "Answer: b. Answer: a.", "B", 0),
        ("regex:(a)|b", "b", "x", 0),
    ],
)
def test_grading(metric: str, reply: str, target: str, score: float) -> None:
    assert _score(metric, reply, target) == score


def test_any_of_several_targets_will_do() -> None:
    for metric, reply in (("exact_match", "b"), ("contains", "a b"), ("f1", "b"), ("rouge_l", "b"), ("number", "2")):
        assert _score(metric, reply, "1", "b", "2") == 1


@pytest.mark.parametrize(
    ("reply", "target", "score"),
    [
        ("the cat sat", "cat sat", 1.0),  # articles do not count
        ("a cat sat on the mat", "the cat lay on a mat", 3 / 4),  # 3 of 4 and 3 of 4 words
        ("cat", "cat sat on mat", 2 * 1 / 5),
        ("cat cat cat", "cat", 2 * 1 / 4),  # a word counts as often as both have it
        ("Answer: the cat!", "cat", 1.0),
        ("dog", "cat", 0.0),
        ("", "cat", 0.0),
        ("the", "a", 1.0),  # both are empty
    ],
)
def test_f1(reply: str, target: str, score: float) -> None:
    assert _score("f1", reply, target) == pytest.approx(score)


@pytest.mark.parametrize(
    ("reply", "target", "score"),
    [
        ("police kill the gunman", "police killed the gunman", 3 / 4),  # Lin 2004, section 3.1, S2 with beta = 1
        ("the gunman kill police", "police killed the gunman", 2 / 4),  # S3: only the gunman is in order
        ("a b c d e", "a c e", 2 * 3 / 8),
        ("a, B. c!", "A b C", 1.0),
        ("c b a", "a b c", 2 * 1 / 6),
        ("", "a", 0.0),
        ("...", "a", 0.0),
    ],
)
def test_rouge_l(reply: str, target: str, score: float) -> None:
    assert _score("rouge_l", reply, target) == pytest.approx(score)


def test_a_wrong_answer_says_what_was_expected_and_an_unreadable_one_that_it_was() -> None:
    example = Example("1", "?", ("7",))
    assert metric_named("number")("8", example).feedback == "expected: 7"
    assert metric_named("number")("many", example).feedback == "unreadable: no clear number"
    assert metric_named("choice")("many", example).feedback == "unreadable: no clear option letter"
    assert metric_named("boolean")("many", example).feedback == "unreadable: neither a clear yes nor a clear no"


@pytest.mark.parametrize("text", ["", " ", ".", "()", "**", "(a)", "((a))", '"(a)."', "a.b", "( )", "...a..."])
def test_stripping_marks_once_is_stripping_them_for_good(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_ten_thousand_replies_are_graded_in_a_moment() -> None:
    steps = "First, there are 3 cats and (A) four dogs. It is not true that 3 + 4 = 8.\n" * 8
    reply, example = f"{steps}\nThe answer is (B) 7, yes.", Example("1", "?", ("7",))
    begin = time.perf_counter()
    for metric in METRICS.values():
        for _ in range(200):
            metric(reply, example)
    assert (time.perf_counter() - begin) / len(METRICS) / 200 < 2e-3


def test_long_texts_are_compared_in_a_moment() -> None:
    reply = " ".join(f"w{i % 977}" for i in range(20_000))
    begin = time.perf_counter()
    assert _score("rouge_l", reply, reply) == 1
    assert _score("f1", reply, reply) == 1
    assert time.perf_counter() - begin < 3


def test_an_unknown_metric_is_told_with_the_nearest_name() -> None:
    with pytest.raises(
        ConfigError, match=r'There is no metric "exact_mach"\. Did you mean "exact_match"\? Known: bleu, bool'
    ):
        metric_named("exact_mach")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("regex", {}, "takes exactly one option, the pattern"),
        ("regex", {"pattern": 5}, "takes exactly one option, the pattern"),
        ("regex:(", {}, r"the pattern '\(' is not a regular expression"),
        ("regex:a", {"flags": "i"}, "takes exactly one option"),
        ("number", {"digits": 2}, "metric number takes no options, but got digits"),
    ],
)
def test_options_that_make_no_sense(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        metric_named(name, options)


# --- users' own functions ---

EXAMPLE = Example("row-7", "2 + 3", ("5",))


@dataclass
class _Scored:
    value: float

    def __float__(self) -> float:
        return self.value


@pytest.mark.parametrize(
    ("returned", "grade"),
    [
        (1, Grade(1.0)),
        (True, Grade(1.0)),
        (False, Grade(0.0)),
        (0.25, Grade(0.25)),
        (Decimal("0.5"), Grade(0.5)),
        (_Scored(0.5), Grade(0.5)),
        (1.0000000000001, Grade(1.0)),
        ((0.5, "half"), Grade(0.5, "half")),
        ((0.5, None), Grade(0.5)),
        ({"score": 0.5, "feedback": "half"}, Grade(0.5, "half")),
        ({"score": True}, Grade(1.0)),
        (Grade(0.5, "half"), Grade(0.5, "half")),
    ],
)
def test_what_a_function_may_return(returned: Any, grade: Grade) -> None:
    assert adapt(lambda reply, example: returned)("5", EXAMPLE) == grade


@pytest.mark.parametrize(
    "returned",
    [None, "1", "", float("nan"), float("inf"), -0.5, 1.5, {}, {"feedback": "x"}, (1, 2, 3), (), [1], object],
)
def test_what_it_may_not(returned: Any) -> None:
    with pytest.raises(ConfigError, match=r'on the example "row-7" \("2 \+ 3"\) returned .*expected a score in'):
        adapt(lambda reply, example: returned, "mine")("5", EXAMPLE)


def test_percentages_are_recognized() -> None:
    with pytest.raises(ConfigError, match=r"returned 85; expected a score in \[0, 1\].* Divide it by 100\."):
        adapt(lambda reply, example: 85, "mine")("5", EXAMPLE)


def test_what_a_function_raises_names_the_metric_the_example_and_the_line() -> None:
    def broken(reply: str, example: Example) -> float:
        return 1 / 0

    with pytest.raises(ConfigError) as caught:
        adapt(broken)("5", EXAMPLE)
    message = str(caught.value)
    assert message.startswith(
        'The metric broken on the example "row-7" ("2 + 3") raised ZeroDivisionError: division by zero'
    )
    assert "(test_metrics.py, line " in message
    assert "\n" not in message


def test_an_error_of_ones_own_kind_and_a_wish_to_exit_are_told_as_well() -> None:
    class Mine(Exception):
        pass

    def raising(error: BaseException) -> Callable[[str, Example], float]:
        def grade(reply: str, example: Example) -> float:
            raise error

        return grade

    for error, said in (
        (Mine("two\nlines"), "Mine: two lines"),
        (SystemExit(3), "SystemExit: 3"),
        (Mine(), "Mine: no message"),
    ):
        with pytest.raises(ConfigError, match=said):
            adapt(raising(error))("5", EXAMPLE)
    with pytest.raises(KeyboardInterrupt):
        adapt(raising(KeyboardInterrupt()))("5", EXAMPLE)
    with pytest.raises(ConfigError, match=r"^as it is$"):
        adapt(raising(ConfigError("as it is")))("5", EXAMPLE)


def test_a_function_that_cannot_be_called_so_is_told_before_any_call_is_paid() -> None:
    async def slow(reply: str, example: Example) -> float:
        return 1.0

    with pytest.raises(ConfigError, match=r"The metric one takes \(reply\); it is called with \(reply, example\)"):
        adapt(lambda reply: 1, "one")
    with pytest.raises(ConfigError, match="The metric slow is async"):
        adapt(slow)
    with pytest.raises(ConfigError, match=r"and the options weight: got an unexpected keyword argument 'weight'"):
        adapt(lambda reply, example: 1, "two", {"weight": 2})
    assert adapt(lambda reply, example, weight=1.0: weight, "three", {"weight": 0.5})("", EXAMPLE).score == 0.5
    assert adapt(lambda *anything: True)("", EXAMPLE).score == 1


def _file(folder: Path, text: str) -> str:
    (folder / "mine.py").write_text(text, encoding="utf-8")
    return f"python:{folder}/mine.py"


def test_a_function_of_a_file(tmp_path: Path) -> None:
    place = _file(
        tmp_path,
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Point:\n    x: float\n"
        "def half(reply, example, least=0):\n    return max(least, Point(0.5).x), example.target\n",
    )
    assert metric_named(f"{place}:half")("5", EXAMPLE) == Grade(0.5, "5")
    assert metric_named(f"{place}:half", {"least": 0.75})("5", EXAMPLE).score == 0.75


@pytest.mark.parametrize(
    ("text", "function", "message"),
    [
        ("def grade(r, e): return 1\n", "grad", r'the file has no function "grad"\. Did you mean "grade"\?'),
        ("x = 5\n", "x", r'has no function "x"\.$'),
        ("def grade(r, e) return 1\n", "grade", r"The file .*mine\.py of the metric raised SyntaxError: .*line 1"),
        (
            "import no_such_module\n",
            "grade",
            r"raised ModuleNotFoundError: No module named 'no_such_module' \(mine.py, line 1",
        ),
        ("import sys\n\nsys.exit(2)\n", "grade", r"raised SystemExit: 2 \(mine\.py, line 3\)"),
    ],
)
def test_a_file_that_has_no_such_function(tmp_path: Path, text: str, function: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        metric_named(f"{_file(tmp_path, text)}:{function}")


@pytest.mark.parametrize("place", ["python:", "python:nowhere.py:f", "python:nowhere.py", "python:f", "python:/:f"])
def test_a_file_that_is_not_there(place: str) -> None:
    with pytest.raises(ConfigError, match=r"there is no Python file .*Write python:<file>\.py:<name>"):
        metric_named(place)
