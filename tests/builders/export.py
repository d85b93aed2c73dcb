"""Small exports in the canonical form, as text: cases of a few events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

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
