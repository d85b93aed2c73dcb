"""How dates, moments and numbers are written, as patterns that XSD and JSON Schema both take.

Neither language has look-ahead or a calendar, so the calendar is spelled out: the days of each
month, and February 29 in leap years only. The patterns hold no anchors: XSD matches the whole text
by itself, and a JSON Schema must add them.
"""

from __future__ import annotations

from typing import Final

LONGEST_ID: Final = 200
"""The most characters of an id of a case or event."""

_YEAR: Final = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_LEAP: Final = (
    "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"  # Gregorian
)
_DAY: Final = (
    "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|02-(0[1-9]|1[0-9]|2[0-8]))"
)
_HOUR_MINUTE: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
_SECOND: Final = r":[0-5][0-9](\.[0-9]{1,6})?"

DATE: Final = f"({_YEAR}-{_DAY}|{_LEAP}-02-29)"
"""YYYY-MM-DD, of days that exist."""

_OFFSET: Final = "(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])"
DATE_TIME: Final = f"{DATE}[T ]{_HOUR_MINUTE}({_SECOND})?{_OFFSET}?"
"""A date-time with or without seconds and offset: with DATE, what `parse_moment` takes, but for
local times that the clock change in March leaves out."""

MOMENT: Final = f"({DATE}|{DATE_TIME})"

INSTANT: Final = f"{DATE}T{_HOUR_MINUTE}{_SECOND}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
"""A date-time with seconds and offset (RFC 3339, as CloudEvents 1.0 wants of `time`)."""

WHOLE: Final = "[0-9]+"
