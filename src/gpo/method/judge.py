"""Knows which drafts become proposals: those that can be read, that no guard refuses and that do not move too far."""

from collections.abc import Sequence
from dataclasses import replace

from gpo.core.edits import words_changed
from gpo.core.events import Proposed, Refused
from gpo.core.lab import Lab
from gpo.core.update import Proposal, Update
from gpo.core.writing import Written
from gpo.method.guard import fingerprint, first_objection, over_step_size
from gpo.method.manner import Manner


class Judging:
    """Drafts are judged one by one as they come; `update` has those that pass as proposals.

    Those refused are told as events with their reason.
    """

    def __init__(self, update: Update, lab: Lab, how: Manner, made_by: str) -> None:
        self._update, self._lab, self._how, self._made_by = update, lab, how, made_by
        self._first: Written | None = None
        self._read = False

    @property
    def update(self) -> Update:
        """The update with all proposals so far; `unreadable` is set where not one of the drafts could be read."""
        first = (self._first.raw[:200] if self._first else "") or "nothing"
        return replace(self._update, unreadable="" if self._read else first)

    def take(self, draft: Written) -> None:
        """Judges one draft."""
        update, lab, how = self._update, self._lab, self._how
        self._first, self._read = self._first or draft, self._read or bool(draft.text)
        allowed = update.step_size.words if update.step_size else None
        unread, text = draft.text is None, how.tidy(draft.text or "")
        distance = words_changed(update.text, text)
        if reason := _objection(how, draft, text, update):
            lab.emit(Refused(lab.step, draft.raw if unread else text, reason, None if unread else distance, allowed))
            return
        prompt = update.child(text, self._made_by)
        if how.tells:
            lab.emit(Proposed(lab.step, prompt.id, prompt.shown, distance, allowed))
        if update.scored_whole:
            lab.foresee(prompt)
        proposals = (*update.proposals, Proposal(prompt, distance))
        self._update = replace(update, proposals=proposals, seen=update.seen | {fingerprint(prompt.text)})


def judge(update: Update, lab: Lab, how: Manner, drafts: Sequence[Written], made_by: str) -> Update:
    """The update with those of the drafts that pass as proposals."""
    judging = Judging(update, lab, how, made_by)
    for draft in drafts:
        judging.take(draft)
    return judging.update


def _objection(how: Manner, draft: Written, text: str, update: Update) -> str | None:
    if draft.text is None:
        return "truncated at the token limit" if draft.cut else "unreadable: no pair of tags"
    return first_objection(text, update, how.guards) or over_step_size(text, update.text, update.step_size)
