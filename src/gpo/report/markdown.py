"""Knows how text that others wrote stands in a Markdown page: as itself, never as markup. Pure."""

import re

from gpo.core.visible import visible

_MARKS = re.compile(r"([\\`*_\[\]<>&|~$#])")


def inline(text: str) -> str:
    r"""The text on one line within a sentence or a cell, everything escaped that Markdown or HTML would read.

    >>> inline("<b>2 * 3</b>\n# six")
    '\\<b\\>2 \\* 3\\</b\\> \\# six'
    """
    return _MARKS.sub(r"\\\1", visible(" ".join(text.split())))


def code(text: str) -> str:
    r"""The text on one line as code, also within a table; nothing where there is no text.

    >>> print(code("a`b|c"))
    ``a`b\|c``
    """
    line = visible(" ".join(text.split())).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return line and f"{fence}{pad}{line}{pad}{fence}"
