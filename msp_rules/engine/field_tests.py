"""Compiles the tests of fields, for a value, an absent field and an unreadable one.

What an absent field passes is said in docs/readings.md, section 1; what counts as unknown, in
section 11.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Final, Protocol

from msp_rules.casework.case import WITHHELD, Event
from msp_rules.casework.moments import Moment, is_before
from msp_rules.engine.scope import AnchorTerm, Scope
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN, UNKNOWN_MOMENT
from msp_rules.rules.language.conditions import Anchor, FieldTest, Test

EventTest = Callable[[Event, Scope], int]
NamedTest = tuple[str, EventTest]
"""A test with the name that explanations give it."""
ValueTest = Callable[[object, Scope], int]
_ENVELOPE: Final = frozenset({"id", "agency", "role"})


class Anchors(Protocol):
    """Compiles anchors, which a test of a date may compare with."""

    def anchor(self, node: Anchor) -> AnchorTerm:
        """Compiles the moment of an anchor."""
        ...


def field_test(test: FieldTest, event_type: str, anchors: Anchors) -> EventTest:
    """Compiles one test of one field of events of a type."""
    # Interned as the reader's are: equal names are then found without being compared.
    name, check = intern(test.field), _value_test(test, anchors)
    absent = TRUE if test.test in (Test.NOT_ONE_OF, Test.IS_ABSENT) else FALSE
    is_of_event = not event_type.startswith("<")  # attributes are no part of what is supplied

    def test_absence(event: Event, scope: Scope) -> int:
        if name in event.unknown:
            return UNKNOWN
        if is_of_event and scope.supply.declared:
            return absent if scope.supply.has_field(event_type, name) else UNKNOWN
        return absent

    if name in _ENVELOPE:

        def test_envelope(event: Event, scope: Scope) -> int:
            value = getattr(event, name)
            if name in event.unknown:
                return UNKNOWN
            return absent if value is None else check(value, scope)

        return test_envelope
    if test.test is Test.ONE_OF:
        # Most tests are of this kind, and most values are codes: one call less for those.
        values = frozenset(test.values)

        def test_code(event: Event, scope: Scope) -> int:
            value = event.fields.get(name)
            if value in values:
                return TRUE
            return test_absence(event, scope) if value is None else check(value, scope)

        return test_code

    def test_field(event: Event, scope: Scope) -> int:
        value = event.fields.get(name)
        return test_absence(event, scope) if value is None else check(value, scope)

    return test_field


def event_tests(
    where: tuple[FieldTest, ...],
    where_any: tuple[tuple[FieldTest, ...], ...],
    event_type: str,
    anchors: Anchors,
) -> EventTest | None:
    """Compiles all of `where` and one row of `where_any`; None where there is nothing to test."""
    checks = [field_test(test, event_type, anchors) for test in where]
    if where_any:
        checks.append(_any_row([event_tests(row, (), event_type, anchors) for row in where_any]))
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def passes(event: Event, scope: Scope) -> int:
        answer = TRUE
        for check in checks:
            value = check(event, scope)
            if value == FALSE:
                return FALSE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    return passes


def _any_row(rows: list[EventTest | None]) -> EventTest:
    def passes(event: Event, scope: Scope) -> int:
        answer = FALSE
        for row in rows:
            value = TRUE if row is None else row(event, scope)
            if value == TRUE:
                return TRUE
            if value == UNKNOWN:
                answer = UNKNOWN
        return answer

    return passes


def _value_test(test: FieldTest, anchors: Anchors) -> ValueTest:
    """Compiles the test of a value that is present; of several values, one match is enough."""
    kind = test.test
    if kind is Test.IS_PRESENT:
        return lambda value, scope: TRUE
    if kind is Test.IS_ABSENT:
        return lambda value, scope: FALSE
    if kind in (Test.ONE_OF, Test.NOT_ONE_OF):
        return _membership(frozenset(test.values), is_wanted=kind is Test.ONE_OF)
    if kind in (Test.AT_LEAST, Test.AT_MOST):
        bound = test.number or 0
        if kind is Test.AT_LEAST:
            return lambda value, scope: TRUE if _size(value) >= bound else FALSE
        return lambda value, scope: TRUE if _size(value) <= bound else FALSE
    return _date_test(test, anchors)


def _size(value: object) -> int:
    """Gives a whole number, or how many values a repeated field has."""
    if type(value) is tuple:
        return len(value)
    assert isinstance(value, int)
    return value


def _membership(values: frozenset[str], *, is_wanted: bool) -> ValueTest:
    hit, miss = (TRUE, FALSE) if is_wanted else (FALSE, TRUE)

    def check(value: object, scope: Scope) -> int:
        if type(value) is tuple:
            if any(one in values for one in value):
                return hit
            return UNKNOWN if WITHHELD in value else miss
        # A text that was withheld is there, and may be any text.
        if value == WITHHELD:
            return UNKNOWN
        return hit if value in values else miss

    return check


def _date_test(test: FieldTest, anchors: Anchors) -> ValueTest:
    operand = test.moment
    assert operand is not None
    resolve = _at(operand) if isinstance(operand, Moment) else anchors.anchor(operand)
    is_before_test = test.test is Test.BEFORE

    def check(value: object, scope: Scope) -> int:
        other = resolve(scope)
        if other is NOT_HAPPENED or not isinstance(value, Moment):
            return FALSE
        if other is UNKNOWN_MOMENT:
            return UNKNOWN
        holds = is_before(value, other) if is_before_test else is_before(other, value)
        return TRUE if holds else FALSE

    return check


def _at(moment: Moment) -> AnchorTerm:
    return lambda scope: moment
