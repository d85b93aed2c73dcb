"""What each verb of a condition means: a record of which it holds, one of which it does not, one
that leaves it open, and both sides of each boundary.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_rules.casework.case import UNKNOWN_EVENTS
from tests.builders.answer import NO, UNKNOWN, YES, event, holds, supplied
from tests.builders.case import EventParts, case_of

Row = tuple[tuple[EventParts, ...], str]

CONCERN = event("concern_raised", "01-05")
SAFE = event("immediate_safety_check", "01-06", result="safe")
ACTED = event("immediate_safety_check", "01-07", result="action_taken")
UNREAD_RESULT = event("immediate_safety_check", "01-08", result="unreadable")
UNDATED = event("immediate_safety_check", "unreadable", result="safe")


def row(holds_as: str, *events: EventParts) -> Row:
    return events, holds_as


def table(*rows: Row) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("events", "answer"), rows)


# Events that are there


@table(
    row(YES, SAFE),
    row(YES, SAFE, UNDATED),
    row(NO),
    row(NO, CONCERN),
    row(UNKNOWN, UNDATED),
)
def test_recorded(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    assert holds(tmp_path, "{recorded: immediate_safety_check}", case_of(*events)) == answer


@table(
    row(YES),
    row(YES, CONCERN),
    row(NO, SAFE),
    row(NO, SAFE, UNDATED),
    row(UNKNOWN, UNDATED),
)
def test_not_recorded(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    assert holds(tmp_path, "{not_recorded: immediate_safety_check}", case_of(*events)) == answer


def test_what_the_source_does_not_supply_is_unknown_and_never_absent(tmp_path: Path) -> None:
    case = case_of(CONCERN, supply=supplied("concern_raised"))

    recorded = holds(tmp_path / "recorded", "{recorded: plan_made}", case)
    absent = holds(tmp_path / "absent", "{not_recorded: plan_made}", case)

    assert (recorded, absent) == (UNKNOWN, UNKNOWN)


SAME_DAY = event("immediate_safety_check", "01-06", result="action_taken")


@table(
    row(NO, SAFE),
    row(NO, SAFE, SAME_DAY),
    row(YES, SAFE, ACTED),
    row(YES, SAFE, SAME_DAY, ACTED),
    row(NO, UNDATED),
    row(UNKNOWN, SAFE, UNDATED),
    row(UNKNOWN, UNDATED, UNDATED),
    row(YES, SAFE, ACTED, UNDATED),
)
def test_count_of_at_least_two_different_days(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = "{count: immediate_safety_check, different: days, at_least: 2}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


@table(
    row(YES),
    row(YES, SAFE, SAME_DAY),
    row(NO, SAFE, ACTED),
    row(YES, UNDATED),
    row(UNKNOWN, SAFE, UNDATED),
    row(NO, SAFE, ACTED, UNDATED),
)
def test_count_of_at_most_one_different_day(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = "{count: immediate_safety_check, different: days, at_most: 1}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


@table(
    row(NO, SAFE, event("immediate_safety_check", "01-06", result="unreadable")),
    row(UNKNOWN, SAFE, event("immediate_safety_check", "01-07", result="unreadable")),
)
def test_an_event_that_may_count_adds_no_day_that_another_has_for_sure(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    of_safe = "{count: immediate_safety_check, where: {result: safe}, different: days, at_least: 2}"

    assert holds(tmp_path, of_safe, case_of(*events)) == answer


@table(
    row(NO, event("meeting_held", "01-06T00:00"), event("meeting_held", "01-06T23:59")),
    row(YES, event("meeting_held", "01-06T23:59"), event("meeting_held", "01-07T00:00")),
    # On the last Sunday in March the clocks go forward: midnight in London is 23:00 in UTC.
    row(NO, event("meeting_held", "03-30T00:00"), event("meeting_held", "03-29T23:30+00:00")),
    row(YES, event("meeting_held", "03-29T12:00"), event("meeting_held", "03-29T23:30+00:00")),
)
def test_a_day_begins_and_ends_in_london(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = "{count: meeting_held, different: days, at_least: 2}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


def test_days_of_a_type_that_is_not_supplied_are_unknown(tmp_path: Path) -> None:
    case = case_of(CONCERN, supply=supplied("concern_raised"))

    some = holds(tmp_path / "some", "{count: plan_made, different: days, at_least: 1}", case)
    none = holds(tmp_path / "none", "{count: plan_made, different: days, at_most: 0}", case)

    assert (some, none) == (UNKNOWN, UNKNOWN)


@table(
    row(NO, SAFE),
    row(YES, SAFE, ACTED),
    row(YES, SAFE, ACTED, SAFE),
    row(NO, SAFE, ACTED, SAFE, ACTED),
    row(UNKNOWN, SAFE, UNDATED),
    row(YES, SAFE, ACTED, UNDATED),
    row(UNKNOWN, SAFE, ACTED, SAFE, UNDATED),
)
def test_count_from_two_to_three(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = "{count: immediate_safety_check, at_least: 2, at_most: 3}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


# The newest and the oldest


@table(
    row(YES, ACTED, SAFE),
    row(YES, ACTED),
    row(NO, ACTED, event("immediate_safety_check", "01-08", result="safe")),
    row(YES, ACTED, event("immediate_safety_check", "01-07", result="safe")),
    row(NO, SAFE),
    row(NO),
    row(UNKNOWN, ACTED, UNREAD_RESULT),
    row(UNKNOWN, ACTED, UNDATED),
)
def test_latest(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    condition = "{latest: immediate_safety_check, where: {result: action_taken}}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


@table(
    row(YES, ACTED, SAFE),
    row(NO, ACTED),
    row(NO),
    row(YES, SAFE, UNREAD_RESULT),
    row(UNKNOWN, ACTED, UNDATED),
)
def test_first(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    condition = "{first: immediate_safety_check, where: {result: safe}}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


# Silence, and order

CONTACT_ON_DAY_7 = event("contact_with_adult", "01-12", result="spoke")
CONTACT_ON_DAY_8 = event("contact_with_adult", "01-13", result="spoke")


@pytest.mark.parametrize(
    ("events", "as_of", "answer"),
    [
        pytest.param((CONCERN,), "2026-01-12", YES, id="a week of silence"),
        pytest.param((CONCERN,), "2026-01-13", NO, id="a day more"),
        pytest.param((CONCERN, CONTACT_ON_DAY_7), "2026-01-19", YES, id="broken in time"),
        pytest.param((CONCERN, CONTACT_ON_DAY_8), "2026-01-19", NO, id="broken too late"),
        pytest.param((CONCERN, CONTACT_ON_DAY_7), "2026-01-20", NO, id="silent again"),
        pytest.param(
            (CONCERN, event("contact_with_adult", "unreadable")),
            "2026-01-13",
            UNKNOWN,
            id="perhaps broken",
        ),
    ],
)
def test_gap(events: tuple[EventParts, ...], as_of: str, answer: str, tmp_path: Path) -> None:
    condition = "{gap: contact_with_adult, at_most: 1 weeks, from: {first: concern_raised}}"

    assert holds(tmp_path, condition, case_of(*events), as_of=as_of) == answer


PLANNED, STARTED = event("enquiry_planned", "01-08"), event("enquiry_started", "01-08", kind="s42")


@table(
    row(YES, event("enquiry_planned", "01-07"), STARTED),
    row(YES, PLANNED, STARTED),
    row(NO, event("enquiry_planned", "01-09"), STARTED),
    row(UNKNOWN, event("enquiry_planned", "unreadable"), STARTED),
)
def test_in_order(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    assert (
        holds(tmp_path, "{in_order: [enquiry_planned, enquiry_started]}", case_of(*events))
        == answer
    )


STARTED_AT_TEN = event("enquiry_started", "01-08T10:00:00", kind="s42")
PLANNED_AT_NOON = event("enquiry_planned", "01-08T12:00:00")


def perhaps(event_type: str, day: str, **fields: str) -> EventParts:
    """Gives an event that may not exist: it can't be read whether it was entered in error."""
    return event(event_type, day, void="unreadable", **fields)


@table(
    # The one that may not exist changes nothing: it is not in order with it, nor without.
    row(NO, perhaps("enquiry_planned", "01-09"), STARTED),
    row(UNKNOWN, perhaps("enquiry_planned", "01-08"), STARTED),
    row(YES, perhaps("enquiry_planned", "01-06"), event("enquiry_planned", "01-07"), STARTED),
    row(NO, perhaps("enquiry_planned", "01-10"), event("enquiry_planned", "01-09"), STARTED),
    row(UNKNOWN, perhaps("enquiry_planned", "01-07"), event("enquiry_planned", "01-09"), STARTED),
    row(YES, PLANNED, perhaps("enquiry_started", "01-08", kind="s42")),
    row(UNKNOWN, PLANNED, perhaps("enquiry_started", "01-07", kind="s42")),
    row(NO, event("enquiry_planned", "01-09"), STARTED, event("enquiry_started", "unreadable")),
    # On one day any order will do, unless both have a time.
    row(NO, PLANNED_AT_NOON, STARTED_AT_TEN),
    row(UNKNOWN, PLANNED_AT_NOON, STARTED_AT_TEN, event("enquiry_started", "unreadable")),
    row(YES, PLANNED, event("enquiry_planned", "unreadable"), STARTED),
)
def test_in_order_where_one_may_not_exist(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    case = case_of(*events)

    assert holds(tmp_path, "{in_order: [enquiry_planned, enquiry_started]}", case) == answer


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        pytest.param((CONCERN, event("meeting_held", "01-12")), YES, id="by the other kind"),
        pytest.param((CONCERN, event("meeting_held", "01-13")), NO, id="too late"),
        pytest.param((CONCERN, CONTACT_ON_DAY_7), YES, id="by the first kind"),
        pytest.param((CONCERN, event("meeting_held", "unreadable")), UNKNOWN, id="perhaps"),
    ],
)
def test_gap_that_events_of_another_kind_end(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = (
        "{gap: contact_with_adult, also: [{type: meeting_held}],"
        " at_most: 1 weeks, from: {first: concern_raised}}"
    )

    assert holds(tmp_path, condition, case_of(*events), as_of="2026-01-19") == answer


@table(
    row(YES, CONCERN),
    row(YES, CONCERN, event("immediate_safety_check", "01-05")),
    row(YES, CONCERN, SAFE),
    row(NO, CONCERN, event("immediate_safety_check", "01-04")),
    row(UNKNOWN, CONCERN, UNDATED),
)
def test_in_order_with_the_subject(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = "{in_order: [this, immediate_safety_check]}"

    assert holds(tmp_path, condition, case_of(*events), each="concern_raised") == answer


AT_NOON = "2026-01-05T12:00:00"


@pytest.mark.parametrize(
    ("occurred", "is_from_day", "is_through_day", "is_surely_before"),
    [
        pytest.param("2026-01-04", NO, YES, YES, id="the day before"),
        pytest.param("2026-01-05", YES, YES, NO, id="on the day, without a time"),
        pytest.param("2026-01-05T11:59:59", YES, YES, YES, id="a second before"),
        pytest.param(AT_NOON, YES, YES, NO, id="at the moment"),
        pytest.param("2026-01-05T12:00:01", YES, YES, NO, id="a second after"),
        pytest.param("2026-01-06", YES, NO, NO, id="the day after"),
        pytest.param("unreadable", UNKNOWN, UNKNOWN, UNKNOWN, id="unreadable"),
    ],
)
def test_bounds_by_the_day_and_by_what_is_sure(
    occurred: str, is_from_day: str, is_through_day: str, is_surely_before: str, tmp_path: Path
) -> None:
    case = case_of(
        ("concern_raised", {"occurred": AT_NOON}), ("meeting_held", {"occurred": occurred})
    )

    def answer(key: str) -> str:
        condition = f"{{recorded: meeting_held, {key}: {{first: concern_raised}}}}"
        return holds(tmp_path / key, condition, case)

    assert (answer("from_day"), answer("through_day"), answer("surely_before")) == (
        is_from_day,
        is_through_day,
        is_surely_before,
    )


# Each event of a kind, and all that is there

ASKED_ONE = event("enquiry_caused", "01-08", id="c1")
ASKED_TWO = event("enquiry_caused", "01-09", id="c2")
REPORT_ON_ONE = event("enquiry_reported", "01-20", caused="c1")
REPORT_ON_TWO = event("enquiry_reported", "01-21", caused="c2")
REPORT_ON_NONE = event("enquiry_reported", "01-22")
UNREAD_REPORT = event("enquiry_reported", "01-23", caused="unreadable")


@table(
    row(YES),
    row(YES, REPORT_ON_NONE),
    row(NO, ASKED_ONE),
    row(YES, ASKED_ONE, REPORT_ON_ONE),
    row(NO, ASKED_ONE, ASKED_TWO, REPORT_ON_ONE),
    row(NO, ASKED_ONE, REPORT_ON_NONE),
    row(YES, ASKED_ONE, ASKED_TWO, REPORT_ON_ONE, REPORT_ON_TWO),
    row(UNKNOWN, ASKED_ONE, UNREAD_REPORT),
    row(UNKNOWN, event("enquiry_caused", "unreadable")),
)
def test_every(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    condition = "{every: enquiry_caused, has: {recorded: enquiry_reported, refers_to: this}}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


@table(
    row(YES),
    row(NO, ASKED_ONE),
    row(YES, ASKED_ONE, REPORT_ON_NONE),
    row(NO, ASKED_ONE, ASKED_TWO, REPORT_ON_NONE),
    row(YES, ASKED_ONE, ASKED_TWO, REPORT_ON_ONE, REPORT_ON_NONE),
    row(NO, ASKED_ONE, ASKED_TWO, REPORT_ON_ONE, REPORT_ON_ONE),
    row(YES, ASKED_ONE, ASKED_TWO, REPORT_ON_NONE, event("enquiry_reported", "01-24")),
    row(UNKNOWN, ASKED_ONE, UNREAD_REPORT),
)
def test_every_or_one_of_others(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = (
        "{every: enquiry_caused, has: {recorded: enquiry_reported, refers_to: this},"
        " or_one_of: {type: enquiry_reported, where: {caused: is_absent}}}"
    )

    assert holds(tmp_path, condition, case_of(*events)) == answer


@table(
    row(YES, event("concern_raised", "01-05", source="police")),
    row(NO, CONCERN, event("concern_raised", "01-06", source="police")),
)
def test_every_asks_the_event_itself(
    events: tuple[EventParts, ...], answer: str, tmp_path: Path
) -> None:
    condition = "{every: concern_raised, has: {this: {source: police}}}"

    assert holds(tmp_path, condition, case_of(*events)) == answer


def test_every_is_unknown_where_the_source_supplies_no_such_events(tmp_path: Path) -> None:
    case = case_of(CONCERN, supply=supplied("concern_raised", "enquiry_reported"))
    condition = "{every: enquiry_caused, has: {recorded: enquiry_reported, refers_to: this}}"

    assert holds(tmp_path, condition, case) == UNKNOWN


@table(
    row(YES, CONCERN),
    row(YES, event("concern_raised", "01-05", recorded="2026-01-07")),
    row(NO, event("concern_raised", "01-05", recorded="2026-01-08")),
    row(NO, CONCERN, event("meeting_held", "01-06", recorded="2026-01-09")),
    row(YES, CONCERN, event("meeting_held", "01-06", recorded="2026-01-09", void="yes")),
)
def test_written_within(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    assert holds(tmp_path, "{written_within: 2 working_days}", case_of(*events)) == answer


def dated(day: str, **fields: str) -> EventParts:
    return "meeting_held", {"id": "m1", "occurred": day, **fields}


@table(
    row(YES, CONCERN),
    row(YES, CONCERN, event("meeting_held", "unreadable")),
    row(UNKNOWN, CONCERN, dated("1990-03-31")),
    row(YES, CONCERN, dated("1990-03-31", void="yes")),
    row(YES, CONCERN, dated("1990-04-01")),
)
def test_readable(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    assert holds(tmp_path, "{readable: every_event}", case_of(*events)) == answer


def test_readable_is_unknown_beside_an_event_of_a_type_that_nobody_knows(tmp_path: Path) -> None:
    case = case_of(CONCERN)._replace(unknown=frozenset({UNKNOWN_EVENTS}))

    assert holds(tmp_path, "{readable: every_event}", case) == UNKNOWN


# The subject itself


@table(
    row(YES, event("concern_raised", "01-05", source="police")),
    row(NO, event("concern_raised", "01-05", source="gp")),
    row(NO, CONCERN),
    row(UNKNOWN, event("concern_raised", "01-05", source="unreadable")),
)
def test_this(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    condition = "{this: {source: police}}"

    assert holds(tmp_path, condition, case_of(*events), each="concern_raised") == answer


# Attributes of the case and of the adult


@pytest.mark.parametrize(
    ("attributes", "answer"), [({"team": "north"}, YES), ({"team": "south"}, NO), ({}, NO)]
)
def test_case(attributes: dict[str, str], answer: str, tmp_path: Path) -> None:
    case = case_of(CONCERN, attributes=attributes)

    assert holds(tmp_path, '{case: {team: "north"}}', case) == answer


@pytest.mark.parametrize(
    ("adult", "unknown", "answer"),
    [
        ({"age_band": "75-84"}, (), YES),
        ({"age_band": "65-74"}, (), NO),
        ({}, (), NO),
        ({}, ("adult.age_band",), UNKNOWN),
    ],
)
def test_adult(
    adult: dict[str, str], unknown: tuple[str, ...], answer: str, tmp_path: Path
) -> None:
    case = case_of(CONCERN)._replace(adult=adult, unknown=frozenset(unknown))

    assert holds(tmp_path, "{adult: {age_band: 75-84}}", case) == answer


# A condition with a name


@table(row(YES, SAFE), row(NO, CONCERN), row(UNKNOWN, UNDATED))
def test_concept(events: tuple[EventParts, ...], answer: str, tmp_path: Path) -> None:
    named = "{recorded: immediate_safety_check}"

    assert holds(tmp_path, "{concept: shared}", case_of(*events), concept=named) == answer


@pytest.mark.parametrize(
    ("checked_on", "answer"),
    [("01-04", YES), ("01-05", YES), ("01-06", NO), ("unreadable", UNKNOWN)],
)
def test_concept_as_of_an_earlier_day(checked_on: str, answer: str, tmp_path: Path) -> None:
    condition = "{concept: shared, at: {first: concern_raised}}"
    check = event("immediate_safety_check", checked_on, result="safe")
    named = "{recorded: immediate_safety_check}"

    assert holds(tmp_path, condition, case_of(CONCERN, check), concept=named) == answer


# Conditions of conditions

HELD, FAILED = "{recorded: concern_raised}", "{recorded: case_closed}"
OPEN = "{recorded: immediate_safety_check}"


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (f"{{all: [{HELD}, {HELD}]}}", YES),
        (f"{{all: [{HELD}, {FAILED}]}}", NO),
        (f"{{all: [{HELD}, {OPEN}]}}", UNKNOWN),
        (f"{{all: [{FAILED}, {OPEN}]}}", NO),
        (f"{{any: [{FAILED}, {HELD}]}}", YES),
        (f"{{any: [{FAILED}, {FAILED}]}}", NO),
        (f"{{any: [{FAILED}, {OPEN}]}}", UNKNOWN),
        (f"{{any: [{HELD}, {OPEN}]}}", YES),
        (f"{{none: [{FAILED}, {FAILED}]}}", YES),
        (f"{{none: [{FAILED}, {HELD}]}}", NO),
        (f"{{none: [{FAILED}, {OPEN}]}}", UNKNOWN),
        (f"{{none: [{HELD}, {OPEN}]}}", NO),
        (f"{{at_least_n_of: {{n: 2, of: [{HELD}, {FAILED}, {HELD}]}}}}", YES),
        (f"{{at_least_n_of: {{n: 2, of: [{HELD}, {FAILED}, {FAILED}]}}}}", NO),
        (f"{{at_least_n_of: {{n: 2, of: [{HELD}, {FAILED}, {OPEN}]}}}}", UNKNOWN),
        (f"{{at_least_n_of: {{n: 2, of: [{FAILED}, {FAILED}, {OPEN}]}}}}", NO),
    ],
)
def test_conditions_of_conditions(condition: str, answer: str, tmp_path: Path) -> None:
    assert holds(tmp_path, condition, case_of(CONCERN, UNDATED)) == answer
