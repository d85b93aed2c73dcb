"""Which events a condition chooses: each key of a selection and each test of a field, with an event
that is chosen, one that is not, one that leaves it open, and both sides of each boundary.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.answer import NO, UNKNOWN, YES, event, holds
from tests.builders.case import EventParts, case_of

CONCERN = event("concern_raised", "01-05", source="police")


def contact(occurred: str, **fields: object) -> EventParts:
    return event("contact_with_adult", occurred, **fields)


def contact_chosen_by(keys: str, *, of: str = "contact_with_adult") -> str:
    return f"{{recorded: {of}, {keys}}}"


# Tests of fields


@pytest.mark.parametrize(
    ("test", "value", "answer"),
    [
        ("spoke", "spoke", YES),
        ("spoke", "no_reply", NO),
        ("spoke", None, NO),
        ("spoke", "unreadable", UNKNOWN),
        ("[spoke, no_reply]", "no_reply", YES),
        ("[spoke, no_reply]", "refused", NO),
        ("[spoke, no_reply]", "unreadable", UNKNOWN),
        ("{is_not: spoke}", "no_reply", YES),
        ("{is_not: spoke}", "spoke", NO),
        ("{is_not: spoke}", None, YES),
        ("{is_not: spoke}", "unreadable", UNKNOWN),
        ("{not_one_of: [spoke, no_reply]}", "refused", YES),
        ("{not_one_of: [spoke, no_reply]}", "no_reply", NO),
        ("{not_one_of: [spoke, no_reply]}", None, YES),
        ("is_present", "spoke", YES),
        ("is_present", None, NO),
        ("is_present", "unreadable", UNKNOWN),
        ("is_absent", None, YES),
        ("is_absent", "spoke", NO),
        ("is_absent", "unreadable", UNKNOWN),
    ],
)
def test_a_field_passes_a_test(test: str, value: str | None, answer: str, tmp_path: Path) -> None:
    fields = {} if value is None else {"result": value}
    case = case_of(contact("01-06", **fields))

    assert holds(tmp_path, contact_chosen_by(f"where: {{result: {test}}}"), case) == answer


@pytest.mark.parametrize(
    ("test", "number", "answer"),
    [
        ("{at_least: 2}", 1, NO),
        ("{at_least: 2}", 2, YES),
        ("{at_most: 2}", 2, YES),
        ("{at_most: 2}", 3, NO),
        ("{at_least: 2}", None, NO),
        ("{at_most: 2}", None, NO),
        ("{at_least: 2}", "unreadable", UNKNOWN),
    ],
)
def test_a_number_has_a_least_and_a_most(
    test: str, number: int | str | None, answer: str, tmp_path: Path
) -> None:
    fields = {} if number is None else {"earlier_concerns_6_months": number}
    case = case_of(event("concern_raised", "01-05", **fields))
    condition = f"{{recorded: concern_raised, where: {{earlier_concerns_6_months: {test}}}}}"

    assert holds(tmp_path, condition, case) == answer


@pytest.mark.parametrize(
    ("test", "day", "answer"),
    [
        # Without a time of day, the same day is both before and after (readings 2).
        ("{before: 2026-02-01}", "2026-02-01", YES),
        ("{before: 2026-02-01}", "2026-02-02", NO),
        ("{after: 2026-02-01}", "2026-01-31", NO),
        ("{after: 2026-02-01}", "2026-02-01", YES),
        ("{after: {first: concern_raised}}", "2026-01-04", NO),
        ("{after: {first: concern_raised}}", "2026-01-05", YES),
        ("{before: 2026-02-01}", None, NO),
        ("{before: 2026-02-01}", "unreadable", UNKNOWN),
    ],
)
def test_a_date_is_compared_with_a_day_or_an_event(
    test: str, day: str | None, answer: str, tmp_path: Path
) -> None:
    fields = {} if day is None else {"review_due": day}
    case = case_of(CONCERN, event("plan_made", "01-10", **fields))
    condition = f"{{recorded: plan_made, where: {{review_due: {test}}}}}"

    assert holds(tmp_path, condition, case) == answer


def test_every_test_of_where_is_passed_and_one_row_of_where_any(tmp_path: Path) -> None:
    case = case_of(contact("01-06", result="spoke", role="enquiry_lead"))
    both, one = "result: spoke, role: worker", "{result: no_reply}, {role: enquiry_lead}"

    assert [
        holds(tmp_path / "both", contact_chosen_by(f"where: {{{both}}}"), case),
        holds(tmp_path / "one", contact_chosen_by(f"where_any: [{one}]"), case),
    ] == [NO, YES]


# Before and after another event


@pytest.mark.parametrize(
    ("key", "the_day_before", "the_same_day", "the_day_after"),
    [
        # Without a time of day, the same day is both before and after (readings 2).
        ("since", NO, YES, YES),
        ("after", NO, YES, YES),
        ("by", YES, YES, NO),
        ("before", YES, YES, NO),
    ],
)
def test_an_anchor_and_the_days_around_it(
    key: str, the_day_before: str, the_same_day: str, the_day_after: str, tmp_path: Path
) -> None:
    condition = contact_chosen_by(f"{key}: {{first: concern_raised}}")

    answers = [
        holds(tmp_path / day, condition, case_of(CONCERN, contact(day)))
        for day in ("01-04", "01-05", "01-06")
    ]

    assert answers == [the_day_before, the_same_day, the_day_after]


@pytest.mark.parametrize(
    ("key", "the_minute_before", "the_same_minute", "the_minute_after"),
    [
        ("since", NO, YES, YES),
        ("after", NO, NO, YES),
        ("by", YES, YES, NO),
        ("before", YES, NO, NO),
    ],
)
def test_an_anchor_and_the_minutes_around_it(
    key: str, the_minute_before: str, the_same_minute: str, the_minute_after: str, tmp_path: Path
) -> None:
    condition = contact_chosen_by(f"{key}: {{first: concern_raised}}")
    concern = event("concern_raised", "01-05T10:00")

    answers = [
        holds(tmp_path / minute[-2:], condition, case_of(concern, contact(minute)))
        for minute in ("01-05T09:59", "01-05T10:00", "01-05T10:01")
    ]

    assert answers == [the_minute_before, the_same_minute, the_minute_after]


@pytest.mark.parametrize("key", ["since", "after", "by", "before"])
def test_an_event_without_a_readable_day_may_lie_on_either_side(key: str, tmp_path: Path) -> None:
    condition = contact_chosen_by(f"{key}: {{first: concern_raised}}")

    assert holds(tmp_path, condition, case_of(CONCERN, contact("unreadable"))) == UNKNOWN


@pytest.mark.parametrize(
    ("window", "day", "answer"),
    [
        # Monday 5 January; Wednesday the 7th is the last of two working days.
        ("{limit: 2 working_days, of: {first: concern_raised}}", "01-04", NO),
        ("{limit: 2 working_days, of: {first: concern_raised}}", "01-05", YES),
        ("{limit: 2 working_days, of: {first: concern_raised}}", "01-07", YES),
        ("{limit: 2 working_days, of: {first: concern_raised}}", "01-08", NO),
        ("{limit: 2 working_days, of: {first: concern_raised}}", "unreadable", UNKNOWN),
        ("{limit: 5 calendar_days, until: as_of}", "01-25", NO),
        ("{limit: 5 calendar_days, until: as_of}", "01-26", YES),
        ("{limit: 5 calendar_days, until: as_of}", "01-31", YES),
    ],
)
def test_a_window_from_an_event_on_or_up_to_one(
    window: str, day: str, answer: str, tmp_path: Path
) -> None:
    case = case_of(CONCERN, contact(day))

    assert holds(tmp_path, contact_chosen_by(f"within: {window}"), case, as_of="2026-01-31") == (
        answer
    )


def test_an_event_that_another_came_after_is_left_out(tmp_path: Path) -> None:
    closed, reopened = event("case_closed", "02-01"), event("plan_made", "02-02")
    condition = contact_chosen_by("not_followed_by: plan_made", of="case_closed")

    assert [
        holds(tmp_path / "closed", condition, case_of(closed)),
        holds(tmp_path / "reopened", condition, case_of(closed, reopened)),
        holds(tmp_path / "before", condition, case_of(event("plan_made", "01-31"), closed)),
        holds(tmp_path / "perhaps", condition, case_of(closed, event("plan_made", "unreadable"))),
    ] == [YES, NO, YES, UNKNOWN]


def test_an_event_that_a_chosen_one_came_after_is_left_out(tmp_path: Path) -> None:
    closed = event("case_closed", "02-01")
    condition = contact_chosen_by(
        "not_followed_by: [{type: plan_made, where: {lead: is_present}, "
        "before: {first: adult_died}}, enquiry_reported]",
        of="case_closed",
    )
    led, died = event("plan_made", "02-02", lead="The team."), event("adult_died", "02-03")

    assert [
        holds(tmp_path / "led", condition, case_of(closed, led, died)),
        holds(tmp_path / "not_led", condition, case_of(closed, event("plan_made", "02-02"), died)),
        holds(tmp_path / "too_late", condition, case_of(closed, event("plan_made", "02-04"), died)),
        holds(tmp_path / "nobody_died", condition, case_of(closed, led)),
        holds(
            tmp_path / "reopened", condition, case_of(closed, event("enquiry_reported", "02-05"))
        ),
        holds(tmp_path / "before", condition, case_of(event("enquiry_reported", "01-31"), closed)),
    ] == [NO, YES, YES, YES, NO, YES]


# The subject of a rule that answers for each event


@pytest.mark.parametrize(
    ("named", "answer"), [("e1", YES), ("e9", NO), (None, NO), ("unreadable", UNKNOWN)]
)
def test_an_event_that_refers_to_the_subject(
    named: str | None, answer: str, tmp_path: Path
) -> None:
    fields = {} if named is None else {"outcome": named}
    case = case_of(
        event("outcome_expressed", "01-06"), event("outcome_reviewed", "02-06", **fields)
    )
    condition = contact_chosen_by("refers_to: this", of="outcome_reviewed")

    assert holds(tmp_path, condition, case, each="outcome_expressed") == answer
