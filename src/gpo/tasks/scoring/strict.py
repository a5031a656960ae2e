"""Knows the strict scorer: which careful reader fits which kind of answer. Pure."""

from collections.abc import Sequence

from gpo.core.task import Example, Grade, Metric
from gpo.tasks import grades
from gpo.tasks.scoring.brackets import closing
from gpo.tasks.scoring.labels import label
from gpo.tasks.scoring.prose import prose
from gpo.tasks.scoring.sorting import listed, tidy


def strict_metric(kind: str, labels: Sequence[str] = ()) -> Metric:
    """The strict scorer for a kind of answer; see gpo.tasks.scoring.kinds.

    The sign and the decimals of a number matter, the last clear answer wins, of several references the nearest counts.
    What cannot be read scores 0 with "unreadable" as its feedback.
    """
    if kind == "label" and labels:
        return _labels(tuple(labels))
    return _METRICS.get(kind, grades.exact_match)


def _labels(labels: tuple[str, ...]) -> Metric:
    def score(reply: str, example: Example) -> Grade:
        said = label(reply, labels)
        if said is None:
            return Grade(0.0, f"unreadable: no clear {' or '.join(labels)}")
        return _of(said.casefold() in [target.casefold() for target in example.targets], example)

    return score


def brackets(reply: str, example: Example) -> Grade:
    """1 where the closing brackets that the reply adds are the target's, whatever blanks stand between them."""
    said = closing(reply, example.input)
    if said is None:
        return Grade(0.0, "unreadable: no closing brackets")
    return _of(said in [target.replace(" ", "") for target in example.targets], example)


def sorting(reply: str, example: Example) -> Grade:
    """1 where the reply lists the target's words in their order: in a line, with commas, or as a numbered list."""
    words = example.target.split()
    asked = [each for each in example.input.split() if tidy(each) in {tidy(word) for word in words}]
    said = listed(reply, words, asked[-len(words) :])
    if said is None:
        return Grade(0.0, "unreadable: no list of the words")
    return _of(said == tuple(tidy(word) for word in words), example)


def text(reply: str, example: Example) -> Grade:
    """ROUGE-L with the nearest reference, without what the reply says to the user before the text and after it."""
    said = prose(reply)
    return grades.rouge_l(said, example) if said else Grade(0.0, "unreadable: no text")


def _of(right: bool, example: Example) -> Grade:
    return Grade(1.0) if right else Grade(0.0, f"expected: {example.target}")


_METRICS: dict[str, Metric] = {
    "number": grades.number,
    "choice": grades.choice,
    "boolean": grades.boolean,
    "brackets": brackets,
    "sorting": sorting,
    "text": text,
}
