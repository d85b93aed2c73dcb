"""What is done to one case in one transaction: a message taken in, feedback heard, a look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, insert, select

from msp_rules.casework.case import Case, Event, Fault, Supply
from msp_rules.casework.moment import Cutoff
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import Vocabulary
from msp_rules.casework.whole_case import ref_fields, seen_together
from msp_rules.engine.engine import Engine
from msp_rules.intake.cloud_events import CaseMessage, EventMessage, Message
from msp_rules.prompts.asking import DueSoon, is_closed
from msp_rules.prompts.desk import advance
from msp_rules.prompts.feedback import hear
from msp_rules.prompts.memory.database import Overtaken
from msp_rules.prompts.memory.desk_states import (
    KeptChange,
    changes_of_cause,
    keep_changes,
    keep_state,
    state_of,
)
from msp_rules.prompts.memory.documents import (
    explanation_document,
    explanation_of,
    feedback_document,
)
from msp_rules.prompts.memory.failures import FeedbackConflict
from msp_rules.prompts.memory.histories import (
    CaseRow,
    Document,
    KnownMessage,
    add_entry,
    events_of,
    find_case,
    find_message,
    message_digest,
    open_case,
    read_json,
    update_case,
    write_json,
)
from msp_rules.prompts.memory.tables import feedback as feedback_table
from msp_rules.prompts.memory.withholding import Withholding
from msp_rules.prompts.prompt import Feedback, HeardAs, PromptChange


class Status(StrEnum):
    """What became of a message.

    `already_known`: it, or another message with the very same event, was received before.
    `conflict`: its source and id, but not its body, were. `refused`: it could not be read. In these
    three nothing changes.
    """

    RECORDED = "recorded"
    ALREADY_KNOWN = "already_known"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a message, and what changed at the desk because of it.

    Of a message that is already known, `kept` holds those of its changes that the host has not
    acknowledged: the same answer as the first time, if that got lost. `faults` names what could not
    be read or judged, in the message and in the whole case.
    """

    status: Status
    case: str | None
    kept: tuple[KeptChange, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def changes(self) -> tuple[PromptChange, ...]:
        """The changes alone, without the numbers by which they are acknowledged."""
        return tuple(one.change for one in self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardFeedback:
    """What became of a feedback, and the event that the host is to record because of it, if any.

    Heard again, it gives the same answer, but for `heard_as`.
    """

    heard_as: HeardAs
    explanation: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The changes that a look at a case brought about, and what could not be judged."""

    kept: tuple[KeptChange, ...]
    faults: tuple[Fault, ...]


_OTHER_BODY: Final = (
    "a message with this source and id was received before, and said something else; nothing was "
    "changed: correct an event by a new message that supersedes it"
)
_OTHER_FEEDBACK: Final = (
    "a feedback with this id was heard before on this case, and said something else; "
    "nothing was changed"
)


class CaseWork:
    """Work on cases by one engine; holds no state of its own.

    `basis` is the digest of all that answers hang on beside the record: where a case was last
    looked at on another basis, it is due for a look.
    """

    def __init__(
        self,
        engine: Engine,
        vocabulary: Vocabulary,
        *,
        supply: Supply,
        due_soon: DueSoon,
        basis: str,
    ) -> None:
        self._engine = engine
        self._withholding = Withholding(engine.ruleset, vocabulary)
        self._refs = ref_fields(vocabulary.events)
        self._supply = supply
        self._due_soon = due_soon
        self.basis = basis

    def take(self, connection: Connection, message: Message, now: Cutoff) -> Received:
        """Takes a message in, and looks at its case."""
        digest = message_digest(message.key)
        known = find_message(connection, digest)
        if known is not None:
            return self._again(connection, message, known)
        row = open_case(connection, message.case_id, now.instant)
        if find_message(connection, digest) is not None:
            raise Overtaken  # another process took it in while this one waited for the case
        row = replace(row, touched_at=max(row.touched_at, now.instant))
        event = None
        if isinstance(message, EventMessage):
            event = self._new_event(connection, message)
        else:
            row = self._said(row, message, digest, now)
        number = add_entry(
            connection,
            row.case_id,
            message=digest,
            body=message.digest,
            received_at=now.instant,
            event=event,
        )
        if event is None and isinstance(message, EventMessage):
            update_case(connection, row.case_id, touched_at=row.touched_at)
            return Received(status=Status.ALREADY_KNOWN, case=row.case_id)
        looked = self.look(connection, row, now, cause=number)
        return Received(
            status=Status.RECORDED, case=row.case_id, kept=looked.kept, faults=looked.faults
        )

    def look(
        self, connection: Connection, row: CaseRow, now: Cutoff, *, cause: int | None
    ) -> Looked:
        """Looks at a case whose row is locked, and keeps what the desk then knows."""
        case, faults = self._case(connection, row)
        before = state_of(connection, row)
        after, made = advance(self._engine, case, before, now, due_soon=self._due_soon)
        keep_state(
            connection,
            before,
            after,
            basis=self.basis,
            is_closed=is_closed(in_force(case, now)),
            touched_at=row.touched_at,
            **_said_columns(row),
        )
        kept = keep_changes(connection, row.case_id, made, cause=cause, made_at=now.instant)
        return Looked(kept=kept, faults=(*faults, *after.faults))

    def look_if_due(self, connection: Connection, case_id: str, now: Cutoff) -> Looked | None:
        """Looks at a case if its moment has come; None where it has not (any more)."""
        row = find_case(connection, case_id, locks=True)
        if row is None or not self.is_due(row, now):
            return None
        return self.look(connection, row, now, cause=None)

    def is_due(self, row: CaseRow, now: Cutoff) -> bool:
        """Whether a case may stand otherwise than at the last look."""
        has_come = row.next_change is not None and row.next_change <= now.instant
        return has_come or row.basis != self.basis

    def hear(self, connection: Connection, feedback: Feedback) -> HeardFeedback:
        """Keeps a feedback and what it does to its prompt."""
        row = find_case(connection, feedback.key.case, locks=True)
        if row is None:
            return HeardFeedback(heard_as=HeardAs.UNKNOWN)
        content = write_json(feedback_document(feedback))
        earlier = connection.execute(
            select(feedback_table.c.content, feedback_table.c.explanation).where(
                feedback_table.c.case_id == row.case_id,
                feedback_table.c.feedback_id == feedback.id,
            )
        ).first()
        if earlier is not None:
            if earlier[0] != content:
                raise FeedbackConflict(_OTHER_FEEDBACK)
            found = None if earlier[1] is None else explanation_of(read_json(earlier[1]))
            return HeardFeedback(heard_as=HeardAs.REPEATED, explanation=found)
        before = state_of(connection, row)
        after, heard_as, explanation = hear(self._engine.ruleset, before, feedback)
        if heard_as is HeardAs.UNKNOWN:
            return HeardFeedback(heard_as=heard_as)
        handed = None if explanation is None else write_json(explanation_document(explanation))
        connection.execute(
            insert(feedback_table).values(
                case_id=row.case_id,
                feedback_id=feedback.id,
                heard_as=heard_as.value,
                content=content,
                explanation=handed,
            )
        )
        touched = max(row.touched_at, feedback.at.instant)
        keep_state(connection, before, after, touched_at=touched)
        return HeardFeedback(heard_as=heard_as, explanation=explanation)

    def _again(self, connection: Connection, message: Message, known: KnownMessage) -> Received:
        if known.body != message.digest:
            fault = Fault(_OTHER_BODY, case=message.case_id)
            return Received(status=Status.CONFLICT, case=message.case_id, faults=(fault,))
        return Received(
            status=Status.ALREADY_KNOWN,
            case=known.case_id,
            kept=changes_of_cause(connection, known.number),
        )

    def _new_event(
        self, connection: Connection, message: EventMessage
    ) -> tuple[str, Document] | None:
        """The type and content to keep of an event; None where the history holds just that."""
        event = message.event
        kept = event.type, self._withholding.keep_event(message.case_id, event)
        # Another event under the same id is kept: as in an export, both are then in doubt.
        return None if kept in events_of(connection, message.case_id) else kept

    def _said(self, row: CaseRow, message: CaseMessage, digest: str, now: Cutoff) -> CaseRow:
        """The row of a case with what a message says of it, if no newer one has spoken."""
        said = (now.instant if message.said_at is None else message.said_at, digest)
        if row.said is not None and said < row.said:
            return row
        return replace(
            row,
            said=said,
            attributes=self._withholding.keep_attributes(row.case_id, message.attributes),
            adult=self._withholding.keep_adult(row.case_id, message.adult),
        )

    def _case(self, connection: Connection, row: CaseRow) -> tuple[Case, tuple[Fault, ...]]:
        """The whole case as it is held, and what is wrong with it."""
        keeper = self._withholding
        kept = events_of(connection, row.case_id)
        lost = {name for name, _ in kept if not keeper.knows(name)}
        recalled = keeper.recall_events(row.case_id, [one for one in kept if one[0] not in lost])
        events, troubles = seen_together(recalled, self._refs)
        case = Case(
            id=row.case_id,
            events=events,
            attributes=keeper.recall_attributes(row.case_id, row.attributes),
            adult=keeper.recall_adult(row.case_id, row.adult),
            supply=self._supply,
        )
        faults = [
            Fault(f"the vocabulary no longer has {name}, of which events are held", case=case.id)
            for name in sorted(lost)
        ]
        faults += [Fault(reason, case=case.id, event=event.id) for event, reason in troubles]
        return case, tuple(faults)


def _said_columns(row: CaseRow) -> dict[str, object]:
    return {
        "attributes": write_json(row.attributes) if row.attributes else None,
        "adult": write_json(row.adult) if row.adult else None,
        "said_at": None if row.said is None else row.said[0],
        "said_by": None if row.said is None else row.said[1],
    }
