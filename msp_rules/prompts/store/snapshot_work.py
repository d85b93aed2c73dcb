"""Takes in a snapshot of a case in one transaction: finds what differs from what is held.

An event of a snapshot lies in a row of its own, which its id finds again: another content is a
correction, an id that is missing is void and its content is removed, one that comes back is
restored. The row keeps when the event was first seen for as long as the case is held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import orjson
from sqlalchemy import Connection

from msp_rules.casework.case import UNKNOWN_EVENTS, Event, Fault
from msp_rules.casework.moments import Cutoff, iso_instant
from msp_rules.intake.snapshot import Snapshot
from msp_rules.prompts.documents import Document, read, read_part
from msp_rules.prompts.store.case_reading import CaseContents, for_snapshot, lock_case
from msp_rules.prompts.store.case_writing import CaseChanges, EntryChange, write_case
from msp_rules.prompts.store.redaction import FIRST_SEEN, StoredEvent
from msp_rules.prompts.store.rows import CaseRow, HeldEntry, MessageEntry, read_document
from msp_rules.prompts.store.transactions import CaseWork, Received, Status, ahead_of

_STALE: Final = "the host made this snapshot before one that was taken already; nothing was changed"


@dataclass(frozen=True, slots=True)
class _Place:
    """Says where an event of a snapshot is held."""

    slot: str
    row: HeldEntry | None
    others: list[HeldEntry]
    """The entries that hold an event of its id, and are none of the snapshot's own."""


@dataclass(slots=True)
class _Difference:
    """Gathers the rows that a snapshot changes, and the history that results."""

    changed: list[EntryChange] = field(default_factory=list)
    new: list[MessageEntry] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)

    def change(self, one: HeldEntry, event: StoredEvent | None) -> None:
        """Replaces the event of a row, or removes it."""
        assert one.number is not None
        self.changed.append(EntryChange(one.number, event))

    def add(self, slot: str, event: StoredEvent | None, first_seen: int) -> None:
        """Adds a row for an event that was first seen at an instant."""
        self.new.append(MessageEntry(slot, slot, first_seen, event))


class SnapshotWork:
    """Takes in snapshots with one engine, in its caller's transactions."""

    def __init__(self, work: CaseWork) -> None:
        self._work = work

    def take(self, connection: Connection, snapshot: Snapshot, now: Cutoff) -> Received:
        """Takes in a snapshot, and evaluates its case if it says anything new."""
        case_id = snapshot.case.id
        row = lock_case(connection, case_id, now.instant)
        if row.snapshot_at is not None and snapshot.at < row.snapshot_at:
            fault = Fault(_STALE, case=case_id)
            return Received(status=Status.STALE, case=case_id, faults=(fault,))
        row = replace(row, touched_at=max(row.touched_at, now.instant), snapshot_at=snapshot.at)
        said = self._said(row, snapshot)
        contents = for_snapshot(connection, row)
        found = self._difference(contents, snapshot, now)
        is_same = replace(said, said=row.said) == row and row.as_of is not None
        if is_same and not (found.changed or found.new):
            write_case(connection, CaseChanges(row=said, made_at=now.instant))
            return Received(status=Status.ALREADY_KNOWN, case=case_id, faults=snapshot.faults)
        writes = CaseChanges(
            row=said, made_at=now.instant, entries=found.new, corrected=found.changed
        )
        done = self._work.reevaluate(connection, contents.state, found.events, now, writes)
        return Received(
            status=Status.RECORDED,
            case=case_id,
            kept=done.kept,
            faults=(*snapshot.faults, *done.faults),
            warnings=tuple(
                one for event in snapshot.case.events for one in ahead_of(event, case_id, now)
            ),
        )

    def _said(self, row: CaseRow, snapshot: Snapshot) -> CaseRow:
        """Writes what a snapshot says about the case and the adult into the case's row.

        Where the host named what it says, a group of facts that is missing as a whole was not
        said: a role may not see the adult's form. What a message said later than the host made the
        snapshot stays.
        """
        case, keeper = snapshot.case, self._work.redaction
        unread = {one for one in case.unknown if one == UNKNOWN_EVENTS}
        is_later = row.said is not None and row.said[0] > snapshot.at
        for owner, facts in (("case", case.attributes), ("adult", case.adult)):
            doubted = {one for one in case.unknown if one.startswith(f"{owner}.")}
            if is_later or not (snapshot.is_whole or facts or doubted):
                unread |= {one for one in row.unread if one.startswith(f"{owner}.")}
                continue
            unread |= doubted
            row = replace(row, said=(snapshot.at, ""))
            if owner == "case":
                row = replace(row, attributes=keeper.redact_attributes(case.id, facts))
            else:
                row = replace(row, adult=keeper.redact_adult(case.id, facts))
        return replace(row, unread=tuple(sorted(unread)))

    def _difference(self, contents: CaseContents, snapshot: Snapshot, now: Cutoff) -> _Difference:
        """Compares the events of a snapshot with those that are held."""
        case_id = snapshot.case.id
        slots = {one.message: one for one in contents.held}
        by_id: dict[str, list[HeldEntry]] = {}
        for one in contents.held:
            if one.event is not None:
                by_id.setdefault(read(one.event[1], "id", str), []).append(one)
        found = _Difference()
        for event_id, events in _by_id(snapshot.case.events).items():
            own = [_slot(case_id, event_id, number) for number in range(len(events))]
            others = [one for one in by_id.pop(event_id, ()) if one.message not in own]
            for event, slot in zip(events, own, strict=True):
                self._put(found, snapshot, event, _Place(slot, slots.get(slot), others), now)
                others = []
        gone = _gone(contents, by_id, snapshot)
        for event_id, rows in by_id.items():
            if event_id not in gone:
                found.events += [one.event for one in rows if one.event is not None]
                continue
            for one in rows:
                found.change(one, None)
            slot = _slot(case_id, event_id)
            if slot not in slots:
                # Its row goes on saying when the event was first seen, if it ever comes back.
                found.add(slot, None, min(one.received_at for one in rows))
        return found

    def _put(
        self,
        found: _Difference,
        snapshot: Snapshot,
        event: Event,
        place: _Place,
        now: Cutoff,
    ) -> None:
        """Puts an event into its row; what came as a live event under its id gives way to it."""
        case_id, row = snapshot.case.id, place.row
        known = [*place.others, *(() if row is None else (row,))]
        first_seen = min((one.received_at for one in known), default=now.instant)
        before = next((one.event for one in reversed(known) if one.event is not None), None)
        document = self._work.redaction.redact_event(case_id, event)
        if event.recorded == event.moment:
            document[FIRST_SEEN] = iso_instant(first_seen)
        _keep_unsaid(document, event.type, before, snapshot)
        kept = (event.type, document)
        found.events.append(kept)
        for one in place.others:
            found.change(one, None)
        if row is None:
            found.add(place.slot, kept, first_seen)
        elif row.event != kept:
            found.change(row, kept)


def _gone(
    contents: CaseContents, missing: Mapping[str, list[HeldEntry]], snapshot: Snapshot
) -> frozenset[str]:
    """Finds the ids that are held, and that the host would have said if they were there."""
    case_id = snapshot.case.id
    gone = set[str]()
    live = set[str]()
    for event_id, rows in missing.items():
        kinds = {one.event[0] for one in rows if one.event is not None}
        if not all(map(snapshot.says.has_type, kinds)):
            continue
        slot = _slot(case_id, event_id)
        if all(one.message != slot for one in rows):
            if any(one.received_at > snapshot.at for one in rows):
                continue  # it came in after the host had made the snapshot
            live.add(event_id)
        gone.add(event_id)
    if live:
        gone -= live & _handed_out(contents)
    return frozenset(gone)


def _keep_unsaid(
    document: Document, event_type: str, before: StoredEvent | None, snapshot: Snapshot
) -> None:
    """Keeps the fields of a held event that the host does not say in this snapshot."""
    says = snapshot.says
    if before is None or before[0] != event_type or not says.has_type(event_type):
        return
    fields = dict(read_part(document, "fields"))
    unsaid = {
        name: value
        for name, value in read_part(before[1], "fields").items()
        if name not in fields and not says.has_field(event_type, name)
    }
    if unsaid:
        document["fields"] = fields | unsaid


def _handed_out(contents: CaseContents) -> set[str]:
    """Finds the explanations that feedback made: the host may not have recorded them yet."""
    explanations = (explanation for _, explanation in contents.feedback)
    return {read(read_document(one), "id", str) for one in explanations if one is not None}


def _by_id(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Groups the events of a snapshot; a mapping may give an id to several, all then in doubt."""
    found = dict[str, list[Event]]()
    for event in events:
        found.setdefault(event.id, []).append(event)
    return found


def _slot(case_id: str, event_id: str, number: int = 0) -> str:
    """Hashes the id of an event into the column in which a message has its source and id.

    Three parts, where those of a message are two: so no message has the same. `number` counts the
    events that share an id; the first has none.
    """
    parts = ["snapshot", case_id, event_id, *([number] if number else ())]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()
