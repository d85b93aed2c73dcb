"""Calls and the work of desks are spans, in the trace that a caller or an event names."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from msp_rules.engine.engine import Engine
from msp_rules.service.open_telemetry import OpenTelemetry
from msp_rules.service.traces import NO_TRACING, installed_tracing
from msp_rules.service.traces import SpanKind as Kind
from tests.support.told import concern
from tests.support.watched import Watched

pytestmark = pytest.mark.slow

CALLER = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
SENDER = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
CANARY = "Kanarienvogel"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def parent(of: tuple[str, str]) -> str:
    return f"00-{of[0]}-{of[1]}-01"


CALLED = {"traceparent": parent(CALLER)}


def ids(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


def cause(span: ReadableSpan) -> tuple[str, str] | None:
    of = span.parent
    return None if of is None else (f"{of.trace_id:032x}", f"{of.span_id:016x}")


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, empty_memory: Path, engine: Engine
) -> Iterator[Watched]:
    path = tmp_path_factory.mktemp("traced") / "memory.db"
    made = Watched(Path(shutil.copy(empty_memory, path)), engine)
    yield made
    made.close()


@pytest.fixture(scope="module")
def unfollowed(
    tmp_path_factory: pytest.TempPathFactory, empty_memory: Path, engine: Engine
) -> Iterator[Watched]:
    path = tmp_path_factory.mktemp("untraced") / "memory.db"
    made = Watched(Path(shutil.copy(empty_memory, path)), engine, tracing=NO_TRACING)
    yield made
    made.close()


def test_a_call_is_a_span_named_by_its_route_in_the_trace_of_its_caller(watched: Watched) -> None:
    watched.spans()

    answer = watched.call("GET", f"/cases/{CANARY}/prompts", headers=CALLED)

    work, call = watched.spans()
    assert (call.name, call.kind) == ("GET /cases/{id}/prompts", SpanKind.SERVER)
    assert dict(call.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/cases/{id}/prompts",
        "http.response.status_code": 404,
        "msp_rules.call": "prompts",
    }
    assert cause(call) == CALLER
    assert (work.name, cause(work)) == ("desk reevaluate", ids(call))
    assert dict(work.attributes or {}) == {"msp_rules.tenant": "anytown"}
    assert answer.headers["traceresponse"] == "-".join(("00", *ids(call), "01"))


def test_an_event_is_a_span_in_the_trace_that_it_names_itself(watched: Watched) -> None:
    watched.spans()

    answer = watched.call(
        "POST", "/events", {**concern(), "traceparent": parent(SENDER)}, headers=STRUCTURED
    )

    work, event, call = watched.spans()
    assert (event.name, event.kind, cause(event)) == ("receive event", SpanKind.CONSUMER, SENDER)
    assert dict(event.attributes or {}) == {"msp_rules.outcome": "recorded"}
    assert (work.name, cause(work)) == ("desk receive", ids(event))
    assert cause(call) is None
    assert [one.context.span_id for one in event.links] == [int(ids(call)[1], 16)]
    assert answer.headers["traceresponse"] == "-".join(("00", *ids(event), "01"))


def test_of_an_event_in_binary_mode_its_header_names_the_trace(watched: Watched) -> None:
    message = concern("SA-2")
    attributes = {f"ce-{name}": message[name] for name in message if name != "data"}
    watched.spans()

    watched.call(
        "POST",
        "/events",
        message["data"],
        headers={**attributes, "ce-traceparent": parent(SENDER)},
    )

    _, event, _ = watched.spans()
    assert (event.name, cause(event)) == ("receive event", SENDER)


def test_in_the_trace_of_both_the_call_is_its_caller_s_and_so_is_the_answer(
    watched: Watched,
) -> None:
    watched.spans()

    answer = watched.call(
        "POST",
        "/events",
        {**concern(), "traceparent": parent(SENDER)},
        headers={**STRUCTURED, **CALLED},
    )

    _, event, call = watched.spans()
    assert (cause(call), cause(event)) == (CALLER, SENDER)
    assert answer.headers["traceresponse"] == "-".join(("00", *ids(call), "01"))


def test_each_message_of_a_batch_has_a_span_and_the_answer_no_trace_of_one(
    watched: Watched,
) -> None:
    refused: dict[str, Any] = {**concern("SA-3"), "type": CANARY}
    watched.spans()

    answer = watched.call(
        "POST",
        "/events",
        [{**concern("SA-4"), "traceparent": parent(SENDER)}, refused],
        headers=BATCH,
    )

    events = [one for one in watched.spans() if one.name == "receive event"]
    assert [dict(one.attributes or {}) for one in events] == [
        {"msp_rules.outcome": "recorded"},
        {"msp_rules.outcome": "refused"},
    ]
    assert cause(events[0]) == SENDER
    assert "traceresponse" not in answer.headers


def test_a_refusal_at_the_gate_has_its_route_and_is_found_again_too(
    watched: Watched, unfollowed: Watched
) -> None:
    watched.spans()

    for one in (watched, unfollowed):
        answer = one.call("GET", "/rules", headers={"Host": "elsewhere.example", **CALLED})

        assert answer.status_code == 403
        assert answer.headers["traceresponse"].split("-")[1] == CALLER[0]

    (call,) = watched.spans()
    assert (call.name, (call.attributes or {})["http.response.status_code"]) == ("GET /rules", 403)


def test_what_can_not_be_found_or_asked_is_a_span_without_its_path(watched: Watched) -> None:
    watched.spans()

    watched.call("GET", f"/{CANARY}?{CANARY}=1")
    watched.call("DELETE", "/rules")

    assert [(one.name, dict(one.attributes or {})) for one in watched.spans()] == [
        ("other", {"http.response.status_code": 404}),
        ("other", {"http.response.status_code": 405}),
    ]


def test_what_operators_ask_all_the_time_is_not_followed(watched: Watched) -> None:
    watched.spans()

    for path in ("/health/live", "/health/ready", "/metrics"):
        answer = watched.call("GET", path, headers=CALLED)
        assert answer.headers["traceresponse"].split("-")[1] == CALLER[0]

    assert watched.spans() == ()


def test_an_error_is_a_span_that_failed_by_its_kind_alone() -> None:
    exported, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    tracing = OpenTelemetry(provider)

    with pytest.raises(ValueError, match=CANARY), tracing.span("work", Kind.WORK):
        raise ValueError(CANARY)

    (span,) = exported.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert (dict(span.attributes or {}), span.events) == ({"error.type": "ValueError"}, ())


class Waiting(SpanExporter):
    """Hands nothing over until it is let go, as where nobody collects."""

    def __init__(self) -> None:
        self.is_let_go = threading.Event()
        self.exported = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.is_let_go.wait(30)
        self.exported += len(spans)
        return SpanExportResult.SUCCESS


def test_the_end_of_a_process_hands_spans_over_and_does_not_wait_for_ever() -> None:
    exporter, provider = Waiting(), TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracing = OpenTelemetry(provider)
    with tracing.span("work", Kind.WORK):
        pass

    tracing.flush(0.01)
    before = exporter.exported
    exporter.is_let_go.set()
    tracing.flush(30)
    provider.shutdown()

    assert (before, exporter.exported) == (0, 1)


def test_without_a_library_a_named_trace_is_answered_and_nothing_is_followed(
    unfollowed: Watched,
) -> None:
    event = {**concern(), "traceparent": parent(SENDER)}

    of_event = unfollowed.call("POST", "/events", event, headers=STRUCTURED)
    of_both = unfollowed.call("POST", "/events", event, headers={**STRUCTURED, **CALLED})
    of_none = unfollowed.call("POST", "/events", concern(), headers=STRUCTURED)

    assert of_event.headers["traceresponse"].split("-")[:2] == ["00", SENDER[0]]
    assert of_event.headers["traceresponse"].split("-")[2] != SENDER[1]
    assert of_both.headers["traceresponse"].split("-")[1] == CALLER[0]
    assert "traceresponse" not in of_none.headers
    assert unfollowed.spans() == ()


@pytest.mark.parametrize(
    "named", [CANARY, 1, None, f"00-{'0' * 32}-{SENDER[1]}-01", f"00-{SENDER[0]}-{'0' * 16}-01"]
)
def test_an_event_that_names_no_trace_in_the_standard_form_is_taken_in(
    watched: Watched, named: object
) -> None:
    watched.spans()

    answer = watched.call(
        "POST", "/events", {**concern(), "traceparent": named}, headers=STRUCTURED
    )

    _, event, call = watched.spans()
    assert answer.status_code == 200
    assert cause(event) == ids(call)
    assert "traceresponse" not in answer.headers


def test_opentelemetry_is_used_where_it_is_installed() -> None:
    assert isinstance(installed_tracing(), OpenTelemetry)


def test_without_opentelemetry_nothing_is_followed_and_nothing_imported() -> None:
    program = """\
import sys
sys.modules["opentelemetry"] = None
from msp_rules.service.traces import NO_TRACING, installed_tracing
import msp_rules.service.worker
assert installed_tracing() is NO_TRACING
assert not [one for one in sys.modules if one.startswith("opentelemetry.")]
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)

    assert done.returncode == 0
