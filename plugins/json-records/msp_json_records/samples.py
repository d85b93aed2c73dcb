"""Invents records of Fernhill, for the conformance kit to try the adapter with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msp_rules.hooks import hookimpl


@hookimpl
def msp_samples(folder: Path, canary: str) -> Iterator[str]:
    """Writes two records: a full one, and one with hardly anything in it."""
    (folder / "records").mkdir()
    for record in (_full(canary), _new(canary)):
        path = folder / "records" / f"{record['recordId']}.json"
        path.write_text(json.dumps(record), "utf-8")
    yield str(folder)


@hookimpl
def msp_edit_sample(source: str, edit: str) -> str:
    """Edits the full record as people do in Fernhill, which notes when."""
    path = Path(source, "records", "rec-1.json")
    record = json.loads(path.read_text("utf-8"))
    day = {"edited": 10, "deleted": 11, "restored": 12, "hidden": 13}[edit]
    record["lastModified"] = f"2026-01-{day}T09:00:00.0000000Z"
    if edit == "edited":
        record["concern"]["referrer"]["sourceId"] = 13
    elif edit == "deleted":
        record["bin"] = record["safetyChecks"].pop()
    elif edit == "restored":
        record["safetyChecks"].append(record.pop("bin"))
    else:
        record |= {"decision": None, "mayNotSee": ["decision"]}
    path.write_text(json.dumps(record), "utf-8")
    return source


def _full(canary: str) -> dict[str, Any]:
    return {
        "recordId": "rec-1",
        "caseReference": "F-1",
        "lastModified": "2026-01-08T16:40:00.1234567Z",
        "person": {"personId": 90210, "names": {"preferred": canary}, "born": None},
        "concern": {
            "concernId": 501,
            "receivedOn": "2026-01-05T10:15:00",
            "takenBy": {"staffId": 17, "name": canary},
            "referrer": {"sourceId": 12, "name": canary},
            "allegations": [{"typeId": 31, "placeId": 45, "story": canary}, {"typeId": 32}],
        },
        "safetyChecks": [
            {
                "checkId": 601,
                "carriedOutAt": "2026-01-05T15:30:00",
                "carriedOutBy": {"staffId": 17},
                "outcome": {"id": 71, "notes": canary},
            }
        ],
        "conversations": [
            {
                "conversationId": 701,
                "heldOn": "2026-01-06T09:00:00",
                "heldBy": {"staffId": 17},
                "asked": {"id": 81, "inTheirWords": canary},
            },
            {
                "conversationId": 702,
                "heldOn": "2026-01-08",
                "heldBy": {"staffId": 17},
                "asked": {"id": 81, "inTheirWords": None},
            },
        ],
        "decision": {
            "decisionId": 801,
            "decidedAt": "2026-01-07T16:40:00",
            "decidedBy": {"staffId": 18},
            "outcome": {"id": 91, "why": canary},
        },
    }


def _new(canary: str) -> dict[str, Any]:
    return {
        "recordId": "rec-2",
        "caseReference": "F-2",
        "lastModified": "2026-01-09T08:05:00.0000000Z",
        "person": {"personId": 90211, "names": {"preferred": canary}},
        "concern": {
            "concernId": 502,
            "receivedOn": "2026-01-09",
            "takenBy": {"staffId": 18},
            "referrer": {"sourceId": 11},
            "allegations": [],
        },
        "safetyChecks": [],
        "conversations": [],
        "decision": None,
    }
