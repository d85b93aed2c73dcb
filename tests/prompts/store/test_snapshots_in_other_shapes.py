"""Snapshots as hosts write them: in the host's own shape, and `msp-case/1` in other spellings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.live_messages import event_message
from msp_rules.audit.request import ScanRequest
from msp_rules.casework.case import Fault
from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.engine.engine import Engine
from msp_rules.prompts.prompt import Feedback, FeedbackKind, Prompt
from msp_rules.prompts.store import Desk, Received, Status
from tests.support.host_json import RECORD, host_mapping
from tests.support.scanning import scanned

pytestmark = pytest.mark.slow

NOON = "2026-01-05T12:00:00Z"
LATER = "2026-01-05T13:00:00Z"
LATEST = "2026-01-05T14:00:00Z"
CONCERN = {
    "type": "concern_raised",
    "id": "1",
    "occurred": "2026-01-05T10:00:00",
    "identified_adult": "yes",
    "abuse_type": ["physical"],
    "earlier_concerns_6_months": 2,
}
WORRY = RECORD["worries"][0]


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    return sqlite_desk


def put(desk: Desk, now: str, *, has_explanations: bool = False, **changed: Any) -> Received:
    """The host saves its own record."""
    mapping = host_mapping(has_explanations=has_explanations)
    return desk.put_case({**RECORD, **changed}, now, mapping=mapping)


def standing(desk: Desk) -> set[str]:
    return {prompt.key.rule for prompt in desk.state("SA-1").standing}


def prompt_of(desk: Desk, rule: str) -> Prompt:
    return next(one for one in desk.state("SA-1").prompts.values() if one.key.rule == rule)


def answer(desk: Desk, prompt: Prompt, kind: FeedbackKind, **more: Any) -> Any:
    feedback = Feedback(
        **{"id": "f1", "key": prompt.key, "generation": prompt.generation, "kind": kind},
        **{"at": parse_moment(NOON), "role": "worker", **more},
    )
    return desk.hear(feedback)


def snapshot(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": "msp-case/1", "id": "7", "at": NOON, "events": [event], **more}


@pytest.mark.parametrize(
    "changed",
    [
        {"earlier_concerns_6_months": "2"},
        {"earlier_concerns_6_months": 2.0},
        {"earlier_concerns_6_months": "2.0"},
        {"abuse_type": "physical"},
        {"id": 1},
        {"occurred": "2026-01-05t10:00:00z"},
        {"occurred": "2026-01-05 10:00:00.000000000Z"},
        {"occurred": datetime(2026, 1, 5, 10, tzinfo=UTC)},
        {"recorded": None, "agency": "", "role": [], "void": {}},
    ],
    ids=str,
)
def test_an_event_in_another_spelling_is_already_known(desk: Desk, changed: dict[str, Any]) -> None:
    desk.put_case(snapshot(CONCERN), NOON)

    again = desk.put_case(snapshot({**CONCERN, **changed}), LATER)

    assert (again.status, again.faults) == (Status.ALREADY_KNOWN, ())


@pytest.mark.parametrize(
    "changed",
    [{"id": 7}, {"at": "2026-01-05t12:00:00.000000000z"}, {"adult": {}}, {"team": None}],
    ids=str,
)
def test_a_case_in_another_spelling_is_already_known(desk: Desk, changed: dict[str, Any]) -> None:
    desk.put_case(snapshot(CONCERN), NOON)

    again = desk.put_case({**snapshot(CONCERN), **changed}, LATER)

    assert (again.status, again.faults) == (Status.ALREADY_KNOWN, ())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"earlier_concerns_6_months": "two"}, "earlier_concerns_6_months: must be a whole number"),
        ({"earlier_concerns_6_months": 2.5}, "earlier_concerns_6_months: must be a whole number"),
        ({"identified_adult": True}, 'identified_adult: write "yes" or "no", in quotes'),
        ({"id": " 1"}, "id: must be an id, without white space around it"),
    ],
    ids=str,
)
def test_what_no_spelling_explains_is_refused_by_place(
    desk: Desk, changed: dict[str, Any], reason: str
) -> None:
    refused = desk.put_case(snapshot({**CONCERN, **changed}), NOON)

    assert refused.status is Status.REFUSED
    assert refused.faults == (Fault(f"events[0].{reason}", case="7"),)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (
            ["concern_rased"],
            'says[0]: must be an event type, or type.field; did you mean "concern_raised"?',
        ),
        (["concern_raised", 7], "says[1]: must be an event type, or type.field"),
        ("concern_raised", "says: must be a list"),
        (7, "says: must be a list"),
    ],
)
def test_words_of_says_that_are_unknown_are_refused(desk: Desk, says: Any, reason: str) -> None:
    refused = desk.put_case(snapshot(CONCERN), NOON, says=says)

    assert (refused.status, refused.faults) == (Status.REFUSED, (Fault(reason, case="7"),))


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        ({"occurred": NOON}, []),
        ({"occurred": "2026-01-05T12:00:01Z"}, ["occurred"]),
        ({"recorded": NOON}, []),
        ({"recorded": "2026-01-05T12:00:01Z"}, ["recorded"]),
        ({"occurred": "2026-01-06T12:00:00Z"}, ["occurred"]),
    ],
    ids=str,
)
def test_an_event_after_now_is_said_in_the_answer(
    desk: Desk, changed: dict[str, Any], places: list[str]
) -> None:
    taken = desk.put_case(snapshot({**CONCERN, **changed}), NOON)

    assert (taken.status, taken.faults) == (Status.RECORDED, ())
    assert taken.warnings == tuple(
        Fault(f"{place} of concern_raised: lies after now", case="7", event="1") for place in places
    )


def test_own_record_is_edited_deleted_and_restored_like_any_other(desk: Desk) -> None:
    first = put(desk, NOON)
    raised = standing(desk)
    again = put(desk, NOON)
    edited = put(desk, LATER, worries=[{**WORRY, "sorts": ["Neglect"]}])
    after_edit = standing(desk)
    put(desk, LATER, worries=[])
    deleted = standing(desk)
    put(desk, LATEST)

    assert [one.status for one in (first, again, edited)] == [
        Status.RECORDED,
        Status.ALREADY_KNOWN,
        Status.RECORDED,
    ]
    assert "RISK-01" in raised
    assert after_edit == raised
    assert "RISK-01" not in deleted
    assert standing(desk) == raised


@pytest.mark.parametrize("empty", [None, "", [], {}, "  "])
def test_empties_of_an_own_record_are_as_if_they_were_absent(desk: Desk, empty: Any) -> None:
    put(desk, NOON)

    again = put(desk, LATER, worries=[{**WORRY, "before": empty}], more=empty)

    assert (again.status, again.faults) == (Status.ALREADY_KNOWN, ())


def test_numbers_as_text_and_ids_as_numbers_of_an_own_record_are_the_same(desk: Desk) -> None:
    put(desk, NOON, worries=[{**WORRY, "id": 1, "before": 2}])

    again = put(desk, LATER, worries=[{**WORRY, "id": "1", "before": "2"}])

    assert (again.status, again.faults) == (Status.ALREADY_KNOWN, ())


def test_own_record_that_was_made_earlier_and_comes_late_is_stale(desk: Desk) -> None:
    mapping = host_mapping()
    desk.put_case(RECORD, LATER, at=datetime(2026, 1, 5, 12, 30, tzinfo=UTC), mapping=mapping)
    emptied = {**RECORD, "worries": []}

    late = desk.put_case(emptied, LATEST, at="2026-01-05T12:29:59Z", mapping=mapping)
    kept = standing(desk)
    same = desk.put_case(emptied, LATEST, at="2026-01-05T12:30:00Z", mapping=mapping)

    assert (late.status, len(late.faults)) == (Status.STALE, 1)
    assert "RISK-01" in kept
    assert same.status is Status.RECORDED


def test_at_of_the_record_goes_before_that_of_the_call(desk: Desk) -> None:
    desk.put_case(snapshot(CONCERN, at=NOON), NOON)

    late = desk.put_case(snapshot(CONCERN, at="2026-01-05T11:30:00Z"), LATER, at=LATER)

    assert late.status is Status.STALE


@pytest.mark.parametrize("at", ["soon", datetime(2026, 1, 5), 7, "2026-01-06T12:00:01Z"])  # noqa: DTZ001
def test_at_that_is_no_moment_or_lies_ahead_is_refused(desk: Desk, at: Any) -> None:
    refused = desk.put_case(RECORD, NOON, at=at, mapping=host_mapping())

    assert refused.status is Status.REFUSED
    assert [one.reason.partition(":")[0] for one in refused.faults] == ["at"]
    assert [one.case for one in refused.faults] == ["SA-1"]


def test_feedback_and_generation_survive_edits_of_an_own_record(desk: Desk) -> None:
    put(desk, NOON)
    answer(desk, prompt_of(desk, "RISK-01"), FeedbackKind.ACKNOWLEDGED, code="not_my_role")
    before = prompt_of(desk, "RISK-01")

    put(desk, LATER, worries=[{**WORRY, "sorts": ["Neglect", "Money"], "before": 1}])

    assert before.state.value == "acknowledged"
    assert prompt_of(desk, "RISK-01") == before


@pytest.mark.parametrize("has_explanations", [False, True])
def test_explanation_of_feedback_that_the_host_has_not_recorded_is_not_void(
    desk: Desk, *, has_explanations: bool
) -> None:
    put(desk, NOON, has_explanations=has_explanations, talks=[])
    said = answer(
        desk, prompt_of(desk, "ASK-01"), FeedbackKind.OVERRIDDEN, code="unsafe", has_text=True
    )
    desk.receive(event_message("SA-1", said.explanation), NOON)
    explained = prompt_of(desk, "ASK-01")

    put(desk, LATER, has_explanations=has_explanations, talks=[], worries=[{**WORRY, "before": 3}])

    assert explained.state.value == "resolved"
    assert prompt_of(desk, "ASK-01") == explained


def test_explanation_that_the_host_has_recorded_once_may_be_deleted(desk: Desk) -> None:
    put(desk, NOON, has_explanations=True, talks=[])
    said = answer(
        desk, prompt_of(desk, "ASK-01"), FeedbackKind.OVERRIDDEN, code="unsafe", has_text=True
    ).explanation
    reason = {"id": said.id, "day": NOON, "rule": "ASK-01", "about": "w1", "code": "unsafe"}
    put(desk, NOON, has_explanations=True, talks=[], reasons=[{**reason, "words": "x"}])
    recorded = standing(desk)

    put(desk, LATER, has_explanations=True, talks=[])

    assert "ASK-01" not in recorded
    assert "ASK-01" in standing(desk)


def test_field_that_a_role_may_not_see_stays(desk: Desk) -> None:
    put(desk, NOON)
    hidden = {name: value for name, value in WORRY.items() if name != "sorts"}
    says = ["concern_raised.identified_adult", "outcomes_conversation"]

    partly = desk.put_case(
        {**RECORD, "worries": [hidden]}, LATER, says=says, mapping=host_mapping()
    )
    wholly = put(desk, LATER, worries=[hidden])

    assert partly.status is Status.ALREADY_KNOWN
    assert wholly.status is Status.RECORDED


def test_type_of_which_a_role_sees_one_field_is_void_if_it_is_missing(desk: Desk) -> None:
    put(desk, NOON)

    desk.put_case(
        {**RECORD, "worries": []}, LATER, says=["concern_raised.abuse_type"], mapping=host_mapping()
    )

    assert "RISK-01" not in standing(desk)


def test_two_things_of_one_id_are_both_in_doubt_until_one_of_them_is_gone(desk: Desk) -> None:
    twice = [WORRY, {**WORRY, "sorts": ["Neglect"]}]

    first = put(desk, NOON, worries=twice)
    doubted = standing(desk)
    again = put(desk, NOON, worries=twice)
    put(desk, LATER, worries=twice[1:])

    assert (first.status, again.status) == (Status.RECORDED, Status.ALREADY_KNOWN)
    assert {fault.event for fault in first.faults} == {"w1"}
    assert "RISK-01" not in doubted
    assert "RISK-01" in standing(desk)


@pytest.mark.parametrize(
    "record", [7, [], "[]", {}, b"x", {**RECORD, "id": None}, [RECORD, {**RECORD, "id": "SA-2"}]]
)
def test_record_that_is_no_case_of_the_mapping_is_refused(desk: Desk, record: Any) -> None:
    refused = desk.put_case(record, NOON, mapping=host_mapping())

    assert (refused.status, refused.case) == (Status.REFUSED, None)
    assert refused.faults


def test_desk_that_knows_what_the_mapping_delivers_says_what_a_scan_of_the_export_says(
    desk: Desk, engine: Engine, tmp_path: Path
) -> None:
    mapping = host_mapping()
    desk = Desk(desk.memory, engine, supply=mapping.supply(), skew=None)
    desk.put_case(RECORD, "2026-03-31", mapping=mapping)
    export = tmp_path / "export.json"
    export.write_text(json.dumps({"cases": [RECORD]}), "utf-8")

    (result,), _ = scanned(
        ScanRequest(
            exports=(export,),
            ruleset=engine.ruleset,
            mapping=mapping,
            matcher="python",
            as_of=parse_as_of("2026-03-31"),
        )
    )

    asked = {"not_met", "partly_met", "not_yet_due"}
    batch = {one.rule for one in result.answers if one.verdict.value in asked}
    assert {one.rule for one in result.answers if one.verdict.value == "cannot_tell"}
    assert standing(desk) == batch
