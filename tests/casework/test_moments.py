"""Moments: what an ISO date or date-time says, at the edges of the calendar and of the clock."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import (
    Cutoff,
    Moment,
    When,
    at_instant,
    cutoff_at,
    day_start,
    end_of_day,
    is_within,
    iso_date,
    iso_instant,
    moment_at,
    parse_as_of,
    parse_moment,
)
from msp_rules.casework.values import event_from_mapping
from msp_rules.casework.vocabulary import core_vocabulary
from msp_rules.errors import MspRulesError


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


@pytest.mark.parametrize(
    "when",
    [
        "2026-07-05T10:15:00",
        "2026-07-05T09:15:00Z",
        datetime(2026, 7, 5, 9, 15, tzinfo=UTC),
        datetime(2026, 7, 5, 14, 45, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        parse_moment("2026-07-05T10:15:00"),
        parse_as_of("2026-07-05T10:15:00"),
    ],
    ids=["local text", "UTC text", "UTC datetime", "other zone", "moment", "cutoff"],
)
def test_a_caller_says_one_moment_in_any_form(when: When) -> None:
    assert cutoff_at(when) == parse_as_of("2026-07-05T10:15:00+01:00")


def test_a_date_without_a_time_counts_to_its_end_and_is_kept_as_a_date() -> None:
    assert cutoff_at("2026-07-05") == end_of_day(date(2026, 7, 5).toordinal())
    assert moment_at("2026-07-05").is_date_only


def test_a_datetime_keeps_its_microseconds() -> None:
    stamp = datetime(2026, 7, 5, 9, 15, 30, 123456, tzinfo=UTC)

    assert moment_at(stamp) == parse_moment("2026-07-05T09:15:30.123456Z")


def test_a_naive_datetime_is_refused_with_the_reason() -> None:
    with pytest.raises(MspRulesError, match="without a time zone is ambiguous") as refused:
        cutoff_at(datetime(2026, 7, 5, 9, 15))  # noqa: DTZ001 - what is refused

    assert "2026" not in str(refused.value)


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("tomorrow", "can't be read: not a date"),
        ("2026-03-29T01:30:00", "a time that does not exist: the clocks went forward"),
        (
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
            "beyond the years of the calendar",
        ),
        (1767225600, "an aware datetime, or ISO 8601 text"),
        (date(2026, 1, 5), "an aware datetime, or ISO 8601 text"),
        (None, "an aware datetime, or ISO 8601 text"),
    ],
    ids=["word", "hour left out", "last hour", "number", "date", "nothing"],
)
def test_what_says_no_moment_is_refused(when: object, reason: str) -> None:
    with pytest.raises(MspRulesError, match=reason):
        cutoff_at(when)  # type: ignore[arg-type]


def test_the_packages_own_moments_are_handed_through() -> None:
    moment, cutoff = Moment(739_000, 0, 0), Cutoff(739_000, 0)

    assert moment_at(moment) is moment
    assert cutoff_at(cutoff) is cutoff


@pytest.mark.parametrize("fraction", ["1234567", "123456789", "123456789012345678901234567890"])
def test_a_fraction_finer_than_a_microsecond_is_cut_off(fraction: str) -> None:
    cut = parse_moment("2026-01-05T10:15:00.123456Z")

    assert parse_moment(f"2026-01-05T10:15:00.{fraction}Z") == cut


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00", "1753-01-01T00:00:00", "1847-12-01T00:02:00", "2026-07-01T09:00"],
)
def test_every_moment_is_read_back_as_it_was_written(text: str) -> None:
    moment = parse_moment(text)

    assert parse_moment(iso_instant(moment.instant)) == moment


FIRST, LAST = datetime(1, 1, 1, 12, tzinfo=UTC), datetime(9999, 12, 31, 11, tzinfo=UTC)
"""The first and the last noon: one instant of each year's end may lie in no year that there is."""


@given(
    st.one_of(
        st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)),
        # About midnight in London, in winter, in summer, in double summer and in its own time.
        st.builds(
            lambda day, minutes: (
                datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
            ),
            st.dates(date(1840, 1, 1), date(2100, 1, 1)),
            st.integers(-130, 130),
        ),
    )
)
@example(FIRST.replace(tzinfo=None))
@example(LAST.replace(tzinfo=None))
def test_an_instant_lies_on_its_day_in_london(stamp: datetime) -> None:
    stamp = stamp.replace(tzinfo=UTC)
    instant = (stamp - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    expected = stamp.astimezone(ZoneInfo("Europe/London")).toordinal()

    assert at_instant(instant) == Cutoff(expected, instant)
