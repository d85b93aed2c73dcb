"""Reads one `<case>` element of the canonical export as a `Case`.

Nearly all elements are in order: those take a quick path. All others are given to `case_parts`,
which finds out what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from msp_rules.casework.case import (
    UNKNOWN_EVENTS,
    WITHHELD,
    Case,
    Event,
    Fault,
    FieldValue,
    Supply,
)
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary
from msp_rules.errors import nearest
from msp_rules.intake.case_parts import (
    ONLY_TEXT_IS_WITHHELD,
    CaseNotes,
    Given,
    GivenField,
    PartReader,
    hint_of,
    source_hint,
    substitute_id,
)
from msp_rules.intake.quick_elements import (
    PREFIX,
    QuickReader,
    field_plans,
    give_namespace,
    is_blank,
)
from msp_rules.intake.reading import Place
from msp_rules.intake.xml_parsing import line_of

_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TEXT_BETWEEN: Final = "there is text between the events"


class CaseReader:
    """Reads case elements of one file; faults go to the list that it is given."""

    def __init__(
        self, vocabulary: Vocabulary, name: str, faults: list[Fault], dates: PlausibleDates
    ) -> None:
        self._vocabulary = vocabulary
        self._name = name
        self._faults = faults
        self._parts = PartReader(vocabulary, dates)
        self._quick = QuickReader(vocabulary, dates)
        self._fields = {
            kind.name: {PREFIX + field.name: field for field in kind.fields.values()}
            for kind in vocabulary.events.values()
        }
        self._case_codes = {name: frozenset(f.codes) for name, f in vocabulary.case.items()}
        self._adult = {
            PREFIX + field.name: field
            for field in vocabulary.adult.values()
            if field.name != "ref"  # an attribute
        }
        self._adult_plans = {
            prefix: field_plans(self._adult.values(), prefix) for prefix in (PREFIX, "")
        }
        self.begin_batch()

    def allow(self, dates: PlausibleDates) -> None:
        """Sets the dates that events can have, once the header has said when it was exported."""
        self._parts.dates = dates
        self._quick.allow(dates)

    def begin_batch(
        self, lines_before: int = 0, prefix: str = PREFIX, *, has_odd: bool = True
    ) -> None:
        """Says how the elements that follow were parsed.

        Their lines count from so many before; their names have the prefix, and one that is empty
        stands for the namespace of the export; some fields may have attributes or elements in them.
        """
        self._quick.begin_batch(lines_before, prefix)
        self._prefix, self._has_odd = prefix, has_odd

    def line_of(self, element: etree._Element) -> int:
        """Gives the line of an element in the file; 0 if it is not known."""
        line = line_of(element)
        return 0 if line is None else line + self._quick.lines_before

    def read(self, element: etree._Element, supply: Supply) -> Case:
        """Reads the case of an element."""
        place = self._place(element)
        notes = self._parts.begin_case((element.get("id") or "").strip(), place, self._faults)
        events: list[Event] = []
        adult: dict[str, FieldValue] = {}
        adults = 0
        strangers: set[str] = set()
        has_odd, adult_name = self._has_odd, self._prefix + "adult"
        attributes, unknown = self._attributes(element, place, notes)
        if element.text is not None and element.text.strip():
            notes.note(_TEXT_BETWEEN, place)
        plans = self._quick.plans
        children: list[etree._Element] = element[:]  # type: ignore[index, assignment]
        for child in children:
            tag, tail = child.tag, child.tail
            if tail is not None and not tail.isspace():
                notes.note(_TEXT_BETWEEN, self._place(child))
            plan = plans.get(tag)
            if plan is not None:
                event = self._quick.event(child, plan, has_odd)
                events.append(event or self._careful_event(child, plan.kind, notes))
            elif not isinstance(tag, str):
                continue
            elif tag == adult_name:
                adults += 1
                if adults == 1:
                    adult = self._adult_fields(child, notes, unknown)
            else:
                events += self._unknown_element(child, notes, strangers)
        if strangers and not strangers <= {event.supersedes for event in events}:
            unknown.add(UNKNOWN_EVENTS)
        if adults != 1:
            notes.note(f"the case has {adults} adults; one is expected", place)
        return Case(
            id=notes.case_id,
            events=self._parts.together(events, [self._name] * len(events), notes),
            attributes=attributes,
            adult=adult,
            supply=supply,
            unknown=frozenset(unknown),
            line=place.line,
        )

    def _attributes(
        self, element: etree._Element, place: Place, notes: CaseNotes
    ) -> tuple[dict[str, FieldValue], set[str]]:
        """Reads the attributes of a case, and names those that can't be read."""
        values: dict[str, FieldValue] = {}
        unknown: set[str] = set()
        for key, text in element.items():
            name = str(key)
            field = self._vocabulary.case.get(name)
            if field is None:
                hint = source_hint(name, self._vocabulary.case)
                notes.note(f"unknown attribute of a case{hint}", place)
            elif name != "id":
                value: FieldValue | None = str(text).strip()
                if value not in self._case_codes[name]:
                    value = self._parts.attribute(field, str(value), place, notes)
                if value is None:
                    unknown.add(f"case.{name}")
                else:
                    values[name] = value
        return values, unknown

    def _adult_fields(
        self, element: etree._Element, notes: CaseNotes, unknown: set[str]
    ) -> dict[str, FieldValue]:
        attributes = element.items()
        if len(attributes) == 1 and is_blank(element.text):
            key, value = attributes[0]
            ref = str(value).strip()
            if key == "ref" and ref:
                plans = self._adult_plans[self._prefix]
                quick = self._quick.fields(element, plans, self._has_odd)
                if quick is not None:
                    quick["ref"] = ref
                    return quick
        self._give_namespace(element)
        given = Given(
            _attributes_of(element),
            self._fields_of(element, self._adult, "adult"),
            self._place(element),
        )
        fields, bad = self._parts.adult(given, notes)
        unknown.update([f"adult.{name}" for name in bad])
        return fields

    def _careful_event(self, element: etree._Element, kind: EventType, notes: CaseNotes) -> Event:
        self._give_namespace(element)
        place = self._place(element)
        given = Given(
            _attributes_of(element),
            self._fields_of(element, self._fields[kind.name], kind.name),
            place,
            substitute=substitute_id(place.line),
        )
        return self._parts.event(kind, given, notes)

    def _fields_of(
        self, element: etree._Element, table: Mapping[str, Field], owner: str
    ) -> Iterator[GivenField]:
        """Gives the children of an event or adult, and whatever among them is not a field."""
        if element.text is not None and element.text.strip():
            trouble = f"there is text between the fields of {owner}"
            yield GivenField(None, "", self._place(element), trouble)
        for child in element:
            if not isinstance(child.tag, str):
                continue
            field, place = table.get(child.tag), self._place(child)
            if field is None:
                named = str(child.tag).rpartition("}")[2]
                hint = source_hint(named, [f.name for f in table.values()])
                yield GivenField(None, "", place, f"unknown field of {owner}{hint}")
                continue
            if _is_nil(child):
                continue
            text, trouble_with = _text_of(child, field)
            yield GivenField(field, text, place, trouble_with)

    def _unknown_element(
        self, element: etree._Element, notes: CaseNotes, strangers: set[str]
    ) -> list[Event]:
        """Notes an element of no known type; gives the event that it may stand for.

        Where it is near none, its id joins the strangers, unless it was entered in error.
        """
        self._give_namespace(element)
        tag, place = str(element.tag), self._place(element)
        if not tag.startswith(PREFIX):
            notes.note("the case has an element of another namespace", place)
            return []
        meant = nearest(tag.removeprefix(PREFIX), [*self._vocabulary.events, "adult"])
        attributes = _attributes_of(element)
        notes.note(f"unknown event type{hint_of(meant)}", place, attributes.get("id"))
        kind = self._vocabulary.events.get(meant or "")
        if kind is None:
            if attributes.get("void") != "yes" and meant != "adult":
                strangers.add(attributes.get("id", ""))
            return []
        given = Given(attributes, (), place, substitute=substitute_id(place.line))
        return [self._parts.possible_event(kind, given)]

    def _give_namespace(self, element: etree._Element) -> None:
        """Names an element, and all in it, as the careful way knows them."""
        if self._prefix != PREFIX:
            give_namespace(element)

    def _place(self, element: etree._Element) -> Place:
        return Place(self._name, self.line_of(element))


def _is_nil(element: etree._Element) -> bool:
    """Tells whether an element says in the way of XML Schema that it has no value."""
    is_alone = len(element.attrib) == 1 and not len(element) and is_blank(element.text)
    return is_alone and str(element.get(_NIL)) in ("true", "1")


def _attributes_of(element: etree._Element) -> dict[str, str]:
    return {str(name): str(text).strip() for name, text in element.items()}


def _text_of(element: etree._Element, field: Field) -> tuple[str, str | None]:
    """Reads the text of a field's element; says why it can't be its value."""
    if len(element):
        return "", "has other elements where a value is expected"
    if element.attrib:
        if set(element.attrib) != {"withheld"}:
            return "", "has an attribute that no field may have"
        if field.kind is not FieldKind.TEXT:
            return "", ONLY_TEXT_IS_WITHHELD
        if element.get("withheld") != "yes":
            return "", 'withheld must be "yes"'
        return WITHHELD, None
    return element.text or "", None
