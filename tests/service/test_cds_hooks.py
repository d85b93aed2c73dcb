"""CDS Hooks 3.0: the bodies that clients send, answered and followed up.

The bodies have the shape that the open sandbox of the specification sends: it names a FHIR server
and a token of it, no role, and no words with an override.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from msp_rules.casework.case import Supply
from msp_rules.prompts.prompt import PromptState
from msp_rules.prompts.store import upgrade
from msp_rules.service.application import build_application
from msp_rules.service.tenants import FixedTenants
from tests.support.card_schema import CARD
from tests.support.service import Client, Service
from tests.support.told import CASE, concern, prompt_of, safety_check

pytestmark = pytest.mark.slow

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
CANARY = "Kanarienvogel"


def request(hook: str = "patient-view", **context: Any) -> dict[str, Any]:
    """What a client sends when somebody opens a record."""
    return {
        "hookInstance": INSTANCE,
        "hook": hook,
        "fhirServer": f"https://fhir.example/{CANARY}/r4",
        "context": context or {"patientId": CASE, "userId": f"Practitioner/{CANARY}"},
        "fhirAuthorization": {
            "access_token": CANARY,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/Patient.read patient/Observation.read",
            "subject": CANARY,
        },
        "prefetch": {"patient": {"resourceType": "Patient", "id": CANARY}},
    }


def call(service: Service, body: dict[str, Any]) -> Any:
    return service.client.post("/cds-services/msp", body)


def answer_card(service: Service, **item: Any) -> Any:
    body = {"feedback": [{"outcomeTimestamp": "2026-01-05T12:01:00.123Z", **item}]}
    return service.client.post("/cds-services/msp/feedback", body)


def rules(cards: Any) -> list[str]:
    return [one["extension"]["org.msp-rules.prompt"]["rule"] for one in cards]


@pytest.fixture
def asked(service: Service) -> Service:
    """A service that knows of one concern."""
    service.client.post("/events", concern())
    return service


def test_discovery_lists_a_hook_that_every_client_fires_and_one_of_our_own(
    service: Service,
) -> None:
    services = service.client.get("/cds-services").json()["services"]

    assert [one["hook"] for one in services] == ["patient-view", "org.msp-rules.case-view"]
    for one in services:
        assert {"hook", "title", "description", "id", "version"} <= one.keys()


def test_a_record_that_is_opened_brings_cards_of_the_specified_shape(asked: Service) -> None:
    answer = call(asked, request())

    cards = answer.json()["cards"]
    check = Draft202012Validator(CARD)
    assert answer.status_code == 200
    assert rules(cards) == ["RISK-01"]
    assert [error.message for card in cards for error in check.iter_errors(card)] == []


def test_a_step_and_a_role_choose_the_cards(asked: Service) -> None:
    hook = "org.msp-rules.case-view"

    at_step = call(asked, request(hook, caseId=CASE, step="concern_raised", role="worker"))
    elsewhere = call(asked, request(hook, caseId=CASE, step="case_closed", role="worker"))

    assert rules(at_step.json()["cards"]) == ["RISK-01", "ASK-01", "DEC-02", "INV-03"]
    assert "RISK-01" not in rules(elsewhere.json()["cards"])


def test_a_card_that_was_given_counts_as_shown(asked: Service) -> None:
    call(asked, request())
    call(asked, request())

    assert prompt_of(asked.desk, "RISK-01").state is PromptState.SHOWN
    assert prompt_of(asked.desk, "ASK-01").state is PromptState.RAISED


def test_a_language_is_named_in_the_cards(asked: Service) -> None:
    body = request("org.msp-rules.case-view", caseId=CASE, language="cy")

    (card,) = call(asked, body).json()["cards"]

    assert card["extension"]["org.msp-rules.prompt"]["language"] == "en-GB"


def test_an_unknown_case_has_no_cards(service: Service) -> None:
    answer = call(service, request())

    assert (answer.status_code, answer.json()) == (200, {"cards": []})


@pytest.mark.parametrize(
    ("spoilt", "pointer"),
    [
        ({"hook": "order-sign"}, "/hook"),
        ({"hook": None}, "/hook"),
        ({"hookInstance": 1}, "/hookInstance"),
        ({"context": {}}, "/context/patientId"),
        ({"context": {"patientId": 7}}, "/context/patientId"),
        ({"context": CANARY}, "/context"),
        (
            {"hook": "org.msp-rules.case-view", "context": {"caseId": CASE, "step": CANARY}},
            "/context/step",
        ),
        (
            {"hook": "org.msp-rules.case-view", "context": {"caseId": CASE, "role": CANARY}},
            "/context/role",
        ),
    ],
)
def test_a_call_that_can_not_be_read_is_refused_with_its_place(
    asked: Service, spoilt: dict[str, Any], pointer: str
) -> None:
    answer = call(asked, {**request(), **spoilt})

    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert CANARY not in answer.text


def test_a_service_that_there_is_not_is_refused(service: Service) -> None:
    for path in ("/cds-services/other", "/cds-services/other/feedback"):
        assert service.client.post(path, request()).status_code == 404


@pytest.mark.parametrize(
    ("types", "step", "lacking"),
    [
        (frozenset({"concern_raised"}), "case_closed", "events of the step (case_closed)"),
        (frozenset[str](), "any", "events of any type"),
    ],
)
def test_what_the_host_does_not_supply_is_named_by_412(
    tmp_path: Path, service: Service, types: frozenset[str], step: str, lacking: str
) -> None:
    path = tmp_path / "other.db"
    upgrade(path)
    other = Service(path, service.engine, Supply(declared=True, types=types))

    answer = call(other, request("org.msp-rules.case-view", caseId=CASE, step=step))

    assert answer.status_code == 412
    assert lacking in answer.json()["detail"]


def test_the_token_and_address_of_a_fhir_server_are_neither_kept_nor_logged(
    asked: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = call(asked, request())

    kept = asked.path.read_bytes() + asked.path.with_name("service.db-wal").read_bytes()
    assert CANARY.encode() not in kept
    assert CANARY not in answer.text + caplog.text


def test_an_accepted_card_is_put_off_and_comes_back_if_the_record_stays_silent(
    asked: Service,
) -> None:
    (card,) = call(asked, request()).json()["cards"]
    suggestion = {"id": card["suggestions"][0]["uuid"]}

    answer = answer_card(
        asked, card=card["uuid"], outcome="accepted", acceptedSuggestions=[suggestion]
    )

    assert answer.json() == {
        "feedback": [{"card": card["uuid"], "heard_as": "heard", "counts": False, "needs": []}]
    }
    assert call(asked, request()).json()["cards"] == []
    asked.now = "2026-01-05T16:02:00+00:00"
    assert rules(call(asked, request()).json()["cards"]) == ["RISK-01"]


def test_an_accepted_card_whose_record_comes_does_not_come_back(asked: Service) -> None:
    (card,) = call(asked, request()).json()["cards"]
    answer_card(asked, card=card["uuid"], outcome="accepted")
    asked.client.post("/events", safety_check())

    asked.now = "2026-01-05T16:02:00+00:00"

    assert call(asked, request()).json()["cards"] == []


def test_an_override_with_a_reason_and_words_counts(asked: Service) -> None:
    hook = "org.msp-rules.case-view"
    cards = call(asked, request(hook, caseId=CASE, step="concern_raised")).json()["cards"]
    card = cards[rules(cards).index("ASK-01")]
    coding = next(one for one in card["overrideReasons"] if one["code"] == "unsafe")
    reason = {"reason": {"code": coding["code"], "system": coding["system"]}}

    without = answer_card(asked, card=card["uuid"], outcome="overridden", overrideReason=reason)
    said = answer_card(
        asked,
        card=card["uuid"],
        outcome="overridden",
        overrideReason={**reason, "userComment": CANARY},
        outcomeTimestamp="2026-01-05T12:02:00Z",
    )

    (first,), (second,) = without.json()["feedback"], said.json()["feedback"]
    assert (first["counts"], first["needs"]) == (False, ["words", "review_by"])
    assert (second["counts"], second["needs"]) == (True, ["review_by"])
    assert (second["record"]["code"], CANARY in said.text) == ("unsafe", False)


def test_an_override_without_a_reason_is_an_acknowledgement(asked: Service) -> None:
    hook = "org.msp-rules.case-view"
    cards = call(asked, request(hook, caseId=CASE, step="concern_raised")).json()["cards"]
    card = cards[rules(cards).index("ASK-01")]

    answer_card(asked, card=card["uuid"], outcome="overridden")

    assert prompt_of(asked.desk, "ASK-01").state is PromptState.ACKNOWLEDGED


def test_an_override_of_a_critical_card_needs_a_reason_and_is_heard_with_one(
    asked: Service,
) -> None:
    (card,) = call(asked, request()).json()["cards"]
    reason = {"reason": {"code": "not_my_role"}}

    bare = answer_card(asked, card=card["uuid"], outcome="overridden").json()["feedback"][0]
    state = prompt_of(asked.desk, "RISK-01").state
    said = answer_card(asked, card=card["uuid"], outcome="overridden", overrideReason=reason)

    assert (bare["heard_as"], bare["needs"], state) == ("incomplete", ["reason"], "shown")
    assert said.json()["feedback"][0]["heard_as"] == "heard"
    asked.now = "2026-01-05T23:59:00+00:00"
    assert call(asked, request()).json()["cards"] == []
    asked.now = "2026-01-06T00:00:00+00:00"
    assert "RISK-01" in rules(call(asked, request()).json()["cards"])


def test_feedback_that_is_sent_again_changes_nothing(asked: Service) -> None:
    (card,) = call(asked, request()).json()["cards"]

    said = [answer_card(asked, card=card["uuid"], outcome="accepted") for _ in range(2)]

    assert [one.json()["feedback"][0]["heard_as"] for one in said] == ["heard", "repeated"]


def test_a_card_is_found_again_after_a_restart(asked: Service) -> None:
    (card,) = call(asked, request()).json()["cards"]
    restarted = Service(asked.path, asked.engine)

    answer = answer_card(restarted, card=card["uuid"], outcome="accepted")

    assert answer.json()["feedback"][0]["heard_as"] == "heard"


def test_of_an_unknown_hook_nothing_else_is_asked_for(service: Service) -> None:
    answer = call(service, {**request(), "hook": "patient-veiw"})

    assert answer.status_code == 422
    assert answer.json()["detail"] == '/hook: unknown word; did you mean "patient-view"?'


def test_feedback_on_an_unknown_card_is_answered_and_changes_nothing(asked: Service) -> None:
    before = asked.desk.state(CASE)

    answer = answer_card(asked, card=INSTANCE, outcome="accepted")

    assert answer.status_code == 200
    assert answer.json()["feedback"][0]["heard_as"] == "unknown"
    assert asked.desk.state(CASE) == before


def test_feedback_on_unknown_cards_is_counted_by_either_call_and_that_on_known_ones_is_not(
    asked: Service,
) -> None:
    noted = list[None]()
    tenant = replace(asked.tenant, note_unknown_card=lambda: noted.append(None))
    client = Client(build_application(FixedTenants({"default": tenant}), asked.settings))
    (card,) = call(asked, request()).json()["cards"]

    for name in (card["uuid"], INSTANCE, CANARY):
        body = {"feedback": [{"card": name, "outcome": "accepted"}]}
        client.post("/cds-services/msp/feedback", body)
    assert len(noted) == 2
    heard = [
        client.post(f"/cases/{CASE}/feedback", {"id": name, "card": name, "kind": "shown"}).json()
        for name in (card["uuid"], INSTANCE)
    ]

    assert [one["heard_as"] for one in heard] == ["repeated", "unknown"]
    assert len(noted) == 3


def test_of_several_answers_none_is_heard_where_one_can_not_be_read(asked: Service) -> None:
    (card,) = call(asked, request()).json()["cards"]
    good = {"card": card["uuid"], "outcome": "accepted"}
    reason = {"reason": {"code": CANARY, "system": "urn:example"}}
    bad = {"card": card["uuid"], "outcome": "overridden", "overrideReason": reason}

    answer = asked.client.post("/cds-services/msp/feedback", {"feedback": [good, bad]})

    assert answer.status_code == 422
    assert answer.json()["pointer"] == "/feedback/1/overrideReason/reason/code"
    assert prompt_of(asked.desk, "RISK-01").state is PromptState.SHOWN


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/feedback"),
        ({"feedback": []}, "/feedback"),
        ({"feedback": {}}, "/feedback"),
        ({"feedback": [1]}, "/feedback/0"),
        ({"feedback": [{"outcome": "accepted"}]}, "/feedback/0/card"),
        ({"feedback": [{"card": INSTANCE}]}, "/feedback/0/outcome"),
        ({"feedback": [{"card": INSTANCE, "outcome": "kept"}]}, "/feedback/0/outcome"),
        ({"feedback": [{"card": INSTANCE, "outcome": "accepted"}] * 101}, "/feedback"),
    ],
)
def test_feedback_that_can_not_be_read_is_refused_with_its_place(
    service: Service, body: dict[str, Any], pointer: str
) -> None:
    answer = service.client.post("/cds-services/msp/feedback", body)

    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
