"""Who belongs to the population of a sample: by closure or theme, and a doubt where that is so."""

from __future__ import annotations

from typing import Final

import pytest

from msp_rules.audit.case_file.population import Doubt, Theme, belongs
from msp_rules.casework.case import UNKNOWN_EVENTS, Case, Event, Supply
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force

AS_OF: Final = parse_as_of("2026-05-31")


def event(kind: str, day: str | None, number: int = 0, /, **fields: str) -> Event:
    moment = None if day is None else parse_moment(day)
    return Event(
        f"{kind}{number}", kind, moment, moment, dict(fields), is_certain=moment is not None
    )


def said(*events: Event, theme: Theme | None = None, **parts: object) -> bool | Doubt:
    case = Case("C", events, **parts)  # type: ignore[arg-type]
    return belongs(in_force(case, AS_OF), 3, theme)


CONCERN: Final = event("concern_raised", "2025-08-31")
CLOSED: Final = event("case_closed", "2026-04-01")


@pytest.mark.parametrize(
    ("day", "is_in"),
    [
        ("2026-02-27", False),
        ("2026-02-28", True),
        ("2026-05-31", True),
        ("2026-05-31T23:59:59", True),
        ("2026-06-01", False),
    ],
)
def test_both_ends_of_the_window_belong_to_it(day: str, is_in: bool) -> None:
    assert said(CONCERN, event("case_closed", day)) is is_in


def test_the_newest_closure_counts_and_one_that_was_undone_does_not() -> None:
    old = event("case_closed", "2025-10-01", 1)
    again = event("case_reopened", "2026-05-01")

    assert said(CONCERN, old) is False
    assert said(CONCERN, old, CLOSED) is True
    assert said(CONCERN, CLOSED, again) is False
    assert said(CONCERN, CLOSED, again, event("case_closed", "2026-05-20", 2)) is True


@pytest.mark.parametrize(
    ("events", "parts", "reason"),
    [
        ([event("case_closed", None)], {}, "the day of a closure can't be read"),
        ([CLOSED, event("case_reopened", None)], {}, "the day of a reopening can't be read"),
        (
            [CONCERN],
            {"unknown": frozenset({UNKNOWN_EVENTS})},
            "an entry of its record can't be read, and may be its closure",
        ),
        (
            [CONCERN],
            {"supply": Supply(declared=True, types=frozenset({"concern_raised"}))},
            "its source does not say when cases are closed",
        ),
    ],
)
def test_a_closure_that_cannot_be_read_is_a_doubt(
    events: list[Event], parts: dict[str, object], reason: str
) -> None:
    found = said(*events, **parts)

    assert isinstance(found, Doubt)
    assert found == reason


@pytest.mark.parametrize(
    ("results", "is_in"),
    [
        ([], False),
        (["full"], False),
        (["partial"], True),
        (["not_achieved"], True),
        (["no_longer_wanted"], False),
        (["not_achieved", "full"], False),
        (["full", "partial"], True),
    ],
)
def test_outcomes_not_met_are_those_of_the_newest_review(results: list[str], is_in: bool) -> None:
    reviews = [
        event("outcome_reviewed", f"2026-03-0{place + 1}", place, outcome="o1", achieved=code)
        for place, code in enumerate(results)
    ]

    assert said(*reviews, CLOSED, theme=Theme.OUTCOME_NOT_MET) is is_in
    assert said(*reviews, theme=Theme.OUTCOME_NOT_MET) is False


@pytest.mark.parametrize(
    ("concern", "is_in"), [("2025-08-30", True), ("2025-08-31", True), ("2025-09-01", False)]
)
def test_nine_months_are_counted_to_the_day(concern: str, is_in: bool) -> None:
    raised = event("concern_raised", concern)

    assert said(raised, theme=Theme.OPEN_9_MONTHS) is is_in
    assert said(raised, CLOSED, theme=Theme.OPEN_9_MONTHS) is False
    assert said(
        raised, CLOSED, event("case_reopened", "2026-05-01"), theme=Theme.OPEN_9_MONTHS
    ) is (is_in)


@pytest.mark.parametrize(
    ("events", "theme", "is_in"),
    [
        (
            [event("capacity_assessed", "2026-03-01", conclusion="lacks_capacity"), CLOSED],
            Theme.LACKED_CAPACITY,
            True,
        ),
        (
            [event("capacity_assessed", "2026-03-01", conclusion="has_capacity"), CLOSED],
            Theme.LACKED_CAPACITY,
            False,
        ),
        (
            [event("enquiry_concluded", "2026-03-01", lacked_capacity="yes"), CLOSED],
            Theme.LACKED_CAPACITY,
            True,
        ),
        ([event("enquiry_caused", "2026-03-01"), CLOSED], Theme.CAUSED_OUT, True),
        ([event("enquiry_caused", "2026-03-01")], Theme.CAUSED_OUT, False),
        ([CLOSED], Theme.CAUSED_OUT, False),
        ([event("s42_decided", "2026-03-01", result="no_enquiry")], Theme.NO_ENQUIRY, True),
        ([event("s42_decided", "2026-02-27", result="no_enquiry")], Theme.NO_ENQUIRY, False),
        ([event("s42_decided", "2026-03-01", result="s42_enquiry")], Theme.NO_ENQUIRY, False),
        (
            [
                event("s42_decided", "2026-03-01", 1, result="no_enquiry"),
                event("s42_decided", "2026-03-02", 2, result="other_enquiry"),
            ],
            Theme.NO_ENQUIRY,
            False,
        ),
        (
            [
                event("s42_decided", "2026-03-01", result="no_enquiry"),
                event("enquiry_started", "2026-03-02", kind="other"),
            ],
            Theme.NO_ENQUIRY,
            False,
        ),
    ],
)
def test_a_theme_asks_for_what_its_name_says(
    events: list[Event], theme: Theme, is_in: bool
) -> None:
    assert said(CONCERN, *events, theme=theme) is is_in


@pytest.mark.parametrize(
    ("events", "theme", "reason"),
    [
        (
            [event("outcome_reviewed", None, achieved="partial"), CLOSED],
            Theme.OUTCOME_NOT_MET,
            "an entry of the type outcome_reviewed can't be read",
        ),
        (
            [event("capacity_assessed", None, conclusion="lacks_capacity"), CLOSED],
            Theme.LACKED_CAPACITY,
            "an entry of the type capacity_assessed can't be read",
        ),
        (
            [event("enquiry_caused", None), CLOSED],
            Theme.CAUSED_OUT,
            "an entry of the type enquiry_caused can't be read",
        ),
        (
            [event("s42_decided", None, result="no_enquiry")],
            Theme.NO_ENQUIRY,
            "a decision about an enquiry can't be read",
        ),
        ([], Theme.OPEN_9_MONTHS, "the day of its first concern is not known"),
    ],
)
def test_a_theme_whose_entry_cannot_be_read_is_a_doubt(
    events: list[Event], theme: Theme, reason: str
) -> None:
    assert said(*events, theme=theme) == reason
