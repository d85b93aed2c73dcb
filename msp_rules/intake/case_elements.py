"""One `<case>` element becomes a `Case`, and everything in it that can't be read a fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import intern
from typing import Final, NamedTuple, cast

from lxml import etree

from msp_rules.casework.case import WITHHELD, Case, Event, Fault, FieldValue, Supply, new_event
from msp_rules.casework.consistency import ref_fields, seen_together
from msp_rules.casework.moments import Moment, parse_moment
from msp_rules.casework.values import LONGEST_ID, read_value
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary
from msp_rules.errors import nearest

NAMESPACE = "urn:msp-rules:case-export:1"
_PREFIX = "{" + NAMESPACE + "}"
_ENVELOPE_TEXT = ("agency", "role", "supersedes", "void")


def line_of(element: etree._Element) -> int | None:
    """The line on which an element's start tag ends, also beyond line 65,535.

    libxml2 keeps 16 bits of it and then answers with the line at the end of the text inside the
    element (or, of an empty one, behind it); those line breaks are taken off again.
    """
    line = cast("int | None", element.sourceline)
    if line is None or line < _LINES_KEPT:
        return line
    text = element.text if len(element) or element.text else element.tail
    return line - (text or "").count("\n")


class _FieldPlan(NamedTuple):
    """What the quick path needs to know of a field."""

    name: str
    codes: frozenset[str]  # empty where it has none
    may_repeat: bool
    is_text: bool
    field: Field


class _EventPlan(NamedTuple):
    """What the quick path needs to know of an event type."""

    name: str
    kind: EventType
    fields: dict[str, _FieldPlan]
    required: tuple[str, ...]


_ADULT: Final = _PREFIX + "adult"
_LINES_KEPT: Final = 65_535
_NONE_UNKNOWN: Final = frozenset[str]()
_WITHHELD_MARK: Final = [("withheld", "yes")]
# Whether any field of a case has an attribute: asked once, that costs half of asking each of them.
_HAS_MARKS: Final = etree.XPath("boolean(*/*/@*)", regexp=False)


class CaseReader:
    """Reads case elements of one file; faults go to the list that it is given."""

    def __init__(self, vocabulary: Vocabulary, name: str, faults: list[Fault]) -> None:
        self._vocabulary = vocabulary
        self._name = name
        self._faults = faults
        self._plans = {_PREFIX + name: _plan(kind) for name, kind in vocabulary.events.items()}
        codes = [(*vocabulary.envelope[n].codes, None) for n in ("agency", "role", "void")]
        self._agencies, self._roles, self._voids = map(frozenset, codes)
        self._refs = ref_fields(vocabulary.events)
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

    def read(self, element: etree._Element, supply: Supply) -> Case:
        """The case that an element holds."""
        case_line = line_of(element) or 0
        case_id = (element.get("id") or "").strip()
        if not case_id or len(case_id) > LONGEST_ID:
            case_id = f"?line-{case_line}"
            self._fault("the case has no readable id", element, case_id)
        events: list[Event] = []
        adult: dict[str, FieldValue] = {}
        unknown: set[str] = set()
        adults = 0
        has_marks = bool(_HAS_MARKS(element))
        attributes = self._case_attributes(element, case_id, unknown)
        if element.text is not None and element.text.strip():
            self._fault("text stands between the events", element, case_id)
        for child in element:
            tag, tail = child.tag, child.tail
            if tail is not None and not tail.isspace():
                self._fault("text stands between the events", child, case_id)
            plan = self._plans.get(tag)
            if plan is not None:
                event = self._quick_event(child, plan, has_marks)
                events.append(event or self._event(child, plan.kind, case_id))
            elif not isinstance(tag, str):
                continue
            elif tag == _ADULT:
                adults += 1
                if adults == 1:
                    adult = self._adult_fields(child, case_id, unknown, has_marks)
            else:
                self._unknown_element(child, case_id)
        if adults != 1:
            self._fault(f"the case has {adults} adults; one is expected", element, case_id)
        return Case(
            id=case_id,
            events=self._checked(events, case_id),
            attributes=attributes,
            adult=adult,
            supply=supply,
            unknown=frozenset(unknown),
            line=case_line,
        )

    def _case_attributes(
        self, element: etree._Element, case_id: str, unknown: set[str]
    ) -> dict[str, FieldValue]:
        values: dict[str, FieldValue] = {}
        for key, text in element.attrib.items():
            name = str(key)
            field = self._vocabulary.case.get(name)
            if field is None:
                self._fault(
                    f"unknown attribute of a case{self._hint(name, self._vocabulary.case)}",
                    element,
                    case_id,
                )
            elif name != "id":
                value = str(text).strip()
                if value in self._case_codes[name]:
                    values[name] = value
                    continue
                try:
                    values[name] = read_value(field, value)
                except ValueError as error:
                    unknown.add(f"case.{name}")
                    self._fault(f"{name} of the case: {error}", element, case_id)
        return values

    def _adult_fields(
        self, element: etree._Element, case_id: str, unknown: set[str], has_marks: bool
    ) -> dict[str, FieldValue]:
        attributes = element.items()
        if len(attributes) == 1 and _is_blank(element.text):
            key, value = attributes[0]
            ref = str(value).strip()
            if key == "ref" and ref:
                quick = _quick_fields(element, self._adult_plans, has_marks)
                if quick is not None:
                    quick["ref"] = ref
                    return quick
        return self._careful_adult(element, case_id, unknown)

    def _careful_adult(
        self, element: etree._Element, case_id: str, unknown: set[str]
    ) -> dict[str, FieldValue]:
        fields, bad = self._values(element, self._adult, "adult", case_id, None)
        unknown.update(f"adult.{name}" for name in bad)
        for name in element.attrib:
            if name != "ref":
                self._fault(
                    f"unknown attribute of adult{self._hint(str(name), ('ref',))}", element, case_id
                )
        ref = (element.get("ref") or "").strip()
        if ref:
            fields["ref"] = ref
        else:
            self._fault("the adult has no ref", element, case_id)
        return fields

    def _quick_event(
        self, element: etree._Element, plan: _EventPlan, has_marks: bool
    ) -> Event | None:
        """The event of an element in which nothing is out of order; else None.

        Whatever this does not take is read again by `_event`, which finds out what is wrong.
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
        fields = _quick_fields(element, plan.fields, has_marks)
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
            line if line < _LINES_KEPT else line_of(element) or 0,
        )

    def _event(self, element: etree._Element, kind: EventType, case_id: str) -> Event:
        attributes = {str(k): str(v).strip() for k, v in element.attrib.items()}
        line = line_of(element) or 0
        event_id = attributes.get("id", "")
        is_certain, unknown = True, set[str]()
        if not event_id or len(event_id) > LONGEST_ID:
            event_id, is_certain = f"?line-{line}", False
            self._fault(f"{kind.name} has no readable id", element, case_id)
        for name in attributes:
            if name not in self._vocabulary.envelope:
                hint = self._hint(name, self._vocabulary.envelope)
                self._fault(f"unknown attribute of {kind.name}{hint}", element, case_id, event_id)
        dates: dict[str, Moment | None] = {}
        for name in ("occurred", "recorded"):
            dates[name], is_fine = self._date(element, attributes, name, case_id, event_id, kind)
            is_certain = is_certain and is_fine
        envelope: dict[str, str] = {}
        for name in _ENVELOPE_TEXT:
            if name not in attributes:
                continue
            try:
                envelope[name] = str(read_value(self._vocabulary.envelope[name], attributes[name]))
            except ValueError as error:
                unknown.add(name)
                is_certain = is_certain and name != "void"
                self._fault(f"{name} of {kind.name}: {error}", element, case_id, event_id)
        fields, bad = self._values(element, self._fields[kind.name], kind.name, case_id, event_id)
        unknown |= bad
        for field in kind.fields.values():
            if field.is_required and field.name not in fields and field.name not in bad:
                unknown.add(field.name)
                self._fault(f"{kind.name} lacks {field.name}", element, case_id, event_id)
        return Event(
            id=event_id,
            type=kind.name,
            moment=dates["occurred"],
            recorded=dates["recorded"] or dates["occurred"],
            fields=fields,
            agency=envelope.get("agency"),
            role=envelope.get("role"),
            supersedes=envelope.get("supersedes"),
            void=envelope.get("void"),
            unknown=frozenset(unknown),
            is_certain=is_certain,
            line=line,
        )

    def _date(
        self,
        element: etree._Element,
        attributes: Mapping[str, str],
        name: str,
        case_id: str,
        event_id: str,
        kind: EventType,
    ) -> tuple[Moment | None, bool]:
        text = attributes.get(name)
        if text is None:
            if name == "recorded":
                return None, True
            self._fault(f"{kind.name} has no date in {name}", element, case_id, event_id)
            return None, False
        try:
            value = read_value(self._vocabulary.envelope[name], text)
        except ValueError as error:
            self._fault(f"{name} of {kind.name}: {error}", element, case_id, event_id)
            return None, False
        assert isinstance(value, Moment)
        return value, True

    def _values(
        self,
        element: etree._Element,
        table: Mapping[str, Field],
        owner: str,
        case_id: str,
        event_id: str | None,
    ) -> tuple[dict[str, FieldValue], set[str]]:
        """The fields of an event or adult, and the names of those that can't be read."""
        values: dict[str, FieldValue] = {}
        bad: set[str] = set()
        if element.text is not None and element.text.strip():
            self._fault(f"text stands between the fields of {owner}", element, case_id, event_id)
        for child in element:
            if not isinstance(child.tag, str):
                continue
            field = table.get(child.tag)
            if field is None:
                name = etree.QName(child).localname
                hint = self._hint(name, [f.name for f in table.values()])
                self._fault(f"unknown field of {owner}{hint}", child, case_id, event_id)
                continue
            try:
                value = self._field_value(child, field)
            except ValueError as error:
                bad.add(field.name)
                self._fault(f"{field.name} of {owner}: {error}", child, case_id, event_id)
                continue
            if value is None:
                continue
            if field.may_repeat:
                earlier = values.get(field.name, ())
                assert isinstance(earlier, tuple)
                values[field.name] = (*(str(one) for one in earlier), str(value))
            elif field.name in values:
                bad.add(field.name)
                reason = f"{field.name} of {owner}: given more than once, and may not repeat"
                self._fault(reason, child, case_id, event_id)
            else:
                values[field.name] = value
        for name in bad:
            values.pop(name, None)
        return values, bad

    def _field_value(self, element: etree._Element, field: Field) -> str | int | Moment | None:
        if len(element):
            raise ValueError("holds other elements where a value is expected")
        if element.attrib:
            if set(element.attrib) != {"withheld"} or field.kind is not FieldKind.TEXT:
                raise ValueError("only a text may be marked as withheld, and nothing else")
            if element.get("withheld") != "yes":
                raise ValueError('withheld must be "yes"')
            return WITHHELD
        text = element.text or ""
        if field.kind is FieldKind.TEXT:
            return text if text.strip() else None
        return read_value(field, text.strip())

    def _checked(self, events: list[Event], case_id: str) -> tuple[Event, ...]:
        """The events with what only the whole case shows: ids used twice, dangling references."""
        checked, troubles = seen_together(events, self._refs)
        for event, reason in troubles:
            self._fault_at(event.line, reason, case_id, event.id)
        return checked

    def _unknown_element(self, element: etree._Element, case_id: str) -> None:
        name = etree.QName(element)
        if name.namespace != NAMESPACE:
            self._fault("an element of another namespace stands in the case", element, case_id)
            return
        hint = self._hint(name.localname, [*self._vocabulary.events, "adult"])
        self._fault(f"unknown event type{hint}", element, case_id, element.get("id"))

    def _hint(self, name: str, words: object) -> str:
        """The nearest right name. What was written is not repeated: it may be case content."""
        guess = nearest(name, list(words))  # type: ignore[call-overload]
        return f'; did the source mean "{guess}"?' if guess else ""

    def _fault(
        self, reason: str, element: etree._Element, case_id: str, event_id: str | None = None
    ) -> None:
        self._fault_at(line_of(element) or 0, reason, case_id, event_id)

    def _fault_at(self, line: int, reason: str, case_id: str, event_id: str | None) -> None:
        if event_id is not None and len(event_id) > LONGEST_ID:
            event_id = None
        self._faults.append(
            Fault(reason=reason, input=self._name, line=line, case=case_id, event=event_id)
        )


def _plan(kind: EventType) -> _EventPlan:
    every = kind.fields.values()
    required = tuple(field.name for field in every if field.is_required)
    return _EventPlan(intern(kind.name), kind, _field_plans(every), required)


def _field_plans(fields: Iterable[Field]) -> dict[str, _FieldPlan]:
    """The plans of fields, by the names of their elements."""
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
    element: etree._Element, plans: dict[str, _FieldPlan], has_marks: bool
) -> dict[str, FieldValue] | None:
    """The fields of an element in which nothing is out of order; else None.

    `has_marks` may be True where no field has an attribute, not the other way round.
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
        if may_repeat:
            earlier = fields.get(name)
            fields[name] = (*earlier, str(value)) if isinstance(earlier, tuple) else (str(value),)
        elif name in fields:
            return None
        else:
            fields[name] = value
    return fields
