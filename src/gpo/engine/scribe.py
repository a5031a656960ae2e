"""Knows who is told what happened: observers at once, the journal with the step it belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gpo.core.events import Event, Observer, Warned


@dataclass(slots=True)
class Scribe:
    """Tells every event to the observers and keeps it until the step is saved."""

    observers: Sequence[Observer] = ()
    pending: list[Event] = field(default_factory=list[Event], kw_only=True)
    _warned: dict[str, None] = field(default_factory=dict[str, None], init=False)
    _step: int = field(default=0, init=False)

    def tell(self, event: Event) -> None:
        """Passes an event on and keeps it."""
        self.pending.append(event)
        self._step = getattr(event, "step", self._step)
        for observer in self.observers:
            observer(event)

    def warn(self, step: int, message: str) -> None:
        """Tells a warning, once however often it is given."""
        if message not in self._warned:
            self._warned[message] = None
            self.tell(Warned(step, message))

    def known(self, messages: Iterable[str]) -> None:
        """Takes warnings that an earlier sitting told, and that hold: they are not told again."""
        self._warned.update(dict.fromkeys(messages))

    def remark(self, message: str) -> None:
        """Tells a warning of whatever step is under way; for those who know of no steps."""
        self.warn(self._step, message)

    @property
    def warned(self) -> tuple[str, ...]:
        """All that was warned of in this sitting, and what is `known`."""
        return tuple(self._warned)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was warned of since the last `take`."""
        return tuple(event.message for event in self.pending if isinstance(event, Warned))

    def take(self) -> tuple[Event, ...]:
        """The events since the last call, oldest first."""
        events = tuple(self.pending)
        self.pending.clear()
        return events

    def forget(self) -> None:
        """Drops what happened in a step that was not finished: it will happen again when the run goes on."""
        self.pending.clear()
