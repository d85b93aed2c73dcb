"""No text and no id of a record is logged, or said in a problem, by whatever call it came."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from msp_rules.casework.vocabulary import Field, FieldKind, core_vocabulary
from msp_rules.intake.live_event_schema import CASE_TYPE, message_type
from msp_rules.service.events import BATCH
from tests.support.service import Service

CANARY = "Kanarienvogel"
CASE = f"{CANARY}-case"
VOCABULARY = core_vocabulary()


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


def spoilt(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same message with a canary where it can't stand, and in a key that nobody knows."""
    spoilt_data = dict.fromkeys(message["data"], {"a": CANARY})
    yield {**message, "data": spoilt_data}
    yield {**message, "data": {**message["data"], CANARY: CANARY}}
    yield {**message, "data": CANARY, "type": CANARY}


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged with a canary in it, but for the log of the client that calls."""
    lines = [one.getMessage() for one in caplog.records if one.name.partition(".")[0] != "httpx"]
    return [one for one in lines if CANARY in one]


def test_events_of_every_type_leave_no_word_in_a_log_or_a_problem(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    every = list(messages())

    with caplog.at_level(logging.DEBUG):
        taken = service.client.call(
            "POST",
            "/events",
            content=json.dumps(every).encode(),
            headers={"Content-Type": BATCH},
        )
        refused = [service.client.post("/events", one) for each in every for one in spoilt(each)]

    assert {one["status"] for one in taken.json()["results"]} == {202}
    assert {one.status_code for one in refused} == {422}
    assert logged(caplog) == []
    assert [one.text for one in refused if CANARY in one.text] == []


def test_every_other_call_leaves_none_either(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    event = {"type": "concern_raised", "id": CANARY, "occurred": "2026-01-04"}
    case = {"schema": "msp-case/1", "events": [event]}
    said = {"id": CANARY, "card": CANARY, "kind": "overridden", "code": CANARY, CANARY: 1}
    reason = {"reason": {"code": CANARY}, "userComment": CANARY}
    of_card = {"card": CANARY, "outcome": "overridden", "overrideReason": reason}
    asked = {"hook": CANARY, "hookInstance": CANARY, "context": {"patientId": CASE}}
    calls: list[tuple[str, str, Any]] = [
        ("PUT", f"/cases/{CASE}", case),
        ("PUT", f"/cases/{CASE}", {**case, "events": [{**event, "type": CANARY}]}),
        ("PUT", f"/cases/{CASE}", {**case, CANARY: CANARY}),
        ("PUT", f"/cases/{CANARY * 20}", case),
        ("GET", f"/cases/{CASE}/prompts?step={CANARY}&role={CANARY}", None),
        ("GET", f"/cases/{CASE}/prompts?{CANARY}={CANARY}", None),
        ("GET", f"/cases/{CASE}/answers?as_of={CANARY}", None),
        ("GET", f"/cases/{CASE}/explanations/{CANARY}", None),
        ("POST", f"/cases/{CASE}/feedback", said),
        ("GET", f"/cases/{CANARY}/held", None),
        ("POST", "/cds-services/msp", asked),
        ("POST", f"/cds-services/{CANARY}", asked),
        ("POST", "/cds-services/msp/feedback", {"feedback": [of_card]}),
        ("GET", f"/changes?consumer={CANARY}&limit={CANARY}", None),
        ("POST", "/changes/acknowledgements", {"consumer": [CANARY], "ids": [{CANARY: 1}]}),
        ("GET", f"/rules/{CANARY}", None),
        ("GET", f"/{CANARY}", None),
        ("DELETE", f"/cases/{CASE}", None),
    ]

    with caplog.at_level(logging.DEBUG):
        answers = [service.client.call(method, path, body) for method, path, body in calls]

    assert [one.status_code for one in answers][:4] == [200, 422, 422, 400]
    assert {one.status_code for one in answers} == {200, 204, 400, 404, 422}
    assert logged(caplog) == []
    problems = [one.text for one in answers if one.status_code >= 400]
    assert [one for one in problems if CANARY in one] == []
