"""CloudEvents over HTTP, in each mode: taken in, known already, in conflict, refused by place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from msp_rules.service.events import BATCH, LARGEST_BATCH_BYTES, MOST_IN_A_BATCH, STRUCTURED
from tests.support.service import Service
from tests.support.told import CASE, concern, safety_check

pytestmark = pytest.mark.slow


def send(service: Service, message: Any, media_type: str = STRUCTURED) -> Any:
    return service.client.call(
        "POST",
        "/events",
        content=json.dumps(message).encode(),
        headers={"Content-Type": media_type},
    )


def as_headers(message: dict[str, Any]) -> dict[str, str]:
    """The attributes of a message as headers of binary mode."""
    named = {f"ce-{name}": value for name, value in message.items() if name != "data"}
    return {**named, "Content-Type": "application/json"}


def rules(changes: Any) -> list[str]:
    return sorted(one["card"]["extension"]["org.msp-rules.prompt"]["rule"] for one in changes)


@pytest.mark.parametrize(
    "media_type", [STRUCTURED, "application/json", f"{STRUCTURED}; charset=utf-8"]
)
def test_a_new_event_is_accepted_and_brings_prompts(service: Service, media_type: str) -> None:
    answer = send(service, concern(), media_type)

    assert answer.status_code == 202
    said = answer.json()
    assert (said["outcome"], said["faults"], "warnings" in said) == ("recorded", [], False)
    assert rules(said["changes"]) == sorted(key.rule for key in service.desk.state(CASE).prompts)
    first = said["changes"][0]
    assert first["id"] == f"{service.memory.epoch}-{first['revision']}"
    assert (first["case"], first["kind"], "ending" in first) == (CASE, "raised", False)


def test_the_same_event_again_is_known_in_whatever_spelling(service: Service) -> None:
    first = send(service, concern(occurred="2026-01-05T10:00:00+00:00"))
    again = send(service, concern(occurred="2026-01-05T10:00:00Z"))

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == {**first.json(), "outcome": "already_known"}


def test_the_same_id_with_other_content_is_a_conflict(service: Service) -> None:
    send(service, concern())
    before = service.desk.state(CASE)

    answer = send(service, concern(occurred="2026-01-04T10:00:00"))

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:msp-rules:problem:conflict"
    assert service.desk.state(CASE) == before


def test_an_event_id_with_other_content_is_a_conflict_unless_it_is_marked_as_a_correction(
    service: Service,
) -> None:
    send(service, concern())
    other = {**concern(occurred="2026-01-04T10:00:00"), "id": "m9"}

    refused = send(service, other)
    corrected = send(service, {**other, "mspcorrection": True})

    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, "urn:msp-rules:problem:conflict")
    assert (problem["pointer"], corrected.status_code) == ("/data/id", 202)


def test_a_message_in_binary_mode_is_the_same_message(service: Service) -> None:
    message = concern()
    headers, body = as_headers(message), json.dumps(message["data"]).encode()

    first = service.client.call("POST", "/events", content=body, headers=headers)

    assert (first.status_code, send(service, message).status_code) == (202, 200)


def test_attributes_of_binary_mode_are_decoded_and_may_come_without_a_body(
    service: Service,
) -> None:
    headers = {**as_headers(concern()), "ce-subject": "%C3%A9/1", "ce-id": "m%201"}
    headers["ce-time"] = "2026-01-05T10:00:00Z"

    answer = service.client.call("POST", "/events", content=b"", headers=headers)

    assert (answer.status_code, answer.json()["outcome"]) == (202, "recorded")
    assert {one["case"] for one in answer.json()["changes"]} == {"é/1"}


@pytest.mark.parametrize(
    ("spoilt", "pointer", "detail"),
    [
        ({"specversion": "2"}, "/specversion", "unknown word"),
        ({"type": "org.msp-rules.concern_raisd.v1"}, "/type", "org.msp-rules.concern_raised.v1"),
        ({"data": {"occurred": "2026-13-01"}}, "/data/occurred", "must be"),
        ({"data": {"occurred": "2026-01-01", "abuse_type": ["odd"]}}, "/data/abuse_type/0", ""),
        ({"data": {"occurred": "2026-01-01", "identified": "yes"}}, "/data", "identified_adult"),
        ({"subject": None}, "", "lacks subject"),
    ],
)
def test_what_can_not_be_taken_in_is_refused_with_its_place(
    service: Service, spoilt: dict[str, Any], pointer: str, detail: str
) -> None:
    answer = send(service, {**concern(), **spoilt})

    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert detail in answer.json()["detail"]


def test_every_place_that_is_wrong_is_listed(service: Service) -> None:
    data = {"occurred": "2026-13-01", "source": "polise", "identified_adult": "yes"}

    problem = send(service, {**concern(), "data": data}).json()

    assert [one["pointer"] for one in problem["errors"]] == ["/data/occurred", "/data/source"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"\xff", b'{"a":' * 900 + b"1" + b"}" * 900]
)
def test_what_is_not_a_message_at_all_is_refused(service: Service, body: bytes) -> None:
    answer = service.client.call("POST", "/events", content=body)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("the document: ")


def test_a_batch_has_an_answer_for_each_of_its_messages(service: Service) -> None:
    batch = [
        concern(),
        safety_check(),
        concern(),
        concern(occurred="2026-01-01"),
        {**concern(), "id": "odd", "data": 1},
        "text",
    ]

    answer = send(service, batch, BATCH)

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [one["status"] for one in results] == [202, 202, 200, 409, 422, 422]
    assert [one.get("id") for one in results] == [
        *(f"{CASE}/m1", f"{CASE}/m2", f"{CASE}/m1", f"{CASE}/m1", "odd"),
        None,
    ]
    assert results[4]["pointer"] == "/data"


@pytest.mark.parametrize(("number", "status"), [(MOST_IN_A_BATCH, 200), (MOST_IN_A_BATCH + 1, 422)])
def test_a_batch_has_a_most(service: Service, number: int, status: int) -> None:
    assert send(service, [1] * number, BATCH).status_code == status


def test_a_batch_that_is_too_large_is_refused(service: Service) -> None:
    answer = service.client.call(
        "POST",
        "/events",
        content=b" " * (LARGEST_BATCH_BYTES + 1),
        headers={"Content-Type": BATCH},
    )

    assert answer.status_code == 413


def test_an_event_that_lies_ahead_is_warned_of(service: Service) -> None:
    answer = send(service, concern(occurred="2026-01-05T15:00:00"))

    reason = "occurred of concern_raised: lies after now"
    assert answer.json()["warnings"] == [{"reason": reason, "event": "e1"}]


@pytest.mark.parametrize("media_type", ["text/xml", "application/x-www-form-urlencoded"])
def test_another_media_type_is_refused_where_no_header_says_that_it_is_binary_mode(
    service: Service, media_type: str
) -> None:
    content = json.dumps(concern()).encode()

    answer = service.client.call(
        "POST", "/events", content=content, headers={"Content-Type": media_type}
    )

    assert answer.status_code == 415
    assert "application/cloudevents+json, application/cloudevents-batch+json" in answer.text
