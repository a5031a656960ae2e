"""Knows what may be meant by a name that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_LISTED, _NEAREST = 16, 6


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence tail with the nearest known name and all there are, or of many those most like it; "" for none.

    >>> did_you_mean("gpoo", ["gpo", "opro"])
    ' Did you mean "gpo"? Known: gpo, opro.'
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    if len(names) > _MOST_LISTED:
        nearest = sorted(get_close_matches(name, names, n=_NEAREST, cutoff=0.0))
        return f"{hint} Known, among {len(names)}: {', '.join(nearest)}."
    return f"{hint} Known: {', '.join(names)}." if names else hint
