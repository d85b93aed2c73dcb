"""Records just what an answer says is missing, in every way that its rule's own words allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice, product

from msp_rules.casework.case import Case, Event, FieldValue
from msp_rules.casework.moments import Cutoff, Moment, moment_on
from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from msp_rules.engine.verdict import Answer, Missing
from msp_rules.rules.language.conditions import (
    AttributeTest,
    Extreme,
    FieldTest,
    ReasonInSubject,
    Selection,
    Test,
    walk,
)
from msp_rules.rules.language.rule import Rule, asked_by

MOST_TRIES = 6000
MANY = 6
"""More values of one field than any rule counts."""
LATEST = 745_000
"""A day (ordinal) later than that of any example."""
NO_FIELDS = ("occurred", "void", "id")
"""Parts of an event that may be in doubt, beside its fields."""


@dataclass(frozen=True)
class Step:
    """One row of what is missing, as somebody records it.

    Either as a new event with just these values, or filled into the events in which they are
    missing or cannot be read.
    """

    row: Missing
    values: Mapping[str, FieldValue]
    is_new: bool


def settled_cases(rule: Rule, answer: Answer, case: Case, as_of: Cutoff) -> Iterator[Case]:
    """Yields the case with what is missing recorded, on each day that may matter."""
    subject = next((e for e in case.events if e.id == answer.subject), None)
    days = _days(answer, case, as_of, subject)
    ways = [list(_steps(rule, row, case)) for row in answer.missing]
    if not ways or not all(ways):
        return
    for steps, moments in islice(_tries(ways, days), MOST_TRIES):
        events = list(case.events)
        for number, (step, day) in enumerate(zip(steps, moments, strict=True)):
            events = list(_recorded(events, step, day, f"new{number}", subject, rule))
        yield case._replace(events=tuple(events))


def _tries(
    ways: list[list[Step]], days: list[Moment]
) -> Iterator[tuple[tuple[Step, ...], tuple[Moment, ...]]]:
    """Everything on one day first, since that is how most of it is recorded."""
    for day in days:
        for steps in product(*ways):
            yield steps, (day,) * len(steps)
    if len(ways) > 1:
        for moments in product(days[:12], repeat=len(ways)):
            for steps in product(*(way[:8] for way in ways)):
                yield steps, moments


def _recorded(
    events: list[Event], step: Step, day: Moment, new_id: str, subject: Event | None, rule: Rule
) -> Iterator[Event]:
    for event in events:
        is_meant = event.type == step.row.event and not step.is_new
        if is_meant and event.type == rule.each and subject is not None:
            is_meant = event.id == subject.id or _is_doubtful(event, step)
        yield _filled(event, step, day) if is_meant and _lacks(event, step) else event
    if step.is_new:
        yield _event(new_id, step.row.event, step.values)._replace(moment=day)


def _lacks(event: Event, step: Step) -> bool:
    said = event.fields.keys()
    return (
        _is_doubtful(event, step)
        or any(name not in said for name in step.values)
        or bool(step.values)
    )


def _is_doubtful(event: Event, step: Step) -> bool:
    names = set(step.row.fields)
    return (
        bool(event.unknown & names)
        or (event.moment is None and "occurred" in names)
        or (not event.is_certain and not names.isdisjoint(("void", "id", "occurred")))
    )


def _filled(event: Event, step: Step, day: Moment) -> Event:
    names = set(step.row.fields)
    moment = day if event.moment is None and "occurred" in names else event.moment
    is_certain = event.is_certain or not names.isdisjoint(NO_FIELDS)
    return event._replace(
        fields={**event.fields, **step.values},
        unknown=event.unknown - names,
        moment=moment,
        is_certain=is_certain,
    )


def _days(answer: Answer, case: Case, as_of: Cutoff, subject: Event | None) -> list[Moment]:
    """The days on which a record may count: today, the limit, and those of the record."""
    own = sorted({e.moment for e in case.events if e.moment is not None}, reverse=True)
    moments = [_on(as_of.day)]
    if answer.due is not None:
        moments.append(_on(answer.due.cutoff.day))
    if subject is not None and subject.moment is not None:
        moments.append(subject.moment)
    moments += [*own, *(_on(one.day) for one in own)]
    moments += [_on(one.day + step) for one in own for step in (1, -1, 20)]
    return list(dict.fromkeys(one for one in moments if one.instant <= as_of.instant))


def _on(day: int) -> Moment:
    return moment_on(date.fromordinal(day))


def _steps(rule: Rule, row: Missing, case: Case) -> Iterator[Step]:
    """The ways to record a row, the new event first."""
    every = list(_assignments(rule, row, case))
    for values in every:
        if not set(row.fields) & set(NO_FIELDS):
            yield Step(row, values, is_new=True)
        yield Step(row, values, is_new=False)


def _event(event_id: str, event_type: str, fields: Mapping[str, FieldValue]) -> Event:
    own = {name: value for name, value in fields.items() if name not in ("agency", "role")}
    role, agency = fields.get("role"), fields.get("agency")
    return Event(
        id=event_id,
        type=event_type,
        moment=None,
        recorded=None,
        fields=own,
        role=str(role) if role is not None else None,
        agency=str(agency) if agency is not None else None,
    )


def _assignments(rule: Rule, row: Missing, case: Case) -> Iterator[Mapping[str, FieldValue]]:
    """The values of a row's fields that some row of tests of the rule may ask for."""
    seen = list[Mapping[str, FieldValue]]()
    for tests in _test_rows(rule, row.event):
        codes = row.codes()
        values = [
            [(name, value) for value in _accepted(codes.get(name), row, name, tests, case)]
            for name in row.fields
            if name not in NO_FIELDS
        ]
        for chosen in islice(product(*values), 60):
            if dict(chosen) not in seen:
                seen.append(dict(chosen))
                yield dict(chosen)


def _accepted(
    codes: tuple[str, ...] | None,
    row: Missing,
    name: str,
    tests: tuple[FieldTest, ...],
    case: Case,
) -> Iterator[FieldValue]:
    """Each code that is said to do, and no other; any value where none is said."""
    if codes is None:
        yield from _values(row.event, name, tests, case)
    else:
        may_repeat = _field(row.event, name).may_repeat
        yield from ((code,) if may_repeat else code for code in codes)


def _test_rows(rule: Rule, event_type: str) -> Iterator[tuple[FieldTest, ...]]:
    """Each row of tests that a rule puts to events of a type."""
    for node in walk(asked_by(rule)):
        if (
            isinstance(node, Extreme)
            and node.selection.type == event_type
            or isinstance(node, Selection)
            and node.type == event_type
        ):
            yield from ((*node.where, *more) for more in node.where_any or ((),))
        elif isinstance(node, AttributeTest | ReasonInSubject):
            yield node.where
    yield ()


def _values(
    event_type: str, name: str, tests: tuple[FieldTest, ...], case: Case
) -> Iterator[FieldValue]:
    field = _field(event_type, name)
    for test in tests:
        if test.field == name:
            yield from _values_of_test(field, test)
    if field.kind in (FieldKind.CODE, FieldKind.FLAG):
        yield from ((code,) if field.may_repeat else code for code in field.codes)
    elif field.kind is FieldKind.TEXT:
        yield ("As noted.",) if field.may_repeat else "As noted."
    elif field.kind is FieldKind.WHOLE:
        yield 1
    elif field.kind is FieldKind.REF:
        ids = [event.id for event in case.events if event.type == field.refers_to]
        yield from ((one,) if field.may_repeat else one for one in ids)
    else:
        yield _on(LATEST)


def _values_of_test(field: Field, test: FieldTest) -> Iterator[FieldValue]:
    if test.test is Test.ONE_OF:
        yield from ((value,) if field.may_repeat else value for value in test.values)
    elif test.number is not None:
        many = field.codes[:MANY] or tuple(f"As noted ({n})." for n in range(MANY))
        yield tuple(many) if field.may_repeat else test.number
    elif isinstance(test.moment, Moment):
        yield test.moment


def _field(event_type: str, name: str) -> Field:
    vocabulary = core_vocabulary()
    return {**vocabulary.envelope, **vocabulary.events[event_type].fields}[name]
