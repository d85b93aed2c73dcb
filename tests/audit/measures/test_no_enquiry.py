"""Concerns that never became enquiries: which they are, and what is said of each."""

from __future__ import annotations

from typing import Any, Final

import pytest

from msp_rules.audit.case_reader import ReadCase
from msp_rules.audit.measures.no_enquiry import Concern, ConcernsWithoutEnquiry
from msp_rules.audit.measures.published_tables import published_no_enquiry
from msp_rules.audit.measures.tables import no_enquiry_section
from msp_rules.audit.publication import Scheme
from msp_rules.casework.case import Case, Event, FieldValue, Supply
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.casework.visibility import in_force
from msp_rules.casework.vocabulary import core_vocabulary

AS_OF: Final = parse_as_of("2026-06-30")


def event(kind: str, day: str, name: str = "", /, **fields: FieldValue) -> Event:
    moment = parse_moment(day)
    return Event(name or f"{kind} {day}", kind, moment, moment, fields)


def raised(day: str, name: str = "", /, **fields: FieldValue) -> Event:
    return event("concern_raised", day, name, **fields)


def decided(day: str, result: str, /, **fields: FieldValue) -> Event:
    return event("s42_decided", day, result=result, **fields)


def counted(*cases: tuple[str, str | None, tuple[Event, ...]]) -> ConcernsWithoutEnquiry:
    """Adds cases: the id, the adult's reference, and the entries."""
    found = ConcernsWithoutEnquiry()
    for id_, person, events in cases:
        case = Case(id_, events, adult={} if person is None else {"ref": person})
        found.add(ReadCase(case, in_force(case, AS_OF), "E10000016/council", "export.xml"))
    return found


def of_one(*events: Event) -> list[Concern]:
    return counted(("C", None, events)).concerns


@pytest.mark.parametrize(
    ("events", "results"),
    [
        ([raised("2026-01-05")], ["not_decided"]),
        ([raised("2026-01-05"), decided("2026-01-06", "no_enquiry")], ["no_enquiry"]),
        ([raised("2026-01-05"), decided("2026-01-06", "s42_enquiry")], []),
        ([raised("2026-01-05"), decided("2026-01-06", "other_enquiry")], []),
        # The newest decision says it.
        (
            [raised("2026-01-05"), decided("2026-01-06", "more_information")]
            + [decided("2026-01-09", "no_enquiry")],
            ["no_enquiry"],
        ),
        (
            [raised("2026-01-05"), decided("2026-01-06", "more_information")]
            + [decided("2026-01-09", "s42_enquiry")],
            [],
        ),
        # An enquiry that was begun without a decision on record is one.
        ([raised("2026-01-05"), event("enquiry_started", "2026-01-07", kind="s42")], []),
        # One begun after the next concern is that concern's.
        (
            [raised("2026-01-05"), raised("2026-02-05"), decided("2026-02-06", "s42_enquiry")]
            + [decided("2026-01-06", "no_enquiry")]
            + [event("enquiry_started", "2026-02-07", kind="s42")],
            ["no_enquiry"],
        ),
        # Without a name, a decision is about the earliest concern that was not decided on.
        (
            [raised("2026-01-05"), raised("2026-01-06"), decided("2026-01-07", "s42_enquiry")],
            ["not_decided"],
        ),
        # One that names its concern is about that one.
        (
            [raised("2026-01-05", "a"), raised("2026-01-06", "b")]
            + [decided("2026-01-07", "duplicate", concern=("b",))],
            ["not_decided", "duplicate"],
        ),
        # One before every concern is about none.
        ([decided("2026-01-04", "s42_enquiry"), raised("2026-01-05")], ["not_decided"]),
    ],
)
def test_the_newest_decision_about_a_concern_says_what_became_of_it(
    events: list[Event], results: list[str]
) -> None:
    assert [one.result for one in of_one(*events)] == results


def test_each_concern_is_placed_by_what_the_record_says() -> None:
    (found,) = of_one(
        raised("2026-01-05", source="gp"),
        event("outcomes_conversation", "2026-01-06", asked="asked_none_expressed"),
        decided(
            "2026-01-12", "no_enquiry", adult_informed="no", alternative_route=("police", "housing")
        ),
    )

    assert found == Concern(
        case="C",
        result="no_enquiry",
        route="housing; police",
        was_told="no",
        was_asked="yes",
        referrer="gp",
        agency="E10000016/council",
        wait="4 to 7 days",
        until="",
        decided=parse_as_of("2026-01-12").day,
    )


def test_what_the_record_does_not_say_is_not_a_no() -> None:
    (found,) = of_one(raised("2026-01-05"), decided("2026-01-05", "transferred"))

    assert (found.route, found.was_told, found.was_asked, found.referrer) == ("not recorded",) * 4
    assert found.wait == "same day"


@pytest.mark.parametrize(
    ("day", "band"),
    [
        *(("2026-01-05", "same day"), ("2026-01-06", "1 to 3 days"), ("2026-01-08", "1 to 3 days")),
        *(("2026-01-09", "4 to 7 days"), ("2026-01-12", "4 to 7 days")),
        *(("2026-01-13", "8 to 28 days"), ("2026-02-02", "8 to 28 days")),
        ("2026-02-03", "more than 28 days"),
    ],
)
def test_days_to_the_decision_fall_into_bands(day: str, band: str) -> None:
    assert [one.wait for one in of_one(raised("2026-01-05"), decided(day, "no_enquiry"))] == [band]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"review_by": parse_moment("2026-06-29")}, "past its day"),
        ({"review_by": parse_moment("2026-06-30")}, "its day is still to come"),
        ({}, "without a day"),
    ],
)
def test_a_wait_for_more_information_has_a_day_that_passes(
    fields: dict[str, FieldValue], said: str
) -> None:
    found = of_one(raised("2026-01-05"), decided("2026-01-06", "more_information", **fields))

    assert [one.until for one in found] == [said]


@pytest.mark.parametrize(
    ("again", "six", "twelve"),
    [
        # Six months after 6 May 2025 end on 6 November, twelve on 6 May 2026.
        ("2025-05-06", (0, 1), (0, 1)),
        ("2025-05-07", (1, 1), (1, 1)),
        ("2025-11-06", (1, 1), (1, 1)),
        ("2025-11-07", (0, 1), (1, 1)),
        ("2026-05-06", (0, 1), (1, 1)),
        ("2026-05-07", (0, 1), (0, 1)),
    ],
)
def test_another_concern_is_looked_for_in_all_cases_of_a_person(
    again: str, six: tuple[int, int], twelve: tuple[int, int]
) -> None:
    found = counted(
        ("A", "p", (raised("2025-05-05"), decided("2025-05-06", "no_enquiry"))),
        ("B", "p", (raised(again), decided(again, "s42_enquiry"))),
        ("C", "q", (raised("2025-05-08"), decided("2025-05-08", "s42_enquiry"))),
    )

    for months, expected in ((6, six), (12, twelve)):
        units = [came for _, came in found.another_within(months, AS_OF.day)]
        assert (sum(units), len(units)) == expected


@pytest.mark.parametrize(("day", "units"), [("2025-12-30", 1), ("2025-12-31", 0)])
def test_months_that_are_not_over_are_in_no_base(day: str, units: int) -> None:
    found = counted(("A", "p", (raised(day), decided(day, "no_enquiry"))))

    assert len([*found.another_within(6, AS_OF.day)]) == units


def test_adults_without_a_reference_are_each_a_person_of_their_own() -> None:
    found = counted(
        ("A", None, (raised("2025-05-05"), decided("2025-05-06", "no_enquiry"))),
        ("B", None, (raised("2025-05-07"),)),
    )

    assert [came for _, came in found.another_within(6, AS_OF.day)] == [False]


def test_a_source_that_cannot_supply_decisions_has_no_concern_in_any_table() -> None:
    case = Case("C", (raised("2026-01-05"),), supply=Supply(True, frozenset(("concern_raised",))))
    found = ConcernsWithoutEnquiry()
    found.add(ReadCase(case, in_force(case, AS_OF), "", "export.xml"))
    section = no_enquiry_section(found, AS_OF.day)

    assert (section["concerns"], section["all_concerns"]) == (0, 1)
    assert section["excluded"] == {"the source can't supply s42_decided": 1}


def test_every_table_counts_every_concern_once() -> None:
    found = counted(
        ("A", "p", (raised("2026-01-05", source="gp"), decided("2026-01-06", "no_enquiry"))),
        ("B", "p", (raised("2026-01-05"), decided("2026-01-06", "more_information"))),
        ("C", "q", (raised("2026-01-05"),)),
    )
    section = no_enquiry_section(found, AS_OF.day)

    for table in section["tables"]:
        whole = {"more_information": 1, "again": 0}.get(table["id"], 3)
        assert sum(row["numerator"] for row in table["rows"]) == whole
        assert [case for row in table["rows"] for case in row["cases"]] or table["id"] == "again"


def names_of(section: dict[str, Any]) -> list[object]:
    return [(one["id"], [row["names"] for row in one["rows"]]) for one in section["tables"]]


def test_published_tables_have_the_same_rows_whatever_is_counted() -> None:
    groups = {"partner": ["gp", "not recorded", "police"], "agency": ["E10000016/council"]}
    now = (AS_OF.day, Scheme.HES)
    found = counted(
        ("A", "p", (raised("2026-01-05", source="gp"), decided("2026-01-06", "no_enquiry"))),
        ("B", "p", (raised("2026-01-05", source="police"),)),
    )
    empty = published_no_enquiry(counted(), groups, core_vocabulary(), now)
    section = published_no_enquiry(found, groups, core_vocabulary(), now)

    assert names_of(section) == names_of(empty)
    assert (empty["concerns"], section["concerns"]) == (0, "*")
    (by_referrer,) = (one for one in section["tables"] if one["id"] == "referrer")
    assert {(*row["names"], row["numerator"]) for row in by_referrer["rows"]} >= {
        ("no_enquiry", "gp", "*"),
        ("no_enquiry", "police", 0),
        ("not_decided", "police", "*"),
    }
