"""Replies that name an option without its letter, say a number beside others, or list words loosely: what they say."""

import pytest

from gpo.core.task import Example
from gpo.tasks import extract
from gpo.tasks.scoring.labels import label
from gpo.tasks.scoring.prose import prose
from gpo.tasks.scoring.strict import strict_metric

PRONOUN = (
    'Sentence: The gardener thanked a postman because she had dropped the key. What does the pronoun "she" refer to?\n'
    "Options:\n(A) The gardener had dropped it\n(B) The postman had dropped it\n(C) Ambiguous"
)
SHELF = "Three jars stand in a row.\n(A) The red jar is the second from the left\n(B) The blue jar is the second from the left\n(C) The green jar is the second from the left"  # noqa: E501
HOURS = "When could Mira have been at the pool?\n(A) 6am to 9am\n(B) 9am to 1pm\n(C) 1pm to 4pm"
VERDICTS = "Statement 1 | Ice floats. Statement 2 | Iron floats.\n(A) True, True\n(B) False, False\n(C) True, False\n(D) False, True"  # noqa: E501
MUSHROOMS = "Which statement is ironic?\nOptions:\n(A) What a lovely flood\n(B) What a lovely morning"
FILMS = "Find a film like these:\n(A) The Long Winter\n(B) Kites 2 - A New Wind\n(C) Harbor\n(D) Ants"
RATE = (
    "If more bread is baked, what happens?\n(A) The price rises.\n(B) The price falls.\n(C) The price does not change."
)
GIFTS = "Ann, Bob, and Cid swap gifts. At the end, Ann has the\n(A) red kite\n(B) blue ball\n(C) old map"
AREA = "How large is it?\n(A) 20\n(B) 40\n(C) \\sqrt{40}\n(D) 12"
PARTS = "Which of these are fruits?\n(A) apple\n(B) pear\n(C) Both A and B\n(D) None of these"


@pytest.mark.parametrize(
    ("question", "reply", "letter"),
    [
        (PRONOUN, 'The pronoun "she" refers to the postman.', "B"),
        (PRONOUN, "she = the gardener", "A"),
        (PRONOUN, "It was the postman who had dropped it.", "B"),
        (PRONOUN, "She is the gardener, not the postman.", "A"),
        (PRONOUN, 'The pronoun "she" refers to either the gardener or the postman.', None),
        (SHELF, "Red < Blue < Green. Blue is second from the left.", "B"),
        (SHELF, "red, green, blue: the green jar is second from the left", "C"),
        (SHELF, "So the green jar is the third from the left.", None),
        (SHELF, "The red jar is to the left of the blue jar.", None),
        (HOURS, "Mira could have been there between 9am and 1pm.", "B"),
        (HOURS, "1pm-4pm", "C"),
        (HOURS, "She was free from 6am until she was seen at 9am.", "A"),
        (VERDICTS, "Both statements are true.", "A"),
        (VERDICTS, "The first statement is true, while the second is false.", "C"),
        (VERDICTS, "Statement 1: False. Iron sinks.\nStatement 2: True.", "D"),
        (VERDICTS, "I'd go with True, False.", "C"),
        (VERDICTS, "Statement 1 is true.", None),
        (MUSHROOMS, "Statement (A) expresses anger. Statement (B) is ironic, because mornings are not lovely.", "B"),
        (MUSHROOMS, "(A) is the ironic one.", "A"),
        (
            FILMS,
            "Harbor would be the closest. The Long Winter is a drama, Kites 2 - A New Wind is for kids, Ants is old.",
            "C",
        ),
        (FILMS, "Ants is not like these, and neither is Harbor.", None),
        (RATE, "If more bread is baked, the price falls.", "B"),
        (GIFTS, "After all swaps:\nAnn: old map\nBob: red kite\nCid: blue ball", "C"),
        (GIFTS, "So, at the end: Ann - blue ball, Bob - old map, Cid - red kite.", "B"),
        (GIFTS, "Step 1:\nAnn: old map\nBob: red kite\n\nStep 2:\nAnn: blue ball", None),
        (AREA, "I think it's \\sqrt{40}.", "C"),
        (AREA, "The value of g(-2) is 12.", "D"),
        (PARTS, "Both A and B", "C"),
        (PARTS, "None of these.", "D"),
    ],
)
def test_an_option_in_other_words(question: str, reply: str, letter: str | None) -> None:
    assert extract.choice(reply, question) == letter


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("A: C", "C"),
        ("A: (B) the kite", "B"),
        ("(A) is false: too old.\n(B) is false: too new.\n(C) is true.", "C"),
        ("(A) old ✗, (B) new ✓, (C) none ✗", "B"),
        ("Correct: (A). Incorrect: (B).", "A"),
        ("(A) and (D) can be ruled out, which leaves (C).", "C"),
        ("It could be (A) or (D), but most likely (C).", "C"),
        ("My best guess would be B.", "B"),
        ("It's B!", "B"),
        ("*C*", "C"),
        ("I'll go with D.", "D"),
        ("B<|im_end|>", "B"),
        ("D</s><s>[INST] Which one is blue? [/INST] A", "D"),
        ("The answer is B.\n\nThe answer is B.\n\nThe answer is", "B"),
        ('Option (A): "tiny old". (1) "tiny" is a size. (2) "old" is an', None),
        ("Let us look at each.\n\n(A) the kite: this is plausible.\n\n(B)", None),
        ("A and B", None),
        ("A\nB\nC", None),
        ("B\nB\nB", "B"),
        ("It is as described in (C). (A) misstates it. (B) is irrelevant. (D) ignores the rule.", "C"),
    ],
)
def test_an_option_by_its_letter(reply: str, letter: str | None) -> None:
    assert extract.choice(reply) == letter


@pytest.mark.parametrize(
    ("question", "reply", "number"),
    [
        ("", "There are 3 boats with more than 5 seats: Ada (7), Bela (9), and Cora (8).", 3),
        ("", "She kept 2 boxes, leaving 13 × 60 = 780 beads; divided among 10 friends, each gets 78 beads.", 78),
        ("", "Ivo has 25 red pens and 50 black pens, which makes 75 pens altogether.", 75),
        ("", "Both lamps together cost $160 ($100 + $60).", 160),
        ("How long does it take?", "It takes 95 minutes, or 1 hour 35 minutes.", 95),
        ("", "18 + 6 = 24 rolls. One tray holds 24 rolls. So they need one tray.", 1),
        (
            "She wants $90 in all, and sells 30 pears. How much for each of the 3 bags?",
            "$30 each to make a total of $90.",
            30,
        ),
        ("What place did he get?", "He finished in 6th place.", 6),
        ("How many dozens of rolls?", "They eat 84 rolls, so that's 84/12 = 7 dozen rolls", 7),
        ("", "Cups first: 9 * 3 = 27 cups.\nIn total it is 27 + 3 = 30 cups", 30),
        ("", "You have 11 fruits. (2 plums, 3 grapes, 6 apples)", 11),
        ("", "He made $5 because 20 times .25 equals 5.", 5),
        ("", "To convert the answer to weeks: 28 days / 7 days = 4 weeks", 4),
        ("", "Multiply first: -6 * -2 = 12. Then", None),
        ("", "The answer is 140.\n\nThe answer is 140.\n\nThe answer is", 140),
        ("", "The answer is 7. If there were no tax, the answer would be 9.", 7),
    ],
)
def test_a_number_among_others(question: str, reply: str, number: float | None) -> None:
    assert extract.number(reply, question) == number


@pytest.mark.parametrize(
    ("question", "reply", "truth"),
    [
        ("Is this plausible?", "This does not make sense and is not plausible.", False),
        ("Do you return to the starting point?", "You would not end up at the starting point.", False),
        ("Do you return to the starting point?", "We are indeed where we started.", True),
        ("Do you return to the starting point?", "Since (-3, 0) is not (0, 0), we are not where we started.", False),
        ("Do you return to the starting point?", "You end up 2 steps to the right of the starting point", None),
        ("", "True, because of the rule. If it were longer, the answer would be false.", True),
        ("", "It could be false or true.", None),
        ("", "No<|im_end|>", False),
    ],
)
def test_a_truth_in_other_words(question: str, reply: str, truth: bool | None) -> None:
    assert extract.boolean(reply, question) is truth


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            'The argument is **invalid**. It calls itself "a perfectly valid argument", but the end does not follow.',
            "invalid",
        ),
        ("The argument is valid. An argument is invalid if its premises can be true and its end false.", "valid"),
        ("The argument fails to be deductively valid because of the second premise.", "invalid"),
        ("It follows by contraposition. Nothing else is needed. The argument is deductively valid", "valid"),
        ("I believe the argument is invalid, as opposed to valid.", "invalid"),
    ],
)
def test_a_label_and_what_is_said_about_labels(reply: str, said: str) -> None:
    assert label(reply, ("invalid", "valid")) == said


WORDS = Example("1", "Sort the words: pear fig apple kiwi lime", ("apple fig kiwi lime pear",))


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ('First is "apple", then "fig", then "kiwi", followed by "lime" and finally "pear".', 1),
        ('1. apple - starts with "a"\n2. fig - "f"\n3. kiwi - "k"\n4. lime - "l"\n5. pear - "p"', 1),
        ("(1) apple (2) fig (3) kiwi (4) lime (5) pear", 1),
        ("apple, fig, kiwi, lime, pear\n\nNote that kiwi, lime and pear come last.", 1),
        ("apple fig kiwi lime pear plum", 0),
        ("1. apple\n2. fig\n3. kiwi\n4. lime\n5. pear\n6. plum", 0),
        ("1. apple\n2. apple\n3. fig\n4. kiwi\n5. lime\n6. pear", 0),
        ("apple\nfig\nkiwi\nlime\npear\npear", 0),
        ("List: pear fig apple kiwi lime\n\nSorted: apple fig kiwi lime", 0),
    ],
)
def test_words_that_were_invented_repeated_or_left_out_are_no_right_list(reply: str, score: float) -> None:
    assert strict_metric("sorting")(reply, WORDS).score == score


@pytest.mark.parametrize(
    "reply",
    [
        "The bridge is long.",
        "Here is the text:\n\nThe bridge is long.",
        "Sure! Here's a fluent sentence based on the triples:\n\nThe bridge is long.\n\nLet me know!",
        "**The bridge is long.**",
        '"The bridge is long."',
        "Output: The bridge is long.",
        "<think>Long.</think>The bridge is long.\n\nNote: both triples are used.",
    ],
)
def test_a_text_without_words_to_the_user(reply: str) -> None:
    assert prose(reply) == "The bridge is long."


def test_a_text_that_has_a_colon_of_its_own_stays_whole() -> None:
    assert prose("The text: a novel. It is long.") == "The text: a novel. It is long."


def test_an_empty_text_is_unreadable() -> None:
    assert strict_metric("text")("", Example("1", "", ("It is long.",))).feedback.startswith("unreadable")
