"""What the desk knows goes into JSON and comes back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from msp_rules.casework.moments import parse_as_of, parse_moment
from msp_rules.prompts.documents import (
    DocumentInvalid,
    change_document,
    change_of,
    explanation_document,
    explanation_of,
    feedback_document,
    feedback_of,
    prompt_document,
    prompt_of,
    state_document,
    state_of,
)
from msp_rules.prompts.prompt import Feedback, FeedbackKind, PromptChange, PromptKey
from tests.builders.case import event_of
from tests.support.desk import ASKED, CASE, Desk

UNSAFE = {"code": "unsafe", "has_text": True}


def through_json(document: Any) -> Any:
    return json.loads(json.dumps(document))


def lived_in() -> Desk:
    """A desk with a prompt in each state: shown, put off, overruled, answered and open."""
    desk = Desk()
    desk.say("DEC-02", "shown", "2026-01-05T10:05")
    desk.say("INV-03", "deferred", "2026-01-05T10:06", None, until="2026-01-07")
    desk.say("ASK-01", "overridden", "2026-01-05T10:07", **UNSAFE)
    desk.record("outcomes_conversation", ASKED, "2026-01-06T09:00")
    return desk


def test_a_state_comes_back_the_same() -> None:
    state = lived_in().state

    assert state_of(through_json(state_document(state))) == state


def test_a_state_with_a_fault_comes_back_the_same() -> None:
    desk = Desk()
    broken = event_of("enquiry_started", {"id": "e3", "occurred": "2026-01-06", "kind": "s42"})
    desk.receive(broken._replace(moment=None, recorded=None), parse_as_of("2026-02-06"))

    assert desk.state.faults
    assert state_of(through_json(state_document(desk.state))) == desk.state


def test_each_change_comes_back_the_same() -> None:
    changes = lived_in().changes

    assert changes
    for change in changes:
        assert change_of(CASE, through_json(change_document(change))) == change


def test_a_document_leaves_out_what_is_none_and_the_case() -> None:
    prompt = replace(Desk().prompt("ASK-01"), missing=(), evidence=("e1",))

    document = prompt_document(prompt)

    assert CASE not in json.dumps(document)
    assert None not in document.values()
    assert {name: document[name] for name in ("rule", "first_subject", "state", "generation")} == {
        "rule": "ASK-01",
        "first_subject": "e1",
        "state": "raised",
        "generation": 1,
    }
    assert prompt_of(CASE, through_json(document)) == prompt


FEEDBACK = Feedback(
    id="f1",
    key=PromptKey("ASK-01", CASE, None),
    generation=2,
    kind=FeedbackKind.OVERRIDDEN,
    at=parse_moment("2026-01-05T10:20"),
)


@pytest.mark.parametrize(
    "feedback",
    [
        FEEDBACK,
        replace(
            FEEDBACK,
            key=PromptKey("ASK-01", CASE, "e1"),
            role="worker",
            code="unsafe",
            has_text=True,
            review_by=parse_moment("2026-01-12"),
        ),
        replace(FEEDBACK, kind=FeedbackKind.DEFERRED, until=parse_moment("2026-01-06T08:00")),
    ],
    ids=["bare", "overridden", "deferred"],
)
def test_feedback_comes_back_the_same(feedback: Feedback) -> None:
    assert feedback_of(CASE, through_json(feedback_document(feedback))) == feedback


def test_an_explanation_comes_back_without_its_text() -> None:
    desk = Desk()
    review = {"review_by": parse_moment("2026-01-12")}
    event = desk.say("ASK-01", "overridden", "2026-01-05T10:07", **UNSAFE, **review).explanation
    assert event is not None

    document = explanation_document(event)

    assert document["withheld"] == ["text"]
    assert explanation_of(through_json(document)) == event


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("rule", None),
        ("generation", "1"),
        ("state", "forgotten"),
        ("roles", "worker"),
        ("roles", ["worker", 1]),
        ("missing", ["concern_raised"]),
        ("due", "2026-01-07"),
        ("heard", ["f1", 7]),
        ("ending", "lost"),
    ],
)
def test_a_document_of_another_shape_is_refused_by_its_part(part: str, value: object) -> None:
    document = through_json(prompt_document(lived_in().prompt("INV-03", None))) | {part: value}

    with pytest.raises(DocumentInvalid, match=f'^"{part}" of a document is missing or invalid'):
        prompt_of(CASE, document)


@pytest.mark.parametrize("wrong", ["msp-desk-state/2", None, 1])
def test_a_state_of_another_schema_is_refused(wrong: object) -> None:
    document = state_document(Desk().state) | {"schema": wrong}

    with pytest.raises(DocumentInvalid, match='its "schema" is not msp-desk-state/1'):
        state_of(document)


def test_a_change_of_another_kind_is_refused() -> None:
    change: PromptChange = lived_in().changes[0]

    with pytest.raises(DocumentInvalid, match='"kind"'):
        change_of(CASE, change_document(change) | {"kind": "moved"})
