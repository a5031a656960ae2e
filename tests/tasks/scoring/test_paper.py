"""The paper's scorer, quirk by quirk. The texts are ours; the outcomes are those of the released code."""

import pytest

from gpo.core.task import Example
from gpo.tasks.scoring.paper import paper_metric, parsed
from gpo.tasks.scoring.rouge import summary_rouge_l


def _score(kind: str, reply: str, *targets: str) -> float:
    return paper_metric(kind)(reply, Example("1", "", targets)).score


@pytest.mark.parametrize(
    ("kind", "reply", "target", "score"),
    [
        ("number", "The answer is 24.", "-24", 1),  # the sign is lost
        ("number", "3.7 pencils", "4", 1),  # numbers are rounded
        ("choice", "Among (A) and (D), I choose (C).", "(C)", 0),  # the first option wins
        ("choice", "Option B", "(B)", 0),
        ("choice", "B.", "(B)", 1),
        ("choice", "[B]", "(B)", 1),
        ("boolean", "Yes, you return", "Yes", 0),
        ("brackets", ")]>", ") ] >", 0),  # blanks are required
        ("brackets", "the bracket string ( [ ] ) >", ">", 0),  # closing brackets before it join the run
        ("sorting", "1. barn\n2. damp", "barn damp", 0),
        ("sorting", "barn, damp", "barn damp", 0),
    ],
)
def test_the_table_of_quirks(kind: str, reply: str, target: str, score: float) -> None:
    assert _score(kind, reply, target) == score


def test_what_it_makes_of_a_reply() -> None:
    assert parsed("The answer is 24.", "number") == "24"
    assert parsed("3.7 pencils", "number") == "4"
    assert parsed("Among (A) and (D), I choose (C).", "choice") == "(a)"
    assert parsed("Option B", "choice") == "option b"
    assert parsed("Yes, you return", "boolean") == "yes you return"


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        ("Answer: 7 of 10", "10"),  # a capital letter is no delimiter
        ("So the answer: 7 of 10", "7"),
        ("The sum is: 7 of 10", "7"),
        ("They are: 7 of 10", "7"),
        ("the answer is 3, no, the answer is 5", "5"),  # after the last one
        ("the answer is 3 is the correct answer 9", "3"),
        ("the sum is: 8, and the answer is 9", "9"),
        ("work\n#### 12", "12"),
        ("twelve apples", "12"),
        ("2 + 3 = 5 apples", "5"),
        ("It costs $1,200", "1200"),
        ("a 12-inch", "12"),
        ("5 km", "5"),
        ("x 3/4", "4"),  # no number to Python: its last digits
        ("the answer is 3\n7", "7"),  # only blanks part: the last digits of "3\n7"
        ("answer: 5\n3 apples", "3"),
        ("the answer is 18\n2 apples", "2"),
        ("the answer is 18\nand no more", "18"),
        ("nothing", "nothing"),
        ("1e999 things", "999"),
    ],
)
def test_numbers(reply: str, read: str) -> None:
    assert parsed(reply, "number") == read


@pytest.mark.parametrize(
    ("kind", "reply", "target", "score"),
    [
        ("choice", "The answer is (B)", "(B)", 1),
        ("choice", "(b)", "(B)", 1),
        ("choice", "B", "(B)", 1),
        ("boolean", "Yes", "Yes", 1),
        ("boolean", "YES.", "yes", 1),
        ("boolean", "The answer is no.", "No", 1),
        ("boolean", "1", "True", 1),
        ("boolean", "0", "True", 0),
        ("boolean", "0", "False", 1),
        ("boolean", "1", "yes", 0),
        ("label", "Valid.", "valid", 1),
        ("label", "The argument is valid", "valid", 0),  # containing it is not enough
        ("brackets", "The answer is: ) ] >", ") ] >", 1),
        ("brackets", ") ] > is it", ") ] >", 1),
        ("brackets", "none", ">", 0),
        ("sorting", "barn damp", "barn damp", 1),
        ("sorting", "barn\ndamp", "barn damp", 1),
        ("sorting", "Here you go:\nbarn damp\nDone now.", "barn damp", 1),
        ("sorting", "damp barn", "barn damp", 0),
        ("number", "", "4", 0),
    ],
)
def test_what_it_takes_and_what_not(kind: str, reply: str, target: str, score: float) -> None:
    assert _score(kind, reply, target) == score


# --- ROUGE-L; the values are those of the package rouge 1.0.1 ---


@pytest.mark.parametrize(
    ("said", "reference", "f"),
    [
        ("the cat sat on the mat", "the cat is on the mat", 0.8),  # 4 of 5 different words each
        ("A b c. D e f.", "D e f. A b c.", 1.0),  # sentences in any order
        ("one two three two one", "one one two two", 0.8),  # a word counts once
        ("x y. ", "x y", 0.8),  # the blank after the stop is a word
        ("The cat", "the cat", 0.5),  # case matters
        ("a b", "c d", 0.0),
    ],
)
def test_rouge_l_counts_different_words_over_sentences(said: str, reference: str, f: float) -> None:
    assert summary_rouge_l(said, reference) == pytest.approx(f, abs=1e-7)


def test_of_equally_long_sequences_it_takes_the_one_the_package_takes() -> None:
    # Both "b c" and "c c" are common to them. "c c" is taken, one different word; "b c" would give 1.0.
    assert summary_rouge_l("c b c", "b c c") == pytest.approx(0.5, abs=1e-7)


def test_the_mean_over_references_counts() -> None:
    assert _score("text", "the cat", "the cat", "a dog") == pytest.approx(0.5, abs=1e-7)


@pytest.mark.parametrize("reply", ["", ".", "..."])
def test_a_reply_without_a_sentence_is_unreadable_and_stops_nothing(reply: str) -> None:
    grade = paper_metric("text")(reply, Example("1", "", ("A cat.",)))
    assert (grade.score, grade.feedback) == (0.0, "unreadable: no sentence")


def test_a_long_reply_takes_no_recursion() -> None:
    words = " ".join(str(i % 700) for i in range(3000))
    assert summary_rouge_l(words, words) == pytest.approx(1.0, abs=1e-7)
