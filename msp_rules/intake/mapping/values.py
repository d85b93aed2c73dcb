"""Translates the texts that a mapping finds in its source, dates and times among them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from lxml import etree

from msp_rules.casework.case import WITHHELD
from msp_rules.casework.moments import LONDON
from msp_rules.intake.mapping.language import (
    LEFT_OUT,
    UNREADABLE,
    Condition,
    FieldPath,
    PathStep,
    ValueRule,
)

_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME_MARKS: Final = ("%H", "%I", "%T", "%X", "%c")


def mapped_time(text: str, rule: ValueRule) -> tuple[str, bool]:
    """A date or time in ISO form, and whether the mapping knows its form.

    A time of another zone than London's gets its offset. Without one, London's wall clock is meant,
    as in the canonical export. An hour that a zone's clocks show twice is its first occurrence; one
    that they leave out is UNREADABLE.
    """
    read = _read(text, rule)
    if read is None:
        # What no format speaks of is judged as it stands, by the canonical reader.
        return (text, True) if rule.date_format is None else (UNREADABLE, False)
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
    """The moment that a text says, and whether its time of day is meant; None for another form."""
    asks_time = True
    if rule.date_format is not None:
        asks_time = any(mark in rule.date_format for mark in _TIME_MARKS)
        try:
            # A wall clock's time is meant where the format has no offset.
            return datetime.strptime(text, rule.date_format), asks_time  # noqa: DTZ007
        except ValueError:
            if not rule.takes_iso:
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
    """The moment with its zone; None for a local time that the zone's clocks leave out."""
    if stamp.tzinfo is not None or time_zone is None:
        return stamp
    zone = ZoneInfo(time_zone)
    if zone is LONDON:
        return stamp  # the canonical reader knows London's own clock changes
    local = stamp.replace(tzinfo=zone)
    there_and_back = local.astimezone(UTC).astimezone(zone)
    return local if there_and_back.replace(tzinfo=None) == stamp else None


DAMAGED: Final = "{urn:msp-rules:mapping}damaged"
"""Marks a row of which nothing but its key can be read."""
AMBIGUOUS: Final = "{urn:msp-rules:mapping}ambiguous"
"""Marks a row whose own key another one has too."""


def local_name(element: etree._Element) -> str:
    """Gives the name of an element without its namespace; the empty text for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class Values(NamedTuple):
    """The values as the vocabulary writes them, UNREADABLE for one that can't be read.

    `unmapped` counts texts that the mapping does not know: labels in no code table (also where the
    table says what another label means), and dates in another form.
    """

    values: tuple[str, ...]
    unmapped: int = 0


_NOTHING: Final = Values(())


class Lookup:
    """Finds values in the records of one case; no place is searched twice, whoever asks.

    It holds on to what it has seen, so it is not to outlive the case.
    """

    def __init__(self) -> None:
        self._children: dict[tuple[etree._Element, str, str | None], _Children] = {}

    def elements_at(
        self, element: etree._Element, steps: Iterable[PathStep]
    ) -> list[etree._Element]:
        """Every element that the steps lead to."""
        found = [element]
        for step in steps:
            found = [child for one in found for child in self._step(one, step)]
        return found

    def texts_at(self, element: etree._Element, path: FieldPath) -> list[str]:
        """The texts that are not empty at a path, without white space around them."""
        texts = [
            one.text if path.attribute is None else one.get(path.attribute)
            for one in self.elements_at(element, path.steps)
        ]
        return [text.strip() for text in texts if text is not None and text.strip()]

    def values_of(self, element: etree._Element, rule: ValueRule) -> Values:
        """Gives what the source says of a value.

        An empty text is an absent value: forms export the fields that nobody filled in, too.
        """
        if rule.constant is not None or rule.path is None:
            return Values((rule.constant or "",))
        texts = self.texts_at(element, rule.path)
        if not texts:
            return _NOTHING
        read = [_mapped(text, rule) for text in texts]
        values = tuple(value for value, _ in read if value is not None)
        return Values(values, sum(not is_known for _, is_known in read))

    def is_damaged_at(self, element: etree._Element, path: FieldPath) -> bool:
        """Tells whether a row that can't be read may hold a value of this path."""
        return any(one.get(DAMAGED) is not None for one in self.elements_at(element, path.steps))

    def holds(self, element: etree._Element, condition: Condition) -> bool:
        """Tells whether any text at the path of a condition is one of its values."""
        return any(text in condition.values for text in self.texts_at(element, condition.path))

    def _step(self, element: etree._Element, step: PathStep) -> list[etree._Element]:
        place = (element, step.name, step.attribute)
        children = self._children.get(place)
        if children is None:
            children = self._children[place] = _children(element, step.name, step.attribute)
        found = children.by_value.get(step.value, [])
        return [*found, *children.damaged] if children.damaged else found


def values_of(element: etree._Element, rule: ValueRule) -> Values:
    """Gives what the source says of a single value, as `Lookup.values_of` does."""
    return Lookup().values_of(element, rule)


def texts_at(element: etree._Element, path: FieldPath) -> list[str]:
    """The texts at a single path, as `Lookup.texts_at`."""
    return Lookup().texts_at(element, path)


class _Children(NamedTuple):
    """Children of one name by the value of an attribute (None: of no attribute).

    `damaged` may have any value.
    """

    by_value: dict[str | None, list[etree._Element]]
    damaged: list[etree._Element]


def _children(element: etree._Element, name: str, attribute: str | None) -> _Children:
    by_value: dict[str | None, list[etree._Element]] = {}
    damaged: list[etree._Element] = []
    for child in element:
        if child.tag != name and local_name(child) != name:
            continue
        if attribute is None:
            by_value.setdefault(None, []).append(child)
        elif child.get(DAMAGED) is not None:
            damaged.append(child)
        elif (value := child.get(attribute)) is not None:
            by_value.setdefault(value, []).append(child)
    return _Children(by_value, damaged)


def _mapped(text: str, rule: ValueRule) -> tuple[str | None, bool]:
    """A text's value, None for an absent one, and whether the mapping knows it."""
    if text == rule.withheld:
        return WITHHELD, True
    if rule.table is not None:
        code = rule.table.codes.get(text, rule.table.unknown)
        return None if code == LEFT_OUT else code or UNREADABLE, text in rule.table.codes
    if rule.date_format is not None or rule.is_day or rule.time_zone is not None:
        return mapped_time(text, rule)
    return text + rule.suffix, True
