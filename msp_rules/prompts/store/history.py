"""Adds messages to the history of a case: what is new, what corrects, what is in conflict.

An event that comes under an id that is held is known where it says the same, a correction where its
host says that it may be one, and else a conflict: two contents under one id would leave both in
doubt, and so withdraw each prompt that rests on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from msp_rules.casework.case import Fault
from msp_rules.intake.live_events import EventMessage, Message
from msp_rules.prompts.documents import Document, read
from msp_rules.prompts.store.case_writing import EntryChange
from msp_rules.prompts.store.redaction import (
    FIRST_SEEN,
    Redaction,
    StoredEvent,
    is_recorded_before,
    says_the_same,
)
from msp_rules.prompts.store.rows import HeldEntry, MessageEntry

_CONFLICT: Final = (
    "data.id: another event with this id, but other content, is held; nothing was changed: mark "
    "the message as a correction (mspcorrection), or send one with an id of its own that supersedes"
)
_OLDER: Final = "data.recorded: lies before that of the event which is held; nothing was changed"


class EventConflict(Exception):  # noqa: N818 - a signal inside this package, never seen outside
    """An event id that is held with other content; nothing of the call is to be kept."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__()


class HeldEvent(NamedTuple):
    """An event that a case holds."""

    number: int | None
    """The number of its entry in the history; None where that is not written yet."""
    event: StoredEvent
    """The event."""

    @property
    def id(self) -> str:
        """The id of the event."""
        return read(self.event[1], "id", str)


@dataclass(slots=True)
class CaseHistory:
    """Holds the events of a case while messages are added, and what they change."""

    case_id: str
    """The id of the case."""
    held: list[HeldEvent]
    """The events that stand, with those that were added, in the order in which they came."""
    new: list[MessageEntry] = field(default_factory=list)
    """The entries to add, one for each message."""
    stale: list[Fault] = field(default_factory=list)
    """The corrections that are older than what is held."""
    corrected: list[EntryChange] = field(default_factory=list)
    """The entries whose events were corrected."""
    is_news: bool = False
    """True where any message said something new about an event."""
    # A history of thousands must not be gone through for each message.
    _by_id: dict[str, list[HeldEvent]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Finds events by their ids."""
        for one in self.held:
            self._by_id.setdefault(one.id, []).append(one)

    @classmethod
    def of(cls, case_id: str, entries: Iterable[HeldEntry]) -> Self:
        """Begins with the entries of a history."""
        held = [HeldEvent(one.number, one.event) for one in entries if one.event is not None]
        return cls(case_id, held)

    @property
    def events(self) -> list[StoredEvent]:
        """The events as they stand now, in the order in which they came."""
        return [one.event for one in self.held]

    def add(self, message: Message, digest: str, now: int, redaction: Redaction) -> None:
        """Adds a message; raises EventConflict where its event can't be taken in."""
        event = self._event(message, redaction) if isinstance(message, EventMessage) else None
        self.new.append(MessageEntry(digest, message.digest, now, event))
        if event is None:
            return
        self.is_news = True
        one = HeldEvent(None, event)
        self.held.append(one)
        self._by_id.setdefault(one.id, []).append(one)

    def _event(self, message: EventMessage, redaction: Redaction) -> StoredEvent | None:
        """Gives what to keep of an event; None where the history is to stay as it is."""
        document = redaction.redact_event(self.case_id, message.event)
        kept: StoredEvent = (message.event.type, document)
        same_id = self._by_id.get(message.event.id, [])
        if any(says_the_same(kept, one.event) for one in same_id):
            # Memories of version 0.1.0 may hold two contents of one id: a correction settles that.
            if not message.is_correction or len(same_id) == 1:
                return None
        elif same_id and not message.is_correction:
            raise EventConflict(Fault(_CONFLICT, case=self.case_id, event=message.event.id))
        if any(is_recorded_before(kept, one.event) for one in same_id):
            self.stale.append(Fault(_OLDER, case=self.case_id, event=message.event.id))
            return None
        first_seen = _first_seen(same_id)
        self._remove(same_id)
        return kept if "recorded" in document else (kept[0], {**first_seen, **document})

    def _remove(self, corrected: list[HeldEvent]) -> None:
        """Removes events that are corrected; their messages go on being known."""
        if not corrected:
            return
        gone = {id(one.event) for one in corrected}
        self.held = [one for one in self.held if id(one.event) not in gone]
        self.new = [one._replace(event=None) if id(one.event) in gone else one for one in self.new]
        numbers = (one.number for one in corrected)
        self.corrected += [EntryChange(one, None) for one in numbers if one is not None]
        del self._by_id[corrected[0].id]


def _first_seen(corrected: Iterable[HeldEvent]) -> Document:
    """Finds when an event was first seen that has no time of its own."""
    found = (one.event[1] for one in corrected if FIRST_SEEN in one.event[1])
    return next(({FIRST_SEEN: one[FIRST_SEEN]} for one in found), {})
