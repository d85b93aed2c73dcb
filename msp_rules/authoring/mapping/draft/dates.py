"""Recognises dates: the forms that the values at one place fit."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import Final


class DateForms:
    """Counts, over the first values of a place, which date forms each of them fits.

    One place may hold days with and without a time; the day is written in one way.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._fits: Counter[str] = Counter()
        self._days: Counter[str] = Counter()
        self._iso = 0
        self._tried: tuple[str, ...] = ()

    def add(self, text: str) -> None:
        """Counts one value that is not empty."""
        if self._seen >= _LOOKED_AT:
            return
        self._seen += 1
        if not _SHORTEST <= len(text) <= _LONGEST or _LIKE_A_DATE.fullmatch(text) is None:
            return
        if _is_iso(text):
            self._iso += 1
            if len(text) > _ISO_DATE:
                return
        fitting = [form for form in self._tried or _FORMS if _fits(text, form)]
        if not fitting and self._tried:
            fitting = [form for form in _FORMS if _fits(text, form)]
        self._tried = tuple(dict.fromkeys((*self._tried, *fitting)))
        self._fits.update(fitting)
        self._days.update({_FORMS[form] for form in fitting})

    @property
    def is_date(self) -> bool:
        """Tells whether nearly all values are dates of one form."""
        return self._seen > 0 and self._best_count() >= _ENOUGH * self._seen

    @property
    def is_iso_time(self) -> bool:
        """Tells whether they are in ISO form, some with a time, so that no format is needed."""
        return self.is_date and self._iso > max(self._days.values(), default=0)

    @property
    def form(self) -> str | None:
        """Gives the likeliest format, day before month where both fit; None for ISO date-times."""
        return next(iter(self.forms), None)

    @property
    def forms(self) -> tuple[str, ...]:
        """Gives the formats that together fit the values, the likeliest first."""
        if not self.is_date or self.is_iso_time:
            return ()
        most = max(self._days.values())
        day = next(day for day in _DAYS if self._days[day] == most)
        found = [form for form in _FORMS if _FORMS[form] == day and self._fits[form]]
        return tuple(sorted(found, key=lambda form: -self._fits[form]))

    @property
    def is_ambiguous(self) -> bool:
        """Tells whether every value would fit with day and month swapped, too."""
        form = self.form
        swapped = _SWAPPED.get(_FORMS[form]) if form is not None else None
        return swapped is not None and self._days[swapped] == max(self._days.values())

    @property
    def is_of_a_machine(self) -> bool:
        """Tells whether they have parts of a second, as those have that no person wrote."""
        return any("%f" in form for form in self.forms)

    @property
    def misfits(self) -> int:
        """Counts the values, among those tried, that do not fit the likeliest form."""
        return self._seen - self._best_count()

    def _best_count(self) -> int:
        return max(self._iso, max(self._days.values(), default=0))


_DAYS: Final = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y", "%d/%m/%y", "%m/%d/%y", "%Y%m%d"),
    *("%b %d, %Y", "%B %d, %Y", "%a %d %b %Y", "%A %d %B %Y", "%d-%b-%y", "%d.%m.%y"),
)
_TIMES: Final = (
    *("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p"),
    *(" %H:%M:%S.%f", ", %H:%M", ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p", ", %I:%M:%S:%f %p"),
    *(" %I:%M%p", " at %H:%M", " %H.%M"),
)
_FORMS: Final = {f"{day}{time}": day for day in _DAYS for time in _TIMES}
"""The day's part of each form."""
_LIKE_A_DATE: Final = re.compile(
    r"[\d/.: T+Z-]*\d[\d/.: T+Z-]*(?: ?[AaPp][Mm])?"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}.{0,18}"
    r"|[A-Za-z]{3,9} \d{1,2}, \d{4}.{0,20}"
    r"|[A-Za-z]{3,9} \d{1,2} [A-Za-z]{3,9} \d{4}.{0,12}"
)
_SHORTEST, _LONGEST = 6, 32
_ISO_DATE: Final = 10
_LOOKED_AT: Final = 2_000
_ENOUGH: Final = 0.9
_SWAPPED: Final = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d/%m/%y": "%m/%d/%y"}


def _is_iso(text: str) -> bool:
    if text[4] != "-" or (len(text) > _ISO_DATE and text[_ISO_DATE] != "T"):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _fits(text: str, form: str) -> bool:
    try:
        read = datetime.strptime(text, form)  # noqa: DTZ007 - only whether it fits is asked
    except ValueError:
        return False
    # Case numbers of eight digits fit %Y%m%d, too: no record of these systems is that old or young.
    return date(1900, 1, 1) <= read.date() <= date(2100, 12, 31)
