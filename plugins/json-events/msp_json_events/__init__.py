"""Takes live events in JSON, gives cards in JSON: for a host that speaks the contract's shapes.

A source is the JSON itself (bytes) or the path of a file that holds it (text): one CloudEvents
message, or a list of them. Nothing is kept, so nothing needs to be acknowledged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msp_rules.hooks import hookimpl


@hookimpl
def msp_find_events(source: str | bytes) -> list[dict[str, Any]]:
    """Reads all messages of a document; a caller that takes fewer cuts its documents."""
    text = source if isinstance(source, bytes) else Path(source).read_bytes()
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


@hookimpl
def msp_render_cards(cards: list[dict[str, Any]]) -> bytes:
    """Writes the body of a CDS Hooks 3.0 response."""
    return json.dumps({"cards": cards}, ensure_ascii=False).encode()


@hookimpl
def msp_samples(folder: Path, canary: str) -> Iterable[str | bytes]:
    """Gives one message, and a file with the rest of an invented case."""
    concern, *others = _invented_case(canary)
    yield json.dumps(concern).encode()
    path = folder / "events.json"
    path.write_text(json.dumps(others), encoding="utf-8")
    yield str(path)


def _invented_case(canary: str) -> list[dict[str, Any]]:
    told: list[tuple[str, str, dict[str, Any]]] = [
        ("concern_raised", "2026-01-05T10:15:00+00:00", {"source": "police"}),
        (
            "outcomes_conversation",
            "2026-01-06T09:00:00+00:00",
            {
                "asked": "not_asked",
                "reason_not_asked": "too_unwell",
                "method": canary,
                "communication_support": [canary],
                "reason_text": canary,
                "wishes_and_feelings": canary,
            },
        ),
        (
            "s42_decided",
            "2026-01-07T16:40:00+00:00",
            {"result": "s42_enquiry", "rationale": canary, "decided_by": canary},
        ),
        ("outcome_expressed", "2026-01-08T11:00:00+00:00", {"text": canary, "kind": "safety"}),
    ]
    return [
        {
            "specversion": "1.0",
            "id": f"J-1/{number}",
            "source": "urn:example:json-events",
            "type": f"org.msp-rules.{kind}.v1",
            "subject": "J-1",
            "time": time,
            "datacontenttype": "application/json",
            "data": {"id": f"e{number}", **fields},
        }
        for number, (kind, time, fields) in enumerate(told, start=1)
    ]
