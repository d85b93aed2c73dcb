"""Envelopes as .NET, Java, Go, Python, Dapr, Knative, Event Grid and Kafka write them.

tests/data/envelopes.json says of each what it gives: the concern of its first envelope, an event
that differs in something, or a refusal that names the place.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from msp_rules.casework.moments import Moment, parse_moment
from msp_rules.intake.deliveries import MOST_MESSAGES, messages_of_delivery
from msp_rules.intake.live_events import EventMessage, MessageReader, MessageRefused

ENVELOPES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "envelopes.json").read_bytes()
)["envelopes"]
READER = MessageReader()


def read(message: object) -> EventMessage | MessageRefused:
    try:
        found = READER.read(message)
    except MessageRefused as refused:
        return refused
    assert isinstance(found, EventMessage)
    return found


def delivered(envelope: dict[str, Any]) -> list[EventMessage | MessageRefused]:
    try:
        messages = messages_of_delivery(envelope["body"].encode(), envelope.get("headers", {}))
    except MessageRefused as refused:
        return [refused]
    return [read(message) for message in messages]


CONCERN = delivered(ENVELOPES[0])[0]


def plain(value: object) -> object:
    return value.date.isoformat() if isinstance(value, Moment) else value


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda one: one["name"])
def test_an_envelope_gives_its_event_or_says_where_it_is_wrong(envelope: dict[str, Any]) -> None:
    found = delivered(envelope)

    assert len(found) == len(envelope["gives"])
    for one, expected in zip(found, envelope["gives"], strict=True):
        if expected == "the concern":
            assert one == CONCERN
        elif "refused" in expected or "refused_whole" in expected:
            assert isinstance(one, MessageRefused)
            text = expected.get("refused") or expected.get("refused_whole")
            assert [problem for problem in one.problems if problem.startswith(text)]
        else:
            assert isinstance(one, EventMessage)
            check(one, expected)


def check(one: EventMessage, expected: dict[str, Any]) -> None:
    event = one.event
    assert one.case_id == expected.get("case", "SA-1001")
    assert event.type == expected.get("type", "concern_raised")
    for name, moment in (("occurred", event.moment), ("recorded", event.recorded)):
        if name in expected:
            assert moment == parse_moment(expected[name])
    if "fields" in expected:
        fields = {name: plain(value) for name, value in event.fields.items()}
        assert expected["fields"].items() <= fields.items()


def test_the_corpus_holds_each_kind_of_sender() -> None:
    senders = {one["name"].partition(":")[0] for one in ENVELOPES}

    assert {".NET", "Java", "Go", "Python", "Dapr", "Knative", "Event Grid", "Kafka"} <= senders
    assert len({one["name"] for one in ENVELOPES}) == len(ENVELOPES) >= 60


def test_a_refusal_of_an_envelope_repeats_nothing_of_it() -> None:
    said = [
        str(one)
        for envelope in ENVELOPES
        for one in delivered(envelope)
        if isinstance(one, MessageRefused)
    ]

    assert said
    assert not [text for text in said if "N. N." in text or "SA-1001" in text]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "the document: holds a number too large to be meant"),
        (10**18, "the document: holds a number too large to be meant"),
        (10**5000, "the document: holds a number too large to be meant"),
        ({1: "a"}, "the document: has a key that is not text"),
        (object(), "the document: holds a value that JSON can't write"),
        (b"bytes", "the document: holds a value that JSON can't write"),
    ],
    ids=["nan", "large", "huge", "key", "object", "bytes"],
)
def test_a_mapping_that_json_cannot_write_is_refused(value: object, problem: str) -> None:
    message = {**json.loads(ENVELOPES[0]["body"]), "tenantid": value}

    refused = read(message)

    assert isinstance(refused, MessageRefused)
    assert refused.problems == (problem,)


def test_a_mapping_inside_itself_is_refused() -> None:
    message: dict[str, object] = {**json.loads(ENVELOPES[0]["body"])}
    message["itself"] = message

    refused = read(message)

    assert isinstance(refused, MessageRefused)
    assert refused.problems == ("the document: is nested too deeply",)


def test_lists_within_lists_are_refused_at_any_depth() -> None:
    refused = [read("[" * depth + "]" * depth) for depth in (16, 17, 900, 5000)]

    assert all(isinstance(one, MessageRefused) for one in refused)


def test_a_host_in_python_may_give_its_own_dates_and_ids() -> None:
    body = json.loads(ENVELOPES[0]["body"])
    stamp = datetime(2026, 1, 5, 10, 15, tzinfo=UTC)
    number = UUID("8f0f7f0e-0000-4000-8000-000000000001")

    found = read({**body, "time": stamp, "id": number})

    assert isinstance(found, EventMessage)
    assert found.key.id == str(number)
    assert found.event.moment == parse_moment("2026-01-05T10:15:00Z")


def test_time_is_no_part_of_what_is_said_where_the_event_has_its_own() -> None:
    body = json.loads(ENVELOPES[0]["body"])
    body["data"]["occurred"] = "2026-01-05T10:15:00+00:00"

    first, later = read(body), read({**body, "time": "2026-01-06T08:00:00Z"})

    assert isinstance(first, EventMessage)
    assert first == later


def test_a_batch_holds_at_most_so_many_messages() -> None:
    headers = {"content-type": "application/cloudevents-batch+json"}
    full = b"[" + b",".join([b"{}"] * MOST_MESSAGES) + b"]"

    assert len(messages_of_delivery(full, headers)) == MOST_MESSAGES
    with pytest.raises(MessageRefused, match="more than 500 messages"):
        messages_of_delivery(full[:-1] + b",{}]", headers)


def test_a_header_may_be_bytes_as_kafka_has_it() -> None:
    kafka = next(one for one in ENVELOPES if one["name"] == "Kafka: binary")
    headers = {name: value.encode() for name, value in kafka["headers"].items()}

    (message,) = messages_of_delivery(kafka["body"].encode(), headers)

    assert read(message) == CONCERN
