"""Takes in CloudEvents 1.0 over HTTP: structured, batched, or in binary mode.

The modes are those of the "HTTP Protocol Binding for CloudEvents", 1.0.2, section 3. A message is
read by the reader of live events, whichever way it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from msp_rules.errors import MspRulesError
from msp_rules.intake.message_form import LARGEST_MESSAGE_BYTES, parsed
from msp_rules.prompts.documents import Document, Json
from msp_rules.prompts.store import MemoryUnavailable, Received, Status
from msp_rules.service.answers import (
    CHANGES_SCHEMA,
    FAULTS_SCHEMA,
    changes_of,
    faults_of,
    need_clock,
)
from msp_rules.service.bodies import refused_body
from msp_rules.service.operations import JSON, Answer, Body, Call, Operation, Reply
from msp_rules.service.problems import CallRefused, Problem, refuse
from msp_rules.service.traces import TRACE_PARENT
from msp_rules.yaml_source.json_schema import Schema, closed

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
MOST_IN_A_BATCH: Final = 500
"""The most messages of one batch: each is a transaction of its own."""
LARGEST_BATCH_BYTES: Final = 8 * 1024 * 1024
"""The largest batch taken."""

_MARK: Final = "ce-"
_STATUSES: Final = {Status.RECORDED: 202, Status.ALREADY_KNOWN: 200, Status.STALE: 200}
_BUSY: Final = 503


def receive_events(call: Call) -> Reply:
    """Takes in a message or a batch; raises CallRefused where a single message is refused."""
    media_type = call.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media_type == BATCH:
        return _batch(call)
    is_binary = "ce-specversion" in call.headers or "ce-id" in call.headers
    if not is_binary and media_type not in (STRUCTURED, JSON):
        known = ", ".join((STRUCTURED, BATCH, JSON))
        detail = f"the Content-Type must be one of: {known}; another is for the binary mode"
        raise refuse(415, "media-type", detail)
    return _one(call, _binary(call) if is_binary else call.body)


def _one(call: Call, message: object) -> Reply:
    need_clock(call)
    received = _received(call, message, is_alone=True)
    if (problem := _problem_of(received)) is not None:
        raise CallRefused(problem)
    return Reply(status=_STATUSES[received.status], document=_document(call, received))


def _received(call: Call, message: object, *, is_alone: bool = False) -> Received:
    """Takes in a message, in the trace that it names."""
    with call.trace.of_event(_trace_said(message), is_alone=is_alone) as span:
        received = call.tenant.desk.receive(message, call.now)
        span.describe(outcome=received.status.value)
    return received


def _trace_said(message: object) -> object:
    """Finds the extension attribute of CloudEvents that names a trace."""
    if isinstance(message, bytes) and TRACE_PARENT.encode() in message:
        try:
            message = parsed(message, most=LARGEST_MESSAGE_BYTES)
        except ValueError:
            return None  # the reader says why
    return message.get(TRACE_PARENT) if isinstance(message, Mapping) else None


def _binary(call: Call) -> Mapping[str, object]:
    """Puts a message in binary mode together: attributes are headers, the body is the data."""
    message: dict[str, object] = {
        name.removeprefix(_MARK): unquote(value)
        for name, value in call.headers.items()
        if name.startswith(_MARK)
    }
    message["datacontenttype"] = call.headers.get("content-type", JSON)
    message["data"] = {}
    if call.body:
        try:
            message["data"] = parsed(call.body, most=LARGEST_MESSAGE_BYTES)
        except ValueError as error:
            what = str(error).removeprefix("the document: ")
            raise refused_body([f"data: {what}"]) from None
    return message


def _batch(call: Call) -> Reply:
    try:
        messages = parsed(call.body, most=LARGEST_BATCH_BYTES)
    except ValueError as error:
        raise refused_body([str(error)]) from None
    if not isinstance(messages, list) or len(messages) > MOST_IN_A_BATCH:
        most = f"the document: must be a list of at most {MOST_IN_A_BATCH} messages"
        raise refused_body([most])
    need_clock(call)
    results = list[Json]()
    is_available = True
    for message in messages:
        result, is_available = (
            _one_of_batch(call, message) if is_available else (_unavailable(), False)
        )
        results.append({**_named(message), **result})
    return Reply(document={"results": results})


def _one_of_batch(call: Call, message: object) -> tuple[Document, bool]:
    """Takes in one message of a batch; says also whether the memory still answers."""
    try:
        received = _received(call, message)
    except MemoryUnavailable:
        return _unavailable(), False
    except MspRulesError as error:
        return Problem(status=422, code="invalid", detail=str(error)).document(), True
    problem = _problem_of(received)
    if problem is not None:
        return problem.document(), True
    return {"status": _STATUSES[received.status], **_document(call, received)}, True


def _unavailable() -> Document:
    detail = "the memory did not answer; send this message again"
    return Problem(status=_BUSY, code="memory-unavailable", detail=detail).document()


def _named(message: object) -> Document:
    """Names a message of a batch as its sender did, where that can be read."""
    if not isinstance(message, dict):
        return {}
    named = {name: message.get(name) for name in ("source", "id")}
    return {name: value for name, value in named.items() if isinstance(value, str)}


def _problem_of(received: Received) -> Problem | None:
    """Says why a message changed nothing; None where it was taken in, or is known already."""
    if received.status in _STATUSES:
        return None
    reasons = [fault.reason for fault in received.faults]
    if received.status is Status.CONFLICT:
        return Problem(status=409, code="conflict", detail="; ".join(reasons))
    if received.status is Status.EVENT_CONFLICT:
        detail = "; ".join(reasons)
        return Problem(status=422, code="conflict", detail=detail, pointer="/data/id")
    return refused_body(reasons).problem


def _document(call: Call, received: Received) -> Document:
    document: Document = {
        "outcome": received.status.value,
        "changes": changes_of(call.tenant, received.kept),
        "faults": faults_of(received.faults),
    }
    if received.warnings:
        document["warnings"] = faults_of(received.warnings)
    return document


_MESSAGE: Final[Schema] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1},
        "type": {
            "type": "string",
            "description": "`org.msp-rules.EVENT_TYPE.v1`, or `org.msp-rules.case.v1`.",
        },
        "subject": {"type": "string", "description": "The id of the case."},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object", "description": "Envelope and fields of the event."},
    },
}
_TAKEN: Final = closed(
    {
        "outcome": {"enum": [status.value for status in _STATUSES]},
        "changes": CHANGES_SCHEMA,
        "faults": FAULTS_SCHEMA,
        "warnings": FAULTS_SCHEMA,
    },
    ["outcome", "changes", "faults"],
)
_RESULT: Final[Schema] = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "integer"},
        "source": {"type": "string"},
        "id": {"type": "string"},
    },
}
_RESULTS: Final = closed({"results": {"type": "array", "items": _RESULT}})

OPERATIONS: Final = (
    Operation(
        name="receiveEvents",
        method="POST",
        path="/events",
        summary="Takes in an event as a CloudEvents message, or a batch of them.",
        function=receive_events,
        answers={
            200: Answer(
                description="The message is known already; or a batch, with a status for each.",
                schema={"anyOf": [_TAKEN, _RESULTS]},
            ),
            202: Answer(description="The message is new and kept.", schema=_TAKEN),
            409: Answer(description="A message with this source and id said something else."),
            422: Answer(description="The message can't be taken in; `pointer` says where."),
        },
        body=Body(
            schemas={
                STRUCTURED: _MESSAGE,
                BATCH: {"type": "array", "maxItems": MOST_IN_A_BATCH, "items": _MESSAGE},
                JSON: {"type": "object"},
            },
            most_bytes=LARGEST_BATCH_BYTES,
            any_type=True,
        ),
        group="events",
    ),
)
"""The calls of this module."""
