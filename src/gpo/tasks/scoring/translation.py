"""Knows BLEU and chrF of one reply, as sacrebleu computes them (the extra `text`)."""

from importlib import import_module
from typing import Any

from gpo.core.errors import MissingExtra
from gpo.core.task import Example, Grade, Metric
from gpo.tasks.reply import visible

TEXT_METRICS = ("bleu", "chrf")


def text_metric(name: str) -> Metric:
    """The metric "bleu" or "chrf", in [0, 1] with sacrebleu's defaults. Raises MissingExtra where it is not installed.

    bleu: sentence BLEU with all references, in its effective order; chrf: chrF2 with the nearest reference.
    """
    scorer = _scorer(name)

    def score(reply: str, example: Example) -> Grade:
        percent = float(scorer.sentence_score(visible(reply), list(example.targets)).score)
        return Grade(min(1.0, max(0.0, percent / 100)))

    return score


def _scorer(name: str) -> Any:
    try:
        metrics = import_module("sacrebleu.metrics")
    except ImportError as error:
        raise MissingExtra(
            f"The metric {name} is computed by sacrebleu. Install it with: pip install 'gpo[text]'"
            " (in a checkout: scripts/uv run --extra local --extra text gpo …)"
        ) from error
    return metrics.BLEU(effective_order=True) if name == "bleu" else metrics.CHRF()
