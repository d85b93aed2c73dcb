"""From what was seen in an export to what a mapping of it may say: guesses, each with its doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msp_rules.authoring.mapping_draft.fields import (
    EventDraft,
    add_fields,
    add_fields_of_case,
    looks_like,
)
from msp_rules.authoring.mapping_draft.profile import Profile, RecordProfile
from msp_rules.authoring.mapping_draft.structure import Structure, last_name, name_words
from msp_rules.authoring.mapping_draft.words import (
    PERSON_WORDS,
    is_private,
    nearest_event,
    words_of,
)
from msp_rules.casework.vocabulary import FieldKind, Vocabulary
from msp_rules.intake.mapping.language import FieldPath

FIRST: Final = "concern_raised"
"""What the first record is drafted as where no name tells: a case begins with it."""
_HAPPENED: Final = frozenset({"occurred", "happened", "held", "raised", "received", "completed"})
_DATE: Final = frozenset({"date", "on", "at", "when", "time"})
_WRITTEN: Final = frozenset({"recorded", "entered", "created", "captured", "logged"})
_OTHER: Final = frozenset({"due", "review", "updated", "modified", "printed", "birth", "dob"})
_ID: Final = frozenset({"id", "pk", "key", "number", "ref", "guid", "uuid", "no"})


@dataclass(slots=True, kw_only=True)
class Proposal:
    """A whole draft; `adult` is None where nothing looks like a reference to a person."""

    structure: Structure
    profile: Profile
    adult: FieldPath | None
    case_unused: list[tuple[FieldPath, str]]
    events: list[EventDraft]
    unwritten_kinds: int


def propose(structure: Structure, profile: Profile, vocabulary: Vocabulary) -> Proposal:
    """What a mapping may say of an export."""
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


def _events_of_case(
    record: RecordProfile, structure: Structure, profile: Profile, vocabulary: Vocabulary
) -> list[EventDraft]:
    """The case's own dates: each may be an event, told by its name."""
    found = []
    for place, one in record.places.items():
        if not one.dates.is_date or one.repeats or words_of(last_name(place)) & _OTHER:
            continue
        kind = nearest_event(last_name(place), vocabulary)
        found.append(
            EventDraft(
                type=kind or FIRST,
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
    name = kind or FIRST
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
    taken = {event_id, occurred, recorded, record.told_by, *keys}
    add_fields(event, record, taken, profile, vocabulary)
    return event


def _when(record: RecordProfile) -> tuple[FieldPath, str] | None:
    if record.told_by is None or record.kind is None:
        return None
    return record.told_by, record.kind


def _words(place: FieldPath) -> frozenset[str]:
    return words_of(last_name(place), keeps_plain=True)


def _likeness_of_occurred(place: FieldPath) -> int:
    words = _words(place)
    points = 2 * bool(words & _HAPPENED) + bool(words & _DATE)
    return points - 2 * bool(words & (_WRITTEN | _OTHER))


def _id_of(record: RecordProfile) -> FieldPath | None:
    """A place that is filled in every record and differs within each case."""
    found = [
        place
        for place, one in record.places.items()
        if one.is_id
        and one.records == record.count
        and not one.repeats
        and not one.dates.is_date
        and len(place.steps) <= 1
        and not is_private(last_name(place))
        and place != record.told_by
    ]
    named = [place for place in found if _words(place) & _ID]
    return max(named, key=lambda p: last_name(p).lower() in _ID, default=None)


def _unused(
    own: RecordProfile, used: set[FieldPath], profile: Profile, vocabulary: Vocabulary
) -> list[tuple[FieldPath, str]]:
    return [
        (place, looks_like(one, profile, vocabulary))
        for place, one in own.places.items()
        if place not in used
        and not (any(step.value for step in place.steps) and len(one.cases) < profile.least_cases)
    ]


def _adult(own: RecordProfile, cases: int, structure: Structure) -> FieldPath | None:
    """A short reference to a person: in an element called so, or a column called so."""
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


def _have_ids_of_their_own(
    events: list[EventDraft], structure: Structure, profile: Profile
) -> bool:
    """Whether no two entries can give the same id: one place, different all over the export."""
    places = {(event.record, event.id) for event in events}
    paths = {one.path for one in profile.records if one.inside in {e.record for e in events}}
    if len(places) != 1 or len(paths) != 1:
        return False
    if not events[0].record.steps:
        return len(events) == 1
    facts = structure.facts(paths.pop(), events[0].id)
    return facts is not None and facts.is_unique


def _lead_references(events: list[EventDraft]) -> None:
    """References lead to ids as these are written here; to a type drafted once, else they go."""
    for event in events:
        for one in [one for one in event.fields if one.field.kind is FieldKind.REF]:
            found = [other for other in events if other.type == one.field.refers_to]
            if len(found) == 1 and found[0].is_id_sure:
                one.suffix = found[0].suffix
            else:
                event.fields.remove(one)
                event.unused.append((one.place, "ids, it seems"))
                event.needed += [one.field.name] if one.field.is_required else []


def _name_apart(events: list[EventDraft]) -> None:
    """Gives each entry's ids an ending of its own: ids are unique in a case over all types."""
    taken: dict[str, int] = {}
    for event in events:
        name = event.type.split("_")[0]
        taken[name] = taken.get(name, 0) + 1
        event.suffix = f"-{name}" if taken[name] == 1 else f"-{name}-{taken[name]}"
