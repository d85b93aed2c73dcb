"""One case over HTTP: snapshots in; prompts, what is held and answers out; feedback heard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from msp_rules.casework.case import Supply
from msp_rules.engine.engine import Engine
from msp_rules.intake.mapping.decode import load_mapping
from msp_rules.prompts.card import card_uuid
from msp_rules.prompts.feedback import made_id
from msp_rules.prompts.store import upgrade
from tests.support.command_line import ROOT
from tests.support.service import Service
from tests.support.told import CASE, concern

pytestmark = pytest.mark.slow

MAPPINGS = ROOT / "docs/examples/mapping"
AT = "2026-01-05T11:00:00Z"
CONCERN = {
    "type": "concern_raised",
    "id": "e1",
    "occurred": "2026-01-05T10:00:00Z",
    "identified_adult": "yes",
}
CHECK = {
    "type": "immediate_safety_check",
    "id": "e2",
    "occurred": "2026-01-05T11:30:00Z",
    "result": "safe",
}


def snapshot(*events: Any, **more: Any) -> dict[str, Any]:
    return {"schema": "msp-case/1", "at": AT, "events": list(events), **more}


def put(service: Service, *events: Any, case: str = CASE, **more: Any) -> Any:
    return service.client.put(f"/cases/{case}", snapshot(*events, **more))


def prompts(service: Service, query: str = "") -> Any:
    return service.client.get(f"/cases/{CASE}/prompts{query}").json()


def rules(cards: Any) -> list[str]:
    return [one["extension"]["org.msp-rules.prompt"]["rule"] for one in cards]


def card_of(service: Service, rule: str) -> str:
    state = service.desk.state(CASE)
    return next(card_uuid(one) for one in state.standing if one.key.rule == rule)


def say(service: Service, rule: str, kind: str, **more: Any) -> Any:
    body = {"id": "f1", "card": card_of(service, rule), "kind": kind, "role": "worker", **more}
    return service.client.post(f"/cases/{CASE}/feedback", body)


def test_a_snapshot_raises_prompts_and_a_later_one_withdraws_them(service: Service) -> None:
    first = put(service, CONCERN)
    second = put(service, CONCERN, CHECK, at="2026-01-05T11:40:00Z")

    assert (first.status_code, second.status_code) == (200, 200)
    raised = {one["kind"] for one in first.json()["changes"]}
    assert (raised, first.json()["faults"]) == ({"raised"}, [])
    (gone,) = [one for one in second.json()["changes"] if one["kind"] == "withdrawn"]
    assert (gone["ending"], "card" in gone) == ("answered", False)


def test_the_same_snapshot_again_changes_nothing_and_an_older_one_is_stale(
    service: Service,
) -> None:
    put(service, CONCERN)

    assert put(service, CONCERN).json() == {"changes": [], "faults": []}
    assert put(service, CHECK, at="2026-01-05T10:59:00Z").json() == {"stale": True}


def test_edited_forms_are_corrections_and_deleted_ones_are_gone_until_they_come_back(
    service: Service,
) -> None:
    def of_risk(*events: Any, minute: int) -> list[str]:
        made = f"2026-01-05T11:{minute}:00Z"
        changes = put(service, *events, at=made, agency=None).json()["changes"]
        key = next(key for key in service.desk.state(CASE).prompts if key.rule == "RISK-01")
        prompt = str(made_id("prompt", *key))
        return [one["kind"] for one in changes if one["prompt"] == prompt]

    edited = {**CONCERN, "source": "police", "role": None}

    assert of_risk(CONCERN, minute=31) == ["raised"]
    assert of_risk(edited, minute=32) == []
    assert of_risk(edited, CHECK, minute=33) == ["withdrawn"]
    assert of_risk(edited, minute=34) == ["raised"]
    assert of_risk(edited, CHECK, minute=35) == ["withdrawn"]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        (snapshot({**CONCERN, "type": "concern_raisd"}), "/events/0/type", "concern_raised"),
        (snapshot(CONCERN, id="SA-9"), "/id", "must be that of the case"),
        (snapshot(CONCERN, at="2026-01-09T11:00:00Z"), "/at", "lies after now"),
        (snapshot(CONCERN, says=["concern_raisd"]), "/says/0", "concern_raised"),
        (snapshot(CONCERN, CONCERN), "/events/0/id", ""),
        (snapshot({**CONCERN, "identified_adult": True}), "/events/0/identified_adult", "yes"),
        ({"events": []}, "/schema", 'must be "msp-case/1"'),
        ([], "/schema", "msp-case/1"),
    ],
)
def test_a_snapshot_that_can_not_be_taken_in_is_refused_with_its_place(
    service: Service, body: Any, pointer: str, detail: str
) -> None:
    answer = service.client.put(f"/cases/{CASE}", body)

    assert (answer.status_code, service.desk.held_on(CASE)) == (422, None)
    assert detail in answer.json()["detail"]
    assert answer.json().get("pointer") == pointer


def test_a_view_interrupts_once_and_holds_back_the_others(service: Service) -> None:
    put(service, CONCERN)

    seen = prompts(service, "?step=concern_raised&role=worker")

    assert rules(seen["interrupting"]) == ["RISK-01"]
    assert rules(seen["passive"]) == ["ASK-01", "DEC-02", "INV-03"]
    assert (seen["held_back"], seen["faults"]) == (1, [])
    assert seen["as_of"] == "2026-01-05T12:00:00+00:00"


def test_time_alone_changes_a_view(service: Service) -> None:
    put(service, CONCERN)
    service.now = "2026-01-20T12:00:00+00:00"

    extension = prompts(service)["interrupting"][0]["extension"]["org.msp-rules.prompt"]

    assert (extension["rule"], extension["timing"]) == ("RISK-01", "overdue")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("?step=concern_raisd", 'the parameter step has an unknown word; did you mean "concern_'),
        ("?role=wrker", 'the parameter role has an unknown word; did you mean "worker"?'),
    ],
)
def test_a_step_or_role_that_there_is_not_is_refused(
    service: Service, query: str, detail: str
) -> None:
    put(service, CONCERN)

    answer = service.client.get(f"/cases/{CASE}/prompts{query}")

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)


@pytest.mark.parametrize("path", ["prompts", "held", "answers", "explanations/RISK-01"])
def test_of_an_unknown_case_nothing_is_answered_as_if_it_were_clean(
    service: Service, path: str
) -> None:
    answer = service.client.get(f"/cases/{CASE}/{path}")

    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:msp-rules:problem:unknown-case",
    )


def test_a_purged_case_is_gone_and_may_be_purged_again(service: Service) -> None:
    put(service, CONCERN)
    held = service.client.get(f"/cases/{CASE}/held")

    first = service.client.call("DELETE", f"/cases/{CASE}")
    again = service.client.call("DELETE", f"/cases/{CASE}")

    assert (held.status_code, held.json()["case_id"]) == (200, CASE)
    assert held.json()["snapshot_at"] == "2026-01-05T11:00:00+00:00"
    assert (first.status_code, again.status_code, first.content) == (204, 204, b"")
    assert service.client.get(f"/cases/{CASE}/held").status_code == 404


def test_an_accepted_reason_with_words_counts_and_gives_the_event_to_record(
    service: Service,
) -> None:
    put(service, CONCERN)

    answer = say(
        service, "ASK-01", "overridden", code="unsafe", has_text=True, review_by="2026-01-12"
    )

    said = answer.json()
    assert (answer.status_code, said["heard_as"], said["counts"], said["needs"]) == (
        *(200, "heard", True, []),
    )
    assert said["record"] == {
        "type": "explanation",
        "id": said["record"]["id"],
        "occurred": "2026-01-05T12:00:00+00:00",
        "role": "worker",
        "rule": "ASK-01",
        "code": "unsafe",
        "text": {"withheld": True},
        "subject": "e1",
        "review_by": "2026-01-12",
    }


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({"code": "unsafe"}, ["words", "review_by"]),
        ({"code": "unsafe", "review_by": "2026-01-12"}, ["words"]),
        ({"code": "not_my_role"}, []),
    ],
)
def test_a_reason_that_does_not_count_says_what_it_needs(
    service: Service, more: dict[str, str], needs: list[str]
) -> None:
    put(service, CONCERN)

    said = say(service, "ASK-01", "overridden", **more).json()

    assert said == {"heard_as": "heard", "counts": False, "needs": needs}


def test_a_temporary_reason_without_a_review_date_counts_for_a_while_only(
    service: Service,
) -> None:
    put(service, CONCERN)

    said = say(service, "ASK-01", "overridden", code="unsafe", has_text=True).json()

    assert (said["counts"], said["needs"]) == (True, ["review_by"])


def test_feedback_with_the_same_id_is_heard_once_and_in_conflict_if_it_differs(
    service: Service,
) -> None:
    put(service, CONCERN)
    more = {"at": "2026-01-05T11:50:00Z"}

    said = [say(service, "ASK-01", "acknowledged", **more) for _ in range(2)]
    other = say(service, "ASK-01", "shown", **more)

    assert [one.json()["heard_as"] for one in said] == ["heard", "repeated"]
    assert (other.status_code, other.json()["type"]) == (409, "urn:msp-rules:problem:conflict")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("acknowledged", {"code": "recorded_elsewhere"}),
        ("accepted", {}),
        ("deferred", {"until": "2026-01-07"}),
        ("overridden", {"code": "unsafe", "has_text": True}),
    ],
)
def test_feedback_that_is_sent_again_later_is_heard_once_whether_or_not_it_names_its_moment(
    service: Service, kind: str, more: dict[str, Any]
) -> None:
    put(service, CONCERN)

    first = say(service, "ASK-01", kind, **more)
    state = service.desk.state(CASE)
    service.now = "2026-01-05T12:00:30+00:00"
    again = say(service, "ASK-01", kind, **more)
    made_anew = say(service, "ASK-01", kind, **more, at="2026-01-05T12:00:20Z")

    assert first.json()["heard_as"] == "heard"
    assert again.json() == {**first.json(), "heard_as": "repeated"}
    assert made_anew.json() == again.json()
    assert service.desk.state(CASE) == state


def test_a_promise_puts_a_critical_prompt_off_for_four_hours(service: Service) -> None:
    put(service, CONCERN)
    say(service, "RISK-01", "accepted")

    service.now = "2026-01-05T15:59:59+00:00"
    before = rules(prompts(service)["interrupting"])
    service.now = "2026-01-05T16:00:00+00:00"
    after = rules(prompts(service)["interrupting"])

    assert (before, after) == ([], ["RISK-01"])


def test_a_promise_puts_another_prompt_off_for_two_working_days(service: Service) -> None:
    put(service, CONCERN)
    say(service, "ASK-01", "accepted")

    def shown() -> bool:
        seen = prompts(service, "?step=concern_raised")
        return "ASK-01" in rules([*seen["interrupting"], *seen["passive"]])

    service.now = "2026-01-07T23:59:00+00:00"
    before = shown()
    service.now = "2026-01-08T00:00:00+00:00"

    assert (before, shown()) == (False, True)


def test_the_document_counts_what_was_promised_and_put_off_and_shows_those_cards(
    service: Service,
) -> None:
    put(service, CONCERN)
    say(service, "RISK-01", "accepted", id="f1")
    say(service, "ASK-01", "deferred", id="f2", until="2026-01-07")
    say(service, "DEC-02", "overridden", id="f3", code="not_my_role")

    seen = prompts(service, "?step=concern_raised&role=worker")
    states = {
        one["rule"]: (one["state"], one.get("until"))
        for one in (card["extension"]["org.msp-rules.prompt"] for card in seen["answered"])
    }

    assert (seen["promised"], seen["put_off"]) == (1, 1)
    assert rules(seen["answered"]) == ["RISK-01", "ASK-01", "DEC-02"]
    assert states == {
        "RISK-01": ("promised", "2026-01-05T16:00:00+00:00"),
        "ASK-01": ("deferred", "2026-01-07T00:00:00+00:00"),
        "DEC-02": ("overridden", None),
    }
    assert not {"RISK-01", "ASK-01", "DEC-02"} & {
        *rules(seen["interrupting"]),
        *rules(seen["passive"]),
    }


def test_a_card_says_until_when_it_may_be_put_off_and_a_longer_while_is_cut_short(
    service: Service,
) -> None:
    put(service, CONCERN)
    (card,) = prompts(service)["interrupting"]
    allowed = card["extension"]["org.msp-rules.prompt"]["allowed"]

    said = say(service, "RISK-01", "deferred", until="2099-01-01").json()

    assert allowed["latest_put_off"] == "2026-01-06"
    assert said == {
        **{"heard_as": "heard", "counts": False, "needs": []},
        "until": "2026-01-06T00:00:00+00:00",
    }


def test_a_critical_question_that_was_only_seen_asks_on(service: Service) -> None:
    put(service, CONCERN)

    said = say(service, "RISK-01", "acknowledged").json()
    again = say(service, "RISK-01", "acknowledged").json()
    later = say(service, "RISK-01", "acknowledged", id="f2", code="recorded_elsewhere").json()

    assert said == {"heard_as": "incomplete", "counts": False, "needs": ["reason"]}
    assert again == {**said, "heard_as": "repeated"}
    assert later == {"heard_as": "heard", "counts": False, "needs": []}
    assert prompts(service)["interrupting"] == []


def test_feedback_on_a_card_that_the_case_has_not_is_unknown(service: Service) -> None:
    put(service, CONCERN)
    body = {"id": "f1", "card": "0" * 8, "kind": "shown"}

    answer = service.client.post(f"/cases/{CASE}/feedback", body)

    assert (answer.status_code, answer.json()) == (
        200,
        {"heard_as": "unknown", "counts": False, "needs": []},
    )


def test_feedback_on_an_earlier_card_of_a_prompt_is_outdated(service: Service) -> None:
    put(service, CONCERN)
    card = card_of(service, "ASK-01")
    say(service, "ASK-01", "deferred", until="2026-01-05T13:00:00Z")
    service.now = "2026-01-05T13:00:00+00:00"
    prompts(service)

    body = {"id": "f2", "card": card, "kind": "acknowledged"}
    answer = service.client.post(f"/cases/{CASE}/feedback", body)

    assert card_of(service, "ASK-01") != card
    assert answer.json()["heard_as"] == "outdated"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/id", "/card", "/kind"]),
        ({"id": "f", "card": "c", "kind": "deferred"}, ["/until"]),
        ({"id": "f", "card": "c", "kind": "deferred", "until": "2026-01-05"}, ["/until"]),
        ({"id": "f", "card": "c", "kind": "overridden"}, ["/code"]),
        ({"id": "f", "card": "c", "kind": "shwn", "role": "w"}, ["/kind", "/role"]),
        ({"id": "f", "card": "c", "kind": "shown", "words": "..."}, [""]),
        ({"id": 1, "card": "c", "kind": "shown", "has_text": "yes"}, ["/id", "/has_text"]),
    ],
)
def test_feedback_that_says_nothing_is_refused_with_every_place(
    service: Service, body: dict[str, Any], pointers: list[str]
) -> None:
    put(service, CONCERN)

    answer = service.client.post(f"/cases/{CASE}/feedback", body)

    problem = answer.json()
    assert (answer.status_code, problem["pointer"]) == (422, pointers[0])
    found = [one["pointer"] for one in problem.get("errors", [{"pointer": problem["pointer"]}])]
    assert sorted(found) == sorted(pointers)


def test_answers_are_the_case_s_entry_of_the_result_document(service: Service) -> None:
    put(service, CONCERN)

    now = service.client.get(f"/cases/{CASE}/answers").json()
    before = service.client.get(f"/cases/{CASE}/answers?as_of=2026-01-04").json()
    later = service.client.get(f"/cases/{CASE}/answers?as_of=2026-01-20").json()

    def verdict(entry: Any) -> str | None:
        return {one["rule"]: one["verdict"] for one in entry["verdicts"]}.get("RISK-01")

    assert (verdict(before), verdict(now), verdict(later)) == (None, "not_yet_due", "not_met")
    assert (now["case"], now["answered"] > now["not_applicable"]) == (CASE, True)
    assert sorted(now["audit"]) == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "QM"]


def test_answers_of_a_day_that_there_is_not_are_refused(service: Service) -> None:
    put(service, CONCERN)

    assert service.client.get(f"/cases/{CASE}/answers?as_of=2026-02-30").status_code == 400


def test_an_explanation_says_which_row_decided_and_what_would_settle_it(service: Service) -> None:
    put(service, CONCERN)

    (found,) = service.client.get(f"/cases/{CASE}/explanations/RISK-01").json()
    one = service.client.get(f"/cases/{CASE}/explanations/RISK-01?subject=e1").json()
    none = service.client.get(f"/cases/{CASE}/explanations/OUT-01?subject=e1")
    unknown = service.client.get(f"/cases/{CASE}/explanations/RISK-01?subject=e9")

    assert (found["rule"], found["subject"], found["verdict"]) == ("RISK-01", "e1", "not_yet_due")
    assert found["because"] == "not evidenced in the record yet; the limit lies ahead"
    assert found["missing"][0]["event"] == "immediate_safety_check"
    assert (one, none.status_code, none.json()) == ([found], 200, [])
    assert (unknown.status_code, unknown.json()["detail"]) == (
        404,
        "the case has no event of the id that subject names",
    )


def test_a_rule_that_there_is_not_can_not_be_explained(service: Service) -> None:
    put(service, CONCERN)

    assert service.client.get(f"/cases/{CASE}/explanations/RISK-99").status_code == 404


def test_an_event_and_a_snapshot_are_one_record(service: Service) -> None:
    service.client.post("/events", concern())

    assert put(service, CONCERN, at="2026-01-05T12:00:00Z").json()["faults"] == []
    assert rules(prompts(service)["interrupting"]) == ["RISK-01"]


@pytest.mark.parametrize("record", [{"at": "2026-01-05T12:00:00Z"}, [1], {"schema": "x"}])
def test_a_record_of_the_host_s_own_is_refused_where_the_service_has_no_mapping(
    service: Service, record: object
) -> None:
    answer = service.client.put(f"/cases/{CASE}", record)

    assert (answer.status_code, answer.json()["pointer"]) == (422, "/schema")
    assert answer.json()["detail"] == (
        '/schema: must be "msp-case/1": this service has no mapping of other records'
    )


@pytest.fixture
def mapped(tmp_path: Path, empty_memory: Path, engine: Engine) -> Service:
    """A service that has the mapping of its host's own records."""
    path = Path(shutil.copy(empty_memory, tmp_path / "mapped.db"))
    service = Service(path, engine, mapping=load_mapping(MAPPINGS / "host.yaml"))
    service.now = "2026-03-31T12:00:00+00:00"
    return service


def record_of(*episodes: str) -> dict[str, Any]:
    """What the host holds of episodes, as its own interface gives it."""
    record = json.loads((MAPPINGS / "host.json").read_text())
    own = [one for one in record["workflows"] if one["episode"] in episodes]
    return {**record, "workflows": own}


def test_the_host_s_own_record_is_read_by_its_mapping(mapped: Service) -> None:
    answer = mapped.client.put("/cases/E-1", record_of("E-1"))
    again = mapped.client.put("/cases/E-1", record_of("E-1"))

    assert (answer.status_code, answer.json()["faults"]) == (200, [])
    assert {one["case"] for one in answer.json()["changes"]} == {"E-1"}
    assert again.json() == {"changes": [], "faults": []}


@pytest.mark.parametrize(
    ("path", "record", "detail"),
    [
        ("/cases/E-2", record_of("E-1"), "must be that of the case"),
        ("/cases/E-1", record_of("E-1", "E-2"), ""),
        ("/cases/E-1", {"workflows": []}, ""),
        ("/cases/E-1", {}, ""),
        ("/cases/E-1", [[[]]], ""),
    ],
)
def test_a_record_of_another_case_or_of_none_is_refused(
    mapped: Service, path: str, record: Any, detail: str
) -> None:
    answer = mapped.client.put(path, record)

    assert answer.status_code == 422
    assert detail in answer.json()["detail"]
    assert (mapped.desk.held_on("E-1"), mapped.desk.held_on("E-2")) == (None, None)


def test_a_service_with_a_mapping_takes_our_own_form_as_well(mapped: Service) -> None:
    answer = put(mapped, CONCERN)

    assert {one["kind"] for one in answer.json()["changes"]} == {"raised"}


def test_a_host_that_does_not_supply_a_type_is_not_asked_for_it(
    tmp_path: Path, service: Service
) -> None:
    path = tmp_path / "other.db"
    upgrade(path)
    supply = Supply(declared=True, types=frozenset({"concern_raised"}))
    other = Service(path, service.engine, supply)
    put(other, CONCERN)

    entry = other.client.get(f"/cases/{CASE}/answers").json()

    assert {one["verdict"] for one in entry["verdicts"] if one["rule"] == "RISK-01"} == {
        "cannot_tell"
    }
