"""Proposes what a mapping may say of an export: guesses, each with its doubt.

From the profile of an export come entries of `events`, with the places that may fill their fields
and the codes that labels may mean; what was found and not used is named, too. `text` writes it all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from msp_rules.authoring.mapping.draft.profile import PlaceProfile, Profile, RecordProfile
from msp_rules.authoring.mapping.draft.structure import Structure, last_name, name_words
from msp_rules.authoring.mapping.draft.words import (
    PERSON_WORDS,
    DateForms,
    is_private,
    nearest_code,
    nearest_event,
    nearest_field,
    nearness,
    words_of,
)
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.intake.mapping.language import FieldPath


@dataclass(slots=True, kw_only=True)
class Proposal:
    """A whole draft."""

    structure: Structure
    """The structure of the export."""
    profile: Profile
    """The values at the places of the export."""
    adult: FieldPath | None
    """A reference to the adult; None where nothing looks like one."""
    case_unused: list[tuple[FieldPath, str]]
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
    record: FieldPath
    """The path of its records, seen from the case."""
    when: tuple[FieldPath, str] | None
    """The place and value that distinguish these records from others at the same path."""
    id: FieldPath
    """The place of its ids."""
    is_id_sure: bool
    """False if no place differs in each record of a case."""
    suffix: str
    """The ending of the ids of this entry, where other entries could give the same ids."""
    occurred: FieldPath
    """The place of its date."""
    dates: DateForms
    """The date forms of `occurred`."""
    recorded: tuple[FieldPath, DateForms] | None = None
    """The place and form of the date on which it was written down; None if there is none."""
    fields: list[FieldDraft] = field(default_factory=list)
    """The fields that places seem to fill."""
    unused: list[tuple[FieldPath, str]] = field(default_factory=list)
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
    place: FieldPath
    """The place."""
    is_envelope: bool = False
    """A field that every event has."""
    table: TableDraft | None = None
    """The labels of a coded field."""
    dates: DateForms | None = None
    """The date forms of the place, for a field that is a date."""
    suffix: str = ""
    """The ending of the ids that a reference means."""


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


def propose(structure: Structure, profile: Profile, vocabulary: Vocabulary) -> Proposal:
    """Proposes what a mapping may say of an export."""
    events: list[EventDraft] = []
    unwritten = 0
    for record in profile.records:
        if record.kind is not None and len(record.cases) < profile.least_cases:
            unwritten += 1  # what tells it may be text that somebody typed
        elif record.path == structure.case:
            events += _events_of_case(record, structure, profile, vocabulary)
        elif (event := _event(record, structure, profile, vocabulary)) is not None:
            events.append(event)
    _name_apart(events)
    own = next((one for one in profile.records if one.path == structure.case), None)
    adult = _adult(own, profile.cases, structure) if own is not None else None
    own_events = [event for event in events if not event.record.steps]
    used = {event.occurred for event in own_events}
    used |= {place for place in (structure.case_id, adult) if place is not None}
    if own is not None:
        used |= add_fields_of_case(own_events, own, used, profile, vocabulary)
    if _have_ids_of_their_own(events, structure, profile):
        for event in events:
            event.suffix = ""
    _lead_references(events)
    return Proposal(
        structure=structure,
        profile=profile,
        adult=adult,
        case_unused=_unused(own, used, profile, vocabulary) if own is not None else [],
        events=events,
        unwritten_kinds=unwritten,
    )


_FIRST: Final = "concern_raised"
"""The event type drafted for records whose name reveals no type: a case begins with it."""
_HAPPENED: Final = frozenset({"occurred", "happened", "held", "raised", "received", "completed"})
_DATE: Final = frozenset({"date", "on", "at", "when", "time"})
_WRITTEN: Final = frozenset({"recorded", "entered", "created", "captured", "logged"})
_OTHER: Final = frozenset({"due", "review", "updated", "modified", "printed", "birth", "dob"})
_ID: Final = frozenset({"id", "pk", "key", "number", "ref", "guid", "uuid", "no"})


def _events_of_case(
    record: RecordProfile, structure: Structure, profile: Profile, vocabulary: Vocabulary
) -> list[EventDraft]:
    """Drafts an event for each of the case's own dates, recognised by its name."""
    found = []
    for place, one in record.places.items():
        if not one.dates.is_date or one.repeats or words_of(last_name(place)) & _OTHER:
            continue
        kind = nearest_event(last_name(place), vocabulary)
        found.append(
            EventDraft(
                type=kind or _FIRST,
                is_named=kind is not None,
                record=FieldPath(()),
                when=None,
                id=structure.case_id or place,
                is_id_sure=structure.case_id is not None,
                suffix="",
                occurred=place,
                dates=one.dates,
                count=one.records,
            )
        )
    return found


def _event(
    record: RecordProfile, structure: Structure, profile: Profile, vocabulary: Vocabulary
) -> EventDraft | None:
    dates = {p: one for p, one in record.places.items() if one.dates.is_date and not one.repeats}
    own = [place for place in dates if not any(step.attribute for step in place.steps)]
    if not own:
        return None
    occurred = max(own, key=_likeness_of_occurred)
    recorded = next((p for p in own if p != occurred and _words(p) & _WRITTEN), None)
    # `Row` says nothing, and what holds it does; but not where that is the case itself.
    names = record.path[-1:] if record.path[:-1] == structure.case else record.path
    kind = nearest_event(record.kind or "", vocabulary) or nearest_event(
        " ".join(name_words(names)), vocabulary
    )
    name = kind or _FIRST
    event_id = _id_of(record)
    event = EventDraft(
        type=name,
        is_named=kind is not None,
        record=record.inside,
        when=_when(record),
        id=event_id or occurred,
        is_id_sure=event_id is not None,
        suffix="",
        occurred=occurred,
        dates=dates[occurred].dates,
        recorded=(recorded, dates[recorded].dates) if recorded is not None else None,
        count=record.count,
    )
    keys = [join.key for join in structure.joins if join.record == record.path]
    taken = {event_id, occurred, recorded, record.kind_at, *keys}
    add_fields(event, record, taken, profile, vocabulary)
    return event


def _when(record: RecordProfile) -> tuple[FieldPath, str] | None:
    if record.kind_at is None or record.kind is None:
        return None
    return record.kind_at, record.kind


def _words(place: FieldPath) -> frozenset[str]:
    return words_of(last_name(place), keeps_plain=True)


def _likeness_of_occurred(place: FieldPath) -> int:
    words = _words(place)
    points = 2 * bool(words & _HAPPENED) + bool(words & _DATE)
    return points - 2 * bool(words & (_WRITTEN | _OTHER))


def _id_of(record: RecordProfile) -> FieldPath | None:
    """Finds a place that is filled in every record and differs within each case."""
    found = [
        place
        for place, one in record.places.items()
        if one.is_id
        and one.records == record.count
        and not one.repeats
        and not one.dates.is_date
        and len(place.steps) <= 1
        and not is_private(last_name(place))
        and place != record.kind_at
    ]
    named = [place for place in found if _words(place) & _ID]
    return max(named, key=lambda p: last_name(p).lower() in _ID, default=None)


_ENVELOPE: Final = ("agency", "role")
_CODED: Final = (FieldKind.CODE, FieldKind.FLAG)
_DATED: Final = (FieldKind.DATE, FieldKind.MOMENT)


def add_fields(
    event: EventDraft,
    record: RecordProfile,
    taken: set[FieldPath | None],
    profile: Profile,
    vocabulary: Vocabulary,
) -> None:
    """Gives an event draft the fields that places seem to hold; the others are listed as unused."""
    open_fields = dict(vocabulary.events[event.type].fields) if event.is_named else {}
    open_fields |= {name: vocabulary.envelope[name] for name in _ENVELOPE}
    for place, one in record.places.items():
        if place in taken or _is_predicate(place):
            continue
        if any(step.value for step in place.steps) and len(one.cases) < profile.least_cases:
            event.unwritten += 1  # what tells the question may be text that somebody typed
            continue
        field = nearest_field(_name_of(place), open_fields.values())
        draft = _field(event, field, place, one, profile) if field is not None else None
        if draft is None:
            event.unused.append((place, looks_like(one, profile, vocabulary)))
        else:
            del open_fields[draft.field.name]
            draft.is_envelope = draft.field.name in _ENVELOPE
            event.fields.append(draft)
    event.needed = [name for name, field in open_fields.items() if field.is_required]


def add_fields_of_case(
    events: list[EventDraft],
    own: RecordProfile,
    taken: set[FieldPath],
    profile: Profile,
    vocabulary: Vocabulary,
) -> set[FieldPath]:
    """Assigns the case's own places to its own events, best match first; gives those used."""
    near = [
        (score, event, known, place)
        for event in events
        if event.is_named
        for known in vocabulary.events[event.type].fields.values()
        for place in own.places
        if place not in taken
        and len(place.steps) <= 1
        and (score := nearness(_name_of(place), known, event.type)) > 0
    ]
    used: set[FieldPath] = set()
    filled: set[tuple[str, str]] = set()
    for _, event, known, place in sorted(near, key=lambda row: -row[0]):
        if place in used or (event.suffix, known.name) in filled:
            continue
        draft = _field(event, known, place, own.places[place], profile)
        if draft is not None:
            event.fields.append(draft)
            used.add(place)
            filled.add((event.suffix, known.name))
    for event in events:
        fields = vocabulary.events[event.type].fields.values()
        given = {one.field.name for one in event.fields}
        event.needed = [f.name for f in fields if f.is_required and f.name not in given]
    return used


def _is_predicate(place: FieldPath) -> bool:
    """Tells whether a place is the attribute whose value its own last step already fixes."""
    is_attribute = bool(place.steps) and place.attribute is not None
    return is_attribute and place.steps[-1].attribute == place.attribute


def _name_of(place: FieldPath) -> str:
    """Names a place by its own name or, as for `Answer[@question=source]/Text`, by its path."""
    names = [place.attribute or ""]
    for step in reversed(place.steps):
        names += [step.value or "", step.name]
    return next((name for name in names if words_of(name)), "")


def _field(
    event: EventDraft, field: Field, place: FieldPath, one: PlaceProfile, profile: Profile
) -> FieldDraft | None:
    """Drafts the field at a place, where its values may be of that kind."""
    if field.kind in _DATED:
        return FieldDraft(field=field, place=place, dates=one.dates) if one.dates.is_date else None
    if one.dates.is_date:
        return None
    if field.kind not in _CODED:
        return FieldDraft(field=field, place=place)
    if one.has_text:
        return None
    labels = one.labels(profile.least_cases)
    if is_private(_name_of(place)):  # only what is a code by its own words
        labels = [label for label in labels if nearest_code(label, field.codes) is not None]
    table = TableDraft(
        name=f"{event.type}_{field.name}",
        codes=field.codes,
        labels=[(label, nearest_code(label, field.codes)) for label in labels],
        unwritten=one.different - len(labels),
    )
    return FieldDraft(field=field, place=place, table=table)


def looks_like(one: PlaceProfile, profile: Profile, vocabulary: Vocabulary) -> str:
    """Describes the values at a place, without repeating any."""
    if one.dates.is_date:
        return f"dates, {one.dates.form or 'in ISO form'}"
    if one.has_text:
        return "text, or many values"
    labels = one.labels(profile.least_cases)
    if not labels:
        return "short values, none of them in several cases"
    fits = {
        name: sum(nearest_code(label, codes) is not None for label in labels)
        for name, codes in vocabulary.enums.items()
    }
    best = max(fits, key=lambda name: fits[name])
    like = f", like the codes of {best}" if 2 * fits[best] > len(labels) else ""
    return f"{len(labels)} short values in several cases{like}"


def _adult(own: RecordProfile, cases: int, structure: Structure) -> FieldPath | None:
    """Finds a short reference to a person, in an element or a column with such a name."""
    best: tuple[int, FieldPath] | None = None
    for place, one in own.places.items():
        names = [*(step.name for step in place.steps), place.attribute or ""]
        words = frozenset().union(*(words_of(name, keeps_plain=True) for name in names))
        is_person = bool(words & PERSON_WORDS)
        is_plain = not any(step.attribute for step in place.steps) and not one.repeats
        if not is_person or not is_plain or one.dates.is_date or place == structure.case_id:
            continue
        points = 2 * bool(words & (_ID | {"fk"})) - (not one.is_id) - (one.records < cases)
        if points > 0 and (best is None or points > best[0]):
            best = (points, place)
    return best[1] if best is not None else None


def _unused(
    own: RecordProfile, used: set[FieldPath], profile: Profile, vocabulary: Vocabulary
) -> list[tuple[FieldPath, str]]:
    return [
        (place, looks_like(one, profile, vocabulary))
        for place, one in own.places.items()
        if place not in used
        and not (any(step.value for step in place.steps) and len(one.cases) < profile.least_cases)
    ]


def _name_apart(events: list[EventDraft]) -> None:
    """Gives each entry's ids an ending of its own: ids are unique in a case over all types."""
    taken: dict[str, int] = {}
    for event in events:
        name = event.type.split("_")[0]
        taken[name] = taken.get(name, 0) + 1
        event.suffix = f"-{name}" if taken[name] == 1 else f"-{name}-{taken[name]}"


def _have_ids_of_their_own(
    events: list[EventDraft], structure: Structure, profile: Profile
) -> bool:
    """Tells whether no two entries can give the same id: one place, unique in the export."""
    places = {(event.record, event.id) for event in events}
    paths = {one.path for one in profile.records if one.inside in {e.record for e in events}}
    if len(places) != 1 or len(paths) != 1:
        return False
    if not events[0].record.steps:
        return len(events) == 1
    facts = structure.facts(paths.pop(), events[0].id)
    return facts is not None and facts.is_unique


def _lead_references(events: list[EventDraft]) -> None:
    """Gives references the ending of the ids they mean; drops those to a type drafted twice."""
    for event in events:
        for one in [one for one in event.fields if one.field.kind is FieldKind.REF]:
            found = [other for other in events if other.type == one.field.refers_to]
            if len(found) == 1 and found[0].is_id_sure:
                one.suffix = found[0].suffix
            else:
                event.fields.remove(one)
                event.unused.append((one.place, "ids, it seems"))
                event.needed += [one.field.name] if one.field.is_required else []
