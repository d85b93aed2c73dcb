"""Made-up cases as the messages by which a host would have told of them, one event each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

from benchmarks.export_generator import write_export
from msp_rules.casework.case import WITHHELD, Case, Event, FieldValue
from msp_rules.casework.moments import Moment, iso_date, iso_instant
from msp_rules.intake.export_xml import ExportReader
from msp_rules.intake.live_event_schema import CASE_TYPE, message_type

SOURCE: Final = "urn:example:made-up-case-system"


def made_up_cases(number: int, *, seed: int, profile: str = "mixed") -> Iterator[Case]:
    """Cases of the export generator, as a scan would read them."""
    stream = io.BytesIO()
    write_export(stream, cases=number, seed=seed, profile=profile)
    stream.seek(0)
    return iter(ExportReader(stream, "made-up.xml"))


def messages_of(case: Case) -> list[dict[str, Any]]:
    """The case message, and one message for each event of a case, in the order of the events."""
    about = {
        "specversion": "1.0",
        "id": f"{case.id}/case",
        "source": SOURCE,
        "type": CASE_TYPE,
        "subject": case.id,
        "time": "2000-01-01T00:00:00Z",
        "data": {**_values(case.attributes), "adult": _values(case.adult)},
    }
    return [about, *(event_message(case.id, event) for event in case.events)]


def event_message(case_id: str, event: Event) -> dict[str, Any]:
    """The message that tells of an event."""
    data = {"id": event.id, "occurred": _value(event.moment)}
    if event.recorded != event.moment:
        data["recorded"] = _value(event.recorded)
    for name in ("agency", "role", "supersedes", "void"):
        value = getattr(event, name)
        if value is not None:
            data[name] = value
    return {
        "specversion": "1.0",
        "id": f"{case_id}/{event.id}",
        "source": SOURCE,
        "type": message_type(event.type),
        "subject": case_id,
        "data": {**data, **_values(event.fields)},
    }


def _values(fields: Any) -> dict[str, Any]:
    return {name: _value(value) for name, value in fields.items()}


def _value(value: FieldValue | None) -> Any:
    if isinstance(value, Moment):
        return iso_date(value.day) if value.is_date_only else iso_instant(value.instant)
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return {"withheld": True} if value == WITHHELD else value
