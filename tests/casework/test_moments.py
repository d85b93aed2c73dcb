"""Moments: what an ISO date or date-time says, at the edges of the calendar and of the clock."""

import pytest

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import (
    day_start,
    end_of_day,
    is_within,
    iso_date,
    iso_instant,
    parse_as_of,
    parse_moment,
)
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import core_vocabulary


@pytest.mark.parametrize(
    "text",
    [
        "20260105",
        "2026-W02-1",
        "2026-02-30",
        "2026-1-5",
        "2026-01-05T24:00:00",
        "2026-01-05T10:60",
        "2026-03-29T01:30:00",
        "2026-01-05T10:15:00+05:60",
        "2026-01-05T10:15:00+24:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-05T10:15:00 ",
        "",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-05T10:15:00", "2026-01-05T10:15:00+00:00"),
        ("2026-07-05T10:15:00", "2026-07-05T10:15:00+01:00"),
        ("2026-07-05T10:15", "2026-07-05T10:15:00+01:00"),
        ("2026-07-05T10:15:00Z", "2026-07-05T11:15:00+01:00"),
        ("2026-07-05T10:15:00.5+0100", "2026-07-05T10:15:00.500000+01:00"),
        # The hour that comes twice is its first occurrence.
        ("2026-10-25T01:30:00", "2026-10-25T01:30:00+01:00"),
        ("2026-03-29T00:59:59", "2026-03-29T00:59:59+00:00"),
        ("2026-03-29T02:00:00", "2026-03-29T02:00:00+01:00"),
    ],
)
def test_a_moment_is_an_instant_in_london(text: str, instant: str) -> None:
    assert iso_instant(parse_moment(text).instant) == instant


def test_a_day_is_as_long_as_its_clocks_say() -> None:
    hours = [
        (day_start(day + 1) - day_start(day)) // 3_600_000_000
        for day in (parse_moment(text).day for text in ("2026-03-29", "2026-03-30", "2026-10-25"))
    ]

    assert hours == [23, 24, 25]


def test_never_is_the_last_day_of_the_calendar() -> None:
    never = parse_moment("9999-12-31")

    assert iso_date(never.day) == "9999-12-31"
    assert end_of_day(never.day).instant > parse_as_of("9999-12-31T12:00:00").instant


@pytest.mark.parametrize(
    ("moment", "as_of", "is_seen"),
    [
        ("2026-01-05", "2026-01-05T00:00:00", True),
        ("2026-01-05", "2026-01-04", False),
        ("2026-01-05T10:00:00", "2026-01-05T10:00:00", True),
        ("2026-01-05T10:00:01", "2026-01-05T10:00:00", False),
        ("2026-01-05T23:59:59", "2026-01-05", True),
    ],
)
def test_a_date_without_time_counts_from_its_start(moment: str, as_of: str, is_seen: bool) -> None:  # noqa: FBT001 - a table
    assert is_within(parse_moment(moment), parse_as_of(as_of)) is is_seen


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ([], None),
        (["  "], None),
        (["Stay", " "], ("Stay",)),
        ("Stay", ("Stay",)),
        ([{"withheld": True}], (WITHHELD,)),
    ],
)
def test_a_list_of_nothing_says_nothing(written: object, held: object) -> None:
    event, problems = event_from_mapping(
        "risk_discussed",
        {"occurred": "2026-01-05", "option": written},
        vocabulary=core_vocabulary(),
        default_id="e1",
    )

    assert problems == ()
    assert event.fields.get("option") == held


@pytest.mark.parametrize(
    "day",
    ["2026-01-05", "2026-07-05", "2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"]
    + ["1847-12-02", "1847-01-01", "1970-06-01", "0001-01-02", "9999-12-30", "9999-12-31"],
)
@pytest.mark.parametrize(
    "time", ["00:00:00", "00:00:30", "00:59:59", "02:00:00", "12:34:56", "22:59:59", "23:00:00"]
)
def test_a_time_is_the_same_moment_in_every_shape(day: str, time: str) -> None:
    # A fraction and an offset of figures are read by other means than the usual shapes.
    text = f"{day}T{time}"

    assert parse_moment(text) == parse_moment(f"{text}.0")
    assert parse_moment(f"{text}Z") == parse_moment(f"{text}+00:00")


def test_more_days_than_are_remembered_read_the_same() -> None:
    days = [iso_date(day) for day in range(700_000, 717_000)]

    assert [parse_moment(text).day for text in days] == [*range(700_000, 717_000)]
    assert [parse_moment(f"{text}T12:00:00").day for text in days] == [*range(700_000, 717_000)]
