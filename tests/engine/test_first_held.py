"""When a condition first held is searched for among very many moments, and is that moment."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from msp_rules.casework.case import Case, Event
from msp_rules.casework.moments import Moment, cutoff_of, moment_on, parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.casework.workdays import Unit, england
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.dues import first_held
from msp_rules.engine.scope import AnchorMoment, Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, NOT_HAPPENED, TRUE, UNKNOWN_MOMENT
from msp_rules.rules.language.conditions import Count, FieldTest, Limit, Selection
from msp_rules.rules.language.conditions import Test as Kind
from msp_rules.rules.language.rule import Settings

NEVER = Limit(unit=Unit.WEEKS, values=((0, 1),))
SETTINGS = Settings(office_close=0, max_temporary_reason=NEVER, temporary_codes=frozenset())
HELD = FieldTest(field="kind", test=Kind.ONE_OF, values=("wanted",))
WANTED = ConditionCompiler("R-01", None, Clock(england(), 0), SETTINGS).compile(
    Count(selection=Selection(type="meeting_held", where=(HELD,)), at_least=1)
)
COUNT = 150


def moment_of_number(number: int) -> Moment:
    """Gives a moment that is later for each later number; one in three has no time."""
    day = date(2026, 1, 1) + timedelta(days=number // 3)
    return moment_on(day) if number % 3 == 2 else parse_moment(f"{day}T1{number % 3}:00:00")


def scope_with(wanted: int | None, *, uncertain: int | None = None) -> Scope:
    """Gives a case of which one meeting is wanted, and one more may be there."""
    events = [
        Event(
            f"e{number:03}",
            "meeting_held",
            moment_of_number(number),
            moment_of_number(number),
            fields={"kind": "wanted" if number in (wanted, uncertain) else "another"},
            is_certain=number != uncertain,
        )
        for number in range(COUNT)
    ]
    random.Random(COUNT).shuffle(events)
    return Scope(in_force(Case("C", tuple(events)), parse_as_of("2026-12-31")))


def asked_at_each(scope: Scope, after: int) -> AnchorMoment:
    """Asks at each moment in turn, after that of a number."""
    seen = cutoff_of(moment_of_number(after))
    moments = {event.moment for event in scope.by_type["meeting_held"] if event.moment is not None}
    for moment in sorted(moments, key=lambda one: (cutoff_of(one).instant, one)):
        cutoff = cutoff_of(moment)
        if cutoff.instant <= seen.instant:
            continue
        value = WANTED.term(scope.seen_through(cutoff))
        if value != FALSE:
            return moment if value == TRUE else UNKNOWN_MOMENT
    return UNKNOWN_MOMENT


@pytest.mark.parametrize("after", [0, 40, 84, 85, 86])
@pytest.mark.parametrize("uncertain", [None, 3, 90, 149])
@pytest.mark.parametrize("wanted", [None, 1, 41, 42, 87, 130, 148, 149])
def test_a_search_finds_what_asking_at_each_moment_finds(
    wanted: int | None, uncertain: int | None, after: int
) -> None:
    scope = scope_with(wanted, uncertain=uncertain)

    found = first_held(WANTED, scope, cutoff_of(moment_of_number(after)))

    assert found == asked_at_each(scope, after)


def test_where_nothing_happened_nothing_held() -> None:
    scope = Scope(in_force(Case("C", ()), parse_as_of("2026-12-31")))

    assert first_held(WANTED, scope) is NOT_HAPPENED
