"""Which fields of an event the places of a record may fill, and which codes their labels mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from msp_rules.authoring.mapping_draft.date_forms import DateForms
from msp_rules.authoring.mapping_draft.profile import PlaceProfile, Profile, RecordProfile
from msp_rules.authoring.mapping_draft.words import (
    is_private,
    nearest_code,
    nearest_field,
    nearness,
    words_of,
)
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.intake.mapping.language import FieldPath

_ENVELOPE: Final = ("agency", "role")
_CODED: Final = (FieldKind.CODE, FieldKind.FLAG)
_DATED: Final = (FieldKind.DATE, FieldKind.MOMENT)


@dataclass(slots=True, kw_only=True)
class TableDraft:
    """A code table: labels with the codes that they may mean (None: nothing comes near)."""

    name: str
    codes: tuple[str, ...]
    labels: list[tuple[str, str | None]]
    unwritten: int


@dataclass(slots=True, kw_only=True)
class FieldDraft:
    """A field and the place that may fill it; of a reference, `suffix` is that of the ids meant."""

    field: Field
    place: FieldPath
    is_envelope: bool = False
    table: TableDraft | None = None
    dates: DateForms | None = None
    suffix: str = ""


@dataclass(slots=True, kw_only=True)
class EventDraft:
    """One entry of `events`; `is_named` says that a name led to its type.

    `needed` are required fields that nothing was found for; `unwritten` counts places whose way
    names what stands in too few cases.
    """

    type: str
    is_named: bool
    record: FieldPath
    when: tuple[FieldPath, str] | None
    id: FieldPath
    is_id_sure: bool
    suffix: str
    occurred: FieldPath
    dates: DateForms
    recorded: tuple[FieldPath, DateForms] | None = None
    fields: list[FieldDraft] = field(default_factory=list)
    unused: list[tuple[FieldPath, str]] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    unwritten: int = 0
    count: int = 0


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
    """Shares the case's own places out among its own events, nearest first; gives those used."""
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
    """Whether a place is the very attribute that its own last step asks for."""
    is_told = bool(place.steps) and place.attribute is not None
    return is_told and place.steps[-1].attribute == place.attribute


def _name_of(place: FieldPath) -> str:
    """What a place is called: its own name, or its way's, as of `Answer[@question=source]/Text`."""
    names = [place.attribute or ""]
    for step in reversed(place.steps):
        names += [step.value or "", step.name]
    return next((name for name in names if words_of(name)), "")


def _field(
    event: EventDraft, field: Field, place: FieldPath, one: PlaceProfile, profile: Profile
) -> FieldDraft | None:
    """The field at a place, where what stands there may be that kind of value."""
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
    """What stands at a place, without any of it."""
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
