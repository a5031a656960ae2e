"""Knows how standings look as a picture: points with intervals, tokens as bars; SVG, light and dark, no library."""

from collections.abc import Sequence
from html import escape

from gpo.core.visible import visible
from gpo.evidence.intervals import Estimate
from gpo.sweeps.compare import Mean, Standing, Table

WIDTH, ROW, HEAD, FOOT = 860, 26, 58, 34
NAMES, SCORES, TOKENS, END = 150, (160, 520), (600, 790), 850
"""Where columns lie, in pixels: names end, scores and tokens from-to, everything ends."""

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .quiet { fill: #656d76; font-size: 11px; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .seed { stroke: #9a6700; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .interval { stroke: #0969da; stroke-width: 2; }
  .point, .task { fill: #0969da; }
  .optimizer { fill: #bf3989; }
  .ground { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #8d96a0; }
    .grid { stroke: #30363d; }
    .seed { stroke: #d29922; }
    .interval { stroke: #58a6ff; }
    .point, .task { fill: #58a6ff; }
    .optimizer { fill: #f778ba; }
    .ground { fill: #0d1117; }
  }
"""


def picture(tables: Sequence[Table], title: str) -> str:
    """An SVG document with a panel for each table: test accuracy with its interval, tokens by role."""
    panels: list[str] = []
    top = 40
    for table in tables:
        panels.append(f'<g transform="translate(0 {top})">\n{_panel(table)}\n</g>')
        top += HEAD + ROW * len(table.standings) + FOOT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
        f'role="img" aria-label="{_safe(title)}">\n<title>{_safe(title)}</title>\n<style>{STYLE}</style>\n'
        f'<rect class="ground" width="{WIDTH}" height="{top}"/>\n{_text(16, 26, title, "title")}\n'
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Round numbers that enclose low and high, `most` + 1 at most; low < high."""
    span = high - low
    step = next(size for size in _steps() if size * (most - 1) >= span)
    first = step * (low // step)
    count = next(n for n in range(1, most + 2) if first + n * step >= high - 1e-9 * step)
    return tuple(round(first + i * step, 10) for i in range(count + 1))


def _steps() -> Sequence[float]:
    return [digit * 10.0**power for power in range(-3, 13) for digit in (1, 2, 5)]


def _panel(table: Table) -> str:
    scores = [*(each.score for each in table.standings), table.seed_prompt]
    marks = ticks(100 * min(each.low for each in scores), 100 * max(each.high for each in scores) + 1e-6)
    most = max(sum(spent.tokens for spent in each.spent.values()) for each in table.standings)
    amounts = ticks(0.0, most or 1.0, 3)
    height = ROW * len(table.standings)
    parts = [
        _text(16, 22, table.limit.label, "title"),
        _text(SCORES[0], 42, "test accuracy, %, with 95 % interval; dashed: the seed prompt", "quiet"),
        f'<rect class="task" x="{TOKENS[0]}" y="34" width="9" height="9"/>',
        _text(TOKENS[0] + 13, 42, "tokens: task", "quiet"),
        f'<rect class="optimizer" x="{TOKENS[0] + 90}" y="34" width="9" height="9"/>',
        _text(TOKENS[0] + 103, 42, "optimizer model", "quiet"),
        *(_mark(_at(mark, marks, SCORES), height, f"{mark:g}") for mark in marks),
        *(_mark(_at(mark, amounts, TOKENS), height, _short(mark)) for mark in amounts),
        _dashed(_at(100 * table.seed_prompt.mean, marks, SCORES), height),
        *(_row(each, HEAD + ROW * i + ROW / 2, marks, amounts) for i, each in enumerate(table.standings)),
    ]
    return "\n".join(parts)


def _row(each: Standing, y: float, marks: Sequence[float], amounts: Sequence[float]) -> str:
    return "\n".join(
        (
            _text(NAMES, y + 4, each.entrant, anchor="end"),
            _interval(each.score, y, marks),
            _text(SCORES[1] + 10, y + 4, f"{100 * each.score.mean:.1f}"),
            *_bars(each, y, amounts),
        )
    )


def _interval(score: Estimate, y: float, marks: Sequence[float]) -> str:
    low, mean, high = (_at(100 * value, marks, SCORES) for value in (score.low, score.mean, score.high))
    return (
        f'<line class="interval" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
        f'<circle class="point" cx="{mean:.1f}" cy="{y}" r="4.5"/>'
    )


def _bars(each: Standing, y: float, amounts: Sequence[float]) -> list[str]:
    """Tokens of the task model, and behind them those of every other role."""
    task = each.spent.get("task", Mean(0.0, 0.0, usd=None)).tokens
    total = sum(spent.tokens for spent in each.spent.values())
    start, middle, end = (_at(value, amounts, TOKENS) for value in (0.0, task, total))
    return [
        f'<rect class="task" x="{start:.1f}" y="{y - 6}" width="{middle - start:.1f}" height="12"/>',
        f'<rect class="optimizer" x="{middle:.1f}" y="{y - 6}" width="{end - middle:.1f}" height="12"/>',
        _text(end + 6, y + 4, _short(total), "quiet"),
    ]


def _at(value: float, marks: Sequence[float], place: tuple[int, int]) -> float:
    """Where a value lies between the first and the last mark."""
    return place[0] + (place[1] - place[0]) * (value - marks[0]) / (marks[-1] - marks[0])


def _mark(x: float, height: float, label: str) -> str:
    line = f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD}" y2="{HEAD + height}"/>'
    return line + _text(x, HEAD + height + 16, label, "quiet", anchor="middle")


def _dashed(x: float, height: float) -> str:
    return f'<line class="seed" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD}" y2="{HEAD + height}"/>'


def _text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_safe(said)}</text>'


def _safe(text: str) -> str:
    """The text as XML takes it, control characters spelled out."""
    return escape(visible(text))


def _short(amount: float) -> str:
    """A large number in few characters: 950, 12k, 1.5M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if amount >= size:
            return f"{amount / size:.3g}{letter}"
    return f"{amount:.3g}"
