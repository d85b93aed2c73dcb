"""Small exports in the canonical form, as text: cases of a few events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

NAMESPACE: Final = "urn:msp-rules:case-export:1"
LAST_QUARTER: Final = "<reference_date>2026-03-31</reference_date>"
"""A header that says when the export was made, and no more."""


def event_text(
    event_type: str, event_id: str, occurred: str, fields: str = "", *, attributes: str = ""
) -> str:
    """Gives the element of an event; `fields` and `attributes` are written as they stand."""
    extra = f" {attributes}" if attributes else ""
    return f'<{event_type} id="{event_id}" occurred="{occurred}"{extra}>{fields}</{event_type}>'


def case_text(case_id: str, *events: str, adult: str = "P", attributes: str = "") -> str:
    """Gives the element of a case, on a line of its own."""
    extra = f" {attributes}" if attributes else ""
    return f'<case id="{case_id}"{extra}><adult ref="{adult}"/>{"".join(events)}</case>\n'


def export_text(cases: Sequence[str] = (), *, header: str = LAST_QUARTER) -> str:
    """Gives an export of these cases; the first begins on the second line."""
    start = f'<case_export xmlns="{NAMESPACE}" version="1"><header>{header}</header>\n'
    return f"{start}{''.join(cases)}</case_export>"


def case_element(document: Mapping[str, Any]) -> str:
    """Gives the element of a case that is written as `msp-case/1`.

    When an event was first seen stands as the time at which it was recorded: an export has no
    other place for it.
    """
    attributes = "".join(
        f" {name}={quoteattr(value)}"
        for name, value in document.items()
        if name not in ("schema", "adult", "events")
    )
    person = {"ref": "P", **document.get("adult", {})}
    adult = f"<adult ref={quoteattr(person.pop('ref'))}>{_elements(person)}</adult>"
    events = "".join(map(_event_element, document["events"]))
    return f"<case{attributes}>{adult}{events}</case>\n"


def _event_element(event: Mapping[str, Any]) -> str:
    head = {"first_seen": "recorded"}
    names = ("id", "occurred", "recorded", "first_seen", "agency", "role", "supersedes", "void")
    attributes = "".join(
        f" {head.get(name, name)}={quoteattr(event[name])}" for name in names if name in event
    )
    fields = {name: one for name, one in event.items() if name not in (*names, "type")}
    return f"<{event['type']}{attributes}>{_elements(fields)}</{event['type']}>"


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(
        f'<{name} withheld="yes"/>'
        if isinstance(one, dict)
        else f"<{name}>{escape(str(one))}</{name}>"
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    )
