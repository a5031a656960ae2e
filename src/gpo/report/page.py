"""Knows how a report looks on a terminal or as plain text. Does not know where it came from."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpo.core.budget import Spent
from gpo.core.visible import on_one_line, visible
from gpo.engine.lacking import left_out
from gpo.engine.limits import TOTAL, by_role
from gpo.engine.places import command
from gpo.engine.typed import called
from gpo.evidence.intervals import Estimate
from gpo.evidence.verdicts import Verdict, provable_gain
from gpo.observers.board import dollars, duration
from gpo.report.diff import word_diff
from gpo.report.priced import price_lines
from gpo.report.read import Report, Side
from gpo.report.scores import estimate, percent
from gpo.report.steps import heading, steps
from gpo.report.texts import without_middle
from gpo.store.rows import CallSummary, RunRow
from gpo.tasks.spec import POCKET

if TYPE_CHECKING:
    from rich.console import RenderableType

LONGEST_SAME = 600
"""Characters between two changes that are shown."""
_NONE_BETTER = "prompt did better than the seed prompt"
_COLORS = {"improved": "bold green", "not proven": "bold yellow", "worse": "bold red"}


def page(report: Report, *, every_step: bool = False) -> "list[RenderableType]":
    """The page at the end of a run: verdict, best prompt, difference, spending, where it lies, what to type next."""
    return [
        _title(report),
        _verdict(report),
        _scores(report),
        *_unanswered(report),
        heading("Best prompt"),
        _text(report.best.shown),
        heading("What changed (seed prompt → best prompt)"),
        _changes(report),
        *(steps(report) if every_step else ()),
        heading("Spent"),
        _spending(report.calls),
        *_prices(report),
        *_notes(report),
        *_places(report, every_step=every_step),
    ]


def verdict_line(verdict: Verdict) -> str:
    """The verdict in one line, in points of a hundred."""
    low, high = 100 * verdict.low, 100 * verdict.high
    rows = f"{verdict.n} of {verdict.n + verdict.unanswered}" if verdict.unanswered else str(verdict.n)
    return (
        f"{verdict.word}: {100 * verdict.difference:+.1f} points, paired 95 % interval [{low:+.1f}, {high:+.1f}], "
        f"{rows} sealed test rows"
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
    return f"{shown[:1].upper()}{shown[1:]}{'' if shown.endswith(('.', '?', '!')) else '.'}"


def _verdict(report: Report) -> "RenderableType":
    from rich.text import Text

    verdict = report.verdict
    if verdict is None:
        why = visible(report.no_verdict or "the run has not come to its end").rstrip(".")
        return Text(f"No verdict: {why}.", "yellow")
    if _is_untried(report):
        return Text(f"Nothing was searched: the seed prompt scores {estimate(verdict.before)} % on the test set.")
    if report.best.texts == report.seed.texts:
        return Text("No better prompt was found: the seed prompt is the best of those that were tried.", "yellow")
    lines = {
        "improved": "The interval excludes zero: this gain is not luck.",
        "not proven": f"The interval holds zero: this may be luck. {_power(verdict.n)}",
        "worse": "The interval excludes zero: the seed prompt is better. Keep it.",
    }
    return Text(verdict_line(verdict), _COLORS[verdict.word]).append(f"\n{lines[verdict.word]}", "default")


def _is_untried(report: Report) -> bool:
    """Whether a run came to its end without a step, so that the seed prompt is all that it measured."""
    return report.row.status == "finished" and not report.history


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
        tested = f"{estimate(value)}{f' ({_rows(value)})' if value.unanswered else ''}" if value else "not opened"
        scores.add_row(name, _selection(side), tested)
    return scores


def _selection(side: Side) -> str:
    return f"{percent(side.score)} ({_rows(side)})" if side.n else "not scored"


def _rows(scored: Side | Estimate) -> str:
    """How many rows a score is of, and how many got no answer, where some did not."""
    return f"n = {scored.n}{f', {scored.unanswered} unanswered' if scored.unanswered else ''}"


def _unanswered(report: Report) -> "Iterator[RenderableType]":
    """What was not answered, of which the scores say nothing: in the test, and where the best prompt was chosen."""
    from rich.text import Text

    verdict, best = report.verdict, report.best
    said = [left_out(verdict, report.test_failures, same=best.texts == report.seed.texts)] if verdict else []
    if best.n and best.unanswered:
        rows = f"{best.unanswered} of {best.n + best.unanswered} selection rows"
        said.append(f"the best prompt got no answer for {rows}: its score there is of the others")
    if lines := "\n".join(_sentence(each) for each in said if each):
        yield Text(f"\n{lines}", "yellow")


def _changes(report: Report) -> "RenderableType":
    from rich.text import Text

    if report.seed.texts == report.best.texts:
        return Text(f"Nothing: no {'other prompt was tried' if _is_untried(report) else _NONE_BETTER}.")
    marks = {"same": ("", "", ""), "gone": ("[-", "-]", "red"), "new": ("{+", "+}", "green")}
    text = Text()
    for piece in word_diff(report.seed.shown, report.best.shown):
        before, after, style = marks[piece.kind]
        same = piece.kind == "same"
        shown = without_middle(piece.text, LONGEST_SAME, "characters that stayed") if same else piece.text
        text.append(f"{before}{visible(shown)}{after}", style)
    return text


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


def _prices(report: Report) -> "Iterator[RenderableType]":
    """Where the prices are from, one line for each source."""
    from rich.text import Text

    sources: Mapping[str, str] = report.row.config.get("prices") or {}
    paid = {each.model: sources[each.model] for each in report.calls if each.usd and each.model in sources}
    yield from map(Text, price_lines(paid))


def _tokens(calls: CallSummary) -> str:
    """All tokens, and those of them that were cheaper or not seen, where there are any."""
    told = {"cached": calls.cached_tokens, "reasoning": calls.reasoning_tokens}
    some = ", ".join(f"{count:,} {what}" for what, count in told.items() if count)
    return f"{calls.prompt_tokens + calls.completion_tokens:,}{f' ({some})' if some else ''}"


def _notes(report: Report) -> "list[RenderableType]":
    from rich.text import Text

    said = [Text(f"- {visible(each)}") for each in report.warnings]
    return [heading("Notes"), *said] if said else []


def _places(report: Report, *, every_step: bool) -> "list[RenderableType]":
    from rich.text import Text

    row, on_run = report.row, partial(command, run_id=report.row.id, folder=report.folder)
    hints = [(str(report.folder), ", ".join(_files(report.folder)))] if report.folder else []
    hints.append((on_run("diff"), "seed prompt against best prompt") if every_step else (on_run("show"), "every step"))
    hints.append((on_run("export"), "the best prompt alone"))
    if row.status != "finished":
        hints.append((on_run("resume"), f"go on; no answer is paid twice{_raised(row)}"))
    if row.task.startswith(POCKET):
        hints.append((f"{called()} optimize rows.jsonl --task-model openai/<name>", "your own data and model"))
        hints.append((f"{called()} init", "a commented file with every setting"))
    widest = max(len(typed) for typed, _ in hints)
    lines = "\n".join(f"{visible(typed):<{widest}}   {why}" for typed, why in hints)
    return [heading("Where it is, and what next"), Text(lines, no_wrap=True)]


def _files(folder: Path) -> list[str]:
    """What a user looks for among the files of a run."""
    return [name for name in ("best_prompt.txt", "best_prompt.json", "events.jsonl") if (folder / name).is_file()]


def _raised(row: RunRow) -> str:
    """How to raise the limits that a run was given."""
    limits: Mapping[str, Any] = row.config.get("settings", {}).get("budget") or {}
    flags = " or ".join(
        f"--{key.replace('_', '-')}{'' if role == TOTAL else f' {role}=…'}"
        for key, limit in limits.items()
        for role in by_role(limit)
        if limit is not None
    )
    return f" ({flags} {'raise limits' if ' or ' in flags else 'raises the limit'})" if flags else ""


def _text(text: str) -> "RenderableType":
    from rich.text import Text

    return Text(visible(text))
