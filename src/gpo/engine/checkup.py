"""Knows whether a run could begin: its data, its prices, its models with one tiny question each. Keeps nothing."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from gpo.core.budget import Budget
from gpo.core.chat import Message, Reply, Request, Sampling
from gpo.core.errors import GPOError, ModelNotFound, ModelRefused
from gpo.core.ledger import Ledger
from gpo.core.task import Example, Judge, Task
from gpo.engine.config import RunConfig
from gpo.engine.remarks import few_rows, judge_notes, metric_said, no_answers, seed_notes
from gpo.engine.texts import Texts, texts
from gpo.method.manner import Manner
from gpo.models.account import CallRecord
from gpo.models.available import listed_at, meant, some_of
from gpo.models.connect import Connection, connect, connect_embedder
from gpo.models.endpoints import Endpoint, Reached
from gpo.models.hub import hub_file, where
from gpo.models.prices import FREE, how_to_set, price_of, source_of
from gpo.models.providers import BY_NAME, parted
from gpo.optimizers.catalog import build
from gpo.tasks.load import load_task
from gpo.tasks.settle import LoadedTask

Mark = Literal["fine", "note", "wrong"]
Said = tuple[Mark, str]
QUESTION = Request((Message("user", "Answer with the word yes."),), Sampling(max_tokens=16))
ROOM = {
    "task": "A row that is answered so has no score: raise max_tokens (--answer-tokens), or choose a reasoning_effort "
    "(--reasoning-effort), with which thoughts get room of their own",
    "optimizer": "It would write no prompts so: choose an optimizer_reasoning_effort (--optimizer-reasoning-effort), "
    "with which thoughts get room of their own, or name another model (--optimizer-model)",
}
"""What helps a model that thinks until it is cut, by role."""
SUM = Example("sum", "2 + 2 =", ("4",))
"""What a judge is asked to mark, with the right answer."""
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. code: what the command line returns for it: 0 fine, 1 no answer, 2 to be mended."""

    what: str
    mark: Mark
    said: str
    code: int = field(default=0, kw_only=True)


class Unrecorded:
    """A journal that keeps nothing."""

    def record(self, call: CallRecord) -> None:
        """Nothing."""

    def secure(self) -> None:
        """Nothing."""


async def checkup(config: RunConfig, *, asks: bool = True) -> tuple[Finding, ...]:
    """What is right and what is wrong with everything a run of these settings needs. asks: whether models are called.

    Raises nothing that it can tell instead.
    """
    found, task, models = list[Finding](), None, config.models(None)
    try:
        loaded = load_task(config.task)
        task = loaded.task
        found += _task(config, loaded)
        models = config.models(task)
    except GPOError as error:
        found.append(wrong("judge" if task else "data", error))
    found += (_price(model, config, models) for model in dict.fromkeys(models.values()))
    for role, model in models.items():
        found.append(await _role(role, model, config, task, asks=asks))
    return tuple(found)


def wrong(what: str, error: GPOError) -> Finding:
    """A finding of what an error says."""
    return Finding(what, "wrong", str(error), code=error.exit_code)


def _task(config: RunConfig, loaded: LoadedTask) -> Iterable[Finding]:
    yield _rows(loaded)
    yield from (Finding("data", "note", warning) for warning in (*_of_models(config, loaded), *_notes(loaded)))
    try:
        optimizer = build(config.algorithm, loaded.task, config.options)
    except GPOError as error:
        yield wrong("algorithm", error)
    else:
        yield Finding("algorithm", "fine", f"{config.algorithm}, {optimizer.steps} steps at most")


def _of_models(config: RunConfig, loaded: LoadedTask) -> tuple[str, ...]:
    return (*no_answers(config), *judge_notes(config, loaded.task))


def _notes(loaded: LoadedTask) -> tuple[str, ...]:
    return (*seed_notes(loaded), *loaded.warnings, *few_rows(loaded.task))


def _rows(loaded: LoadedTask) -> Finding:
    splits = loaded.task.splits
    sizes = f"{len(splits.train)} rows to learn from, {len(splits.selection)} to select, {len(splits.test)} to test"
    return Finding("data", "fine", f"{loaded.task.name}: {sizes}; {metric_said(loaded.task)}")


def _price(model: str, config: RunConfig, models: Mapping[str, str]) -> Finding:
    what, price = f"price of {model}", price_of(model, config.prices)
    if price is None:
        lacking = f"unknown. {how_to_set(model)}"
        roles = [role for role, named in models.items() if named == model]
        if all(limits.usd is None for role in roles for limits in config.budget.of(role)):
            return Finding(what, "note", f"{lacking}, or dollars are not counted")
        return Finding(what, "wrong", f"{lacking}; without it max_usd cannot be kept", code=2)
    if price == FREE:
        return Finding(what, "fine", "none: it runs on your machine")
    cached = "" if price.cached_usd is None else f", ${price.cached_usd:g} for cached ones"
    usd = f"${price.prompt_usd:g} and ${price.completion_usd:g} per million tokens{cached}"
    return Finding(what, "fine", f"{usd} ({source_of(model, config.prices)})")


async def _role(role: str, model: str, config: RunConfig, task: Task | None, *, asks: bool) -> Finding:
    what = f"{role} model {model}"
    if _is_still_on_the_hub(model):
        return Finding(what, "note", f"not on this machine yet: a run fetches it first, or `gpo models get {model}`")
    connection = Connection(
        Ledger(Budget()),
        None,
        journal=Unrecorded(),
        max_retries=0,
        endpoints=config.endpoints,
        timeout_s=min(config.timeout_s, LONGEST_S),
        efforts=config.efforts,
        prices=config.prices,
    )
    try:
        if role == "embedding":
            ask = _embedding(model, connection)
        elif role == "judge" and task and task.judge:
            ask = _judge(model, task.judge, connection, texts(config.own_texts))
        else:
            ask = _chat(model, role, task, connection)
        if not asks:
            return Finding(what, *await _listed(model, connection.endpoints[role]))
        return Finding(what, *await ask())
    except ModelRefused as error:
        near = await _meant(model, connection.endpoints[role]) if isinstance(error, ModelNotFound) else ""
        return Finding(what, "wrong", f"{error} {near}".rstrip(), code=error.exit_code)
    except GPOError as error:
        return wrong(what, error)
    finally:
        await connection.aclose()


def _is_still_on_the_hub(model: str) -> bool:
    provider, name = parted(model)
    try:
        return provider == "hf" and where(hub_file(name)) is None
    except GPOError:
        return False  # it is no name of a file, which will be told where it is connected


def _chat(model: str, role: str, task: Task | None, connection: Connection) -> Callable[[], Awaitable[Said]]:
    """The question to a model, which is connected now. Raises ConfigError where it cannot be."""
    asked = connect(model, role, connection)

    async def ask() -> Said:
        started = time.monotonic()
        reply = await asked.complete(_question(role, task))
        return _answered(reply, _taken(connection, started), ROOM[role] if task else "")

    return ask


def _question(role: str, task: Task | None) -> Request:
    """The question, to be answered with the settings of a run: as rows are, or as prompts are written."""
    if task is None:
        return QUESTION
    how = Manner()
    writes = Sampling(temperature=how.temperature, max_tokens=how.room(task.seed.text), seed=1)
    return replace(QUESTION, sampling=replace(task.sampling, n=1) if role == "task" else writes)


def _answered(reply: Reply, taken: str, room: str) -> Said:
    """What to make of an answer. taken: what it took; room: what helps a model that was still thinking."""
    if said := " ".join(reply.texts[0].split())[:40]:
        return "fine", f'answered "{said}" {taken}'
    if reply.is_cut(0):
        return "note", f"answered nothing yet {taken}: it was still thinking. {room}".rstrip(". ")
    return "note", f"answered with an empty text {taken}"


def _taken(connection: Connection, started: float) -> str:
    """What the question took: its time, tokens and dollars."""
    spent, took = connection.ledger.total, time.monotonic() - started
    usd = f", ${spent.usd:.6f}" if spent.usd else ""
    return f"in {took:.2f} s ({spent.tokens} tokens{usd})"


def _judge(model: str, judge: Judge, connection: Connection, read: Texts) -> Callable[[], Awaitable[Said]]:
    """The same for a judge, which marks the right answer to a sum: what matters is that its mark can be read."""
    grade = judge.grader(connect(model, "judge", connection), read)

    async def ask() -> Said:
        started = time.monotonic()
        mark = await grade(SUM.target, SUM)
        return "fine", f'marked "{SUM.input} {SUM.target}" with {mark.score:.2f} {_taken(connection, started)}'

    return ask


def _embedding(model: str, connection: Connection) -> Callable[[], Awaitable[Said]]:
    """The same for an embedding model."""
    embed = connect_embedder(model, connection)

    async def ask() -> Said:
        started = time.monotonic()
        (vector,) = await embed(("yes",))
        return "fine", f"{len(vector)} numbers for a text in {time.monotonic() - started:.2f} s"

    return ask


async def _listed(model: str, endpoint: Endpoint) -> Said:
    """What is known of a model that is not asked: whether its provider, which is asked, lists it. Raises GPOError.

    One that is not listed is doubtful, not wrong: some providers answer for more models than they list.
    """
    provider, name = parted(model)
    if provider not in BY_NAME or BY_NAME[provider].speaks == "azure":
        return "fine", "not asked; nothing is known to be lacking"
    try:
        names = await listed_at(Reached(BY_NAME[provider], endpoint), LONGEST_S)
    except ModelRefused as error:
        if isinstance(error, ModelNotFound):
            return "note", "not asked; its provider answers, but lists no models"
        raise
    if name in names:
        return "fine", "not asked; its provider lists it"
    return "note", f"not asked; its provider answers, but does not list it ({some_of(names)})"


async def _meant(model: str, endpoint: Endpoint) -> str:
    """What may be meant by a model that its provider does not know."""
    provider, name = parted(model)
    return await meant(name, Reached(BY_NAME[provider], endpoint), LONGEST_S) if provider in BY_NAME else ""
