"""Defines a case: an adult, dated events, and what its source could not say.

It also names the owner of a case in words that may stand in a report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from msp_rules.casework.moments import Moment

FieldValue = str | int | Moment | tuple[str, ...]
"""Of one field: code, flag, text and ref are `str`; whole is `int`; date and moment are `Moment`;
a field that may repeat is a tuple of `str`."""

WITHHELD: Final = "\x00withheld"
"""The value of a text field that is present in the record but was not exported."""

_NOTHING: Final[dict[str, FieldValue]] = {}


class Event(NamedTuple):
    """One dated entry of a case, typed by the vocabulary.

    `moment` is when it happened and `recorded` when it was written down (the same moment where the
    source did not say); both are None where the source's date could not be read. `fields` holds
    only what the record says: an absent field is not in it, and nobody changes it afterwards (it is
    a `dict` because it is asked hundreds of times a case, which costs a compiled engine less than
    half of what any other mapping does). `unknown` names fields (and envelope
    parts) whose value could not be read: neither present nor absent. `is_certain` is False where
    it is not known whether the event exists (unreadable date, id used twice).
    `line` is the place in the input, or 0.
    """

    id: str
    type: str
    moment: Moment | None
    recorded: Moment | None
    fields: dict[str, FieldValue] = _NOTHING
    agency: str | None = None
    role: str | None = None
    supersedes: str | None = None
    void: str | None = None
    unknown: frozenset[str] = frozenset()
    is_certain: bool = True
    line: int = 0


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
    """An event of all its parts. Compiled, the constructor costs twice as much."""
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
        ),
    )


class Supply(NamedTuple):
    """Says what a source is able to deliver; `declared` False means that it did not say.

    `types` are event types supplied with all their fields; `fields` maps a type of which only some
    fields are supplied to those fields.
    """

    declared: bool = False
    types: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] = {}

    def has_type(self, event_type: str) -> bool:
        """Tells whether events of this type can be in the record at all."""
        return not self.declared or event_type in self.types or event_type in self.fields

    def has_field(self, event_type: str, field: str) -> bool:
        """Tells whether this field of this type can be in the record at all."""
        if not self.declared or event_type in self.types:
            return True
        return field in self.fields.get(event_type, ())


class Case(NamedTuple):
    """One safeguarding case: attributes, one pseudonymous adult, and all its events, in any order.

    `adult` and `attributes` hold only what the record says, as `Event.fields` does; `unknown` names
    `case.<field>` and `adult.<field>` values that could not be read.
    """

    id: str
    events: tuple[Event, ...]
    attributes: Mapping[str, FieldValue] = _NOTHING
    adult: Mapping[str, FieldValue] = _NOTHING
    supply: Supply = Supply()
    unknown: frozenset[str] = frozenset()
    line: int = 0


class Fault(NamedTuple):
    """Something that could not be read or judged, with its place; never holds case content.

    `input` names the file (its name only), `line` counts from 1; `case`, `event` and `rule` are ids
    or None.
    """

    reason: str
    input: str | None = None
    line: int | None = None
    case: str | None = None
    event: str | None = None
    rule: str | None = None


class InputWarning(NamedTuple):
    """Something of a source that should be looked at and made nothing unsound.

    It never holds case content. `code` names its kind; `input` and `line` say where, if anywhere.
    """

    code: str
    reason: str
    input: str | None = None
    line: int | None = None


CaseOwner = tuple[str, str]
"""The agency and the team that hold a case; empty where the record does not say."""
NOT_A_NAME: Final = "not a short name"
"""Replaces a team that is not one short word."""
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}").fullmatch


def owner_of(case: Case) -> CaseOwner:
    """Who holds a case; a team that is not one short word is not named.

    The vocabulary has a team as text: whatever was typed there must not get into a report.
    """
    agency, team = case.attributes.get("agency"), case.attributes.get("team")
    name = team if isinstance(team, str) else ""
    if name and not _LABEL(name):
        name = NOT_A_NAME
    return (agency if isinstance(agency, str) else "", name)
