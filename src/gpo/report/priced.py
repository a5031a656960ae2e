"""Knows how a page tells where the prices of its dollars are from."""

from collections.abc import Iterator, Mapping

from gpo.core.visible import on_one_line, visible


def price_lines(sources: Mapping[str, str]) -> Iterator[str]:
    """One line for each source, with the models whose prices are from there. sources: by model."""
    for source in dict.fromkeys(sources.values()):
        models = ", ".join(on_one_line(model) for model, known in sources.items() if known == source)
        yield f"Dollars of {models}: {visible(source)}."
