"""Knows how alike two texts are: by their letters (pure), or by embeddings where the lab has a model for them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, repeat
from math import hypot, log
from operator import add, mul
from zlib import crc32

from gpo.core.lab import Lab
from gpo.core.trajectory import Similarity

CORPUS = 16
"""So many texts are weighed against each other; a longer trajectory is searched for those that come near first."""
SKETCH_BITS = 2048


def lexical(text: str, others: tuple[str, ...]) -> tuple[float, ...]:
    """The cosine of the TF-IDF vectors of character 2- to 4-grams, in [0, 1], for each other text.

    The texts compared are the whole corpus, so what they all share ("the", "answer") weighs little. Inverse document
    frequency is smoothed: ln((1 + n) / (1 + df)) + 1. Texts without a letter are unlike everything. Of more than CORPUS
    others those are compared that share the largest part of their n-grams with the text; the rest counts as unlike.
    """
    near = _nearest(text, others)
    found = [0.0] * len(others)
    for place, cosine in zip(near, _cosines(_grams(text), [_grams(others[place]) for place in near]), strict=True):
        found[place] = cosine
    return tuple(found)


def similarity(lab: Lab) -> Similarity:
    """Cosine of embeddings where the lab embeds, lexical similarity where it does not."""

    async def alike(text: str, others: tuple[str, ...]) -> tuple[float, ...]:
        vectors = await lab.embed((text, *others)) if others else None
        if vectors is None:
            return lexical(text, others)
        return tuple(_dot(vectors[0], vector) for vector in vectors[1:])

    return alike


def _nearest(text: str, others: tuple[str, ...]) -> Sequence[int]:
    """The places of the CORPUS others that share most with the text; all of them where there are no more."""
    if len(others) <= CORPUS:
        return range(len(others))
    mine, size = _sketch(text)
    shared = [
        (both := (mine & its).bit_count()) / (size + its_size - both or 1) for its, its_size in map(_sketch, others)
    ]
    return sorted(range(len(others)), key=shared.__getitem__, reverse=True)[:CORPUS]


@lru_cache(maxsize=8192)
def _sketch(text: str) -> tuple[int, int]:
    """The set of n-grams as bits of a number, which compares in no time, and how many. The same in every process."""
    places = {crc32(gram.encode("utf-8", "surrogatepass")) % SKETCH_BITS for gram in _grams(text)}
    return sum(1 << place for place in places), len(places)


@lru_cache(maxsize=512)
def _grams(text: str) -> Counter[str]:
    padded = f" {' '.join(text.casefold().split())} "
    if not padded.strip():
        return Counter()
    pairs = [*map(add, padded, padded[1:])]
    triples = [*map(add, pairs, padded[2:])]
    return Counter([*pairs, *triples, *map(add, triples, padded[3:])])


def _cosines(mine: Counter[str], others: Sequence[Counter[str]]) -> Iterator[float]:
    spread, documents = Counter(chain(mine, *others)), 1 + len(others)
    weights = {gram: log((1 + documents) / (1 + frequency)) + 1 for gram, frequency in spread.items()}
    twice = {gram: count * weights[gram] ** 2 for gram, count in mine.items()}
    length = _length(mine, weights)
    for its in others:
        lengths = length * _length(its, weights)
        dot = sum(map(mul, twice.values(), map(its.get, twice, repeat(0))))
        yield min(1.0, dot / lengths) if lengths else 0.0


def _length(counts: Counter[str], weights: dict[str, float]) -> float:
    return hypot(*map(mul, counts.values(), map(weights.__getitem__, counts)))


def _dot(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    norms = hypot(*a) * hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / norms if norms else 0.0
