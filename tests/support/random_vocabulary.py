"""The few event types, fields and days that random rules and cases share, so that they often meet.

Days lie within a month around a clock change (and, in spring, the Easter bank holidays), and times
on the edges that the readings name: midnight, and 17:00 to the microsecond.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

from msp_rules.casework.moments import Moment, moment_on, parse_moment
from msp_rules.casework.vocabulary import Field, core_vocabulary

CODES_A_FIELD: Final = 3
WHOLE_DAY: Final = ""

FIELDS: Final = {
    "concern_raised": (
        "source",
        "abuse_type",
        "identified_adult",
        "earlier_concerns_6_months",
    ),
    "outcomes_conversation": ("asked", "with", "alone", "review_by", "wishes_and_feelings"),
    "outcome_expressed": ("text", "kind", "domain", "carries_risk"),
    "outcome_reviewed": ("outcome", "achieved", "view_of", "reason"),
    "s42_decided": ("concern", "result", "rationale", "review_by"),
    "plan_action": ("outcome", "adult_owned", "due", "done"),
    "explanation": ("rule", "subject", "code", "text", "review_by"),
    "case_closed": ("reason", "risk_reason"),
    "adult_died": ("abuse_or_neglect_suspected",),
}
TYPES: Final = tuple(FIELDS)
SUBJECT_TYPES: Final = ("concern_raised", "outcome_expressed", "s42_decided", "outcome_reviewed")
REFERENCES: Final = {
    "outcome_expressed": (("outcome_reviewed", "outcome"), ("plan_action", "outcome")),
    "concern_raised": (("s42_decided", "concern"),),
}
AGENCIES: Final = ("council", "police")
ROLES: Final = ("worker", "team_manager")
TEXTS: Final = ("a", "b")
RULE_IDS: Final = tuple(f"R-{number:02}" for number in range(1, 13))
EVENT_IDS: Final = tuple(f"e{number}" for number in range(1, 13))
EXPLANATION_CODES: Final = ("unsafe", "emergency_action", "adult_declined", "other")
TEMPORARY_CODES: Final = frozenset({"unsafe", "emergency_action"})
AGE_BANDS: Final = ("18-64", "65-74")

SPRING: Final = date(2026, 3, 23)  # summer time begins on 29 March; Easter is on 5 April
AUTUMN: Final = date(2026, 10, 15)  # summer time ends on 25 October
WINTER: Final = date(2026, 12, 14)  # Christmas, Boxing Day (moved) and New Year
LENGTH_DAYS: Final = 30
TIMES: Final = (
    "00:00",
    "00:00:00.000001",
    "00:30",
    "01:30",
    "10:00",
    "10:00:00.000001",
    "16:59:59.999999",
    "17:00",
    "17:00:00.000001",
    "23:59:59.999999",
)


def field_of(event_type: str, name: str) -> Field:
    """A field of the real vocabulary."""
    return core_vocabulary().events[event_type].fields[name]


def codes_of(field: Field) -> tuple[str, ...]:
    """The few codes of a field that are used here."""
    if field.name == "code":
        return EXPLANATION_CODES
    return field.codes[:CODES_A_FIELD]


def random_day(rng: random.Random, start: date, *, spread: int = LENGTH_DAYS) -> date:
    """A day of the month that begins at `start`, its first third more often."""
    longest = rng.choice((spread // 3, spread))
    return start + timedelta(days=rng.randrange(longest))


def random_moment(rng: random.Random, day: date) -> Moment:
    """A moment on a day, with or without a time."""
    if rng.random() < 0.4:
        return moment_on(day)
    try:
        return parse_moment(f"{day.isoformat()}T{rng.choice(TIMES)}")
    except ValueError:
        return moment_on(day)  # a time that does not exist: the clocks went forward
