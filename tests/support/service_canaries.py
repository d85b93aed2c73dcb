"""Calls of the service that hold a word, a canary, wherever a caller can write anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from msp_rules.intake.live_event_schema import CASE_TYPE, message_type
from msp_rules.service.events import BATCH, STRUCTURED

CANARY = "Kanarienvogel"
CASE = f"{CANARY}-case"
VOCABULARY = core_vocabulary()

EVERYWHERE = {
    "Accept-Language": CANARY,
    "Cookie": f"session={CANARY}",
    "Forwarded": f"for={CANARY}",
    "Origin-Of-All": CANARY,
    "Referer": f"https://ehr.example.org/{CANARY}",
    "User-Agent": CANARY,
    "X-Request-Id": CANARY,
    "baggage": f"case={CANARY}",
    "traceparent": f"00-{CANARY}-01",
    "tracestate": f"case={CANARY}",
}
"""Headers that no call reads, or whose values are no traces."""


class Sent(NamedTuple):
    """A call as it is sent."""

    method: str
    path: str
    body: bytes | None = None
    media_type: str = "application/json"


def value(field: Field) -> Any:
    """A value of a field; of a text or reference, one with a canary."""
    found: Any = {
        FieldKind.TEXT: f"{CANARY} {field.name}",
        FieldKind.WHOLE: 2,
        FieldKind.REF: f"{CANARY}-0",
        FieldKind.DATE: "2026-01-04",
        FieldKind.MOMENT: "2026-01-04",
    }.get(field.kind) or field.codes[0]
    return [found] if field.may_repeat else found


def messages() -> Iterator[dict[str, Any]]:
    """A message of every type with every field, and one about the case."""
    for number, kind in enumerate(VOCABULARY.events.values()):
        yield {
            "specversion": "1.0",
            "id": f"{CANARY}/{number}",
            "source": f"urn:{CANARY}",
            "subject": CASE,
            "type": message_type(kind.name),
            "data": {
                "id": f"{CANARY}-{number}",
                "occurred": "2026-01-04",
                **{name: value(field) for name, field in kind.fields.items()},
            },
        }
    about = {name: value(field) for name, field in VOCABULARY.case.items() if name != "id"}
    about["adult"] = {name: value(field) for name, field in VOCABULARY.adult.items()}
    yield {**next(messages()), "id": f"{CANARY}/about", "type": CASE_TYPE, "data": about}


def taken() -> Sent:
    """A batch of every message, each of which is taken in."""
    return Sent("POST", "/events", _json(list(messages())), BATCH)


def spoilt_events() -> Iterator[Sent]:
    """Every message with a canary where it can't stand, in keys that nobody knows, and cut off."""
    for message in messages():
        spoilt_data = dict.fromkeys(message["data"], {"a": CANARY})
        known = message["data"]
        yield Sent("POST", "/events", _json({**message, "data": spoilt_data}), STRUCTURED)
        yield Sent("POST", "/events", _json({**message, "data": {**known, CANARY: CANARY}}))
        yield Sent("POST", "/events", _json({**message, "data": CANARY, "type": CANARY}))
    yield Sent("POST", "/events", _json(next(messages()))[:-9], STRUCTURED)
    yield Sent("POST", "/events", _json([CANARY, {CANARY: CANARY}]), STRUCTURED)
    yield Sent("POST", "/events", _json({CANARY: CANARY}), BATCH)


def other_calls(card: str) -> list[Sent]:
    """Every other call, with a canary wherever one can stand, and a card that is known."""
    event = {"type": "concern_raised", "id": CANARY, "occurred": "2026-01-04"}
    case = {"schema": "msp-case/1", "events": [event]}
    said = {"id": CANARY, "card": CANARY, "kind": "overridden", "code": CANARY, CANARY: 1}
    heard = {"id": CANARY, "card": card, "kind": "overridden", "code": "unsafe", "has_text": True}
    reason = {"reason": {"code": CANARY}, "userComment": CANARY}
    of_card = {"card": CANARY, "outcome": "overridden", "overrideReason": reason}
    words = {**of_card, "card": card, "overrideReason": {"userComment": CANARY}}
    asked = {
        "hook": CANARY,
        "hookInstance": CANARY,
        "context": {"patientId": CASE, "userId": CANARY},
        "fhirServer": f"https://fhir.example/{CANARY}",
        "fhirAuthorization": {"access_token": CANARY, "subject": CANARY},
        "prefetch": {CANARY: CANARY},
    }
    calls: list[tuple[str, str, Any]] = [
        ("PUT", f"/cases/{CASE}", case),
        ("PUT", f"/cases/{CASE}", {**case, "events": [{**event, "type": CANARY}]}),
        ("PUT", f"/cases/{CASE}", {**case, CANARY: CANARY}),
        ("PUT", f"/cases/{CASE}", {**case, "at": CANARY, "says": [CANARY]}),
        ("PUT", f"/cases/{CANARY * 20}", case),
        ("GET", f"/cases/{CASE}/prompts?step={CANARY}&role={CANARY}", None),
        ("GET", f"/cases/{CASE}/prompts?language={CANARY}", None),
        ("GET", f"/cases/{CASE}/prompts?{CANARY}={CANARY}", None),
        ("GET", f"/cases/{CASE}/answers", None),
        ("GET", f"/cases/{CASE}/answers?as_of={CANARY}", None),
        ("GET", f"/cases/{CASE}/explanations/RISK-01?subject={CANARY}", None),
        ("GET", f"/cases/{CASE}/explanations/{CANARY}", None),
        ("GET", f"/cases/{CASE}/held", None),
        ("POST", f"/cases/{CASE}/feedback", said),
        ("POST", f"/cases/{CASE}/feedback", heard),
        ("POST", f"/cases/{CASE}/feedback", {**heard, "code": None, "kind": "acknowledged"}),
        ("GET", f"/cases/{CANARY}/held", None),
        ("POST", "/cds-services/msp", asked),
        ("POST", "/cds-services/msp", {**asked, "hook": "patient-view"}),
        ("POST", f"/cds-services/{CANARY}", asked),
        ("POST", "/cds-services/msp/feedback", {"feedback": [of_card]}),
        ("POST", "/cds-services/msp/feedback", {"feedback": [words]}),
        ("GET", f"/changes?consumer={CANARY}&limit={CANARY}", None),
        ("GET", f"/changes?consumer={CANARY}", None),
        ("POST", "/changes/acknowledgements", {"consumer": [CANARY], "ids": [{CANARY: 1}]}),
        ("POST", "/changes/acknowledgements", {"consumer": CANARY, "ids": [CANARY]}),
        ("GET", f"/panel/messages?language={CANARY}", None),
        ("GET", f"/panel/messages?language={CANARY}&{CANARY}={CANARY}", None),
        ("GET", f"/health/rules?since={CANARY}", None),
        ("GET", f"/rules/{CANARY}", None),
        ("GET", f"/{CANARY}", None),
        ("PATCH", f"/cases/{CASE}", None),
        ("DELETE", f"/cases/{CASE}", None),
    ]
    return [
        *(Sent(method, path, body and _json(body)) for method, path, body in calls),
        Sent("PUT", f"/cases/{CASE}", CANARY.encode()),
        Sent("PUT", f"/cases/{CASE}", _json(case), f"text/{CANARY}"),
        Sent("PUT", f"/cases/{CASE}", b'["' + CANARY.encode() + b'",' + b"[" * 40 + b"]" * 41),
    ]


def _json(document: object) -> bytes:
    return json.dumps(document).encode()
