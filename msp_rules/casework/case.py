"""Defines a case: an adult, dated events, and what its source could not say.

It also names the owner of a case, in words that may be reported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from msp_rules.casework.moments import Moment

FieldValue = str | int | Moment | tuple[str, ...]
"""The value of one field: code, flag, text and ref are `str`; whole is `int`; date and moment are
`Moment`; a field that may repeat is a tuple of `str`."""

WITHHELD: Final = "\x00withheld"
"""The value of a text field that is present in the record but was not exported."""

UNKNOWN_EVENTS: Final = "events"
"""Stands in `Case.unknown` where an event in the record is of a type that nobody knows."""

_NOTHING: Final[dict[str, FieldValue]] = {}

CountedInCase = tuple[str, str, str]
"""Names a count of the reader of a mapped source: `UNMAPPED` or `ASSUMED`, type, field."""
UNMAPPED: Final = "unmapped"
"""Counts values that no code table, date format or code list knows."""
ASSUMED: Final = "assumed"
"""Counts events that got a value which a mapping assumes."""
_NOT_COUNTED: Final[dict[CountedInCase, int]] = {}


class Event(NamedTuple):
    """One dated entry of a case, typed by the vocabulary."""

    id: str
    """The id, unique in the case."""
    type: str
    """The event type."""
    moment: Moment | None
    """The moment when it happened; None where the source's date could not be read."""
    recorded: Moment | None
    """The moment when it was written down: `moment`, where the source does not say."""
    fields: dict[str, FieldValue] = _NOTHING
    """The values on record, and only those. Never changed.

    It is a `dict` because it is asked hundreds of times a case: compiled, any other mapping costs
    more than twice as much.
    """
    agency: str | None = None
    """The agency that recorded it."""
    role: str | None = None
    """The role of whoever recorded it."""
    supersedes: str | None = None
    """The id of the event that it corrects."""
    void: str | None = None
    """The code of the reason for which it no longer counts."""
    unknown: frozenset[str] = frozenset()
    """The fields and envelope parts whose value could not be read: neither present nor absent.

    `occurred` stands among them where its date was read, and is one that can't be.
    """
    is_certain: bool = True
    """False where it may not exist (unreadable date, id used twice)."""
    line: int = 0
    """The place in the input; 0 if there is none."""
    is_first_seen: bool = False
    """True where `recorded` is the moment when a desk first saw the event, as its host keeps no
    time of writing. It decides when the event is visible, and does not count as lateness."""


def new_event(
    id: str,  # noqa: A002 - named as the part is
    type: str,  # noqa: A002
    moment: Moment | None,
    recorded: Moment | None,
    fields: dict[str, FieldValue],
    agency: str | None,
    role: str | None,
    supersedes: str | None,
    void: str | None,
    unknown: frozenset[str],
    is_certain: bool,
    line: int,
) -> Event:
    """Makes an event of all its parts. Compiled, the constructor costs twice as much."""
    return tuple.__new__(
        Event,
        (
            id,
            type,
            moment,
            recorded,
            fields,
            agency,
            role,
            supersedes,
            void,
            unknown,
            is_certain,
            line,
            False,
        ),
    )


class Supply(NamedTuple):
    """Says what a source is able to deliver."""

    declared: bool = False
    """False if the source does not say."""
    types: frozenset[str] = frozenset()
    """The event types that are supplied with all their fields."""
    fields: Mapping[str, frozenset[str]] = {}
    """For each type of which only some fields are supplied, those fields."""

    def has_type(self, event_type: str) -> bool:
        """Tells whether events of this type can be in the record at all."""
        return not self.declared or event_type in self.types or event_type in self.fields

    def has_field(self, event_type: str, field: str) -> bool:
        """Tells whether this field of this type can be in the record at all."""
        if not self.declared or event_type in self.types:
            return True
        return field in self.fields.get(event_type, ())


class Case(NamedTuple):
    """One safeguarding case: attributes, a pseudonymous adult, and all its events, in any order."""

    id: str
    """The id of the case."""
    events: tuple[Event, ...]
    """All events, corrected ones included."""
    attributes: Mapping[str, FieldValue] = _NOTHING
    """The attributes on record, and only those."""
    adult: Mapping[str, FieldValue] = _NOTHING
    """The fields of the adult on record, and only those."""
    supply: Supply = Supply()
    """The types and fields that the source can deliver."""
    unknown: frozenset[str] = frozenset()
    """The values that could not be read: `case.<field>`, `adult.<field>`, UNKNOWN_EVENTS."""
    line: int = 0
    """The place in the input; 0 if there is none."""
    counted: Mapping[CountedInCase, int] = _NOT_COUNTED
    """The number of its values that did not map, and of its events that got an assumed value."""


class Fault(NamedTuple):
    """Something that could not be read or judged, with its place; never holds case content."""

    reason: str
    """The problem, in a sentence."""
    input: str | None = None
    """The name of the file, without its folder."""
    line: int | None = None
    """The line, from 1."""
    case: str | None = None
    """The id of the case."""
    event: str | None = None
    """The id of the event."""
    rule: str | None = None
    """The id of the rule."""


class InputWarning(NamedTuple):
    """A problem in a source that needs attention but makes nothing unsound."""

    code: str
    """The kind of warning, in one word."""
    reason: str
    """The warning as a person reads it, without case content."""
    input: str | None = None
    """The name of the file or table, if it is about one."""
    line: int | None = None
    """The line or row, from 1, if it is about one."""


CaseOwner = tuple[str, str]
"""The agency and the team that hold a case; empty where the record does not say."""
NOT_A_NAME: Final = "not a short name"
"""Replaces a team that is not one short word."""
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}").fullmatch


def owner_of(case: Case) -> CaseOwner:
    """Names the owner of a case; a team that is not one short word is not named.

    The vocabulary has a team as text: whatever was typed there must not get into a report.
    """
    agency, team = case.attributes.get("agency"), case.attributes.get("team")
    name = team if isinstance(team, str) else ""
    if name and not _LABEL(name):
        name = NOT_A_NAME
    return (agency if isinstance(agency, str) else "", name)
