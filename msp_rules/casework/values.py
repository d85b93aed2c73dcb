"""Reads foreign text as a typed value, or gives a reason that never repeats the text.

Dates, moments and numbers are described by patterns that XSD and JSON Schema both take. Neither
language has look-ahead or a calendar, so the calendar is spelled out: the days of each month, and
February 29 in leap years only. The patterns hold no anchors: XSD matches the whole text by itself,
and a JSON Schema must add them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msp_rules.casework.case import WITHHELD, Event, FieldValue
from msp_rules.casework.moments import Moment, day_from, parse_moment
from msp_rules.casework.plausible_dates import PlausibleDates, trouble_with_date, without_date
from msp_rules.casework.vocabulary import Field, FieldKind, Vocabulary
from msp_rules.errors import did_you_mean

_ENVELOPE_DATES = ("occurred", "recorded")
_DATES: Final = PlausibleDates()
UNREADABLE = "unreadable"
# Looking a member up in its enum costs more than all else that is done for a value.
_CODE: Final = FieldKind.CODE
_FLAG: Final = FieldKind.FLAG
_DATE: Final = FieldKind.DATE
_MOMENT: Final = FieldKind.MOMENT
_WHOLE: Final = FieldKind.WHOLE
_MOST_DIGITS: Final = 18
"""A longer number is a slip, and Python refuses to read one of thousands of digits at all."""


def read_value(field: Field, text: str) -> str | int | Moment:
    """Reads the value of a text; raises ValueError, whose message holds no part of the text."""
    kind = field.kind
    if kind is _CODE or kind is _FLAG:
        if text not in field.codes:
            raise ValueError(f"not one of the codes of {field.name}: {', '.join(field.codes)}")
        return text
    if kind is _DATE:
        try:
            return day_from(text)
        except ValueError:
            raise ValueError("not a date of the form YYYY-MM-DD") from None
    if kind is _MOMENT:
        try:
            return parse_moment(text)
        except ValueError:
            raise ValueError("not a date (YYYY-MM-DD) or date-time that exists") from None
    if kind is _WHOLE:
        if not (text.isascii() and text.isdigit()):
            raise ValueError("not a whole number")
        if len(text) > _MOST_DIGITS:
            raise ValueError("a number too large to be meant")
        return int(text)
    return text


def event_from_mapping(
    event_type: str,
    body: Mapping[str, object],
    *,
    vocabulary: Vocabulary,
    default_id: str,
    admits_unreadable: bool = True,
) -> tuple[Event, tuple[str, ...]]:
    """Reads an event from a mapping of envelope and fields; lists what is wrong with it.

    For the examples of rules and for live events. `unreadable: [names]` makes values unknown, as a
    bad value in an export would, and so does a date before anything can have occurred; a value that
    is wrong is a problem, and unknown too. In a live event, where `admits_unreadable` is False, the
    word is a text like any other, and so is any date.
    """
    problems: list[str] = []
    declared = body.get(UNREADABLE) if admits_unreadable else None
    unknown = set(declared) if isinstance(declared, list) else set()
    envelope: dict[str, FieldValue] = {}
    fields: dict[str, FieldValue] = {}
    event = vocabulary.events[event_type]
    for name, raw in body.items():
        if name == UNREADABLE and admits_unreadable:
            continue
        field = vocabulary.envelope.get(name) or event.fields.get(name)
        if field is None:
            hint = did_you_mean(name, (*event.fields, *vocabulary.envelope))
            problems.append(f'unknown field "{name}" of {event_type}{hint}')
            continue
        if raw == UNREADABLE and admits_unreadable:
            unknown.add(name)
            continue
        try:
            value = field_value(field, raw)
        except ValueError as error:
            problems.append(f"{event_type}.{name}: {error}")
            unknown.add(name)
            continue
        if value is not None:
            (envelope if name in vocabulary.envelope else fields)[name] = value
    occurred, recorded = (_as_moment(envelope.get(name)) for name in _ENVELOPE_DATES)
    is_certain = occurred is not None and not unknown & {"id", *_ENVELOPE_DATES}
    read = Event(
        id=str(envelope.get("id", default_id)),
        type=event_type,
        moment=occurred,
        recorded=recorded or occurred,
        fields=fields,
        agency=_as_text(envelope.get("agency")),
        role=_as_text(envelope.get("role")),
        supersedes=_as_text(envelope.get("supersedes")),
        void=_as_text(envelope.get("void")),
        unknown=frozenset(unknown - {"id", *_ENVELOPE_DATES}),
        is_certain=is_certain,
    )
    if admits_unreadable and occurred is not None and trouble_with_date(occurred, _DATES):
        read = without_date(read, _DATES)
    return read, tuple(problems)


def field_value(field: Field, raw: object) -> FieldValue | None:
    """Reads the value of a field from JSON or YAML; gives None for an absent one.

    Raises ValueError whose message holds no part of the value.
    """
    if isinstance(raw, list):
        if not field.may_repeat:
            raise ValueError("given more than once, but may not repeat")
        values = [str(_single(field, one)) for one in raw]
        if field.kind is FieldKind.TEXT:
            values = [one for one in values if one.strip()]
        return tuple(values) or None  # a list of nothing says nothing
    value = _single(field, raw)
    if isinstance(value, str) and field.kind is FieldKind.TEXT and not value.strip():
        return None
    return (str(value),) if field.may_repeat else value


def _single(field: Field, raw: object) -> str | int | Moment:
    if isinstance(raw, Mapping):
        if field.kind is FieldKind.TEXT and raw == {"withheld": True}:
            return WITHHELD
        raise ValueError("only a text can be withheld")
    if isinstance(raw, bool):
        raise ValueError('write "yes" or "no", in quotes')
    if isinstance(raw, (date, datetime)):
        raw = raw.isoformat()
    return read_value(field, str(raw).strip() if field.kind is not FieldKind.TEXT else str(raw))


def _as_moment(value: FieldValue | None) -> Moment | None:
    return value if isinstance(value, Moment) else None


def _as_text(value: FieldValue | None) -> str | None:
    return value if isinstance(value, str) else None


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
_SECOND: Final = r":[0-5][0-9](\.[0-9]+)?"

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
