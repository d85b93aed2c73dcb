"""What every call has in common: how it is found, refused, traced and answered."""

from __future__ import annotations

import logging

import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from msp_rules.casework.moments import Cutoff
from msp_rules.errors import MspRulesError
from msp_rules.prompts.store import FeedbackConflict, MemoryDamaged, MemoryUnavailable
from msp_rules.service.access_log import AccessLog
from msp_rules.service.application import Settings, build_application
from msp_rules.service.metrics import ServiceMetrics
from msp_rules.service.operations import Answer, Body, Call, Operation, Parameter, Reply
from msp_rules.service.problems import refuse
from msp_rules.service.tenants import FixedTenants
from tests.support.service import Client, Service

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def echo(call: Call) -> Reply:
    """Answers with what the function of a call is given."""
    return Reply(document={"path": dict(call.path), "query": dict(call.query)})


def failing(call: Call) -> Reply:
    """Fails in the way that the body names."""
    match call.body:
        case b"refused":
            raise refuse(422, "invalid", "what is wrong", pointer="/a")
        case b"busy":
            raise MemoryUnavailable("the memory did not answer")
        case b"damaged":
            raise MemoryDamaged("a row can't be read")
        case b"invalid":
            raise MspRulesError("what to do")
        case b"known":
            raise FeedbackConflict("said before")
        case _:
            raise RuntimeError("Kanarienvogel")


PATH = Parameter(
    name="id", description="An id.", schema={"maxLength": 5}, in_path=True, is_required=True
)
ECHO = Operation(
    name="echo",
    method="GET",
    path="/echo/{id}/more",
    summary="Echoes.",
    function=echo,
    answers={200: Answer(description="It echoes.")},
    parameters=(
        PATH,
        Parameter(name="step", description="A step."),
        Parameter(name="consumer", description="A name.", is_required=True),
    ),
    needs_tenant=False,
)
FAILING = Operation(
    name="fail",
    method="POST",
    path="/fail",
    summary="Fails.",
    function=failing,
    answers={},
    body=Body(schemas={"application/json": {}}, most_bytes=10),
    needs_tenant=False,
)


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(build_application(FixedTenants({}), operations=(ECHO, FAILING)))


def test_a_part_of_a_path_may_hold_a_slash_and_letters_of_any_script(client: Client) -> None:
    answer = client.get("/echo/A%2F%C3%A9/more?consumer=a&step=b%2Fc")

    assert answer.status_code == 200
    assert answer.json() == {"path": {"id": "A/é"}, "query": {"consumer": "a", "step": "b/c"}}


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/echo/123456/more?consumer=a", 400, "the parameter id must have 1 to 5 characters"),
        ("/echo/1%00/more?consumer=a", 400, "the parameter id must have 1 to 5 characters"),
        ("/echo/%ff/more?consumer=a", 404, "the path is not UTF-8"),
        ("/echo/1/more", 400, "the query lacks the parameter consumer"),
        ("/echo/1/more?consumer=%7F", 400, "consumer has a character that can't be printed"),
        ("/echo/1/more?consumer=", 400, "the query lacks the parameter consumer"),
        ("/echo/1/more?consumer=a&consumer=a", 400, "the parameter consumer stands there twice"),
        ("/echo/1/more?consumer=a&stepp=a", 400, 'did you mean "step"?'),
        ("/echo/1/more?consumer=a&q=a", 400, "known are step, consumer"),
        ("/echo/1", 404, "there is no such call; /openapi.json lists all"),
    ],
)
def test_what_a_call_can_not_be_is_refused_in_a_sentence(
    client: Client, path: str, status: int, detail: str
) -> None:
    answer = client.get(path)

    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert detail in problem["detail"]


def test_a_method_that_a_path_does_not_take_is_refused_with_those_it_takes(client: Client) -> None:
    answer = client.call("DELETE", "/fail")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {
        "type": "urn:msp-rules:problem:method-not-allowed",
        "title": "Method Not Allowed",
        "status": 405,
        "detail": "this path takes POST",
    }


@pytest.mark.parametrize(("size", "status"), [(10, 500), (11, 413)])
def test_a_body_has_a_largest_size(client: Client, size: int, status: int) -> None:
    assert client.call("POST", "/fail", content=b"x" * size).status_code == status


def test_a_body_of_another_kind_is_refused(client: Client) -> None:
    answer = client.call("POST", "/fail", content=b"<a/>", headers={"Content-Type": "text/xml"})

    assert answer.status_code == 415
    assert answer.json()["detail"] == "the Content-Type must be one of: application/json"


def test_a_compressed_body_is_refused_and_one_that_says_that_it_is_not_is_taken(
    client: Client,
) -> None:
    answers = [
        client.call("POST", "/fail", content=b"busy", headers={"Content-Encoding": encoding})
        for encoding in ("gzip", "identity")
    ]

    assert [one.status_code for one in answers] == [415, 503]
    assert answers[0].json()["detail"] == "the body must not be compressed; send it as it is"


@pytest.mark.parametrize("path", ["/fail/", "/echo/1/more/?consumer=a", "//fail"])
def test_nobody_is_sent_on_to_another_url(client: Client, path: str) -> None:
    answer = client.call("POST", path, content=b"x")

    assert (answer.status_code, answer.headers.get("location")) == (404, None)
    assert answer.json()["detail"] == "there is no such call; /openapi.json lists all"


def test_a_refusal_is_answered_with_its_place(client: Client) -> None:
    answer = client.call("POST", "/fail", content=b"refused")

    assert answer.status_code == 422
    assert answer.json() == {
        "type": "urn:msp-rules:problem:invalid",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "what is wrong",
        "pointer": "/a",
    }


def test_a_memory_that_does_not_answer_is_to_be_asked_again(client: Client) -> None:
    answer = client.call("POST", "/fail", content=b"busy")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"damaged", 500, "a row can't be read"),
        (b"invalid", 422, "what to do"),
        (b"known", 409, "said before"),
    ],
)
def test_what_this_package_refuses_is_said_with_the_status_of_who_can_mend_it(
    client: Client, body: bytes, status: int, detail: str
) -> None:
    answer = client.call("POST", "/fail", content=body)

    assert (answer.status_code, answer.json()["detail"]) == (status, detail)


def test_of_an_error_inside_only_its_kind_is_logged_and_nothing_is_said(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.call("POST", "/fail", content=b"other")

    assert answer.status_code == 500
    assert "Kanarienvogel" not in answer.text + caplog.text
    assert "call_failed operation=fail error=RuntimeError" in caplog.text


def test_who_names_a_trace_finds_it_in_the_answer(client: Client) -> None:
    answer = client.get("/echo/1/more?consumer=a", traceparent=TRACE)

    version, trace, parent, flags = answer.headers["traceresponse"].split("-")
    assert (version, trace, flags) == ("00", TRACE.split("-")[1], "00")
    assert parent != TRACE.split("-")[2]


@pytest.mark.parametrize("trace", ["", "rubbish", TRACE.upper(), f"00-{'0' * 32}-{'1' * 16}-01"])
def test_a_trace_in_another_form_is_not_answered(client: Client, trace: str) -> None:
    answer = client.get("/echo/1/more?consumer=a", traceparent=trace)

    assert answer.status_code == 200
    assert "traceresponse" not in answer.headers


def test_without_a_tenant_nothing_of_any_tenant_is_answered(service: Service) -> None:
    tenants = FixedTenants({"default": service.tenant})
    client = Client(build_application(tenants, Settings(default_tenant=None)))

    assert client.get("/rules").status_code == 401
    assert client.get("/health/ready").status_code == 200


def test_the_moment_of_a_call_is_the_clock_s(service: Service) -> None:
    seen: list[Cutoff] = []

    def note(call: Call) -> Reply:
        seen.append(call.now)
        return Reply(status=204)

    operation = Operation(
        name="note", method="GET", path="/note", summary="Notes.", function=note, answers={}
    )
    tenants = FixedTenants({"default": service.tenant})
    answer = Client(build_application(tenants, service.settings, operations=[operation])).get(
        "/note"
    )

    assert (answer.status_code, answer.content) == (204, b"")
    assert [one.instant for one in seen] == [1_767_614_400_000_000]  # 2026-01-05T12:00Z


class Broken:
    """Middleware that fails."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("Kanarienvogel")


def test_an_error_before_every_call_is_a_problem_and_counted_as_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    metrics = ServiceMetrics()
    around = [Middleware(AccessLog, operations={"echo": ECHO}, metrics=metrics), Middleware(Broken)]
    client = Client(build_application(FixedTenants({}), operations=[ECHO], middleware=around))

    with caplog.at_level(logging.DEBUG):
        answer = client.get("/echo/1/more")

    assert (answer.status_code, answer.json()["type"]) == (500, "urn:msp-rules:problem:internal")
    assert "request_failed error=RuntimeError" in caplog.text
    assert "call=echo route=/echo/{id}/more method=GET status=500" in caplog.text
    assert "Kanarienvogel" not in answer.text + caplog.text
    counted = {"call": "echo", "status": "500"}
    assert metrics.registry.get_sample_value("msp_rules_requests_total", counted) == 1
