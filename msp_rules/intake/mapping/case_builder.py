"""Builds a case from a record of a vendor's source, by what a mapping says of it.

The texts that the mapping finds are read as those of the canonical export are (`case_parts`): what
counts as readable is the same for both. A fault names the line of the record that it concerns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from msp_rules.casework.case import WITHHELD, Case, Event, Fault, FieldValue, Supply
from msp_rules.casework.vocabulary import EventType, Field, Vocabulary
from msp_rules.intake.case_parts import (
    CaseNotes,
    Given,
    GivenField,
    PartReader,
    is_readable_id,
    substitute_id,
)
from msp_rules.intake.mapping.language import CaseMapping, EventRule, FieldPath, PathStep, ValueRule
from msp_rules.intake.mapping.records import (
    Record,
    State,
    holds,
    records_at,
    texts_at,
    texts_of,
    with_all_inside,
)
from msp_rules.intake.mapping.values import mapped, single_of, values_of

_CASE: Final = "case"
_ADULT: Final = "adult"
_REF: Final = "ref"


class BuiltCase(NamedTuple):
    """A case that was built from a record."""

    case: Case
    """The case."""
    faults: list[Fault]
    """Everything that could not be read."""
    unmapped: Counter[tuple[str, str]]
    """Values that did not map, by owner (an event type, `case` or `adult`) and field."""


class _FieldPlan(NamedTuple):
    """Pairs a field of the vocabulary with how a mapping reads it."""

    field: Field
    rule: ValueRule


class _EventPlan(NamedTuple):
    """Pairs an entry of the mapping's events with what the vocabulary says of its type.

    `order` is its place among the entries: of one record they become events in that order.
    """

    order: int
    rule: EventRule
    kind: EventType
    fields: tuple[_FieldPlan, ...]


class _Choice(NamedTuple):
    """Groups the entries for records at one place by the text that the first condition wants.

    `by_first_text` holds indexes of `plans`. There may be dozens of entries for the forms of a
    case, most of which the kind of the form rules out at once.
    """

    record: tuple[PathStep, ...]
    plans: list[_EventPlan]
    without_condition: list[_EventPlan]
    by_first_text: dict[FieldPath, dict[str, list[int]]]


EventRecords = list[tuple[Record, _EventPlan]]
"""The records of a case that are events, in the order of the source, with their entries."""


class CaseBuilder:
    """Builds the cases that one mapping reads."""

    def __init__(self, mapping: CaseMapping, vocabulary: Vocabulary) -> None:
        self._parts = PartReader(vocabulary)
        self._id = mapping.attributes.get("id")
        self._attributes = [
            _FieldPlan(vocabulary.case[name], rule)
            for name, rule in mapping.attributes.items()
            if name != "id"
        ]
        self._ref = mapping.adult.get(_REF)
        self._adult = [
            _FieldPlan(vocabulary.adult[name], rule)
            for name, rule in mapping.adult.items()
            if name != _REF
        ]
        self._choices = _choices(mapping.events, vocabulary)

    def case_id(self, record: Record) -> str:
        """Reads the id of a case as it is written; empty where there is none."""
        values = () if self._id is None else values_of(record, self._id).values
        return (single_of(values) or "").strip()

    def events_in(self, record: Record) -> EventRecords:
        """Finds the records that are events of a case.

        Their order is that of the source, as in a canonical export: it may break a tie.
        """
        places = {one: place for place, one in enumerate(with_all_inside(record))}
        found = [
            (places[one], plan.order, one, plan)
            for choice in self._choices
            for one in records_at(record, choice.record)
            for plan in _chosen(choice, one)
        ]
        found.sort(key=lambda row: row[:2])
        return [(one, plan) for _, _, one, plan in found]

    def build(
        self, record: Record, case_id: str, events: EventRecords, supply: Supply
    ) -> BuiltCase:
        """Builds the case of a record, whose id and events are those that were found in it."""
        faults: list[Fault] = []
        place = record.place
        notes = self._parts.begin_case(case_id, place, faults)
        building = _Building(self._parts, notes)
        attributes, unknown = building.attributes(record, self._attributes)
        adult, unread = building.adult(record, self._ref, self._adult)
        case = Case(
            id=notes.case_id,
            events=building.events(events),
            attributes=attributes,
            adult=adult,
            supply=supply,
            unknown=frozenset(unknown | unread),
            line=place.line,
        )
        return BuiltCase(case, faults, building.unmapped)


def _choices(events: tuple[EventRule, ...], vocabulary: Vocabulary) -> list[_Choice]:
    found: dict[tuple[PathStep, ...], _Choice] = {}
    for order, rule in enumerate(events):
        kind = vocabulary.events[rule.type]
        fields = tuple(_FieldPlan(kind.fields[name], one) for name, one in rule.fields.items())
        plan = _EventPlan(order, rule, kind, fields)
        steps = rule.record.steps
        choice = found.setdefault(steps, _Choice(steps, [], [], {}))
        choice.plans.append(plan)
        if not rule.conditions:
            choice.without_condition.append(plan)
            continue
        first = rule.conditions[0]
        by_text = choice.by_first_text.setdefault(first.path, {})
        for text in first.values:
            by_text.setdefault(text, []).append(len(choice.plans) - 1)
    return list(found.values())


def _chosen(choice: _Choice, record: Record) -> list[_EventPlan]:
    """Chooses the entries by which a record is an event; a damaged one may be any of them."""
    if record.state is State.DAMAGED:
        return choice.plans
    chosen = list(choice.without_condition)
    for path, by_text in choice.by_first_text.items():
        texts = dict.fromkeys(texts_at(record, path))
        wanted = {at for text in texts for at in by_text.get(text, ())}
        chosen += [choice.plans[at] for at in wanted]
    return [plan for plan in chosen if all(holds(record, one) for one in plan.rule.conditions[1:])]


class _PartValues:
    """Reads the values of one part of a case, and remembers which of them did not map."""

    __slots__ = ("names", "owner", "unmapped")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.names: set[str] = set()
        self.unmapped: dict[str, int] = {}

    def values_of(self, record: Record, name: str, rule: ValueRule) -> tuple[str, ...]:
        """Reads a value of the part."""
        if rule.path is None:
            return values_of(record, rule).values
        return self.mapped(texts_at(record, rule.path), name, rule)

    def mapped(self, texts: Sequence[str], name: str, rule: ValueRule) -> tuple[str, ...]:
        """Reads the texts that were found for a value of the part."""
        if not texts:
            return ()
        values, unmapped = mapped(texts, rule)
        if values or unmapped:
            self.names.add(name)
        if unmapped:
            self.unmapped[name] = self.unmapped.get(name, 0) + unmapped
        return values


class _Building:
    """Builds one case: its parts in the order in which `CaseBuilder.build` asks for them."""

    def __init__(self, parts: PartReader, notes: CaseNotes) -> None:
        self._parts = parts
        self._notes = notes
        self._substitutes: set[str] = set()
        self.unmapped: Counter[tuple[str, str]] = Counter()

    def attributes(
        self, record: Record, plans: Sequence[_FieldPlan]
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
        self, record: Record, ref: ValueRule | None, plans: Sequence[_FieldPlan]
    ) -> tuple[dict[str, FieldValue], set[str]]:
        """Reads the adult; gives the names of fields that can't be read, too."""
        part = _PartValues(_ADULT)
        attributes = {} if ref is None else _single_texts(record, [(_REF, ref)], part)
        fields, unread = _given_fields(record, plans, part)
        given = Given(attributes, fields, record.place, unread)
        values, bad = self._parts.adult(given, self._notes)
        self._count(part, bad)
        return values, {f"adult.{name}" for name in bad}

    def events(self, found: EventRecords) -> tuple[Event, ...]:
        """Reads the events of the case, and checks them beside each other."""
        parts = [_PartValues(plan.kind.name) for _, plan in found]
        read = [self._event(*one, part) for one, part in zip(found, parts, strict=True)]
        inputs = [record.place.input for record, _ in found]
        checked = self._parts.together(read, inputs, self._notes)
        for event, part in zip(checked, parts, strict=True):
            # Only now: a field that names no other event of the case is unknown, too.
            has_moment = event.moment is not None
            self._count(part, event.unknown if has_moment else event.unknown | {"occurred"})
        return checked

    def _event(self, record: Record, plan: _EventPlan, part: _PartValues) -> Event:
        if record.state is not State.SOUND:
            return self._event_in_doubt(record, plan.kind)
        attributes = _single_texts(record, plan.rule.envelope.items(), part)
        fields, unread = _given_fields(record, plan.fields, part)
        line = record.place.line
        substitute = "" if is_readable_id(attributes.get("id", "")) else self._substitute(line)
        given = Given(attributes, fields, record.place, unread | plan.rule.unknown, substitute)
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
        """Counts what the mapping does not know, and what it does and the vocabulary does not."""
        for name, count in part.unmapped.items():
            self.unmapped[part.owner, name] += count
        for name in sorted(unread):
            if name in part.names and name not in part.unmapped:
                self.unmapped[part.owner, name] += 1


def _single_texts(
    record: Record, rules: Iterable[tuple[str, ValueRule]], part: _PartValues
) -> dict[str, str]:
    """Reads the attributes of a part. None has a way to say that it was not exported."""
    texts: dict[str, str] = {}
    for name, rule in rules:
        found = [one for one in part.values_of(record, name, rule) if one != WITHHELD]
        text = single_of(found)
        if text is not None:
            texts[name] = text.strip()
    return texts


def _given_fields(
    record: Record, plans: Iterable[_FieldPlan], part: _PartValues
) -> tuple[list[GivenField], frozenset[str]]:
    """Reads the fields of a part; names those of which a damaged row may hold a value, too."""
    given: list[GivenField] = []
    unread: set[str] = set()
    place = record.place
    for field, rule in plans:
        if rule.path is None:
            texts = part.values_of(record, field.name, rule)
        else:
            found = records_at(record, rule.path.steps)
            if not found:
                continue  # most fields of most forms
            texts = part.mapped(texts_of(found, rule.path.attribute), field.name, rule)
            if any(one.state is State.DAMAGED for one in found):
                unread.add(field.name)
        given += [GivenField(field, text, place) for text in texts]
    return given, frozenset(unread)
