"""Defines a moment: a day in London, with or without a time, and how two of them compare.

The reading of every comparison is the project's own (docs/readings.md, "Time"): where either side
is a date without a time, the same calendar day counts as before *and* as after.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msp_rules.errors import MspRulesError

LONDON = ZoneInfo("Europe/London")

DATE_ONLY = -1
MICROSECONDS_A_DAY = 86_400_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal()
# The microseconds since midnight of "Thh:mm:", and those that two figures of seconds add.
_MINUTES = {
    f"T{hour:02}:{minute:02}:": (hour * 60 + minute) * 60_000_000
    for hour in range(24)
    for minute in range(60)
}
_SECONDS = {f"{number:02}": number * 1_000_000 for number in range(60)}
_DATE_LENGTH: Final = len("YYYY-MM-DD")
_LOCAL_LENGTH: Final = len("YYYY-MM-DDThh:mm:ss")
_UTC_LENGTH: Final = len("YYYY-MM-DDThh:mm:ssZ")
# Full ISO 8601 in the two shapes that the contract names; fromisoformat alone would also take
# "20260105" and "2026-W02-1", which an exporter never means.
_MOMENT_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?"
)

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class Moment(NamedTuple):
    """A day, and the time of day if it is known."""

    day: int
    """The date in London as a proleptic ordinal (`date.toordinal`)."""
    clock: int
    """The wall time in London in microseconds since midnight, or `DATE_ONLY`."""
    instant: int
    """Microseconds since the Unix epoch; of a date without time, the first instant of the day."""

    @property
    def is_date_only(self) -> bool:
        """True if no time of day is known."""
        return self.clock == DATE_ONLY

    @property
    def date(self) -> date:
        """The date in London."""
        return date.fromordinal(self.day)


# What date texts say, as far as they were met: plain dicts, since a call of an `lru_cache` costs
# more than all else that is done for a moment. Whoever finds one full empties it.
_DAYS_KEPT: Final = 16_384
_DATES: Final[dict[str, Moment]] = {}
_PLAIN_DAYS: Final[dict[str, tuple[int, int, int]]] = {}


class Cutoff(NamedTuple):
    """The last instant that still counts: of an evaluation (`as_of`), or of a limit (`due`)."""

    day: int
    """The London day of that instant, as an ordinal."""
    instant: int
    """Microseconds since the Unix epoch."""


When = Moment | Cutoff | datetime | str
"""A moment as a caller may give it: this package's own, an aware `datetime`, or ISO text."""


def _new_moment(day: int, clock: int, instant: int) -> Moment:
    """Makes a moment of its parts. Compiled, the constructor costs nearly twice as much."""
    return tuple.__new__(Moment, (day, clock, instant))


@lru_cache(maxsize=4096)
def day_start(day: int) -> int:
    """Gives the first instant of a London day, in microseconds since the Unix epoch."""
    if day >= _LAST_DAY:  # "9999-12-31" stands for "never" in many systems
        return (day - _EPOCH_ORDINAL) * MICROSECONDS_A_DAY
    midnight = datetime.fromordinal(day).replace(tzinfo=LONDON)
    offset = midnight.utcoffset() or timedelta(0)
    return (day - _EPOCH_ORDINAL) * MICROSECONDS_A_DAY - _microseconds(offset)


@lru_cache(maxsize=16384)
def end_of_day(day: int) -> Cutoff:
    """Makes a cutoff at the last microsecond of a London day."""
    return Cutoff(day, day_start(day + 1) - 1)


def at_instant(instant: int) -> Cutoff:
    """Makes a cutoff at an instant given in microseconds since the Unix epoch."""
    day = instant // MICROSECONDS_A_DAY + _EPOCH_ORDINAL
    if not 1 < day < _LAST_DAY:
        return Cutoff(_london(instant).toordinal(), instant)
    # London's time is never a day away from UTC.
    if instant < day_start(day):
        day -= 1
    elif instant >= day_start(day + 1):
        day += 1
    return Cutoff(day, instant)


def _london(instant: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(LONDON)


def parse_date(text: str) -> date:
    """Parses a date (YYYY-MM-DD); raises ValueError for any other shape."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError("not a date of the form YYYY-MM-DD")
    return date.fromisoformat(text)


def parse_moment(text: str) -> Moment:
    """Parses an ISO 8601 date or date-time.

    Without an offset a time is local to Europe/London; the hour that occurs twice in October is its
    first occurrence. A fraction of a second counts to the microsecond, and what is finer is cut off
    (.NET writes seven digits, Go nine). Raises ValueError for another shape, for a date that does
    not exist, and for a local time that the clock change in March leaves out.
    """
    length = len(text)
    if length == _DATE_LENGTH:
        return day_from(text)
    if length == _LOCAL_LENGTH or (length == _UTC_LENGTH and text.endswith("Z")):
        moment = _quick_moment(text, length == _UTC_LENGTH)
        if moment is not None:
            return moment
    shape = _MOMENT_SHAPE.fullmatch(text)
    if shape is None:
        raise ValueError("not a date (YYYY-MM-DD) or date-time (YYYY-MM-DDThh:mm:ss)")
    try:
        return _moment_of(datetime.fromisoformat(text))
    except OverflowError:
        raise ValueError("a time beyond the years of the calendar") from None


def day_from(text: str) -> Moment:
    """Parses YYYY-MM-DD as a date without a time; raises ValueError for any other shape."""
    moment = _DATES.get(text)
    if moment is None:
        moment = moment_on(parse_date(text))
        if len(_DATES) >= _DAYS_KEPT:
            _DATES.clear()
        _DATES[text] = moment
    return moment


def _quick_moment(text: str, is_utc: bool) -> Moment | None:
    """Reads a time with seconds on a London day of 24 hours; gives None for any other.

    Nearly all times in exports are of this kind, and most occur only once; so the parts are cached,
    not whole texts.
    """
    minute, second = _MINUTES.get(text[10:17]), _SECONDS.get(text[17:19])
    if minute is None or second is None:
        return None
    date_text = text[:10]
    known = _PLAIN_DAYS.get(date_text)
    if known is None:
        known = _plain_day(date_text)
        if len(_PLAIN_DAYS) >= _DAYS_KEPT:
            _PLAIN_DAYS.clear()
        _PLAIN_DAYS[date_text] = known
    day, start, utc_start = known
    if day == 0:
        return None
    clock = minute + second
    if is_utc:
        clock += utc_start - start
        if clock < 0 or clock >= MICROSECONDS_A_DAY:  # in London it is another day
            return None
    return _new_moment(day, clock, start + clock)


def _moment_of(stamp: datetime) -> Moment:
    if stamp.tzinfo is not None:
        return _in_london(stamp)
    local = stamp.replace(tzinfo=LONDON)
    there_and_back = local.astimezone(UTC).astimezone(LONDON)
    if there_and_back.replace(tzinfo=None) != stamp:
        raise ValueError("a time that does not exist: the clocks went forward")
    return _in_london(local)


def parse_as_of(text: str) -> Cutoff:
    """Parses a cutoff: a date (its end) or a date-time; raises ValueError as `parse_moment`."""
    return cutoff_of(parse_moment(text))


def moment_of(cutoff: Cutoff) -> Moment:
    """Gives the moment of a cutoff's own instant, with the time of day in London."""
    return parse_moment(iso_instant(cutoff.instant))


def cutoff_of(moment: Moment) -> Cutoff:
    """Makes the cutoff through a moment: a date without time counts to the end of its day."""
    if moment.clock == DATE_ONLY:
        return end_of_day(moment.day)
    return Cutoff(moment.day, moment.instant)


def moment_at(when: Moment | datetime | str) -> Moment:
    """Reads the moment that a caller gives, in whichever form.

    Raises MspRulesError, which repeats nothing of it, for a `datetime` without a time zone (which
    is ambiguous), for text that is not a date or date-time, and for other types.
    """
    if isinstance(when, Moment):
        return when
    try:
        if isinstance(when, str):
            return parse_moment(when)
        if isinstance(when, datetime):
            if when.utcoffset() is None:
                raise MspRulesError(
                    "a datetime without a time zone is ambiguous; pass one that has a zone, "
                    "for example datetime.now(UTC)"
                )
            return _in_london(when)
    except ValueError as error:
        raise MspRulesError(f"a moment that can't be read: {error}") from None
    except OverflowError:
        raise MspRulesError("a moment beyond the years of the calendar") from None
    raise MspRulesError("a moment is an aware datetime, or ISO 8601 text with a date")


def cutoff_at(when: When) -> Cutoff:
    """Makes the cutoff through a caller's moment; raises MspRulesError as `moment_at`."""
    return when if isinstance(when, Cutoff) else cutoff_of(moment_at(when))


def moment_on(day: date) -> Moment:
    """Makes a date without a time."""
    ordinal = day.toordinal()
    return Moment(ordinal, DATE_ONLY, day_start(ordinal))


def is_within(moment: Moment, cutoff: Cutoff) -> bool:
    """Tells whether a moment is at or before a cutoff; a date counts from its start."""
    return moment.instant <= cutoff.instant


def is_before(one: Moment, other: Moment) -> bool:
    """Tells whether `one` counts as before `other` (same-day rule; else strictly earlier)."""
    if one.clock == DATE_ONLY or other.clock == DATE_ONLY:
        return one.day <= other.day
    return one.instant < other.instant


def is_by(one: Moment, other: Moment) -> bool:
    """Tells whether `one` is at or before `other` (same-day rule)."""
    if one.clock == DATE_ONLY or other.clock == DATE_ONLY:
        return one.day <= other.day
    return one.instant <= other.instant


def is_strictly_later(one: Moment, other: Moment) -> bool:
    """Tells whether `one` is certainly later than `other`: another day, or both times known."""
    if one.clock == DATE_ONLY or other.clock == DATE_ONLY:
        return one.day > other.day
    return one.instant > other.instant


@lru_cache(maxsize=4096)
def iso_date(day: int) -> str:
    """Writes an ordinal day as YYYY-MM-DD."""
    return date.fromordinal(day).isoformat()


@lru_cache(maxsize=16384)
def iso_instant(instant: int) -> str:
    """Writes an instant as an ISO 8601 date-time in London, with its offset.

    Before December 1847 London's own time was 75 seconds behind Greenwich; no ISO 8601 offset has
    seconds, so that such an instant is written in UTC.
    """
    stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    local = stamp.astimezone(LONDON)
    offset = local.utcoffset() or timedelta(0)
    return stamp.isoformat() if offset.seconds % 60 else local.isoformat()


def _plain_day(text: str) -> tuple[int, int, int]:
    """Gives a London day, its first instant and midnight UTC; zeros if it has not just 24 hours."""
    try:
        day = parse_date(text).toordinal()
    except ValueError:
        return 0, 0, 0
    start = day_start(day)
    if day_start(day + 1) - start != MICROSECONDS_A_DAY:
        return 0, 0, 0
    return day, start, (day - _EPOCH_ORDINAL) * MICROSECONDS_A_DAY


def _in_london(stamp: datetime) -> Moment:
    local = stamp.astimezone(LONDON)
    wall = local.replace(tzinfo=None, fold=0)
    clock = _microseconds(wall - datetime.combine(wall.date(), datetime.min.time()))
    instant = _microseconds(local.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC))
    return Moment(local.toordinal(), clock, instant)


def _microseconds(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def in_words(day: date) -> str:
    """Writes a day as people say it: "6 January 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
