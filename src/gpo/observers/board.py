"""Knows what a user wants to see of a run at a glance, and how numbers are worded. Pure; knows no terminal."""

from dataclasses import dataclass, replace

from gpo.core.budget import Spent
from gpo.core.events import Event, Kept, Proposed, Refused, RunFinished, RunStarted, StepFinished, StepStarted
from gpo.observers.refused import counted, in_words, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """How far a run is. done: the last finished step; begun_at: the step this process went on from.

    walked_s: seconds that this process took until the last finished step. best_score in [0, 1] on the selection set;
    None while it is not known: before the seed prompt is scored, and in the first step of a resumed run.
    proposed, refused: how many prompts the step under way, or the last one, tries, and why it refused others.
    """

    done: int = 0
    steps: int = 0
    begun_at: int = 0
    walked_s: float = 0.0
    best_score: float | None = None
    best_prompt: str = ""
    prompt: str = ""
    stopped_because: str = ""
    proposed: int = 0
    refused: tuple[str, ...] = ()

    @property
    def objection(self) -> str:
        """Why the last step had nothing to try, and what helps; "" where it had something."""
        if self.proposed or not self.refused:
            return ""
        reasons = counted(self.refused)
        helps = remedy(reasons)
        return f"all proposals were refused: {in_words(reasons)}" + (f". What helps: {helps}" if helps else "")


def after(board: Board, event: Event, elapsed_s: float = 0.0) -> Board:
    """The board once the event has happened, `elapsed_s` seconds after this process began."""
    match event:
        case RunStarted():
            begun_at = event.resumed_at or 0
            return replace(board, steps=event.steps, begun_at=begun_at, done=begun_at)
        case StepStarted(step=1):  # the first step begins at the seed prompt, the best so far
            begun = replace(board, proposed=0, refused=())
            return replace(begun, prompt=event.prompt, best_score=event.score, best_prompt=event.prompt)
        case StepStarted():
            return replace(board, prompt=event.prompt, proposed=0, refused=())
        case Kept():
            return replace(board, prompt=event.prompt)
        case Proposed():
            return replace(board, proposed=board.proposed + 1)
        case Refused():
            return replace(board, refused=(*board.refused, event.reason))
        case StepFinished():
            return replace(
                board,
                done=event.step,
                walked_s=elapsed_s,
                best_score=event.best_score,
                best_prompt=event.best_prompt,
            )
        case RunFinished():
            return replace(board, stopped_because=event.stopped_because, best_prompt=event.best_prompt)
        case _:
            return board


def seconds_left(board: Board, elapsed_s: float) -> float | None:
    """How long the remaining steps take at the pace of this process's steps; None where there is no pace yet.

    A step that takes longer than the others is nearly done until it is done.
    """
    walked, ahead = board.done - board.begun_at, board.steps - board.done
    if walked <= 0:
        return None
    pace = board.walked_s / walked
    this_step = max(0.0, pace - (elapsed_s - board.walked_s))
    return this_step + pace * (ahead - 1) if ahead > 0 else 0.0


def summary(board: Board, spent: Spent, elapsed_s: float) -> str:
    """The board as one line: "step 3/18 · best 64.0 % · 120 calls · 8,310 tokens · $0.0123 · about 1 min left"."""
    parts = [f"step {board.done}/{board.steps}"] if board.steps else []
    if board.best_score is not None:
        parts.append(f"best {100 * board.best_score:.1f} %")
    parts += [number_of(spent.calls, "call"), number_of(spent.tokens, "token"), dollars(spent.usd)]
    left = seconds_left(board, elapsed_s)
    if board.steps and board.done >= board.steps and not board.stopped_because:
        parts.append("testing")
    elif left and not board.stopped_because and board.best_score != 1.0:  # nothing can beat that: it may end at once
        parts.append(f"about {duration(left)} left")
    return " · ".join(parts)


def dollars(usd: float | None) -> str:
    """Money in words; an unknown price is unknown, not zero.

    >>> dollars(1.5), dollars(0.01234), dollars(0.00002), dollars(0.0), dollars(None)
    ('$1.50', '$0.0123', 'under $0.0001', '$0', 'cost unknown')
    """
    if usd is None:
        return "cost unknown"
    if 0 < usd < 0.0001:
        return "under $0.0001"
    return "$0" if usd == 0 else f"${usd:,.2f}" if usd >= 1 else f"${usd:.4f}"


def duration(seconds: float) -> str:
    """A time span in words, to the precision that matters.

    >>> duration(4.2), duration(95), duration(7400)
    ('4 s', '1 min 35 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def number_of(count: int, what: str) -> str:
    """A count with the word for what is counted.

    >>> number_of(1, "call"), number_of(1200, "call")
    ('1 call', '1,200 calls')
    """
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
