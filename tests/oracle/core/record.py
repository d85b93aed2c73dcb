"""One certain record at one moment: its entries in force, how they compare in time, and limits."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from msp_rules.casework.bank_holidays import bank_holidays

LONDON = ZoneInfo("Europe/London")
Value = str | int | tuple[str, ...]
OFFICE_CLOSE = 17 * 3600
MAX_TEMPORARY_REASON = 10
WITHHELD = "(withheld)"
LAST = 24 * 3600
"""The clock of what comes after everything else, even of a day whose other entries have no time."""
FIRST = -2
"""The clock of what comes before everything else of its day, compared by its day all the same."""
EVERY_KIND = "*"
EACH_RULE = "(each rule)"
"""Stands for the id of whichever rule is judged: an explanation of which nothing is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One event that is in force: its London day, the second of that day if known, what it says."""

    id: str
    type: str
    day: int
    clock: int | None
    instant: float
    fields: Mapping[str, Value]
    recorded_day: int = 0

    def get(self, name: str) -> Value | None:
        """The value of a field; None where the record does not say."""
        return self.fields.get(name)

    def says(self, name: str, *values: str) -> bool:
        """Tells whether a field has one of the values; of a repeated field, any of its values."""
        value = self.fields.get(name)
        if isinstance(value, tuple):
            return any(one in values for one in value)
        return value in values

    def has(self, name: str) -> bool:
        """Tells whether a field is there; white space alone is not, withheld text is."""
        value = self.fields.get(name)
        if value is None or value == ():
            return False
        return not isinstance(value, str) or bool(value.strip())

    def many(self, name: str) -> tuple[str, ...]:
        """The values of a repeated field."""
        value = self.fields.get(name, ())
        return value if isinstance(value, tuple) else (str(value),)

    def date(self, name: str) -> int | None:
        """The day in a date field."""
        value = self.fields.get(name)
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Due:
    """The last moment of a limit: the end of a day, or an instant where it counts hours.

    `rests_on` names the entries from which it and its parts run, "-" for a part that has not begun:
    where an entry that may not exist might be one of them, the limit is unknown.
    """

    day: int
    instant: float
    in_hours: bool = False
    rests_on: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As the results say it."""
        if self.in_hours:
            stamp = datetime.fromtimestamp(self.instant, UTC).astimezone(LONDON)
            return stamp.isoformat()
        return date.fromordinal(self.day).isoformat()

    def keeps(self, entry: Entry) -> bool:
        """Tells whether an entry lies in time; a date alone is taken at the start of its day."""
        return entry.instant <= self.instant if self.in_hours else entry.day <= self.day


@cache
def midnight(day: int) -> float:
    """The first instant of a London day, in seconds since the epoch."""
    return datetime.combine(date.fromordinal(day), datetime.min.time(), LONDON).timestamp()


def end_of(day: int, *rests_on: str) -> Due:
    """A limit through the end of a day."""
    return Due(day, midnight(day + 1) - 1e-6, rests_on=rests_on)


@cache
def is_working(day: int) -> bool:
    """Monday to Friday, and no bank holiday."""
    one = date.fromordinal(day)
    return one.weekday() < 5 and one not in bank_holidays()


def working_days(anchor: Entry, number: int) -> Due:
    """The end of the Nth working day after day 0, which rolls like any limit."""
    day = anchor.day
    if anchor.clock is not None and anchor.clock > OFFICE_CLOSE or not is_working(day):
        day += 1
        while not is_working(day):
            day += 1
    return end_of(_working_days_later(day, number), anchor.id)


@cache
def _working_days_later(day: int, number: int) -> int:
    for _ in range(number):
        day += 1
        while not is_working(day):
            day += 1
    return day


def calendar_days(anchor: Entry, number: int) -> Due:
    """The end of the Nth day after the anchor's own."""
    return end_of(anchor.day + number, anchor.id)


def hours(anchor: Entry, number: int) -> Due:
    """So many elapsed hours; a date alone runs from the end of its day."""
    has_time = anchor.clock not in (None, FIRST)
    start = anchor.instant if has_time else midnight(anchor.day + 1)
    instant = start + number * 3600
    day = datetime.fromtimestamp(instant, UTC).astimezone(LONDON).toordinal()
    return Due(day, instant, in_hours=True, rests_on=(anchor.id,))


def months_after(day: int, number: int) -> int:
    """The same day of a later month, or that month's last."""
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).toordinal()


def _is_of_days(one: Entry, other: Entry) -> bool:
    """Two entries are compared by their days where either has no time."""
    clocks = (one.clock, other.clock)
    return (None in clocks or FIRST in clocks) and LAST not in clocks


def is_after(one: Entry, other: Entry) -> bool:
    """Later; of one day where either has no time, too."""
    if _is_of_days(one, other):
        return one.day >= other.day
    return one.instant > other.instant


def is_before(one: Entry, other: Entry) -> bool:
    """Earlier; of one day where either has no time, too."""
    return is_after(other, one)


def is_since(one: Entry, other: Entry) -> bool:
    """Not earlier; of one day where either has no time, too."""
    if _is_of_days(one, other):
        return one.day >= other.day
    return one.instant >= other.instant


def is_surely_later(one: Entry, other: Entry) -> bool:
    """Later beyond doubt: on another day, or at a later time where both are known."""
    if _is_of_days(one, other):
        return one.day > other.day
    return one.instant > other.instant


def order(entry: Entry) -> tuple[int, int, str]:
    """By date, time if known, id."""
    return entry.day, -1 if entry.clock is None else entry.clock, entry.id


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """All that share the newest moment: none of the others is later beyond doubt."""
    found = list(entries)
    return [one for one in found if not any(is_surely_later(other, one) for other in found)]


def first(entries: Iterable[Entry]) -> Entry | None:
    """The first by date, time if known, id."""
    return min(entries, key=order, default=None)


def since_day(entries: Iterable[Entry], anchor: Entry) -> list[Entry]:
    """Those from the calendar day of another entry onwards."""
    return [one for one in entries if one.day >= anchor.day]


@dataclass(frozen=True)
class Record:
    """The entries in force on the day of the evaluation, and where corrected ones lead to."""

    entries: Sequence[Entry]
    as_of: int
    leads_to: Mapping[str, str]
    doubtful: frozenset[str] = frozenset()
    undated: frozenset[str] = frozenset()
    cut_off: frozenset[str] = frozenset()
    begin: Entry | None = None
    flawed: bool = False
    ids: frozenset[str] = frozenset()
    """All ids that the source wrote, of what is not in force, too."""
    belonging: str | None = None
    """Where decisions that name no concern may belong to any: to "each", to "none", to the "near"
    ones; None where it is known."""
    kinds: dict[str, list[Entry]] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)
    """The types that were asked for so far; `EVERY_KIND` where all were."""

    def __post_init__(self) -> None:
        for entry in sorted(self.entries, key=order):
            self.kinds.setdefault(entry.type, []).append(entry)

    @property
    def now(self) -> float:
        """The last instant of the evaluation."""
        return midnight(self.as_of + 1) - 1e-6

    def all(self, kind: str) -> list[Entry]:
        """All entries of a type, in order."""
        self.looked_at.add(kind)
        return self.kinds.get(kind, [])

    def every(self) -> Sequence[Entry]:
        """All entries of all types."""
        self.looked_at.add(EVERY_KIND)
        return self.entries

    @property
    def later(self) -> frozenset[str]:
        """The ids of what came after the limit up to which the record is looked at."""
        self.looked_at.add(EVERY_KIND)
        return self.cut_off

    def content(self, kinds: Iterable[str]) -> tuple[object, ...]:
        """All that a rule may rest on which looks at some types only, to compare two records."""
        held = self._held
        return (*[held.get(kind) for kind in kinds], self._ties)

    @cached_property
    def _held(self) -> dict[str, tuple[Entry, ...]]:
        held = {kind: tuple(entries) for kind, entries in self.kinds.items()}
        return {**held, EVERY_KIND: tuple(self.entries)}

    @cached_property
    def _ties(self) -> tuple[object, ...]:
        return self.belonging, tuple(sorted(self.leads_to.items()))

    def saying(self, kind: str, name: str, *values: str) -> list[Entry]:
        """All entries of a type whose field has one of the values."""
        return [one for one in self.all(kind) if one.says(name, *values)]

    def follow(self, name: str | None) -> str | None:
        """The id at the end of a chain of corrections."""
        return None if name is None else self.leads_to.get(name, name)

    def ref(self, entry: Entry, name: str) -> str | None:
        """The id that a reference means now."""
        value = entry.get(name)
        return self.follow(value) if isinstance(value, str) else None

    def refs(self, entry: Entry, name: str) -> set[str]:
        """The ids that a repeated reference means now."""
        return (
            {self.leads_to.get(one, one) for one in entry.many(name)} if entry.has(name) else set()
        )

    def last_closure(self) -> Entry | None:
        """The one at which a limit lies: of tied events, `latest` takes the largest."""
        return max(self.standing_closure(), key=order, default=None)

    def standing_closure(self) -> list[Entry]:
        """The newest closure, or closures, unless the case was reopened since."""
        closures = newest(self.all("case_closed"))
        reopened = self.all("case_reopened")
        return [one for one in closures if not any(is_since(again, one) for again in reopened)]
