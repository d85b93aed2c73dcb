"""Works on one case in one transaction: takes in messages, records feedback, evaluates again.

The desk's answers to messages, feedback, re-evaluations and sweeps are defined here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from msp_rules.casework.case import UNKNOWN_EVENTS, Case, Event, Fault, Supply
from msp_rules.casework.consistency import ref_fields, seen_together
from msp_rules.casework.moments import Cutoff
from msp_rules.casework.plausible_dates import (
    ALLOWED_SKEW,
    live_by,
    with_possible_dates,
)
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.engine.engine import Engine
from msp_rules.engine.prompting import is_closed
from msp_rules.intake.live_events import CaseMessage, EventMessage, Message
from msp_rules.prompts.desk import DueSoon, advance
from msp_rules.prompts.documents import (
    fault_document,
)
from msp_rules.prompts.prompt import (
    DeskState,
    Prompt,
    PromptChange,
)
from msp_rules.prompts.store.case_reading import (
    CaseContents,
    changes_of_causes,
    events_of,
    for_evaluation,
    for_messages,
    lock_case,
)
from msp_rules.prompts.store.case_writing import CaseChanges, write_case
from msp_rules.prompts.store.history import CaseHistory, EventConflict
from msp_rules.prompts.store.redaction import Redaction, StoredEvent
from msp_rules.prompts.store.rows import (
    CaseRow,
    KeptChange,
    KnownMessage,
    find_case,
    message_digest,
)


class Status(StrEnum):
    """Names what was done with a message. Only a recorded one changes anything."""

    RECORDED = "recorded"
    ALREADY_KNOWN = "already_known"
    """It, or another message with the very same event, was received before."""
    CONFLICT = "conflict"
    """Its source and id were received before with another body."""
    EVENT_CONFLICT = "event_conflict"
    """Another content is held under the id of its event, and it is not marked as a correction."""
    REFUSED = "refused"
    """It could not be read."""
    STALE = "stale"
    """A snapshot that the host made before one that was taken already, or a correction that it
    recorded before what is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Tells what was done with a message, and what changed at the desk because of it."""

    status: Status
    """The fate of the message."""
    case: str | None
    """The id of the case; None where it could not be read."""
    kept: tuple[KeptChange, ...] = ()
    """The changes. Of a message that is already known, those that the host has not acknowledged:
    the same answer as the first time, if that got lost."""
    faults: tuple[Fault, ...] = ()
    """The faults of the message and of the whole case: what could not be read or judged."""
    warnings: tuple[Fault, ...] = ()
    """The events of the message that lie after `now`: they count from their own moment on."""

    @property
    def changes(self) -> tuple[PromptChange, ...]:
        """The changes alone, without the numbers by which they are acknowledged."""
        return tuple(one.change for one in self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reevaluation:
    """Tells what re-evaluating a case changed."""

    kept: tuple[KeptChange, ...]
    """The changes."""
    faults: tuple[Fault, ...]
    """The rules that could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """Tells what a sweep did."""

    reevaluated: int
    """The number of cases that were re-evaluated."""
    kept: tuple[KeptChange, ...]
    """The changes."""
    faults: tuple[Fault, ...]
    """The rules that could not be judged, and the cases that could not be read."""
    is_done: bool
    """True if no due case was left."""


_OTHER_BODY: Final = (
    "a message with this source and id was received before, with other content; nothing was "
    "changed: correct an event by a new message that supersedes it"
)


class ReceivedNothing(Exception):  # noqa: N818 - a signal inside this package, never seen outside
    """Undoes what was begun for messages that are not taken in; holds the answer to them."""

    def __init__(self, received: Received) -> None:
        self.received = received
        super().__init__()


class CaseWork:
    """Works on cases with one engine, in its caller's transactions; holds no state of its own."""

    def __init__(
        self,
        engine: Engine,
        vocabulary: Vocabulary,
        *,
        supply: Supply,
        due_soon: DueSoon,
        basis: str,
        skew: int = ALLOWED_SKEW,
    ) -> None:
        self._engine = engine
        self.redaction = Redaction(engine.ruleset, vocabulary)
        """Writes and reads what is kept of events."""
        self._refs = ref_fields(vocabulary.events)
        self._supply = supply
        self._due_soon = due_soon
        self._skew = skew
        self.basis = basis
        """The digest of all that answers depend on beside the record: a case that was last
        evaluated on another basis is due."""

    def receive(
        self, connection: Connection, messages: tuple[Message, ...], now: Cutoff
    ) -> Received:
        """Takes in messages of one case, and evaluates the case once.

        Raises ReceivedNothing where one of them is in conflict with what came before.
        """
        case_id = messages[0].case_id
        by_digest = {message_digest(message.key): message for message in messages}
        row = lock_case(connection, case_id, now.instant)
        contents = for_messages(connection, row, by_digest)
        known = contents.known
        if any(_differs(one, by_digest, known) for one in messages):
            fault = Fault(_OTHER_BODY, case=case_id)
            raise ReceivedNothing(Received(status=Status.CONFLICT, case=case_id, faults=(fault,)))
        if len(known) == len(by_digest):
            kept = changes_of_causes(connection, (one.number for one in known.values()))
            return Received(status=Status.ALREADY_KNOWN, case=case_id, kept=kept)
        row = replace(row, touched_at=max(row.touched_at, now.instant))
        new = {digest: one for digest, one in by_digest.items() if digest not in known}
        history, row = self._history(contents, row, new, now)
        writes = CaseChanges(
            row=row,
            made_at=now.instant,
            entries=history.new,
            corrected=history.corrected,
            is_caused=True,
        )
        is_about_case = any(isinstance(one, CaseMessage) for one in new.values())
        if not history.is_news and not is_about_case:
            write_case(connection, writes)
            status = Status.STALE if history.stale else Status.ALREADY_KNOWN
            return Received(status=status, case=case_id, faults=tuple(history.stale))
        reevaluation = self.reevaluate(connection, contents.state, history.events, now, writes)
        return Received(
            status=Status.RECORDED,
            case=case_id,
            kept=reevaluation.kept,
            faults=(*history.stale, *reevaluation.faults),
            warnings=tuple(
                found
                for message in messages
                if isinstance(message, EventMessage)
                for found in ahead_of(message.event, case_id, now)
            ),
        )

    def reevaluate(
        self,
        connection: Connection,
        before: DeskState,
        held: list[StoredEvent],
        now: Cutoff,
        writes: CaseChanges,
    ) -> Reevaluation:
        """Evaluates a case that is locked, and writes what the desk then knows with `writes`."""
        row = writes.row
        case, faults, possible_at = self._case(row, held, now)
        after, made = advance(self._engine, case, before, now, due_soon=self._due_soon)
        if possible_at is not None:
            moments = (possible_at, *(() if after.next_change is None else (after.next_change,)))
            after = replace(after, next_change=min(moments))
        is_over = is_closed(in_force(case, now))
        row = replace(known_after(row, after), basis=self.basis, is_closed=is_over)
        asked = changed_prompts(before, after)
        begun = changed_askings(before, after)
        writes = replace(writes, row=row, prompts=asked, askings=begun, changes=made)
        kept = write_case(connection, writes)
        return Reevaluation(kept=kept, faults=(*faults, *after.faults))

    def reevaluate_if_due(
        self, connection: Connection, case_id: str, now: Cutoff
    ) -> Reevaluation | None:
        """Re-evaluates a case if it is due; None where it is not."""
        row = find_case(connection, case_id, locks=True)
        if row is None or not self.is_due(row, now):
            return None
        contents = for_evaluation(connection, row)
        held = [one.event for one in contents.held if one.event is not None]
        writes = CaseChanges(row=row, made_at=now.instant)
        return self.reevaluate(connection, contents.state, held, now, writes)

    def held_case(
        self, connection: Connection, case_id: str, now: Cutoff
    ) -> tuple[Case, tuple[Fault, ...]] | None:
        """Reads a case as it is held, and what is wrong with it by now; None: nothing is held."""
        row = find_case(connection, case_id, locks=False)
        if row is None:
            return None
        held = events_of(connection, case_id)
        case, faults, _ = self._case(row, held, now)
        return case, faults

    def is_due(self, row: CaseRow, now: Cutoff) -> bool:
        """Says whether a case may have changed since the last evaluation."""
        has_come = row.next_change is not None and row.next_change <= now.instant
        return has_come or row.basis != self.basis

    def _history(
        self, contents: CaseContents, row: CaseRow, new: Mapping[str, Message], now: Cutoff
    ) -> tuple[CaseHistory, CaseRow]:
        """Adds messages, by their digests, to the history of a case and to its row."""
        history = CaseHistory.of(row.case_id, contents.held)
        try:
            for digest, message in new.items():
                history.add(message, digest, now.instant, self.redaction)
                if isinstance(message, CaseMessage):
                    row = self._said(row, message, digest, now)
        except EventConflict as conflict:
            status, faults = Status.EVENT_CONFLICT, (conflict.fault,)
            raise ReceivedNothing(
                Received(status=status, case=row.case_id, faults=faults)
            ) from None
        return history, row

    def _said(self, row: CaseRow, message: CaseMessage, digest: str, now: Cutoff) -> CaseRow:
        """Writes a message's facts about a case into its row, unless a newer one came first."""
        said = (now.instant if message.said_at is None else message.said_at, digest)
        if row.said is not None and said < row.said:
            return row
        return replace(
            row,
            said=said,
            attributes=self.redaction.redact_attributes(row.case_id, message.attributes),
            adult=self.redaction.redact_adult(row.case_id, message.adult),
            unread=tuple(one for one in row.unread if one == UNKNOWN_EVENTS),
        )

    def _case(
        self, row: CaseRow, kept: list[StoredEvent], now: Cutoff
    ) -> tuple[Case, tuple[Fault, ...], int | None]:
        """Reads the whole case as it is held, and says what is wrong with it by now.

        Gives also the first instant from which an event that lies too far ahead will be possible.
        """
        keeper = self.redaction
        lost = {name for name, _ in kept if not keeper.knows(name)}
        recalled = keeper.recall_events(row.case_id, [one for one in kept if one[0] not in lost])
        dates = live_by(self._engine.ruleset.settings.dates, now, self._skew)
        possible, misdated = with_possible_dates(recalled, dates)
        events, troubles = seen_together(possible, self._refs)
        case = Case(
            id=row.case_id,
            events=events,
            attributes=keeper.recall_attributes(row.case_id, row.attributes),
            adult=keeper.recall_adult(row.case_id, row.adult),
            supply=self._supply,
            unknown=frozenset(row.unread),
        )
        faults = [
            Fault(f"the vocabulary no longer has {name}, of which events are held", case=case.id)
            for name in sorted(lost)
        ]
        faults += [
            Fault(one.reason, case=case.id, event=one.event.id) for one in (*misdated, *troubles)
        ]
        ahead = [
            one.event.moment.instant - self._skew
            for one in misdated
            if one.event.moment is not None and one.event.moment.instant > dates.last_instant
        ]
        return case, tuple(faults), min(ahead) if ahead else None


def _differs(
    message: Message, together: Mapping[str, Message], known: Mapping[str, KnownMessage]
) -> bool:
    """Tells whether a message says another thing than one with its source and id.

    That is one which came before, or `together` with it. Version 0.1.0 kept the hash of what was
    written, and not of what it says.
    """
    digest = message_digest(message.key)
    before = known.get(digest)
    if before is not None and before.body not in (message.digest, message.earlier_digest):
        return True
    return together[digest].digest != message.digest


def ahead_of(event: Event, case_id: str, now: Cutoff) -> Iterator[Fault]:
    """Names the dates of a new event that lie after now, as one of a wrong clock does."""
    for name, moment in (("occurred", event.moment), ("recorded", event.recorded)):
        is_said_already = name == "recorded" and moment == event.moment
        if moment is not None and moment.instant > now.instant and not is_said_already:
            yield Fault(f"{name} of {event.type}: lies after now", case=case_id, event=event.id)


def changed_prompts(before: DeskState, after: DeskState) -> list[Prompt]:
    """Finds the prompts that are new, or not as they were before."""
    return [one for key, one in after.prompts.items() if before.prompts.get(key) != one]


def changed_askings(before: DeskState, after: DeskState) -> list[Prompt]:
    """Finds the prompts that were asked anew, and those that have ended."""
    return [
        one
        for key, one in after.prompts.items()
        if (old := before.prompts.get(key)) is None
        or (old.generation, old.ending) != (one.generation, one.ending)
    ]


def known_after(row: CaseRow, state: DeskState) -> CaseRow:
    """Writes into the row of a case when and with what result the desk has looked at it."""
    faults = tuple(fault_document(one) for one in state.faults)
    return replace(row, as_of=state.as_of, next_change=state.next_change, faults=faults)
