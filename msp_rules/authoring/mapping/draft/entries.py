"""Holds what a draft will say: entries, fields and code tables, each with its doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

from msp_rules.authoring.mapping.draft.dates import DateForms
from msp_rules.authoring.mapping.draft.places import Place
from msp_rules.authoring.mapping.draft.profile import Profile
from msp_rules.authoring.mapping.draft.structure import Structure
from msp_rules.casework.vocabulary import Field


@dataclass(slots=True, kw_only=True)
class Proposal:
    """A whole draft."""

    structure: Structure
    """The structure of the export."""
    profile: Profile
    """The values at the places of the export."""
    adult: Place | None
    """A reference to the adult; None where nothing looks like one."""
    attributes: list[FieldDraft]
    """The fields of the case (its team) that places seem to fill."""
    adult_fields: list[FieldDraft]
    """The fields of the adult that places seem to fill."""
    case_unused: list[tuple[Place, str]]
    """Places of the case that no field took, each with what it looks like."""
    events: list[EventDraft]
    """The entries of `events`."""
    unwritten_kinds: int
    """The number of kinds of record that are in too few cases to be named."""


@dataclass(slots=True, kw_only=True)
class EventDraft:
    """One entry of `events`."""

    type: str
    """The event type."""
    is_named: bool
    """True if a name led to the type; otherwise it is a placeholder."""
    record: Place
    """The path of its records, seen from the case."""
    when: list[tuple[Place, str | None]]
    """The places that tell these records from others, each with its value; None: any."""
    id: Place
    """The place of its ids."""
    is_id_sure: bool
    """False if no place differs in each record of a case."""
    suffix: str
    """The ending of the ids of this entry, where other entries could give the same ids."""
    occurred: Place
    """The place of its date."""
    dates: DateForms
    """The date forms of `occurred`."""
    is_own_date: bool = True
    """False if the date is that of another event, for lack of one of its own."""
    recorded: tuple[Place, DateForms] | None = None
    """The place and form of the date on which it was written down; None if there is none."""
    fields: list[FieldDraft] = field(default_factory=list)
    """The fields that places seem to fill."""
    unused: list[tuple[Place, str]] = field(default_factory=list)
    """Places that no field took, each with what it looks like."""
    needed: list[str] = field(default_factory=list)
    """Required fields for which nothing was found."""
    unwritten: int = 0
    """The number of places left out because their paths hold values that are in too few cases."""
    count: int = 0
    """The number of records."""


@dataclass(slots=True, kw_only=True)
class FieldDraft:
    """A field and the place that may fill it."""

    field: Field
    """The field."""
    place: Place
    """The place."""
    is_named: bool = True
    """True if its name led to the place, False if the values there did."""
    is_envelope: bool = False
    """A field that every event has."""
    table: TableDraft | None = None
    """The labels of a coded field; None where the values are codes of the vocabulary already."""
    dates: DateForms | None = None
    """The date forms of the place, for a field that is a date."""
    suffix: str = ""
    """The ending of the ids that a reference means."""
    separator: str | None = None
    """The text between several labels in one cell; None for one label."""
    join: str | None = None
    """The text between several texts that become one; None where there is one."""
    when: Place | None = None
    """The place that must be filled for a reference to be there."""
    is_of_same_record: bool = False
    """True for a reference to an event of the same record."""
    question: str | None = None
    """The question in words, where the path has a number of it; None if it may not be written."""


@dataclass(slots=True, kw_only=True)
class TableDraft:
    """A code table."""

    name: str
    """The name of the table in the file."""
    codes: tuple[str, ...]
    """All codes that the field takes."""
    labels: list[tuple[str, str | None]]
    """The labels, each with the code that it may mean; None where no code resembles it."""
    unwritten: int
    """The number of values that are in too few cases to be written."""
