"""Limits: the last good moment and the first late one."""

from datetime import date

import pytest

from msp_rules.casework.moments import (
    end_of_day,
    is_within,
    iso_date,
    iso_instant,
    parse_as_of,
    parse_moment,
)
from msp_rules.casework.workdays import (
    Due,
    Unit,
    due_after,
    due_text,
    england,
    window_start,
)
from msp_rules.errors import OutsideCalendar

FIVE = 17 * 3_600_000_000
DAYS = range(date(2026, 3, 26).toordinal(), date(2026, 4, 2).toordinal())


def due(anchor: str, number: int, unit: Unit) -> str:
    moment = parse_moment(anchor)
    return due_after(moment, number, unit, calendar=england(), office_close=FIVE).text


@pytest.mark.parametrize(
    ("anchor", "number", "unit", "expected"),
    [
        pytest.param("2026-01-05", 2, Unit.WORKING_DAYS, "2026-01-07", id="plain"),
        pytest.param("2026-01-05", 0, Unit.WORKING_DAYS, "2026-01-05", id="none: day 0"),
        pytest.param("2026-01-05T17:00:00", 2, Unit.WORKING_DAYS, "2026-01-07", id="at closing"),
        pytest.param("2026-01-05T17:00:01", 2, Unit.WORKING_DAYS, "2026-01-08", id="after closing"),
        pytest.param("2026-01-03", 1, Unit.WORKING_DAYS, "2026-01-06", id="a Saturday"),
        pytest.param("2026-04-02", 1, Unit.WORKING_DAYS, "2026-04-07", id="before Easter"),
        pytest.param("2026-12-24", 1, Unit.WORKING_DAYS, "2026-12-29", id="Boxing Day made up for"),
        pytest.param("2022-06-01", 1, Unit.WORKING_DAYS, "2022-06-06", id="jubilee"),
        pytest.param("2026-01-31", 1, Unit.MONTHS, "2026-02-28", id="months clamp"),
        pytest.param("2026-01-05", 6, Unit.WEEKS, "2026-02-16", id="weeks"),
        pytest.param("2026-01-03", 3, Unit.CALENDAR_DAYS, "2026-01-06", id="days do not roll"),
        pytest.param(
            "2026-03-28T12:00:00", 24, Unit.HOURS, "2026-03-29T13:00:00+01:00", id="clocks forward"
        ),
        pytest.param(
            "2026-10-24T12:00:00", 24, Unit.HOURS, "2026-10-25T11:00:00+00:00", id="clocks back"
        ),
        pytest.param(
            "2026-01-05", 24, Unit.HOURS, "2026-01-07T00:00:00+00:00", id="from the day's end"
        ),
    ],
)
def test_limit_ends(anchor: str, number: int, unit: Unit, expected: str) -> None:
    assert due(anchor, number, unit) == expected


def test_exactly_24_hours_is_in_time_and_a_second_more_is_not() -> None:
    start = parse_moment("2026-01-05T10:00:00")
    limit = due_after(start, 24, Unit.HOURS, calendar=england(), office_close=FIVE).cutoff

    assert is_within(parse_moment("2026-01-06T10:00:00"), limit)
    assert not is_within(parse_moment("2026-01-06T10:00:01"), limit)


@pytest.mark.parametrize("anchor", ["2009-12-31", "2028-12-30", "2029-01-02"])
def test_working_days_outside_the_known_years_are_refused(anchor: str) -> None:
    with pytest.raises(OutsideCalendar, match="from 2010-01-01 to 2028-12-31 only"):
        due(anchor, 2, Unit.WORKING_DAYS)


def test_working_days_equal_stepping_day_by_day() -> None:
    calendar = england()
    day = date(2026, 3, 20).toordinal()
    for number in range(1, 60):
        step, left = day, number
        while left:
            step += 1
            left -= calendar.is_working_day(step)

        assert calendar.add_working_days(day, number) == step


def test_a_window_back_reaches_as_far_as_the_limit_reaches_forward() -> None:
    start = window_start(parse_moment("2026-01-07"), 2, Unit.WORKING_DAYS, calendar=england())

    assert start.day == date(2026, 1, 5).toordinal()


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "20260105", "2026-W02-1", "5/1/2026", "2026-03-29T01:30:00", "2026-01-05T25:00"],
)
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


def test_the_hour_that_comes_twice_is_its_first_occurrence() -> None:
    assert parse_moment("2026-10-25T01:30:00") == parse_moment("2026-10-25T00:30:00Z")


def test_texts_of_limits_are_right_however_many_were_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msp_rules.casework.workdays._MOST_TEXTS", 3)
    dues = [Due(end_of_day(day), in_hours=in_hours) for in_hours in (False, True) for day in DAYS]

    for one in dues + dues:
        cutoff = one.cutoff
        plain = iso_instant(cutoff.instant) if one.in_hours else iso_date(cutoff.day)
        assert due_text(one) == one.text == plain


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-05T09:30:07", "2026-07-05T00:00:00", "2026-07-05T23:59:59", "1970-06-01T12:00"),
        # The days on which clocks change, before and after; half an hour that is there twice.
        *("2026-03-29T00:30:00", "2026-03-29T02:00:00", "2026-10-25T01:30:00+01:00"),
        *("2026-10-25T01:30:00+00:00", "2026-10-25T23:00:00"),
        *("2026-07-05T09:30:07.250000", "1840-01-05T09:30:07", "1944-06-06T06:00:00"),
    ],
)
def test_a_limit_of_hours_is_written_as_its_instant_is(text: str) -> None:
    cutoff = parse_as_of(text)

    assert due_text(Due(cutoff, in_hours=True)) == iso_instant(cutoff.instant)


@pytest.mark.parametrize(
    ("unit", "number"),
    [
        (Unit.HOURS, 24),
        (Unit.CALENDAR_DAYS, 1),
        (Unit.WEEKS, 1),
        (Unit.MONTHS, 1),
    ],
)
def test_a_limit_beyond_the_last_year_is_not_known(unit: Unit, number: int) -> None:
    anchor = parse_moment("9999-12-31")

    with pytest.raises(OutsideCalendar, match="beyond the year 9999"):
        due_after(anchor, number, unit, calendar=england(), office_close=FIVE)


@pytest.mark.parametrize("unit", [Unit.HOURS, Unit.CALENDAR_DAYS, Unit.WEEKS, Unit.MONTHS])
def test_a_stretch_from_before_the_first_year_is_not_known(unit: Unit) -> None:
    anchor = parse_moment("0001-01-05")

    with pytest.raises(OutsideCalendar, match="before the year 1"):
        window_start(anchor, 6, unit, calendar=england())
