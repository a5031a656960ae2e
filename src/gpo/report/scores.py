"""Knows how scores are written in percent. Knows no page."""

from gpo.evidence.intervals import Estimate


def percent(score: float) -> str:
    """A score in [0, 1] in percent with one decimal."""
    return f"{100 * score:.1f}"


def estimate(value: Estimate) -> str:
    """A mean with its interval in percent: "82.5 [76.6, 87.1]"; "not known" where nothing was answered."""
    if value.n == 0:
        return "not known"
    return f"{percent(value.mean)} [{percent(value.low)}, {percent(value.high)}]"
