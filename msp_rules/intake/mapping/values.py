"""Turns the texts that a mapping finds in a source into values as the vocabulary writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import LONDON
from msp_rules.intake.mapping.cell_parts import parts_in
from msp_rules.intake.mapping.date_forms import stamp_in
from msp_rules.intake.mapping.language import LEFT_OUT, UNREADABLE, ValueRule
from msp_rules.intake.mapping.records import Record, holds, texts_at

_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME_MARKS: Final = ("%H", "%I", "%T", "%X", "%c")


class Values(NamedTuple):
    """Holds values as the vocabulary writes them, UNREADABLE for one that can't be read."""

    values: tuple[str, ...]
    """The values as the vocabulary writes them, UNREADABLE for one that can't be read."""
    unmapped: int = 0
    """The number of texts that the mapping does not know.

    These are labels in no code table (even if it says what others mean), and dates in another
    form.
    """
    is_said: bool = True
    """False for a value that the mapping gives whatever the source says."""


NOTHING: Final = Values(())
"""The result where the place of the value is empty."""


def values_of(record: Record, rule: ValueRule) -> Values:
    """Reads a value of a record.

    An empty text is an absent value: forms export the fields that nobody filled in, too.
    """
    if rule.conditions and not all(holds(record, one) for one in rule.conditions):
        return NOTHING
    if rule.first:
        return _first_of(record, rule)
    if rule.path is None:
        return Values((rule.constant or "",), is_said=False)
    return mapped(texts_at(record, rule.path), rule)


def _first_of(record: Record, rule: ValueRule) -> Values:
    """Reads the first alternative that gives a value, or has a text that does not map."""
    unmapped = 0
    for one in rule.first:
        found = values_of(record, one)
        unmapped += found.unmapped
        if found.values:
            values = _preferred(found.values, rule.precedence)
            return Values(values, unmapped, is_said=found.is_said)
    return Values((), unmapped)


def mapped(texts: Sequence[str], rule: ValueRule) -> Values:
    """Reads the texts that were found at the path of a value."""
    if not texts:
        return NOTHING
    if rule.parts is not None:
        labels = () if rule.table is None else rule.table.codes
        found = parts_in(texts, rule.parts, labels)
        if found is None:
            return Values((UNREADABLE,), 1)
        texts = found
    values: list[str] = []
    unmapped = 0
    for text in texts:
        value, is_known = _mapped(text, rule)
        if value is not None:
            values.append(value)
        if not is_known:
            unmapped += 1
    if rule.parts is not None:
        values = list(dict.fromkeys(values))  # two labels of one list may mean one code
    if rule.join is not None and len(values) > 1:
        # Of what was not exported in part, it is not known how the whole reads.
        values = [WITHHELD if WITHHELD in values else rule.join.join(values)]
    return Values(_preferred(values, rule.precedence), unmapped)


def _preferred(values: Sequence[str], precedence: Sequence[str]) -> tuple[str, ...]:
    """Chooses the value with precedence, where the mapping sets one; otherwise gives all."""
    first = next((one for one in precedence if one in values), None)
    return tuple(values) if first is None else (first,)


def single_of(values: Sequence[str]) -> str | None:
    """Gives the value of a field that takes one; None where there is none.

    Two values are as unreadable as a value that does not fit.
    """
    if not values:
        return None
    return values[0] if len(set(values)) == 1 else UNREADABLE


def _mapped(text: str, rule: ValueRule) -> tuple[str | None, bool]:
    """Reads one text: its value, None for an absent one, and whether the mapping knows it."""
    if text == rule.withheld:
        return WITHHELD, True
    if rule.table is not None:
        code = rule.table.codes.get(text, rule.table.unknown)
        return None if code == LEFT_OUT else code or UNREADABLE, text in rule.table.codes
    if rule.date_formats or rule.is_day or rule.time_zone is not None:
        return mapped_time(text, rule)
    return text + rule.suffix, True


def mapped_time(text: str, rule: ValueRule) -> tuple[str, bool]:
    """Writes a date or time in ISO form, and says whether the mapping knows its form.

    A time of another zone than London's gets its offset. Without one, local time in London is
    meant, as in the canonical export. Of an hour that occurs twice in a zone, the first is meant;
    one that the clocks skip is UNREADABLE.
    """
    read = _read(text, rule)
    if read is None:
        # What no format speaks of is judged as it stands, by the canonical reader.
        return (UNREADABLE, False) if rule.date_formats else (text, True)
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
    """Reads a moment, and whether its time of day is meant; None for another form."""
    asks_time = True
    for form in rule.date_formats:
        stamp = stamp_in(text, form)
        asks_time = any(mark in form for mark in _TIME_MARKS)
        if stamp is not None:
            return stamp, asks_time
    if rule.date_formats and not rule.takes_iso:
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
    """Gives a moment its zone; None for a local time that the zone's clocks skip."""
    if stamp.tzinfo is not None or time_zone is None:
        return stamp
    zone = ZoneInfo(time_zone)
    if zone is LONDON:
        return stamp  # the canonical reader knows London's own clock changes
    local = stamp.replace(tzinfo=zone)
    there_and_back = local.astimezone(UTC).astimezone(zone)
    return local if there_and_back.replace(tzinfo=None) == stamp else None
