"""Replies that deny, correct or hedge: what they settle on, and where that is nothing."""

import pytest

from gpo.tasks import extract

OFFERS = "Which one is it?\n(A) a red cup\n(B) a blue pen\n(C) a hat\n(D) a shoe"


@pytest.mark.parametrize(
    "reply",
    [
        "Not 12.",
        "Not twelve.",
        "The answer is not 12.",
        "Answer: not **12**",
        "12 is wrong.",
        "12 isn't right.",
        "It cannot be 12.",
        "It can't be 12.",
    ],
)
def test_a_denied_number_is_no_answer(reply: str) -> None:
    assert extract.number(reply) is None


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ("12, not 13", 12),
        ("The answer is 12, not 13.", 12),
        ("I get 7, not 8, apples.", 7),
        ("It is not 13 but 12.", 12),
        ("The answer is 12. It is not 13.", 12),
        ("The divisor is not 0, so x = 5.", 5),
        ("12 is not possible, so it is 13.", 13),
        ("She does not need 12 eggs. She needs 5.", 5),
        ("12. No, wait: 13.", 13),
        ("12, wait, 13", 13),
    ],
)
def test_the_number_beside_a_denied_one_is_the_answer(reply: str, number: int) -> None:
    assert extract.number(reply) == number


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ("1,5", 1.5),
        ("5,5", 5.5),
        ("The answer is 1,5.", 1.5),
        ("It weighs 2,25 kg.", 2.25),
        ("1,500", 1500),
        ("12,345,678", 12345678),
        ("He had 1,2 or 3.", None),
    ],
)
def test_a_comma_before_one_or_two_digits_is_a_decimal_point(reply: str, number: float | None) -> None:
    assert extract.number(reply) == number


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ("8 (5 + 3)", 8),
        ("The answer is 8 (5 + 3).", 8),
        ("15 (5 * 3)", 15),
        ("2 (5 - 3).", 2),
        ("8 (5 * 3)", None),
        ("a dozen", 12),
        ("About a dozen eggs.", 12),
        ("The answer is a dozen.", 12),
        ("half a dozen", None),
    ],
)
def test_a_number_with_its_working_or_as_a_dozen(reply: str, number: int | None) -> None:
    assert extract.number(reply) == number


@pytest.mark.parametrize(
    ("question", "number"),
    [("", None), ("How many apples are there?", None), ("Ann and Bob pick apples. How many does Bob have?", 5)],
)
def test_of_two_statements_side_by_side_the_question_tells_which(question: str, number: int | None) -> None:
    assert extract.number("Ann has 7 apples. Bob has 5 apples.", question) == number


@pytest.mark.parametrize(
    ("reply", "truth"),
    [
        ("No, wait: yes.", True),
        ("Yes, wait: no.", False),
        ("Yes. No, wait: yes.", True),
        ("No, actually yes.", True),
        ("Yes. No, wait, that's wrong.", False),
        ("So, yes? No.", False),
        ("No, you do not. So yes? No.", False),
        ("So is it yes? Yes.", True),
        ("Yes and no", None),
        ("Both yes and no", None),
        ("Yes and no, but in the end no.", False),
        ("true and false = false", False),
    ],
)
def test_a_truth_that_is_taken_back_or_asked(reply: str, truth: bool | None) -> None:
    assert extract.boolean(reply) is truth


@pytest.mark.parametrize("question", ["", OFFERS])
@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("The answer is A. Correction: B.", "B"),
        ("It's A. No, wait: C.", "C"),
        ("(A): no; (B): yes; (C): no; (D): no", "B"),
        ("(A) no, (B) yes, (C) no", "B"),
        ("(A): no; (B): no; (C): no", None),
        ("I think it's B, since A is not possible", "B"),
        ("I don't think it's B.", None),
        ("I think it's A or B.", None),
        ("The answer could be (A), but more likely (B).", "B"),
        ("A is more likely than B.", "A"),
        ("It's between B and C; I'd lean towards B.", "B"),
        ("It's between B and C.", None),
        ("Neither A nor C; B.", "B"),
        ("Neither A nor C.", None),
        ("So B it is.", "B"),
    ],
)
def test_an_option_that_is_weighed_or_corrected(reply: str, letter: str | None, question: str) -> None:
    assert extract.choice(reply, question) == letter
