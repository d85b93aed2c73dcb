"""Writes the XSD of the canonical case export from the vocabulary.

The reader of exports does not use it: it is for those who write exports. Tests compare the two, and
what only one of them can say is listed in the schema itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from msp_rules.casework.values import DATE_TIME, LONGEST_ID, WHOLE
from msp_rules.casework.vocabulary import EventType, Field, FieldKind, Vocabulary, supply_words

NAMESPACE: Final = "urn:msp-rules:case-export:1"
XSD_NAME: Final = "case-export-1.xsd"
NOT_CHECKED: Final = (
    "that the header's number of cases is the number that follows",
    "that events do not supersede each other in a circle",
    "that a required text holds more than white space (it may be withheld instead)",
    "that a local time exists on the night of the clock change in March",
    "that a case keeps within the reader's limits of events and bytes, and a file has no DOCTYPE",
)
"""Refused by the reader, and beyond what XSD 1.0 can say; the XSD and the tests list it."""
STRICTER: Final = (
    "attributes and children of the header's parts, and attributes of adult other than ref, which "
    "the reader passes over",
    "the period of the header, which must hold dates",
    "an offset of 60 or more minutes",
)
"""Refused by the XSD, and skipped by the reader."""


def export_xsd(vocabulary: Vocabulary) -> str:
    """Writes the whole schema (XSD 1.0), the same text for the same vocabulary."""
    lists = "\n".join(
        [
            "What only the reader can check:",
            *(f"- {line};" for line in NOT_CHECKED),
            "Stricter than the reader:",
            *(f"- {line};" for line in STRICTER),
        ]
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"',
        f'           xmlns="{NAMESPACE}" xmlns:c="{NAMESPACE}"',
        f'           targetNamespace="{NAMESPACE}"',
        '           elementFormDefault="qualified" version="1">',
        *_said(f"{_HOW}\n\n{lists}", 1),
        *_root(vocabulary),
        *_HEADER.splitlines(),
        *_case(vocabulary),
        *_any_event(vocabulary),
        *(line for kind in vocabulary.events.values() for line in _event_type(kind)),
        *_adult(vocabulary),
        '  <xs:attributeGroup name="envelope">',
        *(_attribute(field) for field in vocabulary.envelope.values()),
        "  </xs:attributeGroup>",
        *_VALUES.splitlines(),
        *_codes(vocabulary),
        "</xs:schema>",
    ]
    return "\n".join(lines) + "\n"


_HOW: Final = """\
GENERATED from vocabulary.yaml by "msp-rules generate"; changes made here are lost.

Fields come in any order. Where no field of an event may repeat, xs:all says just that. xs:all can't
say "repeats" in XSD 1.0: there a choice leaves order and number open, and two identity constraints
close them again. In NAME.once (xs:unique) and NAME.required (xs:key) the event element itself is
selected, and a field of such a constraint must not be found twice; a key's must be found.
The same means tell event ids used twice (event-id), references that name no event of the right type
(refers-to-TYPE) and corrections of nothing (corrects-an-event), within each case."""


def _said(text: str, depth: int) -> Iterator[str]:
    pad = "  " * depth
    yield f"{pad}<xs:annotation><xs:documentation>{escape(text)}</xs:documentation></xs:annotation>"


def _root(vocabulary: Vocabulary) -> Iterator[str]:
    yield from (
        '  <xs:element name="case_export">',
        "    <xs:complexType>",
        "      <xs:sequence>",
        '        <xs:element name="header" type="header"/>',
        '        <xs:element name="case" type="case" minOccurs="0" maxOccurs="unbounded">',
    )
    yield from _identity("unique", "event-id", "*", ("@id",))
    yield from _identity("keyref", "corrects-an-event", "*", ("@supersedes",), refer="event-id")
    for target, places in _references(vocabulary).items():
        yield from _identity("unique", f"id-of-{target}", f"c:{target}", ("@id",))
        yield from _identity(
            "keyref", f"refers-to-{target}", " | ".join(places), (".",), refer=f"id-of-{target}"
        )
    yield from (
        "        </xs:element>",
        "      </xs:sequence>",
        '      <xs:attribute name="version" type="xs:string" fixed="1" use="required"/>',
        "    </xs:complexType>",
    )
    yield from _identity("unique", "case-id", "c:case", ("@id",), depth=2)
    yield "  </xs:element>"


def _references(vocabulary: Vocabulary) -> dict[str, list[str]]:
    """Gives, by event type, where in a case (as XPath) an event of that type is referred to."""
    found: dict[str, list[str]] = {}
    for kind in vocabulary.events.values():
        for field in kind.fields.values():
            if field.refers_to is not None:
                found.setdefault(field.refers_to, []).append(f"c:{kind.name}/c:{field.name}")
    return found


def _identity(
    sort: str,
    name: str,
    selector: str,
    fields: tuple[str, ...],
    *,
    refer: str | None = None,
    depth: int = 5,
) -> Iterator[str]:
    pad = "  " * depth
    to = f' refer="{refer}"' if refer else ""
    yield f'{pad}<xs:{sort} name="{name}"{to}>'
    yield f'{pad}  <xs:selector xpath="{selector}"/>'
    yield from (f'{pad}  <xs:field xpath="{field}"/>' for field in fields)
    yield f"{pad}</xs:{sort}>"


_HEADER: Final = """\
  <xs:complexType name="header">
    <xs:all>
      <xs:element name="organisation" type="xs:string" minOccurs="0"/>
      <xs:element name="system" minOccurs="0">
        <xs:complexType>
          <xs:attribute name="name" type="xs:string"/>
          <xs:attribute name="version" type="xs:string"/>
        </xs:complexType>
      </xs:element>
      <xs:element name="reference_date" type="date" minOccurs="0"/>
      <xs:element name="period" minOccurs="0">
        <xs:complexType>
          <xs:attribute name="from" type="date" use="required"/>
          <xs:attribute name="to" type="date" use="required"/>
        </xs:complexType>
      </xs:element>
      <xs:element name="supplies" type="supplies" minOccurs="0"/>
      <xs:element name="cases" type="whole" minOccurs="0"/>
    </xs:all>
  </xs:complexType>"""


def _case(vocabulary: Vocabulary) -> Iterator[str]:
    yield from (
        '  <xs:complexType name="case">',
        "    <xs:sequence>",
        '      <xs:group ref="event" minOccurs="0" maxOccurs="unbounded"/>',
    )
    children = [field for field in vocabulary.adult.values() if field.name != "ref"]
    yield from _element("adult", "adult", children, depth=3)
    yield from (
        '      <xs:group ref="event" minOccurs="0" maxOccurs="unbounded"/>',
        "    </xs:sequence>",
    )
    yield from (_attribute(field) for field in vocabulary.case.values())
    yield "  </xs:complexType>"


def _any_event(vocabulary: Vocabulary) -> Iterator[str]:
    yield '  <xs:group name="event">'
    yield "    <xs:choice>"
    for kind in vocabulary.events.values():
        yield from _element(kind.name, f"event.{kind.name}", [*kind.fields.values()], depth=3)
    yield "    </xs:choice>"
    yield "  </xs:group>"


def _element(name: str, type_name: str, fields: list[Field], *, depth: int) -> Iterator[str]:
    """Writes an element, with the constraints that its type can't say (where a field repeats)."""
    pad = "  " * depth
    if not any(field.may_repeat for field in fields):
        yield f'{pad}<xs:element name="{name}" type="{type_name}"/>'
        return
    required = tuple(f"c:{one.name}" for one in fields if one.is_required and not one.may_repeat)
    once = tuple(f"c:{one.name}" for one in fields if not (one.is_required or one.may_repeat))
    yield f'{pad}<xs:element name="{name}" type="{type_name}">'
    if once:
        yield from _identity("unique", f"{name}.once", ".", once, depth=depth + 1)
    if required:
        yield from _identity("key", f"{name}.required", ".", required, depth=depth + 1)
    yield f"{pad}</xs:element>"


def _event_type(kind: EventType) -> Iterator[str]:
    yield f'  <xs:complexType name="event.{kind.name}">'
    yield from _said(kind.means, 2)
    yield from _content([*kind.fields.values()])
    yield '    <xs:attributeGroup ref="envelope"/>'
    yield "  </xs:complexType>"


def _adult(vocabulary: Vocabulary) -> Iterator[str]:
    yield '  <xs:complexType name="adult">'
    yield from _content([field for field in vocabulary.adult.values() if field.name != "ref"])
    yield _attribute(vocabulary.adult["ref"])
    yield "  </xs:complexType>"


def _content(fields: list[Field]) -> Iterator[str]:
    """Writes fields in any order; how often each may occur is said here, or by `_element`."""
    if not any(field.may_repeat for field in fields):
        yield "    <xs:all>"
        for field in fields:
            least = "" if field.is_required else ' minOccurs="0"'
            yield f'      <xs:element name="{field.name}" type="{_type(field)}"{least}/>'
        yield "    </xs:all>"
        return
    yield '    <xs:choice minOccurs="0" maxOccurs="unbounded">'
    for field in fields:
        yield f'      <xs:element name="{field.name}" type="{_type(field)}"/>'
    yield "    </xs:choice>"


def _attribute(field: Field) -> str:
    use = ' use="required"' if field.is_required else ""
    kind = _type(field)
    if field.kind is FieldKind.TEXT:
        kind = "id" if field.name in ("id", "ref", "supersedes") else "xs:string"
    return f'    <xs:attribute name="{field.name}" type="{kind}"{use}/>'


def _type(field: Field) -> str:
    if field.enum is not None:
        return f"code.{field.enum}"
    return "id" if field.kind is FieldKind.REF else field.kind.value


_VALUES: Final = f"""\
  <xs:simpleType name="id">
    <xs:restriction base="xs:token">
      <xs:minLength value="1"/>
      <xs:maxLength value="{LONGEST_ID}"/>
    </xs:restriction>
  </xs:simpleType>
  <xs:complexType name="text">
    <xs:simpleContent>
      <xs:extension base="xs:string">
        <xs:attribute name="withheld">
          <xs:simpleType>
            <xs:restriction base="xs:string"><xs:enumeration value="yes"/></xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:extension>
    </xs:simpleContent>
  </xs:complexType>
  <xs:simpleType name="date">
    <xs:restriction base="xs:date">
      <xs:pattern value="[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"/>
    </xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="date_time">
    <xs:restriction base="xs:token"><xs:pattern value="{DATE_TIME}"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="moment">
    <xs:union memberTypes="date date_time"/>
  </xs:simpleType>
  <xs:simpleType name="whole">
    <xs:restriction base="xs:token"><xs:pattern value="{WHOLE}"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="supplies">
    <xs:list itemType="supplied"/>
  </xs:simpleType>"""


def _codes(vocabulary: Vocabulary) -> Iterator[str]:
    yield from _enumeration("supplied", supply_words(vocabulary))
    for name, codes in vocabulary.enums.items():
        yield from _enumeration(f"code.{name}", codes)


def _enumeration(name: str, words: Iterable[str]) -> Iterator[str]:
    yield f'  <xs:simpleType name="{name}">'
    yield '    <xs:restriction base="xs:token">'
    yield from (f"      <xs:enumeration value={quoteattr(word)}/>" for word in words)
    yield "    </xs:restriction>"
    yield "  </xs:simpleType>"
