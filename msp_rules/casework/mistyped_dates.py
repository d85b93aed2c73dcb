"""Says what is wrong with a date that somebody wrote into a file of rules, and how to write it.

Only for files that people write: a message repeats the text, which no message about a record does.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Final

from msp_rules.casework.moments import MONTHS

_DAY_FIRST: Final = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ ./-](?P<month>\d{1,2}|[A-Za-z]{3,9})[ ./-](?P<year>\d{4})"
)
_YEAR_FIRST: Final = re.compile(r"(?P<year>\d{4})[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})")
_FORM: Final = "write it as YYYY-MM-DD, as in 2027-06-30"


def not_a_date(text: str) -> str:
    """Says what is wrong with a text that should be a date, and how it is written if it is one."""
    found = _DAY_FIRST.fullmatch(text.strip()) or _YEAR_FIRST.fullmatch(text.strip())
    if found is None:
        return f'"{text}" is not a date; {_FORM}'
    year, month, day = int(found["year"]), _month(found["month"]), int(found["day"])
    if not 1 <= month <= 12 or year < 1:
        return f'"{text}" is not a date; {_FORM}'
    days = calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        return f'"{text}" does not exist: {MONTHS[month - 1]} {year} has {days} days'
    return f'"{text}" is not written as dates are here; write {date(year, month, day)}'


def _month(text: str) -> int:
    """Gives the number of a month that is written as a number or a name, 0 where it is neither."""
    if text.isdigit():
        return int(text)
    names = [name.casefold()[:3] for name in MONTHS]
    near = text.casefold()[:3]
    return names.index(near) + 1 if near in names else 0
