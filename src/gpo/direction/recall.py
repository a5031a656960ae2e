"""Knows which earlier points to show: rules that choose k of a trajectory (paper, section 3.2)."""

from gpo.core.prompt import Prompt
from gpo.core.standings import best_first
from gpo.core.trajectory import Point, Recall, Similarity, Trajectory


async def by_recency(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
    """The last k points, newest first."""
    return tuple(reversed(trajectory))[:k]


async def by_importance(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
    """The k points with the highest scores, best first; of equal ones the newer first."""
    newest_first = tuple(reversed(trajectory))
    return tuple(newest_first[place] for place in best_first([point.at for point in newest_first])[:k])


async def by_relevance(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
    """The current prompt's own point first, then the k-1 most similar others, most similar first.

    The paper lists entries from least to most similar; its code does what this does. Equal texts count once, the
    newest; of equally similar points the newer comes first.
    """
    newest = _newest_of_each(trajectory)
    own = tuple(point for point in newest if point.at.prompt.texts == current.texts)
    others = tuple(point for point in newest if point.at.prompt.texts != current.texts)
    alike = await similarity(current.text, tuple(point.at.prompt.text for point in others))
    ranked = sorted(zip(alike, others, strict=True), key=lambda pair: -pair[0])
    return (own + tuple(point for _, point in ranked))[:k]


def backwards(rule: Recall) -> Recall:
    """The same choice shown in the opposite order: the best last, where the rule shows it first."""

    async def reversed_rule(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
        return tuple(reversed(await rule(trajectory, current, k, similarity)))

    return reversed_rule


RECALLS: dict[str, Recall] = {"recency": by_recency, "importance": by_importance, "relevance": by_relevance}


def _newest_of_each(trajectory: Trajectory) -> Trajectory:
    """One point per text, newest first."""
    found: dict[tuple[tuple[str, str], ...], Point] = {}
    for point in reversed(trajectory):
        found.setdefault(point.at.prompt.texts, point)
    return tuple(found.values())
