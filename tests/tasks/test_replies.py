"""Longer replies, in the manner of several families of models, and what they settle on."""

import pytest

from gpo.tasks import extract
from gpo.tasks.reply import visible

NUMBERS: list[tuple[str, float | None]] = [
    ("To find the total, we add:\n\n- 5 spoons\n- 2 forks\n- 1 knife\n\nTotal: 5 + 2 + 1 = **8** pieces.", 8),
    ("A spoon (1), a fork (1), three cups (no cutlery), a knife (1). So 1 + 1 + 1 = 3 pieces.", 3),
    ("Let's count the birds:\n1. Heron\n2. Finch\n3. Wren\n4. Crow\n\nTherefore, you saw **4** birds.", 4),
    ("Let's count:\n1. heron (1)\n2. finch (2)\n3. wren (3)\n\nThe final answer is: $\\boxed{3}$", 3),
    ("Sure!\n\n**Step 1:** (4 - 9 * 2) = -14\n\n**Step 2:** ...\n= -14 + 38 = 24\n\n**Final Answer:** 24", 24),
    ("((4 - 9 * 2) + (7 * 6 - 4)) = -14 + 38 = 24", 24),
    ("= (-5) - (3)\n= -8", -8),
    ("-5 + -3 = -8", -8),
    ("The expression evaluates to -8.", -8),
    ("The value is (-8).", -8),
    ("Mara lacks only $5 for the lamp.", 5),
    ("Mara lacks $90 - $40 - $25 - $20 = $5.", 5),
    ("He was paid 45/60 * $16 = $12.", 12),
    ("They baked 60/3 = 20 rolls on Monday.\nThey baked 60+20 = 80 rolls on both days.\n#### 80", 80),
    ("Ivo has 33 stamps left (66/2 = 33).\n\nAnswer: 33 stamps", 33),
    ("So she swims 4*3*50 = 600 lengths a year. The answer is 600 lengths per year.", 600),
    ("Answer: $1,000,000", 1000000),
    ("**Answer**: 15%", 15),
    ("The answer is\n\n7", 7),
    ("The final answer is: 7\n\nLet me know if you need anything else with these 3 steps!", 7),
    ("Final answer: **7**.", 7),
    ("7 garden tools", 7),
    ("I count 7.", 7),
    ("There are a total of 7 tools: rake, spade, hoe, fork, trowel, shears, and saw.", 7),
    ("The number of tools is 7", 7),
    ("**7 garden tools**", 7),
    ("Answer: x = 5", 5),
    ("x = 5", 5),
    ("The correct answer is 5:30 pm", None),
    ("Thus, the answer is 5 hours and 30 minutes.", 5),
    ("The total cost is $12.50 + $3.25 = $15.75", 15.75),
    ("Therefore, the answer is 1,234,567.89", 1234567.89),
    ("The answer is between 3 and 5.", None),
    ("It's 2:30, so there are 3 hours left.", 3),
    ("The bridge was built in 1990 and it is 2020, so it is 30 years old.", 30),
]

CHOICES: list[tuple[str, str | None]] = [
    ("The correct answer is **(B)**.", "B"),
    ("**Answer: (B) 03/08/1961", "B"),
    ("(B) 03/08/1961", "B"),
    ("The day after is 03/08/1961. (B)", "B"),
    ("The fair opened on a Tuesday, so the day after is 03/08/1961, which is option (B).", "B"),
    ("The correct answer is (B) the kite.\n\nHere's why:\n- (A) has three sides.\n- (C) has five.", "B"),
    (
        "Each option:\n\n(A) the guard - makes sense\n(B) the thief - unlikely\n(C) unclear\n\nSo, the answer is (A).",
        "A",
    ),
    ("Each option:\n\n(A) the guard - yes\n(B) the thief - no\n(C) unclear - no\n\nThe best answer is **A**.", "A"),
    ("A) The guard was late", "A"),
    ("A. The guard", "A"),
    ("Option A: The guard", "A"),
    ("The answer is A) The guard", "A"),
    ("The answer is A. The guard", "A"),
    ("The answer is option A", "A"),
    ("I believe the answer is (A), since the guard was called.", "A"),
    ("The pronoun refers to the guard. So, the correct option is A.", "A"),
    ('The pronoun "she" refers to the guard (A).', "A"),
    ("**(A)** The guard was late.", "A"),
    ("Answer: [A]", "A"),
    ("Answer - A", None),
    ("Answer\n\nA", "A"),
    ("### Answer\n**A**", "A"),
    ("a.", "A"),
    ("Choice: C", "C"),
    ("Final answer: C. 7", "C"),
    ("The correct choice is: C) three", "C"),
    ("The mug is the third from the left, which matches option (D).", "D"),
    ("So the statement that is true is (D) The mug is third.", "D"),
    ("Hence (D).", "D"),
    ("If A is left of B and B is left of C, then the mug is last. The answer is (E).", "E"),
    ("None of the above", None),
    ("I'm not sure, but I think it's (C)", "C"),
    ("It can't be (A) or (B), so the answer must be (C).", "C"),
    ("Both (A) and (B) are wrong; hence, (C).", "C"),
    ("Without (A), (B) and (D), we are left with (C).", None),
    ("\\text{Answer: } B", "B"),
    ("$\\textbf{(B)}$", "B"),
    ("The answer is \\textbf{(B)}", "B"),
    ("The answer is: \n(B)", "B"),
    ("ANSWER: B", "B"),
    ("Ans: B", "B"),
    ("Correct answer: B", "B"),
    ("My answer is B", "B"),
    ("The answer would be B.", "B"),
]

BOOLEANS: list[tuple[str, bool | None]] = [
    ('Yes, the sentence "The goalkeeper served an ace" makes sense.', True),
    ("The sentence makes sense.", None),
    ("A goalkeeper plays football. Serving an ace is part of tennis. So the answer is no.", False),
    ("No, Tomas does not tell the truth.", False),
    ("Tomas tells the truth. So the answer is Yes.", True),
    ("Step 1... Step 5: Ina says Tomas tells the truth -> False.\n\n**Answer: No**", False),
    ("Since Ina lies, Tomas tells the truth. Therefore, the answer is: Yes", True),
    ("not ( False or True ) or False = not True or False = False", False),
    ("The expression `not ( False or True )` evaluates to `False`.", False),
    ("Let's evaluate: not(True) is False. False and True is False. So, the final answer is False.", False),
    ("The result of the expression is **True**.", True),
    ("True or not ( False and True ) is True.", True),
    ("Based on the story, yes — most people would say the spark caused it.", True),
    ("Most people would answer **No**.", False),
    ("Most people would say no.", False),
    ("Most people would likely answer: Yes.", True),
    ("I would say yes", True),
    ("- Yes", True),
    ("- No\n", False),
    ("Options: - Yes - No. You do not come back. - No", False),
    ("You come back to where you began: Yes", True),
    ('You end at (0, 3). Therefore, you do not come back. The answer is "No".', False),
    ("Yes.\n\nExplanation: there is no net movement.", True),
    ("No.\nYou end up 3 steps north.", False),
    ("The statement is not false.", True),
    ("It is neither true nor false", None),
    ("No, that's not true.", False),
    ("yes!", True),
    ("TRUE", True),
    ("Answer = TRUE", True),
    ("The answer is true because both are true, not false.", True),
    ("The claim is true; there is no doubt.", True),
]


@pytest.mark.parametrize(("reply", "number"), NUMBERS)
def test_numbers(reply: str, number: float | None) -> None:
    said = extract.number(reply)
    assert (None if said is None else float(said)) == number


@pytest.mark.parametrize(("reply", "letter"), CHOICES)
def test_choices(reply: str, letter: str | None) -> None:
    assert extract.choice(reply) == letter


@pytest.mark.parametrize(("reply", "truth"), BOOLEANS)
def test_booleans(reply: str, truth: bool | None) -> None:
    assert extract.boolean(reply) is truth


@pytest.mark.parametrize("gap", ["\n", " \n", "\n\t"])
def test_a_model_that_loops_on_blank_lines_holds_nothing_up(gap: str) -> None:
    """Reading takes time in proportion to the reply; with its square these would take minutes."""
    assert visible("Well." + gap * 200_000 + "yes").endswith("yes")
    assert visible("Well." + gap * 5 + "Q: And?\nA: No.") == "Well."
