"""Knows how a report looks on a terminal or as plain text. Does not know where it came from."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gpo.core.budget import Spent
from gpo.engine.places import command
from gpo.engine.typed import called
from gpo.evidence.verdicts import Verdict, provable_gain
from gpo.observers.board import dollars, duration
from gpo.observers.refused import in_words
from gpo.observers.visible import on_one_line, visible
from gpo.report.diff import word_diff
from gpo.report.drift import LEGEND, drift_curve
from gpo.report.read import Report, Side
from gpo.report.scores import estimate, percent
from gpo.store.rows import CallSummary, RunRow
from gpo.tasks.spec import POCKET

if TYPE_CHECKING:
    from rich.console import RenderableType

T = TypeVar("T")

LONGEST_SAME = 600
"""Characters between two changes that are shown."""
MOST_STEPS = 200
"""Steps that are shown: of a run with more the first and the last ones."""
_COLORS = {"improved": "bold green", "not proven": "bold yellow", "worse": "bold red"}


def page(report: Report, *, every_step: bool = False) -> "list[RenderableType]":
    """The page at the end of a run: verdict, best prompt, difference, spending, where it lies, what to type next."""
    return [
        _title(report),
        _verdict(report),
        _scores(report),
        _heading("Best prompt"),
        _text(report.best.shown),
        _heading("What changed (seed prompt → best prompt)"),
        _changes(report),
        *(_steps(report) if every_step else ()),
        _heading("Spent"),
        _spending(report.calls),
        *_notes(report),
        *_places(report, every_step=every_step),
    ]


def _steps(report: Report) -> "list[RenderableType]":
    """Every step: score, best so far, words changed beside the words allowed (the drift), refusals."""
    from rich.text import Text

    from gpo.report.tables import folded, number, table

    if not report.history:
        return [_heading("Steps"), Text("None was finished.")]
    numbers = map(number, ("step", "score", "best", "changed", "allowed", "passed", "refused"))
    steps = table(*numbers, folded("prompt"))
    for record in _ends(report.history):
        steps.add_row(
            str(record.step),
            percent(record.score),
            percent(record.best_score),
            "-" if record.distance is None else str(record.distance),
            "-" if record.allowed is None else str(record.allowed),
            str(record.proposed),
            str(record.refused),
            Text(on_one_line(record.prompt, 300), overflow="fold"),
        )
    return [
        _heading("Steps (changed, allowed: words)"),
        steps,
        *_left_out(report.history),
        Text(f"Refused: {in_words(report.refusals) or 'nothing'}."),
        *_drift(report),
    ]


def _drift(report: Report) -> "list[RenderableType]":
    """How far every proposal went beside how far it might; nothing where nothing was proposed."""
    from gpo.report.tables import folded, number, table, whole

    steps, most = drift_curve(report.history)
    if not steps:
        return []
    curve = table(number("step"), whole(f"0 to {most} words"), folded("words"))
    for step in _ends(steps):
        curve.add_row(str(step.number), step.picture, step.words)
    return [_heading(f"Drift ({LEGEND})"), curve]


def _ends(steps: Sequence[T]) -> Sequence[T]:
    """The steps that are shown."""
    return steps if len(steps) <= MOST_STEPS else [*steps[: MOST_STEPS // 2], *steps[-MOST_STEPS // 2 :]]


def _left_out(steps: Sequence[object]) -> "list[RenderableType]":
    from rich.text import Text

    count = len(steps) - len(_ends(steps))
    return (
        [Text(f"{count:,} steps in the middle are left out; `{called()} show --json` has them all.")] if count else []
    )


def verdict_line(verdict: Verdict) -> str:
    """The verdict in one line, in points of a hundred."""
    low, high = 100 * verdict.low, 100 * verdict.high
    return (
        f"{verdict.word}: {100 * verdict.difference:+.1f} points, paired 95 % interval [{low:+.1f}, {high:+.1f}], "
        f"{verdict.n} sealed test rows"
    )


def _title(report: Report) -> "RenderableType":
    from rich.text import Text

    row = report.row
    took = f" · {duration(report.seconds)}" if report.seconds is not None else ""
    title = Text(f"{on_one_line(row.task)} · {row.algorithm} · run {row.id} · {row.status}{took}\n", "bold")
    return title.append(f"{_sentence(row.stopped_because)}\n", "not bold") if _says_more(row) else title


def _says_more(row: RunRow) -> bool:
    """Whether why a run ended says more than that it did."""
    return row.stopped_because not in ("", row.status)


def _sentence(said: str) -> str:
    """What was said, from a capital letter to a full stop."""
    shown = visible(said)
    return f"{shown[:1].upper()}{shown[1:]}{'' if shown.endswith('.') else '.'}"


def _verdict(report: Report) -> "RenderableType":
    from rich.text import Text

    verdict = report.verdict
    if verdict is None:
        why = visible(report.no_verdict or "the run has not come to its end").rstrip(".")
        return Text(f"No verdict: {why}.", "yellow")
    if report.best.prompt == report.seed.prompt:
        return Text("No better prompt was found: the seed prompt is the best of those that were tried.", "yellow")
    lines = {
        "improved": "The interval excludes zero: this gain is not luck.",
        "not proven": f"The interval holds zero: this may be luck. {_power(verdict.n)}",
        "worse": "The interval excludes zero: the seed prompt is better. Keep it.",
    }
    return Text(verdict_line(verdict), _COLORS[verdict.word]).append(f"\n{lines[verdict.word]}", "default")


def _power(rows: int) -> str:
    """What so many test rows can prove at best."""
    least = provable_gain(rows)
    those = "1 test row proves" if rows == 1 else f"{rows} test rows prove"
    return (
        f"{those} no gain{'' if least is None else f' below {100 * least:.0f} points'}; more rows prove smaller ones."
    )


def _scores(report: Report) -> "RenderableType":
    from gpo.report.tables import table, whole

    verdict = report.verdict
    scores = table(whole(), whole("selection, %"), whole("test, % [95 %]"))
    for name, side, value in (
        ("seed prompt", report.seed, verdict.before if verdict else None),
        ("best prompt", report.best, verdict.after if verdict else None),
    ):
        scores.add_row(name, _selection(side), estimate(value) if value else "not opened")
    return scores


def _selection(side: Side) -> str:
    return f"{percent(side.score)} (n = {side.n})" if side.n else "not scored"


def _changes(report: Report) -> "RenderableType":
    from rich.text import Text

    if report.seed.prompt == report.best.prompt:
        return Text("Nothing: no prompt did better than the seed prompt.")
    marks = {"same": ("", "", ""), "gone": ("[-", "-]", "red"), "new": ("{+", "+}", "green")}
    text = Text()
    for piece in word_diff(report.seed.shown, report.best.shown):
        before, after, style = marks[piece.kind]
        shown = _without_middle(piece.text) if piece.kind == "same" else piece.text
        text.append(f"{before}{visible(shown)}{after}", style)
    return text


def _without_middle(text: str) -> str:
    """A run of words that stayed, short enough to leave room for those that did not."""
    left_out = len(text) - LONGEST_SAME
    if left_out <= 0:
        return text
    half = LONGEST_SAME // 2
    return f"{text[:half]} … ({left_out:,} characters that stayed) … {text[-half:]}"


def _spending(calls: Sequence[CallSummary]) -> "RenderableType":
    from gpo.report.tables import folded, number, table, whole

    numbers = map(number, ("calls", "from cache", "repeated", "failed", "tokens", "cost"))
    spending = table(whole("role"), folded("model"), *numbers)
    for each in calls:
        spending.add_row(
            each.role,
            on_one_line(each.model),
            f"{each.calls:,}",
            f"{each.cached:,}",
            f"{each.repeated:,}",
            f"{each.failed:,}",
            _tokens(each),
            dollars(each.usd),
        )
    total = sum((Spent(c.calls, c.prompt_tokens + c.completion_tokens, usd=c.usd) for c in calls), Spent())
    spending.add_row("total", "", f"{total.calls:,}", "", "", "", f"{total.tokens:,}", dollars(total.usd))
    return spending


def _tokens(calls: CallSummary) -> str:
    """All tokens, and those of them that were cheaper or not seen, where there are any."""
    told = {"cached": calls.cached_tokens, "reasoning": calls.reasoning_tokens}
    some = ", ".join(f"{count:,} {what}" for what, count in told.items() if count)
    return f"{calls.prompt_tokens + calls.completion_tokens:,}{f' ({some})' if some else ''}"


def _notes(report: Report) -> "list[RenderableType]":
    from rich.text import Text

    said = [Text(f"- {visible(each)}") for each in report.warnings]
    return [_heading("Notes"), *said] if said else []


def _places(report: Report, *, every_step: bool) -> "list[RenderableType]":
    from rich.text import Text

    row, on_run = report.row, partial(command, run_id=report.row.id, folder=report.folder)
    hints = [(str(report.folder), ", ".join(_files(report.folder)))] if report.folder else []
    hints.append((on_run("diff"), "seed prompt against best prompt") if every_step else (on_run("show"), "every step"))
    hints.append((on_run("export"), "the best prompt alone"))
    if row.status != "finished":
        hints.append((on_run("resume"), f"go on; nothing is paid twice{_raised(row)}"))
    if row.task.startswith(POCKET):
        hints.append((f"{called()} optimize rows.jsonl --task-model openai/<name>", "your own data and model"))
        hints.append((f"{called()} init", "a commented file with every setting"))
    widest = max(len(typed) for typed, _ in hints)
    lines = "\n".join(f"{visible(typed):<{widest}}   {why}" for typed, why in hints)
    return [_heading("Where it is, and what next"), Text(lines, no_wrap=True)]


def _files(folder: Path) -> list[str]:
    """What a user looks for among the files of a run."""
    return [name for name in ("best_prompt.txt", "best_prompt.json", "events.jsonl") if (folder / name).is_file()]


def _raised(row: RunRow) -> str:
    """How to raise the limits that a run was given."""
    limits: Mapping[str, Any] = row.config.get("settings", {}).get("budget") or {}
    flags = " or ".join(f"--{key.replace('_', '-')}" for key, limit in limits.items() if limit is not None)
    return f" ({flags} {'raise limits' if ' or ' in flags else 'raises the limit'})" if flags else ""


def _heading(text: str) -> "RenderableType":
    from rich.text import Text

    return Text(f"\n{text}", "bold")


def _text(text: str) -> "RenderableType":
    from rich.text import Text

    return Text(visible(text))
