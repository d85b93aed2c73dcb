"""Builds a case from a record of a vendor's source, as a mapping describes it.

The texts that the mapping finds are read like those of the canonical export (`case_parts`), so both
count the same as readable. A fault names the line of the record that it concerns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import (
    UNMAPPED,
    WITHHELD,
    Case,
    CountedInCase,
    Event,
    Fault,
    FieldValue,
    Supply,
)
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.vocabulary import EventType, FieldKind, Vocabulary
from msp_rules.intake.case_parts import (
    CaseNotes,
    Given,
    GivenField,
    PartReader,
    is_readable_id,
    substitute_id,
)
from msp_rules.intake.mapping.assumed_fields import AssumedFields
from msp_rules.intake.mapping.language import ITEM, UNREADABLE, CaseMapping, ValueRule
from msp_rules.intake.mapping.quick_events import NOT_HERE, QuickPlan, quick_event, quick_plan
from msp_rules.intake.mapping.record_choice import (
    NO_CORRECTIONS,
    Corrections,
    EventPlan,
    FieldPlan,
    FoundEvent,
    RecordChoice,
    plans_of,
)
from msp_rules.intake.mapping.records import Record, State, holds, records_at
from msp_rules.intake.mapping.values import NOTHING, Values, single_of, values_of

_CASE: Final = "case"
_ADULT: Final = "adult"
_REF: Final = "ref"
_OCCURRED: Final = "occurred"
_NONE: Final[frozenset[int]] = frozenset()


class BuiltCase(NamedTuple):
    """A case that was built from a record."""

    case: Case
    """The case."""
    faults: list[Fault]
    """Everything that could not be read."""
    unmapped: Counter[tuple[str, str]]
    """Values that did not map, by owner (an event type, `case` or `adult`) and field."""


class CaseBuilder:
    """Builds the cases that one mapping reads."""

    def __init__(self, mapping: CaseMapping, vocabulary: Vocabulary, dates: PlausibleDates) -> None:
        self._parts = PartReader(vocabulary, dates)
        self._id = mapping.attributes.get("id")
        self._attributes = [
            FieldPlan(vocabulary.case[name], rule)
            for name, rule in mapping.attributes.items()
            if name != "id"
        ]
        self._ref = mapping.adult.get(_REF)
        self._adult = [
            FieldPlan(vocabulary.adult[name], rule)
            for name, rule in mapping.adult.items()
            if name != _REF
        ]
        self._conditional = [
            (order, rule.supplied_when)
            for order, rule in enumerate(mapping.events)
            if rule.supplied_when
        ]
        self._assumed = AssumedFields(mapping.assumptions, vocabulary)
        self.choice = RecordChoice(mapping, vocabulary)
        self._quick = [
            quick_plan(one, vocabulary, dates.first_day)
            for one in plans_of(mapping.events, vocabulary)
        ]

    def allow(self, dates: PlausibleDates) -> None:
        """Sets the dates that events can have, once the source has said when it was exported."""
        self._parts.dates = dates

    def case_id(self, record: Record) -> str:
        """Reads the id of a case as written; empty where there is none."""
        return (single_of(self.ids_of(record)) or "").strip()

    def ids_of(self, record: Record) -> tuple[str, ...]:
        """Reads every id that a case record holds; a sound one holds exactly one."""
        return () if self._id is None else values_of(record, self._id).values

    def not_supplied_in(self, record: Record) -> frozenset[int]:
        """Gives the places of the entries that supply nothing in a case."""
        if not self._conditional:
            return _NONE
        return frozenset(
            order
            for order, conditions in self._conditional
            if not all(holds(record, one) for one in conditions)
        )

    def events_in(self, record: Record) -> list[FoundEvent]:
        """Finds the records that are events of a case, in the order of the source."""
        return self.choice.events_in(record)

    def build(
        self, record: Record, case_id: str, events: Sequence[FoundEvent], supply: Supply
    ) -> BuiltCase:
        """Builds the case of a record, whose id and events are those that were found in it."""
        faults: list[Fault] = []
        place = record.place
        notes = self._parts.begin_case(case_id, place, faults)
        building = _Building(self._parts, notes, self._quick)
        attributes, unknown = building.attributes(record, self._attributes)
        adult, unread = building.adult(record, self._ref, self._adult)
        read = building.events(events, self.choice.corrections(record, events))
        counted: Counter[CountedInCase] = Counter()
        for (owner, name), count in building.unmapped.items():
            counted[UNMAPPED, owner, name] = count
        case = Case(
            id=notes.case_id,
            events=self._assumed.given_to(read, counted),
            attributes=attributes,
            adult=adult,
            supply=supply,
            unknown=frozenset(unknown | unread),
            line=place.line,
            counted=dict(counted),
        )
        return BuiltCase(case, faults, building.unmapped)


class _PartValues:
    """Reads the values of one part of a case, and remembers which of them did not map."""

    __slots__ = ("names", "owner", "unmapped")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.names: set[str] = set()
        self.unmapped: dict[str, int] = {}

    def values_of(self, record: Record, name: str, rule: ValueRule) -> tuple[str, ...]:
        """Reads a value of the part."""
        return self.kept(values_of(record, rule), name)

    def kept(self, found: Values, name: str) -> tuple[str, ...]:
        """Remembers what was found for a value of the part, and gives it."""
        if found.is_said and (found.values or found.unmapped):
            self.names.add(name)
        if found.unmapped:
            self.unmapped[name] = self.unmapped.get(name, 0) + found.unmapped
        return found.values


_NO_PART: Final = _PartValues("")
"""Replaces the values of an event in which there is nothing to count."""


class _Building:
    """Builds one case: its parts in the order in which `CaseBuilder.build` asks for them."""

    def __init__(
        self, parts: PartReader, notes: CaseNotes, quick: Sequence[QuickPlan | None]
    ) -> None:
        self._parts = parts
        self._quick = quick
        self._notes = notes
        self._substitutes: set[str] = set()
        self.unmapped: Counter[tuple[str, str]] = Counter()

    def attributes(
        self, record: Record, plans: Sequence[FieldPlan]
    ) -> tuple[dict[str, FieldValue], set[str]]:
        """Reads the attributes of the case; gives the names of those that can't be read, too."""
        part = _PartValues(_CASE)
        texts = _single_texts(record, [(one.field.name, one.rule) for one in plans], part)
        values: dict[str, FieldValue] = {}
        bad: set[str] = set()
        for field, _ in plans:
            if field.name not in texts:
                continue
            value = self._parts.attribute(field, texts[field.name], record.place, self._notes)
            if value is None:
                bad.add(field.name)
            else:
                values[field.name] = value
        self._count(part, bad)
        return values, {f"case.{name}" for name in bad}

    def adult(
        self, record: Record, ref: ValueRule | None, plans: Sequence[FieldPlan]
    ) -> tuple[dict[str, FieldValue], set[str]]:
        """Reads the adult; gives the names of fields that can't be read, too."""
        part = _PartValues(_ADULT)
        attributes = {} if ref is None else _single_texts(record, [(_REF, ref)], part)
        fields, unread = _given_fields(record, plans, part)
        given = Given(attributes, fields, record.place, unread)
        values, bad = self._parts.adult(given, self._notes)
        self._count(part, bad)
        return values, {f"adult.{name}" for name in bad}

    def events(
        self, found: Sequence[FoundEvent], corrections: Corrections = NO_CORRECTIONS
    ) -> tuple[Event, ...]:
        """Reads the events of the case, and checks them against each other."""
        read: list[Event] = []
        parts: list[_PartValues] = []
        inputs: list[str] = []
        places: dict[int, int] = {}
        for at, one in enumerate(found):
            part = _NO_PART
            quick = self._quick[one.plan.order]
            event = None
            if quick is not None and _is_plain(one):
                event = quick_event(one.record, quick, self._parts.dates)
                if event is NOT_HERE:
                    continue
            if event is None:
                part = _PartValues(one.plan.kind.name)
                event = self._event(one, part)
                if event is None:
                    continue
            places[at] = len(read)
            read.append(event)
            parts.append(part)
            inputs.append(one.record.place.input)
        if corrections is not NO_CORRECTIONS:
            _correct(read, places, corrections)
        checked = self._parts.together(read, inputs, self._notes)
        for event, part in zip(checked, parts, strict=True):
            if part is _NO_PART:
                continue
            # Only now: a field that names no other event of the case is unknown, too.
            has_moment = event.moment is not None
            self._count(part, event.unknown if has_moment else event.unknown | {"occurred"})
        return checked

    def _event(self, found: FoundEvent, part: _PartValues) -> Event | None:
        """Reads an event; None where its place holds only blanks, so that it did not happen."""
        record, plan, number = found.record, found.plan, found.number
        if record.state is not State.SOUND:
            return self._event_in_doubt(record, plan.kind)
        attributes = _single_texts(record, plan.rule.envelope.items(), part)
        fields, unread = _given_fields(record, plan.fields, part)
        if _OCCURRED not in part.names and not unread and not _has_content(plan, part):
            return None
        if number and _is_empty_item(plan, part):
            return None
        if number and "id" in attributes:
            attributes["id"] = f"{attributes['id']}.{number}"
        line = record.place.line
        substitute = "" if is_readable_id(attributes.get("id", "")) else self._substitute(line)
        troubles: dict[str, str] = {
            name: trouble
            for name in ("occurred", "recorded")
            if name in attributes
            and (trouble := _date_trouble(plan.rule.envelope[name], attributes[name])) is not None
        }
        unknown = unread | plan.rule.unknown
        given = Given(attributes, fields, record.place, unknown, substitute, troubles)
        return self._parts.event(plan.kind, given, self._notes)

    def _event_in_doubt(self, record: Record, kind: EventType) -> Event:
        """Makes an event that may or may not exist; the reason is reported with its row."""
        required = [field.name for field in kind.fields.values() if field.is_required]
        line = record.place.line
        return Event(
            id=self._substitute(line),
            type=kind.name,
            moment=None,
            recorded=None,
            unknown=frozenset(required),
            is_certain=False,
            line=line,
        )

    def _substitute(self, line: int) -> str:
        """Makes an id for an event that has none; rows of several tables may have one number."""
        name = new = substitute_id(line)
        number = 2
        while new in self._substitutes:
            new = f"{name}.{number}"
            number += 1
        self._substitutes.add(new)
        return new

    def _count(self, part: _PartValues, unread: Iterable[str]) -> None:
        """Counts values that the mapping does not know, and mapped ones outside the vocabulary."""
        for name, count in part.unmapped.items():
            self.unmapped[part.owner, name] += count
        for name in sorted(unread):
            if name in part.names and name not in part.unmapped:
                self.unmapped[part.owner, name] += 1


def _is_plain(found: FoundEvent) -> bool:
    """Tells whether a record has nothing but values, one under each name."""
    record = found.record
    return record.state is State.SOUND and not found.number and record.lists is None


def _is_empty_item(plan: EventPlan, part: _PartValues) -> bool:
    """Tells whether an item of a list says nothing in any field that is read from it."""
    own = [
        field.name
        for field, rule in plan.fields
        for source in rule.sources
        if source.path is not None and source.path.attribute == ITEM
    ]
    return bool(own) and not any(name in part.names for name in own)


def _has_content(plan: EventPlan, part: _PartValues) -> bool:
    """Tells whether a field says anything of its own: no constant, id or suffix does."""
    return any(
        field.name in part.names
        and field.kind is not FieldKind.REF
        and not any(source.suffix for source in rule.sources)
        for field, rule in plan.fields
    )


def _correct(read: list[Event], places: Mapping[int, int], corrections: Corrections) -> None:
    """Marks the events of a case as its corrections say; `places` are those of events found."""
    for found, at in places.items():
        if found in corrections.void:
            read[at] = read[at]._replace(void="yes")
        if found in corrections.doubt:
            read[at] = read[at]._replace(is_certain=False)
        older = places.get(corrections.replaced.get(found, -1))
        if older is not None:
            read[at] = read[at]._replace(supersedes=read[older].id)


def _single_texts(
    record: Record, rules: Iterable[tuple[str, ValueRule]], part: _PartValues
) -> dict[str, str]:
    """Reads the attributes of a part; none of them can be marked as not exported."""
    texts: dict[str, str] = {}
    for name, rule in rules:
        found = [one for one in part.values_of(record, name, rule) if one != WITHHELD]
        text = single_of(found)
        if text is not None:
            texts[name] = text.strip()
    return texts


def _given_fields(
    record: Record, plans: Iterable[FieldPlan], part: _PartValues
) -> tuple[list[GivenField], frozenset[str]]:
    """Reads the fields of a part; names those of which a damaged row may hold a value, too."""
    given: list[GivenField] = []
    unread: set[str] = set()
    place = record.place
    for field, rule in plans:
        found = values_of(record, rule)
        texts = part.kept(found, field.name) if found is not NOTHING else ()
        if record.children and _rests_on_damage(record, rule):
            unread.add(field.name)
        given += [GivenField(field, text, place, _date_trouble(rule, text)) for text in texts]
    return given, frozenset(unread)


def _date_trouble(rule: ValueRule, text: str) -> str | None:
    """Says in which forms a date was expected, where it has none of them."""
    if text != UNREADABLE:
        return None
    forms = dict.fromkeys(form for one in rule.sources for form in one.date_formats)
    return f"not a date that exists, written as {' or '.join(forms)}" if forms else None


def _rests_on_damage(record: Record, rule: ValueRule) -> bool:
    """Tells whether a row that can't be read may hold the value."""
    paths = [source.path.steps for source in rule.sources if source.path is not None]
    return any(
        one.state is State.DAMAGED
        for steps in paths
        for end in range(1, len(steps) + 1)
        for one in records_at(record, steps[:end])
    )
