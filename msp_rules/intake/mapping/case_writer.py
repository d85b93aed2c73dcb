"""A case of the source as a canonical element: what counts as readable is then the same for both.

The canonical reader names lines. Here a line is only a number of a place, for libxml2 keeps no line
beyond 65,534 and knows no tables; `WrittenCase.places` holds the places themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from lxml import etree

from msp_rules.casework.case import WITHHELD
from msp_rules.intake.event_reader import NAMESPACE
from msp_rules.intake.mapping.language import (
    UNREADABLE,
    CaseMapping,
    EventRule,
    FieldPath,
    PathStep,
    ValueRule,
)
from msp_rules.intake.mapping.mapped_values import (
    AMBIGUOUS,
    DAMAGED,
    Lookup,
)

_MOST_PLACES: Final = 65_000
_UNKNOWN: Final = "unknown"
"""An element inside a field, which makes the field one that can't be read."""


class Place(NamedTuple):
    """The file or table of a record, and its line or row; `is_told`: a fault names it already."""

    input: str
    line: int
    is_told: bool = False


PlaceOf = Callable[[etree._Element], Place]
Met = tuple[int, str, str]
"""A value that was found: the number of its record's place, the event's type, the field's name."""


class WrittenCase(NamedTuple):
    """A canonical case; `places[line - 1]` is where an element with that line comes from.

    `met` holds the fields that the source says something of; of `unmapped` ones something that the
    mapping does not know.
    """

    element: etree._Element
    places: list[Place]
    met: set[Met]
    unmapped: Counter[Met]


class CaseWriter:
    """Writes the cases that one mapping reads."""

    def __init__(self, mapping: CaseMapping) -> None:
        self._mapping = mapping
        self._choices = _choices(mapping.events)

    def write(self, source: etree._Element, place_of: PlaceOf) -> WrittenCase:
        """The case that a record of the source holds."""
        return _Writing(self._mapping, self._choices, place_of).case(source)


_Turn = tuple[int, EventRule]
"""A rule, and which one of the mapping's it is."""


class _Choice(NamedTuple):
    """The rules for records at one place, by the text that the first condition of each wants.

    `by_first_text` holds places in `rules`.
    """

    record: tuple[PathStep, ...]
    rules: list[_Turn]
    without_condition: list[_Turn]
    by_first_text: dict[FieldPath, dict[str, list[int]]]


def _choices(events: tuple[EventRule, ...]) -> list[_Choice]:
    found: dict[tuple[PathStep, ...], _Choice] = {}
    for turn, rule in enumerate(events):
        steps = rule.record.steps
        choice = found.setdefault(steps, _Choice(steps, [], [], {}))
        choice.rules.append((turn, rule))
        if not rule.conditions:
            choice.without_condition.append((turn, rule))
            continue
        first = rule.conditions[0]
        by_text = choice.by_first_text.setdefault(first.path, {})
        for text in first.values:
            by_text.setdefault(text, []).append(len(choice.rules) - 1)
    return list(found.values())


class _Writing:
    """One case on its way."""

    def __init__(self, mapping: CaseMapping, choices: list[_Choice], place_of: PlaceOf) -> None:
        self._mapping = mapping
        self._choices = choices
        self._lookup = Lookup()
        self._place_of = place_of
        self._places: list[Place] = []
        self._met: set[Met] = set()
        self._unmapped: Counter[Met] = Counter()

    def case(self, source: etree._Element) -> WrittenCase:
        """The whole case."""
        case = etree.Element(f"{{{NAMESPACE}}}case")
        line = self._number(case, self._place_of(source))
        self._set(case, source, self._mapping.attributes, "case", line)
        adult = etree.SubElement(case, f"{{{NAMESPACE}}}adult")
        adult.sourceline = line  # type: ignore[assignment]  # the stubs type the setter wrongly
        parts = dict(self._mapping.adult)
        if (ref := parts.pop("ref", None)) is not None:
            self._set(adult, source, {"ref": ref}, "adult", line)
        self._fill(adult, source, parts, "adult", line)
        # In the order of the source, as events of a canonical export stand: it may break a tie.
        order = {one: turn for turn, one in enumerate(source.iter())}
        found = [
            (order[record], turn, record, rule)
            for choice in self._choices
            for record in self._lookup.elements_at(source, choice.record)
            for turn, rule in self._chosen(choice, record)
        ]
        for _, _, record, rule in sorted(found, key=lambda row: row[:2]):
            self._event(case, record, rule)
        return WrittenCase(case, self._places, self._met, self._unmapped)

    def _chosen(self, choice: _Choice, record: etree._Element) -> list[_Turn]:
        """The rules by which a record is an event."""
        if record.get(DAMAGED) is not None:
            return choice.rules
        chosen = list(choice.without_condition)
        for path, by_text in choice.by_first_text.items():
            texts = dict.fromkeys(self._lookup.texts_at(record, path))
            wanted = {rule for text in texts for rule in by_text.get(text, ())}
            chosen += [choice.rules[at] for at in wanted]
        return [
            (turn, rule)
            for turn, rule in chosen
            if all(self._lookup.holds(record, one) for one in rule.conditions[1:])
        ]

    def _event(self, case: etree._Element, record: etree._Element, rule: EventRule) -> None:
        event = etree.SubElement(case, f"{{{NAMESPACE}}}{rule.type}")
        is_in_doubt = record.get(DAMAGED) is not None or record.get(AMBIGUOUS) is not None
        place = self._place_of(record)
        line = self._number(event, place._replace(is_told=is_in_doubt))
        if is_in_doubt:
            return  # without an id or date, it is an event that perhaps exists
        self._set(event, record, rule.envelope, rule.type, line)
        self._fill(event, record, rule.fields, rule.type, line)
        for name in sorted(rule.unknown):
            self._leave_unknown(event, record, name)

    def _set(
        self,
        target: etree._Element,
        source: etree._Element,
        rules: Mapping[str, ValueRule],
        owner: str,
        line: int,
    ) -> None:
        for name, rule in rules.items():
            # An attribute of a case or event has no way to say that it was not exported.
            found = self._values(source, name, rule, owner, line)
            values = [one for one in found if one != WITHHELD]
            if values:
                # Two values where one belongs are as unreadable as none that fits.
                target.set(name, values[0] if len(set(values)) == 1 else UNREADABLE)

    def _fill(
        self,
        target: etree._Element,
        source: etree._Element,
        rules: Mapping[str, ValueRule],
        owner: str,
        line: int,
    ) -> None:
        for name, rule in rules.items():
            for value in self._values(source, name, rule, owner, line):
                child = etree.SubElement(target, f"{{{NAMESPACE}}}{name}")
                child.sourceline = line  # type: ignore[assignment]
                if value == WITHHELD:
                    child.set("withheld", "yes")
                else:
                    child.text = value
            if rule.path is not None and self._lookup.is_damaged_at(source, rule.path):
                self._leave_unknown(target, source, name)

    def _leave_unknown(self, target: etree._Element, source: etree._Element, name: str) -> None:
        """Writes a field that holds no value at all, not even a text; why is told elsewhere."""
        child = etree.SubElement(target, f"{{{NAMESPACE}}}{name}")
        self._number(child, self._place_of(source)._replace(is_told=True))
        etree.SubElement(child, _UNKNOWN)

    def _values(
        self, source: etree._Element, name: str, rule: ValueRule, owner: str, line: int
    ) -> tuple[str, ...]:
        values, unmapped = self._lookup.values_of(source, rule)
        if rule.constant is None and (values or unmapped):
            self._met.add((line, owner, name))
        if unmapped:
            self._unmapped[line, owner, name] += unmapped
        return values

    def _number(self, element: etree._Element, place: Place) -> int:
        """Notes the place of a written element and gives its number."""
        if len(self._places) < _MOST_PLACES:  # a case with so many events is not judged anyway
            self._places.append(place)
        line = len(self._places)
        element.sourceline = line  # type: ignore[assignment]
        return line
