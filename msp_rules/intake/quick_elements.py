"""Reads the elements of a canonical export in which nothing is out of order: nearly all of them.

Whatever is not as it should be, these ways step aside for: they give None, and `case_elements`
reads the element again, to find out what is wrong. What they give must be what it would give.
"""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern
from typing import Final

from lxml import etree

from msp_rules.casework.case import WITHHELD, Event, FieldValue, new_event
from msp_rules.casework.moments import Moment, parse_moment
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.values import LONGEST_ID, read_value
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary
from msp_rules.intake.xml_parsing import LINES_KEPT, line_of

NAMESPACE: Final = "urn:msp-rules:case-export:1"
"""The namespace of the canonical export."""
PREFIX: Final = "{" + NAMESPACE + "}"
"""Begins the name of each element, as lxml gives it."""

_NONE_UNKNOWN: Final = frozenset[str]()
_WITHHELD_MARK: Final = [("withheld", "yes")]
# Asked of many cases at once, that costs half of asking each field for attributes and elements.
_HAS_ODD_FIELDS: Final = etree.XPath("*/*/*/@* or */*/*/*", regexp=False)


class FieldPlan:
    """Holds what the quick way needs to know of a field."""

    def __init__(self, field: Field) -> None:
        self.name = intern(field.name)
        """The name of the field."""
        self.codes = {code: intern(code) for code in field.codes}
        """The codes that it can have, by themselves: all events share one string for each."""
        self.is_text = field.kind is FieldKind.TEXT
        """True of a text."""
        self.may_repeat = field.may_repeat
        """True if it may have several values."""
        self.field = field
        """The field."""


class EventPlan:
    """Holds what the quick way needs to know of an event type."""

    def __init__(self, kind: EventType, prefix: str) -> None:
        self.name = intern(kind.name)
        """The name of the type."""
        self.kind = kind
        """The type."""
        self.fields = field_plans(kind.fields.values(), prefix)
        """The plans of its fields, by the names of their elements."""
        self.required = tuple(field.name for field in kind.fields.values() if field.is_required)
        """The names of the fields that each event of the type must have."""


def field_plans(fields: Iterable[Field], prefix: str) -> dict[str, FieldPlan]:
    """Plans the reading of fields, by the names of their elements, which begin with a prefix."""
    return {prefix + field.name: FieldPlan(field) for field in fields}


def has_odd_fields(root: etree._Element) -> bool:
    """Tells whether any field of the cases of a root has an attribute, or an element inside."""
    return bool(_HAS_ODD_FIELDS(root))


def give_namespace(element: etree._Element) -> None:
    """Names an element that was parsed without the namespace of the export, and all in it."""
    for one in element.iter("*"):
        if not str(one.tag).startswith("{"):
            one.tag = PREFIX + str(one.tag)


def is_blank(text: str | None) -> bool:
    """Tells whether a text holds nothing but white space."""
    return text is None or text.isspace()


class QuickReader:
    """Reads elements of events in which nothing is out of order."""

    def __init__(self, vocabulary: Vocabulary, dates: PlausibleDates) -> None:
        self._plans = {
            prefix: {
                prefix + name: EventPlan(kind, prefix) for name, kind in vocabulary.events.items()
            }
            for prefix in (PREFIX, "")
        }
        self.begin_batch()
        self._agencies, self._roles, self._voids = (
            {code: intern(code) for code in vocabulary.envelope[name].codes}
            for name in ("agency", "role", "void")
        )
        self.allow(dates)

    def begin_batch(self, lines_before: int = 0, prefix: str = PREFIX) -> None:
        """Says how the elements that follow were parsed."""
        self.lines_before = lines_before
        """The number to add to the lines of elements."""

        self.plans = self._plans[prefix]
        """The plans of the event types, by the names of their elements."""

    def allow(self, dates: PlausibleDates) -> None:
        """Sets the dates that events can have."""
        self._first_day, self._last_instant = dates
        # Many events share the date of the one before, which is remembered for that.
        self._occurred = ""
        self._moment: Moment | None = None

    def event(self, element: etree._Element, plan: EventPlan, has_odd: bool) -> Event | None:
        """Reads the event of an element; None where anything is out of order.

        `has_odd` says whether some field may have an attribute, or an element inside.
        """
        event_id = occurred = ""
        recorded: str | None = None
        agency: str | None = None
        role: str | None = None
        supersedes: str | None = None
        void: str | None = None
        attributes: list[tuple[str, str]] = element.items()  # type: ignore[assignment]
        for key, value in attributes:
            if key == "id":
                event_id = value
            elif key == "occurred":
                occurred = value
            elif key == "recorded":
                recorded = value
            elif key == "agency":
                agency = self._agencies.get(value)
                if agency is None:
                    return None
            elif key == "role":
                role = self._roles.get(value)
                if role is None:
                    return None
            elif key == "supersedes":
                supersedes = value
                if not value or value.strip() != value:
                    return None
            elif key == "void":
                void = self._voids.get(value)
                if void is None:
                    return None
            else:
                return None
        if not 0 < len(event_id) <= LONGEST_ID or event_id.strip() != event_id:
            return None
        text = element.text
        if text is not None and not text.isspace():
            return None
        moment = self._moment
        try:
            if moment is None or occurred != self._occurred:
                moment = parse_moment(occurred)
                if moment.day < self._first_day or moment.instant > self._last_instant:
                    return None
                self._occurred, self._moment = occurred, moment
            written = moment
            if recorded is not None and recorded != occurred:
                written = parse_moment(recorded)
        except ValueError:
            return None
        fields = self.fields(element, plan.fields, has_odd)
        if fields is None:
            return None
        for name in plan.required:
            if name not in fields:
                return None
        line: int = element.sourceline or 0  # type: ignore[assignment]
        return new_event(
            event_id,
            plan.name,
            moment,
            written,
            fields,
            agency,
            role,
            supersedes,
            void,
            _NONE_UNKNOWN,
            True,
            self.lines_before + (line if line < LINES_KEPT else line_of(element) or 0),
        )

    def fields(
        self, element: etree._Element, plans: dict[str, FieldPlan], has_odd: bool
    ) -> dict[str, FieldValue] | None:
        """Reads the fields of an element; None where anything is out of order."""
        fields: dict[str, FieldValue] = {}
        # A list of the children is cheaper to go through than the element itself.
        children: list[etree._Element] = element[:]  # type: ignore[index, assignment]
        for child in children:
            plan = plans.get(child.tag)
            if plan is None:
                return None
            text = child.text
            value: FieldValue | None
            if has_odd and (len(child) or child.items()):
                if not plan.is_text or len(child) or child.items() != _WITHHELD_MARK:
                    return None
                value = WITHHELD
            elif text is None:
                return None
            elif plan.codes:
                value = plan.codes.get(text)
            elif plan.is_text:
                if text.isspace():
                    continue
                value = text
            else:
                value = self._value(plan.field, text)
            if value is None:
                return None
            name = plan.name
            if plan.may_repeat:
                earlier = fields.get(name)
                fields[name] = (
                    (*earlier, str(value)) if isinstance(earlier, tuple) else (str(value),)
                )
            elif name in fields:
                return None
            else:
                fields[name] = value
        return fields

    def _value(self, field: Field, text: str) -> FieldValue | None:
        """Reads a value that is neither code nor text; None where it can't be one."""
        try:
            value = read_value(field, text.strip())
        except ValueError:
            return None
        if isinstance(value, Moment) and value.day < self._first_day:
            return None
        return value
