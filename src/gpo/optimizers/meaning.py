"""Knows which recipes compare texts by what they mean, so that an embedding model has something to do."""

from collections.abc import Mapping
from typing import Any

from gpo.optimizers.catalog import RECIPES

RELEVANCE = "relevance"


def embeds(algorithm: str, options: Mapping[str, Any]) -> bool:
    """Whether the algorithm with these options asks an embedding model, where there is one; a stranger's may."""
    if algorithm == "gpo":
        return RELEVANCE in (options.get("trajectory", RELEVANCE), options.get("feedback_trajectory"))
    return algorithm == "gpo-paper" or algorithm not in RECIPES
