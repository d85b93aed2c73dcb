"""Dates and times of a source, as the vocabulary writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msp_rules.casework.moment import LONDON
from msp_rules.intake.mapping.language import UNREADABLE, ValueRule

_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME_MARKS: Final = ("%H", "%I", "%T", "%X", "%c")


def mapped_time(text: str, rule: ValueRule) -> tuple[str, bool]:
    """A date or time in ISO form, and whether the mapping knows its form.

    A time of another zone than London's gets its offset. Without one, London's wall clock is meant,
    as in the canonical export. An hour that a zone's clocks show twice is its first occurrence; one
    that they leave out is UNREADABLE.
    """
    read = _read(text, rule)
    if read is None:
        # What no format speaks of is judged as it stands, by the canonical reader.
        return (text, True) if rule.date_format is None else (UNREADABLE, False)
    stamp, has_time = read
    if not has_time:
        return stamp.date().isoformat(), True
    try:
        placed = _placed(stamp, rule.time_zone)
        if placed is None:
            return UNREADABLE, False
        if rule.is_day:
            day = placed if placed.tzinfo is None else placed.astimezone(LONDON)
            return day.date().isoformat(), True
        written = placed if placed.tzinfo is None else placed.astimezone(UTC)
    except OverflowError:  # the calendar's first or last day
        return UNREADABLE, False
    return written.isoformat(), True


def _read(text: str, rule: ValueRule) -> tuple[datetime, bool] | None:
    """The moment that a text says, and whether its time of day is meant; None for another form."""
    asks_time = True
    if rule.date_format is not None:
        asks_time = any(mark in rule.date_format for mark in _TIME_MARKS)
        try:
            # A wall clock's time is meant where the format has no offset.
            return datetime.strptime(text, rule.date_format), asks_time  # noqa: DTZ007
        except ValueError:
            if not rule.takes_iso:
                return None
    try:
        if _ISO_DAY.fullmatch(text):
            return datetime.fromisoformat(text), False
        if _ISO_TIME.fullmatch(text):
            return datetime.fromisoformat(text), asks_time
    except ValueError:
        return None
    return None


def _placed(stamp: datetime, time_zone: str | None) -> datetime | None:
    """The moment with its zone; None for a local time that the zone's clocks leave out."""
    if stamp.tzinfo is not None or time_zone is None:
        return stamp
    zone = ZoneInfo(time_zone)
    if zone is LONDON:
        return stamp  # the canonical reader knows London's own clock changes
    local = stamp.replace(tzinfo=zone)
    there_and_back = local.astimezone(UTC).astimezone(zone)
    return local if there_and_back.replace(tzinfo=None) == stamp else None
