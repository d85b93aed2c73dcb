"""How workers take questions, over HTTP: counts for those who have leave, and of nobody."""

from __future__ import annotations

import jsonschema
import pytest

from msp_rules.service.openapi import openapi_document
from msp_rules.service.rule_health import OPERATIONS
from tests.support.service import Service
from tests.support.told import concern, prompt_of

pytestmark = pytest.mark.slow


@pytest.fixture
def asked(service: Service) -> Service:
    """A service of twelve cases, of each of which a worker overruled one question."""
    service.now = "2026-01-05T12:00:00+00:00"
    for number in range(12):
        case = f"SA-{number}"
        service.client.post("/events", concern(case))
        feedback = {"schema": "msp-feedback/1", "case": case, "id": "f1", "kind": "overridden"}
        prompt = prompt_of(service.desk, "ASK-01", case)
        service.desk.hear_message(
            feedback
            | {"rule": "ASK-01", "first_subject": prompt.key.subject, "generation": 1}
            | {"code": "question_seems_wrong", "at": "2026-01-05T12:00:00Z", "role": "worker"}
        )
    return service


def test_counts_are_given_with_the_rules_to_review_and_name_nobody(asked: Service) -> None:
    answer = asked.client.get("/health/rules")

    found = answer.json()
    row = next(one for one in found["rules"] if one["rule"] == "ASK-01")
    assert answer.status_code == 200
    assert (row["reasons"]["question_seems_wrong"], row["promised"]) == (10, "[c]")
    assert [one["rule"] for one in found["review"]] == ["ASK-01"]
    assert not any(word in answer.text for word in ("SA-1", "worker", "f1"))


def test_the_answer_is_as_it_is_described(asked: Service) -> None:
    described = openapi_document(OPERATIONS)
    answers = described["paths"]["/health/rules"]["get"]["responses"]
    schema = answers["200"]["content"]["application/json"]["schema"]

    jsonschema.validate(asked.client.get("/health/rules?since=2026-01-01").json(), schema)


def test_since_leaves_out_what_was_asked_before_and_must_be_a_day(asked: Service) -> None:
    later = asked.client.get("/health/rules?since=2026-01-06")
    wrong = asked.client.get("/health/rules?since=yesterday")

    assert (later.json()["rules"], later.json()["since"]) == ([], "2026-01-06")
    assert len(later.json()["review"]) == 1
    assert (wrong.status_code, wrong.json()["type"]) == (
        *(400, "urn:msp-rules:problem:invalid-parameter"),
    )
