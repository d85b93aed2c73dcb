"""A made-up case record under way: a clock that only goes forward, dice, and events as XML."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from benchmarks.invented_texts import TEXTS

REFERENCE_DATE: Final = date(2026, 3, 31)
PERIOD: Final = (date(2025, 4, 1), REFERENCE_DATE)
_LAST_DAY: Final = REFERENCE_DATE.toordinal()
_FIRST_DAY: Final = date(2025, 1, 2).toordinal()
_CALENDAR_START: Final = date(2024, 1, 1).toordinal()
_CALENDAR: Final = tuple(date.fromordinal(_CALENDAR_START + n).isoformat() for n in range(2000))
_CLOCK: Final = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440))
_TWO_DIGITS: Final = tuple(f"{n:02}" for n in range(60))
_LATEST_MINUTE: Final = 1435
_UTC_UNTIL: Final = 1320  # later in the day a time in UTC could lie on the next day in London

_WITHHELD: Final = "withheld"
_TEMPORARY: Final = (
    "emergency_action", "unsafe", "police_precedence", "awaiting_interpreter", "awaiting_advocate",
    "awaiting_information", "hospital_admission", "adult_requested_pause",
)  # fmt: skip
_EXCUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "ASK-01": ("emergency_action", "unsafe", "awaiting_interpreter", "awaiting_advocate"),
    "ADV-01": ("other",),
    "ADV-02": ("adult_declined",),
    "CLO-01": ("adult_declined", "not_reachable"),
    "CLO-02": ("outside_our_power",),
    "CLO-03": ("not_reachable", "unsafe"),
    "CON-01": ("emergency_action", "unsafe", "not_reachable"),
    "DEC-02": ("awaiting_information", "agreed_with_adult"),
    "INV-01": ("adult_declined", "police_precedence", "unsafe"),
    "INV-02": ("adult_requested_pause", "hospital_admission"),
    "MCA-02": ("not_reachable",),
    "OUT-04": ("emergency_action", "police_precedence", "unsafe"),
    "PLAN-02": ("adult_declined", "covered_elsewhere"),
    "RISK-01": ("emergency_action",),
}

Value = str | int | tuple[str, ...] | None
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How well the made-up practice and its recording go.

    `slip_factor` scales the chance of every slip of practice: 0 makes none. `untidy` records hold
    what no tidy one would: entries written down long after, or dated a year too early.
    """

    name: str
    slip_factor: float
    untidy: float


PROFILES: Final[Mapping[str, Profile]] = {
    "mixed": Profile(name="mixed", slip_factor=1.0, untidy=0.01),
    "exemplary": Profile(name="exemplary", slip_factor=0.0, untidy=0.0),
    "noisy": Profile(name="noisy", slip_factor=2.2, untidy=0.06),
}
"""`exemplary` leaves out nothing that a rule expects, or says why; `noisy` leaves many gaps."""


class Record:
    """One case as it grows; everything is drawn from (seed, number) alone.

    Events are added at the clock's moment, and the clock never goes back; so a reference to an
    earlier event is right also where the record ends at the reference date (`is_over`).
    """

    __slots__ = (
        "_count",
        "_is_utc",
        "_parts",
        "_profile",
        "_random",
        "_withholds",
        "day",
        "is_over",
        "minute",
        "number",
    )

    def __init__(self, seed: int, number: int, profile: Profile) -> None:
        self.number = number
        self._random = random.Random(f"{seed}/{number}").random
        self._profile = profile
        self._parts: list[str] = []
        self._count = 0
        self._withholds = self.chance(0.04)
        self._is_utc = self.chance(0.04)
        self.day = _FIRST_DAY + int(self._random() * (_LAST_DAY - _FIRST_DAY))
        self.minute = self._office_minute() if self.chance(0.8) else 125 + self.roll(1300)
        self.is_over = False

    def chance(self, share: float) -> bool:
        """True in this share of cases, whatever the profile."""
        return self._random() < share

    def slips(self, share: float) -> bool:
        """True where practice falls short: in this share of mixed cases, never in exemplary."""
        return self._random() < share * self._profile.slip_factor

    def roll(self, sides: int) -> int:
        """A number from 0 up to, not including, `sides`."""
        return int(self._random() * sides)

    def pick(self, values: Sequence[T]) -> T:
        """One of the values."""
        return values[int(self._random() * len(values))]

    def say(self, topic: str) -> str:
        """A sentence on a topic, or the mark that it is withheld."""
        texts = TEXTS[topic]
        text = texts[int(self._random() * len(texts))]
        return _WITHHELD if self._withholds else text

    def say_each(self, topic: str, count: int) -> tuple[str, ...]:
        """So many different sentences on a topic."""
        if self._withholds:
            return (_WITHHELD,) * count
        texts = TEXTS[topic]
        start = int(self._random() * len(texts))
        return tuple(texts[(start + n) % len(texts)] for n in range(count))

    def later(self, least_days: int, most_days: int) -> None:
        """Moves the clock by days, to office hours of a weekday."""
        day = self.day + least_days + int(self._random() * (most_days - least_days + 1))
        weekday = (day + 6) % 7
        if weekday > 4:
            day += 7 - weekday
        minute = self._office_minute()
        if day == self.day:
            minute = max(minute, min(self.minute + 10, _LATEST_MINUTE))
        self.day, self.minute = day, minute

    def soon(self, least: int = 5, most: int = 40) -> None:
        """Moves the clock by minutes, within the day."""
        minute = self.minute + least + int(self._random() * (most - least + 1))
        self.minute = min(minute, _LATEST_MINUTE)

    def within_hours(self, most: int) -> None:
        """Moves the clock by at most so many hours, past midnight too."""
        minute = self.minute + 15 + int(self._random() * (most * 60 - 15))
        if minute >= 1440:
            self.day += 1
            minute -= 1440
            if 60 <= minute < 120:
                minute = 121  # that hour does not exist on a night in March
        self.minute = minute

    def date_in(self, least_days: int, most_days: int) -> str:
        """A date so many days on."""
        day = self.day + least_days + int(self._random() * (most_days - least_days + 1))
        return _CALENDAR[day - _CALENDAR_START]

    def add(self, kind: str, /, **fields: Value) -> str:
        """Adds an event at the clock's moment and gives its id; fields that are None are left out.

        Name the fields in the vocabulary's order; `with_` stands for `with`. Now and then the
        event is entered twice and one is void, or is corrected by a second one.
        """
        body = _body(fields)
        event_id = self._write(kind, body, "")
        draw = self._random()
        if draw < 0.004:
            self._write(kind, body, ' void="yes"')
        elif draw < 0.008:
            newer = self._write(kind, body, f' supersedes="{event_id}"')
            return newer if draw < 0.006 else event_id
        return event_id

    def excuse(self, rule: str, subject: str | None = None) -> None:
        """Sometimes, why something that a rule expects is not there."""
        if self._random() >= 0.3:
            return
        code = self.pick(_EXCUSES[rule])
        review_by = self.date_in(5, 20) if code in _TEMPORARY else None
        text = None if self.slips(0.1) else self.say("reason")
        self.add(
            "explanation", rule=rule, subject=subject, code=code, text=text, review_by=review_by
        )

    def explain(
        self, rule: str, code: str, subject: str | None = None, *, review_days: int | None = None
    ) -> None:
        """Why something that a rule expects is not there, with its text.

        It is to be looked at again after `review_days`; None: it stands for good.
        """
        review_by = None if review_days is None else self.date_in(review_days, review_days)
        text = self.say("reason")
        self.add(
            "explanation", rule=rule, subject=subject, code=code, text=text, review_by=review_by
        )

    def events_xml(self) -> str:
        """All events, one a line; in a few cases not in the order of time."""
        if self.chance(0.03):
            half = len(self._parts) // 2
            self._parts = self._parts[half:] + self._parts[:half]
        return "".join(self._parts)

    def _office_minute(self) -> int:
        return 540 + int(self._random() * 470)

    def _write(self, kind: str, body: str, envelope: str) -> str:
        self._count += 1
        event_id = f"e{self._count}"
        if self.day > _LAST_DAY:
            self.is_over = True
            return event_id
        head = f'    <{kind} id="{event_id}"{self._moments()}{self._people()}{envelope}'
        self._parts.append(f"{head}>{body}</{kind}>\n" if body else f"{head}/>\n")
        return event_id

    def _moments(self) -> str:
        """`occurred`, and in most events `recorded`."""
        occurred_day = self.day
        if self._random() < 0.1 * self._profile.untidy:
            occurred_day -= 365  # the year was mistyped; one to come would be a fault
        zone = "Z" if self._is_utc and self.minute < _UTC_UNTIL else ""
        occurred = _CALENDAR[occurred_day - _CALENDAR_START]
        if self._random() >= 0.15:
            occurred = f"{occurred}T{_CLOCK[self.minute]}:00{zone}"
        draw = self._random()
        if draw < 0.25 or occurred_day != self.day:
            return f' occurred="{occurred}"'
        day, minute = self.day, min(self.minute + 3 + int(draw * 200), 1439)
        if draw > 0.85:
            day += 1 + int(self._random() * 3)
        if self._random() < self._profile.untidy:
            day += 8 + int(self._random() * 30)
        if day > _LAST_DAY and not self._profile.untidy:
            return f' occurred="{occurred}"'
        if 60 <= minute < 120:
            minute = 121  # as in `within_hours`
        second = _TWO_DIGITS[int(draw * 60)]
        zone = "Z" if zone and minute < _UTC_UNTIL else ""
        recorded = f"{_CALENDAR[day - _CALENDAR_START]}T{_CLOCK[minute]}:{second}{zone}"
        return f' occurred="{occurred}" recorded="{recorded}"'

    def _people(self) -> str:
        draw = self._random()
        if draw < 0.4:
            return ""
        if draw < 0.7:
            return ' agency="council"'
        return ' agency="council" role="enquiry_lead"' if draw < 0.9 else ' role="worker"'


def _body(fields: Mapping[str, Value]) -> str:
    parts: list[str] = []
    for name, value in fields.items():
        if value is None:
            continue
        tag = "with" if name == "with_" else name
        for one in value if isinstance(value, tuple) else (value,):
            if one is _WITHHELD:
                parts.append(f'<{tag} withheld="yes"/>')
            else:
                parts.append(f"<{tag}>{one}</{tag}>")
    return "".join(parts)
