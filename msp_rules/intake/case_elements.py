"""Reads one `<case>` element of the canonical export as a `Case`.

Nearly all elements are in order: those take a quick path. All others are given to `case_parts`,
which finds out what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from sys import intern
from typing import Final, NamedTuple, cast

from lxml import etree

from msp_rules.casework.case import (
    UNKNOWN_EVENTS,
    WITHHELD,
    Case,
    Event,
    Fault,
    FieldValue,
    Supply,
    new_event,
)
from msp_rules.casework.moments import Moment, parse_moment
from msp_rules.casework.plausible_dates import PlausibleDates
from msp_rules.casework.values import LONGEST_ID, read_value
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
from msp_rules.intake.reading import Place

NAMESPACE = "urn:msp-rules:case-export:1"
_PREFIX = "{" + NAMESPACE + "}"


def line_of(element: etree._Element) -> int | None:
    """Gives the line on which an element's start tag ends, also beyond line 65,535.

    libxml2 keeps 16 bits of it and then answers with the line at the end of the text inside the
    element (or, of an empty one, behind it); those line breaks are taken off again.
    """
    line = cast("int | None", element.sourceline)
    if line is None or line < LINES_KEPT:
        return line
    text = element.text if len(element) or element.text else element.tail
    return line - (text or "").count("\n")


class _FieldPlan(NamedTuple):
    """Holds what the quick path needs to know of a field."""

    name: str
    codes: frozenset[str]  # empty where it has none
    may_repeat: bool
    is_text: bool
    field: Field


class _EventPlan(NamedTuple):
    """Holds what the quick path needs to know of an event type."""

    name: str
    kind: EventType
    fields: dict[str, _FieldPlan]
    required: tuple[str, ...]


_ADULT: Final = _PREFIX + "adult"
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
LINES_KEPT: Final = 65_535
"""From this line on, the line number that libxml2 gives can't be trusted: see `line_of`."""
_NONE_UNKNOWN: Final = frozenset[str]()
_TEXT_BETWEEN: Final = "there is text between the events"
_WITHHELD_MARK: Final = [("withheld", "yes")]
# Whether any field of a case has an attribute: asked once, that costs half of asking each of them.
_HAS_MARKS: Final = etree.XPath("boolean(*/*/@*)", regexp=False)


class CaseReader:
    """Reads case elements of one file; faults go to the list that it is given."""

    def __init__(
        self, vocabulary: Vocabulary, name: str, faults: list[Fault], dates: PlausibleDates
    ) -> None:
        self._vocabulary = vocabulary
        self._name = name
        self._faults = faults
        self._parts = PartReader(vocabulary, dates)
        self._first_day, self._last_instant = dates
        self._plans = {_PREFIX + name: _plan(kind) for name, kind in vocabulary.events.items()}
        codes = [(*vocabulary.envelope[n].codes, None) for n in ("agency", "role", "void")]
        self._agencies, self._roles, self._voids = map(frozenset, codes)
        self._fields = {
            kind.name: {_PREFIX + field.name: field for field in kind.fields.values()}
            for kind in vocabulary.events.values()
        }
        # Many events share the date of the one before, which is remembered for that.
        self._occurred = ""
        self._moment: Moment | None = None
        self._case_codes = {name: frozenset(f.codes) for name, f in vocabulary.case.items()}
        self._adult = {
            _PREFIX + field.name: field
            for field in vocabulary.adult.values()
            if field.name != "ref"  # an attribute
        }
        self._adult_plans = _field_plans(self._adult.values())

    def allow(self, dates: PlausibleDates) -> None:
        """Sets the dates that events can have, once the header has said when it was exported."""
        self._parts.dates = dates
        self._first_day, self._last_instant = dates

    def read(self, element: etree._Element, supply: Supply) -> Case:
        """Reads the case of an element."""
        place = self._place(element)
        notes = self._parts.begin_case((element.get("id") or "").strip(), place, self._faults)
        events: list[Event] = []
        adult: dict[str, FieldValue] = {}
        adults = 0
        strangers: set[str] = set()
        has_marks = bool(_HAS_MARKS(element))
        attributes, unknown = self._attributes(element, place, notes)
        if element.text is not None and element.text.strip():
            notes.note(_TEXT_BETWEEN, place)
        for child in element:
            tag, tail = child.tag, child.tail
            if tail is not None and not tail.isspace():
                notes.note(_TEXT_BETWEEN, self._place(child))
            plan = self._plans.get(tag)
            if plan is not None:
                event = self._quick_event(child, plan, has_marks)
                events.append(event or self._careful_event(child, plan.kind, notes))
            elif not isinstance(tag, str):
                continue
            elif tag == _ADULT:
                adults += 1
                if adults == 1:
                    adult = self._adult_fields(child, notes, unknown, has_marks)
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
        self, element: etree._Element, notes: CaseNotes, unknown: set[str], has_marks: bool
    ) -> dict[str, FieldValue]:
        attributes = element.items()
        if len(attributes) == 1 and _is_blank(element.text):
            key, value = attributes[0]
            ref = str(value).strip()
            if key == "ref" and ref:
                quick = _quick_fields(element, self._adult_plans, has_marks, self._first_day)
                if quick is not None:
                    quick["ref"] = ref
                    return quick
        given = Given(
            _attributes_of(element),
            self._fields_of(element, self._adult, "adult"),
            self._place(element),
        )
        fields, bad = self._parts.adult(given, notes)
        unknown.update([f"adult.{name}" for name in bad])
        return fields

    def _quick_event(
        self, element: etree._Element, plan: _EventPlan, has_marks: bool
    ) -> Event | None:
        """Reads the event of an element in which nothing is out of order; else None.

        Any event that this refuses is read again by `_event`, which finds out what is wrong.
        """
        event_id = occurred = ""
        recorded: str | None = None
        agency: str | None = None
        role: str | None = None
        supersedes: str | None = None
        void: str | None = None
        for key, value in cast("list[tuple[str, str]]", element.items()):
            if key == "id":
                event_id = value
            elif key == "occurred":
                occurred = value
            elif key == "recorded":
                recorded = value
            elif key == "agency":
                agency = value
            elif key == "role":
                role = value
            elif key == "supersedes":
                supersedes = value
            elif key == "void":
                void = value
            else:
                return None
        if (
            not event_id
            or not occurred
            or len(event_id) > LONGEST_ID
            or event_id != event_id.strip()
            or (agency is not None and agency not in self._agencies)
            or (role is not None and role not in self._roles)
            or (void is not None and void not in self._voids)
            or (supersedes is not None and supersedes.strip() != (supersedes or " "))
            or not _is_blank(element.text)
        ):
            return None
        try:
            moment = self._moment
            if moment is None or occurred != self._occurred:
                moment = parse_moment(occurred)
                self._occurred, self._moment = occurred, moment
            written = moment
            if recorded is not None and recorded != occurred:
                written = parse_moment(recorded)
        except ValueError:
            return None
        if moment.day < self._first_day or moment.instant > self._last_instant:
            return None
        fields = _quick_fields(element, plan.fields, has_marks, self._first_day)
        if fields is None:
            return None
        for name in plan.required:
            if name not in fields:
                return None
        line = cast("int", element.sourceline or 0)
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
            line if line < LINES_KEPT else line_of(element) or 0,
        )

    def _careful_event(self, element: etree._Element, kind: EventType, notes: CaseNotes) -> Event:
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
        tag, place = str(element.tag), self._place(element)
        if not tag.startswith(_PREFIX):
            notes.note("the case has an element of another namespace", place)
            return []
        meant = nearest(tag.removeprefix(_PREFIX), [*self._vocabulary.events, "adult"])
        attributes = _attributes_of(element)
        notes.note(f"unknown event type{hint_of(meant)}", place, attributes.get("id"))
        kind = self._vocabulary.events.get(meant or "")
        if kind is None:
            if attributes.get("void") != "yes" and meant != "adult":
                strangers.add(attributes.get("id", ""))
            return []
        given = Given(attributes, (), place, substitute=substitute_id(place.line))
        return [self._parts.possible_event(kind, given)]

    def _place(self, element: etree._Element) -> Place:
        return Place(self._name, line_of(element) or 0)


def _is_nil(element: etree._Element) -> bool:
    """Tells whether an element says in the way of XML Schema that it has no value."""
    is_alone = len(element.attrib) == 1 and not len(element) and _is_blank(element.text)
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


def _plan(kind: EventType) -> _EventPlan:
    every = kind.fields.values()
    required = tuple(field.name for field in every if field.is_required)
    return _EventPlan(intern(kind.name), kind, _field_plans(every), required)


def _field_plans(fields: Iterable[Field]) -> dict[str, _FieldPlan]:
    """Plans the reading of fields, by the names of their elements."""
    return {
        _PREFIX + field.name: _FieldPlan(
            intern(field.name),
            frozenset(field.codes),
            field.may_repeat,
            field.kind is FieldKind.TEXT,
            field,
        )
        for field in fields
    }


def _is_blank(text: str | None) -> bool:
    return text is None or text.isspace()


def _quick_fields(
    element: etree._Element, plans: dict[str, _FieldPlan], has_marks: bool, first_day: int
) -> dict[str, FieldValue] | None:
    """Reads the fields of an element in which nothing is out of order; else None.

    `has_marks` may be True where no field has an attribute, not the other way round. A date
    before `first_day` is out of order.
    """
    fields: dict[str, FieldValue] = {}
    # A list of the children is cheaper to go through than the element itself.
    children = cast("list[etree._Element]", element[:])  # type: ignore[index] # not in the stubs
    for child in children:
        plan = plans.get(child.tag)
        if plan is None or len(child):
            return None
        name, codes, may_repeat, is_text, field = plan
        value: FieldValue | None = child.text
        if has_marks and (marks := child.items()):
            if not is_text or marks != _WITHHELD_MARK:
                return None
            value = WITHHELD
        elif codes:
            if value not in codes:
                return None
        elif value is None:
            return None
        elif is_text:
            if str(value).isspace():
                continue
        else:
            try:
                value = read_value(field, str(value).strip())
            except ValueError:
                return None
            if isinstance(value, Moment) and value.day < first_day:
                return None
        if may_repeat:
            earlier = fields.get(name)
            fields[name] = (*earlier, str(value)) if isinstance(earlier, tuple) else (str(value),)
        elif name in fields:
            return None
        else:
            fields[name] = value
    return fields
