"""What each verb means: its value, what it rests on, what is missing, what leaves it open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest

from msp_rules.casework.case import Case, Event, FieldValue, Supply
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.casework.workdays import Unit, england
from msp_rules.engine.compiled import in_order_of_time
from msp_rules.engine.conditions import ConditionCompiler
from msp_rules.engine.scope import Scope
from msp_rules.engine.selections import Clock
from msp_rules.engine.truth import FALSE, TRUE, UNKNOWN
from msp_rules.engine.verdict import Missing
from msp_rules.rules.language.conditions import (
    AllOf,
    AnyOf,
    AsOf,
    AtLeastNOf,
    AttributeTest,
    ConceptUse,
    Condition,
    Count,
    EventAnchor,
    ExplanationGiven,
    Extreme,
    FieldTest,
    Gap,
    InOrder,
    Limit,
    NoneOf,
    ReasonInSubject,
    ReasonRecorded,
    Selection,
    This,
)
from msp_rules.rules.language.conditions import Test as FieldTestKind
from msp_rules.rules.language.rule import Settings

OFFICE_CLOSE = 17 * 3_600_000_000
BEGINNING = -(10**6)


class Meaning(NamedTuple):
    """All that a condition answers; `evidence` is None where it does not hold."""

    value: int
    evidence: tuple[str, ...] | None
    missing: tuple[Missing, ...] | None = ()
    doubts: tuple[Missing, ...] = ()


def days(number: int) -> Limit:
    return Limit(unit=Unit.CALENDAR_DAYS, values=((BEGINNING, number),))


def event(event_id: str, event_type: str, day: str | None, **fields: FieldValue) -> Event:
    moment = parse_moment(day) if day is not None else None
    return Event(event_id, event_type, moment, moment, fields, is_certain=day is not None)


def meaning(
    node: Condition,
    events: Iterable[Event],
    *,
    subject: str | None = None,
    supply: Supply | None = None,
    unknown: frozenset[str] = frozenset(),
) -> Meaning:
    case = Case("C", tuple(events), supply=supply or Supply(), unknown=unknown)
    subjects = {one.id: one for one in case.events}
    clock = Clock(england(), OFFICE_CLOSE)
    settings = Settings(
        office_close=OFFICE_CLOSE,
        max_temporary_reason=days(10),
        temporary_codes=frozenset({"unsafe"}),
    )
    kind = subjects[subject].type if subject is not None else None
    condition = ConditionCompiler("R-01", kind, clock, settings).compile(node)
    scope = Scope(in_force(case, parse_as_of("2026-03-31")))
    scope = scope.on(subjects[subject]) if subject is not None else scope
    found = condition.evidence(scope)
    return Meaning(
        value=condition.term(scope),
        evidence=None if found is None else in_order_of_time(found),
        missing=condition.missing(scope),
        doubts=condition.doubts(scope),
    )


def field_is(field: str, *values: str) -> FieldTest:
    return FieldTest(field=field, test=FieldTestKind.ONE_OF, values=values)


def recorded(event_type: str, *where: FieldTest) -> Count:
    return Count(selection=Selection(type=event_type, where=where), at_least=1)


def first(event_type: str) -> EventAnchor:
    return EventAnchor(which="first", selection=Selection(type=event_type))


CONCERN = event("e1", "concern_raised", "2026-03-01", source="police")
MEETING = event("e2", "meeting_held", "2026-03-02", purpose="planning")
LATER = event("e3", "meeting_held", "2026-03-09", purpose="review")
DOUBTFUL = event("e4", "meeting_held", None, purpose="planning")
PLANNING = field_is("purpose", "planning")
NO_MEETINGS = Supply(declared=True, types=frozenset({"concern_raised"}))
MEETING_WANTED = Missing("meeting_held", ())
PLANNING_WANTED = Missing("meeting_held", ("purpose",), (("planning",),))
UNDATED = Missing("meeting_held", ("occurred",))
NO_RECORD = None
"""There is no new record that would make a condition hold."""


# recorded, not_recorded, count


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((MEETING, LATER), Meaning(TRUE, ("e2",))),
        ((LATER,), Meaning(FALSE, None, (PLANNING_WANTED,))),
        ((DOUBTFUL,), Meaning(UNKNOWN, None, (PLANNING_WANTED,), (UNDATED,))),
    ],
)
def test_recorded_asks_for_one_such_event(events: tuple[Event, ...], expected: Meaning) -> None:
    assert meaning(recorded("meeting_held", PLANNING), events) == expected


def test_recorded_is_open_where_the_type_is_not_supplied() -> None:
    found = meaning(recorded("meeting_held"), (CONCERN,), supply=NO_MEETINGS)

    assert found == Meaning(UNKNOWN, None, (MEETING_WANTED,), (MEETING_WANTED,))


def test_not_recorded_rests_on_no_event_and_no_record_makes_it_hold() -> None:
    node = Count(selection=Selection(type="meeting_held"), at_most=0)

    assert meaning(node, (CONCERN,)) == Meaning(TRUE, ())
    assert meaning(node, (MEETING,)) == Meaning(FALSE, None, NO_RECORD)
    assert meaning(node, (DOUBTFUL,)) == Meaning(UNKNOWN, None, NO_RECORD, (UNDATED,))


def test_an_empty_field_that_is_filled_in_takes_an_event_out_of_those_not_wanted() -> None:
    empty = FieldTest(field="venue_considered", test=FieldTestKind.IS_ABSENT)
    node = Count(selection=Selection(type="meeting_held", where=(PLANNING, empty)), at_most=0)

    assert meaning(node, (MEETING,)).missing == (Missing("meeting_held", ("venue_considered",)),)


def test_a_count_wants_as_many_records_as_it_lacks() -> None:
    node = Count(selection=Selection(type="meeting_held"), at_least=4)

    assert meaning(node, (MEETING, LATER)).missing == (MEETING_WANTED, MEETING_WANTED)


def test_no_record_counts_from_what_has_not_happened() -> None:
    after = Selection(type="meeting_held", since=first("plan_made"))

    assert meaning(Count(selection=after, at_least=1), (MEETING,)).missing is NO_RECORD


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [
        (2, None, TRUE),
        (3, None, UNKNOWN),
        (4, None, FALSE),
        (None, 1, FALSE),
        (None, 2, UNKNOWN),
        (None, 3, TRUE),
        (2, 3, TRUE),
        (3, 3, UNKNOWN),
    ],
)
def test_count_compares_the_least_and_the_greatest_number(
    low: int | None, high: int | None, value: int
) -> None:
    node = Count(selection=Selection(type="meeting_held"), at_least=low, at_most=high)

    assert meaning(node, (MEETING, LATER, DOUBTFUL)).value == value


# latest, first


def test_latest_asks_the_newest_event_only() -> None:
    node = Extreme(which="latest", selection=Selection(type="meeting_held"), where=(PLANNING,))
    wanted = (PLANNING_WANTED,)

    assert meaning(node, (MEETING,)) == Meaning(TRUE, ("e2",))
    assert meaning(node, (MEETING, LATER)) == Meaning(FALSE, None, wanted)
    assert meaning(node, (CONCERN,)) == Meaning(FALSE, None, wanted)


def test_latest_is_known_where_every_uncertain_event_leads_to_the_same_answer() -> None:
    node = Extreme(which="latest", selection=Selection(type="meeting_held"), where=(PLANNING,))

    assert meaning(node, (MEETING, DOUBTFUL)).value == TRUE
    assert meaning(node, (LATER, DOUBTFUL)).value == UNKNOWN


# gap, in_order


@pytest.mark.parametrize(("limit", "value"), [(22, TRUE), (21, FALSE)])
def test_gap_measures_the_longest_silence_up_to_now(limit: int, value: int) -> None:
    node = Gap(
        selection=Selection(type="meeting_held"),
        at_most=days(limit),
        start=first("concern_raised"),
        end=AsOf(),
    )

    assert meaning(node, (CONCERN, MEETING, LATER)).value == value


def test_gap_is_open_where_an_event_without_a_date_may_lie_in_the_silence() -> None:
    node = Gap(
        selection=Selection(type="meeting_held"),
        at_most=days(7),
        start=first("concern_raised"),
        end=AsOf(),
    )

    assert meaning(node, (CONCERN, DOUBTFUL)).value == UNKNOWN


def test_in_order_holds_where_the_later_one_has_not_happened() -> None:
    node = InOrder(earlier=Selection(type="concern_raised"), later=Selection(type="meeting_held"))
    swapped = InOrder(earlier=node.later, later=node.earlier)

    assert meaning(node, (CONCERN,)) == Meaning(TRUE, ("e1",))
    assert meaning(node, (CONCERN, MEETING)) == Meaning(TRUE, ("e1", "e2"))
    assert meaning(swapped, (CONCERN, MEETING)) == Meaning(FALSE, None, NO_RECORD)
    assert meaning(swapped, (CONCERN,)) == Meaning(FALSE, None, (MEETING_WANTED,))
    assert meaning(swapped, (CONCERN, DOUBTFUL)).value == UNKNOWN


# this, case, adult


def test_this_asks_the_subject() -> None:
    node = AttributeTest(of="this", where=(field_is("source", "police"),))
    other = AttributeTest(of="this", where=(field_is("source", "family"),))

    assert meaning(node, (CONCERN,), subject="e1") == Meaning(TRUE, ("e1",))
    assert meaning(other, (CONCERN,), subject="e1") == Meaning(
        FALSE, None, (Missing("concern_raised", ("source",), (("family",),)),)
    )


def test_attributes_of_the_case_that_cannot_be_read_leave_it_open() -> None:
    node = AttributeTest(of="case", where=(field_is("team", "north"),))

    found = meaning(node, (), unknown=frozenset({"case.team"}))

    wanted = (Missing("case", ("team",), (("north",),)),)
    assert found == Meaning(UNKNOWN, None, wanted, (Missing("case", ("team",)),))


# concept


def test_a_concept_is_what_its_condition_is() -> None:
    node = ConceptUse(name="met", condition=recorded("meeting_held"))

    assert meaning(node, (MEETING,)) == Meaning(TRUE, ("e2",))
    assert meaning(node, (DOUBTFUL,)) == Meaning(UNKNOWN, None, (MEETING_WANTED,), (UNDATED,))


def test_a_concept_at_a_moment_sees_only_what_had_happened_by_then() -> None:
    node = ConceptUse(name="met", condition=recorded("meeting_held"), at=This())
    early = event("e0", "meeting_held", "2026-03-01")

    assert meaning(node, (CONCERN, MEETING), subject="e1").value == FALSE
    assert meaning(node, (CONCERN, early), subject="e1") == Meaning(TRUE, ())


# all, any, none, at_least_n_of

HELD = recorded("concern_raised")
NOT_HELD = recorded("plan_made", field_is("goal", "safe"))
OPEN = recorded("meeting_held")
PLAN_WANTED = Missing("plan_made", ("goal",), (("safe",),))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(AllOf(of=(HELD, HELD)), Meaning(TRUE, ("e1",)), id="all hold"),
        pytest.param(
            AllOf(of=(HELD, OPEN, NOT_HELD)),
            Meaning(FALSE, None, (MEETING_WANTED, PLAN_WANTED)),
            id="all, and one fails",
        ),
        pytest.param(
            AllOf(of=(HELD, OPEN)),
            Meaning(UNKNOWN, None, (MEETING_WANTED,), (UNDATED,)),
            id="all, and one is open",
        ),
        pytest.param(AnyOf(of=(NOT_HELD, HELD)), Meaning(TRUE, ("e1",)), id="any holds"),
        pytest.param(
            AnyOf(of=(NOT_HELD, OPEN)),
            Meaning(UNKNOWN, None, (MEETING_WANTED,), (UNDATED,)),
            id="any, the shortest record",
        ),
        pytest.param(
            AnyOf(of=(NOT_HELD, NOT_HELD)), Meaning(FALSE, None, (PLAN_WANTED,)), id="any fails"
        ),
        pytest.param(NoneOf(of=(NOT_HELD,)), Meaning(TRUE, ()), id="none holds"),
        pytest.param(
            NoneOf(of=(NOT_HELD, HELD)), Meaning(FALSE, None, NO_RECORD), id="none, and one does"
        ),
        pytest.param(
            NoneOf(of=(OPEN,)), Meaning(UNKNOWN, None, NO_RECORD, (UNDATED,)), id="none, one open"
        ),
        pytest.param(
            AllOf(of=(NOT_HELD, NoneOf(of=(HELD,)))),
            Meaning(FALSE, None, NO_RECORD),
            id="all, and one that nothing mends",
        ),
        pytest.param(
            AtLeastNOf(n=1, of=(HELD, OPEN)), Meaning(TRUE, ("e1",)), id="enough of them hold"
        ),
        pytest.param(
            AtLeastNOf(n=2, of=(HELD, OPEN)),
            Meaning(UNKNOWN, None, (MEETING_WANTED,), (UNDATED,)),
            id="perhaps enough",
        ),
        pytest.param(
            AtLeastNOf(n=2, of=(HELD, NOT_HELD)),
            Meaning(FALSE, None, (PLAN_WANTED,)),
            id="not enough",
        ),
    ],
)
def test_combinations(node: Condition, expected: Meaning) -> None:
    assert meaning(node, (CONCERN, DOUBTFUL)) == expected


# reasons


def explanation(day: str, **fields: FieldValue) -> Event:
    given: dict[str, FieldValue] = {"rule": "R-01", "code": "unsafe", "text": "why", **fields}
    return event("e9", "explanation", day, **given)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (explanation("2026-03-21"), TRUE),  # ten days later is the day of the evaluation
        (explanation("2026-03-20"), FALSE),
        (explanation("2026-03-20", review_by=parse_moment("2026-03-31")), TRUE),
        (explanation("2026-03-20", review_by=parse_moment("2026-03-30")), FALSE),
        (explanation("2026-03-21", rule="R-02"), FALSE),
        (explanation("2026-03-21", code="other"), FALSE),
    ],
)
def test_an_explanation_stands_for_this_rule_with_this_code_until_its_end(
    given: Event, value: int
) -> None:
    node = ExplanationGiven(codes=("unsafe",))

    expected = Meaning(TRUE, ("e9",)) if value == TRUE else Meaning(FALSE, None, NO_RECORD)
    assert meaning(node, (given,)) == expected


@pytest.mark.parametrize(("day", "value"), [("2026-03-26", TRUE), ("2026-03-25", FALSE)])
def test_a_reason_in_another_event_stands_for_its_limit(day: str, value: int) -> None:
    node = ReasonRecorded(selection=Selection(type="oversight"), stands_for=days(5))

    assert meaning(node, (event("e5", "oversight", day),)).value == value


def test_a_reason_in_the_subject_needs_its_text() -> None:
    node = ReasonInSubject(where=(field_is("source", "police"),), needs=("detail",))
    told = event("e1", "concern_raised", "2026-03-01", source="police", detail="why")

    assert meaning(node, (told,), subject="e1") == Meaning(TRUE, ("e1",))
    assert meaning(node, (CONCERN,), subject="e1").value == FALSE
