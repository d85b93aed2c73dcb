"""In which form the dates of one place are written, as far as its values tell."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import Final

_DAYS: Final = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y", "%d/%m/%y", "%m/%d/%y", "%Y%m%d"),
)
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FORMS: Final = tuple(f"{day}{time}" for day in _DAYS for time in _TIMES)
_LIKE_A_DATE: Final = re.compile(
    r"[\d/.: T+Z-]*\d[\d/.: T+Z-]*|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}.{0,12}"
)
_SHORTEST, _LONGEST = 6, 32
_ISO_DATE: Final = 10
_LOOKED_AT: Final = 2_000
_ENOUGH: Final = 0.9
_SWAPPED: Final = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d/%m/%y": "%m/%d/%y"}


class DateForms:
    """Counts, over the first values of a place, which date forms each of them fits."""

    def __init__(self) -> None:
        self._seen = 0
        self._fits: Counter[str] = Counter()
        self._iso = 0
        self._tried: tuple[str, ...] = ()

    def add(self, text: str) -> None:
        """Takes one value that is not empty."""
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

    @property
    def is_date(self) -> bool:
        """Whether nearly all values are dates of one form."""
        return self._seen > 0 and self._best_count() >= _ENOUGH * self._seen

    @property
    def is_iso_time(self) -> bool:
        """Whether they are in ISO form and some have a time: they need no format."""
        return self.is_date and self._iso > max(self._fits.values(), default=0)

    @property
    def form(self) -> str | None:
        """The likeliest format, day before month where both fit; None for ISO date-times."""
        if not self.is_date or self.is_iso_time:
            return None
        best = max(self._fits.values())
        return next(form for form in _FORMS if self._fits[form] == best)

    @property
    def is_ambiguous(self) -> bool:
        """Whether every value would fit with day and month swapped, too."""
        form = self.form
        for day, swapped in _SWAPPED.items():
            if form is not None and form.startswith(day):
                return self._fits[form.replace(day, swapped)] == self._fits[form]
        return False

    @property
    def misfits(self) -> int:
        """How many of the values that were looked at do not fit the likeliest form."""
        return self._seen - self._best_count()

    def _best_count(self) -> int:
        return max(self._iso, max(self._fits.values(), default=0))


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
