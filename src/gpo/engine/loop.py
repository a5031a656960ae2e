"""Knows how a run proceeds: initialize or go on, step, save, stop, and at the end open the test set once."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from gpo.core.budget import ByRole, Spent
from gpo.core.errors import BudgetExhausted, ModelError, TooManyFailures
from gpo.core.events import Evaluated, RunFinished, RunStarted, Warned
from gpo.core.ledger import Ledger
from gpo.core.optimizer import Optimizer
from gpo.core.prompt import Prompt, Scored
from gpo.core.standings import beats
from gpo.engine.clock import Clock
from gpo.engine.evaluate import READY, Evaluator
from gpo.engine.foresight import Foreseen
from gpo.engine.kept import has_ended_with_another, keep, kept
from gpo.engine.lab import LiveLab
from gpo.engine.prospect import NO_VERDICT, Prospect
from gpo.engine.saved import Saved
from gpo.engine.scribe import Scribe
from gpo.engine.tested import Tested, tested
from gpo.engine.wrong import told_before
from gpo.search.select import best_of
from gpo.store.contract import Store
from gpo.store.state import decode, encode

T = TypeVar("T")
STOPPED_BY_USER = "asked to stop"
PATIENCE = 3
"""Failures of the optimizer model in one step, each after its repeats, that end a run."""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything one run needs, wired."""

    id: str
    optimizer: Optimizer[Any]
    lab: LiveLab = field(kw_only=True)
    evaluator: Evaluator = field(kw_only=True)
    store: Store = field(kw_only=True)
    scribe: Scribe = field(kw_only=True)
    ledger: Ledger = field(kw_only=True)
    clock: Clock = field(kw_only=True)
    algorithm: str = field(kw_only=True)
    foreseen: Foreseen = field(default=Foreseen(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. complete: the optimizer had nothing more to do."""

    best: Scored
    tested: Tested
    stopped_because: str = field(kw_only=True)
    complete: bool = field(kw_only=True)


async def walk(run: Run, warnings: Sequence[str] = ()) -> Outcome:
    """Runs to the end, or until the budget is gone; then the best prompt so far stands, and nothing is lost.

    warnings: what there is to say about the data and the settings; each is told once in a run.
    """
    try:
        with run.evaluator.silence.telling():
            done, state, aside = await _begin(run, warnings)
    except BudgetExhausted as limit:
        best = best_of(run.evaluator.whole or [Scored(run.lab.task.seed, 0.0, 0)])
        return Outcome(best, Tested(no_verdict=_prospect(run).unscored()), stopped_because=str(limit), complete=False)
    begun = state
    state, stopped, complete = await _search(run, done, begun, aside)
    run.scribe.forget()
    best = best_of([run.optimizer.best(state), *run.evaluator.whole])
    if (seed := run.evaluator.seed) and not beats(best, seed):  # nobody deploys another prompt for nothing
        best = seed
    if not complete and stopped != STOPPED_BY_USER and state is begun and not _has_tried(run):
        return Outcome(best, Tested(no_verdict=_prospect(run).untried()), stopped_because=stopped, complete=False)
    found = await _tested(run, best, stopped, aside, complete=complete)
    return Outcome(best, found, stopped_because=stopped, complete=complete and found.made)


async def _tested(run: Run, best: Scored, stopped: str, aside: ByRole, *, complete: bool) -> Tested:
    """What came of the test. aside: what was kept for it. complete: as of the search."""
    if stopped == STOPPED_BY_USER:
        return Tested(no_verdict="the run was stopped before its end")
    known, searched = _is_known(run, best), complete or best.prompt.id != run.lab.task.seed.id
    if not known and not _is_kept(run, aside) and (why := _prospect(run).untestable(searched=searched)):
        return Tested(no_verdict=why)
    if not known:
        keep(run.store, run.id, run.ledger.budget, aside or _prospect(run).test, begun=True)
    try:
        return await _within_time(run, _judge(run, best, known))
    except BudgetExhausted as limit:
        # Where the search had ended for the budget as well, why is said already.
        return Tested(no_verdict=_prospect(run).unfinished(f". {limit}" if complete else ""))


def _is_kept(run: Run, aside: ByRole) -> bool:
    """Whether what the test takes was kept: it is there, for a search leaves it alone, or an earlier sitting was in the
    middle of the test. Calls that had to be repeated since are left to the ledger.
    """
    lack = run.ledger.lacking(aside) if aside else None
    if lack is not None and lack.limit != "seconds":
        return True
    prospect = _prospect(run)
    plain = replace(prospect, tries=1.0, marks_each=float(round(prospect.marks_each))).test
    return bool(aside) and all(aside.get(role, Spent()).calls >= each.calls for role, each in plain.items())


async def _search(run: Run, done: int, state: Any, aside: ByRole) -> tuple[Any, str, bool]:
    """The last state, why it is the last, and whether the optimizer had nothing more to do."""
    try:
        with run.ledger.setting_aside(aside):
            while not (stopped := run.optimizer.finished(state) or _asked_to_stop(run)):
                state = await _step(run, done + 1, state, aside)
                done += 1
    except BudgetExhausted as limit:
        return state, str(limit), False
    return state, stopped, stopped != STOPPED_BY_USER


def _prospect(run: Run) -> Prospect:
    made = run.store.summary(run.id)
    of_task = [each for each in made if each.role == "task"]
    sent, repeated = sum(each.calls for each in of_task), sum(each.repeated for each in of_task)
    tries = sent / (sent - repeated) if sent > repeated else 1.0
    return Prospect(
        run.lab.task,
        run.ledger,
        clock=run.clock,
        calls_each=run.evaluator.most_calls,
        tries=tries,
        marks_each=_marks_each(run),
        ahead=READY * (run.evaluator.at_once or 0) if run.lab.task.judge else 0,
        foreseen=run.foreseen,
        answered={each.role: each.calls - each.failed - each.repeated - each.cancelled for each in made},
    )


def _marks_each(run: Run) -> float:
    """Calls of the judge model for one mark: as foreseen, or more where that showed."""
    sent = run.ledger.by_role.get("judge", Spent()) - run.ledger.before("judge")
    shown = sent.calls / run.evaluator.graded if run.evaluator.graded else 1.0
    return max(run.foreseen.marks_each, run.evaluator.marks_each, shown)


def _has_tried(run: Run) -> bool:
    """Whether a prompt other than the seed was scored, in this sitting or before."""
    scored = {event.prompt_id for event in run.store.events(run.id) if isinstance(event, Evaluated)}
    return bool(run.evaluator.whole) or bool(scored - {run.lab.task.seed.id})


def _asked_to_stop(run: Run) -> str:
    return STOPPED_BY_USER if run.store.stop_requested(run.id) else ""


async def _begin(run: Run, warnings: Sequence[str]) -> tuple[int, Any, ByRole]:
    """The last step done, the state after it, what is kept for the test; 0 and the scored seed prompt for a new run."""
    saved = run.store.last_state(run.id)
    steps, task = run.optimizer.steps, run.lab.task.name
    run.scribe.tell(RunStarted(run.id, task, run.algorithm, steps, saved[0] if saved else None))
    told = [event.message for event in run.store.events(run.id) if isinstance(event, Warned)]
    run.scribe.known(told_before(told))
    for message in warnings:
        if message not in told:
            run.scribe.tell(Warned(saved[0] if saved else 0, message))
    if saved:
        last = Saved.read(saved[1])
        run.evaluator.learned(last.calls_each, last.marks_each, last.seed)
        state = decode(run.optimizer.state_type, last.state)
        return saved[0], state, _kept(run, state, last.aside)
    foreseen = _prospect(run).objection(scored=False, searched=not steps)
    if foreseen:
        run.scribe.warn(0, foreseen)
    write_best(run, run.lab.task.seed)
    state = await _within_time(run, run.optimizer.init((run.lab.task.seed,), run.lab))
    for sign in run.evaluator.signs:
        run.scribe.warn(0, sign)
    run.evaluator.forget()
    aside = _aside(run, searched=bool(run.optimizer.finished(state)), told=foreseen)
    await _save(run, 0, state, aside)
    return 0, state, aside


def _kept(run: Run, state: Any, aside: ByRole) -> ByRole:
    """What is kept for the test where a run goes on: as much as before, or what another budget pays for.

    aside: what was kept when the state was saved. A better prompt that is there is tested, rather than that the budget
    goes to the search for another one.
    """
    before = kept(run.store, run.id)
    if before and before.holds(run.ledger.budget):
        return before.aside
    if aside and not before:
        return aside
    seed = run.lab.task.seed
    better = run.optimizer.best(state).prompt.id != seed.id or has_ended_with_another(run.store, run.id, seed)
    return _aside(run, searched=better or bool(run.optimizer.finished(state)))


def _aside(run: Run, *, searched: bool, told: str = "") -> ByRole:
    """What is kept for the test from now on; a warning says what is to be expected, unless the one told before did.

    searched: as of `Prospect.aside`.
    """
    prospect = _prospect(run)
    objection = prospect.objection(scored=True, searched=searched)
    worse = objection.startswith(NO_VERDICT) and not told.startswith(NO_VERDICT)
    if worse or (objection and not told):
        run.scribe.warn(run.lab.step, objection)
    aside = prospect.aside(searched=searched)
    keep(run.store, run.id, run.ledger.budget, aside)
    return aside


async def _step(run: Run, number: int, state: Any, aside: ByRole) -> Any:
    try:
        after = await _patiently(run, number, state, aside)
    finally:
        await run.evaluator.drop()
    run.evaluator.forget()
    await _save(run, number, after, aside)
    return after


async def _patiently(run: Run, number: int, state: Any, aside: ByRole) -> Any:
    """The state after a step, which is tried again where a model that has no rows to leave out failed in it.

    What was answered in the first attempt is known in the next one. Raises the failure of the last one.
    """
    told, failed = len(run.scribe.pending), run.evaluator.failed
    for _ in range(PATIENCE - 1):
        try:
            return await _within_time(run, run.optimizer.step(state, replace(run.lab, step=number)), aside)
        except ModelError as failure:
            if failure.fatal or isinstance(failure, TooManyFailures):
                raise
            del run.scribe.pending[told:]
            run.evaluator.failed = failed
            run.scribe.warn(number, f"step {number} is tried again, because a model failed in it: {failure}")
    return await _within_time(run, run.optimizer.step(state, replace(run.lab, step=number)), aside)


async def _save(run: Run, step: int, state: Any, aside: ByRole) -> None:
    saved = Saved(
        encode(state),
        run.clock.elapsed_s(),
        dict(aside),
        calls_each=run.evaluator.most_calls,
        marks_each=_marks_each(run),
        seed=run.evaluator.seed,
    )
    run.store.save_step(run.id, step, encode(saved), run.scribe.take())
    write_best(run, run.optimizer.best(state).prompt)
    await run.store.flush()


def write_best(run: Run, prompt: Prompt) -> None:
    """Puts the best prompt where the user finds it; its texts by name as well, where the names say something."""
    run.store.write_best(run.id, prompt.text, None if prompt.is_one_text else prompt.by_name)


def _is_known(run: Run, best: Scored) -> bool:
    """Whether an earlier sitting gave the verdict on this prompt: its answers are kept, to look again costs nothing."""
    ends = (event for event in run.store.events(run.id) if isinstance(event, RunFinished) and event.verdict)
    known_as = (best.prompt.shown, best.prompt.text)  # stores that were written before texts were shown by name
    return any(event.best_prompt in known_as for event in ends)


async def _judge(run: Run, best: Scored, known: bool) -> Tested:
    """Seed against best on the sealed test set. Also where nothing better was found.

    To look again at a verdict that is known is no further opening, nor is a test that was broken off: nobody saw it.
    """
    task = run.lab.task
    prompts = (task.seed,) if best.prompt.id == task.seed.id else (task.seed, best.prompt)
    evaluations = await run.lab.evaluate(prompts, task.splits.test)
    openings = 0 if known else run.store.open_test(run.id)
    if openings > 1:
        again = f"the test set is opened for the {_ordinal(openings)} time in this run: each look makes it less new"
        run.scribe.tell(Warned(run.lab.step, again))
    return tested(evaluations)


def _ordinal(number: int) -> str:
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


async def _within_time(run: Run, work: Coroutine[Any, Any, T], aside: ByRole | None = None) -> T:
    """What the work gives back in time. aside: what is kept for later, which takes its time as well."""
    return await run.clock.within(work, _prospect(run).seconds(aside or {}))
