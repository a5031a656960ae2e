"""Knows which earlier points to show: rules that choose k of a trajectory (paper, section 3.2)."""

from gpo.core.prompt import Prompt
from gpo.core.standings import best_first
from gpo.core.trajectory import Point, Recall, Similarity, Trajectory


async def by_recency(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
    """The last k points, newest first."""
    return tuple(reversed(trajectory))[:k]


async def by_importance(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
    """The k points with the highest scores, best first; of equal ones the newer first."""
    newest_first = trajectory[::-1]
    return tuple(newest_first[place] for place in best_first([point.at for point in newest_first], k))


async def by_relevance(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
    """The current prompt's own point first, then the k-1 most similar others, most similar first.

    The paper lists entries from least to most similar; its code does what this does. Equal texts count once, the
    newest; of equally similar points the newer comes first.
    """
    newest = _newest_of_each(trajectory)
    own = newest.pop(current.texts, None)
    others = tuple(newest.values())
    alike = await similarity(current.text, tuple(point.at.prompt.text for point in others))
    ranked = sorted(range(len(others)), key=alike.__getitem__, reverse=True)
    return (*(() if own is None else (own,)), *(others[place] for place in ranked[:k]))[:k]


def backwards(rule: Recall) -> Recall:
    """The same choice shown in the opposite order: the best last, where the rule shows it first."""

    async def reversed_rule(trajectory: Trajectory, current: Prompt, k: int, similarity: Similarity) -> Trajectory:
        return tuple(reversed(await rule(trajectory, current, k, similarity)))

    return reversed_rule


RECALLS: dict[str, Recall] = {"recency": by_recency, "importance": by_importance, "relevance": by_relevance}


def _newest_of_each(trajectory: Trajectory) -> dict[tuple[tuple[str, str], ...], Point]:
    """One point per text, newest first."""
    found: dict[tuple[tuple[str, str], ...], Point] = {}
    for point in reversed(trajectory):
        found.setdefault(point.at.prompt.texts, point)
    return found
